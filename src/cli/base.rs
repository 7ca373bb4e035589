//! `--base`: only what a change brings. The revision that it goes into is linted too, from git's objects.

use std::collections::{BTreeMap, BTreeSet};

use similar::{ChangeTag, TextDiff};

use super::render::Input;
use crate::catalog::Catalog;
use crate::finding::{Report, SuppressedBy, Suppression};
use crate::lint::{Request, Run};
use crate::load::{Files, merge_base};
use crate::source::{FileId, SourceMap};

/// The files that a change began from.
pub(super) struct Base {
    files: Files,
}

impl Base {
    /// Those of the newest commit that a revision and what is checked out have in common.
    pub(super) fn open(files: &Files, revision: &str) -> Result<Self, String> {
        let commit =
            merge_base(files.here(), revision).map_err(|reason| format!("`--base {revision}`: {reason}"))?;
        Ok(Self { files: Files::revision(files.here(), &commit)? })
    }

    /// Marks the findings that were there before, and those of the others that stand on a line that the change touches.
    /// Findings are known by what they are about: one that moved is not new.
    pub(super) fn mark(
        &self,
        report: &mut Report,
        sources: &SourceMap,
        input: &Input<'_>,
        paths: &[String],
        catalog: &Catalog,
    ) {
        let request = Request { files: &self.files, ..input.request(paths) };
        let before = Run::new(request, &mut std::io::empty()).report(catalog, None);
        let known: BTreeSet<&str> =
            before.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
        let mut touched = BTreeMap::new();
        for finding in &mut report.findings {
            if known.contains(finding.fingerprint.as_str()) {
                // What somebody decided about it says more.
                finding.suppressed.get_or_insert_with(|| Suppression::known(SuppressedBy::Base));
                continue;
            }
            let file = finding.span.file;
            let lines = touched.entry(file).or_insert_with(|| self.touched(file, sources));
            let (start, end) = sources.positions(finding.span);
            finding.on_changed_line = Some(lines.range(start.line..=end.line).next().is_some());
        }
    }

    /// The lines of a file, from 1, that are not as they were.
    fn touched(&self, file: FileId, sources: &SourceMap) -> BTreeSet<u32> {
        let file = sources.file(file);
        let path = self.files.here().join(file.path());
        let before =
            self.files.bytes(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let diff = TextDiff::from_lines(before.as_str(), file.text());
        let added = diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Insert);
        added.filter_map(|change| Some(u32::try_from(change.new_index()?).ok()? + 1)).collect()
    }
}
