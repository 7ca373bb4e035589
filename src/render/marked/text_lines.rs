//! Lines of a text that were printed again, found by what they say.

use std::collections::HashMap;
use std::ops::Range;

/// The lines of a text, and which was found last.
#[derive(Debug)]
pub(super) struct TextLines {
    lines: Vec<Range<usize>>,
    /// Where a line with this content stands; `None` where there are several.
    once: HashMap<String, Option<usize>>,
    next: usize,
}

impl TextLines {
    /// The lines of `text`, whose first byte is the byte `start` of its file.
    pub(super) fn new(text: &str, start: usize) -> Self {
        let mut at = start;
        let mut found = Self { lines: Vec::new(), once: HashMap::new(), next: 0 };
        for line in text.split_inclusive('\n') {
            let content = line.trim();
            let from = at + (line.len() - line.trim_start().len());
            if !content.is_empty() {
                let number = Some(found.lines.len());
                found.once.entry(content.to_owned()).and_modify(|known| *known = None).or_insert(number);
                found.lines.push(from..from + content.len());
            }
            at += line.len();
        }
        found
    }

    /// The place of a line: the one behind the last that was found if it says the same, else the only one that does.
    pub(super) fn find(&mut self, whole: &str, content: &str) -> Option<Range<usize>> {
        let same = |line: &Range<usize>| whole.get(line.clone()) == Some(content);
        let number = if self.lines.get(self.next).is_some_and(same) {
            self.next
        } else {
            // A text that is printed anew begins with its first line.
            (*self.once.get(content)?).unwrap_or_default()
        };
        let line = self.lines.get(number).filter(|line| same(line))?;
        self.next = number + 1;
        Some(line.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_stand_twice_are_known_by_those_before() {
        let text = "{\n a\n b\n}\n{\n c\n}\n";
        let mut lines = TextLines::new(text, 0);
        let mut find = |content: &str| lines.find(text, content).map(|line| line.start);
        assert_eq!([find("{"), find("a"), find("b"), find("}")], [Some(0), Some(3), Some(6), Some(8)]);
        assert_eq!(
            [find("c"), find("}"), find("{"), find("}"), find("x")],
            [Some(13), Some(15), Some(0), None, None]
        );
    }
}
