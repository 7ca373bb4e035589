//! What is read before a commit: the worst findings, one line each. With what follows it has at most twenty lines.

use std::fmt::Write as _;

use crate::catalog::Catalog;
use crate::finding::Report;
use crate::source::SourceMap;

use super::Style;
use super::head::at;
use super::layout::{Paint, link, one_line, paint};
use super::phrases::{counts, suppressed};
use super::rank::ranked;

/// So many findings are listed; three more lines count the rest and say how the run ends.
const SHOWN: usize = 17;

/// Up to so many findings each have a line that says what to do.
const FEW: usize = 5;

/// Writes the report in few lines.
pub(super) fn render(report: &Report, catalog: &Catalog, sources: &SourceMap, style: &Style) -> String {
    let mut out = String::new();
    let findings = ranked(report);
    let (shown, rest) = findings.split_at(findings.len().min(SHOWN));
    for finding in shown {
        let card = catalog.card(finding.rule);
        let word = paint(style, Paint::from(finding.severity), finding.severity.word());
        let id = link(style, &card.link(), &finding.rule.to_string());
        let message = one_line(&report.masks.masked_text(&finding.message));
        let _ = writeln!(out, "{}: {word} {id} {message}", at(sources, finding.span));
        if findings.len() <= FEW {
            let _ = writeln!(
                out,
                "  {}",
                paint(style, Paint::Faint, &one_line(&format!("do: {}", card.remedy_for(finding))))
            );
        }
    }
    if !rest.is_empty() {
        let more = counts(|severity| rest.iter().filter(|finding| finding.severity == severity).count());
        let _ = writeln!(out, "... and {more} more: nhilint check --staged --all");
    }
    if shown.is_empty() {
        let before = suppressed(report).map(|text| format!(" ({text})")).unwrap_or_default();
        let _ = writeln!(out, "what is staged brings no findings{before}");
    }
    out
}
