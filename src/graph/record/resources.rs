//! The resources of kinds, as pairs of API group and plural.

use kube_core::discovery::ApiResource;
use kube_core::gvk::GroupVersionKind;

use crate::graph::tables::resource::{resource_of_kind, resources_of_kind};

/// The kinds of Kubernetes' own that hold pod templates, and their groups.
const WORKLOADS: &[(&str, &str)] = &[
    ("", "Pod"),
    ("", "PodTemplate"),
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
];

/// Those of workloads.
#[must_use]
pub fn of_workloads() -> Vec<(String, String)> {
    let known = WORKLOADS.iter().filter_map(|(group, kind)| resource_of_kind(group, kind));
    known.map(|resource| (resource.group.to_owned(), resource.plural.to_owned())).collect()
}

/// Those of a kind, `Deployment` or `Certificate.cert-manager.io`; none where its group is not known.
#[must_use]
pub fn of_kind(kind: &str) -> Vec<(String, String)> {
    let Some((kind, group)) = kind.split_once('.') else {
        let known = resources_of_kind(kind);
        return known.map(|resource| (resource.group.to_owned(), resource.plural.to_owned())).collect();
    };
    let guessed = || ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind)).plural;
    let plural = resource_of_kind(group, kind).map_or_else(guessed, |resource| resource.plural.to_owned());
    vec![(group.to_owned(), plural)]
}
