//! Objects beside RBAC that let accounts do something by their names: policies of meshes, networks and admission.

use std::collections::{BTreeSet, HashMap};

use super::{ObjectId, Placed, Places};
use crate::yaml::Node;

/// The groups of their kinds: Istio `AuthorizationPolicy`, Cilium's network policies, Linkerd `MeshTLSAuthentication`,
/// OpenShift `SecurityContextConstraints`, Kyverno's and Kubernetes' own admission policies.
const GROUPS: [&str; 6] = [
    "security.istio.io",
    "cilium.io",
    "policy.linkerd.io",
    "security.openshift.io",
    "kyverno.io",
    "admissionregistration.k8s.io",
];
/// The label that Cilium gives to the pods of an account (cilium `pkg/k8s/apis/cilium.io/const.go`).
const LABEL: &str = "io.cilium.k8s.policy.serviceaccount";

impl<'a> Places<'a> {
    /// A policy that means an account by its name.
    #[must_use]
    pub fn policy_naming(&self, namespace: Option<&str>, name: &str) -> Option<&Placed<'a>> {
        let all = self.memos.policies.get_or_init(|| {
            let mut all: HashMap<String, Vec<ObjectId>> = HashMap::new();
            let is_policy = |placed: &&Placed<'_>| GROUPS.contains(&placed.object.group.as_str());
            for placed in self.objects.iter().filter(is_policy) {
                let mut words = BTreeSet::new();
                add_words(placed.object.node, &mut words);
                for word in words {
                    all.entry(word).or_default().push(placed.id);
                }
            }
            all
        });
        let names = |placed: &&Placed<'_>| {
            let own = placed.namespace.as_deref();
            Account { namespace, name, is_near: own.is_none() || namespace.is_none() || own == namespace }
                .is_in(placed.object.node)
        };
        all.get(name)?.iter().map(|id| &self[*id]).find(names)
    }
}

/// What may be names of accounts in the texts of a policy. A document is not nested without end, so this may recurse.
fn add_words(node: Node<'_>, words: &mut BTreeSet<String>) {
    if let Some(text) = node.text() {
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c)) {
            let identity = word.split_once(".serviceaccount.identity.");
            let name =
                identity.and_then(|(account, _)| account.rsplit_once('.')).map_or(word, |(name, _)| name);
            words.insert(name.to_owned());
        }
    }
    node.entries().for_each(|entry| add_words(entry.value, words));
    node.items().for_each(|item| add_words(item, words));
}

/// An account that is looked for in an object.
struct Account<'n> {
    namespace: Option<&'n str>,
    name: &'n str,
    /// Whether the object may be of the namespace of the account.
    is_near: bool,
}

impl Account<'_> {
    /// A document is not nested without end, so this may recurse.
    fn is_in(&self, node: Node<'_>) -> bool {
        let is_own = |node: Option<Node<'_>>| node.and_then(Node::text).is_some_and(|text| text == self.name);
        let names = |list: Node<'_>, text: &str| list.items().filter_map(Node::text).any(|item| item == text);
        if let Some(text) = node.text() {
            return self.is_text(&text);
        }
        let is_kind = node.get("kind").and_then(Node::text).is_some_and(|kind| kind == "ServiceAccount");
        let of = node.get("namespace").and_then(Node::text);
        let is_there = match (of.as_deref(), self.namespace) {
            (Some(of), Some(own)) => of == own,
            (None, _) => self.is_near,
            _ => true,
        };
        let is_label = node.get("key").and_then(Node::text).is_some_and(|key| key.ends_with(LABEL));
        let values = node.get("values").filter(|_| is_label && self.is_near);
        if is_kind && is_there && is_own(node.get("name"))
            || values.is_some_and(|list| names(list, self.name))
        {
            return true;
        }
        let entries = node.entries().any(|entry| match entry.key.key() {
            key if key.ends_with(LABEL) => self.is_near && is_own(Some(entry.value)),
            // Istio: by itself, of the namespace of the policy, or with its namespace.
            key if key == "serviceAccounts" => {
                let whole = self.namespace.map(|namespace| format!("{namespace}/{}", self.name));
                (self.is_near && names(entry.value, self.name))
                    || whole.is_some_and(|whole| names(entry.value, &whole))
            }
            _ => self.is_in(entry.value),
        });
        entries || node.items().any(|item| self.is_in(item))
    }

    /// Whether a text names it: as a user of the API server, or as an identity of a mesh.
    fn is_text(&self, text: &str) -> bool {
        let name = self.name;
        let Some(namespace) = self.namespace else {
            return text.ends_with(&format!("/sa/{name}"));
        };
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "-.".contains(c));
        text.ends_with(&format!("/ns/{namespace}/sa/{name}"))
            || text.starts_with(&format!("{name}.{namespace}.serviceaccount.identity."))
            || text.split(&format!("system:serviceaccount:{namespace}:{name}")).skip(1).any(ends)
    }
}
