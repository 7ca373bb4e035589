//! One document as others see it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::above::Above;
use super::node::Node;
use super::stretches::Stretches;
use super::tree::{Kind, Tree, flag};
use crate::source::{FileId, Span};

/// A document that was read, as far as it can be.
pub struct Doc {
    /// The file that its spans name.
    pub file: FileId,
    /// The whole text of that file.
    pub text: Arc<str>,
    /// The document's part of the text.
    pub span: Span,
    /// kubectl refuses this document: what is missing in it may only be unread.
    pub broken: bool,
    pub(super) tree: Tree,
    /// What stands above its nodes.
    pub(super) above: OnceLock<Above>,
    /// The hash of its content: see [`Node::content_hash`].
    pub(super) hash: OnceLock<u64>,
    /// YAML that stands in its scalars, by their first byte; see [`Node::embedded`].
    pub(super) embedded: Mutex<BTreeMap<u32, Arc<Vec<Doc>>>>,
    /// The texts of long scalars, by node; see [`Node::kept_text`].
    pub(super) kept: Mutex<BTreeMap<u32, Arc<Stretches>>>,
}

impl Doc {
    /// The top value; `None` for a document that holds none.
    #[must_use]
    pub fn root(&self) -> Option<Node<'_>> {
        (!self.tree.nodes.is_empty()).then(|| Node::plain(self, 0))
    }

    pub(super) fn above(&self) -> &Above {
        self.above.get_or_init(|| Above::of(&self.tree))
    }

    /// The values that are written at a place, from the outside in: a list of one item is where its item is.
    #[must_use]
    pub fn nodes(&self, at: Span) -> Vec<Node<'_>> {
        self.nodes_by_start(at).unwrap_or_else(|| self.nodes_from_above(at))
    }

    /// The same by where nodes begin, which takes no way through long lists; `None` where what is written is not what
    /// is read: around merge keys, and keys that stand twice.
    fn nodes_by_start(&self, at: Span) -> Option<Vec<Node<'_>>> {
        let nodes = &self.tree.nodes;
        let first = nodes.partition_point(|node| node.start < at.start);
        let beginning = (first..nodes.len()).take_while(|index| nodes[*index].start == at.start);
        let is_there = |index: &usize| nodes[*index].end == at.end && nodes[*index].kind != Kind::Alias;
        let found: Vec<usize> = beginning.filter(is_there).collect();
        let Some(&last) = found.last() else { return Some(Vec::new()) };
        // Each must hold the next, and a key is no value.
        let is_nested = found.windows(2).all(|pair| pair[1] < nodes[pair[0]].skip as usize);
        let mut above = Some(last as u32);
        while let Some(index) = above {
            let flags = self.tree.node(index).flags;
            if flags & (flag::KEY | flag::MERGE | flag::DUPLICATES) != 0 {
                return None;
            }
            above = self.above().parent(index);
        }
        is_nested.then(|| found.into_iter().map(|index| Node::plain(self, index as u32)).collect())
    }

    fn nodes_from_above(&self, at: Span) -> Vec<Node<'_>> {
        let mut found = Vec::new();
        let mut next = self.root();
        while let Some(node) = next {
            if node.span() == at {
                found.push(node);
            }
            let holds = |inner: &Node<'_>| inner.span().start <= at.start && at.end <= inner.span().end;
            next = node.entries().map(|entry| entry.value).chain(node.items()).find(holds);
        }
        found
    }

    /// The comments with their `#`, in order.
    pub fn comments(&self) -> impl Iterator<Item = (Span, &str)> {
        self.tree.comments.iter().map(|&(start, end)| {
            let range = start as usize..end as usize;
            (Span::new(self.file, range.start, range.end), self.text.get(range).unwrap_or_default())
        })
    }

    /// How many nodes the document has.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.tree.nodes.len()
    }
}

impl std::fmt::Debug for Doc {
    /// Never prints values: they may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doc")
            .field("span", &self.span)
            .field("broken", &self.broken)
            .field("nodes", &self.tree.nodes.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn values<'a>(node: Node<'a>, found: &mut Vec<Node<'a>>) {
        found.push(node);
        node.entries().for_each(|entry| values(entry.value, found));
        node.items().for_each(|item| values(item, found));
    }

    #[test]
    fn nodes_are_found_by_where_they_begin_as_from_above() {
        let texts = [
            "a: 1\nb: [x, {c: d}, []]\ne:\n- f: g\n  h:\n- - i\n",
            "- a\n",
            "a: &a {b: c, d: [e]}\nf: *a\ng:\n- *a\n- {<<: *a, h: i}\n",
            "a: {<<: {b: c}}\na: d\n",
            "[[1], [[2]], {a: [3]}, '']\n",
        ];
        for text in texts {
            let (doc, _) = yaml::parse(FileId::default(), text, 0..text.len());
            let mut all = Vec::new();
            doc.root().into_iter().for_each(|root| values(root, &mut all));
            assert!(all.len() > 1, "{text}");
            for node in all {
                assert_eq!(doc.nodes(node.span()), doc.nodes_from_above(node.span()), "{node:?} of {text}");
            }
        }
    }
}
