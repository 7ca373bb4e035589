//! The identities that nobody answers for.

use std::collections::{BTreeMap, HashMap};

use crate::catalog::Class;
use crate::finding::IdentityName;
use crate::graph::grant::Grants;
use crate::graph::place::owner::{Level, Owner, OwnerKeys};
use crate::graph::place::{Placed, Runner};
use crate::k8s::kinds::pod_kind_of;
use crate::render::paths::folder_of;
use crate::source::SourceId;

/// An identity without an owner that counts.
#[derive(Debug)]
pub struct Unowned<'g, 'a> {
    /// A workload of it that has none: the first job, else the first.
    pub runner: &'g Runner<'a>,
    /// The owners of that workload that stand on levels that do not count.
    pub refused: Vec<Owner>,
    /// Its other workloads that have none, jobs first.
    pub others: Vec<&'g Runner<'a>>,
}

/// One place where nobody is named who answers: a namespace, or a folder whose namespace is unknown.
#[derive(Debug)]
pub struct Gap<'g, 'a> {
    /// The namespace, where it is known.
    pub namespace: Option<&'g str>,
    /// What is there without an owner, what makes the finding grave first: jobs, then what may do everything, then other
    /// workloads, then accounts that run nothing here.
    pub members: Vec<Member<'g, 'a>>,
    /// The owner that all other workloads of the place name, where they name one and the same.
    pub neighbour: Option<Owner>,
}

/// Something that needs an owner and has none.
#[derive(Debug)]
pub enum Member<'g, 'a> {
    /// An identity with a workload.
    Identity(Unowned<'g, 'a>),
    /// Something else, with its owners that do not count.
    Holder(&'g Placed<'a>, Holder, Vec<Owner>),
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
    /// What no owner of these levels answers for, by place.
    #[must_use]
    pub fn owner_gaps(&self, keys: OwnerKeys<'_>, levels: &[&str]) -> Vec<Gap<'_, 'a>> {
        let identities = self.unowned_identities(keys, levels).into_iter().map(Member::Identity);
        let mut gaps: Vec<Gap<'_, 'a>> = Vec::new();
        let mut known = HashMap::new();
        for member in identities.chain(self.unowned_holders(keys, levels)) {
            let at = member.placed(self);
            // Who is allowed everything from outside belongs to no place.
            let alone = matches!(member, Member::Holder(_, Holder::Stranger(_), _)).then_some(at.id);
            let position = *known.entry((self.place_of(at), alone)).or_insert(gaps.len());
            if position == gaps.len() {
                let namespace = at.namespace.as_deref();
                gaps.push(Gap { namespace, members: Vec::new(), neighbour: None });
            }
            gaps[position].members.push(member);
        }
        let places: HashMap<_, usize> = known
            .into_iter()
            .filter(|((_, alone), _)| alone.is_none())
            .map(|((place, _), position)| (place, position))
            .collect();
        for (position, owner) in self.only_owners(&places, keys, levels) {
            gaps[position].neighbour = owner;
        }
        for gap in &mut gaps {
            gap.members.sort_by_cached_key(|member| member.rank(self));
        }
        gaps
    }

