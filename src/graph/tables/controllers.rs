//! Custom resources that make a controller act for whoever writes them: which, and with whose rights.
//!
//! Data is in `rules/tables/controllers.yaml`; it is parsed when somebody first asks. Whether the controller runs, and
//! what it holds here is not known here: a row says what is true of it in general.

use std::sync::OnceLock;

use serde::Deserialize;

use super::permission::Rule;
use super::primitive::{On, Primitive, Shown};
use super::tier::Tier;
use crate::catalog::pattern::matches;
use crate::finding::IdentityName;

const TABLE: &str = include_str!("../../../rules/tables/controllers.yaml");

/// Whose power a controller lends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Borrows {
    /// Its own rights in the cluster.
    Controller,
    /// It runs pods as any account of the resource's namespace.
    NamespaceAccounts,
    /// Its identity in a cloud.
    Cloud,
    /// What stores and authorities outside the cluster give it.
    Secrets,
    /// Requests on their way.
    Traffic,
    /// The nodes that it makes.
    Nodes,
}

/// One command of a controller.
#[derive(Debug)]
pub struct Controller {
    /// The permission to give it, whose name is `controller.` and the row's.
    pub primitive: Primitive,
    /// For people: `Argo CD`.
    pub controller: &'static str,
    /// Whose power it lends.
    pub borrows: Borrows,
    /// What that is worth where the controller is not in the run.
    pub tier: Tier,
    /// What would hold it back, as a noun.
    pub confined_by: Option<&'static str>,
    /// Its position among [`controllers`].
    pub(in crate::graph) row: usize,
    /// Where it heeds it, as patterns of namespaces; none is everywhere.
    namespaces: &'static [&'static str],
    /// Who it is, as patterns of `namespace/account`.
    accounts: &'static [&'static str],
}

/// A row of the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    name: &'static str,
    controller: &'static str,
    on: Vec<OnRow>,
    #[serde(default)]
    verbs: Vec<&'static str>,
    #[serde(default)]
    namespaces: Vec<&'static str>,
    #[serde(default)]
    accounts: Vec<&'static str>,
    borrows: Borrows,
    tier: Tier,
    does: &'static str,
    what: &'static str,
    because: &'static str,
    confined_by: Option<&'static str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnRow {
    group: &'static str,
    resources: Vec<&'static str>,
    scope: Option<Scope>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Scope {
    Cluster,
}

/// The commands of controllers that are known; parsed once.
pub fn controllers() -> &'static [Controller] {
    static PARSED: OnceLock<Vec<Controller>> = OnceLock::new();
    PARSED.get_or_init(|| parse(TABLE).into_iter().enumerate().map(Controller::new).collect())
}

fn parse(text: &'static str) -> Vec<Row> {
    serde_yaml::from_str(text).expect("the table is well-formed: a test reads it")
}

/// The permissions to give them, in the order of the table.
pub fn commands() -> &'static [&'static Primitive] {
    static LISTED: OnceLock<Vec<&'static Primitive>> = OnceLock::new();
    LISTED.get_or_init(|| controllers().iter().map(|controller| &controller.primitive).collect())
}

/// The command that a primitive of [`commands`] is.
#[must_use]
pub fn controller_of(primitive: &Primitive) -> Option<&'static Controller> {
    controllers().iter().find(|controller| controller.primitive.name == primitive.name)
}

impl Controller {
    /// Whether a rule lets its holder command the controller, where it is bound: see [`Primitive::shown_by`].
    #[must_use]
    pub fn shown_by<'r>(&self, rule: &'r Rule<'r>, cluster_wide: bool) -> Option<Shown<'r>> {
        self.primitive.shown_by(rule, cluster_wide)
    }

    /// Whether the controller heeds what is written in a namespace. Custom installations in namespaces of other names
    /// are not known.
    #[must_use]
    pub fn heeds(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|pattern| matches(pattern, namespace))
    }

    /// Whether it heeds only what is written in its own namespace.
    #[must_use]
    pub fn is_local(&self) -> bool {
        !self.namespaces.is_empty()
    }

    /// Whether an identity is the controller or part of it.
    #[must_use]
    pub fn is_itself(&self, identity: &IdentityName) -> bool {
        let identity = identity.to_string();
        self.accounts.iter().any(|pattern| matches(pattern, &identity))
    }
}

