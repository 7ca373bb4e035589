//! Trees whose nodes know where they were written and what they replaced.
//!
//! A write keeps what it replaces, so that a replay with a wrong order or merge key still finds the right place. The
//! module knows nothing of kustomize.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::budget::{Budget, DEPTH};
use crate::source::Span;
use crate::yaml;

/// A string that many nodes may share.
pub(super) type Text = Arc<str>;

/// The entries of a mapping. Kustomize prints them sorted.
pub(super) type Map = BTreeMap<Text, Node>;

/// The content of a node, typed as kustomize types it (YAML 1.2 words, YAML 1.1 numbers).
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(Text),
    /// What a file holds that is not text.
    Opaque,
    Map(Map),
    List(Vec<Node>),
}

/// A place that took part, and how.
pub(super) type Note = (Span, &'static str);

/// A value and its history. Whole trees are copied by [`Node::copy`] only, which spends budget for it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    /// Where the value is written.
    pub(super) at: Span,
    /// Where its key is written; an item of a list has none, then this is [`Node::at`].
    pub(super) key: Span,
    /// What stood there before, oldest first, with what that had replaced.
    pub(super) old: Vec<Node>,
    /// Other places that made it.
    pub(super) also: Vec<Note>,
}

impl Node {
    pub(super) fn new(value: Value, at: Span, key: Span) -> Self {
        Self { value, at, key, old: Vec::new(), also: Vec::new() }
    }

    pub(super) fn of_text(text: &str, at: Span, key: Span) -> Self {
        Self::new(Value::Text(text.into()), at, key)
    }

    pub(super) fn map(at: Span, key: Span) -> Self {
        Self::new(Value::Map(Map::new()), at, key)
    }

    /// A tree of a document; `place` says where the bytes of the document really stand.
    pub(super) fn from_yaml(
        node: yaml::Node<'_>,
        key: Option<Span>,
        place: &dyn Fn(Span) -> Span,
        budget: &Budget,
    ) -> Self {
        let at = place(node.span());
        let key = key.unwrap_or(at);
        if !budget.spend(1) {
            return Self::new(Value::Null, at, key);
        }
        let value = if node.is_map() {
            let entries = node.entries().map(|entry| {
                let name = entry.key.text().unwrap_or_default();
                (
                    name.as_ref().into(),
                    Self::from_yaml(entry.value, Some(place(entry.key.span())), place, budget),
                )
            });
            Value::Map(entries.collect())
        } else if node.is_seq() {
            Value::List(node.items().map(|item| Self::from_yaml(item, None, place, budget)).collect())
        } else {
            Value::of(node)
        };
        Self::new(value, at, key)
    }

    /// The same without its history; null where the budget ends.
    pub(super) fn copy(&self, budget: &Budget) -> Self {
        let value = match &self.value {
            _ if !budget.spend(1) => Value::Null,
            Value::Map(map) => {
                Value::Map(map.iter().map(|(key, node)| (key.clone(), node.copy(budget))).collect())
            }
            Value::List(items) => Value::List(items.iter().map(|item| item.copy(budget)).collect()),
            scalar => scalar.clone(),
        };
        Self { value, at: self.at, key: self.key, old: Vec::new(), also: self.also.clone() }
    }

    /// Puts `new` in its place.
    pub(super) fn replace(&mut self, mut new: Self) {
        let mut before = std::mem::replace(self, Self::new(Value::Null, new.at, new.key));
        new.old = std::mem::take(&mut before.old);
        new.old.push(before);
        *self = new;
    }

    /// Is it deeper than trees may be?
    pub(super) fn is_too_deep(&self, above: usize, budget: &Budget) -> bool {
        if above > DEPTH || !budget.spend(1) {
            return true;
        }
        match &self.value {
            Value::Map(map) => map.values().any(|node| node.is_too_deep(above + 1, budget)),
            Value::List(items) => items.iter().any(|node| node.is_too_deep(above + 1, budget)),
            _ => false,
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        self.as_map_mut()?.get_mut(key)
    }

    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    pub(super) fn at_mut(&mut self, path: &[&str]) -> Option<&mut Self> {
        path.iter().try_fold(self, |node, key| node.get_mut(key))
    }

    pub(super) fn as_map(&self) -> Option<&Map> {
        if let Value::Map(map) = &self.value { Some(map) } else { None }
    }

    pub(super) fn as_map_mut(&mut self) -> Option<&mut Map> {
        if let Value::Map(map) = &mut self.value { Some(map) } else { None }
    }

    pub(super) fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// The items of the list under a key.
    pub(super) fn list(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }

    /// The text of a scalar that is not null.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        self.value.text()
    }

