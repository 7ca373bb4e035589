//! As much of a finding as somebody reads: each place once, and of places and notes that say the same no more than a few.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use crate::finding::{Finding, Label};
use crate::render::marked::SWITCH;
use crate::source::Span;

/// So many places, notes or names of one kind are shown.
const MOST: usize = 10;

/// Takes out of a finding what says nothing new, and counts what is too much.
pub(super) fn shorten(finding: &mut Finding) {
    if finding.related.len() > 1 {
        finding.related = each_once(std::mem::take(&mut finding.related));
    }
    for (count, kind) in cut(&mut finding.notes, |note| kind_of(note)) {
        finding.notes.push(format!("{count} more notes are not shown: {kind}"));
    }
    for (count, kind) in cut(&mut finding.related, |label| kind_of(&label.message)) {
        let places = if count == 1 { "place is" } else { "places are" };
        finding.notes.push(format!("{count} more {places} not shown: {kind}."));
    }
}

/// Names, the first of them written out: `a, b and 3 more`.
pub(super) fn listed(names: &[String]) -> String {
    let mut text = names[..names.len().min(MOST)].join(", ");
    if names.len() > MOST {
        let _ = write!(text, " and {} more", names.len() - MOST);
    }
    text
}

/// All that is said of one place in one label.
fn each_once(labels: Vec<Label>) -> Vec<Label> {
    let mut known: HashMap<Span, usize> = HashMap::new();
    let mut parts: HashMap<Span, Vec<String>> = HashMap::new();
    let mut kept: Vec<Label> = Vec::with_capacity(labels.len());
    for label in labels {
        match known.get(&label.span) {
            None => {
                known.insert(label.span, kept.len());
                kept.push(label);
            }
            Some(_) => parts.entry(label.span).or_default().push(label.message),
        }
    }
    for label in &mut kept {
        if let Some(others) = parts.remove(&label.span) {
            label.message = joined(std::mem::take(&mut label.message), others);
        }
    }
    kept
}

/// Several messages as one: what differs in the last name only is a list of these names.
fn joined(first: String, others: Vec<String>) -> String {
    let last_name = |message: &str| {
        let start = message.strip_suffix('`')?.rfind('`')?;
        Some((message[..start].to_owned(), message[start..].to_owned()))
    };
    let mut known = HashSet::from([first.clone()]);
    let beginning = last_name(&first).map(|(beginning, _)| beginning);
    let (mut names, mut more) = (Vec::new(), Vec::new());
    for other in others {
        if !known.insert(other.clone()) {
            continue;
        }
        match last_name(&other).filter(|(start, _)| Some(start) == beginning.as_ref()) {
            Some((_, name)) => names.push(name),
            None => more.push(other),
        }
    }
    let first = [vec![first], names].concat();
    let all = [vec![listed(&first)], more].concat();
    let left = all.len().saturating_sub(MOST);
    let shown = all[..all.len() - left].join("; ");
    if left == 0 { shown } else { format!("{shown}; and {left} more") }
}

/// Keeps the first of each kind, and counts those that are left out.
fn cut<T>(list: &mut Vec<T>, kind: impl Fn(&T) -> String) -> Vec<(usize, String)> {
    if list.len() <= MOST {
        return Vec::new();
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut over: Vec<String> = Vec::new();
    list.retain(|one| {
        let kind = kind(one);
        let count = counts.entry(kind.clone()).or_default();
        *count += 1;
        if *count == MOST + 1 {
            over.push(kind);
        }
        *count <= MOST
    });
    let left = |kind: String| (counts[&kind] - MOST, kind);
    over.into_iter().map(left).collect()
}

/// A message without its names.
fn kind_of(message: &str) -> String {
    if message.starts_with(SWITCH) {
        return format!("{SWITCH}of a value");
    }
    let mut kind = String::with_capacity(message.len());
    for (position, part) in message.split('`').enumerate() {
        kind.push_str(if position % 2 == 0 { part } else { "`…`" });
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::{cut, joined, kind_of, listed};

    #[test]
    fn names_that_differ_are_listed() {
        let others = ["`A` for `y`", "`A` for `x`", "`A` for `z`", "is empty"].map(str::to_owned).to_vec();
        assert_eq!(joined("`A` for `x`".to_owned(), others), "`A` for `x`, `y`, `z`; is empty");
        let names: Vec<String> = (0..12).map(|number| number.to_string()).collect();
        assert_eq!(listed(&names), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more");
    }

    #[test]
    fn ten_of_a_kind_are_kept() {
        let mut list: Vec<String> = (0..13).map(|number| format!("`{number}` runs too")).collect();
        list.push("something else".to_owned());
        let left = cut(&mut list, |message| kind_of(message));
        assert_eq!((left, list.len()), (vec![(3, "`…` runs too".to_owned())], 11));
        assert_eq!(list.last().map(String::as_str), Some("something else"));
    }
}
