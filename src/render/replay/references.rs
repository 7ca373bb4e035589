//! Names of objects in other objects, which follow when an object gets another name
//! (kustomize `api/filters/nameref`, `api/internal/konfig/builtinpluginconsts/namereference.go`).

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::Replayer;
use super::budget::Budget;
use super::field_specs::{FieldSpec, PODS};
use super::objects::{Affixes, Id, Object, or_default};
use super::tree::{Node, Note, Text, Value};
use crate::source::Span;

/// References in pod specifications: the kind that is named, and the paths.
const IN_PODS: [(&str, &[&str]); 5] = [
    (
        "ConfigMap",
        &[
            "volumes/configMap/name",
            "containers/env/valueFrom/configMapKeyRef/name",
            "initContainers/env/valueFrom/configMapKeyRef/name",
            "containers/envFrom/configMapRef/name",
            "initContainers/envFrom/configMapRef/name",
            "volumes/projected/sources/configMap/name",
        ],
    ),
    (
        "Secret",
        &[
            "volumes/secret/secretName",
            "containers/env/valueFrom/secretKeyRef/name",
            "initContainers/env/valueFrom/secretKeyRef/name",
            "containers/envFrom/secretRef/name",
            "initContainers/envFrom/secretRef/name",
            "imagePullSecrets/name",
            "volumes/projected/sources/secret/name",
        ],
    ),
    ("ServiceAccount", &["serviceAccountName"]),
    ("PersistentVolumeClaim", &["volumes/persistentVolumeClaim/claimName"]),
    ("PriorityClass", &["priorityClassName"]),
];

/// Other references: the kind that is named, the kind that names it (after its group, where that counts), the paths.
const ELSEWHERE: [(&str, &str, &[&str]); 34] = [
    ("Deployment", "HorizontalPodAutoscaler", &["spec/scaleTargetRef/name"]),
    ("ReplicationController", "HorizontalPodAutoscaler", &["spec/scaleTargetRef/name"]),
    ("ReplicaSet", "HorizontalPodAutoscaler", &["spec/scaleTargetRef/name"]),
    ("StatefulSet", "HorizontalPodAutoscaler", &["spec/scaleTargetRef/name"]),
    ("ConfigMap", "Node", &["spec/configSource/configMap"]),
    ("ConfigMap", "Role", &["rules/resourceNames"]),
    ("ConfigMap", "ClusterRole", &["rules/resourceNames"]),
    (
        "ConfigMap",
        "Ingress",
        &["metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"],
    ),
    (
        "Secret",
        "Ingress",
        &[
            "spec/tls/secretName",
            "metadata/annotations/ingress.kubernetes.io\\/auth-secret",
            "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret",
            "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret",
        ],
    ),
    ("Secret", "ServiceAccount", &["imagePullSecrets/name"]),
    ("Secret", "StorageClass", &["parameters/secretName", "parameters/adminSecretName"]),
    ("Secret", "StorageClass", &["parameters/userSecretName", "parameters/secretRef"]),
    ("Secret", "Role", &["rules/resourceNames"]),
    ("Secret", "ClusterRole", &["rules/resourceNames"]),
    (
        "Secret",
        "serving.knative.dev/Service",
        &["spec/template/spec/containers/env/valueFrom/secretKeyRef/name"],
    ),
    ("Secret", "PersistentVolume", &["spec/azureFile/secretName"]),
    ("Service", "apps/StatefulSet", &["spec/serviceName"]),
    ("Service", "Ingress", &["spec/rules/http/paths/backend/serviceName", "spec/backend/serviceName"]),
    (
        "Service",
        "Ingress",
        &["spec/rules/http/paths/backend/service/name", "spec/defaultBackend/service/name"],
    ),
    ("Service", "apiregistration.k8s.io/APIService", &["spec/service/name"]),
    (
        "Service",
        "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
        &["webhooks/clientConfig/service"],
    ),
    (
        "Service",
        "admissionregistration.k8s.io/MutatingWebhookConfiguration",
        &["webhooks/clientConfig/service"],
    ),
    ("Role", "rbac.authorization.k8s.io/RoleBinding", &["roleRef/name"]),
    ("ClusterRole", "rbac.authorization.k8s.io/RoleBinding", &["roleRef/name"]),
    ("ClusterRole", "rbac.authorization.k8s.io/ClusterRoleBinding", &["roleRef/name"]),
    ("ServiceAccount", "rbac.authorization.k8s.io/RoleBinding", &["subjects"]),
    ("ServiceAccount", "rbac.authorization.k8s.io/ClusterRoleBinding", &["subjects"]),
    ("PersistentVolume", "PersistentVolumeClaim", &["spec/volumeName"]),
    ("PersistentVolume", "ClusterRole", &["rules/resourceNames"]),
    ("StorageClass", "PersistentVolume", &["spec/storageClassName"]),
    ("StorageClass", "PersistentVolumeClaim", &["spec/storageClassName"]),
    ("StorageClass", "StatefulSet", &["spec/volumeClaimTemplates/spec/storageClassName"]),
    ("IngressClass", "Ingress", &["spec/ingressClassName"]),
    ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", &["spec/policyName"]),
];

