//! Accounts that have permissions and that nothing uses, and subjects of bindings that no account is.
//!
//! Reported only where the run shows the workloads of the namespace: they may be in another repository.

use std::collections::{HashMap, HashSet};

use super::Orphans;
use super::mention::Mentions;
use crate::graph::cloud::identity::CloudIdentity;
use crate::graph::grant::Grant;
use crate::graph::place::{AccountUse, ByName, ObjectId, Placed, SourceId};
use crate::k8s::TOKEN_ACCOUNT;
use crate::k8s::binding::Subject;
use crate::k8s::workload::Shape;
use crate::source::Span;
use crate::yaml::Node;

/// An account that holds something, and that nothing in the run uses.
#[derive(Debug)]
pub struct Orphan<'g, 'a> {
    /// It.
    pub account: &'g Placed<'a>,
    /// The bindings that name it.
    pub grants: Vec<Grant<'a, 'g>>,
    /// The cloud identities that it may take.
    pub cloud: Vec<&'g CloudIdentity<'a>>,
    /// A Secret that holds a token of it, which something outside the cluster may use.
    pub token: Option<Span>,
}

type InNamespaces = HashMap<Option<String>, HashSet<SourceId>>;

/// What shows which accounts are used; found when first needed.
#[derive(Debug, Default)]
pub(super) struct Usage {
    mentions: Mentions,
    /// Sources with workloads, by namespace.
    running: InNamespaces,
    /// Sources with workloads whose controller may give them an account, by namespace.
    undecided: InNamespaces,
    /// Sources with accounts or workloads, by namespace.
    inhabited: InNamespaces,
    /// Charts with workloads, by source.
    charts: HashSet<(SourceId, String)>,
    /// Secrets with tokens, by namespace and account.
    tokens: ByName<Vec<ObjectId>>,
}

/// The chart of a template: its path before `templates`.
fn chart(placed: &Placed<'_>) -> Option<String> {
    let path = placed.object.helm_source?;
    Some(path.split("/templates/").next().unwrap_or(path).to_owned())
}

/// The annotation or label that names who uses an account from outside the input.
pub const USED_BY: &str = "used-by";

impl<'a> Orphans<'a> {
    fn usage(&self) -> &Usage {
        self.usage.get_or_init(|| {
            let mut usage = Usage { mentions: self.find_mentions(), ..Usage::default() };
            for runner in &self.places.runners {
                let at = self.places.object_of(runner);
                usage.running.entry(at.namespace.clone()).or_default().insert(at.source);
                usage.inhabited.entry(at.namespace.clone()).or_default().insert(at.source);
                let controlled = matches!(runner.workload.shape, Shape::Workflow | Shape::Tekton);
                let named = matches!(runner.account, AccountUse::Named { .. });
                if runner.account.name().is_none() || (controlled && !named) {
                    usage.undecided.entry(at.namespace.clone()).or_default().insert(at.source);
                }
                usage.charts.extend(chart(at).map(|chart| (at.source, chart)));
            }
            for placed in &self.places.objects {
                if placed.object.is("", "ServiceAccount") && !placed.partial {
                    usage.inhabited.entry(placed.namespace.clone()).or_default().insert(placed.source);
                }
                let named = placed.object.annotation(TOKEN_ACCOUNT);
                if let Some(name) = named.and_then(Node::text).filter(|_| placed.object.is("", "Secret")) {
                    usage.tokens.entry(placed.namespace.as_deref(), &name).push(placed.id);
                }
            }
            usage
        })
    }

    /// The accounts that hold something and that nothing uses, in file order.
    #[must_use]
    pub fn all(&self) -> Vec<Orphan<'_, 'a>> {
        let objects = self.places.objects.iter();
        let accounts = objects.filter(|placed| placed.object.is("", "ServiceAccount"));
        accounts.filter_map(|account| self.orphan(account)).collect()
    }

    fn orphan<'g>(&'g self, account: &'g Placed<'a>) -> Option<Orphan<'g, 'a>> {
        let (name, namespace) = (&*account.object.name, account.namespace.as_deref());
        // Every pod that names no account uses `default`.
        let counts = !matches!(name, "" | "default") && !name.contains(['*', '$', '{', '<']);
        let is_used =
            || self.places.is_used(account) || self.has_used_by(account) || self.may_be_used(account);
        if !counts || account.partial || is_used() {
            return None;
        }
        let tokens = self.usage().tokens.get(namespace, name);
        let mut tokens = tokens.into_iter().flatten().map(|&index| &self.places[index]);
        let token = tokens.find(|token| self.places.same_namespace(account, token));
        let token = token.and_then(|token| token.object.name_node()).map(Node::span);
        let grants: Vec<Grant<'_, '_>> = self.grants.own_grants_to(account, namespace, name).collect();
        let cloud = self.cloud.of(account, name);
        let holds = !grants.is_empty() || !cloud.is_empty();
        holds.then_some(Orphan { account, grants, cloud, token })
    }

    /// Whether an annotation or label says that something outside the input uses an account.
    fn has_used_by(&self, account: &Placed<'_>) -> bool {
        let key = format!("{}{USED_BY}", self.places.input.prefix);
        let users = [account.object.annotation(&key), account.object.label(&key)];
        users.into_iter().flatten().any(|user| user.text().is_some_and(|user| !user.trim().is_empty()))
    }

    /// Whether something that the input does not show, or does not show as a workload, may use an account.
    fn may_be_used(&self, account: &Placed<'_>) -> bool {
        let (name, namespace) = (&*account.object.name, account.namespace.as_deref());
        let near = |source: SourceId| self.places.sources.may_share(account.source, source);
        let usage = self.usage();
        let is_among = |namespaces: &InNamespaces| {
            let mut sources = namespaces.get(&account.namespace).into_iter().flatten();
            sources.any(|&source| self.places.sources.may_share_namespace(namespace, account.source, source))
        };
        let shown = match chart(account) {
            Some(chart) => usage.charts.contains(&(account.source, chart)),
            None => is_among(&usage.running),
        };
        !shown
            || self.places.sources.is_open(account.source)
            || self.places.elsewhere.fills(namespace, near)
            || self.places.may_be_made(account.source, namespace, name)
            || is_among(&usage.undecided)
            || usage.mentions.has(namespace, name)
    }

    /// Whether a subject is an account that nothing declares, runs as or makes, in a namespace that the run shows.
    #[must_use]
    pub fn names_nobody(&self, binding: &Placed<'_>, subject: &Subject<'_>) -> bool {
        // In a ClusterRoleBinding a subject without namespace matches nobody.
        let Some((Some(namespace), name)) = subject.account_in(binding.namespace.as_deref()) else {
            return false;
        };
        if name.contains(['*', '$', '{', '<']) || !self.places.is_stranger(binding, subject) {
            return false;
        }
        let near = |source: SourceId| self.places.sources.may_share(binding.source, source);
        let inhabited = self.usage().inhabited.get(&Some(namespace.to_owned()));
        let mut namesakes = self.places.accounts_named(name);
        let loose = |other: &Placed<'_>| other.object.namespace.is_none() && near(other.source);
        inhabited.is_some_and(|sources| sources.iter().any(|&source| near(source)))
            && !namesakes.any(loose)
            && self.places.users(None, name).next().is_none()
            && !self.places.sources.is_open(binding.source)
            && !self.places.elsewhere.fills(Some(namespace), near)
            && !self.places.may_be_made(binding.source, Some(namespace), name)
    }
}
