//! A few lines of a file as they may be shown: masked, cleaned, and cut where a line is too long to read.
//!
//! Byte offsets stay those of the file, so that spans can be drawn on an excerpt as they are.

use std::ops::Range;

use crate::source::{File, FileId, Masks, SourceMap};

use super::layout::clean;

/// A longer line is cut: manifests hold whole programs and JSON documents on one line.
const LONG: usize = 240;
/// How much is kept before the place in a line that is cut.
const LEAD: usize = 60;
/// How far beyond a cut values are looked for, so that one that was cut is hidden too.
const REACH: usize = 4096;
/// How many bytes, at least, give way to dots where something was cut off.
const DOTS: usize = 3;

/// A range of a file that may be shown.
pub(super) struct Excerpt<'s> {
    file: &'s File,
    start: usize,
    text: String,
}

/// Part of an [`Excerpt`].
pub(super) struct Lines<'e> {
    /// Where it starts in the file.
    pub(super) start: usize,
    /// Its text.
    pub(super) text: &'e str,
    /// Number of its first line, from 0.
    pub(super) first: usize,
    /// How many lines it has.
    pub(super) count: usize,
}

impl<'s> Excerpt<'s> {
    /// The lines of `span` and up to `context` lines on both sides.
    pub(super) fn new(
        sources: &'s SourceMap,
        masks: &Masks,
        id: FileId,
        span: &Range<usize>,
        context: usize,
    ) -> Self {
        let file = sources.file(id);
        let range = window(file, span, context);
        let mut text = clean(&masked(file, masks, id, &range)).into_owned();
        mark_cuts(file, &range, &mut text);
        Self { file, start: range.start, text }
    }

    /// The file's path.
    pub(super) fn path(&self) -> &'s str {
        self.file.path()
    }

    /// The bytes of the file that are shown.
    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// The lines of `span` and up to `context` lines on both sides, as far as the excerpt has them.
    pub(super) fn lines(&self, span: &Range<usize>, context: usize) -> Lines<'_> {
        let shown = self.range();
        let wanted = lines_of(self.file, span, context);
        let start = wanted.start.clamp(shown.start, shown.end);
        let end = wanted.end.clamp(start, shown.end);
        let text = &self.text[start - shown.start..end - shown.start];
        Lines { start, text, first: line_index(self.file, start), count: text.lines().count() }
    }

    /// Column of an offset in characters, from 0.
    pub(super) fn column(&self, offset: usize) -> usize {
        self.file.position(offset as u32).column as usize - 1
    }
}

/// Number of the line that holds an offset, from 0.
pub(super) fn line_index(file: &File, offset: usize) -> usize {
    let starts = file.line_starts();
    starts.partition_point(|&start| start as usize <= offset) - 1
}

/// The bytes of the lines of `span` and of `context` lines on both sides, with the last line break.
pub(super) fn lines_of(file: &File, span: &Range<usize>, context: usize) -> Range<usize> {
    let starts = file.line_starts();
    let first = line_index(file, span.start).saturating_sub(context);
    let last = line_index(file, span.end.max(span.start + 1) - 1) + context;
    let end = starts.get(last + 1).map_or(file.text().len(), |&next| next as usize);
    starts[first] as usize..end
}

/// [`lines_of`] without context lines that are too long, and a part only where the line itself is.
fn window(file: &File, span: &Range<usize>, context: usize) -> Range<usize> {
    let text = file.text();
    let own = lines_of(file, span, 0);
    if own.len() > LONG && line_index(file, span.start) == line_index(file, own.end - 1) {
        let start = own.start.max(span.start.saturating_sub(LEAD));
        let end = own.end.min(start + LONG);
        return text.floor_char_boundary(start)..text.floor_char_boundary(end);
    }
    let mut window = own;
    for lines in 1..=context {
        let wider = lines_of(file, span, lines);
        if window.start - wider.start.min(window.start) <= LONG {
            window.start = wider.start.min(window.start);
        }
        let line_ended = text[..window.end].ends_with('\n');
        if line_ended && wider.end > window.end {
            window.end = text.floor_char_boundary(wider.end.min(window.end + LONG));
        }
    }
    window
}

