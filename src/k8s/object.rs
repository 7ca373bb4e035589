//! One Kubernetes object: its name, its kind, its metadata.

use std::borrow::Cow;

use kube_core::GroupVersion;

use super::carriers::{Carried, carried};
use super::kinds;
use crate::config::ANNOTATION_PREFIX;
use crate::finding::ObjectName;
use crate::source::FileId;
use crate::yaml::{Doc, Entry, Node};

/// The annotation of a token Secret that names the account (core/v1 `ServiceAccountNameKey`).
pub const TOKEN_ACCOUNT: &str = "kubernetes.io/service-account.name";

/// The kind of a file of exceptions.
pub const EXCEPTION_LIST: &str = "ExceptionList";

/// A mapping with `apiVersion` and `kind`, which an item of a typed list (`PodList`) has from the list.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    /// The mapping.
    pub node: Node<'a>,
    /// The API group; empty for the core group.
    pub group: String,
    /// As written: `apps/v1`.
    pub api_version: Cow<'a, str>,
    /// `Deployment`.
    pub kind: Cow<'a, str>,
    /// `metadata.name`, or `metadata.generateName` with a `*`; empty if there is neither.
    pub name: Cow<'a, str>,
    /// `metadata.namespace` as written, if any and not empty.
    pub namespace: Option<Cow<'a, str>>,
    /// Helm's path of the template that it was rendered from.
    pub helm_source: Option<&'a str>,
    /// Whether it stands inside of another object, whose controller applies it, perhaps to another cluster.
    pub is_carried: bool,
    /// The words in it that stand for namespaces that nobody knows: see [`Object::forget`].
    unknown: &'a [String],
}

impl<'a> Object<'a> {
    fn new(node: Node<'a>, what: Type<'a>, helm_source: Option<&'a str>) -> Self {
        let Type { api_version, kind } = what;
        let metadata = node.get("metadata");
        let string = |key: &str| metadata.and_then(|metadata| metadata.get(key)).and_then(Node::text);
        let name = string("name").filter(|name| !name.is_empty());
        let generated = || string("generateName").map(|prefix| Cow::Owned(format!("{prefix}*")));
        let group = api_version.parse::<GroupVersion>().map(|version| version.group).unwrap_or_default();
        Self {
            node,
            group,
            name: name.or_else(generated).unwrap_or_default(),
            namespace: string("namespace").filter(|namespace| !namespace.is_empty()),
            api_version,
            kind,
            helm_source,
            is_carried: false,
            unknown: &[],
        }
    }

    /// An object inside of another one. Placeholders of its controller are nobody's namespace.
    fn carried(mut self) -> Self {
        self.is_carried = true;
        self.namespace.take_if(|namespace| namespace.contains(['$', '{', '<']));
        self
    }

    /// What a rule of Kyverno makes of what stands in `data`: type and name stand beside that.
    fn generated(head: Node<'a>, data: Node<'a>) -> Option<Self> {
        let text = |key: &str| head.get(key).and_then(Node::text).filter(|text| !text.is_empty());
        let what = Type { api_version: text("apiVersion")?, kind: text("kind")? };
        let mut object = Self::new(data, what, None);
        object.name = text("name").unwrap_or(object.name);
        object.namespace = text("namespace").or(object.namespace);
        Some(object.carried())
    }

    /// Takes some words for what they are: they stand for namespaces that nobody knows.
    pub fn forget(&mut self, unknown: &'a [String]) {
        self.unknown = unknown;
        self.namespace.take_if(|namespace| is_one_of(unknown, namespace));
    }

    /// Whether a namespace that it names is one that nobody knows.
    #[must_use]
    pub fn is_unknown(&self, namespace: &str) -> bool {
        is_one_of(self.unknown, namespace)
    }

    /// Whether it is of this group and kind; the versions of a kind are one.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group == group
    }

    /// The file that it is in.
    #[must_use]
    pub fn file(&self) -> FileId {
        self.node.span().file
    }

    /// Whether its kind has no namespace.
    #[must_use]
    pub fn is_cluster_scoped(&self) -> bool {
        kinds::is_cluster_scoped(&self.group, &self.kind)
    }

    /// Its `metadata`.
    #[must_use]
    pub fn metadata(&self) -> Option<Node<'a>> {
        self.node.get("metadata")
    }

    /// The `metadata:` entry, or the first entry where there is none: findings about missing metadata point at its key.
    #[must_use]
    pub fn metadata_entry(&self) -> Option<Entry<'a>> {
        self.node.entry("metadata").or_else(|| self.node.entries().next())
    }

    /// The value of `metadata.name`.
    #[must_use]
    pub fn name_node(&self) -> Option<Node<'a>> {
        self.metadata()?.get("name")
    }

    /// Whether its `type` is that of a Secret that is filled with a token of an account (core/v1
    /// `SecretTypeServiceAccountToken`); [`TOKEN_ACCOUNT`] names the account.
    #[must_use]
    pub fn has_token_type(&self) -> bool {
        let kind = self.node.get("type").and_then(Node::text);
        kind.as_deref() == Some("kubernetes.io/service-account-token")
    }

    /// An annotation's value node.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<Node<'a>> {
        self.node.at(&["metadata", "annotations"])?.get(key)
    }

    /// A label's value node.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<Node<'a>> {
        self.node.at(&["metadata", "labels"])?.get(key)
    }

    /// Whether Helm runs it on `helm test` only.
    #[must_use]
    pub fn is_helm_test(&self) -> bool {
        self.annotation("helm.sh/hook")
            .and_then(Node::text)
            .is_some_and(|hook| hook.split(',').all(|phase| phase.trim().starts_with("test")))
    }

    /// Whether it runs at a moment of a release: a Helm or Argo CD hook.
    #[must_use]
    pub fn is_hook(&self) -> bool {
        ["helm.sh/hook", "argocd.argoproj.io/hook"].iter().any(|key| self.annotation(key).is_some())
    }

    /// Whether the kubelet runs it from a file, so that it can name no account (kubernetes, "static pods").
    #[must_use]
    pub fn is_static_pod(&self) -> bool {
        let source = self.annotation("kubernetes.io/config.source").and_then(Node::text);
        let tier = self.label("tier").and_then(Node::text);
        self.is("", "Pod")
            && (source.as_deref() == Some("file")
                || (tier.as_deref() == Some("control-plane")
                    && self.namespace.as_deref() == Some("kube-system")))
    }

    /// The name that findings carry; the namespace is the one given, as resolved.
    #[must_use]
    pub fn named(&self, namespace: Option<&str>) -> ObjectName {
        ObjectName {
            api_version: self.api_version.to_string(),
            kind: self.kind.to_string(),
            namespace: namespace.filter(|_| !self.is_cluster_scoped()).map(str::to_owned),
            name: self.name.to_string(),
        }
    }
}

