//! What an identity is given: its bindings, and the rules of the roles that they name.

use std::collections::HashMap;

use crate::graph::grant::roles::{RoleFound, Roles};
use crate::graph::tables::builtin::beyond_floor;
use crate::graph::{Graph, Placed, PlacedBinding, SourceId};
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
pub(in crate::graph) fn groups_of_account(namespace: Option<&str>) -> impl Iterator<Item = String> + use<> {
    let groups = ["system:serviceaccounts", "system:authenticated"].map(str::to_owned);
    let own = namespace.map(|namespace| format!("system:serviceaccounts:{namespace}"));
    groups.into_iter().chain(own)
}

/// Who a subject is: an account of a namespace, or a group or another user by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::graph) enum SubjectKey {
    Account(Option<String>, String),
    Group(String),
    User(String),
}

impl SubjectKey {
    /// The key of a user by name; accounts are users whose name says so.
    pub(in crate::graph) fn user(name: &str) -> Self {
        match account_of_user(name) {
            Some((namespace, name)) => Self::Account(Some(namespace.to_owned()), name.to_owned()),
            None => Self::User(name.to_owned()),
        }
    }
}

/// An account as seen from a source: where from, namespace, name.
pub(in crate::graph) type Seen = (SourceId, Option<String>, String);

impl<'a> Graph<'a> {
    /// Indexes bindings by whom they bind, and reads the rules of the roles.
    pub(in crate::graph) fn join_bindings(&mut self) {
        for (at, placed) in self.bindings.iter().enumerate() {
            for (position, subject) in placed.binding.subjects.iter().enumerate() {
                if let Some((_, name)) = subject.account() {
                    self.bound_names.insert(name.to_owned());
                }
                let key = match subject.account() {
                    Some((Some(namespace), name)) => {
                        SubjectKey::Account(Some(namespace.to_owned()), name.to_owned())
                    }
                    // In a RoleBinding it means the binding's namespace (kubernetes `pkg/registry/rbac/validation`);
                    // in a ClusterRoleBinding the API refuses it and it matches nobody.
                    Some((None, _)) if placed.binding.cluster_wide => continue,
                    Some((None, name)) => {
                        SubjectKey::Account(self.objects[placed.object].namespace.clone(), name.to_owned())
                    }
                    None if &*subject.kind == "Group" => SubjectKey::Group(subject.name.to_string()),
                    None if &*subject.kind == "User" => SubjectKey::user(&subject.name),
                    None => continue,
                };
                self.subjects.entry(key).or_default().push((at, position));
            }
            if placed.binding.bundle.is_none() {
                self.bound.entry(placed.binding.role_name.to_string()).or_default().push(at);
            }
        }
        self.roles = Roles::read(self);
    }

