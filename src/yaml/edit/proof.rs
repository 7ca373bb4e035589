//! Proof that an edit does what was asked for and nothing else.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value as Json;

use super::Edit;
use super::Refusal;
use super::site::{Site, Step};
use crate::source::Span;
use crate::yaml::parse::read;
use crate::yaml::{split, to_json};

/// Bytes of the file and what they become.
pub(super) type Draft = (Range<usize>, String);

/// What an edit does to the value at the end of a way.
pub(super) enum Change<'c> {
    /// It becomes this.
    Put(Json),
    /// It gets these entries or items; an item has no key.
    Add(Vec<(Option<&'c str>, Json)>),
    /// The entry or item is gone.
    Remove,
    /// Its key becomes this.
    Rename(&'c str),
}

/// The first of the drafts that does just this change.
pub(super) fn first_proved(
    site: Site<'_>,
    steps: &[Step],
    change: Change<'_>,
    drafts: impl IntoIterator<Item = Draft>,
) -> Result<Edit, Refusal> {
    let mut expected = site.doc.root().map_or(Json::Null, to_json);
    do_change(&mut expected, steps, change).ok_or(Refusal::Layout)?;
    for (range, text) in drafts {
        if does(site, &range, &text, &expected) {
            return Ok(Edit { span: Span::new(site.doc.file, range.start, range.end), text });
        }
    }
    Err(Refusal::Layout)
}

fn do_change(root: &mut Json, steps: &[Step], change: Change<'_>) -> Option<()> {
    match change {
        Change::Put(value) => *descend(root, steps)? = value,
        Change::Add(rows) => {
            let place = descend(root, steps)?;
            for (key, value) in rows {
                match (key, &mut *place) {
                    (Some(key), Json::Object(map)) => _ = map.insert(key.to_owned(), value),
                    (None, Json::Array(list)) => list.push(value),
                    _ => return None,
                }
            }
        }
        Change::Remove => {
            let (last, above) = steps.split_last()?;
            match (last, descend(root, above)?) {
                (Step::Key(key), Json::Object(map)) => _ = map.remove(key)?,
                (Step::Index(index), Json::Array(list)) if *index < list.len() => _ = list.remove(*index),
                _ => return None,
            }
        }
        Change::Rename(to) => {
            let (last, above) = steps.split_last()?;
            let (Step::Key(key), Json::Object(map)) = (last, descend(root, above)?) else { return None };
            let value = map.remove(key)?;
            map.insert(to.to_owned(), value);
        }
    }
    Some(())
}

fn descend<'j>(root: &'j mut Json, steps: &[Step]) -> Option<&'j mut Json> {
    steps.iter().try_fold(root, |at, step| match step {
        Step::Key(key) => at.get_mut(key.as_str()),
        Step::Index(index) => at.get_mut(*index),
    })
}

/// Does the edit lead to the expected document, with all comments and other documents as they were?
pub(super) fn does(site: Site<'_>, range: &Range<usize>, text: &str, expected: &Json) -> bool {
    let (Some(before), Some(after)) = (site.text.get(..range.start), site.text.get(range.end..)) else {
        return false;
    };
    let new: Arc<str> = [before, text, after].concat().into();
    let (old_pieces, new_pieces) = (split(site.text), split(&new));
    let span = site.doc.span.range();
    let Some(own) = old_pieces.iter().position(|piece| piece.start == span.start && piece.end == span.end)
    else {
        return false;
    };
    let mut pairs = old_pieces.iter().zip(&new_pieces).enumerate();
    if old_pieces.len() != new_pieces.len()
        || !pairs
            .all(|(at, (old, now))| at == own || site.text[old.start..old.end] == new[now.start..now.end])
    {
        return false;
    }
    let (doc, _) = read(site.doc.file, &new, new_pieces[own].start..new_pieces[own].end);
    let comments: BTreeSet<(usize, usize)> =
        doc.comments().map(|(span, _)| (span.range().start, span.range().end)).collect();
    let kept = |(span, _): (Span, &str)| {
        let comment = span.range();
        if comment.end <= range.start {
            comments.contains(&(comment.start, comment.end))
        } else if comment.start >= range.end {
            let moved = |at: usize| at - range.end + range.start + text.len();
            comments.contains(&(moved(comment.start), moved(comment.end)))
        } else {
            true
        }
    };
    !doc.broken && doc.root().map_or(Json::Null, to_json) == *expected && site.doc.comments().all(kept)
}
