//! Which resources there are, and which stand in namespaces: those of Kubernetes' own API groups, and those that the
//! run defines.
//!
//! Of what it does not know it says nothing: any group may be served by something outside the run.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::LazyLock;

use serde::Deserialize;

/// Where objects of a resource stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// In namespaces.
    #[default]
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

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        resources: Vec::new(),
        groups: BTreeSet::new(),
        named: HashMap::new(),
        alike: HashMap::new(),
    };
    for row in super::table::<Vec<Row>>(include_str!("../../../rules/tables/api-resources.yaml")) {
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
});

/// The resource of Kubernetes' own that a group and a plural mean.
#[must_use]
pub fn resource(group: &str, plural: &str) -> Option<&'static Resource> {
    resources_named(plural).find(|resource| resource.group == group)
}

/// Every resource of Kubernetes' own with that plural: `events` are two.
pub fn resources_named(plural: &str) -> impl Iterator<Item = &'static Resource> {
    let found = TABLE.named.get(plural).into_iter().flatten();
    found.map(|&at| &TABLE.resources[at])
}

/// Those with that plural in some groups.
pub fn resources_served<S: BuildHasher>(
    groups: &HashSet<&str, S>,
    plural: &str,
) -> impl Iterator<Item = &'static Resource> {
    resources_named(plural).filter(|resource| groups.contains(resource.group))
}

/// The resource whose kind or singular was written where its plural is meant: `Pod`, `pod`, `Pods`.
#[must_use]
pub fn resource_meant(word: &str) -> Option<&'static Resource> {
    let at = TABLE.alike.get(&word.to_lowercase())?;
    Some(&TABLE.resources[*at])
}

/// The resource of Kubernetes' own whose objects are of a kind.
#[must_use]
pub fn resource_of_kind(group: &str, kind: &str) -> Option<&'static Resource> {
    TABLE.resources.iter().find(|resource| resource.group == group && resource.kind == kind)
}

/// The resources of Kubernetes' own whose objects are of a kind, whatever their group.
pub fn resources_of_kind(kind: &str) -> impl Iterator<Item = &'static Resource> {
    TABLE.resources.iter().filter(move |resource| resource.kind == kind)
}

/// Whether all resources of a group are known here.
#[must_use]
pub fn is_own_group(group: &str) -> bool {
    TABLE.groups.contains(group)
}
