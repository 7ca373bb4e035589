//! The signs around the nodes of a document: colons, dashes, lines.

use super::Refusal;
use crate::yaml::doc::Doc;
use crate::yaml::node::Node;
use crate::yaml::tree::{Kind, RawNode, flag};

/// A step from a collection to what it holds.
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A document that can be edited.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) doc: &'a Doc,
    pub(super) text: &'a str,
}

impl<'a> Site<'a> {
    /// The document of `node`, which must be written where it stands in `text`.
    pub(super) fn of(text: &str, node: Node<'a>) -> Result<Self, Refusal> {
        let site = Self::of_doc(text, node.doc)?;
        reached(node)?;
        Ok(site)
    }

    /// A document, which must be written where it stands in `text`.
    pub(super) fn of_doc(text: &str, doc: &'a Doc) -> Result<Self, Refusal> {
        if *doc.text != *text {
            return Err(Refusal::OtherText);
        }
        if doc.broken {
            return Err(Refusal::Broken);
        }
        let bytes = &text.as_bytes()[doc.span.range()];
        if memchr::memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n')) {
            return Err(Refusal::Layout);
        }
        Ok(Self { doc, text: &doc.text })
    }

    pub(super) fn raw(self, index: u32) -> &'a RawNode {
        self.doc.tree.node(index)
    }

    pub(super) fn start(self, index: u32) -> usize {
        self.raw(index).start as usize
    }

    pub(super) fn end(self, index: u32) -> usize {
        self.raw(index).end as usize
    }

    pub(super) fn parent(self, index: u32) -> Option<u32> {
        self.doc.above().parent(index)
    }

    pub(super) fn children(self, index: u32) -> Vec<u32> {
        self.doc.tree.children(index).collect()
    }

    pub(super) fn is_key(self, index: u32) -> bool {
        self.raw(index).flags & flag::KEY != 0
    }

    /// Is it a collection without brackets?
    pub(super) fn is_block(self, index: u32) -> bool {
        let raw = self.raw(index);
        matches!(raw.kind, Kind::Map | Kind::Seq) && raw.flags & flag::FLOW == 0
    }

    /// Does it stand between brackets?
    pub(super) fn in_flow(self, index: u32) -> bool {
        let above = std::iter::successors(self.parent(index), |&at| self.parent(at));
        above.into_iter().any(|at| self.raw(at).flags & flag::FLOW != 0)
    }

    /// Refuses to change the nodes from `first` to before `end` where an alias elsewhere repeats them. `goes_away`: what
    /// is below them is lost.
    pub(super) fn own(self, first: u32, end: u32, goes_away: bool) -> Result<(), Refusal> {
        let changed = first..end;
        let is_shared = |&(alias, target): &(u32, u32)| {
            let is_above = (target..self.raw(target).skip).contains(&first);
            is_above || goes_away && changed.contains(&target) && !changed.contains(&alias)
        };
        if self.doc.tree.aliases.iter().any(is_shared) { Err(Refusal::Shared) } else { Ok(()) }
    }

    /// The way from the root.
    pub(super) fn steps(self, index: u32) -> Vec<Step> {
        let above = self.doc.above();
        let mut steps = Vec::new();
        for node in above.way(0, index) {
            match self.parent(node).map(|parent| self.raw(parent).kind) {
                Some(Kind::Map) => {
                    let key = Node::follow(self.doc, above.place(node), None);
                    steps.push(Step::Key(key.key().into_owned()));
                }
                _ => steps.push(Step::Index(above.place(node) as usize)),
            }
        }
        steps
    }

    /// The next byte that is neither white space nor in a comment.
    pub(super) fn token(self, mut at: usize) -> usize {
        let bytes = &self.text.as_bytes()[..self.doc.span.end as usize];
        loop {
            match bytes.get(at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => at += 1,
                Some(b'#') => at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at),
                _ => return at,
            }
        }
    }

    /// The first token that is no anchor and no tag, and where those stand.
    pub(super) fn past_properties(self, from: usize) -> (usize, Vec<(usize, usize)>) {
        let mut properties = Vec::new();
        let mut at = self.token(from);
        while let Some(b'&' | b'!') = self.byte(at) {
            let rest = &self.text[at..self.doc.span.end as usize];
            let length = rest.find([' ', '\t', '\n', '\r', ',', ']', '}']).unwrap_or(rest.len());
            properties.push((at, at + length));
            at = self.token(at + length);
        }
        (at, properties)
    }

    pub(super) fn byte(self, at: usize) -> Option<u8> {
        self.text.as_bytes()[..self.doc.span.end as usize].get(at).copied()
    }

    /// The colon of a key; `None` for `{key}`.
    pub(super) fn colon(self, key: u32) -> Option<usize> {
        Some(self.token(self.end(key))).filter(|&at| self.byte(at) == Some(b':'))
    }

    /// The dash of an item of a list without brackets.
    pub(super) fn dash(self, item: u32) -> Result<usize, Refusal> {
        let list = self.parent(item).ok_or(Refusal::Layout)?;
        let before = self.doc.tree.children(list).take_while(|&child| child < item).last();
        let at = match before {
            Some(before) if self.raw(before).kind == Kind::Empty => self.past_properties(self.end(before)).0,
            Some(before) => self.token(self.end(before)),
            None => self.past_properties(self.head(list)?).0,
        };
        if self.byte(at) == Some(b'-') { Ok(at) } else { Err(Refusal::Layout) }
    }

    /// Behind the colon or dash that announces a value; for the root, behind the document's marker.
    pub(super) fn head(self, index: u32) -> Result<usize, Refusal> {
        let Some(parent) = self.parent(index) else {
            let bom = |at: usize| if self.text[at..].starts_with('\u{feff}') { at + 3 } else { at };
            let at = self.token(bom(self.doc.span.start as usize));
            let marker = self.text[at..].starts_with("---");
            return Ok(if marker { bom(self.token(at + 3)) } else { bom(self.doc.span.start as usize) });
        };
        if self.raw(parent).kind == Kind::Map {
            let colon = self.colon(self.doc.above().place(index)).ok_or(Refusal::Layout)?;
            return Ok(colon + 1);
        }
        if self.is_block(parent) { Ok(self.dash(index)? + 1) } else { Err(Refusal::Layout) }
    }

    /// Where a collection without brackets begins: its first key, or its first dash.
    pub(super) fn first(self, collection: u32) -> Result<usize, Refusal> {
        let first = self.doc.tree.children(collection).next().ok_or(Refusal::Layout)?;
        if self.raw(collection).kind == Kind::Seq { self.dash(first) } else { Ok(self.start(first)) }
    }

    pub(super) fn line_start(self, at: usize) -> usize {
        let start = memchr::memrchr(b'\n', &self.text.as_bytes()[..at]).map_or(0, |newline| newline + 1);
        if self.text[start..].starts_with('\u{feff}') && start + 3 <= at { start + 3 } else { start }
    }

    /// Where the line ends, before its line break.
    pub(super) fn line_end(self, at: usize) -> usize {
        let end = self.doc.span.end as usize;
        let rest = &self.text.as_bytes()[at..end];
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        at + line.len() - usize::from(line.ends_with(b"\r") && line.len() < rest.len())
    }

    /// The start of the next line, or the end of the document.
    pub(super) fn next_line(self, at: usize) -> usize {
        let end = self.doc.span.end as usize;
        memchr::memchr(b'\n', &self.text.as_bytes()[at..end]).map_or(end, |newline| at + newline + 1)
    }

    /// The column of a key or dash: before it stand only spaces and dashes.
    pub(super) fn column(self, at: usize) -> Result<usize, Refusal> {
        let before = &self.text[self.line_start(at)..at];
        if before.bytes().all(|byte| matches!(byte, b' ' | b'-')) {
            Ok(before.len())
        } else {
            Err(Refusal::Layout)
        }
    }

    /// Is it the first word of its line?
    pub(super) fn begins_line(self, at: usize) -> bool {
        self.text[self.line_start(at)..at].bytes().all(|byte| matches!(byte, b' ' | b'\t'))
    }

    /// The column that the keys of a mapping or the dashes of a list have in common.
    pub(super) fn common_column(self, collection: u32) -> Result<usize, Refusal> {
        let column = self.column(self.first(collection)?)?;
        if self.raw(collection).kind == Kind::Map {
            for key in self.children(collection).into_iter().step_by(2) {
                if self.column(self.start(key))? != column {
                    return Err(Refusal::Layout);
                }
            }
        }
        Ok(column)
    }

    /// Behind the last line of a value without brackets, before the line break: a neighbour may follow there.
    pub(super) fn below(self, index: u32) -> Result<usize, Refusal> {
        let mut leaf = index;
        while let Some(child) = self.doc.tree.children(leaf).last().filter(|_| self.is_block(leaf)) {
            leaf = child;
        }
        let mut at = self.end(leaf);
        if self.keeps_breaks(leaf) {
            while self.next_line(at) < self.doc.span.end as usize {
                let next = self.next_line(at);
                if !self.text[next..self.line_end(next)].trim().is_empty() {
                    break;
                }
                at = next;
            }
        }
        let end = self.line_end(at);
        let rest = self.text[at..end].trim_start();
        if rest.is_empty() || rest.starts_with(['#', '&', '!']) { Ok(end) } else { Err(Refusal::Layout) }
    }

    /// Is it a block scalar whose empty lines at the end count (`|+`)?
    fn keeps_breaks(self, index: u32) -> bool {
        let raw = self.raw(index);
        let written = self.text[raw.start as usize..raw.end as usize].split_ascii_whitespace().next();
        matches!(raw.kind, Kind::Literal | Kind::Folded) && written.is_some_and(|word| word.contains('+'))
    }
}

/// Refuses what is written elsewhere than where it is used.
pub(super) fn reached(node: Node<'_>) -> Result<(), Refusal> {
    match node.via.map(|via| node.doc.tree.node(via.get()).kind) {
        None => Ok(()),
        Some(Kind::Alias) => Err(Refusal::Alias),
        Some(_) => Err(Refusal::Merge),
    }
}