/// An object that had another name: what decides whether a reference means it, and what the reference becomes.
struct Renamed {
    now: Id,
    ids: Vec<Id>,
    cluster: bool,
    affixes: Affixes,
    also: Vec<Note>,
    namespace: Option<Node>,
}

/// Objects that ever changed their id, by kind and earlier name.
type Index = HashMap<(Text, Text), Vec<Renamed>>;

impl Replayer<'_, '_> {
    /// Lets names in other objects follow.
    pub(super) fn follow_names(&mut self, objects: &mut [Object]) {
        let index = self.renamed(objects);
        if index.is_empty() {
            return;
        }
        let kinds: BTreeSet<Text> = index.keys().map(|(kind, _)| kind.clone()).collect();
        let specs = self.reference_specs(&kinds);
        let referrer = Referrer::default();
        let mut update = Update { index: &index, referrer, unclear: Vec::new(), budget: &self.budget };
        'objects: for object in objects {
            update.referrer = Referrer {
                namespace: or_default(&object.namespace()).to_owned(),
                cluster: object.is_cluster_scoped(),
                affixes: object.affixes.clone(),
            };
            for (kind, spec) in &specs {
                if !self.budget.spend(1) {
                    break 'objects;
                }
                if !spec.is_for(object) {
                    continue;
                }
                let role = spec
                    .ends_with(&["roleRef", "name"])
                    .then(|| object.tree.text_at(&["roleRef", "kind"]).unwrap_or_default().into_owned());
                if role.is_none_or(|role| *role == **kind) {
                    spec.visit_there(object, &mut |node| update.reference(node, kind));
                }
            }
        }
        for at in update.unclear {
            self.doubt("a name that several objects had".into(), at);
        }
    }

    fn renamed(&self, objects: &[Object]) -> Index {
        let mut index = Index::new();
        for object in objects {
            let now = object.id();
            let earlier = object.ids.iter().filter(|id| **id != now);
            let names: BTreeSet<(Text, Text)> =
                earlier.map(|id| (id.kind.clone(), id.name.clone())).collect();
            for name in names {
                self.budget.spend(4);
                let node = object.tree.at(&["metadata", "name"]);
                index.entry(name).or_default().push(Renamed {
                    now: now.clone(),
                    ids: object.ids.clone(),
                    cluster: object.is_cluster_scoped(),
                    affixes: object.affixes.clone(),
                    also: node.map_or_else(Vec::new, |node| node.also.clone()),
                    namespace: object.tree.at(&["metadata", "namespace"]).map(|node| node.copy(&self.budget)),
                });
            }
        }
        index
    }

    /// The places that may name one of these kinds.
    fn reference_specs(&self, kinds: &BTreeSet<Text>) -> Vec<(Text, FieldSpec)> {
        let mut specs = Vec::new();
        for kind in kinds {
            for (_, paths) in IN_PODS.iter().filter(|(named, _)| **named == **kind) {
                for (pod, prefix) in PODS {
                    let path = |path: &&str| FieldSpec::new("", "", pod, &format!("{prefix}/{path}"), false);
                    specs.extend(paths.iter().map(path).map(|spec| (kind.clone(), spec)));
                }
            }
            for (_, by, paths) in ELSEWHERE.iter().filter(|(named, ..)| **named == **kind) {
                let (group, by) = by.rsplit_once('/').unwrap_or(("", by));
                let path = |path: &&str| FieldSpec::new(group, "", by, path, false);
                specs.extend(paths.iter().map(path).map(|spec| (kind.clone(), spec)));
            }
            for (_, _, custom) in self.references.iter().filter(|(_, named, _)| **named == **kind) {
                specs.extend(custom.iter().map(|spec| (kind.clone(), spec.clone())));
            }
        }
        specs
    }
}

