//! The texts of long scalars, with marks that say where each stretch of them is written: a script may hold thousands of
//! findings, and none of them shall go through all of it.

use super::letters::Letters;
use super::tree::RawNode;

/// How many characters there are between two marks.
const STRETCH: usize = 256;

/// The text of a scalar, and where its stretches are written.
#[derive(Debug)]
pub(super) struct Stretches {
    pub(super) text: String,
    /// A byte of the text, and the byte of the document behind the last character before it that is not blank.
    marks: Vec<(usize, usize)>,
}

impl Stretches {
    /// `text` is what the scalar means that stands at `raw` in `written`.
    pub(super) fn of(written: &str, raw: &RawNode, text: String) -> Self {
        let mut letters = Letters::of(written, raw);
        let mut marks = vec![(0, letters.at)];
        let inked = text.char_indices().filter(|(_, letter)| !letter.is_whitespace());
        for (number, (at, _)) in inked.enumerate() {
            if number > 0 && number % STRETCH == 0 {
                marks.push((at, letters.at));
            }
            if letters.next().is_none() {
                break;
            }
        }
        Self { text, marks }
    }

    /// The last mark at or before a byte of the text: that byte, and where the characters behind it are written.
    pub(super) fn mark(&self, at: usize) -> Option<(usize, usize)> {
        let behind = self.marks.partition_point(|(mark, _)| *mark <= at);
        self.marks.get(behind.checked_sub(1)?).copied()
    }
}
