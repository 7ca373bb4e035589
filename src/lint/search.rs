//! Finds what must not be shown near the places of findings.

use std::borrow::Cow;
use std::ops::Range;

use crate::secrets::{Hit, engine, may_name_an_object, random_words, sensitive_name};
use crate::source::{FileId, Span};
use crate::yaml::{Doc, Node};

use super::broken_text;
use super::hiding::{Hidden, properties};
use super::names::is_field_of_names;

/// Deeper manifests do not exist; hostile ones are cut by the parser before.
const DEPTH: usize = 600;

/// Fields of a kustomization (kustomize `api/types`, `Kustomization`).
const GENERATORS: [&str; 2] = ["configMapGenerator", "secretGenerator"];

/// Texts are searched as data: what only looks like program text there is hidden, too.
const DATA: &str = "yaml";

/// A longer manifest in a scalar is hidden whole.
const LONGEST_MANIFEST: usize = 16 * 1024;

/// The part of what is shown that lies within a span.
pub(super) fn within(ranges: &[Range<usize>], span: Span) -> impl Iterator<Item = Range<usize>> + use<'_> {
    let Range { start, end } = span.range();
    let first = ranges.partition_point(|range| range.end <= start);
    ranges[first..]
        .iter()
        .take_while(move |range| range.start < end)
        .map(move |range| range.start.max(start)..range.end.min(end))
        .filter(|range| !range.is_empty())
}

/// A search for what looks like a credential, whoever reads it, in what is shown of a file.
pub(super) struct Search<'s> {
    pub(super) ranges: &'s [Range<usize>],
    pub(super) hiding: &'s mut Hidden,
}

