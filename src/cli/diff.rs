//! `diff`: what a change does to who may do what.

use std::path::Path;

use super::Outcome;
use super::base::Base;
use super::clock::now;
use super::diff_flags::{DiffFlags, DiffFormat};
use super::gate::Gate;
use super::output::{complain, note, show, style};
use super::render::{self, Input};
use super::settings::rules_folders;
use crate::catalog::Catalog;
use crate::diff::record::{Diff, Verdict};
use crate::diff::{Change, Side, Touched, findings};
use crate::finding::{Report, RunError};
use crate::lint::{Run, add};
use crate::load::{Files, commit};
use crate::report::diff;

pub(super) fn run(flags: &DiffFlags, files: &Files, catalog: &Catalog) -> Result<Outcome, String> {
    let head = flags.head.as_deref();
    let base = Base::open(files, &flags.base, head)?;
    let revision = head.map(|head| commit(files.here(), head)).transpose()?;
    let of_head = revision.as_deref().map(|revision| Files::revision(files.here(), revision)).transpose()?;
    let files = of_head.as_ref().unwrap_or(files);
    let mut chosen = render::chosen(judge(&base, files, flags), &flags.render, catalog)?;
    chosen.settings.set_now(now(flags.now.as_deref())?);
    let rules = rules_folders(files, &flags.render.settings);
    let baseline = chosen.found.baseline(false);
    let policy = base.policy(files, &chosen, &rules, baseline.as_deref());
    let input = Input::new(files, chosen, &flags.render)?;
    let here = [".".to_owned()];
    let paths = if flags.path.is_empty() { &here[..] } else { &flags.path };
    let before = base.run(&input, paths);
    let after = input.run(paths);
    let (old_documents, new_documents) = (before.documents(), after.documents());
    let (old, new) = rayon::join(|| before.known(&old_documents), || after.known(&new_documents));
    let (old_report, mut report) = rayon::join(
        || before.report_of(&old, before.settings(), catalog),
        || after.report_of(&new, after.settings(), catalog),
    );
    let was = Side { run: &before, known: &old, report: &old_report };
    let touched = Touched::between(base.files(), files);
    let is = Side { run: &after, known: &new, report: &report };
    let mut change = Change::between(&was, &is, &touched);
    let found = findings(&mut change, &is, catalog);
    add(&mut report.findings, found, after.sources());
    let is = Side { run: &after, known: &new, report: &report };
    let diff = change.into_diff((&old_report, &is), &policy, (base.commit().to_owned(), revision));
    written(flags, &diff, [(&before, &old_report), (&after, &report)])
}

/// Whose settings hold: those of the base, but where they name a file that is not there yet.
fn judge<'f>(base: &'f Base, files: &'f Files, flags: &DiffFlags) -> &'f Files {
    let named = flags.render.settings.config.as_deref();
    let is_there = named.is_none_or(|named| base.files().is_file(Path::new(named)));
    if is_there { base.files() } else { files }
}

fn written(flags: &DiffFlags, diff: &Diff, sides: [(&Run<'_>, &Report); 2]) -> Result<Outcome, String> {
    let text = match flags.format {
        DiffFormat::Text => diff::text::render(diff, &style(flags.color)),
        DiffFormat::Markdown => diff::markdown::render(diff),
        DiffFormat::Json => diff::json(diff),
    };
    let shown = sides.iter().fold(text, |text, (run, report)| {
        run.rendered().shown(&report.masks.masked_text(&text)).into_owned()
    });
    show(&shown)?;
    let errors: Vec<RunError> = sides
        .iter()
        .flat_map(|(_, report)| {
            let masked = |error: &RunError| RunError {
                message: report.masks.masked_text(&error.message).into_owned(),
                ..error.clone()
            };
            report.errors.iter().map(masked).collect::<Vec<_>>()
        })
        .collect();
    if complain(&errors) == Outcome::Incomplete {
        return Ok(Outcome::Incomplete);
    }
    let Some(reason) = reason(flags.fail_on, diff) else { return Ok(Outcome::Clean) };
    note(&format!("exit 1: {reason}\n"));
    Ok(Outcome::Findings)
}

/// Why a change does not pass, if so.
fn reason(gate: Gate, diff: &Diff) -> Option<String> {
    let lowest = gate.lowest()?;
    let failing = diff.new_findings.iter().filter(|finding| finding.severity >= lowest).count();
    let found = (failing > 0).then(|| {
        let count = crate::report::counted(failing, "new finding");
        format!("{count} at or above --fail-on {}", lowest.word())
    });
    let risen = match diff.verdict {
        Verdict::Increased => Some("somebody can do more"),
        Verdict::Unknown => Some("something that the change brings is not known"),
        Verdict::Decreased | Verdict::Equal => None,
    };
    match (risen, found) {
        (Some(risen), Some(found)) => Some(format!("{risen}, {found}")),
        (risen, found) => risen.map(str::to_owned).or(found),
    }
}
