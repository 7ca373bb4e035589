//! SARIF 2.1.0, in the profile that GitHub code scanning reads.
//!
//! What the baseline accepts is left out, as GitHub would open alerts for it. What somebody excepted is there with its
//! `suppressions`: the action `advanced-security/dismiss-alerts` closes those alerts with the reason. `automationDetails` is left out too: the
//! upload action fills it from its `category` input, but only where it is missing, so that an id of ours would make
//! the uploads of two jobs overwrite each other. Columns are UTF-16 code units, which is what a reader that ignores
//! `columnKind` takes them for. Numbers are GitHub's limits on a SARIF file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;

use serde_json::{Map, Value, json};

use crate::catalog::HOME;
use crate::catalog::{Card, Catalog, Preset};
use crate::finding::{Edit, Finding, Fix, Report, RunError, Severity, SuppressedBy, Suppression};
use crate::source::{FileId, SourceMap, Span};

use super::book::{body, level_of, standard};
use super::json::pretty;
use super::line_hash::line_hashes;
use super::place::place;

use super::phrases::{edits, headline, notes, sentence, shortened, unjudged};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Results in a run.
const RESULTS: usize = 25_000;
/// Bytes of a compressed log. GitHub says 10 MB; some are left, as others compress a little worse.
const COMPRESSED: usize = 9_900_000;
/// Related places of a result; more are not shown.
const RELATED: usize = 100;
/// Tags of a rule; more are not shown.
const TAGS: usize = 10;
/// Characters of a rule's name.
const NAME: usize = 255;
/// Characters of a short or full description.
const DESCRIPTION: usize = 1024;
/// Characters of a message or of help; not a limit of GitHub's, but nobody reads on.
const TEXT: usize = 20_000;

/// Writes the report as SARIF.
pub(super) fn render(report: &Report, catalog: &Catalog, sources: &SourceMap) -> String {
    let is_shown = |finding: &&Finding| {
        finding.suppressed.as_ref().is_none_or(|suppression| suppression.by != SuppressedBy::Baseline)
    };
    let mut findings: Vec<&Finding> = report.findings.iter().filter(is_shown).collect();
    let all = findings.len();
    let mut kept = all.min(RESULTS);
    loop {
        if kept < all {
            findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
            findings.truncate(kept);
        }
        let text = log(report, catalog, sources, &findings, all);
        if kept == 0 || text.len() <= COMPRESSED || compressed(&text) <= COMPRESSED {
            return text;
        }
        kept /= 2;
    }
}

/// The log of some of all findings.
fn log(report: &Report, catalog: &Catalog, sources: &SourceMap, findings: &[&Finding], all: usize) -> String {
    let hashes = hashes(findings, sources);
    let results: Vec<Value> =
        findings.iter().map(|finding| result(report, catalog, sources, finding, &hashes)).collect();
    let rules: Vec<Value> = catalog.cards().iter().map(rule).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": HOME,
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": report.errors.is_empty(),
                "toolExecutionNotifications": notifications(report, findings.len(), all),
            }],
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    });
    pretty(&log)
}

/// How many bytes of gzip a text makes.
fn compressed(text: &str) -> usize {
    let mut gzip = flate2::write::GzEncoder::new(Counted(0), flate2::Compression::default());
    let written = gzip.write_all(text.as_bytes()).and_then(|()| gzip.finish());
    written.expect("counting takes every byte").0
}

/// Keeps the number of bytes that are written, and none of them.
struct Counted(usize);

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a viewer shows of a rule.
fn rule(card: &Card) -> Value {
    let level = level_of(card, Preset::Recommended)
        .or(level_of(card, Preset::Strict))
        .or(level_of(card, Preset::Baseline))
        .unwrap_or(Severity::Info);
    // GitHub reads the number as high, medium or low, and a rule that has one as a security rule.
    let (problem, number) = match level {
        Severity::Error => ("error", "8.0"),
        Severity::Warning => ("warning", "5.0"),
        Severity::Info => ("recommendation", "2.0"),
    };
    let mut tags = vec!["security".to_owned(), card.family.clone()];
    tags.extend(card.standards.iter().map(|text| standard(text)));
    tags.retain(|tag| !tag.is_empty());
    tags.truncate(TAGS);
    json!({
        "id": card.id.to_string(),
        "name": shortened(&pascal_case(&card.name), NAME),
        "shortDescription": {"text": shortened(&sentence(&card.finds), DESCRIPTION)},
        "fullDescription": {"text": shortened(card.why.trim(), DESCRIPTION)},
        "helpUri": card.link(),
        "help": {
            "text": shortened(&format!("{}\n\n{}", card.why.trim(), sentence(&card.remedy)), TEXT),
            "markdown": shortened(&help(card), TEXT),
        },
        "defaultConfiguration": {"level": word(level)},
        "properties": {
            "tags": tags,
            "precision": "high",
            "problem.severity": problem,
            "security-severity": number,
        },
    })
}

