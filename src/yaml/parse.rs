//! The way from text to a document.

use std::ops::Range;
use std::sync::Arc;

use memchr::memmem;

use super::build;
use super::check;
use super::doc::Doc;
use super::lines;
use super::problem::{Problem, ProblemKind};
use super::tree::Kind;
use crate::source::{FileId, Span};

const TEMPLATE: &str = "a template (`{{`) is no YAML; check what it renders to";

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
