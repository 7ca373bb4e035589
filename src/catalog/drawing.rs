//! Expectations drawn in manifests: a comment under a line marks the span that a finding stands on.
//!
//! `#   ^^^^ words` is a finding, `#   ---- words` a related place; where `#` is directly followed by `^` it is part of
//! the run, so that the first columns can be marked. Drawings mark the nearest line above that is no drawing.

use std::fmt;

use super::Files;

/// What is drawn under a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drawn {
    /// The line that is marked, from 1, in the text without drawings.
    pub line: u32,
    /// First marked column, from 1.
    pub start: u32,
    /// One past the last marked column.
    pub end: u32,
    /// Whether it marks a related place.
    pub related: bool,
    /// What is said there.
    pub words: String,
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.related { "-" } else { "^" };
        write!(f, "line {} columns {}..{} {mark} {}", self.line, self.start, self.end, self.words)
    }
}

/// The files of an example without their drawings.
#[must_use]
pub fn plain(files: &Files) -> Vec<(&str, String)> {
    files.texts().into_iter().map(|(name, text)| (name, read(text).0)).collect()
}

/// A text without its drawings, and the drawings.
#[must_use]
pub fn read(text: &str) -> (String, Vec<Drawn>) {
    let (mut plain, mut drawn, mut line) = (String::new(), Vec::new(), 0);
    for written in text.split_inclusive('\n') {
        if let Some((start, end, related, words)) = drawing(written.trim_end()) {
            drawn.push(Drawn { line, start, end, related, words: words.to_owned() });
        } else {
            plain.push_str(written);
            line += 1;
        }
    }
    (plain, drawn)
}

/// The line that draws a finding, as a comment to put below its place.
#[must_use]
pub fn draw(start: u32, end: u32, words: &str) -> String {
    let (start, end) = (start as usize, end.max(start + 1) as usize);
    let (before, run) =
        if start == 1 { ("#".to_owned(), end - 2) } else { (format!("#{:1$}", "", start - 2), end - start) };
    format!("{before}{} {words}", "^".repeat(run))
}

fn drawing(line: &str) -> Option<(u32, u32, bool, &str)> {
    let hash = line.find('#').filter(|&hash| line[..hash].trim().is_empty())?;
    let after = &line[hash + 1..];
    let gap = after.len() - after.trim_start_matches(' ').len();
    let run = &after[gap..];
    let mark = run.chars().next().filter(|mark| matches!(mark, '^' | '-'))?;
    let length = run.len() - run.trim_start_matches(mark).len();
    let words = run[length..].strip_prefix(' ')?;
    if mark == '-' && length < 2 {
        return None;
    }
    let touches = gap == 0;
    let start = if touches { hash } else { hash + 1 + gap };
    let width = if touches { length + 1 } else { length };
    Some((start as u32 + 1, (start + width) as u32 + 1, mark == '-', words))
}

#[test]
fn drawings_are_read_and_removed() {
    let (plain, drawn) =
        read("kind: Job\n#^^^ the key\n#     ^^^ the value\n# a comment\nspec:\n#----- else\n");
    assert_eq!(plain, "kind: Job\n# a comment\nspec:\n");
    let shown: Vec<String> = drawn.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        ["line 1 columns 1..5 ^ the key", "line 1 columns 7..10 ^ the value", "line 3 columns 1..7 - else"]
    );
}
