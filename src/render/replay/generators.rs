//! ConfigMaps and Secrets that are made from literals and files (kustomize `api/kv/kv.go`, `api/internal/generators`).

use std::collections::btree_map::Entry;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Replayer;
use super::objects::Object;
use super::reading::{Found, file_name};
use super::tree::{Map, Node, Value};
use crate::source::Span;

impl Replayer<'_, '_> {
    /// One entry of `configMapGenerator` or `secretGenerator`.
    pub(super) fn generate(
        &mut self,
        folder: &str,
        objects: &mut Vec<Object>,
        entry: &Node,
        general: Option<&Node>,
        is_secret: bool,
    ) {
        let Some(name) = entry.get("name").filter(|name| name.text().is_some()) else {
            return self.doubt("a generator without a name".into(), entry.at);
        };
        let (data, binary) = self.data(folder, entry, is_secret);
        let kind = if is_secret { "Secret" } else { "ConfigMap" };
        let own = |text: &str| Node::of_text(text, entry.at, entry.at);
        let given = |key: &str| entry.get(key).filter(|_| entry.field(key).is_some()).map(as_text);
        let mut metadata = Map::from([("name".into(), as_text(name))]);
        metadata.extend(given("namespace").map(|namespace| ("namespace".into(), namespace)));
        let mapping = |map: Map| Node::new(Value::Map(map), entry.at, entry.at);
        let options: Vec<&Node> = general.into_iter().chain(entry.get("options")).collect();
        for field in ["labels", "annotations"] {
            let pairs = options.iter().filter_map(|options| options.get(field)?.as_map()).flatten();
            let pairs: Map = pairs.map(|(key, value)| (key.clone(), as_text(value))).collect();
            if !pairs.is_empty() {
                metadata.insert(field.into(), mapping(pairs));
            }
        }
        let mut tree = Map::from([
            ("apiVersion".into(), own("v1")),
            ("kind".into(), own(kind)),
            ("metadata".into(), mapping(metadata)),
        ]);
        let maps = [("data", data), ("binaryData", binary)].into_iter().filter(|(_, map)| !map.is_empty());
        tree.extend(maps.map(|(key, map)| (key.into(), mapping(map))));
        if is_secret {
            tree.insert("type".into(), given("type").unwrap_or_else(|| own("Opaque")));
        }
        if let Some(immutable) = options.iter().rev().find(|options| options.is_true("immutable")) {
            tree.extend(immutable.get("immutable").map(|node| ("immutable".into(), node.copy(&self.budget))));
        }
        let mut object = Object::new(mapping(tree));
        object.hashed = !options.iter().any(|options| options.is_true("disableNameSuffixHash"));
        match entry.field("behavior").as_deref() {
            Some(behavior @ ("merge" | "replace")) => {
                self.merge_generated(objects, object, behavior == "merge", entry.at);
            }
            _ => objects.push(object),
        }
    }

    /// A generator of an outer layer adds to what an inner one made, or takes its place
    /// (kustomize `api/resmap/reswrangler.go`, `appendReplaceOrMerge`).
    fn merge_generated(&mut self, objects: &mut [Object], mut new: Object, is_merge: bool, at: Span) {
        let (kind, name) = (new.kind().into_owned(), new.name().into_owned());
        self.budget.spend(objects.len());
        let Some(old) = objects.iter_mut().find(|object| object.had_name(&kind, &name)) else {
            return self.doubt("a generator that merges with nothing".into(), at);
        };
        let budget = &self.budget;
        let before = std::mem::replace(&mut old.tree, new.tree);
        let keep = |path: &[&str]| Some(before.at(path)?.copy(budget));
        let Some(metadata) = old.tree.get_mut("metadata") else { return };
        for field in ["name", "namespace"] {
            if let (Some(map), Some(node)) = (metadata.as_map_mut(), keep(&["metadata", field])) {
                map.insert(field.into(), node);
            }
        }
        for field in ["labels", "annotations"] {
            keep_entries(metadata, field, keep(&["metadata", field]));
        }
        for field in ["data", "binaryData"].into_iter().filter(|_| is_merge) {
            keep_entries(&mut old.tree, field, keep(&[field]));
        }
        // The kind, type and data of a replaced object may be the same: its places stay known.
        old.tree.old.push(before);
        old.hashed = new.hashed;
        new.ids.clear();
        old.keep_id();
    }

