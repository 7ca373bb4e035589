//! All that an account holds: by itself, and by the groups that it is in. Accounts of one namespace that see the same
//! share the latter.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use super::subjects::{SubjectKey, groups_of_account};
use super::{Grant, Grants};
use crate::graph::place::{BindingId, Placed, SourceId};

/// An account: the source that asks, namespace, name.
pub(super) type AccountKey = (SourceId, Option<String>, String);

/// A binding, and whether it is certain that it is for the cluster of who asks.
type Bound = (BindingId, bool);

/// What the accounts of a namespace hold by the groups that they are in.
#[derive(Debug, Default)]
pub(in crate::graph) struct OfGroups {
    /// Its position among all.
    pub(in crate::graph) number: usize,
    /// The bindings, each once, in order.
    pub(in crate::graph) bindings: Vec<Bound>,
    /// Whether one of them allows more than every account is allowed.
    beyond_floor: bool,
    /// Whether it is not known of one of them what it allows.
    unresolved: bool,
    /// Whether one of them allows everything in the whole cluster.
    everything: bool,
}

/// By who asks, and by namespace; the empty one stands for all whose accounts nothing binds as such.
pub(super) type OfGroupsByView = Mutex<HashMap<(SourceId, Option<String>), Arc<OfGroups>>>;

/// The bindings of an account.
#[derive(Debug)]
pub(in crate::graph) struct BindingsTo {
    /// Those that name it, each once, in order; without those that its groups hold as certainly.
    pub(in crate::graph) own: Vec<Bound>,
    /// Those of its groups.
    pub(in crate::graph) groups: Arc<OfGroups>,
}

impl BindingsTo {
    /// Whether there is none.
    pub(in crate::graph) fn is_empty(&self) -> bool {
        self.own.is_empty() && self.groups.bindings.is_empty()
    }
}

/// Each binding once, as certain as it is anywhere.
fn once(mut bindings: Vec<Bound>) -> Vec<Bound> {
    bindings.sort_unstable_by_key(|&(binding, certain)| (binding, !certain));
    bindings.dedup_by_key(|(binding, _)| *binding);
    bindings
}

impl<'a> Grants<'a> {
    /// The bindings of an account and of its groups as seen from a source, each with whether it is certain that it is for
    /// its cluster. One that names the account is, unless only a word in a path says so; one of a group may be meant for
    /// the accounts of another cluster.
    pub(in crate::graph) fn bindings_to(
        &self,
        from: SourceId,
        namespace: Option<&str>,
        name: &str,
    ) -> BindingsTo {
        let account = SubjectKey::Account(namespace, name);
        let own = self.bound_as(account, from, namespace.is_none()).map(|bound| self.certain(bound, from));
        let groups = self.of_groups(from, namespace);
        let mut own = once(own.collect());
        let by_group = |own: &Bound| {
            let at = groups.bindings.binary_search_by_key(&own.0, |(binding, _)| *binding);
            at.is_ok_and(|at| groups.bindings[at].1 || !own.1)
        };
        own.retain(|own| !by_group(own));
        BindingsTo { own, groups }
    }

    fn certain(&self, (binding, subject): (BindingId, usize), from: SourceId) -> Bound {
        let sources = &self.places.sources;
        let bound = &self.places[binding];
        let source = self.places[bound.object].source;
        let is_named = bound.binding.subjects[subject].account().is_some();
        let meant = is_named && !sources.share_a_word_only(source, from);
        (binding, meant || sources.stand_together(source, from))
    }

    fn of_groups(&self, from: SourceId, namespace: Option<&str>) -> Arc<OfGroups> {
        let from = self.places.sources.view(from);
        // Where nothing binds the accounts of a namespace as such, it is like every other one.
        let is_bound = |name: &&str| {
            let group = format!("system:serviceaccounts:{name}");
            self.subjects.bound(SubjectKey::Group(&group)).is_some()
        };
        let namespace = namespace.map(|name| Some(name).filter(is_bound).unwrap_or_default());
        let key = (from, namespace.map(str::to_owned));
        let mut known = self.of_groups.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let number = known.len();
        Arc::clone(known.entry(key).or_insert_with(|| Arc::new(self.find_of_groups(number, from, namespace))))
    }

