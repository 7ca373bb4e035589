//! The text of a baseline: one entry a line, sorted, so that two changes of it rarely meet.

use std::fmt::Write as _;

use jiff::civil::Date;

use super::Baseline;
use crate::finding::{Accepted, RuleId};
use crate::source::FileId;
use crate::yaml::{self, Node};

/// The version that is written; the first one had fingerprints only.
const VERSION: i64 = 2;

/// What stands above the entries where the format has comments.
const HEADER: &str = "\
# Findings that were there before the gate: `nhilint check --baseline` accepts them. Written by `--write-baseline`, which
# drops the entries of what is mended.
";

/// In which language a baseline is written; YAML reads both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// For files that are called so.
    Json,
    /// For all others.
    Yaml,
}

impl Language {
    /// The language of a file.
    #[must_use]
    pub fn of(path: &str) -> Self {
        if path.to_ascii_lowercase().ends_with(".json") { Self::Json } else { Self::Yaml }
    }
}

pub(super) fn write(baseline: &Baseline, language: Language) -> String {
    let entries: Vec<String> = baseline.entries.iter().map(line).collect();
    match language {
        Language::Json if entries.is_empty() => format!("{{\"version\": {VERSION}, \"findings\": []}}\n"),
        Language::Json => {
            format!("{{\n\"version\": {VERSION},\n\"findings\": [\n{}\n]\n}}\n", entries.join(",\n"))
        }
        Language::Yaml if entries.is_empty() => format!("{HEADER}version: {VERSION}\nfindings: []\n"),
        Language::Yaml => format!("{HEADER}version: {VERSION}\nfindings:\n- {}\n", entries.join("\n- ")),
    }
}

/// An entry on one line, in JSON.
fn line(entry: &Accepted) -> String {
    let (rule, since) = (entry.rule.to_string(), entry.since.to_string());
    let fields = [
        ("rule", &rule),
        ("form", &entry.form),
        ("object", &entry.object),
        ("field", &entry.field),
        ("file", &entry.file),
        ("message", &entry.message),
        ("since", &since),
        ("fingerprint", &entry.fingerprint),
    ];
    let mut line = String::from("{");
    for (key, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
        let comma = if line.len() > 1 { ", " } else { "" };
        let _ = write!(line, "{comma}\"{key}\": {}", quoted(value));
    }
    line + "}"
}

/// A text in quotes, as JSON and YAML read it. What is not ASCII is written out: nobody sees some of it.
fn quoted(text: &str) -> String {
    let json = serde_json::json!(text).to_string();
    json.chars().fold(String::new(), |mut out, letter| {
        match u32::from(letter) {
            0x20..0x7f => out.push(letter),
            code @ ..=0xffff => _ = write!(out, "\\u{code:04x}"),
            // The one language writes it as a pair, and the other as one number.
            _ => out.push('?'),
        }
        out
    })
}

/// Reads a baseline.
pub(super) fn read(text: &str) -> Result<Baseline, String> {
    let (doc, problems) = yaml::parse(FileId::default(), text, 0..text.len());
    if let Some(problem) = problems.first() {
        return Err(at(text, problem.start, &problem.message));
    }
    let root = doc.root().filter(|root| root.is_map());
    let root = root.ok_or("it is no mapping with `version` and `findings`")?;
    let version = root.get("version").and_then(Node::as_i64);
    match version {
        Some(1) => read_bare(text, root),
        Some(VERSION) => read_entries(text, root),
        Some(other) => Err(format!("it is of version {other}, and this nhilint reads 1 and {VERSION}")),
        None => Err("it has no `version`".into()),
    }
}

/// What is wrong, with its line.
fn at(text: &str, offset: usize, message: &str) -> String {
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    format!("line {}: {message}", memchr::memchr_iter(b'\n', before).count() + 1)
}

fn read_bare(text: &str, root: Node<'_>) -> Result<Baseline, String> {
    let mut baseline = Baseline::default();
    for item in root.get("fingerprints").into_iter().flat_map(Node::items) {
        let fingerprint = item.as_str().ok_or_else(|| wrong(text, item, "a fingerprint is a text"))?;
        baseline.bare.insert(fingerprint.into_owned());
    }
    Ok(baseline)
}

fn wrong(text: &str, node: Node<'_>, message: &str) -> String {
    at(text, node.span().start as usize, message)
}

fn read_entries(text: &str, root: Node<'_>) -> Result<Baseline, String> {
    let mut baseline = Baseline::default();
    let Some(list) = root.get("findings").filter(|list| list.is_seq()) else {
        return Err("it has no list `findings`".into());
    };
    for item in list.items() {
        let field = |key: &str| item.get(key).and_then(Node::text).unwrap_or_default().into_owned();
        let rule: RuleId = field("rule").parse().map_err(|error: String| wrong(text, item, &error))?;
        let since: Date = field("since")
            .parse()
            .map_err(|_| wrong(text, item, "an entry has `since`, a day such as 2027-01-31"))?;
        let fingerprint = field("fingerprint");
        if fingerprint.is_empty() {
            return Err(wrong(text, item, "an entry has a `fingerprint`"));
        }
        baseline.entries.push(Accepted {
            fingerprint,
            rule,
            form: field("form"),
            object: field("object"),
            field: field("field"),
            file: field("file"),
            message: field("message"),
            since,
        });
    }
    Ok(baseline)
}
