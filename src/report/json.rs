//! Version 1 of the JSON report, for programs.
//!
//! The structs are the format: fields are added, never renamed or removed, and stand in the order they are written.
//! `report.schema.json` beside this file describes it; a test checks every report against it.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

use crate::catalog::Catalog;
use crate::finding::{self, Change, Edit, IdentityName, Operation, Severity};
use crate::source::{Masks, Position, SourceMap, Span};

use super::accepted::BaselineUse;
use super::hunk::hunks;
use super::layout::is_obeyed;
use super::phrases;
use super::whole_lines::{self, WholeLines};

/// Writes the report as JSON.
pub(super) fn render(report: &finding::Report, catalog: &Catalog, sources: &SourceMap) -> String {
    let from = From { masks: &report.masks, catalog, sources };
    let report = Report {
        version: 1,
        tool: Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            renderers: renderers(report),
        },
        summary: summary(report),
        findings: report.findings.iter().map(|finding| from.finding(finding)).collect(),
        errors: report.errors.iter().map(|error| from.error(error)).collect(),
        baseline: report.baseline.as_ref().map(BaselineUse::of),
    };
    pretty(&report)
}

/// JSON for people and programs, on lines that a build log may show. What a log or a terminal would obey can only stand
/// in a string, where it is escaped: `##[`, with which the GitHub runner starts a command anywhere in a line, and
/// characters that nobody sees.
pub(super) fn pretty(value: &impl Serialize) -> String {
    for_logs(&serde_json::to_string_pretty(value).expect("maps with text as keys are always JSON"))
}

/// The same on one line.
pub(super) fn line(value: &impl Serialize) -> String {
    for_logs(&serde_json::to_string(value).expect("maps with text as keys are always JSON"))
}

fn for_logs(text: &str) -> String {
    let mut text = text.replace("##[", "##\\u005b") + "\n";
    if text.contains(is_obeyed) {
        text = text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
            let mut units = [0; 2];
            if is_obeyed(character) {
                for unit in character.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            } else {
                out.push(character);
            }
            out
        });
    }
    text
}

#[derive(Serialize)]
struct Report<'r> {
    version: u32,
    tool: Tool<'r>,
    summary: Summary<'r>,
    findings: Vec<Finding<'r>>,
    errors: Vec<RunError<'r>>,
    baseline: Option<BaselineUse<'r>>,
}

#[derive(Serialize)]
struct Tool<'r> {
    name: &'static str,
    version: &'static str,
    renderers: Vec<Renderer<'r>>,
}

#[derive(Serialize)]
struct Renderer<'r> {
    name: &'r str,
    version: &'r str,
}

#[derive(Serialize)]
struct Summary<'r> {
    error: usize,
    warning: usize,
    info: usize,
    suppressed: usize,
    files: usize,
    skipped: usize,
    documents: usize,
    objects: usize,
    identities: usize,
    unjudged: Vec<Unjudged<'r>>,
    milliseconds: u128,
}

#[derive(Serialize)]
struct Unjudged<'r> {
    what: &'r str,
    count: usize,
    example: &'r str,
    named: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'r> {
    rule: String,
    name: &'r str,
    form: &'r str,
    severity: &'static str,
    message: Cow<'r, str>,
    help: &'r str,
    notes: Vec<Cow<'r, str>>,
    object: Option<Object<'r>>,
    identity: Option<&'r IdentityName>,
    owner: Option<Cow<'r, str>>,
    clusters: &'r [String],
    location: Location<'r>,
    label: Cow<'r, str>,
    path: Option<String>,
    origin: &'static str,
    rendered: Option<Rendered<'r>>,
    related: Vec<Related<'r>>,
    fixes: Vec<Fix<'r>>,
    fingerprint: &'r str,
    suppressed: Option<Suppression<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_changed_line: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'r> {
    api_version: &'r str,
    kind: &'r str,
    namespace: Option<&'r str>,
    name: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'r> {
    file: &'r str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Rendered<'r> {
    by: &'r str,
    roots: &'r [String],
    values: &'r [String],
    line: Option<u32>,
}

#[derive(Serialize)]
struct Related<'r> {
    message: Cow<'r, str>,
    location: Location<'r>,
}

#[derive(Serialize)]
struct Fix<'r> {
    title: Cow<'r, str>,
    applicability: &'static str,
    edits: Vec<EditText<'r>>,
    /// The edits for people; null where there are none.
    diff: Option<String>,
    lines: Option<WholeLines<'r>>,
    /// Why there are no edits, where changes are known.
    refused: Option<Cow<'r, str>>,
    changes: Vec<ChangeText<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EditText<'r> {
    file: &'r str,
    new_file: bool,
    start: Place,
    end: Place,
    bytes: Bytes,
    text: &'r str,
}

#[derive(Serialize)]
struct Place {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Bytes {
    start: u32,
    end: u32,
}

#[derive(Serialize)]
struct ChangeText<'r> {
    object: Object<'r>,
    path: String,
    operation: &'static str,
    /// The value, entry or document; for `rename` the new key; null for `remove`.
    yaml: Option<Cow<'r, str>>,
}

#[derive(Serialize)]
struct Suppression<'r> {
    by: &'r str,
    until: Option<String>,
    owner: Option<Cow<'r, str>>,
    reason: Option<Cow<'r, str>>,
    /// Where that is written.
    location: Option<Location<'r>>,
}

#[derive(Serialize)]
struct RunError<'r> {
    file: Option<&'r str>,
    line: Option<u32>,
    message: Cow<'r, str>,
}

fn renderers(report: &finding::Report) -> Vec<Renderer<'_>> {
    report.renderers.iter().map(|(engine, version)| Renderer { name: engine.word(), version }).collect()
}

