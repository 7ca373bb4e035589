//! The values of an Application as they count: placeholders filled, patches applied, each with where it is written.

use std::collections::BTreeMap;

use serde_json::Value;

use super::go_template::UNKNOWN;
use super::template::{Filled, Reading};
use crate::source::Span;
use crate::yaml::{self, Node, to_json};

/// A value with where it is written.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    at: Span,
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Shape {
    /// As JSON, and as it is written.
    Scalar(Value, String),
    /// A text with a placeholder that nothing here fills: as it is written, and its value as far as it is known.
    Open(String, Option<String>),
    List(Vec<Setting>),
    Map(BTreeMap<String, Setting>),
}

impl Setting {
    /// What a node says, with its placeholders filled.
    pub(super) fn of(node: Node<'_>, reading: Reading<'_>) -> Self {
        Self::read(node, reading, None)
    }

    /// The same for a text that stands in another: all of it is written there.
    pub(super) fn inside(node: Node<'_>, at: Span) -> Self {
        Self::read(node, Reading::Written, Some(at))
    }

    fn read(node: Node<'_>, reading: Reading<'_>, around: Option<Span>) -> Self {
        let read = |node| Self::read(node, reading, around);
        let shape = if node.is_map() {
            let name = |key: Node<'_>| reading.fill(&key.key());
            Shape::Map(node.entries().map(|entry| (name(entry.key), read(entry.value))).collect())
        } else if node.is_seq() {
            Shape::List(node.items().map(read).collect())
        } else {
            match node.as_str().map(|text| reading.filled(&text)) {
                Some(Filled::Whole(text)) => Shape::Scalar(text.clone().into(), text),
                Some(Filled::Part(known)) => Shape::Open(node.text().unwrap_or_default().into(), known),
                None => Shape::Scalar(to_json(node), node.text().unwrap_or_default().into()),
            }
        };
        Self { at: around.unwrap_or(node.span()), shape }
    }

    /// Where it is written.
    pub(super) fn span(&self) -> Span {
        self.at
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        if let Shape::Map(entries) = &self.shape { entries.get(key) } else { None }
    }

    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |setting, key| setting.get(key))
    }

    /// The entries of a mapping; none for anything else.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let entries = if let Shape::Map(entries) = &self.shape { Some(entries) } else { None };
        entries.into_iter().flatten().map(|(key, value)| (key.as_str(), value))
    }

    /// The items of a list; none for anything else.
    pub(super) fn items(&self) -> std::slice::Iter<'_, Self> {
        if let Shape::List(items) = &self.shape { items.iter() } else { [].iter() }
    }

    /// The items of the list under a key.
    pub(super) fn list(&self, key: &str) -> std::slice::Iter<'_, Self> {
        self.get(key).map_or([].iter(), Self::items)
    }

    /// The text of a scalar, with its placeholders where they are not filled; none for mappings, lists and null.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar(Value::Null, _) | Shape::List(_) | Shape::Map(_) => None,
            Shape::Scalar(_, text) | Shape::Open(text, _) => Some(text),
        }
    }

    /// The text under a key, if it is not empty.
    pub(super) fn field(&self, key: &str) -> Option<(&str, Span)> {
        let field = self.get(key)?;
        Some((field.text().filter(|text| !text.is_empty())?, field.at))
    }

    /// Whether `true` is under a key.
    pub(super) fn is_true(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Self { shape: Shape::Scalar(Value::Bool(true), _), .. }))
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.shape, Shape::Scalar(Value::Null, _))
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.shape, Shape::Map(_))
    }

    /// Whether it holds a placeholder that nothing here fills.
    pub(super) fn is_open(&self) -> bool {
        match &self.shape {
            Shape::Scalar(..) => false,
            Shape::Open(..) => true,
            Shape::List(items) => items.iter().any(Self::is_open),
            Shape::Map(entries) => entries.values().any(Self::is_open),
        }
    }

    /// As JSON, without what is not known; none where nothing is.
    pub(super) fn known(&self) -> Option<Value> {
        Some(match &self.shape {
            Shape::Scalar(value, _) => value.clone(),
            Shape::Open(..) => return None,
            Shape::List(items) => items.iter().filter_map(Self::known).collect(),
            Shape::Map(entries) => {
                let known = entries.iter().filter_map(|(key, value)| Some((key.clone(), value.known()?)));
                Value::Object(known.collect())
            }
        })
    }

    /// The text of value files, without what is not known; none where nothing is.
    pub(super) fn known_values(&self) -> Option<String> {
        match &self.shape {
            Shape::Scalar(Value::String(text), _) => Some(text.clone()),
            Shape::Open(_, known) => {
                let known = known.as_ref()?;
                let (doc, _) = yaml::parse(self.at.file, known.as_str(), 0..known.len());
                let values = Self::inside(doc.root().filter(|_| !doc.broken)?, self.at);
                Some(without_unknown(values.known()?)?.to_string())
            }
            _ => Some(self.known()?.to_string()),
        }
    }

    /// Applies a merge patch (RFC 7386): null removes, lists are replaced.
    pub(super) fn patch(&mut self, patch: &Self) {
        let Shape::Map(new) = &patch.shape else {
            *self = patch.clone();
            return;
        };
        if !self.is_map() {
            *self = Self { at: patch.at, shape: Shape::Map(BTreeMap::new()) };
        }
        let Shape::Map(entries) = &mut self.shape else { return };
        for (key, value) in new {
            if value.is_null() {
                entries.remove(key);
            } else if let Some(before) = entries.get_mut(key) {
                before.patch(value);
            } else {
                entries.insert(key.clone(), value.clone());
            }
        }
    }

    /// Takes from `base` what it does not say itself (Go `mergo.Merge`): empty values say nothing.
    pub(super) fn complete(&mut self, base: &Self) {
        if self.is_empty() {
            *self = base.clone();
        }
        if let (Shape::Map(entries), Shape::Map(others)) = (&mut self.shape, &base.shape) {
            for (key, value) in others {
                match entries.get_mut(key) {
                    Some(own) => own.complete(value),
                    None => _ = entries.insert(key.clone(), value.clone()),
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        match &self.shape {
            Shape::Scalar(value, _) => matches!(value, Value::Null | Value::Bool(false)) || value == "",
            Shape::Open(..) => false,
            Shape::List(items) => items.is_empty(),
            Shape::Map(entries) => entries.is_empty(),
        }
    }

    /// Puts a value under a key, or removes what is there.
    pub(super) fn set(&mut self, key: &str, value: Option<Self>) {
        let Shape::Map(entries) = &mut self.shape else { return };
        match value {
            Some(value) => _ = entries.insert(key.to_owned(), value),
            None => _ = entries.remove(key),
        }
    }
}

/// A value without the texts that hold [`UNKNOWN`].
fn without_unknown(value: Value) -> Option<Value> {
    Some(match value {
        Value::String(text) if text.contains(UNKNOWN) => return None,
        Value::Array(items) => items.into_iter().filter_map(without_unknown).collect(),
        Value::Object(entries) => {
            let entries = entries.into_iter().filter(|(key, _)| !key.contains(UNKNOWN));
            let known = entries.filter_map(|(key, value)| Some((key, without_unknown(value)?)));
            Value::Object(known.collect())
        }
        value => value,
    })
}
