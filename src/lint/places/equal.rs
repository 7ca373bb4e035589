//! Where a text is made of several values of a chart, as a user and a password: which of them a finding means.

use crate::finding::{Finding, Label, RuleId};
use crate::secrets::sensitive_name;
use crate::source::{File, SourceMap, Span};

/// Rules about credentials in text.
const ABOUT_CREDENTIALS: [RuleId; 3] = [RuleId(201), RuleId(202), RuleId(203)];

/// Moves a finding about the text `secret` to the value beside its place that holds it and is a secret by its name: of what
/// several values make the first is the place, and of equal ones the rendered text does not say which was taken.
pub(super) fn prefer_secret(finding: &mut Finding, secret: &str, sources: &SourceMap) {
    if !ABOUT_CREDENTIALS.contains(&finding.rule) {
        return;
    }
    let file = sources.file(finding.span.file);
    let line = file.position(finding.span.start).line;
    let Some(own) = Entry::of(file, line) else { return };
    let secret = bare(secret);
    let is_whole = bare(sources.text(finding.span)) == bare(own.value);
    if !is_whole || secret.is_empty() || sensitive_name(own.key) {
        return;
    }
    let last = u32::try_from(file.line_starts().len()).unwrap_or(u32::MAX);
    let (before, after) = ((1..line).rev(), line + 1..=last);
    let found = beside(file, &own, secret, before).or_else(|| beside(file, &own, secret, after));
    let Some((line, found)) = found else { return };
    let Some(column) = file.line(line).rfind(found.value) else { return };
    let start = file.line_starts()[line as usize - 1] as usize + column;
    let place = Span::new(finding.span.file, start, start + found.value.len());
    finding.related.push(Label { span: finding.span, message: "makes another part of it".into() });
    finding.related.retain(|label| label.span != place);
    finding.span = place;
}

/// The nearest entry of the same mapping that holds a text and is a secret by its name.
fn beside<'f>(
    file: &'f File,
    own: &Entry<'_>,
    secret: &str,
    lines: impl Iterator<Item = u32>,
) -> Option<(u32, Entry<'f>)> {
    for number in lines {
        let line = file.line(number);
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if text.trim_end().is_empty() || text.starts_with('#') || indent > own.indent {
            continue;
        }
        if indent < own.indent || text.starts_with("- ") {
            return None;
        }
        let entry = Entry::of(file, number).filter(|entry| bare(entry.value) == secret);
        if let Some(entry) = entry.filter(|entry| sensitive_name(entry.key)) {
            return Some((number, entry));
        }
    }
    None
}

/// A line `key: value`.
struct Entry<'f> {
    indent: usize,
    key: &'f str,
    value: &'f str,
}

impl<'f> Entry<'f> {
    fn of(file: &'f File, line: u32) -> Option<Self> {
        let line = file.line(line);
        let text = line.trim_start();
        let (key, rest) = text.split_once(": ")?;
        let value = rest.split(" #").next().unwrap_or(rest).trim();
        Some(Self { indent: line.len() - text.len(), key: bare(key), value })
    }
}

fn bare(value: &str) -> &str {
    value.trim_matches(['"', '\''])
}
