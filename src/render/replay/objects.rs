//! The objects of a replay, with every id that they ever had.
//!
//! Kustomize finds an object under the names it had in inner layers too (`api/resource/resource.go`, `PrevIds`).

use std::borrow::Cow;

use super::tree::{Node, Text, Value};
use crate::k8s::kinds::is_cluster_scoped_in_kustomize;

/// What kustomize knows an object by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) kind: Text,
    pub(super) name: Text,
    pub(super) namespace: Text,
}

/// An object on its way through the layers.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) tree: Node,
    /// The first is the one that it was written or generated with; the last is the present one after
    /// [`Object::keep_id`].
    pub(super) ids: Vec<Id>,
    /// Its name will get a hash of its content.
    pub(super) hashed: bool,
    pub(super) affixes: Affixes,
    /// The namespaces and labels that kustomizations around it set.
    pub(super) setters: Vec<Setter>,
}

/// What was put before and behind a name, innermost first: it tells objects of one name in several layers apart.
pub(super) type Affixes = (Vec<Text>, Vec<Text>);

/// A namespace or a label that a layer sets.
#[derive(Debug)]
pub(super) struct Setter {
    pub(super) is_label: bool,
    pub(super) key: Text,
    pub(super) value: Node,
}

/// The namespace that an object without one is in.
pub(super) fn or_default(namespace: &str) -> &str {
    if namespace.is_empty() { "default" } else { namespace }
}

/// `apps/v1` → `apps` and `v1`; the core group is empty.
pub(super) fn group_and_version(api_version: &str) -> (&str, &str) {
    api_version.rsplit_once('/').unwrap_or(("", api_version))
}

impl Object {
    pub(super) fn new(tree: Node) -> Self {
        let mut object = Self {
            tree,
            ids: Vec::new(),
            hashed: false,
            affixes: (Vec::new(), Vec::new()),
            setters: Vec::new(),
        };
        object.keep_id();
        object
    }

    pub(super) fn kind(&self) -> Cow<'_, str> {
        self.tree.text_at(&["kind"]).unwrap_or_default()
    }

    pub(super) fn api_version(&self) -> Cow<'_, str> {
        self.tree.text_at(&["apiVersion"]).unwrap_or_default()
    }

    pub(super) fn group(&self) -> String {
        group_and_version(&self.api_version()).0.to_owned()
    }

    pub(super) fn name(&self) -> Cow<'_, str> {
        self.tree.text_at(&["metadata", "name"]).unwrap_or_default()
    }

    pub(super) fn namespace(&self) -> Cow<'_, str> {
        self.tree.text_at(&["metadata", "namespace"]).unwrap_or_default()
    }

    pub(super) fn id(&self) -> Id {
        Id {
            kind: self.kind().as_ref().into(),
            name: self.name().as_ref().into(),
            namespace: self.namespace().as_ref().into(),
        }
    }

    /// Keeps the present id.
    pub(super) fn keep_id(&mut self) {
        let id = self.id();
        if !self.ids.contains(&id) {
            self.ids.push(id);
        }
    }

    /// Has it this name, or did it ever have it?
    pub(super) fn had_name(&self, kind: &str, name: &str) -> bool {
        self.ids.iter().any(|id| &*id.kind == kind && &*id.name == name)
            || (self.kind() == kind && self.name() == name)
    }

    pub(super) fn is_cluster_scoped(&self) -> bool {
        is_cluster_scoped_in_kustomize(&self.group(), &self.kind())
    }

    /// Does a field specification of kustomize name this type? Empty parts fit all.
    pub(super) fn is_of(&self, group: &str, version: &str, kind: &str) -> bool {
        let fits = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        let api_version = self.api_version();
        let (own_group, own_version) = group_and_version(&api_version);
        fits(kind, &self.kind()) && fits(group, own_group) && fits(version, own_version)
    }
}

/// The objects of a document: the items of a `List` of any kind, else itself
/// (kustomize `api/resource/factory.go`, `inlineAnyEmbeddedLists`).
pub(super) fn objects_of(mut document: Node) -> Vec<Node> {
    let is_list = document.text_at(&["kind"]).is_some_and(|kind| kind.ends_with("List"));
    let items = document.get_mut("items").filter(|_| is_list);
    match items.map(|items| std::mem::replace(&mut items.value, Value::Null)) {
        Some(Value::List(items)) => items.into_iter().flat_map(objects_of).collect(),
        None if document.as_map().is_some() => vec![document],
        _ => Vec::new(),
    }
}
