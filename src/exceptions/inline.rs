//! The words of exceptions in annotations and comments.

use super::terms::{INCOMPLETE, KEYS, MALFORMED, Problem, Terms, Text, shown, unknown_key};
use super::written::rules;
use crate::catalog::Catalog;
use crate::finding::RuleId;
use crate::source::Span;

/// `owner team-x; until 2027-01-31; why it is`, with `=` or `:` after a key, or the three values alone in this order.
pub(super) fn annotation(value: &str, at: Span) -> Terms {
    let mut terms = Terms::default();
    for part in value.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let keyed = keyed(part).filter(|(key, _)| terms.slot(key).is_some_and(|slot| slot.is_none()));
        let (key, text) = keyed.unwrap_or_else(|| (first_missing(&terms), part));
        let slot = terms.slot(key).expect("it is one of the keys");
        match slot {
            // A reason may have a semicolon in it.
            Some(reason) => reason.text = format!("{}; {text}", reason.text),
            None => *slot = Some(Text { text: text.to_owned(), at }),
        }
    }
    terms
}

/// `owner team-x`, `owner=team-x`, `owner: team-x`.
fn keyed(part: &str) -> Option<(&'static str, &str)> {
    let end = part.find([' ', '=', ':'])?;
    let key = KEYS.into_iter().find(|key| *key == &part[..end])?;
    Some((key, part[end..].trim_start_matches([' ', '=', ':'])))
}

fn first_missing(terms: &Terms) -> &'static str {
    match (&terms.owner, &terms.until) {
        // Where a key was written, what has none is the reason.
        (None, None) => "owner",
        (Some(_), None) if terms.reason.is_none() => "until",
        _ => "reason",
    }
}

/// The rules and terms of `except NHI204 until 2027-01-31 owner team-x: why it is`, and what is wrong with it; `text` is
/// what stands after `nhilint:`.
pub(super) fn comment(text: &str, at: Span, catalog: &Catalog) -> (Vec<RuleId>, Terms, Vec<Problem>) {
    let mut terms = Terms::default();
    let mut problems = Vec::new();
    let (head, reason) = head_and_reason(text);
    if let Some(reason) = reason {
        terms.reason = Some(Text { text: reason.to_owned(), at });
    }
    let head = head.replace('=', " ");
    let mut words = head.split_whitespace();
    if let Some(verb) = words.next().filter(|verb| *verb != "except") {
        let message = format!(
            "`nhilint: {}` is not understood; write `nhilint: except RULE until DATE owner NAME: reason`",
            shown(verb)
        );
        problems.push(Problem::new(MALFORMED, at, message));
        return (Vec::new(), terms, problems);
    }
    let mut words = words.peekable();
    let mut named = Vec::new();
    while let Some(word) = words.next_if(|word| !KEYS.contains(word)) {
        named.extend(word.split(',').filter(|name| !name.is_empty()));
    }
    let (rules, wrong) = rules(named.into_iter().map(|name| (name, at)), at, catalog);
    problems.extend(wrong);
    while let Some(key) = words.next() {
        match (terms.slot(key), words.next_if(|next| !KEYS.contains(next))) {
            (None, _) => problems.push(unknown_key(key, &KEYS, at)),
            (Some(_), None) => problems.push(Problem::new(INCOMPLETE, at, format!("`{key}` has no value"))),
            (Some(slot), Some(value)) => *slot = Some(Text { text: value.to_owned(), at }),
        }
    }
    (rules, terms, problems)
}

/// What stands before and after the first colon that ends a word.
fn head_and_reason(text: &str) -> (&str, Option<&str>) {
    let colon = text
        .match_indices(':')
        .find(|(at, _)| text[at + 1..].starts_with([' ', '\t']) || at + 1 == text.len());
    match colon {
        Some((at, _)) => (&text[..at], Some(text[at + 1..].trim())),
        None => (text, None),
    }
}
