//! Steps through text that every reader takes.

use std::ops::Range;

/// The bytes of each line, its break included.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let range = start..start + line.len();
        start = range.end;
        range
    })
}

/// Whether a line is a comment in one of the languages of configuration.
pub(super) fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    // `//registry.example/:_authToken=x` of npm.
    !line.contains("/:_")
        && ["#", "//", ";", "--", "/*", "* ", "<!--"].iter().any(|start| line.starts_with(start))
}

pub(super) fn skip_blanks(bytes: &[u8], from: usize, end: usize) -> usize {
    (from..end).find(|at| !matches!(bytes[*at], b' ' | b'\t')).unwrap_or(end)
}

/// Letters of names: `db.password`, `X-Api-Key`, `spring_datasource`.
pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)
}

/// The end of a string whose opening quote stands before `from`, behind `depth` backslashes: the string of a string is
/// quoted so.
pub(super) fn closing(bytes: &[u8], from: usize, end: usize, quote: u8, depth: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr(quote, bytes.get(at..end)?)?;
        let escapes = bytes[from..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        // In the outermost string pairs of backslashes stand for themselves.
        if escapes == depth || depth == 0 && escapes.is_multiple_of(2) {
            return Some(at - depth);
        }
        at += 1;
    }
}
