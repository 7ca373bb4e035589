//! Walks over whole values: JSON, equality, hash.
//!
//! They may recurse and expand aliases freely: `check` keeps a document's depth and expanded size within bounds.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;

use serde_json::Number;

use super::entries::Entry;
use super::node::{Node, Value};

impl Node<'_> {
    /// Do both say the same to kubectl? The order of keys does not matter.
    #[must_use]
    pub fn content_eq(self, other: Node<'_>) -> bool {
        match (self.value(), other.value()) {
            (Value::Map, Value::Map) => {
                let (one, other) = (sorted(self), sorted(other));
                let same = |((key, a), (other, b)): ((_, Entry<'_>), (_, Entry<'_>))| {
                    key == other && a.value.content_eq(b.value)
                };
                one.len() == other.len() && one.into_iter().zip(other).all(same)
            }
            (Value::Seq, Value::Seq) => {
                let same = |(a, b): (Node<'_>, Node<'_>)| a.content_eq(b);
                self.items().count() == other.items().count() && self.items().zip(other.items()).all(same)
            }
            (Value::Float(one), Value::Float(other)) => one.to_bits() == other.to_bits(),
            (one, other) => one == other,
        }
    }

    /// A hash of what it says to kubectl: equal for [equal](Self::content_eq) content, on every machine.
    #[must_use]
    pub fn content_hash(self) -> u64 {
        if self.index == 0 { *self.doc.hash.get_or_init(|| self.hash_content()) } else { self.hash_content() }
    }

    fn hash_content(self) -> u64 {
        // `DefaultHasher::new` has fixed keys; bytes are fed in a fixed order.
        let mut hasher = DefaultHasher::new();
        let mut feed = |tag: u8, bytes: &[u8]| {
            hasher.write(&[tag]);
            hasher.write(&(bytes.len() as u64).to_le_bytes());
            hasher.write(bytes);
        };
        match self.value() {
            Value::Null => feed(0, &[]),
            Value::Bool(bool) => feed(1, &[u8::from(bool)]),
            Value::Int(int) => feed(2, &int.to_le_bytes()),
            Value::Uint(uint) => feed(3, &uint.to_le_bytes()),
            Value::Float(float) => feed(4, &float.to_bits().to_le_bytes()),
            Value::Str(text) => feed(5, text.as_bytes()),
            Value::Map => {
                let mut sum = 0u64;
                for entry in self.entries() {
                    let mut pair = DefaultHasher::new();
                    pair.write(entry.key.key().as_bytes());
                    pair.write(&entry.value.content_hash().to_le_bytes());
                    sum = sum.wrapping_add(pair.finish());
                }
                feed(6, &sum.to_le_bytes());
            }
            Value::Seq => {
                for item in self.items() {
                    feed(7, &item.content_hash().to_le_bytes());
                }
                feed(8, &[]);
            }
        }
        hasher.finish()
    }
}

/// The value as the JSON that kubectl makes of it. What JSON cannot say (`.inf`, `.nan`) is null.
#[must_use]
pub fn to_json(node: Node<'_>) -> serde_json::Value {
    use serde_json::Value as Json;
    match node.value() {
        Value::Null => Json::Null,
        Value::Bool(bool) => Json::Bool(bool),
        Value::Int(int) => Json::Number(int.into()),
        Value::Uint(uint) => Json::Number(uint.into()),
        Value::Float(float) => Number::from_f64(float).map_or(Json::Null, Json::Number),
        Value::Str(text) => Json::String(text.into_owned()),
        Value::Map => Json::Object(
            node.entries().map(|entry| (entry.key.key().into_owned(), to_json(entry.value))).collect(),
        ),
        Value::Seq => Json::Array(node.items().map(to_json).collect()),
    }
}

fn sorted(map: Node<'_>) -> Vec<(std::borrow::Cow<'_, str>, Entry<'_>)> {
    let mut entries: Vec<_> = map.entries().map(|entry| (entry.key.key(), entry)).collect();
    entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    entries
}
