//! One Kubernetes object: its name, its kind, its metadata.

use std::borrow::Cow;

use kube_core::GroupVersion;

use super::kinds;
use crate::finding::ObjectName;
use crate::source::FileId;
use crate::yaml::{Doc, Entry, Node};

/// The annotation of a token Secret that names the account (core/v1 `ServiceAccountNameKey`).
pub const TOKEN_ACCOUNT: &str = "kubernetes.io/service-account.name";

/// A mapping with `apiVersion` and `kind`.
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
}

impl<'a> Object<'a> {
    fn new(node: Node<'a>, helm_source: Option<&'a str>) -> Option<Self> {
        let api_version = node.get("apiVersion")?.as_str()?;
        let kind = node.get("kind")?.as_str()?;
        let metadata = node.get("metadata");
        let string = |key: &str| metadata.and_then(|metadata| metadata.get(key)).and_then(Node::text);
        let name = string("name").filter(|name| !name.is_empty());
        let generated = || string("generateName").map(|prefix| Cow::Owned(format!("{prefix}*")));
        let group = api_version.parse::<GroupVersion>().map(|version| version.group).unwrap_or_default();
        Some(Self {
            node,
            group,
            name: name.or_else(generated).unwrap_or_default(),
            namespace: string("namespace").filter(|namespace| !namespace.is_empty()),
            api_version,
            kind,
            helm_source,
        })
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

    /// Whether another object made it: it lists `ownerReferences`.
    #[must_use]
    pub fn is_generated(&self) -> bool {
        let references = self.metadata().and_then(|metadata| metadata.get("ownerReferences"));
        references.is_some_and(|references| references.items().next().is_some())
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

/// How deep Lists may hold Lists.
const LIST_DEPTH: usize = 8;

/// The objects of a document: itself, or what it lists — items of a `List`, objects of an OpenShift Template, resources
/// of a Tekton TriggerTemplate — nested ones too.
#[must_use]
pub fn objects<'a>(doc: &'a Doc, helm_source: Option<&'a str>) -> Vec<Object<'a>> {
    let mut found = Vec::new();
    doc.root().into_iter().for_each(|root| collect(root, helm_source, true, LIST_DEPTH, &mut found));
    found
}

/// The objects of a document as the cluster gets them: itself, or the items of a `List`. A template is one object.
#[must_use]
pub fn applied(doc: &Doc) -> Vec<Object<'_>> {
    let mut found = Vec::new();
    doc.root().into_iter().for_each(|root| collect(root, None, false, LIST_DEPTH, &mut found));
    found
}

fn collect<'a>(
    node: Node<'a>,
    helm_source: Option<&'a str>,
    in_templates: bool,
    depth: usize,
    found: &mut Vec<Object<'a>>,
) {
    let Some(object) = Object::new(node, helm_source) else { return };
    let list = match &*object.kind {
        "Template" if in_templates => node.get("objects"),
        "TriggerTemplate" if in_templates => node.at(&["spec", "resourcetemplates"]),
        kind if kind.ends_with("List") => node.get("items"),
        _ => None,
    };
    match list.filter(|list| list.is_seq() && depth > 0) {
        Some(list) => {
            list.items().for_each(|item| collect(item, helm_source, in_templates, depth - 1, found));
        }
        None => found.push(object),
    }
}
