//! What may stand in a file that a person writes for us (settings, exceptions): keys, their types and their meaning.
//!
//! One table serves the check of the text, with a place for each mistake, and the published JSON schema.

use std::borrow::Cow;

use jiff::civil::Date;
use serde_json::{Value as Json, json};

use crate::catalog::pattern::Patterns;
use crate::catalog::{hint, nearest};
use crate::source::{FileId, Span};
use crate::yaml::{Entry, Node, Problem, Value};

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Any text that is not empty.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number, 0 or more.
    Whole,
    /// A day as `2027-01-31`.
    Date,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One text or a list of them.
    Texts,
    /// One pattern or a list of them, see [`Patterns`].
    Patterns,
    /// A list of values of one shape.
    List(&'static Shape),
    /// A mapping whose keys the user chooses.
    Map(&'static Shape),
    /// A mapping with known keys.
    Record(&'static [Key]),
    /// Checked by its reader, as it depends on the rules that there are.
    Rules,
}

/// A key of a [`Shape::Record`].
#[derive(Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What its value may be.
    pub shape: Shape,
    /// What it does, for the schema.
    pub meaning: &'static str,
    /// Whether it must be there.
    pub required: bool,
}

impl Key {
    /// A key that may be left out.
    #[must_use]
    pub const fn new(name: &'static str, shape: Shape, meaning: &'static str) -> Self {
        Self { name, shape, meaning, required: false }
    }

    /// A key that must be there.
    #[must_use]
    pub const fn required(name: &'static str, shape: Shape, meaning: &'static str) -> Self {
        Self { name, shape, meaning, required: true }
    }
}

/// Something that is wrong in a file that the user wrote for us.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Where.
    pub span: Span,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Mistake {
    /// A mistake at a place.
    #[must_use]
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }

    /// What the reader of YAML stumbled over in a document: a key that is there twice, too.
    #[must_use]
    pub fn of_yaml(file: FileId, problem: &Problem) -> Self {
        Self::new(Span::new(file, problem.start, problem.end), problem.message.clone())
    }
}

/// Compares a value with a shape. `name` is how the value is called in messages.
pub fn check(node: Node<'_>, shape: Shape, name: &str, mistakes: &mut Vec<Mistake>) {
    let mut wrong = |message: String| mistakes.push(Mistake::new(node.span(), message));
    match shape {
        Shape::Text if node.text().is_some_and(|text| !text.trim().is_empty()) => {}
        Shape::Text => wrong(format!("{name} is a text, not {}", seen(node))),
        Shape::Flag if node.as_bool().is_some() => {}
        Shape::Flag => wrong(format!("{name} is `true` or `false`, not {}", seen(node))),
        Shape::Whole if node.as_i64().is_some_and(|number| number >= 0) => {}
        Shape::Whole => wrong(format!("{name} is a whole number, 0 or more, not {}", seen(node))),
        Shape::Date if node.text().is_some_and(|text| text.parse::<Date>().is_ok()) => {}
        Shape::Date => wrong(format!("{name} is a day as `2027-01-31`, not {}", seen(node))),
        Shape::Word(words) => match node.text() {
            Some(text) if words.contains(&&*text) => {}
            text => wrong(unknown_word(name, text.as_deref(), node, words)),
        },
        Shape::Texts | Shape::Patterns => texts(node, shape, name, mistakes),
        Shape::List(each) if node.is_seq() => {
            for item in node.items() {
                check(item, *each, &format!("an item of {name}"), mistakes);
            }
        }
        Shape::List(_) => wrong(format!("{name} is a list, not {}", seen(node))),
        Shape::Map(each) if node.is_map() => {
            for entry in node.entries() {
                check(entry.value, *each, &format!("`{}` of {name}", entry.key.key()), mistakes);
            }
        }
        Shape::Record(keys) if node.is_map() => record(node, keys, name, mistakes),
        Shape::Rules if node.is_map() => {}
        Shape::Map(_) | Shape::Record(_) | Shape::Rules => {
            wrong(format!("{name} is a mapping, not {}", seen(node)));
        }
    }
}