impl Controller {
    /// The words of a primitive live as long as the program, so that tables in code and in files are one: what is
    /// leaked here is leaked once.
    fn new((position, row): (usize, Row)) -> Self {
        let on = row.on.into_iter().map(|on| On {
            group: on.group,
            resources: on.resources.leak(),
            cluster_scoped: on.scope == Some(Scope::Cluster),
        });
        let verbs = if row.verbs.is_empty() { vec!["create", "patch", "update"] } else { row.verbs };
        Self {
            primitive: Primitive {
                name: format!("controller.{}", row.name).leak(),
                verbs: verbs.leak(),
                on: on.collect::<Vec<_>>().leak(),
                does: row.does,
                what: row.what,
                because: row.because,
            },
            controller: row.controller,
            borrows: row.borrows,
            tier: row.tier,
            row: position,
            confined_by: row.confined_by,
            namespaces: row.namespaces.leak(),
            accounts: row.accounts.leak(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeSet;

    use super::*;
    use crate::graph::tables::primitive::{CONTROL_PLANE, WORKLOADS};

    fn rule(group: &'static str, resource: &'static str) -> Rule<'static> {
        Rule {
            verbs: vec![Cow::Borrowed("create")],
            groups: vec![Cow::Borrowed(group)],
            resources: vec![Cow::Borrowed(resource)],
            ..Rule::default()
        }
    }

    fn commanded(group: &'static str, resource: &'static str, cluster_wide: bool) -> Vec<&'static str> {
        let rule = rule(group, resource);
        let shown = controllers().iter().filter(|row| row.shown_by(&rule, cluster_wide).is_some());
        shown.map(|row| row.primitive.name).collect()
    }

    #[test]
    fn the_table_is_well_formed_and_says_nothing_twice() {
        let names: BTreeSet<&str> = controllers().iter().map(|row| row.primitive.name).collect();
        assert_eq!(names.len(), controllers().len());
        for row in controllers() {
            assert!(row.primitive.because.ends_with('.'), "{}", row.primitive.name);
            for on in row.primitive.on {
                for &resource in on.resources {
                    let rule = rule(on.group, resource);
                    let others = WORKLOADS.iter().chain(CONTROL_PLANE);
                    let mut others = others.filter(|other| other.shown_by(&rule, true).is_some());
                    assert!(others.next().is_none(), "{} {resource} is a primitive already", on.group);
                }
            }
        }
    }

    #[test]
    fn groups_below_a_pattern_are_meant_and_subresources_are_not() {
        assert_eq!(commanded("s3.services.k8s.aws", "buckets", false), ["controller.ack.cloud"]);
        assert_eq!(commanded("services.k8s.aws", "buckets", false), [""; 0]);
        assert_eq!(commanded("s3.services.k8s.aws", "buckets/status", false), [""; 0]);
        assert_eq!(commanded("argoproj.io", "applications", false), ["controller.argocd.application"]);
        assert_eq!(commanded("argoproj.io", "applications/status", true), [""; 0]);
        assert_eq!(commanded("*", "pods", true), [""; 0], "pods are not what providers make");
        assert!(commanded("*", "*", true).contains(&"controller.ack.cloud"));
        assert_eq!(commanded("kyverno.io", "clusterpolicies", false), [""; 0]);
        assert_eq!(commanded("kyverno.io", "clusterpolicies", true), ["controller.kyverno.policy"]);
    }

    #[test]
    fn a_controller_knows_itself_and_its_namespaces() {
        let argo = &controllers()[0];
        let is_itself = |namespace, name| argo.is_itself(&IdentityName::account(Some(namespace), name));
        assert!(is_itself("argocd", "argocd-server") && !is_itself("ci", "deployer"));
        assert!(argo.heeds("argocd") && !argo.heeds("shop"));
    }
}
