//! What controllers of the run are granted, and what that is worth to whoever commands them.

use std::sync::OnceLock;

use super::{Grant, Grants, RoleFound};
use crate::finding::IdentityName;
use crate::graph::place::{BindingId, Placed, PlacedBinding, Runner, RunnerId, SourceId};
use crate::graph::tables::controllers::{Borrows, Controller, controllers};
use crate::graph::tables::tier::Tier;
use crate::k8s::binding::Subject;
use crate::k8s::container::Container;
use crate::yaml::Node;

/// Bindings of a controller that are looked at; one has some ten, and runs may be made to be slow.
const MOST_BINDINGS: usize = 256;

impl<'a> Grants<'a> {
    /// What a controller is given in the run, as seen from a source: the bindings of its accounts. None where the
    /// controller is not in the run, and [`Controller::tier`] is what is known.
    #[must_use]
    pub fn of_controller(&self, row: &Controller, from: SourceId) -> Vec<Grant<'a, '_>> {
        let by_row = self
            .controller_bindings
            .get_or_init(|| controllers().iter().map(|row| self.bindings_of_controller(row)).collect());
        let bindings = by_row[row.row].iter().map(|&binding| &self.places[binding]);
        let near = bindings.take(MOST_BINDINGS).filter(|bound| {
            let at = &self.places[bound.object];
            self.places.sources.may_share(at.source, from)
        });
        let granted = near.filter_map(|binding| {
            let subject =
                binding.binding.subjects.iter().find(|subject| self.is_account_of(row, binding, subject))?;
            Some(Grant { binding, subject, role: self.role_of(binding) })
        });
        granted.collect()
    }

    /// The bindings that name an account of a controller.
    fn bindings_of_controller(&self, row: &Controller) -> Vec<BindingId> {
        let named = self.places.bindings.iter().filter(|bound| {
            bound.binding.subjects.iter().any(|subject| self.is_account_of(row, bound, subject))
        });
        named.map(|bound| bound.id).collect()
    }

    fn is_account_of(&self, row: &Controller, bound: &PlacedBinding<'_>, subject: &Subject<'_>) -> bool {
        let around = self.places[bound.object].namespace.as_deref();
        subject.account().is_some() && row.is_called(&subject.named(around))
    }

    /// Whether an identity is a controller or a part of it, as seen from an object: it is called so, and all that runs as it
    /// comes from who publishes the controller.
    #[must_use]
    pub fn is_controller(
        &self,
        row: &Controller,
        identity: &IdentityName,
        at: &Placed<'_>,
        mirrors: &[&str],
    ) -> bool {
        let is_part = |container: &Container<'_>| row.is_run_by(container, mirrors);
        row.is_called(identity)
            && self.places.is_run_only_by(at, identity.namespace(), identity.name(), is_part)
    }

    /// Whether pods run as an identity, and all of them are a controller or a part of it.
    #[must_use]
    pub fn is_run_by(&self, row: &Controller, runners: &[RunnerId], mirrors: &[&str]) -> bool {
        let containers = |runner: &RunnerId| &self.places[*runner].workload.containers;
        let is_part = |runner: &RunnerId| {
            let mut all = containers(runner).iter().peekable();
            all.peek().is_some() && all.all(|container| row.is_run_by(container, mirrors))
        };
        !runners.is_empty() && runners.iter().all(is_part)
    }

    /// What the power of a controller is worth: what it holds in the run, as seen from a source, or what is known of it.
    #[must_use]
    pub fn tier_of_controller(&self, row: &Controller, from: SourceId) -> Tier {
        let sources = self.places.sources.count();
        let tiers = self.tiers.get_or_init(|| vec![OnceLock::new(); controllers().len() * sources]);
        *tiers[row.row * sources + from.position()].get_or_init(|| self.judge_controller(row, from))
    }

    fn judge_controller(&self, row: &Controller, from: SourceId) -> Tier {
        let grants = self.of_controller(row, from);
        if row.borrows != Borrows::Controller || grants.is_empty() {
            return row.tier;
        }
        let worth = Self::worth_of_grants(row, &grants);
        // Of an account that is only called so, nothing is known that makes the controller weaker.
        let is_shown = |grant: &Grant<'_, '_>| {
            let at = &self.places[grant.binding.object];
            self.is_controller(row, &grant.subject.named(at.namespace.as_deref()), at, &[])
        };
        if grants.iter().all(is_shown) { worth } else { worth.min(row.tier) }
    }

    fn worth_of_grants(row: &Controller, grants: &[Grant<'_, '_>]) -> Tier {
        let wide = grants.iter().filter(|grant| grant.binding.binding.cluster_wide);
        let wide: Vec<&RoleFound<'_>> = wide.map(|grant| &grant.role).collect();
        // Not every command makes it do all that it may.
        let strongest = if row.tier < Tier::T2 { Tier::T0 } else { row.tier };
        if wide.iter().any(|role| role.is_everything()) {
            return strongest;
        }
        if !grants.iter().all(|grant| grant.role.is_complete()) {
            return row.tier;
        }
        if wide.iter().any(|role| !role.unlimited(true).is_empty()) {
            strongest.max(Tier::T1)
        } else {
            strongest.max(Tier::T2)
        }
    }

    /// Whether the run shows that a controller is held back, whoever commands it.
    #[must_use]
    pub fn is_confined(&self, row: &Controller, at: &Placed<'_>) -> bool {
        let places = &self.places;
        match row.primitive.name {
            // Every Application may choose the project `default`.
            "controller.argocd.application" => {
                let homes = ["argocd", "argo-cd", "openshift-gitops"].iter();
                let projects =
                    homes.flat_map(|home| places.lookup(at.source, "AppProject", Some(home), "default"));
                let mut projects = projects.map(|project| places[project].object.node).peekable();
                projects.peek().is_some() && !projects.any(deploys_anywhere)
            }
            "controller.flux.apply" => ["kustomize-controller", "helm-controller"].iter().all(|engine| {
                let users = places.users_of(at, Some("flux-system"), engine);
                let is_part = |container: &Container<'_>| row.is_run_by(container, &[]);
                if !places.is_run_only_by(at, Some("flux-system"), engine, is_part) {
                    return false;
                }
                let held = |user: &&Runner<'_>| {
                    let words = user.workload.containers.iter().flat_map(|container| container.words("args"));
                    let mut words = words.filter_map(Node::text);
                    words.any(|word| word.starts_with("--default-service-account"))
                };
                !users.is_empty() && users.iter().all(held)
            }),
            _ => false,
        }
    }
}

/// Whether an AppProject allows every namespace of some cluster.
fn deploys_anywhere(project: Node<'_>) -> bool {
    let mut destinations = project.at(&["spec", "destinations"]).into_iter().flat_map(Node::items);
    destinations.any(|destination| {
        destination.get("namespace").and_then(Node::text).is_some_and(|namespace| namespace == "*")
    })
}
