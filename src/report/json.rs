//! Version 1 of the JSON report, for programs.
//!
//! Fields are added, never renamed or removed, and stand in the order they are written here. `report.schema.json`
//! beside this file describes them; a test checks every report against it.

use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::finding::{Change, Finding, Fix, ObjectName, Operation, Report, RunError, Severity};
use crate::source::{Masks, SourceMap, Span};

/// Writes the report as JSON.
pub(super) fn render(report: &Report, catalog: &Catalog, sources: &SourceMap) -> String {
    let from = From { masks: &report.masks, catalog, sources };
    let renderers = report.renderers.iter();
    let renderers = renderers.map(|(engine, version)| json!({"name": engine.word(), "version": version}));
    pretty(&json!({
        "version": 1,
        "tool": {
            "name": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "renderers": renderers.collect::<Value>(),
        },
        "summary": summary(report),
        "findings": report.findings.iter().map(|finding| from.finding(finding)).collect::<Value>(),
        "errors": report.errors.iter().map(|error| from.error(error)).collect::<Value>(),
    }))
}

/// JSON for people and programs, on lines that a build log may show: `##[`, with which the GitHub runner starts a
/// command anywhere in a line, can only stand in a string, where it is escaped.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}\n").replace("##[", "##\\u005b")
}

fn summary(report: &Report) -> Value {
    let summary = &report.summary;
    let unjudged = summary
        .unjudged
        .iter()
        .map(|unjudged| json!({"what": unjudged.what, "count": unjudged.count, "example": unjudged.example}));
    json!({
        "error": report.count(Severity::Error),
        "warning": report.count(Severity::Warning),
        "info": report.count(Severity::Info),
        "suppressed": report.findings.len() - report.active().count(),
        "files": summary.files,
        "skipped": summary.skipped,
        "documents": summary.documents,
        "objects": summary.objects,
        "identities": summary.identities,
        "unjudged": unjudged.collect::<Value>(),
        "milliseconds": summary.milliseconds as u64,
    })
}

struct From<'r> {
    masks: &'r Masks,
    catalog: &'r Catalog,
    sources: &'r SourceMap,
}

impl From<'_> {
    fn finding(&self, finding: &Finding) -> Value {
        let card = self.catalog.card(finding.rule);
        let location = self.location(finding.span);
        let rendered = finding.rendered.as_ref().map(|rendered| {
            // Given output is read as it is: its lines are those of the location.
            let line = rendered.line.map_or_else(|| location["line"].clone(), Value::from);
            json!({"by": rendered.by.word(), "roots": rendered.roots, "line": line})
        });
        let related = finding.related.iter().map(|label| {
            json!({"message": self.masks.masked_text(&label.message), "location": self.location(label.span)})
        });
        let suppressed = finding
            .suppressed
            .map(|by| json!({"by": by.word(), "until": null, "owner": null, "reason": null}));
        json!({
            "rule": finding.rule.to_string(),
            "name": card.name,
            "form": finding.form.0,
            "severity": finding.severity.word(),
            "message": self.masks.masked_text(&finding.message),
            "help": card.remedy.trim(),
            "notes": finding.notes.iter().map(|note| self.masks.masked_text(note)).collect::<Value>(),
            "object": finding.object.as_ref().map(object),
            "identity": finding.identity,
            "clusters": finding.clusters,
            "location": location,
            "label": self.masks.masked_text(&finding.label),
            "path": finding.path.as_ref().map(ToString::to_string),
            "origin": finding.origin.word(),
            "rendered": rendered,
            "related": related.collect::<Value>(),
            "fixes": finding.fixes.iter().map(|fix| self.fix(fix)).collect::<Value>(),
            "fingerprint": finding.fingerprint,
            "suppressed": suppressed,
        })
    }

    fn location(&self, span: Span) -> Value {
        let (start, end) = self.sources.positions(span);
        json!({
            "file": self.sources.file(span.file).path(),
            "line": start.line,
            "column": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        })
    }

    /// Byte edits are made where text was written; until then the changes say what they would be.
    fn fix(&self, fix: &Fix) -> Value {
        json!({
            "title": self.masks.masked_text(&fix.title),
            "applicability": fix.applicability.word(),
            "edits": [],
            "changes": fix.changes.iter().map(|change| self.change(change)).collect::<Value>(),
        })
    }

    /// `yaml` is the value, entry or document; for `rename` the new key, for `remove` null.
    fn change(&self, change: &Change) -> Value {
        let (operation, yaml) = match &change.operation {
            Operation::Set(yaml) => ("set", Some(yaml)),
            Operation::Insert(yaml) => ("insert", Some(yaml)),
            Operation::Remove => ("remove", None),
            Operation::Rename(key) => ("rename", Some(key)),
            Operation::NewDocument { text, .. } => ("new-document", Some(text)),
        };
        json!({
            "object": object(&change.document.object),
            "path": change.path.to_string(),
            "operation": operation,
            "yaml": yaml.map(|yaml| self.masks.masked_text(yaml)),
        })
    }

    fn error(&self, error: &RunError) -> Value {
        let message = self.masks.masked_text(&error.message);
        json!({"file": error.file, "line": error.line, "message": message})
    }
}

fn object(object: &ObjectName) -> Value {
    json!({
        "apiVersion": object.api_version,
        "kind": object.kind,
        "namespace": object.namespace,
        "name": object.name,
    })
}
