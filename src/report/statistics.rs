//! How often each form of each rule was found.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::catalog::Catalog;
use crate::finding::{Form, Report, RuleId, Severity};

use super::layout::{Columns, Paint, link, paint, wrap};
use super::{Style, overview};

/// Writes the summary and a table, most errors first.
pub(super) fn render(report: &Report, catalog: &Catalog, style: &Style) -> String {
    let mut out = String::new();
    overview::write(&mut out, report, style);
    let mut counts: BTreeMap<(RuleId, Form), [usize; 3]> = BTreeMap::new();
    for finding in report.active() {
        let counts = counts.entry((finding.rule, finding.form)).or_default();
        counts[match finding.severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Info => 2,
        }] += 1;
    }
    if counts.is_empty() {
        return out;
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|(key, counts)| (Reverse(*counts), *key));
    let heading = format!("{:>7} {:>8} {:>6}  rule and form", "errors", "warnings", "infos");
    let _ = writeln!(out, "\n{}", paint(style, Paint::Strong, &heading));
    for ((rule, form), counts) in rows {
        let card = catalog.card(rule);
        let [errors, warnings, infos] = counts.map(|count| match count {
            0 => "-".to_owned(),
            count => count.to_string(),
        });
        let _ = write!(out, "{errors:>7} {warnings:>8} {infos:>6}  ");
        let _ = write!(out, "{}", link(style, &card.link(), &rule.to_string()));
        let text = format!("{} ({})", card.name, form.0);
        out.push(' ');
        wrap(&mut out, style.width, Columns { used: 32, indent: 25 }, &text);
    }
    out
}
