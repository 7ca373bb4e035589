//! What config maps and secrets hold that are in the tree or were rendered of it: deployers of Flux take values from them.
//!
//! Where several objects may be the one that is meant, all of them are found. What is encrypted has no text.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use crate::k8s::{Object, applied};
use crate::source::{FileId, Span};
use crate::yaml::{Document, Node, to_json};

/// The kinds that deployers of Flux take something from, with their groups.
const KINDS: [(&str, &str); 3] =
    [("", "ConfigMap"), ("", "Secret"), ("source.toolkit.fluxcd.io", "HelmChart")];

/// How an encrypted value begins (SOPS, "Encrypting using the command line").
const ENCRYPTED: &str = "ENC[";

/// Whether a document holds what a deployer may take values from.
pub(in crate::render) fn holds_values(document: &Document) -> bool {
    let text = document.text().as_bytes();
    let may = KINDS.iter().any(|(_, kind)| memmem::find(text, kind.as_bytes()).is_some());
    may && applied(document.doc()).iter().any(is_data)
}

fn is_data(object: &Object<'_>) -> bool {
    KINDS.contains(&(object.group.as_str(), &*object.kind))
}

/// Of more objects that one reference can mean the rest is not tried.
const MOST_EQUAL: usize = 16;

/// Of more objects of one name the rest is not looked at.
const MOST: usize = 1000;

/// The objects that hold values, by kind and name, then by namespace.
#[derive(Default)]
pub(super) struct Data<'a>(HashMap<(String, String), BTreeMap<Option<String>, Vec<Held<'a>>>>);

/// An object that holds values.
struct Held<'a> {
    node: Node<'a>,
    file: FileId,
    cluster: Option<String>,
    is_rendered: bool,
}

/// The namespace and the cluster of an object, and whether it was rendered.
pub(super) type Placed = (Option<String>, Option<String>, bool);

/// A reference to an object that holds values, by a deployer in a file.
pub(super) struct Reference<'r> {
    pub(super) kind: &'r str,
    pub(super) name: &'r str,
    pub(super) namespace: Option<String>,
    pub(super) cluster: Option<String>,
    pub(super) file: FileId,
}

/// An entry of an object: its text, if that is not hidden from this run, and where it is written.
pub(super) type Entry = (String, Option<String>, Span);

impl<'a> Data<'a> {
    /// Of all objects of a run; `built` are the files of which something was rendered, which is what counts. `place` gives
    /// the namespace and the cluster of an object, and whether it was rendered.
    pub(super) fn of(
        objects: &[Object<'a>],
        built: &BTreeSet<FileId>,
        place: &dyn Fn(&Object<'a>) -> Placed,
    ) -> Self {
        let mut data = Self::default();
        let counts = |object: &&Object<'_>| is_data(object) && !built.contains(&object.file());
        for object in objects.iter().filter(counts) {
            let (namespace, cluster, is_rendered) = place(object);
            let of_name = data.0.entry((object.kind.to_string(), object.name.to_string())).or_default();
            let held = Held { node: object.node, file: object.file(), cluster, is_rendered };
            of_name.entry(namespace).or_default().push(held);
        }
        data
    }

    /// The objects that a reference can mean, no two the same, and whether there are more: those of its namespace, else
    /// those of which no namespace is known; of its cluster, as far as that is known. One in the same text stands first,
    /// then what was rendered; none excludes another, as nobody knows which is applied.
    pub(super) fn find(&self, reference: &Reference<'_>) -> (Vec<Node<'a>>, bool) {
        let key = (reference.kind.to_owned(), reference.name.to_owned());
        let Some(by_namespace) = self.0.get(&key) else { return (Vec::new(), false) };
        let of = |namespace: &Option<String>| by_namespace.get(namespace).map_or(&[][..], Vec::as_slice);
        let can_be = |held: &&Held<'_>| {
            held.cluster.is_none() || reference.cluster.is_none() || held.cluster == reference.cluster
        };
        let in_namespace = of(&reference.namespace).iter().take(MOST).filter(can_be);
        let mut found: Vec<&Held<'a>> = in_namespace.collect();
        if found.is_empty() {
            let others = by_namespace.iter().filter(|(namespace, _)| {
                (namespace.is_none() || reference.namespace.is_none()) && **namespace != reference.namespace
            });
            found = others.flat_map(|(_, held)| held).take(MOST).filter(can_be).collect();
        }
        let are_more = by_namespace.values().any(|held| held.len() > MOST) || by_namespace.len() > MOST;
        let rank = |held: &Held<'_>| {
            (held.file == reference.file, held.is_rendered, held.cluster == reference.cluster)
        };
        found.sort_by_key(|held| Reverse(rank(held)));
        let mut nodes: Vec<Node<'a>> = Vec::new();
        let mut known: Vec<serde_json::Value> = Vec::new();
        let are_more = are_more || found.len() > MOST_EQUAL;
        for held in found.into_iter().take(MOST_EQUAL) {
            let content = to_json(held.node);
            if !known.contains(&content) {
                known.push(content);
                nodes.push(held.node);
            }
        }
        (nodes, are_more)
    }
}

/// What an object holds, later entries over earlier ones: `stringData` of a Secret over its `data`.
pub(super) fn entries(object: Node<'_>) -> Vec<Entry> {
    let is_secret = object.get("kind").and_then(Node::text).is_some_and(|kind| kind == "Secret");
    let field = |key: &str| object.get(key).into_iter().flat_map(Node::entries);
    let plain = field(if is_secret { "stringData" } else { "data" }).map(|entry| {
        let text = entry.value.text().map(std::borrow::Cow::into_owned);
        (entry, text)
    });
    let encoded = field("data").filter(|_| is_secret).map(|entry| {
        let text = entry.value.text().filter(|text| !text.starts_with(ENCRYPTED));
        let bytes = text.and_then(|text| STANDARD.decode(text.split_whitespace().collect::<String>()).ok());
        (entry, bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    });
    let all = encoded.chain(plain).map(|(entry, text)| {
        let text = text.filter(|text| !text.starts_with(ENCRYPTED));
        (entry.key.key().into_owned(), text, entry.value.span())
    });
    all.collect()
}