    /// The bindings of an account, as seen from where `at` stands: its own and those of the groups it is in.
    #[must_use]
    pub fn grants_to<'g>(
        &'g self,
        at: &Placed<'_>,
        namespace: Option<&str>,
        name: &str,
    ) -> Vec<Grant<'a, 'g>> {
        let grant = |(binding, subject): (usize, usize)| self.grant(binding, subject);
        self.bound_to(at.source, namespace, name).into_iter().map(grant).collect()
    }

    /// The bindings of an account and of its groups as seen from a source, each once: positions in
    /// [`Graph::bindings`].
    pub(in crate::graph) fn bindings_to(
        &self,
        from: SourceId,
        namespace: Option<&str>,
        name: &str,
    ) -> Vec<usize> {
        let mut found: Vec<usize> =
            self.bound_to(from, namespace, name).into_iter().map(|(binding, _)| binding).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn bound_to(&self, from: SourceId, namespace: Option<&str>, name: &str) -> Vec<(usize, usize)> {
        let account = SubjectKey::Account(namespace.map(str::to_owned), name.to_owned());
        let mut found: Vec<(usize, usize)> = self.bound_as(&account, from, namespace.is_none()).collect();
        for group in groups_of_account(namespace) {
            found.extend(self.bound_as(&SubjectKey::Group(group), from, false));
        }
        found
    }

    /// The bindings that name an account itself, not a group that it is in.
    #[must_use]
    pub fn own_grants_to<'g>(
        &'g self,
        at: &Placed<'_>,
        namespace: Option<&str>,
        name: &str,
    ) -> Vec<Grant<'a, 'g>> {
        let account = SubjectKey::Account(namespace.map(str::to_owned), name.to_owned());
        self.grants_of(&account, at.source, namespace.is_none())
    }

    pub(in crate::graph) fn grants_of<'g>(
        &'g self,
        key: &SubjectKey,
        from: SourceId,
        own_source: bool,
    ) -> Vec<Grant<'a, 'g>> {
        self.bound_as(key, from, own_source).map(|(binding, subject)| self.grant(binding, subject)).collect()
    }

    /// The bindings whose subjects have a key, with the position of the subject.
    fn bound_as(
        &self,
        key: &SubjectKey,
        from: SourceId,
        own_source: bool,
    ) -> impl Iterator<Item = (usize, usize)> + use<'_, 'a> {
        let found = self.subjects.get(key).into_iter().flatten().copied();
        found.filter(move |(binding, _)| {
            let source = self.objects[self.bindings[*binding].object].source;
            if own_source { source == from } else { self.sources.may_share(source, from) }
        })
    }

    fn grant(&self, binding: usize, subject: usize) -> Grant<'a, '_> {
        let binding = &self.bindings[binding];
        Grant { binding, subject: &binding.binding.subjects[subject], role: self.role_of(binding) }
    }

    /// The binding that an object is.
    #[must_use]
    pub fn binding_at<'g>(&'g self, placed: &Placed<'_>) -> Option<&'g PlacedBinding<'a>> {
        self.bindings_at(placed).first().filter(|bound| bound.binding.bundle.is_none())
    }

    /// The binding that an object is, or those that an operator's bundle makes.
    #[must_use]
    pub fn bindings_at<'g>(&'g self, placed: &Placed<'_>) -> &'g [PlacedBinding<'a>] {
        // Bindings stand in the order of their objects.
        let start = self.bindings.partition_point(|bound| bound.object < placed.position);
        let rest = &self.bindings[start..];
        &rest[..rest.partition_point(|bound| bound.object == placed.position)]
    }

    /// Whether an account is allowed more than every account is: `None` where something outside the run may grant it.
    #[must_use]
    pub fn holds_more_than_floor(&self, at: &Placed<'_>, name: &str) -> Option<bool> {
        let known = self.asked.beyond_floor.get_or_init(|| {
            let used = self
                .runners
                .iter()
                .filter_map(|runner| Some((self.object_of(runner), runner.account.name()?.to_owned())));
            let accounts = self.objects.iter().filter(|placed| placed.object.is("", "ServiceAccount"));
            let declared = accounts.map(|placed| (placed, placed.object.name.to_string()));
            let mut known = HashMap::new();
            for (at, name) in used.chain(declared) {
                let seen = (at.source, at.namespace.clone(), name.clone());
                known.entry(seen).or_insert_with(|| self.judge_floor(at, &name));
            }
            known
        });
        let key = (at.source, at.namespace.clone(), name.to_owned());
        known.get(&key).copied().unwrap_or_else(|| self.judge_floor(at, name))
    }

    fn judge_floor(&self, at: &Placed<'_>, name: &str) -> Option<bool> {
        let grants = self.grants_to(at, at.namespace.as_deref(), name);
        let beyond = |grant: &Grant<'_, '_>| beyond_floor(grant.role.rules());
        if grants.iter().any(beyond) {
            return Some(true);
        }
        let unresolved = grants.iter().any(|grant| !grant.role.is_complete());
        (!unresolved && !self.may_be_bound(at.namespace.as_deref(), name) && !self.sources.is_open(at.source))
            .then_some(false)
    }

    /// Whether an account certainly may do everything in the whole cluster.
    #[must_use]
    pub fn may_do_everything(&self, at: &Placed<'_>, name: &str) -> bool {
        let grants = self.grants_to(at, at.namespace.as_deref(), name);
        grants.iter().any(|grant| grant.binding.binding.cluster_wide && grant.role.is_everything())
    }

    /// Whether a binding may mean an account though their namespaces are not known to be one.
    fn may_be_bound(&self, namespace: Option<&str>, name: &str) -> bool {
        match namespace {
            Some(_) => self.subjects.contains_key(&SubjectKey::Account(None, name.to_owned())),
            None => self.bound_names.contains(name),
        }
    }

    /// What was not judged because something it refers to is not in the run, as (what, example).
    #[must_use]
    pub fn unknowns(&self) -> Vec<(&'static str, String)> {
        let shown = |at: &Placed<'_>, more: &str| format!("{}: {}{more}", self.path(at.file), at.named());
        let pods = self
            .runners
            .iter()
            .filter(|runner| runner.workload.shape == Shape::Other && runner.account.name().is_none());
        let pods = pods
            .map(|runner| ("pods whose account their controller decides", shown(self.object_of(runner), "")));
        let roles = self.bindings.iter().filter(|placed| !self.role_of(placed).is_complete());
        let roles = roles.map(|placed| {
            let more = format!(" names {} `{}`", placed.binding.role_kind, placed.binding.role_name);
            ("bindings to roles that are not in the input", shown(&self.objects[placed.object], &more))
        });
        pods.chain(roles).chain(self.open_accounts()).collect()
    }
}
