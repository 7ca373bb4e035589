//! `--baseline` and `--write-baseline`.

use std::fmt::Write as _;
use std::path::Path;

use jiff::tz::TimeZone;

use super::output::write;
use crate::baseline::{Baseline, Language, Written};
use crate::catalog::Catalog;
use crate::config::Settings;
use crate::finding::Report;
use crate::lint::{Judged, Run};
use crate::load::Files;
use crate::report::counted;
use crate::source::SourceMap;

/// Reads the baseline that findings are held against: as git keeps it, where its files are judged and it is among them.
pub(super) fn read(path: &str, files: &Files) -> Result<Baseline, String> {
    let is_kept = !files.is_disk() && files.is_file(Path::new(path));
    let bytes = if is_kept { files.bytes(Path::new(path)) } else { std::fs::read(path) };
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other));
    let text = text.map_err(|error| format!("baseline `{path}` cannot be read: {error}"))?;
    Baseline::parse(&text).map_err(|error| format!("baseline `{path}`: {error}"))
}

/// Writes the baseline of a report over the one that is there, and says what that changed.
pub(super) fn record(
    path: &str,
    run: &Run<'_>,
    report: &Report,
    sources: &SourceMap,
    (settings, catalog): (&Settings, &Catalog),
) -> Result<String, String> {
    if !report.errors.is_empty() {
        let what = "something could not be read or judged, and the baseline would lose what it holds of it";
        return Ok(format!("baseline `{path}` is not written: {what}\n"));
    }
    let before = if Path::new(path).exists() { read(path, run.files())? } else { Baseline::default() };
    let judged = Judged::of(run, report, catalog, &before);
    let today = settings.now.to_zoned(TimeZone::UTC).date();
    let (baseline, written) = Baseline::of(
        report,
        sources,
        |file| judged.path_in_repository(file),
        today,
        &before,
        |entry| judged.has(entry),
    );
    if let Some(folder) = Path::new(path).parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("cannot write `{path}`: {error}"))?;
    }
    write(path, &baseline.text(Language::of(path)))?;
    Ok(words(path, written, report))
}

fn words(path: &str, written: Written, report: &Report) -> String {
    let Written { all, new, dropped } = written;
    let kept = all - new;
    let mut words =
        format!("{} in `{path}`: {new} new, {kept} kept, {dropped} dropped\n", counted(all, "finding"));
    let left = report.active().filter(|finding| finding.is_unsuppressible()).count();
    if left > 0 {
        let left = counted(left, "finding");
        let _ = writeln!(
            words,
            "{left} cannot be accepted and still fail: `nhilint check --baseline {path}` shows them"
        );
    }
    words
}