impl<'s> Search<'s> {
    fn within(&self, span: Span) -> impl Iterator<Item = Range<usize>> + use<'s> {
        within(self.ranges, span)
    }

    pub(super) fn document(&mut self, doc: &Doc) {
        if let Some(root) = doc.root() {
            self.tree(root, DEPTH);
        }
        let pieces: Vec<_> = self.within(doc.span).collect();
        if pieces.is_empty() {
            return;
        }
        self.comments(doc);
        // What could not be read as a tree is shown all the same, and so is what is no YAML.
        let is_text = doc.root().is_some_and(Node::is_scalar);
        for piece in pieces {
            if doc.broken {
                self.broken(doc, piece);
            } else if is_text {
                self.lines(doc.file, piece.start, doc.text.get(piece.clone()).unwrap_or_default());
            }
        }
    }

    fn broken(&mut self, doc: &Doc, piece: Range<usize>) {
        let text = doc.text.get(piece.clone()).unwrap_or_default();
        self.lines(doc.file, piece.start, text);
        let whole = doc.text.get(doc.span.range()).unwrap_or_default();
        // A template is no YAML, and what it prints is hidden where that is read.
        let values = if whole.contains("{{") {
            random_words(text)
        } else {
            broken_text::values(text, broken_text::is_secret(whole))
        };
        for value in values {
            self.hiding.span(Span::new(doc.file, piece.start + value.start, piece.start + value.end));
        }
    }

    /// Manifests that were commented out, and notes to oneself.
    fn comments(&mut self, doc: &Doc) {
        let mut name = "";
        let data = data_of_secret(doc);
        for (span, text) in doc.comments() {
            let line = text.trim_start_matches(['#', '-', ' ', '\t']);
            if let Some(named) = line.strip_prefix("name:") {
                name = named.trim();
            }
            if self.within(span).next().is_none() {
                continue;
            }
            let file = span.file;
            let at = |part: &str| span.range().end - part.len();
            let start = span.range().start;
            if data.iter().any(|data| data.contains(&start)) || is_behind_secret(&doc.text[..start]) {
                self.hiding.span(Span::new(file, at(line), span.range().end));
                continue;
            }
            // An old password has no name beside it.
            for word in random_words(line) {
                self.hiding.span(Span::new(file, at(line) + word.start, at(line) + word.end));
            }
            if let Some(value) = line.strip_prefix("value:") {
                let hits = engine().named(name, value, &|_| false);
                self.hits(file, at(value), value, hits);
            }
            let mut rest = line;
            while !rest.is_empty() {
                let piece = rest.split([',', ';']).next().unwrap_or_default();
                self.text(file, at(rest), piece);
                rest = rest[piece.len()..].trim_start_matches([',', ';', ' ']);
            }
            let command = engine().arguments(&["sh", "-c", line], &|_| false);
            let hits = command.into_iter().filter(|(argument, _)| *argument == 2);
            self.hits(file, at(line), line, hits.map(|(_, hit)| hit));
        }
    }

    /// Text of several lines: names and values, notes, and variables as templates list them.
    fn lines(&mut self, file: FileId, start: usize, text: &str) {
        self.text(file, start, text);
        let mut name = "";
        for line in text.lines() {
            let at = |part: &str| start + part.as_ptr() as usize - text.as_ptr() as usize;
            if let Some(note) = note_in(line) {
                self.text(file, at(note), note);
            }
            let bare = line.trim_start().trim_start_matches(['-', ' ', '#']);
            if let Some(named) = bare.strip_prefix("name:") {
                name = named.trim().trim_matches(['"', '\'']);
            }
            if let Some(value) = bare.strip_prefix("value:") {
                let value = value.split("{{").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
                self.hits(file, at(value), value, engine().named(name, value, &|_| false));
            }
        }
    }

    fn text(&mut self, file: FileId, start: usize, text: &str) {
        self.hits(file, start, text, hits_in(text));
    }

    fn hits(&mut self, file: FileId, start: usize, text: &str, hits: impl IntoIterator<Item = Hit>) {
        for hit in hits {
            let range = start + hit.range.start..start + hit.range.end;
            self.hiding.span(Span::new(file, range.start, range.end));
            self.hiding.value(text, &hit);
        }
    }

    /// Hides whatever looks like a credential below a node, whoever reads it.
    fn tree(&mut self, node: Node<'_>, depth: usize) {
        // The value of an alias is searched where it is written.
        let is_shown = self.within(node.span()).next().is_some();
        if depth == 0 || !is_shown || node.alias_span().is_some() {
            return;
        }
        let pair = Pair::of(node);
        for entry in node.written() {
            let key = entry.key.text().unwrap_or_default();
            if pair.holds_secret(&key) {
                self.all(entry.value, depth);
            } else if GENERATORS.contains(&&*key) {
                self.generators(entry.value, depth);
            } else if !pair.is_name(&key) {
                self.leaf(pair.name_of(&key).unwrap_or(&key), entry.value);
                self.tree(entry.value, depth - 1);
            }
        }
        let items: Vec<Node<'_>> = node.items().collect();
        if items.iter().any(|item| item.is_scalar()) {
            let words: Vec<_> = items.iter().map(|item| item.text().unwrap_or_default()).collect();
            for (index, hit) in engine().arguments(&words, &|_| false) {
                self.hiding.hit(items[index], &words[index], &hit);
            }
        }
        for item in items {
            self.leaf("", item);
            self.tree(item, depth - 1);
        }
    }

    /// The lists of a kustomization whose items name files: `htpasswd=files/users` is no password.
    fn generators(&mut self, list: Node<'_>, depth: usize) {
        for entry in list.items().flat_map(Node::written) {
            let key = entry.key.text().unwrap_or_default();
            if !["env", "envs", "files"].contains(&&*key) {
                self.leaf(&key, entry.value);
                self.tree(entry.value, depth - 1);
            }
        }
    }

    /// Hides every value below a node.
    fn all(&mut self, node: Node<'_>, depth: usize) {
        if node.is_scalar() {
            self.hiding.span(node.span());
        }
        if depth > 0 {
            node.written().for_each(|entry| self.all(entry.value, depth - 1));
            node.items().for_each(|item| self.all(item, depth - 1));
        }
    }

    fn leaf(&mut self, name: &str, node: Node<'_>) {
        self.properties(name, node);
        let is_shown = self.within(node.span()).next().is_some();
        let Some(text) = node.text().filter(|_| is_shown && node.alias_span().is_none()) else {
            return;
        };
        if broken_text::is_secret(&text) {
            self.manifest(node, &text);
        }
        let mut hits = engine().text(&text);
        if !may_name_an_object(name, &text) {
            hits.extend(engine().named(name, &text, &|_| false));
            hits.extend(engine().header(name, &text));
        }
        if text.contains(['\n', '{', ';']) {
            hits.extend(engine().file(DATA, &text, &|_| false));
            for note in text.lines().filter_map(note_in) {
                let start = note.as_ptr() as usize - text.as_ptr() as usize;
                hits.extend(hits_in(note).into_iter().map(|hit| hit.moved(start)));
            }
        }
        for hit in hits {
            self.hiding.hit(node, &text, &hit);
        }
        if let Some((_, query)) = text.split_once('?').filter(|(path, _)| path.starts_with('/')) {
            self.hiding.span(node.part(&(text.len() - query.len()..text.len())));
        }
        if !is_field_of_names(name) {
            for word in random_words(&text) {
                self.hiding.span(node.part(&word));
            }
        }
    }

    /// Tags and anchors that are no words, and any before what is called a secret: a password may begin as they do.
    fn properties(&mut self, name: &str, node: Node<'_>) {
        let text = &node.doc().text;
        for span in properties(node) {
            let written = text.get(span.range()).unwrap_or_default();
            if sensitive_name(name) || !random_words(written).is_empty() {
                self.hiding.span(span);
            }
        }
    }

    /// A scalar that is the manifest of a Secret: a patch, an object that is made by another.
    fn manifest(&mut self, node: Node<'_>, text: &str) {
        if text.len() > LONGEST_MANIFEST {
            self.hiding.span(node.span());
            return;
        }
        for value in broken_text::values(text, true) {
            self.hiding.span(node.part(&value));
        }
    }
}

