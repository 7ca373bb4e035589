//! What kubectl refuses or silently drops in a document that parses: duplicate keys, keys, tags and numbers that its
//! JSON cannot hold, aliases that grow without bound.
//!
//! It looks at one document and knows nothing of Kubernetes.

use std::borrow::Cow;

use super::build::MAX_DEPTH;
use super::doc::Doc;
use super::node::{Node, decode_binary};
use super::problem::{Problem, ProblemKind, Problems};
use super::scalar::{self, Typed};
use super::tree::{Kind, Tag, Tree, flag};

/// Looks over a document, and sets the flags that the views of mappings rely on.
pub(super) fn check(doc: &mut Doc, problems: &mut Problems) {
    let mut check = Check { doc, problems, flags: Vec::new(), keys: Vec::new() };
    for index in 0..doc.tree.nodes.len() as u32 {
        match doc.tree.node(index).kind {
            Kind::Map => check.map(index),
            Kind::Seq | Kind::Alias => {}
            _ => check.scalar(index),
        }
    }
    let flags = check.flags;
    for (index, bits) in flags {
        doc.tree.nodes[index as usize].flags |= bits;
    }
    if let Some(problem) = expand(&doc.tree) {
        problems.push(problem);
        // Whatever still asks finds null there, and no walk can grow.
        doc.tree.aliases.clear();
    }
}

struct Check<'d> {
    doc: &'d Doc,
    problems: &'d mut Problems,
    flags: Vec<(u32, u8)>,
    /// Keys of the mapping at hand with their nodes; kept for its memory.
    keys: Vec<(Cow<'d, str>, u32)>,
}

impl Check<'_> {
    fn map(&mut self, map: u32) {
        self.keys.clear();
        let mut merges = false;
        let mut children = self.doc.tree.children(map);
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            if self.is_merge(key) {
                merges = true;
                self.flags.push((key, flag::MERGE));
                self.merge(value);
            } else {
                self.key(key);
            }
        }
        if merges {
            self.flags.push((map, flag::MERGE));
        }
        self.duplicates(map);
    }

    fn refuse(&mut self, index: u32, message: impl Into<String>) {
        let raw = self.doc.tree.node(index);
        let problem = Problem::syntax(raw.start as usize, raw.end as usize, message);
        self.problems.push(problem);
    }

    /// A plain `<<`; a quoted one is a key like any other.
    fn is_merge(&self, key: u32) -> bool {
        let raw = self.doc.tree.node(key);
        raw.end - raw.start >= 2
            && matches!(raw.kind, Kind::Plain | Kind::Single | Kind::Double)
            && match self.doc.tree.tag(key) {
                None => raw.kind == Kind::Plain,
                Some(tag) => tag == Tag::Merge,
            }
            && Node::plain(self.doc, key).text().is_some_and(|text| text == "<<")
    }

    fn merge(&mut self, value: u32) {
        let tree = &self.doc.tree;
        let is_map = |index: u32| {
            let index = tree.target(index).unwrap_or(index);
            tree.node(index).kind == Kind::Map
        };
        let fits = match tree.node(value).kind {
            Kind::Seq => tree.children(value).all(is_map),
            _ => is_map(value),
        };
        if !fits {
            self.refuse(value, "`<<` takes a mapping or a list of mappings");
        }
    }

    fn key(&mut self, key: u32) {
        let node = Node::follow(self.doc, key, None);
        if !node.is_scalar() {
            self.refuse(key, "a key must be a scalar; quote it if these braces or brackets are text");
            return;
        }
        match node.typed() {
            Typed::Null => self.refuse(key, "kubectl refuses a key that is null; quote it"),
            Typed::Uint(_) => self.refuse(key, "kubectl refuses a key that is so large a number; quote it"),
            _ => {}
        }
        self.keys.push((node.key(), key));
    }

    fn duplicates(&mut self, map: u32) {
        const FEW: usize = 12;
        if self.keys.len() <= FEW {
            let keys = &self.keys;
            let twice = keys
                .iter()
                .enumerate()
                .any(|(at, (key, _))| keys[..at].iter().any(|(other, _)| other == key));
            if !twice {
                return;
            }
        }
        self.keys.sort_unstable();
        for group in self.keys.chunk_by(|(one, _), (other, _)| one == other) {
            let [(text, first), later @ ..] = group else {
                continue;
            };
            for &(_, later) in later {
                let (first, later) = (self.doc.tree.node(*first), self.doc.tree.node(later));
                self.problems.push(Problem {
                    kind: ProblemKind::DuplicateKey,
                    start: later.start as usize,
                    end: later.end as usize,
                    message: format!("key `{text}` stands twice in this mapping; the last one counts"),
                    related: Some((first.start as usize, first.end as usize, "first written here")),
                    fatal: false,
                });
                if self.flags.last() != Some(&(map, flag::DUPLICATES)) {
                    self.flags.push((map, flag::DUPLICATES));
                }
            }
        }
    }

    fn scalar(&mut self, index: u32) {
        let raw = self.doc.tree.node(index);
        if raw.flags & (flag::TAG | flag::TYPED) == 0 {
            return;
        }
        let node = Node::plain(self.doc, index);
        if let Some(tag) = self.doc.tree.tag(index) {
            let text = node.cooked();
            if scalar::resolve_tagged(tag, &text).is_none() {
                self.refuse(index, "the value does not fit its `!!` tag");
            } else if tag == Tag::Binary && decode_binary(&text).is_none() {
                self.refuse(index, "`!!binary` text is not valid base64");
            }
        }
        if raw.flags & flag::KEY == 0 && matches!(node.typed(), Typed::Float(float) if !float.is_finite()) {
            self.refuse(index, "JSON, which kubectl sends, has no such number; quote it if it is text");
        }
    }
}

