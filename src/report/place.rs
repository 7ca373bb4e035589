//! The place of a finding as every format points at it: one line, in characters or UTF-16 units.
//!
//! A span over several lines is cut to its first: reviewers see a line, and GitHub shows an alert on a pull request
//! only when all its lines are in the diff. The JSON report alone gives the whole span.

use crate::source::{SourceMap, Span};

/// One line of a file, or a part of it. Numbers start at 1, the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place<'s> {
    /// The file as it is shown; `-` is standard input.
    pub(super) path: &'s str,
    /// The line.
    pub(super) line: u32,
    /// First column in Unicode characters.
    pub(super) column: u32,
    /// The column after the last, in Unicode characters.
    pub(super) end_column: u32,
    /// First column in UTF-16 code units.
    pub(super) utf16_column: usize,
    /// The column after the last, in UTF-16 code units.
    pub(super) utf16_end_column: usize,
}

/// Cuts a span to its first line, without the line break, and to what the file holds.
pub(super) fn first_line(sources: &SourceMap, span: Span) -> Span {
    let text = sources.file(span.file).text();
    let start = floor_boundary(text, span.start as usize);
    let end = floor_boundary(text, span.end as usize).max(start);
    let line = text[start..end].split('\n').next().unwrap_or_default();
    Span::new(span.file, start, start + line.trim_end_matches('\r').len())
}

/// Where the first line of a span stands, for people and machines.
pub(super) fn place(sources: &SourceMap, span: Span) -> Place<'_> {
    let span = first_line(sources, span);
    let file = sources.file(span.file);
    let position = file.position(span.start);
    let line_start = file.line_starts()[position.line as usize - 1] as usize;
    let before = &file.text()[line_start.min(span.start as usize)..span.start as usize];
    let inside = sources.text(span);
    let utf16_column = before.encode_utf16().count() + 1;
    Place {
        path: file.path(),
        line: position.line,
        column: position.column,
        end_column: position.column + inside.chars().count() as u32,
        utf16_column,
        utf16_end_column: utf16_column + inside.encode_utf16().count(),
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset.min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_over_lines_is_cut_to_its_first() {
        let mut sources = SourceMap::default();
        let file = sources.add("a.yaml", "key: |\r\n  one\r\n");
        let place = place(&sources, Span::new(file, 5, 13));
        assert_eq!((place.line, place.column, place.end_column), (1, 6, 7));
    }

    #[test]
    fn columns_count_characters_and_utf16_units() {
        let mut sources = SourceMap::default();
        let file = sources.add("a.yaml", "é: 🔑x\n");
        let place = place(&sources, Span::new(file, 8, 9));
        assert_eq!((place.column, place.end_column), (5, 6));
        assert_eq!((place.utf16_column, place.utf16_end_column), (6, 7));
    }

    #[test]
    fn a_span_past_the_end_is_the_end() {
        let mut sources = SourceMap::default();
        let file = sources.add("a.yaml", "a: é");
        assert_eq!(first_line(&sources, Span::new(file, 4, 99)), Span::new(file, 3, 5));
        assert_eq!(first_line(&sources, Span::new(file, 40, 99)), Span::new(file, 5, 5));
    }
}
