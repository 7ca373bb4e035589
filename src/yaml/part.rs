//! Where part of a value stands in the text that it was written as.
//!
//! Escapes, folded lines and the indentation of block scalars change blanks and lengths, but never the order of the
//! other characters: counting those leads from the value to the text.

use std::ops::Range;

use super::cook;
use super::node::Node;
use super::tree::Kind;
use crate::source::Span;

impl Node<'_> {
    /// The span of `range`, bytes of this scalar's [`text`](Self::text), without blanks around it; the whole scalar
    /// where that is no part of it.
    #[must_use]
    pub fn part(self, range: &Range<usize>) -> Span {
        self.find_part(range).unwrap_or_else(|| self.span())
    }

    fn find_part(self, range: &Range<usize>) -> Option<Span> {
        let text = self.text()?;
        let inside = text.get(range.clone())?.trim();
        let (first, last) = (inside.chars().next()?, inside.chars().next_back()?);
        let mut letters = Letters::of(self);
        let start = letters.nth(count(&text[..range.start]))?;
        let end = match count(inside) {
            1 => start.clone(),
            more => letters.nth(more - 2)?,
        };
        (start.1 == first && end.1 == last).then(|| Span::new(self.span().file, start.0.start, end.0.end))
    }
}

fn count(text: &str) -> usize {
    text.chars().filter(|letter| !letter.is_whitespace()).count()
}

/// The characters of a scalar that are not blank, each with the bytes that write it.
struct Letters<'t> {
    text: &'t str,
    kind: Kind,
    at: usize,
    end: usize,
}

impl<'t> Letters<'t> {
    fn of(node: Node<'t>) -> Self {
        let raw = node.raw();
        let (text, start, end) = (&*node.doc.text, raw.start as usize, raw.end as usize);
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
