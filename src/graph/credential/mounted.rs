//! Whether a pod holds a token at all: the one that admission injects, a projected one, or a cloud provider's.

use crate::catalog::Class;
use crate::graph::credential::Credentials;
use crate::graph::credential::token::{Credential, EKS_EXPIRATION, projected_tokens};
use crate::graph::place::{ObjectId, Placed, Runner};
use crate::k8s::Object;
use crate::k8s::cloud::{ACCOUNT_KEYS, EKS_ROLE};
use crate::k8s::container::Container;
use crate::source::Span;
use crate::yaml::{Entry, Node};

/// Where the kubelet puts the token that admission injects.
pub const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Whether a pod gets the token that admission injects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automount {
    /// It does.
    On,
    /// Pod or account say no.
    Off,
    /// The account is not in the run and could say no.
    Unknown,
}

/// The projected tokens of a pod that are asked for longer than `seconds`.
#[must_use]
pub fn outliving<'a>(runner: &Runner<'a>, seconds: i64) -> Vec<Credential<'a>> {
    projected_tokens(runner).filter(|token| token.requested > seconds).collect()
}

impl Credentials<'_> {
    /// Whether a pod gets the injected token: the pod decides, else its account, else yes
    /// (kubernetes `plugin/pkg/admission/serviceaccount/admission.go`).
    #[must_use]
    pub fn automount(&self, runner: &Runner<'_>) -> Automount {
        if let Some(pod) = runner.workload.automount() {
            return if pod.value.as_bool() == Some(false) { Automount::Off } else { Automount::On };
        }
        let accounts = self.places.accounts_of(runner);
        let refuses = |account: &ObjectId| {
            let node = self.places[*account].object.node;
            node.get("automountServiceAccountToken").and_then(Node::as_bool) == Some(false)
        };
        if !accounts.is_empty() {
            return if accounts.iter().all(refuses) { Automount::Off } else { Automount::On };
        }
        match runner.account.name() {
            Some("default") if !self.places.sources.is_open(self.places.object_of(runner).source) => {
                Automount::On
            }
            _ => Automount::Unknown,
        }
    }

    /// The containers that get the injected token: a mount at its path suppresses it, for that container only
    /// (`mountServiceAccountToken` in the same file).
    pub fn injected<'r, 'a>(&self, runner: &'r Runner<'a>) -> Vec<&'r Container<'a>> {
        if self.automount(runner) != Automount::On || self.places.object_of(runner).object.is_static_pod() {
            return Vec::new();
        }
        let replaced = |container: &Container<'_>| {
            container.mounts().any(|(path, _)| path.trim_end_matches('/') == TOKEN_PATH)
        };
        runner.workload.containers.iter().filter(|container| !replaced(container)).collect()
    }

    /// Whether a pod holds any token: injected, projected, or a cloud provider's.
    #[must_use]
    pub fn holds_token(&self, runner: &Runner<'_>) -> bool {
        self.automount(runner) != Automount::Off || self.holds_other_token(runner)
    }

    /// Whether a pod holds a token beside the injected one.
    #[must_use]
    pub fn holds_other_token(&self, runner: &Runner<'_>) -> bool {
        projected_tokens(runner).next().is_some() || self.cloud_role(runner).is_some()
    }

    /// The annotation that gives the account, or the pod, a cloud identity.
    #[must_use]
    pub fn cloud_role(&self, runner: &Runner<'_>) -> Option<Entry<'_>> {
        let accounts = self.places.accounts_of(runner);
        accounts.into_iter().find_map(|account| cloud_role_of(&self.places[account].object))
    }

    /// The role annotation of EKS on an account that says no lifetime, and the jobs that get the token with it.
    pub fn unset_cloud_lifetime<'a>(&self, account: &Placed<'a>) -> Option<(Entry<'a>, Vec<Span>)> {
        let annotations = account.object.node.at(&["metadata", "annotations"])?;
        let role = annotations
            .entry(EKS_ROLE)
            .filter(|role| role.value.text().is_some_and(|role| !role.trim().is_empty()))
            .filter(|_| annotations.get(EKS_EXPIRATION).is_none())?;
        let users = self.places.users_of(account, account.namespace.as_deref(), &account.object.name);
        let jobs = users.into_iter().filter(|user| {
            let own = user.workload.pod_annotation(EKS_EXPIRATION);
            user.workload.run.class() == Class::Job && own.is_none()
        });
        let jobs: Vec<Span> = jobs.map(|job| job.workload.spec.key.span()).collect();
        (!jobs.is_empty()).then_some((role, jobs))
    }
}

/// The annotation that gives a ServiceAccount a cloud identity.
#[must_use]
pub fn cloud_role_of<'a>(account: &Object<'a>) -> Option<Entry<'a>> {
    let annotations = account.node.at(&["metadata", "annotations"])?;
    let named = |entry: &Entry<'_>| entry.value.text().is_some_and(|role| !role.trim().is_empty());
    ACCOUNT_KEYS.iter().find_map(|(key, _)| annotations.entry(key).filter(named))
}
