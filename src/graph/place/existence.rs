//! Whether what an object refers to exists. Absence is claimed only where nothing can have been overlooked.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::{AccountUse, ObjectId, Placed, Places, RunnerId, SourceId};
use crate::catalog::nearest;
use crate::graph::tables::builtin::builtin;
use crate::source::Span;

/// What a report calls accounts that are named, and that may be declared where the run does not see it.
pub const OUTSIDE_ACCOUNTS: &str = "accounts that may stand outside the input";

/// At most this many accounts of the same name are shown.
const SHOWN: usize = 8;

/// At most this many accounts are compared with a name, and no name longer than Kubernetes takes.
const COMPARED: usize = 64;
const LONGEST: usize = 253;

/// Whether an object that is referred to exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Existence {
    /// It does: more than one object where variants differ.
    Found(Vec<ObjectId>),
    /// It may stand in what could not be looked at, or be made by something that is.
    Unknown,
    /// It does not.
    Missing,
}

/// How the workloads of one namespace refer to accounts by name, as far as it is known which of them exist.
#[derive(Clone, Debug, Default)]
pub struct References {
    /// How many workloads name an account that exists or is missing.
    pub total: usize,
    /// Those that name a missing one.
    pub missing: Vec<RunnerId>,
    /// The accounts that are declared there.
    pub declared: Vec<ObjectId>,
}

/// The accounts that a run declares, and the texts that it does so in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeclaredAccounts {
    /// The clusters of each, by namespace and name.
    clusters: BTreeMap<AccountKey, BTreeSet<Option<String>>>,
    /// Those that stand in files which are applied as they are.
    plain: BTreeSet<AccountKey>,
    /// A hash of each text that a person wrote, by path.
    texts: BTreeMap<String, u64>,
}

/// Namespace, where it is known, and name.
type AccountKey = (Option<String>, String);

