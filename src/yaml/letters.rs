//! The characters of a scalar as it is written, without blanks.
//!
//! Escapes, folded lines and the indentation of block scalars change blanks and lengths, but never the order of the
//! other characters: counting those leads from the value to the text.

use std::ops::Range;

use super::cook;
use super::tree::{Kind, RawNode};

pub(super) fn count(text: &str) -> usize {
    text.chars().filter(|letter| !letter.is_whitespace()).count()
}

/// The characters of a scalar that are not blank, each with the bytes that write it.
pub(super) struct Letters<'t> {
    text: &'t str,
    kind: Kind,
    pub(super) at: usize,
    end: usize,
}

impl<'t> Letters<'t> {
    pub(super) fn of(text: &'t str, raw: &RawNode) -> Self {
        let (start, end) = (raw.start as usize, raw.end as usize);
        let (at, end) = match raw.kind {
            Kind::Single | Kind::Double => (start + 1, end.saturating_sub(1)),
            Kind::Literal | Kind::Folded => (cook::header(text, start, end).end, end),
            _ => (start, end),
        };
        Self { text, kind: raw.kind, at, end }
    }
}

impl Iterator for Letters<'_> {
    type Item = (Range<usize>, char);

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.end {
            let start = self.at;
            let mut letter = self.text.get(start..self.end)?.chars().next()?;
            self.at += letter.len_utf8();
            match (self.kind, letter) {
                (Kind::Double, '\\') if self.text[self.at..].starts_with(['\n', '\r']) => letter = ' ',
                (Kind::Double, '\\') => letter = cook::escape(self.text, &mut self.at),
                (Kind::Single, '\'') => self.at += 1,
                _ => {}
            }
            if !letter.is_whitespace() {
                return Some((start..self.at, letter));
            }
        }
        None
    }
}
