//! The text of a comment on lines. What stems from the input goes through the report's markup.

use std::fmt::Write as _;

use crate::catalog::Catalog;
use crate::report::review::{code, prose, sentence, shortened};

use super::report::{Finding, Fix, WholeLines, card};
use super::text::{LONGEST_COMMENT, fenced, marker};

/// Characters of a sentence of the report.
const SENTENCE: usize = 600;
/// So many notes are shown.
const NOTES: usize = 3;

/// How much a comment shows of a fix.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown<'f> {
    /// Lines that a reviewer can take over; the comment stands on them.
    Suggestion(&'f Fix, &'f WholeLines),
    /// A diff that is folded.
    Diff,
    /// That there is one.
    Words,
}

/// The body of the comment about a finding, no longer than GitHub takes it.
pub(super) fn comment(finding: &Finding, key: &str, catalog: &Catalog, shown: Shown<'_>) -> String {
    let mut out = head(finding, catalog);
    match shown {
        Shown::Suggestion(fix, lines) => {
            let at = &finding.location;
            if lines.file != at.file {
                let _ = writeln!(out, "\nFound at {}.", code(&format!("{}:{}", at.file, at.line)));
            }
            suggestion(&mut out, fix, lines);
        }
        Shown::Diff => diff(&mut out, finding),
        Shown::Words => {
            let is_mendable = finding.fixes.iter().any(|fix| fix.diff.is_some());
            out.push_str(if is_mendable {
                "\nThe fix is too long for a comment: `nhilint check --diff --unsafe-fixes` shows it.\n"
            } else {
                ""
            });
        }
    }
    let _ = write!(out, "\n{}", marker(key));
    match shown {
        _ if out.len() <= LONGEST_COMMENT => out,
        Shown::Suggestion(..) | Shown::Diff => comment(finding, key, catalog, Shown::Words),
        // Every sentence of it is short.
        Shown::Words => out,
    }
}

/// What is left of a comment whose finding is gone and that somebody answered.
pub(super) fn gone(key: &str) -> String {
    format!("What this comment was about is no longer reported.\n\n{}", marker(key))
}

/// `**error** [NHI101](…) dedicated-service-account`, and below it what is wrong and what to do.
fn head(finding: &Finding, catalog: &Catalog) -> String {
    let word = finding.severity.word();
    let rule = match card(catalog, finding.rule) {
        Some(card) => format!("[{}]({}) {}", card.id, card.link(), card.name),
        None => format!("{} {}", finding.rule, prose(&shortened(&finding.name, SENTENCE))),
    };
    let what = prose(&shortened(&sentence(&finding.headline()), SENTENCE));
    let remedy = prose(&shortened(&sentence(&finding.help), SENTENCE));
    let mut out = format!("**{word}** {rule}\n\n{what}\n\n{remedy}\n");
    for note in finding.notes.iter().take(NOTES) {
        let _ = writeln!(out, "- {}", prose(&shortened(&sentence(note), SENTENCE)));
    }
    out
}

fn suggestion(out: &mut String, fix: &Fix, lines: &WholeLines) {
    let _ = write!(out, "\n{}\n\n{}", title(fix), fenced("suggestion", &lines.after));
}

/// The first fix that is known as text, else the first that is known as an order.
fn diff(out: &mut String, finding: &Finding) {
    let with_diff = finding.fixes.iter().find_map(|fix| Some((fix, fix.diff.as_deref()?)));
    if let Some((fix, diff)) = with_diff {
        let flags = if fix.applicability == "safe" { "" } else { " --unsafe-fixes" };
        let _ = write!(
            out,
            "\n<details><summary>A fix</summary>\n\n{}\n\n{}\n`nhilint check --fix{flags}` does it.\n\n</details>\n",
            title(fix),
            fenced("diff", diff)
        );
    } else if let Some(fix) = finding.fixes.first() {
        let _ = writeln!(out, "\n{}", title(fix));
    }
}

/// What a fix does, and how far it may be trusted.
fn title(fix: &Fix) -> String {
    let risk = match fix.applicability.as_str() {
        "safe" => "Nothing changes at run time.",
        "unsafe" => "It may change what runs or what is granted.",
        _ => "A person has to decide it.",
    };
    format!("Fix: {} {risk}", prose(&shortened(&sentence(&fix.title), SENTENCE)))
}

impl Finding {
    /// `CronJob shop/purge: message`.
    pub(super) fn headline(&self) -> String {
        match &self.object {
            Some(object) => format!("{}: {}", object.shown(), self.message),
            None => self.message.clone(),
        }
    }
}

impl super::report::Object {
    fn shown(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{}", self.kind, self.name),
            None => format!("{} {}", self.kind, self.name),
        }
    }
}