fn summary(report: &finding::Report) -> Summary<'_> {
    let summary = &report.summary;
    let unjudged = summary.unjudged.iter().map(|unjudged| Unjudged {
        what: &unjudged.what,
        count: unjudged.count,
        example: &unjudged.example,
        named: unjudged.named,
    });
    Summary {
        error: report.count(Severity::Error),
        warning: report.count(Severity::Warning),
        info: report.count(Severity::Info),
        suppressed: report.findings.len() - report.active().count(),
        files: summary.files,
        skipped: summary.skipped,
        documents: summary.documents,
        objects: summary.objects,
        identities: summary.identities,
        unjudged: unjudged.collect(),
        milliseconds: summary.milliseconds,
    }
}

struct From<'r> {
    masks: &'r Masks,
    catalog: &'r Catalog,
    sources: &'r SourceMap,
}

impl<'r> From<'r> {
    fn finding(&self, finding: &'r finding::Finding) -> Finding<'r> {
        let card = self.catalog.card(finding.rule);
        let location = self.location(finding.span);
        let notes = finding.notes.iter().map(|note| self.masks.masked_text(note));
        let related = finding.related.iter().map(|label| Related {
            message: self.masks.masked_text(&label.message),
            location: self.location(label.span),
        });
        Finding {
            rule: finding.rule.to_string(),
            name: &card.name,
            form: finding.form.0,
            severity: finding.severity.word(),
            message: self.masks.masked_text(&finding.message),
            help: card.remedy_for(finding).trim(),
            notes: notes.collect(),
            object: finding.object.as_ref().map(object),
            identity: finding.identity.as_ref(),
            owner: finding.owner.as_ref().map(|owner| self.masks.masked_text(owner)),
            clusters: &finding.clusters,
            label: self.masks.masked_text(&finding.label),
            path: finding.path.as_ref().map(ToString::to_string),
            origin: finding.origin.word(),
            rendered: finding.rendered.as_ref().map(|rendered| Rendered {
                by: rendered.by.word(),
                roots: &rendered.roots,
                values: &rendered.values,
                // Given output is read as it is: its lines are those of the location.
                line: rendered.line.or(Some(location.line)),
            }),
            location,
            related: related.collect(),
            fixes: finding.fixes.iter().map(|fix| self.fix(fix)).collect(),
            fingerprint: &finding.fingerprint,
            suppressed: finding.suppressed.as_ref().map(|suppression| self.suppression(suppression)),
            on_changed_line: finding.on_changed_line,
        }
    }

    fn suppression(&self, suppression: &'r finding::Suppression) -> Suppression<'r> {
        let masked = |text: &'r Option<String>| text.as_ref().map(|text| self.masks.masked_text(text));
        Suppression {
            by: suppression.by.word(),
            until: suppression.until.map(|until| until.to_string()),
            owner: masked(&suppression.owner),
            reason: masked(&suppression.reason),
            location: suppression.at.map(|at| self.location(at)),
        }
    }

    fn location(&self, span: Span) -> Location<'r> {
        let (start, end) = self.sources.positions(span);
        Location {
            file: self.sources.file(span.file).path(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }

    fn fix(&self, fix: &'r finding::Fix) -> Fix<'r> {
        let edits = phrases::edits(fix, self.masks);
        let known = edits.unwrap_or_default();
        Fix {
            title: self.masks.masked_text(&fix.title),
            applicability: fix.applicability.word(),
            refused: edits.as_ref().err().map(|reason| self.masks.masked_text(reason)),
            edits: known.iter().map(|edit| self.edit(edit)).collect(),
            diff: (!known.is_empty()).then(|| hunks(known, self.masks, self.sources)),
            lines: whole_lines::of(known, self.masks, self.sources),
            changes: phrases::changes(fix).map(|change| self.change(change)).collect(),
        }
    }

    fn edit(&self, edit: &'r Edit) -> EditText<'r> {
        let place = |position: Position| Place { line: position.line, column: position.column };
        match edit {
            Edit::Text(edit) => {
                let (start, end) = self.sources.positions(edit.span);
                EditText {
                    file: self.sources.file(edit.span.file).path(),
                    new_file: false,
                    start: place(start),
                    end: place(end),
                    bytes: Bytes { start: edit.span.start, end: edit.span.end },
                    text: &edit.text,
                }
            }
            Edit::NewFile { path, text } => {
                let top = || Place { line: 1, column: 1 };
                let bytes = Bytes { start: 0, end: 0 };
                EditText { file: path, new_file: true, start: top(), end: top(), bytes, text }
            }
        }
    }

    fn change(&self, change: &'r Change) -> ChangeText<'r> {
        let (operation, yaml) = match &change.operation {
            Operation::Set(yaml) => ("set", Some(yaml)),
            Operation::Insert(yaml) => ("insert", Some(yaml)),
            Operation::Remove => ("remove", None),
            Operation::Rename(key) => ("rename", Some(key)),
            Operation::NewDocument { text, .. } => ("new-document", Some(text)),
        };
        ChangeText {
            object: object(&change.document.object),
            path: change.path.to_string(),
            operation,
            yaml: yaml.map(|yaml| self.masks.masked_text(yaml)),
        }
    }

    fn error(&self, error: &'r finding::RunError) -> RunError<'r> {
        RunError {
            file: error.file.as_deref(),
            line: error.line,
            message: self.masks.masked_text(&error.message),
        }
    }
}

fn object(object: &finding::ObjectName) -> Object<'_> {
    Object {
        api_version: &object.api_version,
        kind: &object.kind,
        namespace: object.namespace.as_deref(),
        name: &object.name,
    }
}
