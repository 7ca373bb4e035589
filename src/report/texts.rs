//! The report for a person: everything of a few findings, one line each of many.

use crate::catalog::Catalog;
use crate::finding::Report;
use crate::source::SourceMap;

use super::layout::{prose, without_commands};
use super::{Detail, Style, brief, phrases, short, statistics, text};

/// So many findings are shown with all that is known of them.
const FEW: usize = 10;

/// Writes the report as text.
pub(super) fn render(report: &Report, catalog: &Catalog, sources: &SourceMap, style: &Style) -> String {
    let shown = &style.shown;
    let count = report.active().filter(|finding| !phrases::is_counted_only(finding)).count();
    let is_whole = count <= FEW && !shown.all && shown.group_by.is_none();
    let mut out = match shown.detail {
        Detail::Brief => brief::render(report, catalog, sources, style),
        Detail::Counts => statistics::render(report, catalog, style),
        Detail::Failing => short::failing(report, catalog, sources, style),
        Detail::Fitting if !is_whole => short::render(report, catalog, sources, style),
        Detail::Fitting | Detail::Whole => text::render(report, catalog, sources, style),
    };
    if let Some(reason) = phrases::exit(report, shown.fails_at) {
        prose(&mut out, style, "", 0, &reason);
    }
    without_commands(out)
}
