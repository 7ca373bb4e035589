//! A node of a document: its value as kubectl types it, and where it stands.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::cook;
use super::doc::Doc;
use super::scalar::{self, Typed};
use super::tree::{Kind, RawNode, Tag, flag};
use crate::source::Span;

/// A value in a document, or a mapping's key. Cheap to copy.
///
/// Aliases are seen through: a node is the text where the value is written, and
/// [`alias_span`](Self::alias_span) says where it is used.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    pub(super) doc: &'a Doc,
    pub(super) index: u32,
    /// The alias or `<<` key that it was reached through.
    pub(super) via: Option<Via>,
}

/// Index of an alias or a `<<` key, never 0: the root is neither.
pub(super) type Via = std::num::NonZeroU32;

/// What kubectl reads.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`, `~`, or nothing.
    Null,
    /// `true`, and `yes`, `on`, `y` and their like.
    Bool(bool),
    /// A whole number, however it is written (`1.0`, `017` and `1e3` are).
    Int(i64),
    /// A whole number that is too large for [`Value::Int`].
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// A string.
    Str(Cow<'a, str>),
    /// A mapping.
    Map,
    /// A list.
    Seq,
}

impl PartialEq for Node<'_> {
    /// The same node of the same document, however it was reached.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.doc, other.doc) && self.index == other.index
    }
}

impl Eq for Node<'_> {}

impl std::fmt::Debug for Node<'_> {
    /// Never prints values: they may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let raw = self.raw();
        write!(f, "Node({:?} {}..{})", raw.kind, raw.start, raw.end)
    }
}

impl<'a> Node<'a> {
    pub(super) fn plain(doc: &'a Doc, index: u32) -> Self {
        Self { doc, index, via: None }
    }

    /// The node at `index`, seen through if it is an alias; null if that leads nowhere.
    pub(super) fn follow(doc: &'a Doc, mut index: u32, mut via: Option<Via>) -> Self {
        // An alias cannot be anchored, so one step is enough.
        if doc.tree.node(index).kind == Kind::Alias
            && let Some(target) = doc.tree.target(index)
        {
            via = via.or(Via::new(index));
            index = target;
        }
        Self { doc, index, via }
    }

    pub(super) fn raw(self) -> &'a RawNode {
        self.doc.tree.node(self.index)
    }

    /// The value, typed as kubectl types it. Mapping keys are strings there, whatever they look like.
    #[must_use]
    pub fn value(self) -> Value<'a> {
        let raw = self.raw();
        match raw.kind {
            Kind::Map => return Value::Map,
            Kind::Seq => return Value::Seq,
            _ if raw.flags & flag::KEY != 0 => return Value::Str(self.key()),
            _ => {}
        }
        match self.typed() {
            Typed::Null => Value::Null,
            Typed::Bool(bool) => Value::Bool(bool),
            Typed::Int(int) => Value::Int(int),
            Typed::Uint(uint) => Value::Uint(uint),
            Typed::Float(float) => whole(float).map_or(Value::Float(float), Value::Int),
            Typed::Str => Value::Str(self.string()),
        }
    }

    /// The string, if kubectl reads one.
    #[must_use]
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        match self.value() {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar of any type, as it is meant (`yes` stays `yes`, `!!binary` is decoded); `None` for mappings,
    /// lists and null.
    #[must_use]
    pub fn text(self) -> Option<Cow<'a, str>> {
        (self.is_scalar() && !self.is_null()).then(|| self.string())
    }

    /// The boolean, if kubectl reads one.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.value() {
            Value::Bool(bool) => Some(bool),
            _ => None,
        }
    }

    /// The whole number, if kubectl reads one.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        match self.value() {
            Value::Int(int) => Some(int),
            _ => None,
        }
    }

    /// Is it a mapping?
    #[must_use]
    pub fn is_map(self) -> bool {
        self.raw().kind == Kind::Map
    }

    /// Is it a list?
    #[must_use]
    pub fn is_seq(self) -> bool {
        self.raw().kind == Kind::Seq
    }

    /// Is it null, written or not?
    #[must_use]
    pub fn is_null(self) -> bool {
        let is_key = self.raw().flags & flag::KEY != 0;
        !is_key && self.is_scalar() && matches!(self.typed(), Typed::Null)
    }

    /// Is it neither a mapping nor a list? Null is a scalar.
    #[must_use]
    pub fn is_scalar(self) -> bool {
        !self.is_map() && !self.is_seq()
    }

    /// The items of a list; none for anything else.
    pub fn items(self) -> impl Iterator<Item = Node<'a>> {
        let node = self;
        self.is_seq()
            .then(|| self.doc.tree.children(self.index))
            .into_iter()
            .flatten()
            .map(move |index| Node::follow(node.doc, index, node.via))
    }

    /// Where the value is written: scalars with their quotes, block collections from the first child to the end of
    /// the last, `{}` and `[]` with their brackets. Empty for a value that is not written.
    #[must_use]
    pub fn span(self) -> Span {
        let raw = self.raw();
        Span { file: self.doc.file, start: raw.start, end: raw.end }
    }

    /// The alias (`*x`) or merge key (`<<`) that this node was reached through, if any: the outermost.
    #[must_use]
    pub fn alias_span(self) -> Option<Span> {
        let raw = self.doc.tree.node(self.via?.get());
        Some(Span { file: self.doc.file, start: raw.start, end: raw.end })
    }

    /// The document.
    #[must_use]
    pub fn doc(self) -> &'a Doc {
        self.doc
    }

    pub(super) fn typed(self) -> Typed {
        let raw = self.raw();
        match raw.kind {
            Kind::Map | Kind::Seq => Typed::Str,
            _ if raw.flags & flag::TAG != 0 => {
                let tag = self.doc.tree.tag(self.index).unwrap_or(Tag::Other);
                scalar::resolve_tagged(tag, &self.cooked()).unwrap_or(Typed::Str)
            }
            Kind::Empty | Kind::Alias => Typed::Null,
            Kind::Plain if raw.flags & flag::TYPED != 0 => scalar::resolve(&self.cooked()),
            _ => Typed::Str,
        }
    }

    pub(super) fn cooked(self) -> Cow<'a, str> {
        cook::cook(&self.doc.text, self.raw(), self.doc.span.end as usize)
    }

    /// The string that kubectl reads where the type is a string.
    fn string(self) -> Cow<'a, str> {
        let cooked = self.cooked();
        if self.raw().flags & flag::TAG == 0 || self.doc.tree.tag(self.index) != Some(Tag::Binary) {
            return cooked;
        }
        match decode_binary(&cooked) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
            None => cooked,
        }
    }

    /// As a mapping's key: what kubectl's JSON has there.
    #[must_use]
    pub fn key(self) -> Cow<'a, str> {
        let raw = self.raw();
        if raw.flags & (flag::TYPED | flag::TAG) == 0 {
            return self.cooked();
        }
        match self.typed() {
            Typed::Str => self.string(),
            typed => scalar::key_text(typed).map_or_else(|| self.cooked(), Cow::Owned),
        }
    }
}

/// `!!binary`: base64 as Go's decoder takes it, line breaks ignored.
pub(super) fn decode_binary(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.chars().filter(|char| !matches!(char, '\n' | '\r')).collect();
    STANDARD.decode(compact).ok()
}

/// Between kubectl's reader and the API server stands JSON, where `1.0` is `1`.
fn whole(float: f64) -> Option<i64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0 * 1024.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range of i64")]
    (float.fract() == 0.0 && float.abs() < LIMIT).then_some(float as i64)
}
