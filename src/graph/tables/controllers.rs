//! Custom resources that make a controller act for whoever writes them: which, and with whose rights.
//!
//! Data is in `rules/tables/controllers.yaml`; it is parsed when somebody first asks. Whether the controller runs, and
//! what it holds here is not known here: a row says what is true of it in general.

use std::sync::LazyLock;

use serde::Deserialize;

use super::image::{is_copy_of, is_from};
use super::primitive::Primitive;
use super::tier::Tier;
use crate::catalog::pattern::matches;
use crate::finding::IdentityName;
use crate::k8s::container::Container;

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

/// One command of a controller: a row of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Controller {
    /// The permission to give it.
    #[serde(flatten)]
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
    #[serde(skip)]
    pub(in crate::graph) row: usize,
    /// Where it heeds it, as patterns of namespaces; none is everywhere.
    #[serde(default)]
    namespaces: Vec<&'static str>,
    /// Who it is, as patterns of `namespace/account`.
    #[serde(default)]
    accounts: Vec<&'static str>,
    /// Registries and organisations that publish it.
    #[serde(default)]
    images: Vec<&'static str>,
}

/// Who publishes the proxy that guards the metrics of controllers, as kubebuilder puts it beside them.
const BESIDE: [&str; 2] = ["quay.io/brancz/kube-rbac-proxy", "gcr.io/kubebuilder/kube-rbac-proxy"];

/// The commands of controllers that are known; parsed once.
#[must_use]
pub fn controllers() -> &'static [Controller] {
    static PARSED: LazyLock<Vec<Controller>> = LazyLock::new(|| {
        let mut rows: Vec<Controller> = super::table(include_str!("../../../rules/tables/controllers.yaml"));
        rows.iter_mut().enumerate().for_each(|(position, row)| row.row = position);
        rows
    });
    &PARSED
}

/// The permissions to give them, in the order of the table.
#[must_use]
pub fn commands() -> &'static [&'static Primitive] {
    static LISTED: LazyLock<Vec<&'static Primitive>> =
        LazyLock::new(|| controllers().iter().map(|controller| &controller.primitive).collect());
    &LISTED
}

/// The command that a primitive of [`commands`] is.
#[must_use]
pub fn controller_of(primitive: &Primitive) -> Option<&'static Controller> {
    controllers().iter().find(|controller| controller.primitive.name == primitive.name)
}

impl Controller {
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

    /// Whether an identity is called as the controller or a part of it is. Anybody may be.
    #[must_use]
    pub fn is_called(&self, identity: &IdentityName) -> bool {
        let identity = identity.to_string();
        self.accounts.iter().any(|pattern| matches(pattern, &identity))
    }

    /// Whether a container is part of it: who publishes the controller publishes its image.
    #[must_use]
    pub fn is_run_by(&self, container: &Container<'_>, mirrors: &[&str]) -> bool {
        let image = container.image();
        is_from(&image, &self.images) || is_copy_of(&image, mirrors, &self.images) || is_from(&image, &BESIDE)
    }
}
