//! The identities that nobody answers for.

use crate::finding::IdentityName;
use crate::graph::grant::Grants;
use crate::graph::place::owner::{Level, Owner, OwnerKeys};
use crate::graph::place::{Placed, Runner};
use crate::k8s::kinds::pod_kind_of;

/// An identity without an owner that counts.
#[derive(Clone, Debug)]
pub struct Unowned<'g, 'a> {
    /// The first workload of it that has none.
    pub runner: &'g Runner<'a>,
    /// The owners of that workload that stand on levels that do not count.
    pub refused: Vec<Owner>,
    /// Its other workloads that have none.
    pub others: Vec<&'g Runner<'a>>,
}

/// What needs an owner though no workload of the run stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// An account that is granted rights and runs nothing here.
    Account,
    /// An account of elsewhere that is allowed everything.
    Stranger(IdentityName),
    /// A workload without a pod template.
    Workload,
}

impl<'a> Grants<'a> {
    /// The identities with a workload that no owner of these levels answers for.
    #[must_use]
    pub fn unowned_identities(&self, keys: OwnerKeys<'_>, levels: &[&str]) -> Vec<Unowned<'_, 'a>> {
        let unowned = |runner: &&Runner<'_>| {
            let object = &self.places.object_of(runner).object;
            let exempt = object.is_static_pod() || object.is_generated();
            !exempt && refused(self.places.owners_of(runner, keys), levels).is_some()
        };
        let groups = self.places.by_identity().into_iter();
        groups
            .filter_map(|users| {
                let mut users = users.into_iter().filter(unowned);
                let runner = users.next()?;
                let others = users.filter(|other| other.object != runner.object).collect();
                Some(Unowned { refused: self.places.owners_of(runner, keys), runner, others })
            })
            .collect()
    }

    /// What else needs an owner and has none of these levels, with the owners that do not count.
    #[must_use]
    pub fn unowned_holders(
        &self,
        keys: OwnerKeys<'_>,
        levels: &[&str],
    ) -> Vec<(&Placed<'a>, Holder, Vec<Owner>)> {
        let of = |placed| {
            let holder = self.needs_owner(placed)?;
            let owners = refused(self.places.owners_of_object(placed, Level::Workload, keys), levels)?;
            Some((placed, holder, owners))
        };
        self.places.objects.iter().filter_map(of).collect()
    }

    /// Whether an object needs an owner of its own though no workload of the run stands behind it.
    fn needs_owner(&self, placed: &Placed<'_>) -> Option<Holder> {
        let object = &placed.object;
        if placed.partial || object.is_generated() {
            return None;
        }
        if object.is("", "ServiceAccount") {
            let granted = || self.holds_more_than_floor(placed, &object.name) == Some(true);
            return (!self.places.is_used(placed) && granted()).then_some(Holder::Account);
        }
        if let Some(bound) = self.places.binding_at(placed).filter(|bound| bound.binding.cluster_wide) {
            let subjects = &bound.binding.subjects;
            let stranger = subjects.iter().find(|subject| self.places.is_stranger(placed, subject))?;
            let everything = self.role_of(bound).is_everything();
            return everything.then(|| Holder::Stranger(stranger.named(None)));
        }
        // Incomplete, but meant to be a workload, and no patch of another object.
        let workload =
            pod_kind_of(&object.group, &object.kind).is_some() && object.node.get("spec").is_none();
        (workload && self.places.is_alone(placed)).then_some(Holder::Workload)
    }
}

/// `None` where an owner counts, else all of them.
fn refused(owners: Vec<Owner>, levels: &[&str]) -> Option<Vec<Owner>> {
    let counts = |owner: &Owner| levels.contains(&owner.level.word());
    (!owners.iter().any(counts)).then_some(owners)
}
