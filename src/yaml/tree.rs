//! The arena that a document is kept in: 16 bytes a node, in pre-order, and tables for what few nodes have.
//!
//! It holds places only; it must not know what a value means.

/// What stands at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// Nothing is written.
    Empty,
    Plain,
    Single,
    Double,
    Literal,
    Folded,
    Map,
    Seq,
    Alias,
}

/// Bits of [`RawNode::flags`].
pub(super) mod flag {
    /// The value is not simply the text between the quotes: escapes, several lines.
    pub(in crate::yaml) const COOK: u8 = 1;
    /// `{}` or `[]` notation.
    pub(in crate::yaml) const FLOW: u8 = 2;
    /// Has an entry in [`super::Tree::tags`].
    pub(in crate::yaml) const TAG: u8 = 4;
    /// A plain scalar that is no string.
    pub(in crate::yaml) const TYPED: u8 = 8;
    /// A mapping with a `<<` key; on a key: it is that key.
    pub(in crate::yaml) const MERGE: u8 = 16;
    /// A mapping in which a key stands twice.
    pub(in crate::yaml) const DUPLICATES: u8 = 32;
    /// A mapping's key.
    pub(in crate::yaml) const KEY: u8 = 64;
}

/// One node: offsets are bytes of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawNode {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Index of the next node that is not below this one.
    pub(super) skip: u32,
    pub(super) kind: Kind,
    pub(super) flags: u8,
    /// Indentation of a block scalar's content.
    pub(super) indent: u16,
}

/// The tags that kubectl's reader knows; every other tag leaves the text a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Str,
    Int,
    Float,
    Bool,
    Null,
    Binary,
    Timestamp,
    Merge,
    Other,
}

/// The nodes of one document.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<RawNode>,
    /// First byte (`#`) and end of each comment.
    pub(super) comments: Vec<(u32, u32)>,
    /// (alias, what it stands for), sorted; an alias that is missing here reads as null.
    pub(super) aliases: Vec<(u32, u32)>,
    /// (node, tag), sorted.
    pub(super) tags: Vec<(u32, Tag)>,
}

impl Tree {
    /// Room for the nodes of a text of so many bytes: manifests have one in 16 bytes or fewer.
    pub(super) fn for_text(bytes: usize) -> Self {
        Self { nodes: Vec::with_capacity(bytes / 16), ..Self::default() }
    }

    pub(super) fn push(&mut self, kind: Kind, start: usize, end: usize) -> usize {
        let index = self.nodes.len();
        self.nodes.push(RawNode {
            start: start as u32,
            end: end as u32,
            // A collection that is still open reaches to the end.
            skip: if matches!(kind, Kind::Map | Kind::Seq) { u32::MAX } else { index as u32 + 1 },
            kind,
            flags: 0,
            indent: 0,
        });
        index
    }

    /// Ends a collection after the nodes pushed so far.
    pub(super) fn close(&mut self, index: usize) {
        self.nodes[index].skip = self.nodes.len() as u32;
    }

    pub(super) fn node(&self, index: u32) -> &RawNode {
        &self.nodes[index as usize]
    }

    /// What an alias stands for.
    pub(super) fn target(&self, alias: u32) -> Option<u32> {
        let at = self.aliases.binary_search_by_key(&alias, |&(alias, _)| alias).ok()?;
        Some(self.aliases[at].1)
    }

    /// The tag of a node that has [`flag::TAG`].
    pub(super) fn tag(&self, index: u32) -> Option<Tag> {
        if self.node(index).flags & flag::TAG == 0 {
            return None;
        }
        let at = self.tags.binary_search_by_key(&index, |&(node, _)| node).ok()?;
        Some(self.tags[at].1)
    }

    /// Direct children of a collection.
    pub(super) fn children(&self, index: u32) -> impl Iterator<Item = u32> + use<'_> {
        let (mut next, end) = (index + 1, self.node(index).skip);
        std::iter::from_fn(move || {
            let child = Some(next).filter(|&child| child < end)?;
            next = self.node(child).skip;
            Some(child)
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_node_is_sixteen_bytes() {
        assert_eq!(size_of::<super::RawNode>(), 16);
    }
}
