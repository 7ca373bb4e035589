//! One document as others see it, and the way from text to it.

use std::ops::Range;
use std::sync::Arc;

use memchr::memmem;

use super::build;
use super::check;
use super::lines;
use super::node::Node;
use super::problem::{Problem, ProblemKind};
use super::tree::{Kind, Tree};
use crate::source::{FileId, Span};

const TEMPLATE: &str = "a template (`{{`) is no YAML; check what it renders to";

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
}

impl Doc {
    /// The top value; `None` for a document that holds none.
    #[must_use]
    pub fn root(&self) -> Option<Node<'_>> {
        (!self.tree.nodes.is_empty()).then(|| Node::plain(self, 0))
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

/// Reads one document: `range` of the whole `text` of `file`, as [`split`](super::split()) gave it. A text that is
/// borrowed is copied; a shared one is not.
///
/// Never fails. A document that kubectl refuses is [broken](Doc::broken).
#[must_use]
pub fn parse(file: FileId, text: impl Into<Arc<str>>, range: Range<usize>) -> (Doc, Vec<Problem>) {
    let text = text.into();
    let start = range.start + skipped(&text[range.clone()]);
    let (tree, mut problems) = build::build(&text, start, range.end);
    let mut doc = Doc {
        file,
        text: Arc::clone(&text),
        span: Span::new(file, range.start, range.end),
        broken: false,
        tree,
    };
    if !problems.is_fatal() {
        let end = problems.iter().map(|problem| problem.start).min().unwrap_or(range.end);
        problems.extend(lines::check(&text, range.start, end, &doc.tree));
    }
    check::check(&mut doc, &mut problems);
    doc.broken = problems.is_fatal();
    if doc.tree.nodes.len() == 1 && doc.tree.nodes[0].kind == Kind::Empty {
        doc.tree.nodes.clear();
    }
    let mut problems = problems.into_sorted();
    // The usual reason why a file is no YAML, and what to do about it.
    let is_template = |problem: &&mut Problem| {
        problem.fatal && problem.kind == ProblemKind::Syntax && has_braces(&text, problem.start)
    };
    problems.iter_mut().filter(is_template).for_each(|problem| TEMPLATE.clone_into(&mut problem.message));
    doc.tree.nodes.shrink_to_fit();
    (doc, problems)
}

/// How much of a document's head only kubectl's splitter understands.
fn skipped(piece: &str) -> usize {
    // A marker and a comment to kubectl, one word to YAML.
    if piece.starts_with("---#") {
        return 3;
    }
    // Files with byte order marks that were joined.
    let marker = piece.find('\n').map_or(0, |at| at + 1);
    let joined = piece.starts_with("---") && piece[marker..].starts_with('\u{feff}');
    if joined { marker + 3 } else { 0 }
}

/// Reads YAML that stands in a scalar (a patch, a file in a config map), whose cooked text the caller holds.
///
/// Spans count bytes of `text`, not of the file: they are for telling values apart, not for people. Point at the
/// scalar that held the text instead. Only the first document is read.
#[must_use]
pub fn parse_embedded(file: FileId, text: &str) -> Doc {
    let end = super::split(text)
        .into_iter()
        .find(|piece| !text[piece.start..piece.end].trim().is_empty())
        .map_or(text.len(), |piece| piece.end);
    parse(file, text, 0..end).0
}

/// Do two braces stand near, in the same line?
fn has_braces(text: &str, at: usize) -> bool {
    const NEAR: usize = 200;
    let bytes = text.as_bytes();
    let before = &bytes[at.saturating_sub(NEAR)..at];
    let after = &bytes[at..(at + NEAR).min(bytes.len())];
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let end = memchr::memchr(b'\n', after).unwrap_or(after.len());
    memmem::find(&bytes[at - (before.len() - start)..at + end], b"{{").is_some()
}
