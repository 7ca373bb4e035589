//! The roles and bindings that stand in no file: what every API server makes for itself, and what platforms and
//! common add-ons bring along.
//!
//! Data is in `rules/tables/`; it is parsed when somebody first asks. It must not guess: a role whose content is not
//! certain says so, and what it lists is the least it grants.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::aggregate::{Aggregation, ClusterRole};
use super::cover::covers;
use super::permission::Rule;
use super::tier::Tier;
use crate::k8s::selector::well_formed;

const BUILTIN: &str = include_str!("../../../rules/tables/builtin-roles.json");
const DISTRIBUTIONS: &str = include_str!("../../../rules/tables/distribution-roles.json");

/// What an identity may do before anybody grants it anything.
const FLOOR: [&str; 4] = [
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
];

/// The API server's own roles and bindings.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Builtin {
    #[serde(rename = "about")]
    _about: IgnoredAny,
    /// The Kubernetes version they were taken from: `v1.34.4`.
    pub version: &'static str,
    /// Sorted by name.
    #[serde(deserialize_with = "cluster_roles")]
    pub cluster_roles: Vec<ClusterRole<'static>>,
    /// Sorted by namespace and name.
    pub roles: Vec<Role>,
    /// For the whole cluster, sorted by name.
    pub cluster_role_bindings: Vec<Binding>,
    /// In a namespace, sorted by namespace and name.
    pub role_bindings: Vec<Binding>,
    /// For each of the `cluster_roles`, those whose rules it grants.
    #[serde(skip)]
    sources: Vec<Vec<usize>>,
}

/// What an object is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Its namespace; none is the whole cluster.
    #[serde(default)]
    pub namespace: Option<&'static str>,
    /// Its name.
    pub name: &'static str,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// A Role of one namespace.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// Its namespace and name.
    pub metadata: Metadata,
    /// Its rules.
    #[serde(borrow, default)]
    pub rules: Vec<Rule<'static>>,
    #[serde(default)]
    aggregation_rule: Option<AggregationRule>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AggregationRule {
    cluster_role_selectors: Vec<LabelSelector>,
}

/// A binding that the API server makes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, bound(deserialize = "'de: 'static"))]
pub struct Binding {
    /// Its namespace and name.
    pub metadata: Metadata,
    /// The role that it hands out.
    pub role_ref: RoleRef,
    /// Who gets it.
    pub subjects: Vec<Subject>,
}

/// The role that a binding hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRef {
    /// `ClusterRole` or `Role`.
    pub kind: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// Who gets the role of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// `ServiceAccount`, `User` or `Group`.
    pub kind: &'static str,
    /// The namespace of a `ServiceAccount`.
    #[serde(default)]
    pub namespace: Option<&'static str>,
    /// Its name.
    pub name: &'static str,
}

/// The API server's own roles and bindings; parsed once, in a fraction of a millisecond.
#[must_use]
pub fn builtin() -> &'static Builtin {
    static TABLE: LazyLock<Builtin> = LazyLock::new(|| {
        let mut builtin: Builtin = parse(BUILTIN);
        let aggregation = Aggregation::new(&builtin.cluster_roles);
        builtin.sources = (0..builtin.cluster_roles.len()).map(|role| aggregation.sources(role)).collect();
        builtin
    });
    &TABLE
}

impl Builtin {
    /// A `ClusterRole` by name.
    #[must_use]
    pub fn cluster_role(&self, name: &str) -> Option<&ClusterRole<'static>> {
        Some(&self.cluster_roles[self.position(name)?])
    }

    /// A Role by namespace and name.
    #[must_use]
    pub fn role(&self, namespace: &str, name: &str) -> Option<&Role> {
        let key = |role: &Role| (role.metadata.namespace, role.metadata.name);
        let at = self.roles.binary_search_by_key(&(Some(namespace), name), key);
        Some(&self.roles[at.ok()?])
    }

    /// What a `ClusterRole` grants in a cluster that adds nothing to `admin`, `edit` or `view`.
    #[must_use]
    pub fn rules(&self, name: &str) -> Option<Vec<&Rule<'static>>> {
        Some(self.parts(name)?.into_iter().flatten().collect())
    }

    /// The same, as the rules of each role that it is made of.
    #[must_use]
    pub fn parts(&self, name: &str) -> Option<Vec<&[Rule<'static>]>> {
        let sources = self.sources[self.position(name)?].iter();
        Some(sources.map(|&source| self.cluster_roles[source].rules.as_slice()).collect())
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.cluster_roles.binary_search_by_key(&name, |role| &*role.name).ok()
    }
}

