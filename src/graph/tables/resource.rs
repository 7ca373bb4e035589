//! Which resources there are, and which stand in namespaces: those of Kubernetes' own API groups, and those that the
//! run defines.
//!
//! Of what it does not know it says nothing: any group may be served by something outside the run.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use serde::Deserialize;

const TABLE: &str = include_str!("../../../rules/tables/api-resources.yaml");

/// Where objects of a resource stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In namespaces.
    Namespaced,
    /// Outside of them.
    Cluster,
}

/// A resource of Kubernetes' own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// API group; empty is the core group.
    pub group: &'static str,
    /// `pods`.
    pub plural: &'static str,
    /// `Pod`.
    pub kind: &'static str,
    /// Where its objects stand.
    pub scope: Scope,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    group: &'static str,
    #[serde(default)]
    namespaced: BTreeMap<&'static str, &'static str>,
    #[serde(default)]
    cluster: BTreeMap<&'static str, &'static str>,
}

/// What Kubernetes itself serves; parsed once.
struct Table {
    resources: Vec<Resource>,
    groups: BTreeSet<&'static str>,
    /// By plural.
    named: HashMap<&'static str, Vec<usize>>,
    /// By kind and by singular, in lower case.
    alike: HashMap<String, usize>,
}

fn parse(text: &'static str) -> Vec<Row> {
    serde_yaml::from_str(text).expect("the table is well-formed: a test reads it")
}

fn table() -> &'static Table {
    static PARSED: OnceLock<Table> = OnceLock::new();
    PARSED.get_or_init(|| {
        let mut table = Table {
            resources: Vec::new(),
            groups: BTreeSet::new(),
            named: HashMap::new(),
            alike: HashMap::new(),
        };
        for row in parse(TABLE) {
            table.groups.insert(row.group);
            let namespaced = row.namespaced.into_iter().map(|pair| (pair, Scope::Namespaced));
            let of_cluster = row.cluster.into_iter().map(|pair| (pair, Scope::Cluster));
            for ((plural, kind), scope) in namespaced.chain(of_cluster) {
                let at = table.resources.len();
                table.resources.push(Resource { group: row.group, plural, kind, scope });
                table.named.entry(plural).or_default().push(at);
                for alike in [kind.to_lowercase(), plural.to_owned()] {
                    table.alike.entry(alike).or_insert(at);
                }
            }
        }
        table
    })
}

/// The resource of Kubernetes' own that a group and a plural mean.
#[must_use]
pub fn resource(group: &str, plural: &str) -> Option<&'static Resource> {
    resources_named(plural).find(|resource| resource.group == group)
}

/// Every resource of Kubernetes' own with that plural: `events` are two.
pub fn resources_named(plural: &str) -> impl Iterator<Item = &'static Resource> {
    let found = table().named.get(plural).into_iter().flatten();
    found.map(|&at| &table().resources[at])
}

/// The resource whose kind or singular was written where its plural is meant: `Pod`, `pod`, `Pods`.
#[must_use]
pub fn resource_meant(word: &str) -> Option<&'static Resource> {
    let at = table().alike.get(&word.to_lowercase())?;
    Some(&table().resources[*at])
}

/// The resource of Kubernetes' own whose objects are of a kind.
#[must_use]
pub fn resource_of_kind(group: &str, kind: &str) -> Option<&'static Resource> {
    table().resources.iter().find(|resource| resource.group == group && resource.kind == kind)
}

/// Whether all resources of a group are known here.
#[must_use]
pub fn is_own_group(group: &str) -> bool {
    table().groups.contains(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_known_by_group_and_by_what_is_mistaken_for_them() {
        assert_eq!(resource("", "pods").map(|pods| pods.scope), Some(Scope::Namespaced));
        assert_eq!(resource("", "nodes").map(|nodes| nodes.scope), Some(Scope::Cluster));
        assert_eq!(resource("extensions", "deployments"), None);
        assert!(is_own_group("extensions") && !is_own_group("argoproj.io"));
        let groups: Vec<&str> = resources_named("events").map(|events| events.group).collect();
        assert_eq!(groups, ["", "events.k8s.io"]);
        for word in ["pod", "Pod", "PODS"] {
            assert_eq!(resource_meant(word).map(|pod| pod.plural), Some("pods"), "{word}");
        }
        assert_eq!(resource_of_kind("networking.k8s.io", "Ingress").map(|one| one.plural), Some("ingresses"));
    }
}
