//! What Flux puts in the place of `${name}` in rendered text (`postBuild.substitute`).
//!
//! As `fluxcd/pkg/envsubst` with the functions that have a default; others are left as they stand.

use std::iter;

use super::roots::Substitutes;
use super::{Trail, Written};
use crate::finding::Label;
use crate::source::Span;

/// A text in which placeholders were filled, and the way back to the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Substituted {
    pub(super) text: String,
    /// The text before.
    pub(super) before: String,
    /// Where pieces begin, in the text before and in this one, sorted.
    pieces: Vec<(usize, usize)>,
    /// Where values stand in this text, and where they are written.
    values: Vec<(usize, usize, Span)>,
}

impl Substituted {
    /// The byte of this text that was made from a byte of the text before.
    pub(super) fn after(&self, offset: usize) -> usize {
        let next = self.pieces.partition_point(|(start, _)| *start <= offset);
        let Some(&(start, filled)) = next.checked_sub(1).and_then(|at| self.pieces.get(at)) else {
            return offset;
        };
        // What was filled in may be shorter than the placeholder.
        let end = self.pieces.get(next).map_or(usize::MAX, |(_, filled)| *filled);
        (filled + (offset - start)).min(end.saturating_sub(1)).max(filled)
    }

    /// The trail of this text, made from that of the text before: what is all of a scalar was written by whoever gave
    /// the value.
    pub(super) fn trail(&self, trail: Trail) -> Trail {
        let moved = trail.moved(|offset| self.after(offset as usize) as u32);
        let is_all = |start: usize, end: usize| {
            self.text[end..].lines().next().is_none_or(|rest| rest.trim_matches(['"', '\'', ' ']).is_empty())
                && self.text[..start].trim_end_matches(['"', '\'']).ends_with(' ')
        };
        let given: Vec<_> = self.values.iter().filter(|(start, end, _)| is_all(*start, *end)).collect();
        let steps = moved.steps().iter().map(|(start, written)| {
            let at = *start as usize;
            let after = given.partition_point(|(given, ..)| *given < at);
            let found = given.get(after).filter(|(given, ..)| *given <= at + 1);
            let written = found.map_or_else(
                || written.clone(),
                |(_, _, span)| {
                    let placeholder =
                        Label { span: written.span, message: "the placeholder that Flux fills".into() };
                    let also = iter::once(placeholder).chain(written.also.iter().cloned()).collect();
                    Written { span: *span, origin: written.origin, also }
                },
            );
            (*start, written)
        });
        Trail::new(steps.collect())
    }
}

/// Fills the placeholders of a text. An unknown name without a default becomes nothing, as with Flux; `$${name}` stays
/// as `${name}`.
pub(super) fn substitute(text: &str, values: &Substitutes) -> Substituted {
    let mut filled = Substituted {
        text: String::with_capacity(text.len()),
        before: text.to_owned(),
        pieces: vec![(0, 0)],
        values: Vec::new(),
    };
    let mut at = 0;
    while let Some(found) = text[at..].find("${") {
        let start = at + found;
        let escaped = text[..start].ends_with('$');
        filled.text.push_str(&text[at..start - usize::from(escaped)]);
        let end = text[start..].find('}').map(|length| start + length + 1);
        let (value, end) = match end {
            Some(end) if escaped => (Some((text[start..end].to_owned(), None)), end),
            Some(end) => (expand(&text[start + 2..end - 1], values), end),
            None => (None, text.len()),
        };
        filled.pieces.push((start, filled.text.len()));
        match value {
            Some((value, at)) => {
                let start = filled.text.len();
                filled.text.push_str(&value);
                filled.values.extend(at.map(|at| (start, filled.text.len(), at)));
            }
            None => filled.text.push_str(&text[start..end]),
        }
        filled.pieces.push((end, filled.text.len()));
        at = end;
    }
    filled.text.push_str(&text[at..]);
    filled
}

/// `name`, `name:=default`, `name:-default`, `name=default`, `name-default`.
fn expand(inside: &str, values: &Substitutes) -> Option<(String, Option<Span>)> {
    let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
    let (name, rest) = inside.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let known = values.get(name).map(|(value, at)| (value.clone(), Some(*at)));
    let default = [":=", ":-", "=", "-"]
        .into_iter()
        .find_map(|operator| Some((operator, rest.strip_prefix(operator)?)));
    match default {
        Some((operator, default)) => {
            let counts = |(value, _): &(String, _)| !operator.starts_with(':') || !value.is_empty();
            Some(known.filter(counts).unwrap_or_else(|| (default.to_owned(), None)))
        }
        None if rest.is_empty() => Some(known.unwrap_or_default()),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Origin;
    use crate::source::SourceMap;

    #[test]
    fn placeholders_are_filled_and_the_way_back_is_kept() {
        let file = SourceMap::default().add("clusters/prod.yaml", "substitute: {env: prod, none: ''}\n");
        let place = |start: usize| Span::new(file, start, start + 4);
        let values = [("env", "prod", 18), ("none", "", 30)]
            .map(|(name, value, at)| (name.to_owned(), (value.to_owned(), place(at))));
        let text = "a: ${env}\nb: ${none:=x}-${gone}\nc: $${env} ${env^^} ${open";
        let values = values.into_iter().collect();
        let filled = substitute(text, &values);
        assert_eq!(filled.text, "a: prod\nb: x-\nc: ${env} ${env^^} ${open");
        let after = |found: &str| filled.after(text.find(found).expect("it is there"));
        assert_eq!((filled.after(0), &filled.text[after("${env}")..][..4]), (0, "prod"));
        assert_eq!((&filled.text[after("b:")..][..2], &filled.text[after("c:")..][..2]), ("b:", "c:"));

        let written = |at: usize| Written { span: place(at), origin: Origin::Exact, also: Vec::new() };
        let filled = substitute("a: \"${env}\"\nb: ${env}-1\nc: ${env}\n", &values);
        let trail =
            filled.trail(Trail::new([(3, 1), (15, 2), (27, 3)].map(|(at, of)| (at, written(of))).to_vec()));
        let found = |text: &str| trail.at(filled.text.find(text)? as u32).map(|written| written.span.start);
        assert_eq!(
            [found("\"prod"), found("prod-1"), found("prod\n")],
            [Some(18), Some(2), Some(18)],
            "what is all of a scalar stands where Flux is given it"
        );
        assert_eq!(trail.at(3).map(|written| written.also[0].span), Some(place(1)));
    }
}