fn texts(node: Node<'_>, shape: Shape, name: &str, mistakes: &mut Vec<Mistake>) {
    let items: Vec<Node<'_>> = if node.is_seq() { node.items().collect() } else { vec![node] };
    for item in items {
        let message = match item.text().filter(|text| !text.trim().is_empty()) {
            None => format!("{name} is a text or a list of texts, not {}", seen(item)),
            Some(text) if matches!(shape, Shape::Patterns) => match Patterns::error(&text) {
                Some(reason) => format!("`{text}` is no pattern: {reason}"),
                None => continue,
            },
            Some(_) => continue,
        };
        mistakes.push(Mistake::new(item.span(), message));
    }
}

fn record(node: Node<'_>, keys: &[Key], name: &str, mistakes: &mut Vec<Mistake>) {
    for entry in node.entries() {
        let written = entry.key.key();
        match keys.iter().find(|key| key.name == written) {
            // A key without a value is as if it were not there.
            Some(key) if entry.value.is_null() && !key.required => {}
            Some(key) => check(entry.value, key.shape, &format!("`{written}`"), mistakes),
            None => mistakes.push(unknown_key(entry, name, keys.iter().map(|key| key.name))),
        }
    }
    for key in keys.iter().filter(|key| key.required && node.get(key.name).is_none()) {
        mistakes.push(Mistake::new(node.span(), format!("{name} needs `{}`: {}", key.name, key.meaning)));
    }
}

/// A key that nobody reads.
pub(super) fn unknown_key<'k>(entry: Entry<'_>, of: &str, known: impl Iterator<Item = &'k str>) -> Mistake {
    let written = entry.key.key();
    let known: Vec<&str> = known.collect();
    let help = hint(&written, &known);
    Mistake::new(entry.key.span(), format!("`{written}` is no key of {of}; {help}"))
}

fn unknown_word(name: &str, written: Option<&str>, node: Node<'_>, words: &[&str]) -> String {
    let meant = written.and_then(|text| nearest(text, words.iter().map(|word| (*word).to_owned())));
    let help = match meant {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None => String::new(),
    };
    format!("{name} is one of {}, not {}{help}", listed(words), seen(node))
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// A value as a message names it.
#[must_use]
pub fn seen(node: Node<'_>) -> Cow<'static, str> {
    const LONGEST: usize = 40;
    match node.value() {
        Value::Null => "nothing".into(),
        Value::Map => "a mapping".into(),
        Value::Seq => "a list".into(),
        _ => match node.text().unwrap_or_default() {
            text if text.is_empty() => "an empty text".into(),
            text if text.chars().count() > LONGEST => "a long text".into(),
            text => format!("`{text}`").into(),
        },
    }
}

/// The JSON schema of a shape; `rules` is that of [`Shape::Rules`].
#[must_use]
pub(super) fn schema(shape: Shape, rules: &Json) -> Json {
    let text = json!({"type": "string", "minLength": 1});
    match shape {
        Shape::Text => text,
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Whole => json!({"type": "integer", "minimum": 0}),
        Shape::Date => json!({"type": "string", "format": "date"}),
        Shape::Word(words) => json!({"enum": words}),
        Shape::Texts | Shape::Patterns => json!({"anyOf": [text, {"type": "array", "items": text}]}),
        Shape::List(each) => json!({"type": "array", "items": schema(*each, rules)}),
        Shape::Map(each) => json!({"type": "object", "additionalProperties": schema(*each, rules)}),
        Shape::Record(keys) => {
            let properties: serde_json::Map<String, Json> = keys
                .iter()
                .map(|key| {
                    let mut property = schema(key.shape, rules);
                    property["description"] = key.meaning.into();
                    (key.name.to_owned(), property)
                })
                .collect();
            let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
            let mut record =
                json!({"type": "object", "additionalProperties": false, "properties": properties});
            if !required.is_empty() {
                record["required"] = json!(required);
            }
            record
        }
        Shape::Rules => rules.clone(),
    }
}
