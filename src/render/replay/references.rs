//! Names of objects in other objects, which follow when an object gets another name
//! (kustomize `api/filters/nameref`, `api/internal/konfig/builtinpluginconsts/namereference.go`).

use std::collections::{BTreeSet, HashMap};

use super::Replayer;
use super::field_specs::FieldSpec;
use super::objects::{Id, Object};
use super::tree::{Node, Text, Value};

/// Where pod templates stand: (kind, path of the pod's specification).
const PODS: [(&str, &str); 8] = [
    ("Pod", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
];

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

/// Other references: the kind that is named, the kind and group that name it, the path.
const ELSEWHERE: [(&str, &str, &str, &str); 41] = [
    ("Deployment", "HorizontalPodAutoscaler", "", "spec/scaleTargetRef/name"),
    ("ReplicationController", "HorizontalPodAutoscaler", "", "spec/scaleTargetRef/name"),
    ("ReplicaSet", "HorizontalPodAutoscaler", "", "spec/scaleTargetRef/name"),
    ("StatefulSet", "HorizontalPodAutoscaler", "", "spec/scaleTargetRef/name"),
    ("ConfigMap", "Node", "", "spec/configSource/configMap"),
    ("ConfigMap", "Role", "", "rules/resourceNames"),
    ("ConfigMap", "ClusterRole", "", "rules/resourceNames"),
    (
        "ConfigMap",
        "Ingress",
        "",
        "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap",
    ),
    ("Secret", "Ingress", "", "spec/tls/secretName"),
    ("Secret", "Ingress", "", "metadata/annotations/ingress.kubernetes.io\\/auth-secret"),
    ("Secret", "Ingress", "", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret"),
    ("Secret", "Ingress", "", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret"),
    ("Secret", "ServiceAccount", "", "imagePullSecrets/name"),
    ("Secret", "StorageClass", "", "parameters/secretName"),
    ("Secret", "StorageClass", "", "parameters/adminSecretName"),
    ("Secret", "StorageClass", "", "parameters/userSecretName"),
    ("Secret", "StorageClass", "", "parameters/secretRef"),
    ("Secret", "Role", "", "rules/resourceNames"),
    ("Secret", "ClusterRole", "", "rules/resourceNames"),
    (
        "Secret",
        "Service",
        "serving.knative.dev",
        "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
    ),
    ("Secret", "PersistentVolume", "", "spec/azureFile/secretName"),
    ("Service", "StatefulSet", "apps", "spec/serviceName"),
    ("Service", "Ingress", "", "spec/rules/http/paths/backend/serviceName"),
    ("Service", "Ingress", "", "spec/backend/serviceName"),
    ("Service", "Ingress", "", "spec/rules/http/paths/backend/service/name"),
    ("Service", "Ingress", "", "spec/defaultBackend/service/name"),
    ("Service", "APIService", "apiregistration.k8s.io", "spec/service/name"),
    (
        "Service",
        "ValidatingWebhookConfiguration",
        "admissionregistration.k8s.io",
        "webhooks/clientConfig/service",
    ),
    (
        "Service",
        "MutatingWebhookConfiguration",
        "admissionregistration.k8s.io",
        "webhooks/clientConfig/service",
    ),
    ("Role", "RoleBinding", "rbac.authorization.k8s.io", "roleRef/name"),
    ("ClusterRole", "RoleBinding", "rbac.authorization.k8s.io", "roleRef/name"),
    ("ClusterRole", "ClusterRoleBinding", "rbac.authorization.k8s.io", "roleRef/name"),
    ("ServiceAccount", "RoleBinding", "rbac.authorization.k8s.io", "subjects"),
    ("ServiceAccount", "ClusterRoleBinding", "rbac.authorization.k8s.io", "subjects"),
    ("PersistentVolume", "PersistentVolumeClaim", "", "spec/volumeName"),
    ("PersistentVolume", "ClusterRole", "", "rules/resourceNames"),
    ("StorageClass", "PersistentVolume", "", "spec/storageClassName"),
    ("StorageClass", "PersistentVolumeClaim", "", "spec/storageClassName"),
    ("StorageClass", "StatefulSet", "", "spec/volumeClaimTemplates/spec/storageClassName"),
    ("IngressClass", "Ingress", "", "spec/ingressClassName"),
    ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "", "spec/policyName"),
];

/// An object that had another name, as those see it who name it.
struct Moved {
    now: Id,
    ids: Vec<Id>,
    cluster: bool,
    affixes: (Vec<Text>, Vec<Text>),
    also: Vec<super::tree::Aside>,
    namespace: Option<Node>,
}

/// Objects that ever changed their id, by kind and earlier name.
type Index = HashMap<(Text, Text), Vec<Moved>>;

impl Replayer<'_, '_> {
    /// Lets names in other objects follow.
    pub(super) fn follow_names(&mut self, objects: &mut [Object]) {
        let index = self.moved(objects);
        if index.is_empty() {
            return;
        }
        let kinds: BTreeSet<Text> = index.keys().map(|(kind, _)| kind.clone()).collect();
        let specs = self.reference_specs(&kinds);
        let mut following = Following {
            index: &index,
            referrer: Referrer::default(),
            unclear: Vec::new(),
            budget: &self.budget,
        };
        'objects: for object in objects {
            following.referrer = Referrer::of(object);
            for (kind, spec) in &specs {
                if !self.budget.spend(1) {
                    break 'objects;
                }
                if !spec.is_for(object) {
                    continue;
                }
                let role = spec
                    .ends_with(&["roleRef", "name"])
                    .then(|| object.tree.said_at(&["roleRef", "kind"]).unwrap_or_default().into_owned());
                if role.is_none_or(|role| *role == **kind) {
                    spec.visit_there(object, &mut |node| following.follow(node, kind));
                }
            }
        }
        for at in following.unclear {
            self.doubt("a name that several objects had".into(), at);
        }
    }

    fn moved(&self, objects: &[Object]) -> Index {
        let mut index = Index::new();
        for object in objects {
            let now = object.id();
            let earlier: Vec<&Id> = object.ids.iter().filter(|id| **id != now).collect();
            let mut names: Vec<(Text, Text)> =
                earlier.iter().map(|id| (id.kind.clone(), id.name.clone())).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                self.budget.spend(4);
                let node = object.tree.at(&["metadata", "name"]);
                index.entry(name).or_default().push(Moved {
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
            for (_, by, group, path) in ELSEWHERE.iter().filter(|(named, ..)| **named == **kind) {
                specs.push((kind.clone(), FieldSpec::new(group, "", by, path, false)));
            }
            for (_, _, custom) in self.references.iter().filter(|(_, named, _)| **named == **kind) {
                specs.extend(custom.iter().map(|spec| (kind.clone(), spec.clone())));
            }
        }
        specs
    }
}

/// Who names somebody.
#[derive(Default)]
struct Referrer {
    namespace: String,
    cluster: bool,
    affixes: (Vec<Text>, Vec<Text>),
}

impl Referrer {
    fn of(object: &Object) -> Self {
        Self {
            namespace: space(&object.namespace()).to_owned(),
            cluster: object.is_cluster_scoped(),
            affixes: object.affixes.clone(),
        }
    }
}

fn space(namespace: &str) -> &str {
    if namespace.is_empty() { "default" } else { namespace }
}

/// The walk over all places that may name somebody.
struct Following<'i> {
    index: &'i Index,
    referrer: Referrer,
    /// Names that several objects had.
    unclear: Vec<crate::source::Span>,
    budget: &'i super::budget::Budget,
}

impl<'i> Following<'i> {
    fn follow(&mut self, node: &mut Node, kind: &Text) {
        match &mut node.value {
            Value::List(items) => items.iter_mut().for_each(|item| self.follow(item, kind)),
            Value::Map(map) => {
                let text = |key: &str| map.get(key).and_then(Node::said).map(std::borrow::Cow::into_owned);
                let (Some(name), within) = (text("name"), text("namespace")) else { return };
                let Some(moved) = self.choose(kind, &name, within.as_deref(), node.at) else { return };
                if let Some(name) = map.get_mut("name") {
                    rename(name, moved);
                }
                let Some(namespace) = &moved.namespace else { return };
                let mut new = namespace.copy(self.budget);
                match map.get_mut("namespace") {
                    Some(old) if old.said() == new.said() => {}
                    Some(old) => {
                        new.key = old.key;
                        old.replace(new);
                    }
                    None => {
                        map.insert("namespace".into(), new);
                    }
                }
            }
            Value::Text(name) => {
                let name = name.clone();
                if let Some(moved) = self.choose(kind, &name, None, node.at) {
                    rename(node, moved);
                }
            }
            _ => {}
        }
    }

    /// The object that a name means (kustomize `selectReferral`).
    fn choose(
        &mut self,
        kind: &Text,
        name: &str,
        within: Option<&str>,
        at: crate::source::Span,
    ) -> Option<&'i Moved> {
        let candidates = self.index.get(&(kind.clone(), name.into()))?;
        if !self.budget.spend(candidates.len()) {
            return None;
        }
        let referrer = &self.referrer;
        let fits = |moved: &&Moved| {
            let there = space(&moved.now.namespace);
            let in_reach = referrer.cluster
                || moved.cluster
                || &**kind == "ServiceAccount"
                || there == referrer.namespace;
            let was_there = |within| moved.ids.first().is_some_and(|id| space(&id.namespace) == within);
            in_reach && within.is_none_or(|within| was_there(within) || there == within)
        };
        let mut found: Vec<&Moved> = candidates.iter().filter(fits).collect();
        for allow_empty in [true, false] {
            if found.len() > 1 {
                found.retain(|moved| same_affixes(&moved.affixes, &referrer.affixes, allow_empty));
            }
        }
        let first = *found.first()?;
        let same = found.iter().all(|moved| moved.now == first.now);
        let same_name = within.is_none() && found.iter().all(|moved| moved.now.name == first.now.name);
        if !same && !same_name {
            self.unclear.push(at);
            return None;
        }
        Some(first)
    }
}

fn rename(node: &mut Node, moved: &Moved) {
    if node.said().is_some_and(|name| *name == *moved.now.name) {
        return;
    }
    let mut new = Node::text(&moved.now.name, node.at, node.key);
    new.also.clone_from(&moved.also);
    node.replace(new);
}

/// Kustomize `api/resource/resource.go`, `PrefixesSuffixesEquals`.
fn same_affixes(one: &(Vec<Text>, Vec<Text>), other: &(Vec<Text>, Vec<Text>), allow_empty: bool) -> bool {
    let same = |one: &[Text], other: &[Text]| {
        let shorter = one.len().min(other.len());
        (allow_empty && shorter == 0)
            || (one[one.len() - shorter..] == other[other.len() - shorter..]
                && (shorter > 0 || one.len() == other.len()))
    };
    same(&one.0, &other.0) && same(&one.1, &other.1)
}
