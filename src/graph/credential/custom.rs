//! Credentials in the fields of custom resources: passwords under names that mean them, logins in addresses, and files in
//! scalars.
//!
//! Fields of custom resources also name Secrets, describe schemas and match objects; so a name alone is not enough here.

use super::literal::{Literal, in_arguments};
use super::texts::hits_in;
use crate::k8s::Object;
use crate::secrets::{
    Hit, Known, SecretVerdict, Strength, engine, is_login_header, is_secret_of_field, sensitive_name,
};
use crate::yaml::Node;

/// Deeper trees are not written by people.
const DEPTH: usize = 40;

/// Kinds whose fields describe others.
const SCHEMAS: [&str; 8] = [
    "APIDefinition",
    "ClusterServiceVersion",
    "CompositeResourceDefinition",
    "ConstraintTemplate",
    "CustomResourceDefinition",
    "PackageManifest",
    "ResourceGraphDefinition",
    "WorkflowEventBinding",
];
/// Kinds of Kubernetes itself whose parameters drivers read.
const DRIVEN: [(&str, &str); 2] = [("", "PersistentVolume"), ("storage.k8s.io", "StorageClass")];

/// Fields that hold no values: texts for people, schemas, selectors, patterns, expressions, ciphers.
const SKIPPED: [&str; 31] = [
    "anyPattern",
    "constraints",
    "deny",
    "description",
    "encryptedData",
    "example",
    "examples",
    "exclude",
    "expr",
    "expression",
    "fieldPath",
    "helpText",
    "jsonPath",
    "match",
    "matchExpressions",
    "matchLabels",
    "openAPIV3Schema",
    "pattern",
    "preconditions",
    "properties",
    "promql",
    "query",
    "remoteRef",
    "schema",
    "status",
    "summary",
    "title",
    "tooltip",
    "validate",
    "validation",
    "validations",
];
/// Endings of fields that name an object or a key of it.
const POINTS: [&str; 9] =
    ["From", "KeyRef", "KeySelector", "Ref", "Reference", "References", "Refs", "Selector", "SecretName"];
/// Fields below which every value is a secret.
const ALL: [&str; 2] = ["secureJsonData", "stringData"];

/// Fields that call what stands beside them.
const NAMES: [&str; 5] = ["name", "key", "setting", "parameter", "variable"];
/// Lists of words that a program is started with.
const COMMANDS: [&str; 9] = [
    "additionalArguments",
    "args",
    "arguments",
    "command",
    "commands",
    "extraArgs",
    "flags",
    "postKubeadmCommands",
    "preKubeadmCommands",
];

/// Credentials in a resource, where it is one whose fields are not judged elsewhere.
pub(super) fn of_resource<'a>(object: &Object<'a>, known: Known<'_>) -> Vec<Literal<'a>> {
    let is_custom = object.group.contains('.') && !object.group.ends_with(".k8s.io");
    let is_driven = DRIVEN.iter().any(|(group, kind)| object.is(group, kind));
    let is_schema = SCHEMAS.contains(&&*object.kind) || object.kind.ends_with("Policy");
    let mut search = Search { known, found: Vec::new() };
    if (is_custom || is_driven) && !is_schema {
        for entry in object.node.entries() {
            let key = entry.key.text().unwrap_or_default();
            if !["apiVersion", "kind", "metadata"].contains(&&*key) {
                search.field(entry.value, &Field::top(&key), DEPTH);
            }
        }
    }
    search.found
}

/// Credentials in the parameters of an OpenShift Template, found with the first object that it makes.
pub(super) fn of_template<'a>(object: &Object<'a>, known: Known<'_>) -> Vec<Literal<'a>> {
    let mut search = Search { known, found: Vec::new() };
    let root = object.node.doc().root().filter(|root| *root != object.node);
    let is_template =
        |root: &Node<'a>| root.get("kind").and_then(Node::text).is_some_and(|kind| kind == "Template");
    let first = |root: &Node<'a>| root.get("objects").and_then(|objects| objects.items().next());
    if let Some(root) = root.filter(|root| is_template(root) && first(root) == Some(object.node))
        && let Some(parameters) = root.get("parameters")
    {
        search.field(parameters, &Field::top("parameters"), DEPTH);
    }
    search.found
}

/// A field on the way down.
struct Field<'f> {
    /// What its value is called.
    name: &'f str,
    /// What it stands in.
    within: Option<&'f Field<'f>>,
    /// Whether it is an item of a list, which is called as the list is.
    is_item: bool,
    /// Whether whatever stands in it is secret.
    is_secret: bool,
    /// Whether it is called by the kind of it: `{type: password, value: x}`, which also names what to look for.
    is_kind: bool,
}

