//! Mappings as kubectl sees them: merge keys resolved, the last of equal keys.

use std::borrow::Cow;
use std::collections::HashMap;

use super::doc::Doc;
use super::node::{Node, Via};
use super::tree::{Kind, flag};

/// A key and its value.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The key; its value is always a string.
    pub key: Node<'a>,
    /// The value.
    pub value: Node<'a>,
}

impl<'a> Node<'a> {
    /// The value under `key`, as kubectl sees the mapping (see [`entries`](Self::entries)).
    ///
    /// `None` if this is no mapping or has no such key; a null value is a null node.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        self.entry(key).map(|entry| entry.value)
    }

    /// The key and value under `key`; see [`get`](Self::get).
    #[must_use]
    pub fn entry(self, key: &str) -> Option<Entry<'a>> {
        find(self, key)
    }

    /// The value at the end of a path of keys.
    #[must_use]
    pub fn at(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Every value at the end of a path of keys, where `*` is each item of a list.
    #[must_use]
    pub fn all_at(self, path: &[&str]) -> Vec<Self> {
        path.iter().fold(vec![self], |at, step| match *step {
            "*" => at.into_iter().flat_map(Self::items).collect(),
            key => at.into_iter().filter_map(|node| node.get(key)).collect(),
        })
    }

    /// The entries of a mapping as kubectl sees them, in the order of writing; none for anything else.
    ///
    /// Merge keys are resolved: what a `<<` brings stands at its place, and of equal keys the last wins, even if that
    /// one came from a merge (so does kubectl's reader). Of duplicate keys the last is given.
    pub fn entries(self) -> impl Iterator<Item = Entry<'a>> {
        let is_plain = self.raw().flags & (flag::MERGE | flag::DUPLICATES) == 0;
        let written = (self.is_map() && is_plain).then(|| pairs(self));
        let merged = (self.is_map() && !is_plain).then(|| merged(self));
        written.into_iter().flatten().chain(merged.into_iter().flatten())
    }
}

impl<'a> Node<'a> {
    /// The entries of a mapping as they are written: each of those that have the same key, and `<<` as a key.
    pub fn written(self) -> impl Iterator<Item = Entry<'a>> {
        self.is_map().then(|| pairs(self)).into_iter().flatten()
    }
}

/// A mapping's pairs as they are written, `<<` among them.
fn pairs(map: Node<'_>) -> impl Iterator<Item = Entry<'_>> {
    let mut children = map.doc.tree.children(map.index);
    let follow = move |index| Node::follow(map.doc, index, map.via);
    std::iter::from_fn(move || Some(Entry { key: follow(children.next()?), value: follow(children.next()?) }))
}

fn is_merge(key: Node<'_>) -> bool {
    key.raw().flags & flag::MERGE != 0 && key.raw().kind != Kind::Map
}

/// The mappings that a `<<` brings, in the order in which kubectl applies them: of a list, the first comes last.
fn sources<'a>(merge: &Entry<'a>) -> Vec<Node<'a>> {
    let value = Node { via: merge.key.via.or(Via::new(merge.key.index)), ..merge.value };
    if value.is_map() {
        return vec![value];
    }
    let mut maps: Vec<_> = value.items().filter(|item| item.is_map()).collect();
    maps.reverse();
    maps
}

fn merged(map: Node<'_>) -> Vec<Entry<'_>> {
    let mut all = Vec::new();
    collect(map, &mut all);
    let mut last: HashMap<Cow<'_, str>, usize> = HashMap::with_capacity(all.len());
    for (index, entry) in all.iter().enumerate() {
        last.insert(entry.key.key(), index);
    }
    let wins = |&(index, entry): &(usize, &Entry<'_>)| last.get(&entry.key.key()) == Some(&index);
    all.iter().enumerate().filter(wins).map(|(_, &entry)| entry).collect()
}

fn collect<'a>(map: Node<'a>, all: &mut Vec<Entry<'a>>) {
    for entry in pairs(map) {
        if is_merge(entry.key) {
            for source in sources(&entry) {
                collect(source, all);
            }
        } else {
            all.push(entry);
        }
    }
}

/// The entry under `wanted`; see [`Node::entry`].
fn find<'a>(map: Node<'a>, wanted: &str) -> Option<Entry<'a>> {
    if !map.is_map() {
        return None;
    }
    if map.raw().flags & (flag::MERGE | flag::DUPLICATES) == 0 {
        let mut children = map.doc.tree.children(map.index);
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            if is_key(map.doc, key, wanted) {
                let follow = |index| Node::follow(map.doc, index, map.via);
                return Some(Entry { key: follow(key), value: follow(value) });
            }
        }
        return None;
    }
    let mut found = None;
    for entry in pairs(map) {
        if is_merge(entry.key) {
            for source in sources(&entry) {
                found = find(source, wanted).or(found);
            }
        } else if entry.key.key() == wanted {
            found = Some(entry);
        }
    }
    found
}

/// Is this the key at `index`? Most keys are plain text, and most of those have another length.
fn is_key(doc: &Doc, index: u32, wanted: &str) -> bool {
    let raw = doc.tree.node(index);
    if raw.kind == Kind::Plain && raw.flags & (flag::COOK | flag::TYPED | flag::TAG) == 0 {
        return (raw.end - raw.start) as usize == wanted.len()
            && doc.text.as_bytes()[raw.start as usize..raw.end as usize] == *wanted.as_bytes();
    }
    Node::follow(doc, index, None).key() == wanted
}
