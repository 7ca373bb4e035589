//! What Flux puts in the place of `${name}` in what it built (`postBuild`; `fluxcd/pkg`, `kustomize/kustomize_varsub.go`).
//!
//! Each object is filled in by itself, in the text that kustomize prints: a value may be no string there.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::iter;

use super::envsubst::{Value, placeholders};
use super::roots::{NOT_FILLED, Substitutes};
use super::{Trail, Written};
use crate::finding::Label;
use crate::k8s::applied;
use crate::source::{SourceMap, Span};
use crate::yaml::{Document, documents};

/// A text in which placeholders were filled, and the way back to the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Substituted {
    pub(super) text: String,
    /// The text before.
    pub(super) before: String,
    /// The names that only the cluster knows.
    pub(super) unknown: BTreeSet<String>,
    /// Why Flux cannot fill in some object, and which.
    pub(super) errors: Vec<(String, &'static str)>,
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

    /// Fills in one object, which begins at a byte of the text before. After a placeholder that Flux cannot read all
    /// stays as it is.
    fn fill(&mut self, object: &str, start: usize, given: &Substitutes) {
        let value_of = |name: &str| match given.values.get(name) {
            Some((text, _)) => Value::Known(text),
            None if given.unknown.is_empty() => Value::Unset,
            None => Value::Unknown,
        };
        let (found, error) = placeholders(object);
        self.errors.extend(error.map(|(_, reason)| (name_of(object), reason)));
        let mut at = 0;
        for placeholder in found {
            let range = placeholder.range;
            self.text.push_str(&object[at..range.start]);
            let filled = placeholder.function.fill(&value_of);
            self.unknown.extend(filled.unknown);
            self.pieces.push((start + range.start, self.text.len()));
            let begin = self.text.len();
            self.text.push_str(filled.text.as_deref().unwrap_or(&object[range.clone()]));
            let written = placeholder.function.name().and_then(|name| given.values.get(name));
            if let Some((_, place)) = written.filter(|_| filled.is_of_variable) {
                self.values.push((begin, self.text.len(), *place));
            }
            self.pieces.push((start + range.end, self.text.len()));
            at = range.end;
        }
        self.text.push_str(&object[at..]);
    }
}

/// Fills the placeholders of a text of objects. A name that nobody gives becomes nothing, as with Flux; one that the
/// cluster may give stays, or counts as its default.
pub(super) fn substitute(text: &str, given: &Substitutes) -> Substituted {
    let mut filled = Substituted {
        text: String::with_capacity(text.len()),
        before: text.to_owned(),
        pieces: vec![(0, 0)],
        ..Substituted::default()
    };
    // Without a single variable Flux changes nothing.
    if given.values.is_empty() && given.unknown.is_empty() && !given.always {
        text.clone_into(&mut filled.text);
        return filled;
    }
    let mut start = 0;
    for object in text.split_inclusive("\n---\n") {
        if is_left(object) {
            filled.pieces.push((start, filled.text.len()));
            filled.text.push_str(object);
            filled.pieces.push((start + object.len(), filled.text.len()));
        } else {
            filled.fill(object, start, given);
        }
        start += object.len();
    }
    filled
}

/// Whether an object says that Flux leaves it as it is.
fn is_left(object: &str) -> bool {
    object.contains(NOT_FILLED)
        && read(object).iter().flat_map(|document| applied(document.doc())).any(|object| {
            let keys = [object.label(NOT_FILLED), object.annotation(NOT_FILLED)];
            keys.into_iter().flatten().any(|value| value.text() == Some(Cow::Borrowed("disabled")))
        })
}

/// An object for people: `ConfigMap shop`.
fn name_of(object: &str) -> String {
    let documents = read(object);
    let first = documents.iter().flat_map(|document| applied(document.doc())).next();
    first.map(|object| format!("{} {}", object.kind, object.name)).unwrap_or_default()
}

fn read(object: &str) -> Vec<Document> {
    documents(SourceMap::default().add("", object), &object.into())
}
