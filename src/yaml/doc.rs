//! One document as others see it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::above::Above;
use super::node::Node;
use super::tree::Tree;
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