fn help(card: &Card) -> String {
    let examples = card.examples.get(..1).unwrap_or_default();
    format!(
        "{}\n`nhilint explain {}` says more, as does [{}]({}).\n",
        body(card, examples),
        card.id,
        card.name,
        card.link()
    )
}

fn result(
    report: &Report,
    catalog: &Catalog,
    sources: &SourceMap,
    finding: &Finding,
    hashes: &BTreeMap<(FileId, u32), String>,
) -> Value {
    let rule_index = catalog.cards().iter().position(|card| card.id == finding.rule);
    let mut fingerprints = Map::new();
    let line = place(sources, finding.span).line;
    if let Some(hash) = hashes.get(&(finding.span.file, line)) {
        fingerprints.insert("primaryLocationLineHash".into(), hash.as_str().into());
    }
    if !finding.fingerprint.is_empty() {
        fingerprints.insert("nhilint/v1".into(), finding.fingerprint.as_str().into());
    }
    let mut result = json!({
        "ruleId": finding.rule.to_string(),
        "ruleIndex": rule_index.expect("a rule that emits has a card: tests/it/cards.rs"),
        "level": word(finding.severity),
        "message": {"text": message(report, finding)},
        "locations": [{"physicalLocation": location(sources, finding.span)}],
        "partialFingerprints": fingerprints,
    });
    let related: Vec<Value> = finding
        .related
        .iter()
        .take(RELATED)
        .zip(1..)
        .map(|(label, id)| {
            let mut related = json!({"id": id, "physicalLocation": location(sources, label.span)});
            if !label.message.trim().is_empty() {
                let text = sentence(&report.masks.masked_text(&label.message));
                related["message"] = json!({"text": text});
            }
            related
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    let fixes: Vec<Value> = finding.fixes.iter().filter_map(|one| fix(report, sources, one)).collect();
    if !fixes.is_empty() {
        result["fixes"] = fixes.into();
    }
    if let Some(suppressed) = finding.suppressed.as_ref().filter(|known| known.by != SuppressedBy::Base) {
        result["suppressions"] = json!([suppression(report, sources, suppressed)]);
    }
    result
}

/// Who let a finding be, and until when.
fn suppression(report: &Report, sources: &SourceMap, suppressed: &Suppression) -> Value {
    let kind = if suppressed.by == SuppressedBy::Inline { "inSource" } else { "external" };
    let reason = suppressed.reason.as_deref().unwrap_or_default();
    let owner = suppressed.owner.iter().map(|owner| format!(" Owner: {owner}."));
    let until = suppressed.until.iter().map(|until| format!(" Until {until}."));
    let text = sentence(reason) + &owner.chain(until).collect::<String>();
    let text = report.masks.masked_text(&text);
    let mut value = json!({"kind": kind, "status": "accepted", "justification": shortened(&text, TEXT)});
    if let Some(at) = suppressed.at {
        value["location"] = json!({"physicalLocation": location(sources, at)});
    }
    value
}

/// A fix that has edits. GitHub does not show it; other viewers do.
fn fix(report: &Report, sources: &SourceMap, fix: &Fix) -> Option<Value> {
    let edits = edits(fix, &report.masks).ok().filter(|edits| !edits.is_empty())?;
    let mut by_file: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for edit in edits {
        let (path, region, text) = match edit {
            Edit::Text(edit) => {
                (sources.file(edit.span.file).path(), region(sources, edit.span), edit.text.as_str())
            }
            Edit::NewFile { path, text } => {
                let top = json!({"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1});
                (path.as_str(), top, text.as_str())
            }
        };
        let replacement = json!({"deletedRegion": region, "insertedContent": {"text": text}});
        by_file.entry(path).or_default().push(replacement);
    }
    let changes = by_file.into_iter().map(
        |(path, replacements)| json!({"artifactLocation": {"uri": uri(path)}, "replacements": replacements}),
    );
    let changes: Vec<Value> = changes.collect();
    let title = sentence(&report.masks.masked_text(&fix.title));
    Some(json!({"description": {"text": title}, "artifactChanges": changes}))
}

/// A whole span, over several lines where it has them.
fn region(sources: &SourceMap, span: Span) -> Value {
    let file = sources.file(span.file);
    let place = |offset: u32| {
        let position = file.position(offset);
        let start = file.line_starts()[position.line as usize - 1] as usize;
        (position.line, file.text()[start..offset as usize].encode_utf16().count() + 1)
    };
    let ((line, column), (end_line, end_column)) = (place(span.start), place(span.end));
    json!({"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column})
}

/// The message, links to the related places, which are shown only where the message names them, and the notes.
fn message(report: &Report, finding: &Finding) -> String {
    let mut text = without_links(&sentence(&headline(report, finding)));
    for (index, label) in finding.related.iter().take(RELATED).enumerate() {
        let words = match report.masks.masked_text(&label.message).trim() {
            "" => "here".to_owned(),
            words => words.replace(['[', ']', '\\'], "'"),
        };
        let joint = if index == 0 { " Related: " } else { ", " };
        let _ = write!(text, "{joint}[{words}]({})", index + 1);
    }
    if !finding.related.is_empty() {
        text.push('.');
    }
    for note in notes(report, finding) {
        let _ = write!(text, " {}", without_links(&sentence(&note)));
    }
    shortened(&text, TEXT).into_owned()
}

/// Keeps a reader from taking `env[name=A](1)` for a link.
fn without_links(text: &str) -> String {
    text.replace("](", "] (")
}

fn location(sources: &SourceMap, span: Span) -> Value {
    let place = place(sources, span);
    json!({
        "artifactLocation": {"uri": uri(place.path)},
        "region": {
            "startLine": place.line,
            "startColumn": place.utf16_column,
            "endLine": place.line,
            "endColumn": place.utf16_end_column,
        },
    })
}

/// A path as a relative reference: all but letters, digits and `-._~/` is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// GitHub's hash of each line that a finding stands on.
fn hashes(findings: &[&Finding], sources: &SourceMap) -> BTreeMap<(FileId, u32), String> {
    let mut wanted = BTreeMap::<FileId, BTreeSet<u32>>::new();
    for finding in findings {
        let line = place(sources, finding.span).line;
        wanted.entry(finding.span.file).or_default().insert(line);
    }
    let mut hashes = BTreeMap::new();
    for (file, lines) in wanted {
        let found = line_hashes(sources.file(file).text(), &lines);
        hashes.extend(found.into_iter().map(|(line, hash)| ((file, line), hash)));
    }
    hashes
}

/// What kept the job from being done whole, what was not judged, and what is left out here.
fn notifications(report: &Report, kept: usize, all: usize) -> Vec<Value> {
    let mut notifications: Vec<Value> =
        report.errors.iter().map(|error| notification(report, error)).collect();
    let note = |text: String| json!({"level": "note", "message": {"text": text}});
    let not_judged = report.summary.unjudged.iter();
    notifications.extend(not_judged.map(|what| note(format!("Not judged: {}.", unjudged(what)))));
    if kept < all {
        let text = format!("{all} findings; the {kept} worst are listed.");
        notifications.push(note(text));
    }
    notifications
}

fn notification(report: &Report, error: &RunError) -> Value {
    let text = report.masks.masked_text(&error.message);
    let mut notification = json!({"level": "error", "message": {"text": sentence(&text)}});
    if let Some(file) = &error.file {
        let mut location = json!({"artifactLocation": {"uri": uri(file)}});
        if let Some(line) = error.line {
            location["region"] = json!({"startLine": line});
        }
        notification["locations"] = json!([{"physicalLocation": location}]);
    }
    notification
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn pascal_case(name: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    name.split('-').map(capital).collect()
}
