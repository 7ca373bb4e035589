//! Where fields of a document are written: in a tree of YAML, or on a line of a template.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use crate::finding::Change;
use crate::lint::places::Places;
use crate::load::Texts;
use crate::render::marked::scopes_around;
use crate::source::{FileId, SourceMap, Span};
use crate::yaml::{Doc, Entry, Node};

use super::{Refused, elements};

/// Where something is written.
pub(super) enum Home<'r> {
    /// In a text that is read as a tree.
    Node(Node<'r>),
    /// In a template, or in YAML that is the text of a field: its bytes, which nothing computes.
    Bytes(Span),
    /// In a template, as a list: the first key of its first item.
    Item(Span),
    /// In a template, as a mapping: its first key.
    Lines(Span),
}

/// Finds where fields are written.
pub(super) struct Homes<'r> {
    pub(super) texts: &'r Texts,
    pub(super) places: &'r Places,
    /// The files of the tree, by path.
    pub(super) files: HashMap<&'r str, FileId>,
    /// Where each helper is asked for, if once.
    pub(super) uses: RefCell<HashMap<String, Option<Span>>>,
}

impl<'r> Homes<'r> {
    pub(super) fn sources(&self) -> &'r SourceMap {
        self.texts.sources()
    }

    /// A file of the tree.
    pub(super) fn file(&self, path: &str) -> Option<FileId> {
        self.files.get(path).copied()
    }

    /// What the first document of a file holds.
    pub(super) fn root(&self, file: FileId) -> Option<Node<'r>> {
        self.texts.documents(file).first()?.doc().root()
    }

    /// The node that a change is about.
    pub(super) fn node(&self, change: &Change) -> Option<Node<'r>> {
        let at = change.at?;
        let doc = self.doc(at)?;
        let (root, nodes) = (doc.root()?, doc.nodes(at));
        // A list may stand where its only item stands; an object may be an item of a list itself.
        let path = change.path.to_string();
        let is_meant =
            |node: &&Node<'r>| node.path_from(root).is_some_and(|whole| whole.to_string().ends_with(&path));
        nodes.iter().find(is_meant).or(nodes.first()).copied()
    }

    /// Where a value is written.
    pub(super) fn of(&self, node: Node<'r>) -> Result<Home<'r>, Refused> {
        if !self.is_rendered(node) {
            return Ok(Home::Node(node));
        }
        if !node.is_scalar() {
            let home = self.of_collection(node)?;
            return match home {
                Home::Node(written) if is_source(written, node) => Ok(home),
                Home::Bytes(_) => {
                    let first = node.entries().next().and_then(|entry| self.holder(entry.key));
                    match first {
                        Some(Home::Bytes(key)) => Ok(Home::Lines(key)),
                        _ => Err("The value is put together from several places.".into()),
                    }
                }
                _ => Err("The value is put together from several places.".into()),
            };
        }
        let span = self.written(node.span())?;
        let home = self.is_tree(span.file).then(|| self.node_at(span)).flatten();
        match home {
            Some(home) if home.text() == node.text() => Ok(Home::Node(home)),
            Some(home) if home.text().is_some_and(|text| text.contains("{{")) => {
                elements::given_by(home, node).map(Home::Node)
            }
            None if self.is_literal(span, node) => Ok(Home::Bytes(span)),
            _ => Err("The value is put together where it is rendered.".into()),
        }
    }

    /// Where a mapping or list is written: of a tree the node, of a mapping in a template one of its keys, of a list there
    /// the first key of an item, each on a line of its own.
    pub(super) fn of_collection(&self, node: Node<'r>) -> Result<Home<'r>, Refused> {
        self.place_in(node, false)
    }

    /// The same, to add to it: what takes several lines stands before the last key, else before the first.
    pub(super) fn place_in(&self, node: Node<'r>, is_long: bool) -> Result<Home<'r>, Refused> {
        if !self.is_rendered(node) {
            return Ok(Home::Node(node));
        }
        let of_keys = node.entries().filter_map(|entry| self.holder(entry.key));
        let homes = of_keys.chain(node.items().filter_map(|item| self.list_of(item)));
        // The object's own file first: what a patch or the values of one release hold is not there for all.
        let own = self.object_file(node);
        let conditions = self.conditions_of(node);
        let rank = |home: &Home<'r>| {
            let Home::Bytes(key) = home else { return (Some(home.file()) != own, false, false, false) };
            let is_apart = self.conditions_at(*key).zip(conditions).is_some_and(|(own, of)| own != of);
            (Some(key.file) != own, true, is_apart, self.is_bound(home))
        };
        let ranked: Vec<_> = homes.map(|home| (rank(&home), home)).collect();
        let least =
            ranked.iter().map(|(rank, _)| *rank).min().ok_or("It is not known where this is written.")?;
        if least.2 {
            return Err("It is printed under conditions of its own.".into());
        }
        let mut best = ranked.into_iter().filter(|(rank, _)| *rank == least).map(|(_, home)| home);
        let found = if is_long { best.last() } else { best.next() };
        found.ok_or_else(|| "It is not known where this is written.".into())
    }

    /// How many conditions and loops of a template stand around an object, and around a place; none in a helper.
    fn conditions_of(&self, node: Node<'_>) -> Option<usize> {
        let kind = node.doc().root()?.entry("kind")?.key;
        self.conditions_at(self.places.narrow(kind.span(), self.sources())?)
    }

    fn conditions_at(&self, at: Span) -> Option<usize> {
        scopes_around(self.sources().file(at.file).text(), at.start as usize).map(|scopes| scopes.len())
    }

    /// Where the entry or item that a value stands in is written: its value, or its key in a template.
    pub(super) fn of_entry(&self, node: Node<'r>) -> Result<Home<'r>, Refused> {
        if !self.is_rendered(node) {
            return Ok(Home::Node(node));
        }
        if let Some(entry) = entry_of(node) {
            let key = match self.key_of(node)? {
                Home::Node(key) => key,
                bytes => return Ok(bytes),
            };
            let value = entry_of_key(key).map(|entry| Home::Node(entry.value));
            return value.ok_or_else(|| format!("`{}` is not found where it is written.", entry.key.key()));
        }
        let first = node.entries().next().ok_or("The item is computed.")?;
        match self.holder(first.key) {
            Some(Home::Node(map)) => Ok(Home::Node(map)),
            _ => Err("An item of a template is taken away by hand.".into()),
        }
    }

    /// Where the key of a value is written.
    pub(super) fn key_of(&self, node: Node<'r>) -> Result<Home<'r>, Refused> {
        let key = entry_of(node).ok_or("It has no key.")?.key;
        if !self.is_rendered(node) {
            return Ok(Home::Node(key));
        }
        let span = self.written(key.span())?;
        let found = if self.is_tree(span.file) {
            let map = self.doc(span).and_then(|doc| map_of_key(doc, span));
            map.and_then(|map| key_at(map, span)).map(|entry| Home::Node(entry.key))
        } else {
            self.is_literal(span, key).then_some(Home::Bytes(span))
        };
        found.ok_or_else(|| "Its key is computed.".into())
    }

    /// The outermost node at a place.
    pub(super) fn node_around(&self, at: Span) -> Option<Node<'r>> {
        self.doc(at)?.nodes(at).first().copied()
    }

    /// The file that the object of a node is written in, where it is rendered.
    pub(super) fn object_file(&self, node: Node<'r>) -> Option<FileId> {
        let root = node.doc().root()?;
        let kind = root.entry("kind")?.key;
        self.places.narrow(kind.span(), self.sources()).map(|span| span.file)
    }

    pub(super) fn is_rendered(&self, node: Node<'_>) -> bool {
        self.sources().file(node.span().file).is_rendered()
    }

    /// Whether a file is read as a tree, and not as a template.
    pub(super) fn is_tree(&self, file: FileId) -> bool {
        let file = self.sources().file(file);
        !(file.path().split('/').any(|folder| folder == "templates") && file.text().contains("{{"))
    }

    /// The mapping that a rendered key is written in, or the key itself where that is a template.
    fn holder(&self, key: Node<'r>) -> Option<Home<'r>> {
        let span = self.written(key.span()).ok()?;
        if self.is_tree(span.file) {
            let map = map_of_key(self.doc(span)?, span)?;
            return key_at(map, span).filter(|entry| entry.key.text() == key.text()).map(|_| Home::Node(map));
        }
        self.is_literal(span, key).then_some(Home::Bytes(span))
    }

    /// Whether a template writes a node as it is printed.
    fn is_literal(&self, written: Span, node: Node<'_>) -> bool {
        self.sources().text(written) == self.sources().text(node.span())
    }

    /// The list that an item is written in.
    fn list_of(&self, item: Node<'r>) -> Option<Home<'r>> {
        let home = match item.entries().next() {
            Some(first) => self.holder(first.key)?,
            None => self.of(item).ok()?,
        };
        match home {
            Home::Node(node) => seq_of(node).map(Home::Node),
            Home::Bytes(key) => item.is_map().then_some(Home::Item(key)),
            other => Some(other),
        }
    }

    /// Whether nothing can stand on a line before that of a key of a template: an item begins on it, or the action above
    /// takes the line break away.
    fn is_bound(&self, home: &Home<'_>) -> bool {
        let Home::Bytes(key) = home else { return false };
        let before = &self.sources().file(key.file).text()[..key.start as usize];
        before.ends_with("- ") || before.trim_end().ends_with("-}}")
    }

    /// The only place in the tree where a helper of templates is asked for; `None` where there are others, and where a name
    /// is computed.
    pub(super) fn only_use(&self, helper: &str) -> Option<Span> {
        let quoted = format!("\"{helper}\"");
        let known = self.uses.borrow().get(helper).copied();
        known.unwrap_or_else(|| {
            let found = self.find_only_use(&quoted);
            self.uses.borrow_mut().insert(helper.to_owned(), found);
            found
        })
    }

    /// The place before the action that asks for it.
    fn find_only_use(&self, quoted: &str) -> Option<Span> {
        let is_template = |text: &str| text.contains("{{");
        let mut found = Vec::new();
        for (id, file) in self.sources().files().filter(|(_, file)| !file.is_rendered()) {
            let text = file.text();
            for word in ["include ", "template "].into_iter().filter(|_| is_template(text)) {
                for (at, _) in text.match_indices(word) {
                    let name = text[at + word.len()..].trim_start();
                    let Some(action) = action_around(text, at) else { continue };
                    if name.starts_with(quoted) {
                        found.push(Span::new(id, action.checked_sub(1)?, action));
                    } else if !name.starts_with('"') {
                        return None;
                    }
                }
            }
        }
        if let [one] = found[..] { Some(one) } else { None }
    }

    fn written(&self, span: Span) -> Result<Span, Refused> {
        let place = self.places.narrow(span, self.sources());
        place.ok_or_else(|| "It is not known where this is written.".into())
    }

    /// The entry whose key or value stands at a place.
    pub(super) fn entry_at(&self, at: Span) -> Option<Entry<'r>> {
        let is_it = |entry: &Entry<'_>| entry.key.span() == at || entry.value.span() == at;
        around(self.doc(at)?, at).find_map(|map| map.written().find(is_it))
    }

    fn node_at(&self, span: Span) -> Option<Node<'r>> {
        self.doc(span)?.nodes(span).into_iter().next_back()
    }

    /// The document that a place is in.
    pub(super) fn doc(&self, at: Span) -> Option<&'r Doc> {
        let documents = self.texts.documents(at.file);
        // They stand one after the other.
        let document = documents.get(documents.partition_point(|document| document.span().end < at.end))?;
        Some(document.doc()).filter(|_| document.span().start <= at.start)
    }
}

impl Home<'_> {
    fn file(&self) -> FileId {
        match self {
            Self::Node(node) => node.span().file,
            Self::Bytes(span) | Self::Item(span) | Self::Lines(span) => span.file,
        }
    }
}