    /// Environment files, literals and files, in this order: none repeats a key, else kustomize refuses.
    /// What is not text goes into the second map of a ConfigMap.
    fn data(&mut self, folder: &str, entry: &Node, is_secret: bool) -> (Map, Map) {
        let (mut data, mut binary) = (Map::new(), Map::new());
        let mut put = |key: &str, text: &str, at: Span, at_key: Span| {
            let value = if is_secret { encoded(text) } else { text.to_owned() };
            data.insert(key.into(), Node::of_text(&value, at, at_key));
        };
        for literal in entry.list("literals") {
            let Some(text) = literal.text() else { continue };
            let (key, value) = text.split_once('=').unwrap_or((&text, ""));
            put(key, without_quotes(value), literal.at, literal.at);
        }
        for file in entry.list("envs").iter().chain(entry.get("env")) {
            let Some(path) = file.text().filter(|path| !path.is_empty()) else { continue };
            let Found::Text(id, text) = self.find(folder, &path) else {
                self.doubt(format!("`{path}` is no file that can be read"), file.at);
                continue;
            };
            self.budget.spend(text.len() / 16);
            let mut start = if text.starts_with('\u{feff}') { 3 } else { 0 };
            for line in text[start..].split_inclusive('\n') {
                let trimmed = line.trim_start();
                let at = start + (line.len() - trimmed.len());
                let content = trimmed.strip_suffix('\n').unwrap_or(trimmed);
                let content = content.strip_suffix('\r').unwrap_or(content);
                if !content.is_empty() && !content.starts_with('#') {
                    let (key, value) = content.split_once('=').unwrap_or((content, ""));
                    let span = Span::new(id, at + content.len() - value.len(), at + content.len());
                    put(key, value, span, Span::new(id, at, at + key.len()));
                }
                start += line.len();
            }
        }
        for file in entry.list("files") {
            let Some(text) = file.text() else { continue };
            let (key, path) = text.split_once('=').unwrap_or(("", &text));
            let key = if key.is_empty() { file_name(path) } else { key };
            match self.find(folder, path) {
                Found::Text(id, text) => {
                    self.budget.spend(text.len() / 16);
                    let first = text.find('\n').unwrap_or(text.len());
                    put(key, text, Span::new(id, 0, first), file.at);
                }
                Found::Binary => {
                    self.doubt(format!("`{path}` is not text"), file.at);
                    binary.insert(key.into(), Node::new(Value::Opaque, file.at, file.at));
                }
                Found::Folder(_) | Found::Nothing => {
                    self.doubt(format!("`{path}` is no file that can be read"), file.at);
                }
            }
        }
        if is_secret {
            data.append(&mut binary);
        }
        (data, binary)
    }
}

/// Base64 in lines of 70 characters, as kustomize writes it (`kyaml/yaml/datamap.go`).
fn encoded(text: &str) -> String {
    const LINE: usize = 70;
    let one = STANDARD.encode(text);
    if one.len() < LINE {
        return one;
    }
    let lines = one.as_bytes().chunks(LINE);
    lines.flat_map(|line| line.iter().copied().chain([b'\n'])).map(char::from).collect()
}

/// The same place, as a string: data, labels and annotations hold nothing else.
fn as_text(node: &Node) -> Node {
    Node::of_text(&node.text().unwrap_or_default(), node.at, node.key)
}

/// Adds what stood in a mapping before, where the new one has nothing else.
fn keep_entries(tree: &mut Node, field: &str, below: Option<Node>) {
    let (Some(below), Some(map)) = (below, tree.as_map_mut()) else { return };
    match map.entry(field.into()) {
        Entry::Vacant(entry) => _ = entry.insert(below),
        Entry::Occupied(entry) => {
            let (Value::Map(above), Value::Map(below)) = (&mut entry.into_mut().value, below.value) else {
                return;
            };
            for (key, mut node) in below {
                if let Some(new) = above.remove(&key) {
                    node.replace(new);
                }
                above.insert(key, node);
            }
        }
    }
}

/// One pair of quotes around a literal is not part of it (kustomize `api/kv/kv.go`, `removeQuotes`).
fn without_quotes(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}