impl<'f> Field<'f> {
    fn top(name: &'f str) -> Self {
        Self { name, within: None, is_item: false, is_secret: false, is_kind: false }
    }

    /// What it is called where it is reported: the last keys that lead to it.
    fn place(&self) -> String {
        format!("`{}`", end_of(&self.path()))
    }

    fn path(&self) -> String {
        match self.within {
            Some(list) if self.is_item => list.path(),
            Some(within) => format!("{}.{}", within.path(), self.name),
            None => self.name.to_owned(),
        }
    }
}

struct Search<'s, 'a> {
    known: Known<'s>,
    found: Vec<Literal<'a>>,
}

impl<'a> Search<'_, 'a> {
    fn field(&mut self, node: Node<'a>, field: &Field<'_>, depth: usize) {
        let is_skipped = SKIPPED.contains(&field.name)
            || POINTS.iter().any(|end| field.name.ends_with(end))
            || ["existingSecret", "from", "to"].iter().any(|start| starts_with_word(field.name, start));
        if depth == 0 || is_skipped || node.alias_span().is_some() {
            return;
        }
        if node.is_scalar() {
            self.scalar(node, field);
            return;
        }
        let text = |key: &str| node.get(key).filter(|value| value.is_scalar()).and_then(Node::text);
        let beside = NAMES.iter().find_map(|key| text(key));
        let kind = text("type").filter(|kind| beside.is_none() && sensitive_name(kind));
        let is_fetched = ["remoteRef", "sourceRef"].iter().any(|key| node.get(key).is_some());
        let is_marked = node.get("sensitive").and_then(Node::as_bool) == Some(true);
        for entry in node.entries() {
            let key = entry.key.text().unwrap_or_default();
            // The key of the Secret that is made.
            if is_fetched && key == "secretKey" {
                continue;
            }
            let is_value = ["value", "default", "string"].contains(&&*key);
            let beside = beside.as_deref().or(kind.as_deref());
            let name = beside.filter(|_| is_value).unwrap_or(&key);
            let inner = Field {
                name,
                within: Some(field),
                is_item: false,
                is_kind: is_value && kind.is_some(),
                is_secret: field.is_secret || ALL.contains(&&*key) || is_marked && is_value,
            };
            self.field(entry.value, &inner, depth - 1);
        }
        let words: Vec<Node<'a>> = node.items().collect();
        if COMMANDS.contains(&field.name) && node.is_seq() && words.iter().all(|word| word.is_scalar()) {
            for (node, hit, _) in in_arguments(&words, self.known) {
                let text = node.text().unwrap_or_default();
                self.add(node, vec![hit], &text, field);
            }
            return;
        }
        for item in words {
            let inner = Field { within: Some(field), is_item: true, ..*field };
            self.field(item, &inner, depth - 1);
        }
    }

    fn scalar(&mut self, node: Node<'a>, field: &Field<'_>) {
        let Some(text) = node.text() else { return };
        if text.trim_end().contains('\n') || text.starts_with(['{', '[']) && text.contains('"') {
            let hits = hits_in(field.name, &text, self.known);
            self.add(node, hits, &text, field);
            return;
        }
        let hit = if field.is_secret {
            match engine().secret_entry(field.name, &text) {
                SecretVerdict::Plain(hit) => Some(hit),
                _ => None,
            }
        } else {
            let hit = if is_login_header(field.name) {
                engine().header(field.name, &text)
            } else {
                engine().named(field.name, &text, self.known)
            };
            let name = if field.is_kind { "token" } else { field.name };
            hit.filter(|hit| {
                hit.strength == Strength::Vendor || is_login_header(name) || is_secret_of_field(name, &text)
            })
        };
        let hits: Vec<Hit> = match hit {
            Some(hit) => vec![hit],
            None => engine().text(&text),
        };
        self.add(node, hits, &text, field);
    }

    fn add(&mut self, node: Node<'a>, hits: Vec<Hit>, text: &str, field: &Field<'_>) {
        let is_found = |hit: &Hit| hit.strength < Strength::TemplateWord && !engine().is_example(text, hit);
        let found = hits.into_iter().filter(is_found);
        self.found.extend(found.map(|hit| Literal::new(node, hit, field.place())));
    }
}

/// `fromFieldPath` begins with `from`, and `fromage` does not.
fn starts_with_word(name: &str, word: &str) -> bool {
    name.strip_prefix(word).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// The last keys of a path, as far as there is room.
fn end_of(path: &str) -> &str {
    const SHOWN: usize = 50;
    let cut = path.len().saturating_sub(SHOWN);
    let from = path.ceil_char_boundary(cut);
    match path[from..].split_once('.') {
        Some((_, end)) if cut > 0 => end,
        _ => &path[from..],
    }
}
