//! Names and values in text that configures something: YAML, JSON, properties, INI, environment files, XML, and the
//! statements of programs that are configured by commands.
//!
//! It reads what is written, not formats: a file that is broken, or half a template, still says `password: x`. Each reader
//! is asked for itself; what two of them find is told apart by who asks.

use std::ops::Range;

use super::names::{Sort, words};

mod scan;

mod quoted;

mod lines;

mod flow;

mod markup;

mod statements;

mod users;

mod around;

/// A name and where its value stands, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair<'a> {
    pub(super) name: &'a str,
    pub(super) value: Range<usize>,
    /// Whether quotes stand around the value.
    pub(super) quoted: bool,
}

/// The pairs of a text, in the order of their values.
pub(super) fn pairs(text: &str) -> Vec<Pair<'_>> {
    let mut pairs = plain_pairs(text);
    flow::read(text, &mut pairs);
    statements::read(text, &mut pairs);
    users::read(text, &mut pairs);
    markup::read(text, &mut pairs);
    pairs.sort_by_key(|pair| (pair.value.start, pair.value.end));
    pairs.dedup();
    named_beside(text, &mut pairs);
    around::read(text, &mut pairs);
    pairs
}

/// Whether a text is made of lines with names and values.
pub(super) fn is_configuration(text: &str) -> bool {
    let mut pairs = plain_pairs(text);
    markup::read(text, &mut pairs);
    !pairs.is_empty()
}

/// The pairs of program text: there only quotes make a value.
pub(super) fn constants(text: &str) -> Vec<Pair<'_>> {
    let mut pairs = pairs(text);
    pairs.retain(|pair| pair.quoted);
    pairs
}

fn plain_pairs(text: &str) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    for line in scan::lines(text) {
        let before = pairs.len();
        quoted::read(text, line.clone(), &mut pairs);
        if pairs.len() == before {
            pairs.extend(lines::read(text, line));
        }
    }
    pairs
}

/// Whether an HTTP header logs in by its name, as many do whose names say nothing.
#[must_use]
pub fn is_login_header(name: &str) -> bool {
    const LOGINS: [&str; 5] = ["authorization", "proxy-authorization", "x-api-key", "x-auth-token", "cookie"];
    LOGINS.iter().any(|login| name.trim().eq_ignore_ascii_case(login))
}

/// Whether a value is the address of a driver that is given a login before it: `user:x@tcp(db)/shop`.
pub(super) fn is_address(value: &str) -> bool {
    statements::is_address(value)
}

/// Whether a value is a statement that holds logins: the options of a login module.
pub(super) fn is_statement(value: &str) -> bool {
    statements::is_statement(value)
}

/// Where passwords stand in a text that a program writes as a `.netrc`.
pub(super) fn passwords_of_machines(text: &str) -> Vec<Range<usize>> {
    statements::passwords_of_machines(text)
}

/// `{"name": "password", "value": "x"}`, in either order and one below the other: the value is called by the name, or by
/// the type that says that it is a password.
fn named_beside<'a>(text: &'a str, pairs: &mut Vec<Pair<'a>>) {
    let last = |pair: &Pair<'a>| words(pair.name).pop().unwrap_or_default();
    let is_name = |word: &str| ["key", "name", "property", "type", "variable"].contains(&word);
    let is_value = |word: &str| ["default", "string", "value", "values"].contains(&word);
    let mut found = Vec::new();
    // Something else may stand between them.
    let apart = |steps: usize| pairs.iter().zip(pairs.iter().skip(steps));
    for (one, other) in apart(1).chain(apart(2)).chain(apart(3)) {
        let (first, second) = (last(one), last(other));
        let (is_type, name, value) = if is_name(&first) && is_value(&second) {
            (first == "type", one, other)
        } else if is_value(&first) && is_name(&second) {
            (second == "type", other, one)
        } else {
            continue;
        };
        let name = &text[name.value.clone()];
        let is_telling = match Sort::of(name) {
            Some(sort) => !is_type || sort == Sort::Password,
            None => !is_type && is_login_header(name),
        };
        if is_telling && !name.contains(char::is_whitespace) && are_of_one(text, one, other) {
            found.push(Pair { name, ..value.clone() });
        }
    }
    pairs.extend(found);
}

/// Whether two pairs belong to one item of a list, one mapping, one element.
fn are_of_one(text: &str, one: &Pair<'_>, other: &Pair<'_>) -> bool {
    /// So far away stands what belongs together.
    const NEAR: usize = 120;
    let Some(between) = text.get(one.value.end..other.value.start) else { return false };
    // Hadoop says what a property is for before its value.
    let described = between.split_once("<description>").and_then(|(before, rest)| {
        Some([before.trim_end(), rest.split_once("</description>")?.1].concat())
            .filter(|_| rest.len() <= 20 * NEAR)
    });
    let between = described.as_deref().unwrap_or(between);
    between.len() <= NEAR
        && !between.contains('}')
        && !between.lines().skip(1).any(|line| line.trim_start().starts_with("- ") || line.trim().is_empty())
        && between.matches("</").count() <= 1
}