impl Places<'_> {
    /// The accounts that are declared here.
    #[must_use]
    pub fn declared_accounts(&self) -> DeclaredAccounts {
        let mut all = DeclaredAccounts::default();
        let is_account = |placed: &&Placed<'_>| placed.object.is("", "ServiceAccount") && !placed.partial;
        for placed in self.objects.iter().filter(is_account) {
            let key = (placed.namespace.clone(), placed.object.name.to_string());
            let cluster = self.sources.cluster(placed.source).map(str::to_owned);
            if !self.sources.is_render(placed.source) {
                all.plain.insert(key.clone());
            }
            all.clusters.entry(key).or_default().insert(cluster);
        }
        let written = self.texts().files().filter(|(_, file)| !file.is_rendered());
        all.texts = written.map(|(_, file)| (file.path().to_owned(), hash(file.text()))).collect();
        all
    }

    /// The workloads that name an account which was declared before and is no more, each with whether it may stand in
    /// something that could not be looked at.
    #[must_use]
    pub fn without_account_since(&self, before: &DeclaredAccounts) -> BTreeMap<RunnerId, bool> {
        let named = self.runners.iter().filter_map(|runner| {
            let at = &self[runner.object];
            let AccountUse::Named { name, .. } = &runner.account else {
                return None;
            };
            let key = (at.namespace.clone(), name.to_string());
            let clusters = before.clusters.get(&key)?;
            let here = self.sources.cluster(at.source);
            let is_same =
                |there: &Option<String>| there.is_none() || here.is_none() || there.as_deref() == here;
            if at.partial || self.is_static_pod(at) || !clusters.iter().any(is_same) {
                return None;
            }
            match self.exists(at, "ServiceAccount", name) {
                Existence::Found(found) => {
                    let is_left = |&account: &ObjectId| self.is_left_over(&self[account], before);
                    let is_gone = self.sources.is_render(at.source)
                        && !before.plain.contains(&key)
                        && found.iter().all(is_left);
                    is_gone.then_some((runner.id, false))
                }
                existence => Some((runner.id, existence == Existence::Unknown)),
            }
        });
        named.collect()
    }

    /// Whether an object stands in a file that is as it was, and that nothing renders: where it was rendered before, whoever
    /// read the file does so no more.
    fn is_left_over(&self, placed: &Placed<'_>, before: &DeclaredAccounts) -> bool {
        let file = self.texts().file(placed.file);
        !self.sources.is_render(placed.source) && before.texts.get(file.path()) == Some(&hash(file.text()))
    }

    /// Whether an object that `at` refers to by name exists in its namespace.
    #[must_use]
    pub fn exists(&self, at: &Placed<'_>, kind: &str, name: &str) -> Existence {
        let found = self.lookup(at.source, kind, at.namespace.as_deref(), name);
        if !found.is_empty() {
            return Existence::Found(found);
        }
        let near = |source: SourceId| self.sources.may_share(at.source, source);
        let namespace = at.namespace.as_deref();
        let overlooked = at.object.is_cluster_scoped()
            || self.sources.is_open(at.source)
            || self.elsewhere.fills(namespace, near)
            || self.may_lack_namespace(at, kind, name)
            || (kind == "ServiceAccount" && self.may_be_made(at.source, namespace, name));
        if overlooked { Existence::Unknown } else { Existence::Missing }
    }

    /// Whether an object of that name may be applied to the same namespace: one of the two names none, so whoever applies
    /// it decides; a kustomization's namespace may be changed by one above it.
    fn may_lack_namespace(&self, at: &Placed<'_>, kind: &str, name: &str) -> bool {
        let near = |other: &Placed<'_>| self.sources.may_share(at.source, other.source);
        if kind != "ServiceAccount" {
            return self.index.named(kind, None, name).iter().any(|&other| near(&self[other]));
        }
        let is_loose = |other: &Placed<'_>| at.object.namespace.is_none() || other.object.namespace.is_none();
        self.accounts_named(name).any(|other| is_loose(other) && near(other))
    }

    /// Whether an account is one that Kubernetes, a platform or an operator makes.
    pub(in crate::graph) fn may_be_made(&self, from: SourceId, namespace: Option<&str>, name: &str) -> bool {
        let near = |source: SourceId| self.sources.may_share(from, source);
        let own = builtin();
        let bindings = own.cluster_role_bindings.iter().chain(&own.role_bindings);
        let mut controllers =
            bindings.flat_map(|binding| &binding.subjects).filter(|subject| subject.kind == "ServiceAccount");
        name == "default"
            || self.elsewhere.makes_account(namespace, name, near)
            || controllers.any(|subject| subject.name == name && subject.namespace == namespace)
    }

    /// The references of workloads to accounts, by source and namespace; `default` always exists and does not count.
    #[must_use]
    pub fn account_references(&self) -> BTreeMap<(SourceId, Option<String>), References> {
        let mut all: BTreeMap<_, References> = BTreeMap::new();
        for runner in &self.runners {
            let at = &self[runner.object];
            let AccountUse::Named { name, .. } = &runner.account else {
                continue;
            };
            if at.partial || self.is_static_pod(at) {
                continue;
            }
            let existence = self.exists(at, "ServiceAccount", name);
            if existence != Existence::Unknown {
                let references = all.entry((at.source, at.namespace.clone())).or_default();
                references.total += 1;
                if existence == Existence::Missing {
                    references.missing.push(runner.id);
                }
            }
        }
        for placed in &self.objects {
            if placed.object.is("", "ServiceAccount")
                && !placed.partial
                && let Some(references) = all.get_mut(&(placed.source, placed.namespace.clone()))
            {
                references.declared.push(placed.id);
            }
        }
        all
    }

    /// References to accounts that may stand outside the run, as (what, example).
    pub(in crate::graph) fn open_accounts(&self) -> impl Iterator<Item = (&'static str, String)> {
        let named = self.runners.iter().filter_map(|runner| {
            let at = &self[runner.object];
            let AccountUse::Named { name, .. } = &runner.account else {
                return None;
            };
            let open = !at.partial && self.exists(at, "ServiceAccount", name) == Existence::Unknown;
            open.then(|| format!("{}: {} names `{name}`", self.path(at.file), at.named()))
        });
        named.map(|example| (OUTSIDE_ACCOUNTS, example))
    }

    /// Where else accounts of a name are declared, as (the name there, the other namespace or cluster).
    #[must_use]
    pub fn declared_elsewhere(&self, at: &Placed<'_>, name: &str) -> Vec<(Span, String)> {
        let place = |other: &Placed<'_>| {
            let place = if other.namespace == at.namespace {
                self.sources.cluster(other.source)
            } else {
                other.namespace.as_deref()
            };
            let node = other.object.metadata()?.get("name")?;
            Some((node.span(), place?.to_owned()))
        };
        self.accounts_named(name).take(SHOWN).filter_map(place).collect()
    }

    /// The declared account whose name is nearest to a missing one, if it looks like a slip.
    #[must_use]
    pub fn meant_account(&self, references: &References, name: &str) -> Option<&Placed<'_>> {
        let declared = || references.declared.iter().take(COMPARED).map(|&account| &self[account]);
        if name.len() > LONGEST {
            return None;
        }
        let near = nearest(name, declared().map(|account| account.object.name.to_string()))?;
        declared().find(|account| account.object.name == near)
    }
}

/// Tells a text from another one of the same run.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
