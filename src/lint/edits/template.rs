//! Edits of a chart's templates, which are no YAML: whole lines beside a line whose key is written as it is printed.

use crate::render::marked::scopes_around;
use crate::source::{File, Span};
use crate::yaml::{self, Node};

use super::Refused;

/// Adds lines of a mapping before the line of one of its keys.
pub(super) fn insert_line(file: &File, key: Span, entry: &str) -> Result<yaml::Edit, Refused> {
    let line = Line::of(file, key)?;
    is_new(file, key, entry)?;
    if entry.contains("{{") {
        is_top(file, key)?;
    }
    let end = if file.text()[line.start..].contains("\r\n") { "\r\n" } else { "\n" };
    let lines = entry.lines().map(|text| format!("{}{text}{end}", line.indent));
    Ok(yaml::Edit { span: Span::new(key.file, line.start, line.start), text: lines.collect() })
}

/// Takes the line of a key away, with its value.
pub(super) fn remove_line(file: &File, key: Span, value: Node<'_>) -> Result<yaml::Edit, Refused> {
    let line = Line::of(file, key)?;
    let text = &file.text()[line.start..];
    let end = text.find('\n').map_or(text.len(), |end| end + 1);
    let written = text[..end].trim().split_once(':').map(|(_, written)| written.trim());
    let is_whole = value.is_scalar() && written == Some(value.doc().text[value.span().range()].trim());
    if !is_whole {
        return Err("What a template computes is taken away by hand.".into());
    }
    Ok(yaml::Edit { span: Span::new(key.file, line.start, line.start + end), text: String::new() })
}

/// Refuses a key that the document of the template writes already: under a condition that did not hold, or for another
/// object.
fn is_new(file: &File, at: Span, entry: &str) -> Result<(), Refused> {
    let text = file.text();
    let start = text[..at.start as usize].rfind("\n---").unwrap_or(0);
    let end = text[at.start as usize..].find("\n---").map_or(text.len(), |end| at.start as usize + end);
    let key = entry.split_inclusive(':').next().unwrap_or(entry);
    let is_key = |(found, _): (usize, &str)| {
        let before = text[..start + found].chars().next_back();
        before.is_none_or(|before| before.is_whitespace() || before == '}')
    };
    if text[start..end].match_indices(key).any(is_key) {
        return Err(format!("The template writes `{key}` already, under a condition or elsewhere."));
    }
    Ok(())
}

/// Refuses a place where an expression from elsewhere in the template may mean something else.
pub(super) fn is_top(file: &File, at: Span) -> Result<(), Refused> {
    let scopes = scopes_around(file.text(), at.start as usize);
    let is_top = scopes.is_some_and(|scopes| scopes.iter().all(|scope| scope.is_condition));
    is_top.then_some(()).ok_or_else(|| "It is printed in a loop of the template.".into())
}

/// A line of a template that is printed as it is written.
struct Line<'f> {
    start: usize,
    indent: &'f str,
}

impl<'f> Line<'f> {
    fn of(file: &'f File, key: Span) -> Result<Self, Refused> {
        let text = file.text();
        let start = text[..key.start as usize].rfind('\n').map_or(0, |end| end + 1);
        let indent = &text[start..key.start as usize];
        if !indent.bytes().all(|byte| byte == b' ') {
            return Err("Its line in the template begins with something else.".into());
        }
        if file.path().rsplit('/').next().is_some_and(|name| name.starts_with('_')) {
            return Err("It is written in a helper, which others may use.".into());
        }
        if text[..start].trim_end().ends_with("-}}") {
            return Err("The action before its line in the template takes the line break away.".into());
        }
        Ok(Self { start, indent })
    }
}