/// Follows every alias as kubectl's reader does, and stops where it does (`allowedAliasRatio` in goyaml's
/// `decode.go`), or where aliases nest too deeply.
fn expand(tree: &Tree) -> Option<Problem> {
    if tree.aliases.is_empty() {
        return None;
    }
    let mut count = Expansion { tree, nodes: 1, aliased: 0, outermost: None };
    if count.visit(0, 0) {
        return None;
    }
    let raw = tree.node(count.outermost.unwrap_or(0));
    Some(Problem {
        kind: ProblemKind::TooLarge,
        ..Problem::syntax(
            raw.start as usize,
            raw.end as usize,
            "aliases make this document too large or too deep for kubectl; write the values out",
        )
    })
}

struct Expansion<'t> {
    tree: &'t Tree,
    nodes: usize,
    aliased: usize,
    outermost: Option<u32>,
}

impl Expansion<'_> {
    /// False where the limit is reached; `outermost` is the alias then.
    fn visit(&mut self, index: u32, depth: usize) -> bool {
        self.nodes += 1;
        self.aliased += usize::from(self.outermost.is_some());
        if depth > MAX_DEPTH || self.is_excessive() {
            return false;
        }
        let raw = self.tree.node(index);
        match raw.kind {
            Kind::Alias => {
                let Some(target) = self.tree.target(index) else {
                    return true;
                };
                let before = self.outermost;
                self.outermost = before.or(Some(index));
                let fits = self.visit(target, depth + 1);
                if fits {
                    self.outermost = before;
                }
                fits
            }
            Kind::Map | Kind::Seq => self.tree.children(index).all(|child| self.visit(child, depth + 1)),
            _ => true,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    fn is_excessive(&self) -> bool {
        const LOW: usize = 400_000;
        const HIGH: usize = 4_000_000;
        // In percent of all nodes: 99 for small documents, down to 10 for very large ones.
        let allowed = match self.nodes {
            ..=LOW => 99.0,
            HIGH.. => 10.0,
            nodes => 99.0 - 89.0 * ((nodes - LOW) as f64 / (HIGH - LOW) as f64),
        };
        self.aliased > 100 && self.nodes > 1000 && self.aliased as f64 * 100.0 > allowed * self.nodes as f64
    }
}
