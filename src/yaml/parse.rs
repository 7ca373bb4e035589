//! The way from text to a document.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use memchr::memmem;

use super::build;
use super::check;
use super::doc::Doc;
use super::lines;
use super::message::{COLON_MISSING, PLACEHOLDER, is_placeholder};
use super::node::Node;
use super::problem::{Problem, ProblemKind};
use super::split;
use super::tree::Kind;
use crate::source::{FileId, Span};

/// What is wrong with the text of a template.
pub const TEMPLATE: &str = "a template (`{{`) is no YAML; check what it renders to";

/// How often each text was parsed, by file, first byte and content: for the test that none is parsed twice.
type Log = BTreeMap<(FileId, usize, u64), usize>;

static LOG: OnceLock<Mutex<Log>> = OnceLock::new();

/// Counts, from now on, how often each text is parsed.
pub fn count_parses() {
    LOG.get_or_init(Mutex::default);
}

/// How often each text was parsed since [`count_parses`], by file.
#[must_use]
pub fn parses() -> Vec<(FileId, usize)> {
    let log = LOG.get().map(|log| log.lock().unwrap_or_else(PoisonError::into_inner));
    log.iter().flat_map(|log| log.iter()).map(|((file, ..), count)| (*file, *count)).collect()
}

/// Reads one document: `range` of the whole `text` of `file`, as [`split`](super::split()) gave it. A text that is
/// borrowed is copied; a shared one is not.
///
/// Never fails. A document that kubectl refuses is [broken](Doc::broken).
#[must_use]
pub fn parse(file: FileId, text: impl Into<Arc<str>>, range: Range<usize>) -> (Doc, Vec<Problem>) {
    let text = text.into();
    log(file, range.start, &text[range.clone()]);
    read(file, &text, range)
}

fn log(file: FileId, start: usize, text: &str) {
    let Some(log) = LOG.get() else { return };
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    *log.lock().unwrap_or_else(PoisonError::into_inner).entry((file, start, hash.finish())).or_insert(0) += 1;
}

/// As [`parse`], but not counted.
pub(super) fn read(file: FileId, text: &Arc<str>, range: Range<usize>) -> (Doc, Vec<Problem>) {
    let start = range.start + skipped(&text[range.clone()]);
    let (tree, mut problems) = build::build(text, start, range.end);
    let mut doc = Doc {
        file,
        text: Arc::clone(text),
        span: Span::new(file, range.start, range.end),
        broken: false,
        tree,
        above: OnceLock::new(),
        hash: OnceLock::new(),
        embedded: Mutex::default(),
        kept: Mutex::default(),
    };
    if !problems.is_fatal() {
        let end = problems.iter().map(|problem| problem.start).min().unwrap_or(range.end);
        problems.extend(lines::check(text, range.start, end, &doc.tree));
    }
    check::check(&mut doc, &mut problems);
    doc.broken = problems.is_fatal();
    if doc.tree.nodes.len() == 1 && doc.tree.nodes[0].kind == Kind::Empty {
        doc.tree.nodes.clear();
    }
    let mut problems = problems.into_sorted();
    // The usual reason why a file is no YAML, and what to do about it.
    let is_template = |problem: &&mut Problem| {
        problem.fatal && problem.kind == ProblemKind::Syntax && has_braces(text, problem.start)
    };
    problems.iter_mut().filter(is_template).for_each(|problem| TEMPLATE.clone_into(&mut problem.message));
    let line = |at: usize| {
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        text[start..].lines().next().unwrap_or_default()
    };
    let is_token =
        |problem: &&mut Problem| problem.message == COLON_MISSING && is_placeholder(line(problem.start));
    problems.iter_mut().filter(is_token).for_each(|problem| PLACEHOLDER.clone_into(&mut problem.message));
    // One template explains all of them.
    let mut is_known = false;
    problems.retain(|problem| problem.message != TEMPLATE || !std::mem::replace(&mut is_known, true));
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

impl Doc {
    /// The documents, blank ones aside, of YAML that stands in a scalar (a patch, a file in a config map): `text` is the
    /// value of the scalar, which begins at `start`. They are parsed once.
    ///
    /// Spans count bytes of `text`, not of the file: they are for telling values apart, not for people. Point at the
    /// scalar that holds the text instead.
    #[must_use]
    pub fn embedded(&self, start: u32, text: &str) -> Arc<Vec<Doc>> {
        let mut known = self.embedded.lock().unwrap_or_else(PoisonError::into_inner);
        // A patch may have changed what is written there.
        let same = |docs: &&Arc<Vec<Doc>>| docs.first().is_some_and(|doc| &*doc.text == text);
        if let Some(docs) = known.get(&start).filter(same) {
            return Arc::clone(docs);
        }
        log(self.file, start as usize, text);
        let shared: Arc<str> = text.into();
        let pieces = split(text).into_iter().filter(|piece| !text[piece.start..piece.end].trim().is_empty());
        let parsed = pieces.map(|piece| read(self.file, &shared, piece.start..piece.end).0);
        let docs = Arc::new(parsed.collect());
        known.insert(start, Arc::clone(&docs));
        docs
    }
}

impl Node<'_> {
    /// The documents of YAML that stands in this scalar; none where it is none: see [`Doc::embedded`].
    #[must_use]
    pub fn embedded(self) -> Arc<Vec<Doc>> {
        self.text().map_or_else(Arc::default, |text| self.doc().embedded(self.span().start, &text))
    }
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