    /// The text of the scalar at the end of a path.
    pub(super) fn text_at(&self, path: &[&str]) -> Option<Cow<'_, str>> {
        self.at(path)?.text()
    }

    /// The text under a key, if it is not empty.
    pub(super) fn field(&self, key: &str) -> Option<Cow<'_, str>> {
        self.get(key)?.text().filter(|text| !text.is_empty())
    }

    pub(super) fn is_text(&self, key: &str, text: &str) -> bool {
        self.get(key).and_then(Self::text).is_some_and(|own| own == text)
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        self.is_text(key, "true")
    }

    /// Sets an entry of a mapping, with the history of what stood there.
    pub(super) fn set(&mut self, key: &str, new: Self) {
        let Some(map) = self.as_map_mut() else { return };
        match map.get_mut(key) {
            Some(before) => before.replace(new),
            None => {
                map.insert(key.into(), new);
            }
        }
    }
}

impl Value {
    /// As `go.yaml.in/yaml/v3` reads it: `yes` and `on` are strings, dates are moments.
    pub(super) fn of(node: yaml::Node<'_>) -> Self {
        match node.value() {
            yaml::Value::Null => Self::Null,
            yaml::Value::Bool(bool) => match node.text() {
                Some(text) if !matches!(&*text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE") => {
                    Self::Text(text.as_ref().into())
                }
                _ => Self::Bool(bool),
            },
            yaml::Value::Int(int) => Self::Int(int),
            yaml::Value::Uint(uint) => Self::Uint(uint),
            yaml::Value::Float(float) => Self::Float(float),
            yaml::Value::Str(text) => {
                let written = node.doc().text.as_bytes().get(node.span().start as usize);
                let timestamp = written.filter(|byte| byte.is_ascii_digit()).and_then(|_| timestamp(&text));
                let text = timestamp.as_deref().unwrap_or(&text);
                Self::Text(
                    if lacks_line_break(node) { text.strip_suffix('\n').unwrap_or(text) } else { text }
                        .into(),
                )
            }
            yaml::Value::Map => Self::Map(Map::new()),
            yaml::Value::Seq => Self::List(Vec::new()),
        }
    }

    pub(super) fn is_scalar(&self) -> bool {
        !matches!(self, Self::Map(_) | Self::List(_))
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Two mappings, two lists or two scalars?
    pub(super) fn is_same_shape(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Map(_), Self::Map(_)) | (Self::List(_), Self::List(_)) => true,
            _ => self.is_scalar() && other.is_scalar(),
        }
    }

    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Bool(bool) => Some(if *bool { "true" } else { "false" }.into()),
            Self::Int(int) => Some(int.to_string().into()),
            Self::Uint(uint) => Some(uint.to_string().into()),
            Self::Float(float) => Some(float.to_string().into()),
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Null | Self::Opaque | Self::Map(_) | Self::List(_) => None,
        }
    }
}

/// A block scalar at the end of a text without a last line break has none either; kubectl gives it one.
fn lacks_line_break(node: yaml::Node<'_>) -> bool {
    let (text, span) = (&node.doc().text, node.span().range());
    span.end == text.len() && text[span].starts_with(['|', '>'])
}

/// A plain date as kustomize prints it.
fn timestamp(text: &str) -> Option<String> {
    let (date, time) = text.split_once([' ', 't']).unwrap_or((text, ""));
    let mut parts = date.splitn(3, '-');
    let mut number = |width: usize| {
        let part = parts.next()?;
        (!part.is_empty() && part.len() <= width).then(|| part.parse::<u16>().ok())?
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    let plausible = year >= 1000 && (1..=12).contains(&month) && (1..=31).contains(&day);
    let clock =
        if time.is_empty() { "00:00:00Z".to_owned() } else { format!("{}Z", time.trim_end_matches('Z')) };
    plausible.then(|| format!("{year:04}-{month:02}-{day:02}T{clock}"))
}