fn is_one_of(words: &[String], word: &str) -> bool {
    words.iter().any(|known| known == word)
}

/// The objects of a document: itself, or what it lists — items of a list, objects of an OpenShift Template, resources
/// of a Tekton TriggerTemplate — nested ones too, and beside an object what its controller applies of it.
#[must_use]
pub fn objects<'a>(doc: &'a Doc, helm_source: Option<&'a str>) -> Vec<Object<'a>> {
    Listing { helm_source, in_templates: true, found: Vec::new() }.of(doc)
}

/// The objects of a document as the cluster gets them: itself, or the items of a list. A template is one object.
#[must_use]
pub fn applied(doc: &Doc) -> Vec<Object<'_>> {
    Listing { helm_source: None, in_templates: false, found: Vec::new() }.of(doc)
}

/// The type that an object says it has.
#[derive(Clone)]
struct Type<'a> {
    api_version: Cow<'a, str>,
    kind: Cow<'a, str>,
}

impl Type<'_> {
    /// The type of an item that names none: that of the list that it stands in (apimachinery, `decodeToList` in
    /// `meta/v1/unstructured/helpers.go`).
    fn of_items(&self) -> Option<Self> {
        // Our own exceptions are no objects. An item that says what it is goes to the cluster all the same.
        if self.kind == EXCEPTION_LIST && self.api_version.starts_with(ANNOTATION_PREFIX) {
            return None;
        }
        let kind = self.kind.strip_suffix("List").unwrap_or(&self.kind);
        (!kind.is_empty())
            .then(|| Self { api_version: self.api_version.clone(), kind: kind.to_owned().into() })
    }
}

/// Objects as they are found in a document, in order.
struct Listing<'a> {
    helm_source: Option<&'a str>,
    in_templates: bool,
    found: Vec<Object<'a>>,
}

impl<'a> Listing<'a> {
    fn of(mut self, doc: &'a Doc) -> Vec<Object<'a>> {
        doc.root().into_iter().for_each(|root| self.collect(root, None));
        self.found
    }

    /// Takes a mapping that stands in a list of the type `list`, if in any. A document is not nested without end, so
    /// this may recurse.
    fn collect(&mut self, node: Node<'a>, list: Option<&Type<'a>>) {
        let text = |key: &str| node.get(key).and_then(Node::as_str).filter(|text| !text.is_empty());
        let items = node.get("items").filter(|items| items.is_seq());
        let what = match (text("apiVersion"), text("kind")) {
            (Some(api_version), Some(kind)) => Type { api_version, kind },
            // Argo CD and kubectl take a list without a version.
            (None, Some(kind)) if items.is_some() => Type { api_version: "v1".into(), kind },
            (None, None) => match list.and_then(Type::of_items) {
                Some(what) => what,
                None => return,
            },
            _ => return,
        };
        // To kubectl and Argo CD, whatever has `items` is a list (`IsList` in apimachinery's `Unstructured`).
        if let Some(items) = items
            && (what.kind.ends_with("List") || items.items().any(Node::is_map))
        {
            return items.items().for_each(|item| self.collect(item, Some(&what)));
        }
        let of_template = match &*what.kind {
            "Template" if self.in_templates => node.get("objects"),
            "TriggerTemplate" if self.in_templates => node.at(&["spec", "resourcetemplates"]),
            _ => None,
        };
        if let Some(list) = of_template.filter(|list| list.is_seq()) {
            return list.items().for_each(|item| self.collect(item, None));
        }
        let object = Object::new(node, what, self.helm_source);
        let held = if self.in_templates { carried(node, &object.group, &object.kind) } else { Vec::new() };
        self.found.push(object);
        for one in &held {
            self.collect_carried(one);
        }
    }

    /// Takes what stands inside of an object, and what stands inside of that.
    fn collect_carried(&mut self, one: &Carried<'a>) {
        match one {
            Carried::Generated { head, data } => self.found.extend(Object::generated(*head, *data)),
            Carried::Whole(node) => {
                let start = self.found.len();
                self.collect(*node, None);
                for object in self.found.drain(start..).collect::<Vec<_>>() {
                    self.found.push(object.carried());
                }
            }
        }
    }
}
