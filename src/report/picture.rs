//! Which places of a finding are shown together: those that stand near each other in one file.

use crate::source::{FileId, SourceMap, Span};

use super::excerpt::{line_index, lines_of};
use super::place::first_line;

/// Lines shown before and after what is pointed at.
pub(super) const CONTEXT: usize = 1;
/// Bytes that the places of one picture may span, so that long lines between them are not shown.
const SHARED: usize = 1500;

/// A place with the words under it.
#[derive(Clone)]
pub(super) struct Mark {
    /// Where, on one line.
    pub(super) span: Span,
    /// What stands there; may be empty.
    pub(super) words: String,
    /// Whether it is the place of the finding itself.
    pub(super) primary: bool,
}

/// Marks that one excerpt shows.
pub(super) struct Picture {
    /// The file of all marks.
    pub(super) file: FileId,
    /// From the first to the last mark.
    pub(super) span: std::ops::Range<usize>,
    /// At least one, in the order of their places.
    pub(super) marks: Vec<Mark>,
}

impl Picture {
    /// A picture of one place, cut to its first line.
    pub(super) fn new(sources: &SourceMap, mark: Mark) -> Self {
        let span = first_line(sources, mark.span);
        Self { file: span.file, span: span.range(), marks: vec![Mark { span, ..mark }] }
    }

    /// Takes the marks of another picture if both can be shown in one excerpt; a place that is marked stays as it is.
    pub(super) fn join(&mut self, sources: &SourceMap, other: &Self) -> bool {
        if self.file != other.file {
            return false;
        }
        let file = sources.file(self.file);
        let line = |offset| line_index(file, offset);
        let gap = if self.span.end <= other.span.start {
            line(other.span.start) - line(self.span.end)
        } else {
            line(self.span.start).saturating_sub(line(other.span.end))
        };
        let union = self.span.start.min(other.span.start)..self.span.end.max(other.span.end);
        if gap > 2 * CONTEXT + 1 || lines_of(file, &union, CONTEXT).len() > SHARED {
            return false;
        }
        self.span = union;
        for mark in &other.marks {
            if !self.marks.iter().any(|known| known.span == mark.span) {
                self.marks.push(mark.clone());
            }
        }
        self.marks.sort_by_key(|mark| (mark.span.start, mark.span.end));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_places_share_a_picture_and_far_ones_do_not() {
        let mut sources = SourceMap::default();
        let text = (10..40).fold(String::new(), |text, line| format!("{text}k{line}: v\n"));
        let file = sources.add("a.yaml", text);
        let at = |line: usize| {
            let mark = Mark {
                span: Span::new(file, line * 7, line * 7 + 3),
                words: String::new(),
                primary: line == 10,
            };
            Picture::new(&sources, mark)
        };
        let mut picture = at(10);
        assert!(picture.join(&sources, &at(13)));
        assert!(picture.join(&sources, &at(7)));
        assert!(picture.join(&sources, &at(10)), "the same place again");
        assert!(!picture.join(&sources, &at(3)));
        assert!(!picture.join(&sources, &at(17)));
        let starts: Vec<u32> = picture.marks.iter().map(|mark| mark.span.start / 7).collect();
        assert_eq!(starts, [7, 10, 13]);
    }
}