/// A range of a file with everything hidden, values that reach out of it in a cut line included.
fn masked(file: &File, masks: &Masks, id: FileId, range: &Range<usize>) -> String {
    let text = file.text();
    let lines = lines_of(file, range, 0);
    let start = text.floor_char_boundary(lines.start.max(range.start.saturating_sub(REACH)));
    let end = text.ceil_char_boundary(lines.end.min(range.end + REACH));
    let masked = masks.masked(id, text, start, end);
    if masked.len() == end - start {
        masked[range.start - start..range.end - start].to_owned()
    } else {
        // A mask cut a character in two, so that bytes moved: nothing of it can be trusted to be hidden.
        "*".repeat(range.len())
    }
}

/// Puts dots where a line was cut off, in place of as many bytes.
fn mark_cuts(file: &File, range: &Range<usize>, text: &mut String) {
    if text.len() < 4 * DOTS {
        return;
    }
    if range.start != file.line_starts()[line_index(file, range.start)] as usize {
        let end = text.ceil_char_boundary(DOTS);
        text.replace_range(..end, &".".repeat(end));
    }
    if range.end < file.text().len() && !text.ends_with('\n') {
        let start = text.floor_char_boundary(text.len() - DOTS);
        let dots = ".".repeat(text.len() - start);
        text.replace_range(start.., &dots);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, span: Range<usize>, context: usize) -> (usize, String) {
        let mut sources = SourceMap::default();
        let file = sources.add("a.yaml", text);
        let excerpt = Excerpt::new(&sources, &Masks::default(), file, &span, context);
        (excerpt.start, excerpt.text)
    }

    #[test]
    fn context_is_whole_lines_as_far_as_there_are_any() {
        let text = "a: 1\r\nb: 2\r\nc: 3\r\nd: 4";
        assert_eq!(excerpt(text, 6..7, 1), (0, "a: 1\r\nb: 2\r\nc: 3\r\n".into()));
        assert_eq!(excerpt(text, 18..19, 2), (6, "b: 2\r\nc: 3\r\nd: 4".into()));
        assert_eq!(excerpt(text, 22..22, 0), (18, "d: 4".into()));
        assert_eq!(excerpt("", 0..0, 2), (0, String::new()));
    }

    #[test]
    fn a_long_line_is_cut_around_its_place() {
        let text = format!("a: 1\nb: {}KEY{}\nc: 3\n", "é".repeat(400), "x".repeat(4000));
        let (start, shown) = excerpt(&text, 808..811, 2);
        assert_eq!(start, 808 - LEAD);
        assert!(shown.starts_with("....é") && shown.ends_with("x..."), "{shown}");
        assert_eq!(shown.find("KEY"), Some(LEAD));
        assert!(shown.len() <= LONG);
    }

    #[test]
    fn a_value_that_is_cut_off_is_hidden_too() {
        let mut sources = SourceMap::default();
        let value = "s3cr3t".repeat(100);
        let text = format!("{{\"a\": 1, \"b\": \"{value}\"}}\n");
        let file = sources.add("a.json", text);
        let mut masks = Masks::default();
        masks.hide_value(&value);
        masks.finish();
        let excerpt = Excerpt::new(&sources, &masks, file, &(1..4), 1);
        assert!(excerpt.text.starts_with("{\"a\": 1, \"b\": \"*****"), "{}", excerpt.text);
        assert!(!excerpt.text.contains("s3cr3t"));
    }

    #[test]
    fn a_long_neighbour_is_left_out_or_cut() {
        let long = "x".repeat(4000);
        let text = format!("{long}\na: 1\n{long}\nb: 2\n");
        let (start, shown) = excerpt(&text, 4001..4002, 2);
        assert_eq!(start, 4001);
        assert!(shown.starts_with("a: 1\nxxx") && shown.ends_with("x..."), "{shown}");
        assert!(shown.len() < 2 * LONG);
    }
}