    /// What an owner is wanted for together. A folder is one place, whatever its files are applied with.
    fn place_of<'g>(&'g self, at: &'g Placed<'a>) -> (Option<SourceId>, &'g str) {
        match &at.namespace {
            Some(namespace) => (Some(at.source), namespace),
            None => (None, folder_of(self.places.path(at.file))),
        }
    }

    /// The owners that the other workloads of some places name, where all of a place name the same.
    fn only_owners(
        &self,
        places: &HashMap<(Option<SourceId>, &str), usize>,
        keys: OwnerKeys<'_>,
        levels: &[&str],
    ) -> BTreeMap<usize, Option<Owner>> {
        let mut found: BTreeMap<usize, Option<Owner>> = BTreeMap::new();
        for runner in &self.places.runners {
            let Some(&position) = places.get(&self.place_of(self.places.object_of(runner))) else { continue };
            let mut owners = self.places.owners_of(runner, keys).into_iter();
            let counts = |owner: &Owner| levels.contains(&owner.level.word());
            let Some(owner) = owners.find(counts) else { continue };
            found
                .entry(position)
                .and_modify(|known| {
                    if known.as_ref().is_none_or(|known| known.value != owner.value) {
                        *known = None;
                    }
                })
                .or_insert(Some(owner));
        }
        found
    }

    /// The identities with a workload that no owner of these levels answers for.
    fn unowned_identities(&self, keys: OwnerKeys<'_>, levels: &[&str]) -> Vec<Unowned<'_, 'a>> {
        let unowned = |runner: &&Runner<'_>| {
            let at = self.places.object_of(runner);
            let exempt = at.object.is_static_pod() || at.is_owned;
            !exempt && refused(self.places.owners_of(runner, keys), levels).is_some()
        };
        let groups = self.places.by_identity().into_iter();
        groups
            .filter_map(|users| {
                let mut users: Vec<&Runner<'a>> = users.into_iter().filter(unowned).collect();
                users.sort_by_key(|runner| runner.workload.run.class() != Class::Job);
                let mut users = users.into_iter();
                let runner = users.next()?;
                let others = users.filter(|other| other.object != runner.object).collect();
                Some(Unowned { refused: self.places.owners_of(runner, keys), runner, others })
            })
            .collect()
    }

    /// What else needs an owner and has none of these levels, with the owners that do not count.
    fn unowned_holders(&self, keys: OwnerKeys<'_>, levels: &[&str]) -> Vec<Member<'_, 'a>> {
        let of = |placed| {
            let holder = self.needs_owner(placed)?;
            let owners = refused(self.places.owners_of_object(placed, Level::Workload, keys), levels)?;
            Some(Member::Holder(placed, holder, owners))
        };
        self.places.objects.iter().filter_map(of).collect()
    }

    /// Whether an object needs an owner of its own though no workload of the run stands behind it.
    fn needs_owner(&self, placed: &Placed<'_>) -> Option<Holder> {
        let object = &placed.object;
        if placed.partial {
            return None;
        }
        if object.is("", "ServiceAccount") {
            let granted = || self.holds_more_than_floor(placed, &object.name) == Some(true);
            return (!self.places.is_used(placed) && granted()).then_some(Holder::Account);
        }
        let mut wide = self.places.own_bindings(placed).filter(|bound| bound.binding.cluster_wide).peekable();
        if wide.peek().is_some() {
            return wide.find_map(|bound| {
                let mut subjects = bound.binding.subjects.iter();
                let stranger = subjects.find(|subject| self.places.is_stranger(placed, subject))?;
                self.role_of(bound).is_everything().then(|| Holder::Stranger(stranger.named(None)))
            });
        }
        // Incomplete, but meant to be a workload, and no patch of another object.
        let workload =
            pod_kind_of(&object.group, &object.kind).is_some() && object.node.get("spec").is_none();
        (workload && self.places.is_alone(placed)).then_some(Holder::Workload)
    }
}

impl<'g, 'a> Member<'g, 'a> {
    /// The object that should name the owner.
    #[must_use]
    pub fn placed(&self, grants: &'g Grants<'a>) -> &'g Placed<'a> {
        match self {
            Self::Identity(unowned) => grants.places.object_of(unowned.runner),
            Self::Holder(placed, ..) => placed,
        }
    }

    /// Whether something of it runs to an end.
    #[must_use]
    pub fn is_job(&self) -> bool {
        match self {
            Self::Identity(unowned) => unowned.runner.workload.run.class() == Class::Job,
            Self::Holder(placed, ..) => placed.object.is_hook(),
        }
    }

    /// Whether its account may do everything in the cluster.
    #[must_use]
    pub fn is_powerful(&self, grants: &Grants<'a>) -> bool {
        let Self::Identity(unowned) = self else { return false };
        grants.may_do_everything(self.placed(grants), unowned.runner.account.name().unwrap_or_default())
    }

    /// The owners of it that do not count.
    #[must_use]
    pub fn refused(&self) -> &[Owner] {
        match self {
            Self::Identity(unowned) => &unowned.refused,
            Self::Holder(_, _, refused) => refused,
        }
    }

    fn rank(&self, grants: &Grants<'a>) -> usize {
        match self {
            Self::Identity(_) if self.is_job() => 0,
            Self::Holder(..) if self.is_job() => 1,
            Self::Identity(_) if self.is_powerful(grants) => 2,
            Self::Identity(_) => 3,
            Self::Holder(_, Holder::Workload, _) => 4,
            Self::Holder(..) => 5,
        }
    }
}

/// `None` where an owner counts, else all of them.
fn refused(owners: Vec<Owner>, levels: &[&str]) -> Option<Vec<Owner>> {
    let counts = |owner: &Owner| levels.contains(&owner.level.word());
    (!owners.iter().any(counts)).then_some(owners)
}
