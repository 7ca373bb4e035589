//! The values of a run, and where each of them is written.
//!
//! Helm merges maps key by key and replaces everything else (`pkg/chartutil/coalesce.go`): subcharts' `values.yaml`
//! are lowest, then the parents', then the `-f` files in their order; `global` is seen by every chart.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use super::chart::{Chart, Place, below, only};
use super::places::{Block, set_paths};
use super::text_lines::TextLines;
use crate::source::Span;
use crate::yaml::{Doc, Document, Node, Value};

/// A step of a path into the values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Name(String),
    /// Some key or index that is not known.
    Any,
}

/// How many entries of mappings are visited in all: beyond it nothing is found.
const MOST_STEPS: u64 = 30_000_000;
/// How many places an unknown key may lead to.
const MOST_HITS: usize = 200;

/// The value files of a run, lowest first.
pub struct Values<'v> {
    layers: Vec<Layer<'v>>,
    steps: Cell<u64>,
    cache: RefCell<HashMap<Question, Option<Found>>>,
    /// Block scalars, by layer and first byte.
    blocks: RefCell<HashMap<(usize, usize), TextLines>>,
}

type Question = (Vec<String>, Vec<Key>, String);

struct Layer<'v> {
    /// The names of the charts around the one that it sets values for.
    scope: Vec<String>,
    content: Content<'v>,
    place: At<'v>,
}

enum Content<'v> {
    Text(Document),
    Embedded(Arc<Vec<Doc>>),
    Node(Node<'v>),
    One(Vec<String>, Span),
}

/// How places in a layer become places of files.
enum At<'v> {
    /// They are places already.
    Here,
    /// In a block scalar of a file.
    Block(Block<'v>),
    /// In a file of an archive.
    Packed { archive: &'v str, path: String, text: &'v str },
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// How many of the path's last keys are not there; 0 is the value itself.
    pub(super) missing: usize,
    pub(super) at: Written,
    /// The text of a scalar.
    pub(super) text: Option<String>,
    /// Whether a condition takes it for true, where that is known.
    pub(super) is_on: Option<bool>,
    /// Which of the layers it is in.
    layer: usize,
    /// Places of the same value that this one replaced, highest first.
    pub(super) replaced: Vec<Span>,
    /// The alias that it was reached through, where it is written elsewhere in the file.
    pub(super) alias: Option<Span>,
}

/// Where a value is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Its key (or the item) and the value.
    Here { key: Span, value: Span, in_block: Option<(usize, usize)> },
    /// Line in a file of an archive.
    Packed { archive: String, path: String, line: usize },
}

impl Found {
    /// A place that was found elsewhere than among values.
    pub(super) fn elsewhere(span: Span) -> Self {
        Self::entry(span, span)
    }

    /// A key that was found elsewhere than among values, with its value.
    pub(super) fn entry(key: Span, value: Span) -> Self {
        let at = Written::Here { key, value, in_block: None };
        Self { missing: 0, at, text: None, is_on: None, layer: usize::MAX, replaced: Vec::new(), alias: None }
    }
}