/// What is found in a text by names and formats; of a name of several words the last counts too: `old password: x`.
fn hits_in(text: &str) -> Vec<Hit> {
    let mut hits = engine().file(DATA, text, &|_| false);
    let name = text.find([':', '=']).map_or("", |end| text[..end].trim_end());
    if let Some(blank) = name.rfind(' ').filter(|_| !text.contains('\n')) {
        let from = blank + 1;
        hits.extend(engine().file(DATA, &text[from..], &|_| false).into_iter().map(|hit| hit.moved(from)));
    }
    hits
}

/// Where the data of a Secret stands: what is told there in comments may be the value of yesterday.
fn data_of_secret(doc: &Doc) -> Vec<Range<usize>> {
    let is_secret =
        |root: &Node<'_>| root.get("kind").and_then(Node::text).is_some_and(|kind| kind == "Secret");
    let entries: Vec<_> = doc.root().filter(is_secret).into_iter().flat_map(Node::written).collect();
    let ends = entries.iter().skip(1).map(|next| next.key.span().range().start);
    let entries = entries.iter().zip(ends.chain([doc.span.range().end]));
    let data = entries.filter(|(entry, _)| ["data", "stringData"].contains(&entry.key.key().as_ref()));
    data.map(|(entry, end)| entry.key.span().range().end..end).collect()
}

/// Whether a text ends in a value whose key is called a secret: `password: x`.
fn is_behind_secret(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start_matches(['-', ' ']);
    let pair = line.split_once(':').filter(|(_, value)| !value.trim().is_empty());
    pair.is_some_and(|(name, _)| sensitive_name(name.trim().trim_matches(['"', '\''])))
}

/// What a line of a text says in a comment.
fn note_in(line: &str) -> Option<&str> {
    let line = line.trim();
    let note = ["#", ";", "//", "--"].iter().find_map(|sign| line.strip_prefix(sign))?;
    Some(note.trim_start_matches(['#', ';', '/', '-', ' ', '\t'])).filter(|note| !note.is_empty())
}

/// What a mapping says of its own entries.
struct Pair<'a> {
    is_secret: bool,
    /// An entry of an ExternalSecret: its `secretKey` is a key, and no secret.
    is_reference: bool,
    /// A patch of a Secret's data.
    is_patch_of_data: bool,
    /// What its `value` is called.
    name: Option<Cow<'a, str>>,
}

impl<'a> Pair<'a> {
    fn of(node: Node<'a>) -> Self {
        let text = |key: &str| node.get(key).and_then(Node::text);
        let kinds = node.written().filter(|entry| entry.key.key() == "kind");
        let is_secret = kinds
            .filter_map(|entry| entry.value.text())
            .any(|kind| ["Secret", "SecretList"].contains(&kind.trim()));
        let path = text("path").filter(|_| node.get("op").is_some());
        let is_patch_of_data =
            path.as_ref().is_some_and(|path| path.starts_with("/data") || path.starts_with("/stringData"));
        let last = path.map(|path| Cow::Owned(path.rsplit('/').next().unwrap_or_default().to_owned()));
        Self {
            is_secret,
            is_reference: node.get("remoteRef").is_some() || node.get("sourceRef").is_some(),
            is_patch_of_data,
            name: text("name").or_else(|| text("key")).or(last),
        }
    }

    /// Whether everything below a key of it is secret.
    fn holds_secret(&self, key: &str) -> bool {
        key == "stringData" || key == "data" && self.is_secret || key == "value" && self.is_patch_of_data
    }

    fn is_name(&self, key: &str) -> bool {
        self.is_reference && key == "secretKey"
    }

    /// `{name: X, value: Y}` names its value as a key does.
    fn name_of(&self, key: &str) -> Option<&str> {
        const VALUES: [&str; 5] = ["value", "string", "default", "defaultValue", "values"];
        self.name.as_deref().filter(|_| VALUES.contains(&key))
    }
}
