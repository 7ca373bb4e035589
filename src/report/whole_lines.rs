//! The edits of a fix as whole lines of one file, which is what a review can offer as a suggestion.

use serde::Serialize;

use crate::finding::Edit;
use crate::source::{Masks, SourceMap, Span};
use crate::yaml;

/// A reviewer does not read a suggestion that replaces more lines.
const MOST: usize = 40;

/// Lines of a file that become others.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct WholeLines<'s> {
    file: &'s str,
    /// The first line, from 1.
    start: u32,
    /// The last line.
    end: u32,
    /// The lines as they are.
    before: &'s str,
    /// The lines as they become; empty where they go.
    after: String,
}

/// None where the edits stand in several files or far apart, or where a secret stands in or between them: a comment is
/// sent to many mailboxes.
pub(super) fn of<'s>(edits: &[Edit], masks: &Masks, sources: &'s SourceMap) -> Option<WholeLines<'s>> {
    let texts = edits.iter().map(|edit| match edit {
        Edit::Text(edit) => Some(edit),
        Edit::NewFile { .. } => None,
    });
    let mut texts: Vec<&yaml::Edit> = texts.collect::<Option<_>>()?;
    texts.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let first = texts.first()?.span;
    if texts.iter().any(|edit| edit.span.file != first.file) {
        return None;
    }
    let file = sources.file(first.file);
    let text = file.text();
    let start = start_of(text, first)?;
    let mut changed = String::new();
    let mut at = start;
    for edit in &texts {
        changed.push_str(text.get(at..edit.span.start as usize)?);
        changed.push_str(&edit.text);
        at = edit.span.end as usize;
    }
    // A line is not cut where the last edit ends, nor one glued to the next.
    let is_whole = text.get(start..at)?.ends_with('\n') && (changed.is_empty() || changed.ends_with('\n'));
    let end = if is_whole { at } else { text[at..].find('\n').map_or(text.len(), |end| at + end + 1) };
    changed.push_str(&text[at..end]);
    let before = &text[start..end];
    let lines = before.lines().count().max(changed.lines().count());
    let is_secret = masks.masked(first.file, text, start, end) != before;
    if lines > MOST || is_secret || before.is_empty() || before == changed {
        return None;
    }
    let (first, last) = sources.positions(Span::new(first.file, start, end - 1));
    Some(WholeLines { file: file.path(), start: first.line, end: last.line, before, after: changed })
}

/// Where the first of the lines begins. What is added at the start of a line is added to the line before it, as after the
/// last line of a file there is none.
fn start_of(text: &str, first: Span) -> Option<usize> {
    let before = text.get(..first.start as usize)?;
    let is_added = first.start == first.end && before.ends_with('\n');
    let before = if is_added { &before[..before.len() - 1] } else { before };
    Some(before.rfind('\n').map_or(0, |at| at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: 1\nb: 2\nc: 3\n";

    fn lines(text: &str, edits: &[(usize, usize, &str)]) -> Option<(u32, u32, String, String)> {
        let mut sources = SourceMap::default();
        let file = sources.add("a.yaml", text);
        let edit = |(start, end, text): &(usize, usize, &str)| {
            Edit::Text(yaml::Edit { span: Span::new(file, *start, *end), text: (*text).to_owned() })
        };
        let edits: Vec<Edit> = edits.iter().map(edit).collect();
        let mut masks = Masks::default();
        if let Some(at) = text.find("hunter2") {
            masks.hide(Span::new(file, at, at + 7));
        }
        masks.finish();
        let lines = of(&edits, &masks, &sources)?;
        Some((lines.start, lines.end, lines.before.to_owned(), lines.after))
    }

    #[test]
    fn edits_become_whole_lines() {
        for (edits, first, last, before, after) in [
            (&[(3, 4, "9")][..], 1, 1, "a: 1\n", "a: 9\n"),
            (&[(3, 4, "9"), (13, 14, "8")], 1, 3, TEXT, "a: 9\nb: 2\nc: 8\n"),
            // Added before a line, after the last one, before the first one.
            (&[(5, 5, "x: 0\n")], 1, 1, "a: 1\n", "a: 1\nx: 0\n"),
            (&[(15, 15, "x: 0\n")], 3, 3, "c: 3\n", "c: 3\nx: 0\n"),
            (&[(0, 0, "x: 0\n")], 1, 1, "a: 1\n", "x: 0\na: 1\n"),
            // A line that goes, one that becomes empty, one that is glued to the next.
            (&[(5, 10, "")], 2, 2, "b: 2\n", ""),
            (&[(5, 9, "")], 2, 2, "b: 2\n", "\n"),
            (&[(9, 10, "")], 2, 3, "b: 2\nc: 3\n", "b: 2c: 3\n"),
            (&[(5, 5, "x: ")], 1, 2, "a: 1\nb: 2\n", "a: 1\nx: b: 2\n"),
        ] {
            let expected = Some((first, last, before.to_owned(), after.to_owned()));
            assert_eq!(lines(TEXT, edits), expected, "{edits:?}");
        }
        let expected = (1, 1, "a: 1".to_owned(), "a: 1\nb: 2\n".to_owned());
        assert_eq!(lines("a: 1", &[(4, 4, "\nb: 2\n")]), Some(expected), "no line break at the end");
    }

    #[test]
    fn what_no_review_should_show_is_none() {
        assert_eq!(lines(TEXT, &[(3, 4, "1")]), None, "nothing changes");
        assert_eq!(lines("", &[(0, 0, "a: 1\n")]), None, "an empty file has no line");
        assert_eq!(
            lines("a: 1\nb: hunter2\nc: 3\n", &[(3, 4, "9"), (19, 20, "8")]),
            None,
            "a secret between"
        );
        assert!(lines("a: 1\nb: hunter2\n", &[(3, 4, "9")]).is_some(), "a secret beside");
        let long = "a: 1\n".repeat(MOST + 1);
        let at_end = |lines: usize| (lines * 5 - 2, lines * 5 - 1, "9");
        assert!(lines(&long, &[(3, 4, "9"), at_end(MOST)]).is_some());
        assert_eq!(lines(&long, &[(3, 4, "9"), at_end(MOST + 1)]), None);
    }
}
