//! What stands above each node of a document, so that the way to a node takes as many steps as it is deep.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::tree::{Kind, Tree};

/// By the value of their merge key, the positions of items in a list: of equal ones the first.
pub(super) type Names = HashMap<String, usize>;

/// Made of a document when the first path in it is asked for.
#[derive(Debug)]
pub(super) struct Above {
    /// By node, the collection that it is in; the root has itself.
    parents: Vec<u32>,
    /// By node, its position among the items of a list, or in a mapping the key that it is or that stands before it.
    places: Vec<u32>,
    /// The names of the items of each list, by list and merge key.
    names: Mutex<HashMap<(u32, &'static str), Arc<Names>>>,
}

impl Above {
    pub(super) fn of(tree: &Tree) -> Self {
        let count = tree.nodes.len();
        let mut this = Self { parents: vec![0; count], places: vec![0; count], names: Mutex::default() };
        for (at, node) in (0u32..).zip(&tree.nodes) {
            let is_map = node.kind == Kind::Map;
            if !is_map && node.kind != Kind::Seq {
                continue;
            }
            let mut key = 0;
            for (position, child) in (0u32..).zip(tree.children(at)) {
                key = if position % 2 == 0 { child } else { key };
                this.parents[child as usize] = at;
                this.places[child as usize] = if is_map { key } else { position };
            }
        }
        this
    }

    /// Its position among the items of a list, or in a mapping the key that it is or that stands before it.
    pub(super) fn place(&self, node: u32) -> u32 {
        self.places[node as usize]
    }

    /// The collection that it is in; none for the root.
    pub(super) fn parent(&self, node: u32) -> Option<u32> {
        (node != 0).then(|| self.parents[node as usize])
    }

    /// The nodes from the child of `from` that holds `node` down to `node` itself; `from` stands above it.
    pub(super) fn way(&self, from: u32, node: u32) -> Vec<u32> {
        let mut way = Vec::new();
        let mut at = node;
        while at != from && at != 0 {
            way.push(at);
            at = self.parents[at as usize];
        }
        way.reverse();
        way
    }

    /// The names of the items of a list, which `read` finds once.
    pub(super) fn names(&self, list: u32, key: &'static str, read: impl FnOnce() -> Names) -> Arc<Names> {
        let mut known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry((list, key)).or_insert_with(|| Arc::new(read())))
    }
}
