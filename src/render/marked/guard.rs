//! What a condition asks of the values, and which of them answer it.

use super::values::{Found, Key, Written};
use super::words::{commands, inside, string, words};
use crate::finding::Label;

/// What begins the words for a value that switches something on.
pub(crate) const SWITCH: &str = "exists because ";

/// Longer literals are no names of a choice.
const LONGEST: usize = 24;

/// More parentheses are not looked into.
const DEEPEST: usize = 20;

/// What is asked of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted<'t> {
    /// That it is something, or that it is nothing: empty, false or not there.
    Truth(bool),
    /// That it is this text, or that it is another.
    Text(&'t str, bool),
    /// That this text is among its items.
    Item(&'t str),
    /// Something that takes a function to know.
    Unknown,
}

/// The parts of a condition that holds, or that does not, each with what is asked of it.
pub(super) fn asked(condition: &str, holds: bool) -> Vec<(&str, Wanted<'_>)> {
    let mut found = Vec::new();
    ask(condition, holds, DEEPEST, &mut found);
    found
}

fn ask<'t>(condition: &'t str, holds: bool, depth: usize, found: &mut Vec<(&'t str, Wanted<'t>)>) {
    let commands = commands(condition);
    let words = match commands.as_slice() {
        [only] if depth > 0 => words(only),
        _ => Vec::new(),
    };
    match words.as_slice() {
        [one] => match inside(one) {
            Some(inner) => ask(inner, holds, depth - 1, found),
            None => found.push((one, Wanted::Truth(holds))),
        },
        ["not", one] => ask(one, !holds, depth - 1, found),
        ["and" | "or", all @ ..] => all.iter().for_each(|one| ask(one, holds, depth - 1, found)),
        [comparison @ ("eq" | "ne"), one, other] => {
            let is_same = (*comparison == "eq") == holds;
            match (string(one), string(other)) {
                (None, Some(text)) => found.push((one, Wanted::Text(text, is_same))),
                (Some(text), None) => found.push((other, Wanted::Text(text, is_same))),
                _ => found.push((condition, Wanted::Unknown)),
            }
        }
        ["has", one, list] if holds && string(one).is_some() => {
            found.push((list, Wanted::Item(string(one).unwrap_or_default())));
        }
        _ => found.push((condition, Wanted::Unknown)),
    }
}

/// A value on which it hangs that something is printed; nothing where it is not what is asked: something else answers then.
pub(super) fn guard(path: &[Key], found: &Found, wanted: Wanted<'_>) -> Option<Label> {
    let Written::Here { key, value, .. } = &found.at else { return None };
    let names = path.iter().map(|key| match key {
        Key::Name(name) => Some(name.as_str()),
        Key::Any => None,
    });
    let names: Vec<&str> = names.collect::<Option<_>>()?;
    if found.missing > 0 || names.is_empty() || found.text.as_deref() == Some("") {
        return None;
    }
    let name = names.join(".");
    let text = found.text.as_deref();
    let (span, words) = match (wanted, found.is_on) {
        (Wanted::Truth(truth), Some(is_on)) if truth != is_on => return None,
        (Wanted::Truth(_), Some(_)) if matches!(text, Some("true" | "false")) => {
            (value, format!("`{name}` is {}", text.unwrap_or_default()))
        }
        (Wanted::Truth(_), Some(false)) => (value, format!("`{name}` is empty")),
        // Any other text may be a secret.
        (Wanted::Truth(true), _) if text.is_some() => (value, format!("`{name}` is set")),
        (Wanted::Truth(true), _) => (key, format!("`{name}` is set")),
        (Wanted::Text(literal, is_same), _) if text.is_some_and(|text| (text == literal) != is_same) => {
            return None;
        }
        // What is compared stands in the template.
        (Wanted::Text(literal, is_same), _) if is_choice(&name, literal) => {
            (value, format!("`{name}` is {}`{literal}`", if is_same { "" } else { "not " }))
        }
        (Wanted::Item(literal), _) if text != Some(literal) => return None,
        (Wanted::Item(literal), _) if is_choice(&name, literal) => {
            (value, format!("`{name}` has `{literal}`"))
        }
        _ => (if text.is_some() { value } else { key }, format!("of the value of `{name}`")),
    };
    Some(Label { span: *span, message: format!("{SWITCH}{words}") })
}

/// Whether it only says that a value is asked for.
pub(super) fn is_vague(label: &Label) -> bool {
    label.message.strip_prefix(SWITCH).is_some_and(|words| words.starts_with("of the value"))
}

/// Whether a literal may be shown: one of a few words, and not what somebody would compare a password with.
fn is_choice(name: &str, literal: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_secret = ["pass", "secret", "token", "key", "credential"].iter().any(|word| name.contains(word));
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !is_secret && !literal.is_empty() && literal.len() <= LONGEST && literal.bytes().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::{Wanted, asked};

    #[test]
    fn each_part_of_a_condition_is_asked_for_itself() {
        let truth = Wanted::Truth;
        for (condition, holds, expected) in [
            (".Values.a", true, vec![(".Values.a", truth(true))]),
            ("not .Values.a", true, vec![(".Values.a", truth(false))]),
            ("not (or .a (not .b))", true, vec![(".a", truth(false)), (".b", truth(true))]),
            ("and .a (eq .b \"x\")", true, vec![(".a", truth(true)), (".b", Wanted::Text("x", true))]),
            ("ne \"x\" .b", true, vec![(".b", Wanted::Text("x", false))]),
            ("ne .b \"x\"", false, vec![(".b", Wanted::Text("x", true))]),
            (".a | default true", true, vec![(".a | default true", Wanted::Unknown)]),
            ("hasKey .a \"b\"", true, vec![("hasKey .a \"b\"", Wanted::Unknown)]),
            ("has \"b\" .a", true, vec![(".a", Wanted::Item("b"))]),
            ("has \"b\" .a", false, vec![("has \"b\" .a", Wanted::Unknown)]),
        ] {
            assert_eq!(asked(condition, holds), expected, "{condition}");
        }
    }
}
