//! Edits of a chart's templates, which are no YAML: whole lines beside a line whose key is written as it is printed.

use crate::render::marked::{helper_around, scopes_around};
use crate::source::{File, Span};
use crate::yaml::{self, Node};

use super::Refused;
use super::home::Homes;

/// Adds lines of a mapping before the line of one of its keys.
pub(super) fn insert_line(homes: &Homes<'_>, key: Span, entry: &str) -> Result<yaml::Edit, Refused> {
    let line = Line::of(homes, key)?;
    if line.indent.ends_with("- ") {
        return Err("Its line in the template begins an item.".into());
    }
    is_new(line.file, key, entry)?;
    if entry.contains("{{") {
        is_top(line.file, key)?;
    }
    let lines = entry.lines().map(|text| format!("{}{text}{}", line.indent, line.end()));
    Ok(yaml::Edit { span: Span::new(key.file, line.start, line.start), text: lines.collect() })
}

/// Adds an item to a list before the item that begins with a key.
pub(super) fn insert_item(homes: &Homes<'_>, key: Span, item: &str) -> Result<yaml::Edit, Refused> {
    let line = Line::of(homes, key)?;
    let Some(indent) = line.indent.strip_suffix("- ") else {
        return Err("The items of the list do not begin on lines of their own.".into());
    };
    if scopes_around(line.file.text(), key.start as usize).is_none_or(|scopes| !scopes.is_empty()) {
        // The item may be printed under a condition that is not that of the list.
        return Err("Its list is printed in parts.".into());
    }
    let lines = item.lines().enumerate().map(|(number, text)| {
        let dash = if number == 0 { "- " } else { "  " };
        format!("{indent}{dash}{text}{}", line.end())
    });
    Ok(yaml::Edit { span: Span::new(key.file, line.start, line.start), text: lines.collect() })
}

/// Takes the line of a key away, with its value.
pub(super) fn remove_line(homes: &Homes<'_>, key: Span, value: Node<'_>) -> Result<yaml::Edit, Refused> {
    let line = Line::of(homes, key)?;
    let text = &line.file.text()[line.start..];
    let end = text.find('\n').map_or(text.len(), |end| end + 1);
    let written = text[..end].trim().split_once(':').map(|(_, written)| written.trim());
    let is_whole = value.is_scalar() && written == Some(value.doc().text[value.span().range()].trim());
    if !is_whole || line.indent.ends_with("- ") {
        return Err("What a template computes is taken away by hand.".into());
    }
    Ok(yaml::Edit { span: Span::new(key.file, line.start, line.start + end), text: String::new() })
}

/// Text in the place of a span, its further lines below the column of the first.
pub(super) fn below(file: &File, at: Span, text: &str) -> String {
    let before = &file.text()[..at.start as usize];
    let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
    let end = if file.text().contains("\r\n") { "\r\n" } else { "\n" };
    text.lines().collect::<Vec<_>>().join(&format!("{end}{}", " ".repeat(column)))
}

/// The lines of a mapping from its first key on, where a template writes each of its fields and decides nothing in them.
pub(super) fn lines_of(homes: &Homes<'_>, key: Span, map: Node<'_>) -> Result<Span, Refused> {
    let line = Line::of(homes, key)?;
    let column = line.indent.len();
    let text = line.file.text();
    let mut end = line.start + column;
    let mut keys = Vec::new();
    for (number, whole) in text[line.start..].split_inclusive('\n').enumerate() {
        let written = whole.trim_start_matches(' ');
        let indent = if number == 0 { column } else { whole.len() - written.len() };
        if written.trim().is_empty() || indent < column {
            break;
        }
        if number > 0 && (written.starts_with("{{") || written.starts_with('#')) {
            return Err("What a template decides is set by hand.".into());
        }
        if indent == column {
            let written = if number == 0 { &whole[column..] } else { written };
            keys.push(written.split(':').next().unwrap_or_default().trim().to_owned());
        }
        let start = if number == 0 { line.start } else { end };
        end = start + whole.len();
    }
    let wanted: Vec<String> = map.entries().map(|entry| entry.key.key().into_owned()).collect();
    let whole = text[line.start + column..end].trim_end();
    let same = keys.len() == wanted.len() && keys.iter().all(|key| wanted.contains(key));
    let end = line.start + column + whole.len();
    same.then(|| Span::new(key.file, line.start + column, end))
        .ok_or_else(|| "The value is put together from several places.".into())
}

/// Refuses a key that the document of the template writes already: under a condition that did not hold, or for another
/// object.
fn is_new(file: &File, at: Span, entry: &str) -> Result<(), Refused> {
    let text = file.text();
    let start = text[..at.start as usize].rfind("\n---").unwrap_or(0);
    let end = text[at.start as usize..].find("\n---").map_or(text.len(), |end| at.start as usize + end);
    let written = entry.lines().find(|line| !line.starts_with("{{")).unwrap_or(entry);
    let key = written.split_inclusive(':').next().unwrap_or(written);
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

/// What stands behind a key on its line in a template, where it is computed and all of the value.
pub(super) fn expression(text: &str, key: Span) -> Option<&str> {
    let line = text[key.end as usize..].lines().next()?.strip_prefix(':')?.trim();
    let (opened, closed) = (line.matches("{{").count(), line.matches("}}").count());
    // Neither comments nor what belongs to lists and mappings on one line.
    let is_plain = !without_actions(line).contains(['#', ',', '{', '}', '[', ']']);
    let trims = line.contains("{{-") || line.contains("-}}");
    (opened > 0 && opened == closed && is_plain && !trims).then_some(line)
}

/// The text of a template without what it computes.
pub(in crate::lint) fn without_actions(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split("{{").enumerate() {
        // What is joined to an action is part of a name.
        out.push_str(if index == 0 { part } else { part.split_once("}}").map_or("", |(_, after)| after) });
        out.push('-');
    }
    out.pop();
    out
}

/// A line of a template that is printed as it is written.
struct Line<'f> {
    file: &'f File,
    start: usize,
    /// What stands before the key: blanks, and the dash of an item.
    indent: &'f str,
}

impl<'f> Line<'f> {
    fn of(homes: &Homes<'f>, key: Span) -> Result<Self, Refused> {
        let file = homes.sources().file(key.file);
        let text = file.text();
        let start = text[..key.start as usize].rfind('\n').map_or(0, |end| end + 1);
        let indent = &text[start..key.start as usize];
        let blanks = indent.strip_suffix("- ").unwrap_or(indent);
        if !blanks.bytes().all(|byte| byte == b' ') {
            return Err("Its line in the template begins with something else.".into());
        }
        if let Some(helper) = helper_around(text, key.start as usize) {
            // What is asked for once, and for nothing but itself, is a part of that template.
            let only = homes.only_use(&helper);
            let is_top = |at: Span| is_top(homes.sources().file(at.file), at).is_ok();
            if !only.is_some_and(is_top) {
                return Err("It is written in a helper, which others may use.".into());
            }
        }
        if text[..start].trim_end().ends_with("-}}") {
            return Err("The action before its line in the template takes the line break away.".into());
        }
        Ok(Self { file, start, indent })
    }

    /// How the lines of its file end.
    fn end(&self) -> &'static str {
        if self.file.text()[self.start..].contains("\r\n") { "\r\n" } else { "\n" }
    }
}

#[cfg(test)]
mod tests {
    use super::without_actions;

    #[test]
    fn what_is_joined_to_an_action_is_part_of_a_name() {
        assert_eq!(without_actions("name: {{ .x }}-close"), "name: --close");
    }
}