    fn find_of_groups(&self, number: usize, from: SourceId, namespace: Option<&str>) -> OfGroups {
        let unknown = self.places.sources.assumed(from).namespaces.iter().filter(|_| namespace.is_none());
        let unknown = unknown.map(|word| format!("system:serviceaccounts:{word}"));
        let mut found = Vec::new();
        for group in groups_of_account(namespace.filter(|name| !name.is_empty())).chain(unknown) {
            let bound = self.bound_as(SubjectKey::Group(&group), from, false);
            found.extend(bound.map(|bound| self.certain(bound, from)));
        }
        let mut of_groups = OfGroups { number, bindings: once(found), ..OfGroups::default() };
        let mut known = HashSet::new();
        for &(binding, _) in &of_groups.bindings {
            let bound = &self.places[binding];
            let role = self.role_of(bound);
            if known.insert((role.key(), bound.binding.cluster_wide)) {
                of_groups.beyond_floor |= role.is_beyond_floor();
                of_groups.everything |= bound.binding.cluster_wide && role.is_everything();
            }
            of_groups.unresolved |= !role.is_complete();
        }
        of_groups
    }

    /// Whether an account is allowed more than every account is: `None` where something outside the run may grant it.
    #[must_use]
    pub fn holds_more_than_floor(&self, at: &Placed<'_>, name: &str) -> Option<bool> {
        let known = self.beyond_floor.get_or_init(|| {
            let used = self.places.runners.iter().filter_map(|runner| {
                Some((self.places.object_of(runner), runner.account.name()?.to_owned()))
            });
            let accounts = self.places.objects.iter().filter(|placed| placed.object.is("", "ServiceAccount"));
            let declared = accounts.map(|placed| (placed, placed.object.name.to_string()));
            let mut known = HashMap::new();
            for (at, name) in used.chain(declared) {
                let key = self.account_key(at, &name);
                known.entry(key).or_insert_with(|| self.judge_floor(at, &name));
            }
            known
        });
        let key = self.account_key(at, name);
        known.get(&key).copied().unwrap_or_else(|| self.judge_floor(at, name))
    }

    fn judge_floor(&self, at: &Placed<'_>, name: &str) -> Option<bool> {
        let namespace = at.namespace.as_deref();
        let own = || self.own_grants_to(at, namespace, name);
        let of_groups = self.of_groups(at.source, namespace);
        if of_groups.beyond_floor || own().any(|grant| grant.role.is_beyond_floor()) {
            return Some(true);
        }
        let unresolved = of_groups.unresolved || own().any(|grant| !grant.role.is_complete());
        (!unresolved && !self.may_be_bound(namespace, name) && !self.places.sources.is_open(at.source))
            .then_some(false)
    }

    /// Whether an account certainly may do everything in the whole cluster.
    #[must_use]
    pub fn may_do_everything(&self, at: &Placed<'_>, name: &str) -> bool {
        let key = self.account_key(at, name);
        if let Some(known) = self.everything.lock().ok().and_then(|known| known.get(&key).copied()) {
            return known;
        }
        let namespace = at.namespace.as_deref();
        let mut own = self.own_grants_to(at, namespace, name);
        let everything =
            |grant: Grant<'_, '_>| grant.binding.binding.cluster_wide && grant.role.is_everything();
        let found = self.of_groups(at.source, namespace).everything || own.any(everything);
        if let Ok(mut known) = self.everything.lock() {
            known.insert(key, found);
        }
        found
    }

    /// The binding of an account, in its namespace only, by which it may change workloads there and not everything.
    #[must_use]
    pub fn deploying(&self, at: &Placed<'_>, name: &str) -> Option<Grant<'a, '_>> {
        let key = self.account_key(at, name);
        let known = self.deploying.lock().ok().and_then(|known| known.get(&key).copied());
        let found = known.unwrap_or_else(|| {
            let account = SubjectKey::Account(at.namespace.as_deref(), name);
            let deploys = |&(binding, subject): &(BindingId, usize)| {
                let Grant { binding, role, .. } = self.grant(binding, subject);
                !binding.binding.cluster_wide
                    && role.deploys()
                    && !role.is_everything()
                    && self.places.same_namespace(at, &self.places[binding.object])
            };
            let found = self.bound_as(account, at.source, at.namespace.is_none()).find(deploys);
            if let Ok(mut known) = self.deploying.lock() {
                known.insert(key, found);
            }
            found
        });
        found.map(|(binding, subject)| self.grant(binding, subject))
    }

    /// What is the same for the accounts of a name and namespace whose sources see the same.
    fn account_key(&self, at: &Placed<'_>, name: &str) -> AccountKey {
        let is_known = at.namespace.is_some();
        let source = if is_known { self.places.sources.view(at.source) } else { at.source };
        (source, at.namespace.clone(), name.to_owned())
    }

    /// Whether a binding may mean an account though their namespaces are not known to be one.
    fn may_be_bound(&self, namespace: Option<&str>, name: &str) -> bool {
        match namespace {
            Some(_) => self.subjects.bound(SubjectKey::Account(None, name)).is_some(),
            None => self.bound_names.contains(name),
        }
    }
}