/// The API groups of a resource (`deployments`: `apps`), as far as the API server's own roles name it, the one that is
/// most likely meant first.
#[must_use]
pub fn groups_of(resource: &str) -> Vec<&'static str> {
    let roles = builtin().cluster_roles.iter().flat_map(|role| &role.rules);
    let naming = roles.filter(|rule| {
        let plain = |written: &Cow<'_, str>| written.split('/').next() == Some(resource);
        rule.resources.iter().any(plain)
    });
    let mut groups: Vec<&'static str> = naming
        .flat_map(|rule| &rule.groups)
        .filter_map(|group| match group {
            Cow::Borrowed(group) => Some(*group),
            Cow::Owned(_) => None,
        })
        .collect();
    // What moved out of `extensions` and of the core group's neighbours is meant where it is now.
    groups.sort_by_key(|group| (*group == "extensions", group.len(), *group));
    groups.dedup();
    groups
}

/// Whether the rules allow anything beyond what every `ServiceAccount` may do anyway: look at the API's shape, ask what
/// it may do, read the issuer's public keys.
pub fn beyond_floor<'r>(rules: impl IntoIterator<Item = &'r Rule<'r>>) -> bool {
    let floor = || FLOOR.iter().filter_map(|name| builtin().cluster_role(name)).flat_map(|role| &role.rules);
    rules.into_iter().any(|rule| !covers(floor(), rule))
}

/// How much is known of what a role grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// Its rules are listed.
    Full,
    /// It grants what is listed, and more or other things in some releases.
    Partial,
    /// Only that it exists.
    Unknown,
}

/// A `ClusterRole` that a platform or add-on brings along.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistributionRole {
    /// Its name; with a `*` at its end, all names that begin so.
    pub name: &'static str,
    /// Who brings it along: `OpenShift`.
    pub platform: &'static str,
    /// How much of it is known.
    pub content: Content,
    /// How much it is worth when bound in the whole cluster, where that is known.
    pub tier: Option<Tier>,
    /// What it grants at least.
    #[serde(borrow, default)]
    pub rules: Vec<Rule<'static>>,
}

/// Looks up a `ClusterRole` that is neither in the input nor made by the API server.
#[must_use]
pub fn distribution_role(name: &str) -> Option<&'static DistributionRole> {
    let roles = distribution_roles();
    if let Ok(at) = roles.binary_search_by_key(&name, |role| role.name) {
        return Some(&roles[at]);
    }
    let begins = |role: &&DistributionRole| {
        let start = role.name.strip_suffix('*');
        start.is_some_and(|start| name.starts_with(start))
    };
    roles.iter().filter(begins).max_by_key(|role| role.name.len())
}

/// Every role that [`distribution_role`] knows, sorted by name.
#[must_use]
pub fn distribution_roles() -> &'static [DistributionRole] {
    static TABLE: LazyLock<DistributionText> = LazyLock::new(|| parse(DISTRIBUTIONS));
    &TABLE.roles
}

fn parse<T: Deserialize<'static>>(table: &'static str) -> T {
    serde_json::from_str(table).expect("the tables are part of the binary and tests parse them")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'static"))]
struct DistributionText {
    #[serde(rename = "about")]
    _about: IgnoredAny,
    roles: Vec<DistributionRole>,
}

fn cluster_roles<'de, D: Deserializer<'de>>(roles: D) -> Result<Vec<ClusterRole<'static>>, D::Error>
where
    'de: 'static,
{
    Ok(Vec::deserialize(roles)?.into_iter().map(cluster_role).collect())
}

fn cluster_role(written: Role) -> ClusterRole<'static> {
    let mut labels = written.metadata.labels;
    labels.insert("kubernetes.io/bootstrapping".to_owned(), "rbac-defaults".to_owned());
    let aggregation = written.aggregation_rule;
    let selectors =
        aggregation.map(|rule| rule.cluster_role_selectors.into_iter().filter_map(well_formed).collect());
    ClusterRole { name: Cow::Borrowed(written.metadata.name), labels, rules: written.rules, selectors }
}