/// The object that holds a reference.
#[derive(Default)]
struct Referrer {
    namespace: String,
    cluster: bool,
    affixes: Affixes,
}

/// The walk over all fields that may hold a reference.
struct Update<'i> {
    index: &'i Index,
    referrer: Referrer,
    /// Names that several objects had.
    unclear: Vec<Span>,
    budget: &'i Budget,
}

impl<'i> Update<'i> {
    fn reference(&mut self, node: &mut Node, kind: &Text) {
        match &mut node.value {
            Value::List(items) => items.iter_mut().for_each(|item| self.reference(item, kind)),
            Value::Map(map) => {
                let text = |key: &str| map.get(key).and_then(Node::text).map(Cow::into_owned);
                let (Some(name), within) = (text("name"), text("namespace")) else { return };
                let Some(target) = self.choose(kind, &name, within.as_deref(), node.at) else { return };
                if let Some(name) = map.get_mut("name") {
                    rename(name, target);
                }
                let Some(namespace) = &target.namespace else { return };
                let mut new = namespace.copy(self.budget);
                match map.get_mut("namespace") {
                    Some(old) if old.text() == new.text() => {}
                    Some(old) => {
                        new.key = old.key;
                        old.replace(new);
                    }
                    None => _ = map.insert("namespace".into(), new),
                }
            }
            Value::Text(name) => {
                let name = name.clone();
                if let Some(target) = self.choose(kind, &name, None, node.at) {
                    rename(node, target);
                }
            }
            _ => {}
        }
    }

    /// The object that a name means (kustomize `selectReferral`).
    fn choose(&mut self, kind: &Text, name: &str, within: Option<&str>, at: Span) -> Option<&'i Renamed> {
        let candidates = self.index.get(&(kind.clone(), name.into()))?;
        if !self.budget.spend(candidates.len()) {
            return None;
        }
        let referrer = &self.referrer;
        let any_namespace = referrer.cluster || &**kind == "ServiceAccount";
        let fits = |target: &&Renamed| {
            let there = or_default(&target.now.namespace);
            let in_reach = any_namespace || target.cluster || there == referrer.namespace;
            let was_there = |within| target.ids.first().is_some_and(|id| or_default(&id.namespace) == within);
            in_reach && within.is_none_or(|within| was_there(within) || there == within)
        };
        let mut found: Vec<&Renamed> = candidates.iter().filter(fits).collect();
        for allow_empty in [true, false] {
            if found.len() > 1 {
                found.retain(|target| same_affixes(&target.affixes, &referrer.affixes, allow_empty));
            }
        }
        let first = *found.first()?;
        let same = found.iter().all(|target| target.now == first.now);
        let same_name = within.is_none() && found.iter().all(|target| target.now.name == first.now.name);
        if !same && !same_name {
            self.unclear.push(at);
            return None;
        }
        Some(first)
    }
}

fn rename(node: &mut Node, target: &Renamed) {
    if node.text().is_some_and(|name| *name == *target.now.name) {
        return;
    }
    let mut new = Node::of_text(&target.now.name, node.at, node.key);
    new.also.clone_from(&target.also);
    node.replace(new);
}

/// Kustomize `api/resource/resource.go`, `PrefixesSuffixesEquals`.
fn same_affixes(one: &Affixes, other: &Affixes, allow_empty: bool) -> bool {
    let same = |one: &[Text], other: &[Text]| {
        let shorter = one.len().min(other.len());
        (allow_empty && shorter == 0)
            || (one[one.len() - shorter..] == other[other.len() - shorter..]
                && (shorter > 0 || one.len() == other.len()))
    };
    same(&one.0, &other.0) && same(&one.1, &other.1)
}