/// The entries and items of a node, each with the node that holds it, from the outside in, as far as they are around a
/// place.
pub(super) fn around(doc: &Doc, at: Span) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(doc.root(), move |node| {
        let holds = |inner: &Node<'_>| inner.span().start <= at.start && at.end <= inner.span().end;
        node.written().map(|entry| entry.value).chain(node.items()).find(holds)
    })
}

/// Whether all of a rendered value comes from another: names may have got a prefix or a suffix.
fn is_source(written: Node<'_>, rendered: Node<'_>) -> bool {
    let text = |node: Node<'_>| node.text().map(std::borrow::Cow::into_owned).unwrap_or_default();
    if rendered.is_scalar() {
        return written.is_scalar() && text(rendered).contains(&text(written));
    }
    let keys =
        |node: Node<'_>| node.entries().map(|entry| entry.key.key().into_owned()).collect::<BTreeSet<_>>();
    let is_whole = keys(written) == keys(rendered) && written.items().count() == rendered.items().count();
    let of_key = |entry: Entry<'_>| {
        written.get(&entry.key.key()).is_some_and(|written| is_source(written, entry.value))
    };
    is_whole
        && written.is_map() == rendered.is_map()
        && rendered.entries().all(of_key)
        && written.items().zip(rendered.items()).all(|(written, item)| is_source(written, item))
}

