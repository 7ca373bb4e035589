//! The comment that stays: what the run found in all, what it did not judge, and what the change does to identities.

use std::fmt::Write as _;

use crate::catalog::Catalog;
use crate::report::review::{cell, code, counts, one_line, prose, sentence, shortened, table};

use super::changes::Changes;
use super::report::{Finding, Report, Trust, card};
use super::text::{SUMMARY, fitting, marker};

/// In bytes; GitHub takes 65,536 characters of a comment.
pub const LONGEST_SUMMARY: usize = 60_000;
/// So many of what kept the job from being done whole, and of kinds of what was not judged.
const LISTED: usize = 20;
/// Characters of a sentence of the report.
const SENTENCE: usize = 300;

/// What became of the findings of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Shown by a comment on their lines.
    pub(super) on_lines: usize,
    /// On lines that the change shows, but one comment more than a review should have, or refused by the server.
    pub(super) left_out: usize,
}

/// Whether there is anything to say to people who did not ask.
pub(super) fn is_worth_it(report: &Report, changes: Option<&Changes>) -> bool {
    !report.findings.is_empty() || !report.errors.is_empty() || changes.is_some()
}

/// The body of the summary; `head` is the commit that was linted.
pub(super) fn body(
    report: &Report,
    ranked: &[&Finding],
    changes: Option<&Changes>,
    catalog: &Catalog,
    (head, trust, shown): (&str, Trust, Option<Counts>),
) -> String {
    let end = marker(SUMMARY);
    let found = counts(|severity| ranked.iter().filter(|finding| finding.severity == severity).count());
    let found = if found.is_empty() { "no findings" } else { &found };
    let mut out = format!("## {}: {found}\n\n", env!("CARGO_PKG_NAME"));
    facts(&mut out, report, head, trust);
    if let Some(shown) = shown.filter(|_| !ranked.is_empty()) {
        where_they_are(&mut out, ranked.len(), shown);
    }
    if let Some(changes) = changes {
        let _ = write!(out, "\n### Identities\n\n{}", changes.markdown());
    }
    problems(&mut out, report);
    not_judged(&mut out, report);
    let room = LONGEST_SUMMARY.saturating_sub(out.len() + end.len() + 1);
    let rows = ranked.iter().map(|finding| row(finding, catalog));
    table(&mut out, rows, "nhilint check --format json", room);
    format!("{}\n{end}", fitting(&out, LONGEST_SUMMARY - end.len() - 1))
}

fn facts(out: &mut String, report: &Report, head: &str, trust: Trust) {
    let summary = &report.summary;
    let short = head.get(..10).unwrap_or(head);
    let identities = if summary.identities == 1 { "identity" } else { "identities" };
    let _ = writeln!(
        out,
        "- Judged at {}: {} objects in {} files, {} {identities}.",
        code(short),
        summary.objects,
        summary.files,
        summary.identities
    );
    if trust == Trust::Stranger {
        out.push_str(
            "- The pull request itself could change the run that wrote this report: what it does not say proves nothing.\n",
        );
    }
}

fn where_they_are(out: &mut String, all: usize, shown: Counts) {
    let outside = all.saturating_sub(shown.on_lines + shown.left_out);
    let mut parts = vec![format!("{} on lines of the change", shown.on_lines)];
    if shown.left_out > 0 {
        parts.push(format!("{} more there, for which a review has no room", shown.left_out));
    }
    if outside > 0 {
        parts.push(format!("{outside} elsewhere"));
    }
    let _ = writeln!(out, "- Findings: {}.", parts.join(", "));
}

fn problems(out: &mut String, report: &Report) {
    if report.errors.is_empty() {
        return;
    }
    out.push_str("\n### What kept the job from being done whole\n\n");
    for error in report.errors.iter().take(LISTED) {
        let place = match (&error.file, error.line) {
            (Some(file), Some(line)) => {
                format!("{}: ", code(&shortened(&format!("{file}:{line}"), SENTENCE)))
            }
            (Some(file), None) => format!("{}: ", code(&shortened(file, SENTENCE))),
            (None, _) => String::new(),
        };
        let _ = writeln!(out, "- {place}{}", prose(&shortened(&sentence(&error.message), SENTENCE)));
    }
    more(out, report.errors.len());
}

fn not_judged(out: &mut String, report: &Report) {
    let all = &report.summary.unjudged;
    if all.is_empty() {
        return;
    }
    out.push_str("\n### Not judged\n\n");
    for unjudged in all.iter().take(LISTED) {
        let example = match one_line(&unjudged.example).as_str() {
            "" => String::new(),
            example => format!(", for example {}", code(&shortened(example, SENTENCE))),
        };
        let what = prose(&shortened(&unjudged.what, SENTENCE));
        let _ = writeln!(out, "- {} × {what}{example}", unjudged.count);
    }
    more(out, all.len());
}

fn more(out: &mut String, count: usize) {
    if count > LISTED {
        let _ = writeln!(out, "\nand {} more", count - LISTED);
    }
}

fn row(finding: &Finding, catalog: &Catalog) -> String {
    let rule = match card(catalog, finding.rule) {
        Some(card) => format!("[{}]({}) {}", card.id, card.link(), card.name),
        None => format!("{} {}", finding.rule, prose(&shortened(&finding.name, SENTENCE))),
    };
    let what = prose(&shortened(&finding.headline(), SENTENCE));
    let at = format!("{}:{}", finding.location.file, finding.location.line);
    let at = code(&shortened(&at, SENTENCE));
    format!("| {} | {} | {} | {} |\n", finding.severity.word(), cell(&rule), cell(&what), cell(&at))
}
