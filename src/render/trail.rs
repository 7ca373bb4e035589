//! The way back from rendered text to what a person wrote.
//!
//! Whoever knows how a text was rendered lays a trail; whoever has a place in that text follows it.

use crate::finding::{Label, Origin};
use crate::source::{SourceMap, Span};

/// Where something that was rendered was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The text that a person would change.
    pub span: Span,
    /// How sure that is.
    pub origin: Origin,
    /// Other places that took part, nearest first: calls, affixes, values that were replaced.
    pub also: Vec<Label>,
}

impl Written {
    /// A place without others.
    #[must_use]
    pub fn at(span: Span, origin: Origin) -> Self {
        Self { span, origin, also: Vec::new() }
    }

    /// All its places.
    pub(super) fn spans(&self) -> impl Iterator<Item = Span> {
        self.also.iter().map(|label| label.span).chain([self.span])
    }
}

/// The places of everything in one rendered text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    /// By offset; each holds until the next.
    steps: Vec<(u32, Written)>,
}

impl Trail {
    /// A trail of the places that were written, each with the byte of the rendered text where it begins.
    ///
    /// Of several that begin at one byte the first counts.
    #[must_use]
    pub fn new(mut steps: Vec<(u32, Written)>) -> Self {
        steps.sort_by_key(|(start, _)| *start);
        steps.dedup_by_key(|(start, _)| *start);
        Self { steps }
    }

    /// The places that hold in a range of bytes.
    pub fn within(&self, start: u32, end: u32) -> impl Iterator<Item = &Written> {
        let first = self.steps.partition_point(|(at, _)| *at <= start).saturating_sub(1);
        self.steps[first..]
            .iter()
            .take_while(move |(at, _)| *at < end.max(start + 1))
            .map(|(_, written)| written)
    }

    /// Where a span of the rendered text was written, as narrow as that is known, with the place: of a line of a
    /// template, or of the first key of a mapping, only that part.
    #[must_use]
    pub fn narrow(&self, rendered: Span, sources: &SourceMap) -> Option<(Span, &Written)> {
        let (start, written) = self.step(rendered.start)?;
        let text = sources.text(rendered);
        let from = (written.span.start + (rendered.start - start)) as usize;
        let part = sources.file(written.span.file).text().get(from..from + text.len());
        if part == Some(text) && from + text.len() <= written.span.end as usize {
            return Some((Span::new(written.span.file, from, from + text.len()), written));
        }
        Some((in_block(Span { start, ..rendered }, rendered.start, written.span, sources), written))
    }

    /// The bytes from which on each place holds, with the places.
    #[must_use]
    pub fn steps(&self) -> &[(u32, Written)] {
        &self.steps
    }

    /// The trail of a text in which every byte moved.
    #[must_use]
    pub(super) fn moved(self, to: impl Fn(u32) -> u32) -> Self {
        Self::new(self.steps.into_iter().map(|(start, written)| (to(start), written)).collect())
    }

    /// Where what stands at a byte of the rendered text was written; `None` before the first place that is known.
    #[must_use]
    pub fn at(&self, offset: u32) -> Option<&Written> {
        self.step(offset).map(|(_, written)| written)
    }

    /// As [`Trail::at`], with the byte from which on the place holds.
    #[must_use]
    pub fn step(&self, offset: u32) -> Option<(u32, &Written)> {
        let after = self.steps.partition_point(|(start, _)| *start <= offset);
        self.steps.get(after.checked_sub(1)?).map(|(start, written)| (*start, written))
    }
}

/// Where the line at `at` of a rendered block was written: the same line of the block there, or of the whole file that is
/// its text, if it says the same.
fn in_block(rendered: Span, at: u32, written: Span, sources: &SourceMap) -> Span {
    let before = &sources.file(rendered.file).text()[rendered.start as usize..];
    let inside = (at - rendered.start) as usize;
    let number = before[..inside].matches('\n').count();
    let line = before.lines().nth(number).unwrap_or_default().trim();
    if number == 0 || line.is_empty() {
        return written;
    }
    let same_line = |text: &str, number: usize| {
        let start = text.split_inclusive('\n').take(number).map(str::len).sum::<usize>();
        let same = text[start..].lines().next()?;
        let from = written.start as usize + start + (same.len() - same.trim_start().len());
        (same.trim() == line).then(|| Span::new(written.file, from, from + line.len()))
    };
    // A block begins with the line of its sign, a file with its own first line.
    let of_file = || same_line(sources.file(written.file).text(), number - 1).filter(|_| written.start == 0);
    same_line(sources.text(written), number).or_else(of_file).unwrap_or(written)
}