/// The keys and positions that lead to a node from the root of its document.
pub(super) fn pointer(node: Node<'_>) -> Vec<String> {
    let nodes: Vec<Node<'_>> = around(node.doc(), node.span()).collect();
    let step = |pair: &[Node<'_>]| {
        let at = pair[1].span();
        let key = || {
            pair[0].written().find(|entry| entry.value.span() == at).map(|entry| entry.key.key().into_owned())
        };
        key().or_else(|| pair[0].items().position(|item| item.span() == at).map(|index| index.to_string()))
    };
    nodes.windows(2).filter_map(step).collect()
}

fn key_at(map: Node<'_>, span: Span) -> Option<Entry<'_>> {
    map.written().find(|entry| entry.key.span() == span)
}

fn map_of_key(doc: &Doc, span: Span) -> Option<Node<'_>> {
    around(doc, span).filter(|node| key_at(*node, span).is_some()).last()
}

/// The entry whose value a node is; none for items and roots.
pub(super) fn entry_of(node: Node<'_>) -> Option<Entry<'_>> {
    around(node.doc(), node.span())
        .find_map(|map| map.written().find(|entry| entry.value.span() == node.span()))
}

fn entry_of_key(key: Node<'_>) -> Option<Entry<'_>> {
    key_at(map_of_key(key.doc(), key.span())?, key.span())
}

/// Where the action begins that a byte of a template stands in.
fn action_around(text: &str, at: usize) -> Option<usize> {
    let before = &text[..at];
    before.rfind("{{").filter(|open| before.rfind("}}").is_none_or(|close| close < *open))
}

/// The list whose item a node is.
fn seq_of(node: Node<'_>) -> Option<Node<'_>> {
    let holds = |list: &Node<'_>| list.items().any(|item| item.span() == node.span());
    around(node.doc(), node.span()).find(holds)
}
