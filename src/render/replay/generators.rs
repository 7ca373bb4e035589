//! ConfigMaps and Secrets that are made from literals and files (kustomize `api/kv/kv.go`, `api/internal/generators`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Replayer;
use super::objects::Object;
use super::reading::{Found, file_name};
use super::tree::{Map, Node, Text, Value};
use crate::source::Span;

/// What a generator makes, before it is an object.
#[derive(Default)]
struct Made {
    data: Map,
    /// What is not text, in a ConfigMap.
    binary: Map,
}

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
        let Some(name) = entry.get("name").filter(|name| name.said().is_some()) else {
            return self.doubt("a generator without a name".into(), entry.at);
        };
        let made = self.made_from(folder, entry, is_secret);
        let kind = if is_secret { "Secret" } else { "ConfigMap" };
        let own = |text: &str| Node::text(text, entry.at, entry.at);
        let mut metadata = Map::new();
        metadata.insert("name".into(), as_text(name));
        if let Some(namespace) =
            entry.get("namespace").filter(|node| node.said().is_some_and(|text| !text.is_empty()))
        {
            metadata.insert("namespace".into(), as_text(namespace));
        }
        let options: Vec<&Node> = general.into_iter().chain(entry.get("options")).collect();
        for field in ["labels", "annotations"] {
            let pairs = options.iter().filter_map(|options| options.get(field)?.as_map()).flatten();
            let pairs: Map = pairs.map(|(key, value)| (key.clone(), as_text(value))).collect();
            if !pairs.is_empty() {
                metadata.insert(field.into(), Node::new(Value::Map(pairs), entry.at, entry.at));
            }
        }
        let mapping = |map: Map| Node::new(Value::Map(map), entry.at, entry.at);
        let mut tree = Map::from([
            ("apiVersion".into(), own("v1")),
            ("kind".into(), own(kind)),
            ("metadata".into(), mapping(metadata)),
        ]);
        let mut insert = |key: &str, map: Map| {
            if !map.is_empty() {
                tree.insert(key.into(), mapping(map));
            }
        };
        insert("data", made.data);
        insert("binaryData", made.binary);
        if is_secret {
            let given = entry.get("type").filter(|node| node.said().is_some_and(|text| !text.is_empty()));
            tree.insert("type".into(), given.map_or_else(|| own("Opaque"), as_text));
        }
        if let Some(immutable) = options.iter().rev().find(|options| options.is_true("immutable")) {
            tree.extend(immutable.get("immutable").map(|node| ("immutable".into(), node.copy(&self.budget))));
        }
        let mut object = Object::new(mapping(tree));
        object.hashed = !options.iter().any(|options| options.is_true("disableNameSuffixHash"));
        match entry.field("behavior").as_deref() {
            Some(behavior @ ("merge" | "replace")) => {
                self.absorb(objects, object, behavior == "merge", entry.at);
            }
            _ => objects.push(object),
        }
    }

    /// A generator of an outer layer adds to what an inner one made, or takes its place
    /// (kustomize `api/resmap/reswrangler.go`, `appendReplaceOrMerge`).
    fn absorb(&mut self, objects: &mut [Object], mut new: Object, is_merge: bool, at: Span) {
        let (kind, name) = (new.kind().into_owned(), new.name().into_owned());
        self.budget.spend(objects.len());
        let Some(old) = objects.iter_mut().find(|object| object.was(&kind, &name)) else {
            return self.doubt("a generator that merges with nothing".into(), at);
        };
        let budget = &self.budget;
        let keep = |path: &[&str]| Some(old.tree.at(path)?.copy(budget));
        let (name, namespace) = (keep(&["metadata", "name"]), keep(&["metadata", "namespace"]));
        let mut pairs: Vec<(&str, Option<Node>)> = Vec::new();
        for field in ["labels", "annotations"] {
            pairs.push((field, keep(&["metadata", field])));
        }
        let data: Vec<(&str, Option<Node>)> =
            ["data", "binaryData"].map(|field| (field, if is_merge { keep(&[field]) } else { None })).into();
        let before = std::mem::replace(&mut old.tree, new.tree);
        let Some(metadata) = old.tree.get_mut("metadata") else { return };
        for (field, node) in [("name", name), ("namespace", namespace)] {
            if let Some(node) = node {
                metadata.as_map_mut().map(|map| map.insert(field.into(), node));
            }
        }
        for (field, below) in pairs {
            underlay(metadata, field, below);
        }
        for (field, below) in data {
            underlay(&mut old.tree, field, below);
        }
        // What is not merged is remembered: the kind, the type and the data of a replaced object say the same.
        old.tree.old.push(before);
        old.hashed = new.hashed;
        new.ids.clear();
        old.remember();
    }

    /// Environment files, literals and files, in this order: none repeats a key, else kustomize refuses.
    fn made_from(&mut self, folder: &str, entry: &Node, is_secret: bool) -> Made {
        let mut made = Made::default();
        let mut put = |key: &str, text: &str, at: Span, at_key: Span| {
            let value = if is_secret { encoded(text) } else { text.to_owned() };
            made.data.insert(key.into(), Node::text(&value, at, at_key));
        };
        for literal in entry.list("literals") {
            let Some(text) = literal.said() else { continue };
            let (key, value) = text.split_once('=').unwrap_or((&text, ""));
            put(key, without_quotes(value), literal.at, literal.at);
        }
        for file in entry.list("envs").iter().chain(entry.get("env")) {
            let Some(path) = file.said().filter(|path| !path.is_empty()) else { continue };
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
            let Some(text) = file.said() else { continue };
            let (key, path) = text.split_once('=').unwrap_or(("", &text));
            let key: Text = if key.is_empty() { file_name(path).as_ref().into() } else { key.into() };
            match self.find(folder, path) {
                Found::Text(id, text) => {
                    self.budget.spend(text.len() / 16);
                    let value = if is_secret { encoded(text) } else { text.to_owned() };
                    let first = text.find('\n').unwrap_or(text.len());
                    made.data.insert(key, Node::text(&value, Span::new(id, 0, first), file.at));
                }
                Found::Binary => {
                    self.doubt(format!("`{path}` is not text"), file.at);
                    let into = if is_secret { &mut made.data } else { &mut made.binary };
                    into.insert(key, Node::new(Value::Opaque, file.at, file.at));
                }
                Found::Folder(_) | Found::Nothing => {
                    self.doubt(format!("`{path}` is no file that can be read"), file.at);
                }
            }
        }
        made
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
    Node::text(&node.said().unwrap_or_default(), node.at, node.key)
}

/// Adds what stood in a mapping before, where the new one says nothing else.
fn underlay(tree: &mut Node, field: &str, below: Option<Node>) {
    let Some(below) = below else { return };
    let Some(map) = tree.as_map_mut() else { return };
    let Some(above) = map.get_mut(field) else {
        map.insert(field.into(), below);
        return;
    };
    let Value::Map(below) = below.value else { return };
    for (key, mut node) in below {
        let Some(above) = above.as_map_mut() else { return };
        if let Some(new) = above.remove(&key) {
            node.replace(new);
        }
        above.insert(key, node);
    }
}

/// One pair of quotes around a literal is not part of it (kustomize `api/kv/kv.go`, `removeQuotes`).
fn without_quotes(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}