impl<'v> Values<'v> {
    /// The values of a chart and of the charts in it.
    #[must_use]
    pub fn of(chart: &Chart<'v>) -> Self {
        let mut layers = Vec::new();
        for (folder, part) in &chart.parts {
            let path = below(folder, "values.yaml");
            let Some(file) = chart.files.get(&path) else { continue };
            let Some(document) = file.document() else { continue };
            for name in &part.names {
                let scope = name.split("/charts/").skip(1).map(str::to_owned).collect();
                let place = match file.place {
                    Place::File(..) => At::Here,
                    Place::Packed(archive) => At::Packed { archive, path: path.clone(), text: file.text },
                };
                layers.push(Layer { scope, content: Content::Text(document.clone()), place });
            }
        }
        layers.sort_by_key(|layer: &Layer<'_>| std::cmp::Reverse(layer.scope.len()));
        Self { layers, steps: Cell::new(0), cache: RefCell::default(), blocks: RefCell::default() }
    }

    fn add(&mut self, content: Content<'v>, place: At<'v>) {
        self.layers.push(Layer { scope: Vec::new(), content, place });
    }

    /// Puts a value file, of which these are the documents, over what is there.
    pub fn file(&mut self, documents: &[Document]) {
        if let Some(document) = only(documents) {
            self.add(Content::Text(document), At::Here);
        }
    }

    /// Puts a mapping over what is there: `valuesObject` of an Application, `values` of a HelmRelease.
    pub fn node(&mut self, node: Node<'v>) {
        self.add(Content::Node(node), At::Here);
    }

    /// Puts the text of a scalar over what is there: `values` of an Application. `text` is the scalar's value, `docs` that
    /// text as YAML, `whole` the text of the file and `scalar` its place there; in a literal block (`|`) lines are found.
    pub fn block(&mut self, docs: Arc<Vec<Doc>>, text: &'v str, whole: &'v str, scalar: Span) {
        let start = scalar.start as usize;
        // A mapping in braces has no lines to look for: it can be what is left of a block of which some is not known.
        if whole[start.min(whole.len())..].starts_with('|') && !text.starts_with('{') {
            self.add(Content::Embedded(docs), At::Block(Block::new(text, whole, start)));
        } else {
            let entries = docs.first().and_then(Doc::root).into_iter().flat_map(Node::entries);
            for name in entries.filter_map(|entry| entry.key.text()) {
                self.one(vec![name.into()], scalar);
            }
        }
    }

    /// Puts one value over what is there: `--set a.b=c`, a parameter of an Application; `at` is where it is written.
    pub fn one(&mut self, path: Vec<String>, at: Span) {
        self.add(Content::One(path, at), At::Here);
    }

    /// Puts the values of an option over what is there: `--set a.b=c,d[0]=e` (helm `pkg/strvals/parser.go`); `at` is
    /// where it is written.
    pub fn option(&mut self, argument: &str, at: Span) {
        for path in set_paths(argument) {
            self.one(path, at);
        }
    }

    /// Where the value at a path is written, for a chart inside the charts `scope`; where a key is not known, the
    /// text that was `printed` says which of several values it is.
    pub(super) fn find(&self, scope: &[String], path: &[Key], printed: &str) -> Option<Found> {
        let is_open = path.contains(&Key::Any);
        let question = (scope.to_vec(), path.to_vec(), if is_open { printed } else { "" }.to_owned());
        if let Some(found) = self.cache.borrow().get(&question) {
            return found.clone();
        }
        let found = self.search(scope, path, printed);
        self.cache.borrow_mut().insert(question, found.clone());
        found
    }

    /// The place of a printed line in the block scalar that was found.
    pub(super) fn line_inside(&self, found: &Found, line: &str) -> Option<Written> {
        let Written::Here { value, in_block: Some((start, end)), .. } = &found.at else { return None };
        let doc = match &self.layers.get(found.layer)?.content {
            Content::Text(document) => document.doc(),
            Content::Embedded(docs) => docs.first()?,
            Content::Node(_) | Content::One(..) => return None,
        };
        let mut blocks = self.blocks.borrow_mut();
        let lines = blocks.entry((found.layer, *start)).or_insert_with(|| {
            let text = &doc.text[*start..*end];
            let head = text.find('\n').map_or(text.len(), |end| end + 1);
            TextLines::new(&text[head..], start + head)
        });
        let place = lines.find(&doc.text, line)?;
        let span = Span::new(value.file, place.start, place.end);
        Some(Written::Here { key: span, value: span, in_block: None })
    }

    fn search(&self, scope: &[String], path: &[Key], printed: &str) -> Option<Found> {
        let is_global = path.first() == Some(&Key::Name("global".to_owned()));
        let mut best: Option<Found> = None;
        for (number, layer) in self.layers.iter().enumerate() {
            let inner = scope.strip_prefix(layer.scope.as_slice());
            let from_above = inner.map(|rest| {
                let names = rest.iter().map(|name| Key::Name(name.clone()));
                names.chain(path.iter().cloned()).collect::<Vec<_>>()
            });
            let global = (is_global && !inner.is_some_and(<[String]>::is_empty)).then(|| path.to_vec());
            for full in from_above.into_iter().chain(global) {
                let Some((mut found, replaces)) = self.find_in(layer, &full, printed) else { continue };
                if found.missing >= path.len() && !path.is_empty() {
                    continue;
                }
                found.layer = number;
                if let Some(before) = best.take() {
                    if found.missing > before.missing && !replaces {
                        best = Some(before);
                        continue;
                    }
                    if found.missing == 0 && before.missing == 0 {
                        if let Written::Here { value, .. } = before.at {
                            found.replaced.push(value);
                        }
                        found.replaced.extend(before.replaced);
                    }
                }
                best = Some(found);
            }
        }
        best
    }

    /// The deepest match in a layer, and whether it hides what lies below it.
    fn find_in(&self, layer: &Layer<'_>, path: &[Key], printed: &str) -> Option<(Found, bool)> {
        let root = match &layer.content {
            Content::Text(document) => document.doc().root()?,
            Content::Embedded(docs) => docs.first()?.root()?,
            Content::Node(node) => *node,
            Content::One(set, at) => {
                let is_same = |(key, name): &(&Key, &String)| **key == Key::Name((*name).clone());
                let same = path.iter().zip(set).take_while(is_same).count();
                let found = Found { missing: path.len() - same, ..Found::elsewhere(*at) };
                return (same == set.len()).then_some((found, true));
            }
        };
        let (missing, hits) = self.walk(root, None, path);
        let is_printed = |node: Node<'_>| node.is_scalar() && node.text().is_some_and(|text| text == printed);
        let mut same = hits.iter().filter(|(_, node)| hits.len() == 1 || is_printed(*node));
        let (key, node) = *same.next()?;
        if same.next().is_some() {
            return None;
        }
        let replaces = !node.is_map() && !node.is_null();
        let key = key.unwrap_or(node).span();
        if let At::Packed { text, .. } = &layer.place {
            // Its lines are counted.
            self.steps.set(self.steps.get() + text.len() as u64 / 32);
        }
        let at = layer.place.written(key, node);
        let text = node.is_scalar().then(|| node.text().map(String::from)).flatten();
        let alias = node.alias_span().filter(|_| matches!(layer.place, At::Here));
        let found =
            Found { missing, at, text, is_on: Some(is_on(node)), layer: 0, replaced: Vec::new(), alias };
        Some((found, replaces))
    }

    /// How many keys are missing, and the deepest matches with their keys.
    fn walk<'n>(
        &self,
        node: Node<'n>,
        key: Option<Node<'n>>,
        path: &[Key],
    ) -> (usize, Vec<(Option<Node<'n>>, Node<'n>)>) {
        let here = (path.len(), vec![(key, node)]);
        let Some(first) = path.first() else { return here };
        if self.steps.get() > MOST_STEPS {
            return (path.len(), Vec::new());
        }
        let fits = |name: Option<&str>| match first {
            Key::Any => true,
            Key::Name(first) => name == Some(first),
        };
        let count = |steps: usize| self.steps.set(self.steps.get() + steps as u64);
        let below: Vec<(Option<Node<'n>>, Node<'n>)> = if node.is_map() {
            let entries = node.entries().inspect(|_| count(1));
            let entries = entries.filter(|entry| fits(entry.key.as_str().as_deref()));
            entries.map(|entry| (Some(entry.key), entry.value)).collect()
        } else {
            let items = node.items().inspect(|_| count(1)).enumerate();
            items.filter(|(index, _)| fits(Some(&index.to_string()))).map(|(_, item)| (None, item)).collect()
        };
        let mut best = here;
        for (key, child) in below {
            let (missing, hits) = self.walk(child, key, &path[1..]);
            match missing.cmp(&best.0) {
                std::cmp::Ordering::Less => best = (missing, hits),
                std::cmp::Ordering::Equal if missing < path.len() && best.1.len() < MOST_HITS => {
                    best.1.extend(hits);
                }
                _ => {}
            }
        }
        best
    }
}

impl At<'_> {
    /// Where a key and its value are written.
    fn written(&self, key: Span, node: Node<'_>) -> Written {
        let value = node.span();
        match self {
            Self::Packed { archive, path, text } => {
                let line = text[..(key.start as usize).min(text.len())].matches('\n').count() + 1;
                Written::Packed { archive: (*archive).to_owned(), path: path.clone(), line }
            }
            Self::Here => {
                let text = &node.doc().text;
                let is_block = text[value.range()].starts_with(['|', '>']);
                let in_block = is_block.then(|| (value.range().start, value.range().end));
                Written::Here { key, value, in_block }
            }
            Self::Block(block) => {
                Written::Here { key: block.moved(key), value: block.moved(value), in_block: None }
            }
        }
    }
}

/// What a condition makes of a value (`IsTrue` in `text/template`).
fn is_on(node: Node<'_>) -> bool {
    match node.value() {
        Value::Null => false,
        Value::Bool(is_true) => is_true,
        Value::Int(number) => number != 0,
        Value::Uint(_) => true,
        Value::Float(number) => number != 0.0,
        Value::Str(text) => !text.is_empty(),
        Value::Map => node.entries().next().is_some(),
        Value::Seq => node.items().next().is_some(),
    }
}
