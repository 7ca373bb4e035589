//! What a deployer writes into a kustomization before it is built: Argo CD by `kustomize edit`, Flux by itself.

use serde_json::Value as Json;

use super::Replayer;
use super::tree::{Map, Node, Value};
use crate::render::roots::{Change, Merge};
use crate::source::Span;
use crate::yaml::{self, to_json};

impl Replayer<'_, '_> {
    /// Puts all changes into a kustomization.
    pub(super) fn change(&mut self, kustomization: &mut Node) {
        for change in &self.changes.list {
            let new = self.value_of(change);
            let at = new.at;
            match (change.merge, new.value) {
                (Merge::Entries, Value::Map(entries)) => {
                    let map = entry(kustomization, change.field, || Node::map(at, at));
                    for (key, value) in entries {
                        map.set(&key, value);
                    }
                }
                (Merge::Set | Merge::Entries, value) => {
                    kustomization.set(change.field, Node { value, ..new });
                }
                (Merge::Append | Merge::ByName, value) => {
                    let list = || Node::new(Value::List(Vec::new()), at, at);
                    let item = Node { value, ..new };
                    match &mut entry(kustomization, change.field, list).value {
                        Value::List(items) if change.merge == Merge::ByName => self.put_by_name(items, item),
                        Value::List(items) => items.push(item),
                        _ => {}
                    }
                }
            }
        }
    }

    /// Puts an item in the place of that of its name. `*` in it stands for what was there (`kustomize edit set image`).
    fn put_by_name(&self, items: &mut Vec<Node>, mut item: Node) {
        let is_same = |other: &Node| item.field("name").is_some_and(|name| other.is_text("name", &name));
        let same = items.iter().position(is_same);
        let before = same.map(|same| &items[same]);
        if let Some(map) = item.as_map_mut() {
            map.retain(|key, part| {
                if part.text().is_none_or(|text| text != "*") {
                    return true;
                }
                let old = before.and_then(|before| before.get(key));
                old.inspect(|old| *part = old.copy(&self.budget)).is_some()
            });
        }
        match same {
            Some(same) => items[same].replace(item),
            None => items.push(item),
        }
    }

    /// The value of a change, each part where it is written.
    fn value_of(&mut self, change: &Change) -> Node {
        let file = change.at.file;
        self.texts.insert(file, self.index.file(file));
        let documents = self.index.documents(file);
        let after = documents.partition_point(|document| document.span().start <= change.at.start);
        // What was filled in or put together is not what is written there.
        let nodes =
            documents[..after].last().map(|document| document.doc().nodes(change.at)).unwrap_or_default();
        let same = nodes.iter().find(|node| to_json(**node) == change.value);
        let alike = |node: &&yaml::Node<'_>| node.is_map() == change.value.is_object();
        match same.or_else(|| nodes.iter().find(alike)) {
            Some(node) => self.of_json(&change.value, *node),
            None => of_json(&change.value, change.at),
        }
    }

    /// A value that was made of what is written: each part that is still the same at its own place.
    fn of_json(&self, value: &Json, written: yaml::Node<'_>) -> Node {
        if to_json(written) == *value {
            return Node::from_yaml(written, None, &|span| span, &self.budget);
        }
        let at = written.span();
        let Json::Object(entries) = value else { return of_json(value, at) };
        let entries = entries.iter().map(|(key, value)| {
            let part = written.get(key).map_or_else(|| of_json(value, at), |part| self.of_json(value, part));
            (key.as_str().into(), part)
        });
        Node::new(Value::Map(entries.collect::<Map>()), at, at)
    }
}

/// The value of a field, made where there is none.
fn entry<'n>(kustomization: &'n mut Node, field: &str, new: impl FnOnce() -> Node) -> &'n mut Node {
    if kustomization.get(field).is_none_or(|node| node.value.is_null()) {
        kustomization.set(field, new());
    }
    kustomization.get_mut(field).expect("it was set")
}

/// A value that stands nowhere as such: all of it is at one place.
fn of_json(value: &Json, at: Span) -> Node {
    let value = match value {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Value::Int(int),
            (None, Some(uint)) => Value::Uint(uint),
            (None, None) => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::Text(text.as_str().into()),
        Json::Array(items) => Value::List(items.iter().map(|item| of_json(item, at)).collect()),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.as_str().into(), of_json(value, at)));
            Value::Map(entries.collect::<Map>())
        }
    };
    Node::new(value, at, at)
}
