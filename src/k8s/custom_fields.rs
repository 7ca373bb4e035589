//! The fields of custom resources, as the definitions of a run declare them (`CustomResourceDefinition`).
//!
//! A schema is structural: what it does not name is dropped by the API server, and a value of another type is refused
//! (kubernetes.io, "Specifying a structural schema").

use std::collections::HashMap;

use super::Object;
use super::fields::{Fault, is_foreign, is_placeholder, unknown_field, wrong_type};
use crate::yaml::{Node, Value};

/// No more of one object are named.
const MOST: usize = 20;

/// The schemas that a run declares, by version and kind.
#[derive(Debug, Default)]
pub struct Schemas<'a>(HashMap<(String, String), Vec<Node<'a>>>);

impl<'a> Schemas<'a> {
    /// Those of some objects.
    pub fn of<'o>(objects: impl Iterator<Item = &'o Object<'a>>) -> Self
    where
        'a: 'o,
    {
        let mut schemas: HashMap<(String, String), Vec<Node<'a>>> = HashMap::new();
        let definitions =
            objects.filter(|object| object.is("apiextensions.k8s.io", "CustomResourceDefinition"));
        for spec in definitions.filter_map(|object| object.node.get("spec")) {
            let text = |path: &[&str]| Some(spec.at(path)?.text()?.into_owned());
            let Some((group, kind)) = text(&["group"]).zip(text(&["names", "kind"])) else { continue };
            for version in spec.get("versions").into_iter().flat_map(Node::items) {
                let name = version.get("name").and_then(Node::text);
                let schema = version.at(&["schema", "openAPIV3Schema"]);
                if let Some((name, schema)) = name.zip(schema) {
                    schemas.entry((format!("{group}/{name}"), kind.clone())).or_default().push(schema);
                }
            }
        }
        Self(schemas)
    }

    /// What in an object is no field of its kind, or of another type; of several definitions what all of them refuse.
    #[must_use]
    pub fn faults(&self, object: &Object<'_>) -> Vec<Fault> {
        let key = (object.api_version.to_string(), object.kind.to_string());
        let of = |schema: &Node<'_>| {
            let mut found = Vec::new();
            fields(object.node, *schema, object, true, &mut found);
            found
        };
        let mut all = self.0.get(&key).into_iter().flatten().map(of);
        let mut found = all.next().unwrap_or_default();
        for other in all {
            found.retain(|fault| other.iter().any(|other| other.span == fault.span));
        }
        found
    }
}

/// A document is not nested without end, so this may recurse.
fn fields(node: Node<'_>, schema: Node<'_>, object: &Object<'_>, is_root: bool, found: &mut Vec<Fault>) {
    let is_set = |key: &str| schema.get(key).and_then(Node::as_bool) == Some(true);
    let properties = schema.get("properties");
    let others = schema.get("additionalProperties");
    let is_object = is_root || is_set("x-kubernetes-embedded-resource");
    let is_open = is_set("x-kubernetes-preserve-unknown-fields")
        || others.is_some_and(|others| others.as_bool() == Some(true))
        || (properties.is_none() && others.is_none());
    for entry in node.entries() {
        if found.len() >= MOST {
            return;
        }
        let key = entry.key.key();
        let own = properties.and_then(|properties| properties.get(&key));
        match own.or(others.filter(|others| others.is_map())) {
            _ if is_object && matches!(&*key, "apiVersion" | "kind" | "metadata") => {}
            Some(schema) => value(entry.value, schema, &key, object, found),
            None if is_open || is_foreign(&key) => {}
            None => {
                let names = properties.into_iter().flat_map(Node::entries).map(|entry| entry.key.key());
                found.push(unknown_field(entry, &object.kind, names.map(std::borrow::Cow::into_owned)));
            }
        }
    }
}

fn value(node: Node<'_>, schema: Node<'_>, key: &str, object: &Object<'_>, found: &mut Vec<Fault>) {
    let held = node.value();
    let is_either = schema.get("x-kubernetes-int-or-string").and_then(Node::as_bool) == Some(true);
    if held == Value::Null || is_either || matches!(&held, Value::Str(text) if is_placeholder(text)) {
        return;
    }
    let is_number = matches!(held, Value::Int(_) | Value::Uint(_) | Value::Float(_));
    let (fits, wanted) = match schema.get("type").and_then(Node::text).as_deref() {
        Some("string") => (matches!(held, Value::Str(_)), "text"),
        Some("boolean") => (matches!(held, Value::Bool(_)), "`true` or `false`"),
        Some("integer" | "number") => (is_number, "a number"),
        Some("array") => (held == Value::Seq, "a list"),
        Some("object") => (held == Value::Map, "a mapping"),
        _ => return,
    };
    if !fits {
        found.push(wrong_type(node, key, wanted));
    } else if held == Value::Map {
        fields(node, schema, object, false, found);
    } else if let Some(of_items) = schema.get("items").filter(|_| held == Value::Seq) {
        node.items().for_each(|item| value(item, of_items, key, object, found));
    }
}
