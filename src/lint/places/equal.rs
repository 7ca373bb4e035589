//! Where a text is made of several values of a chart, as a user and a password: which of them a finding means.

use super::{is_key_of_block, is_key_of_nothing};
use crate::finding::{Finding, Label, RuleId};
use crate::secrets::{decode_base64, engine, sensitive_name};
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

/// Moves a finding from a value without anything to the line of the template that prints it: the credential stands there.
pub(super) fn prefer_template(finding: &mut Finding, sources: &SourceMap) {
    const PRINTS: [&str; 2] = ["the template line that prints it", "printed by this helper"];
    let is_empty = is_key_of_nothing(finding.span, sources) && !is_key_of_block(finding.span, sources);
    if !ABOUT_CREDENTIALS.contains(&finding.rule) || !is_empty {
        return;
    }
    if let Some(line) = finding.related.iter_mut().find(|label| PRINTS.contains(&&*label.message)) {
        std::mem::swap(&mut line.span, &mut finding.span);
        "left empty, so that the template's own is printed".clone_into(&mut line.message);
    }
}

/// Narrows a finding about the text `secret` to the line of a mapping of values that holds the credential: a function made
/// one text of the whole.
pub(super) fn prefer_line(finding: &mut Finding, secret: &str, sources: &SourceMap) {
    let written = sources.text(finding.span);
    if !ABOUT_CREDENTIALS.contains(&finding.rule)
        || !written.contains('\n')
        || written.starts_with(['|', '>'])
    {
        return;
    }
    let plain = decode_base64(bare(secret)).and_then(|bytes| String::from_utf8(bytes).ok());
    let holds =
        |part: &str| secret.contains(part) || plain.as_deref().is_some_and(|plain| plain.contains(part));
    let hits = engine().config(written, &|_| false).into_iter();
    let held = hits.filter(|hit| holds(&written[hit.range.clone()]));
    if let Some(hit) = held.min_by_key(|hit| (hit.strength, hit.range.start)) {
        let start = finding.span.start as usize;
        finding.span = Span::new(finding.span.file, start + hit.range.start, start + hit.range.end);
    }
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
