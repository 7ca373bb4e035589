//! Whether what an object refers to exists. Absence is claimed only where nothing can have been overlooked.

use std::collections::BTreeMap;

use crate::catalog::nearest;
use crate::graph::tables::builtin::builtin;
use crate::graph::{AccountUse, Graph, Placed, SourceId};
use crate::source::Span;

/// So many namesakes are pointed at.
const SHOWN: usize = 8;

/// So many accounts are compared with a name, and names up to the longest that Kubernetes takes.
const COMPARED: usize = 64;
const LONGEST: usize = 253;

/// Whether an object that is referred to exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Existence {
    /// It does: indices into [`Graph::objects`], more than one where variants differ.
    Found(Vec<usize>),
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
    /// Those that name a missing one: indices into [`Graph::runners`].
    pub missing: Vec<usize>,
    /// The accounts that are declared there: indices into [`Graph::objects`].
    pub declared: Vec<usize>,
}

impl Graph<'_> {
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
            || self.may_be_homeless(at, kind, name)
            || (kind == "ServiceAccount" && self.may_be_made(at.source, namespace, name));
        if overlooked { Existence::Unknown } else { Existence::Missing }
    }

    /// Whether a namesake may stand in the same namespace: where one of the two does not say its own, whoever applies
    /// it does, and what a kustomization says the next one above may change.
    fn may_be_homeless(&self, at: &Placed<'_>, kind: &str, name: &str) -> bool {
        let near = |index: &usize| self.sources.may_share(at.source, self.objects[*index].source);
        if kind != "ServiceAccount" {
            let homeless = self.index.get(&(kind.to_owned(), None, name.to_owned()));
            return homeless.into_iter().flatten().any(near);
        }
        let is_loose =
            |index: &usize| at.object.namespace.is_none() || self.objects[*index].object.namespace.is_none();
        let mut namesakes = self.accounts.get(name).into_iter().flatten();
        namesakes.any(|index| is_loose(index) && near(index))
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
        for (index, runner) in self.runners.iter().enumerate() {
            let at = &self.objects[runner.object];
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
                    references.missing.push(index);
                }
            }
        }
        for (index, placed) in self.objects.iter().enumerate() {
            if placed.object.is("", "ServiceAccount")
                && !placed.partial
                && let Some(references) = all.get_mut(&(placed.source, placed.namespace.clone()))
            {
                references.declared.push(index);
            }
        }
        all
    }

    /// References to accounts that may stand outside the run, as (what, example).
    pub(in crate::graph) fn open_accounts(&self) -> impl Iterator<Item = (&'static str, String)> {
        let named = self.runners.iter().filter_map(|runner| {
            let at = &self.objects[runner.object];
            let AccountUse::Named { name, .. } = &runner.account else {
                return None;
            };
            let open = !at.partial && self.exists(at, "ServiceAccount", name) == Existence::Unknown;
            open.then(|| format!("{}: {} names `{name}`", self.path(at.file), at.named()))
        });
        named.map(|example| ("accounts that may stand outside the input", example))
    }

    /// Where else accounts of a name are declared, as (the name there, the other namespace or cluster).
    #[must_use]
    pub fn declared_elsewhere(&self, at: &Placed<'_>, name: &str) -> Vec<(Span, String)> {
        let named = self.accounts.get(name).into_iter().flatten().take(SHOWN);
        let place = |index: &usize| {
            let other = &self.objects[*index];
            let place = if other.namespace == at.namespace {
                self.sources.cluster(other.source)
            } else {
                other.namespace.as_deref()
            };
            let node = other.object.metadata()?.get("name")?;
            Some((node.span(), place?.to_owned()))
        };
        named.filter_map(place).collect()
    }

    /// The declared account whose name is nearest to a missing one, if it looks like a slip.
    #[must_use]
    pub fn meant_account(&self, references: &References, name: &str) -> Option<String> {
        let declared = references.declared.iter().take(COMPARED);
        let names = declared.map(|&index| self.objects[index].object.name.to_string());
        if name.len() > LONGEST {
            return None;
        }
        nearest(name, names)
    }
}
