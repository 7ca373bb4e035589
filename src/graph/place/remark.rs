//! What people wrote beside a value.

use super::Places;
use crate::source::Span;

/// What asks for something else.
const ASKS: [&str; 8] = [
    "replace with",
    "replace this",
    "replace it",
    "change this",
    "change it",
    "put your",
    "insert your",
    "fill in your",
];

/// Nobody writes a remark on a longer line, which would be searched anew for each value on it.
const LONGEST_LINE: usize = 1024;

impl Places<'_> {
    /// Whether a comment on the line of a place, or on that before it, asks to put something else there.
    #[must_use]
    pub fn asks_to_replace(&self, span: Span) -> bool {
        let file = self.input.texts.file(span.file);
        let line = file.position(span.start).line;
        let asks = |line: &str| {
            let comment = line.trim_start().strip_prefix('#').or_else(|| Some(line.split_once(" #")?.1));
            comment.is_some_and(|comment| {
                let comment = comment.to_lowercase();
                ASKS.iter().any(|words| comment.contains(words))
            })
        };
        let mut lines = (line.saturating_sub(1).max(1)..=line).map(|line| file.line(line));
        lines.any(|line| line.len() <= LONGEST_LINE && asks(line))
    }
}
