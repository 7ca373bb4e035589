//! Reviewdog's diagnostics, with what one edit mends as a suggestion.
//!
//! The format is that of `proto/rdf/jsonschema/DiagnosticResult.json` of reviewdog; columns count bytes of UTF-8. A reviewer
//! takes each suggestion by itself, so that a fix of several edits is none.

use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::catalog::HOME;
use crate::finding::{Edit, Finding, Report, Severity};
use crate::source::{SourceMap, Span};

use super::json::pretty;
use super::phrases::{edits, headline, is_counted_only, sentence};

/// Writes the report for reviewdog.
pub(super) fn render(report: &Report, catalog: &Catalog, sources: &SourceMap) -> String {
    let shown = report.active().filter(|finding| !is_counted_only(finding));
    let diagnostics: Vec<Value> =
        shown.map(|finding| diagnostic(report, catalog, sources, finding)).collect();
    pretty(&json!({
        "source": {"name": env!("CARGO_PKG_NAME"), "url": HOME},
        "diagnostics": diagnostics,
    }))
}

fn diagnostic(report: &Report, catalog: &Catalog, sources: &SourceMap, finding: &Finding) -> Value {
    let card = catalog.card(finding.rule);
    let severity = match finding.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
        Severity::Info => "INFO",
    };
    let related = finding.related.iter().map(|label| {
        let location = location(sources, label.span);
        json!({"message": sentence(&report.masks.masked_text(&label.message)), "location": location})
    });
    json!({
        "message": format!("{} {}", sentence(&headline(report, finding)), sentence(card.remedy_for(finding))),
        "location": location(sources, finding.span),
        "severity": severity,
        "code": {"value": card.id.to_string(), "url": card.link()},
        "relatedLocations": related.collect::<Vec<_>>(),
        "suggestions": suggestions(report, sources, finding),
    })
}

fn suggestions(report: &Report, sources: &SourceMap, finding: &Finding) -> Vec<Value> {
    let single = finding.fixes.iter().filter_map(|fix| match edits(fix, &report.masks) {
        Ok([Edit::Text(edit)]) if edit.span.file == finding.span.file => Some(edit),
        _ => None,
    });
    single.map(|edit| json!({"range": range(sources, edit.span), "text": edit.text})).collect()
}

fn location(sources: &SourceMap, span: Span) -> Value {
    json!({"path": sources.file(span.file).path(), "range": range(sources, span)})
}

fn range(sources: &SourceMap, span: Span) -> Value {
    let file = sources.file(span.file);
    let place = |offset: u32| {
        let line = file.position(offset).line;
        let start = file.line_starts()[line as usize - 1];
        json!({"line": line, "column": offset - start + 1})
    };
    json!({"start": place(span.start), "end": place(span.end)})
}
