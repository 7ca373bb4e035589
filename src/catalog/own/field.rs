//! The field that a finding points at, written as in expressions: `spec.template.spec.containers[0].image`,
//! `metadata.annotations['acme.dev/owner']`.

use std::ops::Range;
use std::str::FromStr;

use crate::yaml::{Entry, Node};

/// A way through an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Item(usize),
}

/// What of a field is there.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// All of it.
    Value(Node<'a>),
    /// Only this key on the way to it.
    Above(Entry<'a>),
    /// Nothing.
    Nothing,
}

impl Field {
    /// As much of it as an object has.
    #[must_use]
    pub fn find<'a>(&self, root: Node<'a>) -> Found<'a> {
        let (mut node, mut above) = (root, Found::Nothing);
        for step in &self.0 {
            let next = match step {
                Step::Key(key) => node.entry(key).map(|entry| {
                    above = Found::Above(entry);
                    entry.value
                }),
                Step::Item(number) => node.items().nth(*number),
            };
            let Some(next) = next else { return above };
            node = next;
        }
        // What stands there as a whole is shown on its key.
        match above {
            Found::Above(entry) if !node.is_scalar() && entry.value == node => above,
            _ => Found::Value(node),
        }
    }
}

impl FromStr for Field {
    /// The wrong bytes, and what is wrong.
    type Err = (Range<usize>, String);

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut steps = Vec::new();
        let mut at = if text.starts_with("object.") { "object.".len() } else { 0 };
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$');
        while at < text.len() || steps.is_empty() {
            let rest = &text[at..];
            let wrong = |what: &str| {
                Err((
                    at..text.len().max(at + 1),
                    format!("{what}; a field is written `spec.template.spec.containers[0].image`"),
                ))
            };
            if let Some(inside) = rest.strip_prefix('[') {
                let quote = inside.chars().next().filter(|quote| matches!(quote, '\'' | '"'));
                let end = match quote {
                    Some(quote) => inside[1..].find(quote).map(|end| end + 2),
                    None => inside.find(']'),
                };
                let Some(end) = end.filter(|&end| inside[end..].starts_with(']')) else {
                    return wrong("this bracket has no end");
                };
                if quote.is_some() {
                    steps.push(Step::Key(inside[1..end - 1].to_owned()));
                } else if let Ok(number) = inside[..end].parse() {
                    steps.push(Step::Item(number));
                } else {
                    return wrong("a number or a key in quotes stands between brackets");
                }
                at += end + 2;
                continue;
            }
            let name = if steps.is_empty() { Some(rest) } else { rest.strip_prefix('.') };
            let Some(name) = name else { return wrong("a dot or a bracket is missing") };
            let end = name.find(|c: char| !is_word(c)).unwrap_or(name.len());
            if end == 0 {
                return wrong("a name is missing");
            }
            steps.push(Step::Key(name[..end].to_owned()));
            at += end + usize::from(steps.len() > 1);
        }
        Ok(Self(steps))
    }
}

#[test]
fn fields_are_read() {
    let key = |key: &str| Step::Key(key.to_owned());
    assert_eq!("spec".parse(), Ok(Field(vec![key("spec")])));
    assert_eq!(
        "object.metadata.annotations['acme.dev/owner']".parse(),
        Ok(Field(vec![key("metadata"), key("annotations"), key("acme.dev/owner")]))
    );
    assert_eq!(
        "a[0].b-c[\"d\"][1]".parse(),
        Ok(Field(vec![key("a"), Step::Item(0), key("b-c"), key("d"), Step::Item(1)]))
    );
    for wrong in ["", ".", "a.", "a..b", "a[", "a[x]", "a['b]", "a[-1]", "a b", "object.", "['a'", "[0]b"] {
        let (at, _) = wrong.parse::<Field>().expect_err(wrong);
        assert!(at.start <= wrong.len(), "{wrong}: {at:?}");
    }
}
