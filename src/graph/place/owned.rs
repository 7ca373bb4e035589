//! What controllers made of other objects of the run, as a dump of a cluster holds it: pods of a `ReplicaSet`, the Jobs of a
//! CronJob. Nobody wrote it, and the object that it was made of is judged.

use std::collections::{BTreeSet, HashMap};

use crate::k8s::Object;
use crate::k8s::templates::workloads;
use crate::k8s::workload::is_injected_token;
use crate::yaml::Node;

/// Objects by kind, namespace and name.
pub(super) struct Owners<'o, 'a>(HashMap<(&'o str, Option<&'o str>, &'o str), &'o Object<'a>>);

impl<'o, 'a> Owners<'o, 'a> {
    pub(super) fn of(objects: impl Iterator<Item = &'o Object<'a>>) -> Self {
        Self(
            objects
                .map(|object| ((&*object.kind, object.namespace.as_deref(), &*object.name), object))
                .collect(),
        )
    }

    /// Whether an object is a copy that the controller of another made: it names that as its owner, and adds nothing to
    /// what it may do. Whoever writes more into it is judged for it.
    pub(super) fn made(&self, object: &Object<'_>) -> bool {
        let references = object.metadata().and_then(|metadata| metadata.get("ownerReferences"));
        let text =
            |node: Node<'_>, key: &str| node.get(key).and_then(Node::text).unwrap_or_default().into_owned();
        references.into_iter().flat_map(Node::items).any(|reference| {
            let is_controller = reference.get("controller").and_then(Node::as_bool) == Some(true);
            let (kind, name) = (text(reference, "kind"), text(reference, "name"));
            let owner = self.0.get(&(&*kind, object.namespace.as_deref(), &*name)).copied();
            // Of a dump without ReplicaSets and Jobs, the name says whose they are.
            let owner = owner.or_else(|| {
                let above = match &*kind {
                    "ReplicaSet" => "Deployment",
                    "Job" => "CronJob",
                    _ => return None,
                };
                self.0.get(&(above, object.namespace.as_deref(), name.rsplit_once('-')?.0)).copied()
            });
            is_controller
                && !text(reference, "uid").is_empty()
                && owner.is_some_and(|owner| {
                    owner.node.span() != object.node.span() && adds_nothing(object, owner)
                })
        })
    }
}

/// Whether the pods of the one may do no more than those of the other.
fn adds_nothing(object: &Object<'_>, owner: &Object<'_>) -> bool {
    let weight = |object: &Object<'_>| {
        let mut found = BTreeSet::new();
        for workload in workloads(object) {
            collect(workload.spec.value, "", &mut found);
        }
        found
    };
    let (own, known) = (weight(object), weight(owner));
    !own.is_empty() && own.is_subset(&known)
}

/// What makes pods strong: their accounts, images, host namespaces and folders, privileges, projected tokens. What
/// admission adds is left out. A document is not nested without end, so this may recurse.
fn collect(node: Node<'_>, above: &str, found: &mut BTreeSet<(String, String)>) {
    for entry in node.entries() {
        let key = entry.key.key();
        match entry.value.text().filter(|_| entry.value.is_scalar()) {
            Some(text) if is_weighty(&key, above) => _ = found.insert((key.into_owned(), text.into_owned())),
            Some(_) => {}
            None => collect(entry.value, &key, found),
        }
    }
    node.items().filter(|item| !is_injected_token(*item)).for_each(|item| collect(item, above, found));
}

fn is_weighty(key: &str, above: &str) -> bool {
    let keys = [
        "image",
        "serviceAccountName",
        "privileged",
        "hostPID",
        "hostIPC",
        "hostNetwork",
        "secretName",
        "runAsUser",
    ];
    keys.contains(&key)
        || matches!(above, "hostPath" | "serviceAccountToken" | "add" | "secretRef" | "secretKeyRef")
}
