//! GitLab's Code Quality report, which a merge request shows beside the lines.
//!
//! A list of findings as GitLab's parser reads them (`app/validators/json_schemas/codeclimate.json`). Of two entries with
//! one fingerprint GitLab drops the second, and a path that begins with `./` it does not find.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::finding::{Finding, Report, RunError, Severity};
use crate::source::SourceMap;

use super::json::pretty;
use super::layout::one_line;
use super::phrases::{headline, is_counted_only, sentence};
use super::place::place;

/// Writes the report for GitLab.
pub(super) fn render(report: &Report, catalog: &Catalog, sources: &SourceMap) -> String {
    let mut seen = HashMap::new();
    let mut unique = |fingerprint: &str| {
        let count: &mut usize = seen.entry(fingerprint.to_owned()).or_default();
        *count += 1;
        if *count == 1 { fingerprint.to_owned() } else { format!("{fingerprint}-{count}") }
    };
    let mut entries: Vec<Value> =
        report.errors.iter().filter_map(|error| problem(report, error, &mut unique)).collect();
    let findings = report.active().filter(|finding| !is_counted_only(finding));
    entries.extend(findings.map(|finding| entry(report, catalog, sources, finding, &mut unique)));
    pretty(&entries)
}

fn entry(
    report: &Report,
    catalog: &Catalog,
    sources: &SourceMap,
    finding: &Finding,
    unique: &mut impl FnMut(&str) -> String,
) -> Value {
    let card = catalog.card(finding.rule);
    let place = place(sources, finding.span);
    let severity = match finding.severity {
        _ if finding.is_live => "blocker",
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Info => "info",
    };
    json!({
        "description": one_line(&format!(
            "{} {} {}", card.id, sentence(&headline(report, finding)), sentence(card.remedy_for(finding))
        )),
        "check_name": card.id.to_string(),
        "fingerprint": unique(&finding.fingerprint),
        "severity": severity,
        "location": {"path": relative(place.path), "lines": {"begin": place.line}},
    })
}

/// What kept the job from being done whole, where it is about a file; the rest has no place that GitLab could show.
fn problem(report: &Report, error: &RunError, unique: &mut impl FnMut(&str) -> String) -> Option<Value> {
    let file = error.file.as_deref()?;
    let line = error.line.unwrap_or(1);
    Some(json!({
        "description": one_line(&sentence(&report.masks.masked_text(&error.message))),
        "check_name": env!("CARGO_PKG_NAME"),
        "fingerprint": unique(&format!("problem:{file}:{line}")),
        "severity": "blocker",
        "location": {"path": relative(file), "lines": {"begin": line}},
    }))
}

fn relative(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}
