//! Where part of a value stands in the text that it was written as.

use std::borrow::Cow;
use std::ops::{Deref, Range};
use std::sync::{Arc, PoisonError};

use super::letters::{Letters, count};
use super::node::Node;
use super::stretches::Stretches;
use crate::source::Span;

/// Scalars that are written with so many bytes have their text kept.
const LONG: u32 = 2048;

/// The text of a scalar, of a long one the copy that is kept.
pub enum KeptText<'a> {
    /// Short enough to be read again each time.
    Short(Cow<'a, str>),
    /// A copy.
    Long(Long),
}

/// A text that is kept with its document.
pub struct Long(Arc<Stretches>);

impl Default for KeptText<'_> {
    fn default() -> Self {
        Self::Short(Cow::Borrowed(""))
    }
}

impl Deref for KeptText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Short(text) => text,
            Self::Long(Long(stretches)) => &stretches.text,
        }
    }
}

impl KeptText<'_> {
    fn mark(&self, at: usize) -> Option<(usize, usize)> {
        match self {
            Self::Short(_) => None,
            Self::Long(Long(stretches)) => stretches.mark(at),
        }
    }
}

impl<'a> Node<'a> {
    /// The [`text`](Self::text) of a scalar that is asked for again and again: that of a long one is made once.
    #[must_use]
    pub fn kept_text(self) -> Option<KeptText<'a>> {
        let raw = self.raw();
        if raw.end - raw.start < LONG {
            return self.text().map(KeptText::Short);
        }
        let known = self.doc.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&self.index).cloned();
        if let Some(known) = known {
            return Some(KeptText::Long(Long(known)));
        }
        let made = Arc::new(Stretches::of(&self.doc.text, raw, self.text()?.into_owned()));
        let mut kept = self.doc.kept.lock().unwrap_or_else(PoisonError::into_inner);
        Some(KeptText::Long(Long(Arc::clone(kept.entry(self.index).or_insert(made)))))
    }
}

impl Node<'_> {
    /// The span of `range`, bytes of this scalar's [`text`](Self::text), without blanks around it; the whole scalar
    /// where that is no part of it.
    #[must_use]
    pub fn part(self, range: &Range<usize>) -> Span {
        self.find_part(range).unwrap_or_else(|| self.span())
    }

    fn find_part(self, range: &Range<usize>) -> Option<Span> {
        let text = self.kept_text()?;
        let inside = text.get(range.clone())?.trim();
        let (first, last) = (inside.chars().next()?, inside.chars().next_back()?);
        let mut letters = Letters::of(&self.doc.text, self.raw());
        let mut from = 0;
        if let Some((mark, written)) = text.mark(range.start) {
            (from, letters.at) = (mark, written);
        }
        let start = letters.nth(count(&text[from..range.start]))?;
        let end = match count(inside) {
            1 => start.clone(),
            more => letters.nth(more - 2)?,
        };
        (start.1 == first && end.1 == last).then(|| Span::new(self.span().file, start.0.start, end.0.end))
    }
}

#[cfg(test)]
mod tests {
    use super::LONG;
    use crate::source::FileId;
    use crate::yaml;

    /// Each word is found where it is written, in whatever style, whether the text is long or not.
    #[test]
    fn words_of_long_texts_are_found_where_they_are_written() {
        for words in [20, 900] {
            let all: Vec<String> = (0..words).map(|at| format!("é{at}x")).collect();
            let lines: Vec<String> = all.iter().map(|word| format!("  {word}  =\n\n")).collect();
            let escaped = all.iter().map(|word| word.replace('é', "\\u00e9\\\n    "));
            let texts = [
                format!("a: |\n{}", lines.concat()),
                format!("a: >-\n{}", lines.concat()),
                format!("a: '{}'\n", all.join("''\n    ")),
                format!("a: \"{}\"\n", escaped.collect::<Vec<_>>().join("\\n\\\"\\\n    ")),
                format!("a: {}\n", all.join("\n  ")),
            ];
            for text in texts {
                let (doc, problems) = yaml::parse(FileId::default(), text.as_str(), 0..text.len());
                assert!(!doc.broken, "{problems:?}");
                let node = doc.root().and_then(|root| root.get("a")).expect("a value");
                assert_eq!(node.span().range().len() >= LONG as usize, words == 900);
                let value = node.text().expect("a text");
                for (number, word) in all.iter().enumerate() {
                    let at = value.find(word.as_str()).expect("every word");
                    let place = node.part(&(at..at + word.len()));
                    let found = &text[place.range()];
                    assert!(found.ends_with(&format!("{number}x")) && found.len() < 20, "{found} for {word}");
                }
            }
        }
    }
}
