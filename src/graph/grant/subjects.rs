//! What an identity is given: its bindings, and the rules of the roles that they name.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Grants, RoleFound};
use crate::graph::place::{BindingId, ByName, BySource, Placed, PlacedBinding, SourceId};
use crate::k8s::binding::{Subject, account_of_user};
use crate::k8s::workload::Shape;

/// One binding of an identity.
#[derive(Clone, Debug)]
pub struct Grant<'a, 'g> {
    /// The binding.
    pub binding: &'g PlacedBinding<'a>,
    /// The subject that means the identity.
    pub subject: &'g Subject<'a>,
    /// What it grants.
    pub role: RoleFound<'g>,
}

/// The groups that the API server puts an account in (apiserver `pkg/authentication/serviceaccount`); that of its
/// namespace where this is known.
pub(super) fn groups_of_account(namespace: Option<&str>) -> impl Iterator<Item = String> + use<> {
    let groups = ["system:serviceaccounts", "system:authenticated"].map(str::to_owned);
    let own = namespace.map(|namespace| format!("system:serviceaccounts:{namespace}"));
    groups.into_iter().chain(own)
}

/// Who a subject is: an account of a namespace, or a group or another user by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SubjectKey<'k> {
    Account(Option<&'k str>, &'k str),
    Group(&'k str),
    User(&'k str),
}

impl<'k> SubjectKey<'k> {
    /// The key of a user by name; accounts are users whose name says so.
    pub(super) fn user(name: &'k str) -> Self {
        match account_of_user(name) {
            Some((namespace, name)) => Self::Account(Some(namespace), name),
            None => Self::User(name),
        }
    }

    /// Whom a subject of a binding means, if anybody.
    fn of(subject: &'k Subject<'_>, binding: &PlacedBinding<'_>, around: Option<&'k str>) -> Option<Self> {
        // Without a namespace it means that of a RoleBinding (kubernetes `pkg/registry/rbac/validation`);
        // in a ClusterRoleBinding the API refuses it and it matches nobody.
        if subject.is_refused(binding.binding.cluster_wide) {
            return None;
        }
        match subject.account_in(around) {
            Some((namespace, name)) => Some(Self::Account(namespace, name)),
            None if &*subject.kind == "Group" => Some(Self::Group(&subject.name)),
            None if &*subject.kind == "User" => Some(Self::user(&subject.name)),
            None => None,
        }
    }
}

/// Bindings by whom they bind, with the position of the subject.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    accounts: ByName<BySource<(BindingId, usize)>>,
    groups: HashMap<String, BySource<(BindingId, usize)>>,
    users: HashMap<String, BySource<(BindingId, usize)>>,
}

impl Subjects {
    fn add(&mut self, key: SubjectKey<'_>, source: SourceId, bound: (BindingId, usize)) {
        let known = match key {
            SubjectKey::Account(namespace, name) => self.accounts.entry(namespace, name),
            SubjectKey::Group(name) => self.groups.entry(name.to_owned()).or_default(),
            SubjectKey::User(name) => self.users.entry(name.to_owned()).or_default(),
        };
        known.push(source, bound);
    }

    /// Who is bound has something here.
    pub(super) fn bound(&self, key: SubjectKey<'_>) -> Option<&BySource<(BindingId, usize)>> {
        match key {
            SubjectKey::Account(namespace, name) => self.accounts.get(namespace, name),
            SubjectKey::Group(name) => self.groups.get(name),
            SubjectKey::User(name) => self.users.get(name),
        }
    }

    /// Everybody who is bound, accounts where their namespace is known, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = SubjectKey<'_>> {
        let accounts =
            self.accounts.names().map(|(namespace, name)| SubjectKey::Account(Some(namespace), name));
        let groups = self.groups.keys().map(|name| SubjectKey::Group(name));
        accounts.chain(groups).chain(self.users.keys().map(|name| SubjectKey::User(name)))
    }
}

impl<'a> Grants<'a> {
    /// Files a binding under those whom it binds.
    pub(super) fn join(&mut self, placed: &PlacedBinding<'a>) {
        let places = Arc::clone(&self.places);
        let Placed { namespace, source, .. } = &places[placed.object];
        let around = namespace.as_deref();
        for (position, subject) in placed.binding.subjects.iter().enumerate() {
            if let Some((_, name)) = subject.account() {
                self.bound_names.insert(name.to_owned());
            }
            if let Some(key) = SubjectKey::of(subject, placed, around) {
                self.subjects.add(key, *source, (placed.id, position));
            }
        }
    }

    /// The bindings that name an account itself, not a group that it is in.
    pub fn own_grants_to<'g>(
        &'g self,
        at: &Placed<'_>,
        namespace: Option<&str>,
        name: &str,
    ) -> impl Iterator<Item = Grant<'a, 'g>> + use<'a, 'g> {
        let account = SubjectKey::Account(namespace, name);
        self.grants_of(account, at.source, namespace.is_none())
    }

    pub(super) fn grants_of<'g>(
        &'g self,
        key: SubjectKey<'_>,
        from: SourceId,
        own_source: bool,
    ) -> impl Iterator<Item = Grant<'a, 'g>> + use<'a, 'g> {
        self.bound_as(key, from, own_source).map(|(binding, subject)| self.grant(binding, subject))
    }

    /// The bindings whose subjects have a key, with the position of the subject.
    pub(super) fn bound_as(
        &self,
        key: SubjectKey<'_>,
        from: SourceId,
        own_source: bool,
    ) -> impl Iterator<Item = (BindingId, usize)> + use<'_, 'a> {
        let found = self.subjects.bound(key).into_iter();
        let near = found.flat_map(move |bound| bound.around(&self.places.sources, from, own_source));
        near.copied().filter(move |(binding, _)| {
            let source = self.places[self.places[*binding].object].source;
            if own_source { source == from } else { self.places.sources.may_share(source, from) }
        })
    }

    pub(super) fn grant(&self, binding: BindingId, subject: usize) -> Grant<'a, '_> {
        let binding = &self.places[binding];
        Grant { binding, subject: &binding.binding.subjects[subject], role: self.role_of(binding) }
    }

    /// What was not judged because something it refers to is not in the run, as (what, example).
    #[must_use]
    pub fn unknowns(&self) -> Vec<(&'static str, String)> {
        let example =
            |at: &Placed<'_>, more: &str| format!("{}: {}{more}", self.places.path(at.file), at.named());
        let pods = self
            .places
            .runners
            .iter()
            .filter(|runner| runner.workload.shape == Shape::Other && runner.account.name().is_none());
        let pods = pods.map(|runner| {
            ("pods whose account their controller decides", example(self.places.object_of(runner), ""))
        });
        let roles = self.places.bindings.iter().filter(|placed| !self.role_of(placed).is_complete());
        let roles = roles.map(|placed| {
            let more = format!(" names {} `{}`", placed.binding.role_kind, placed.binding.role_name);
            ("bindings to roles that are not in the input", example(&self.places[placed.object], &more))
        });
        pods.chain(roles).chain(self.places.open_accounts()).collect()
    }
}
