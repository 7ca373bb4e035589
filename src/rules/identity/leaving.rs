//! What an account has that a workload would lose by leaving it.

use crate::graph::Placed;
use crate::k8s::cloud::Via;
use crate::rules::Context;

/// Why a workload cannot go from one account to another by itself, as a sentence: what the old one has and a new one would
/// not, or what an account has that bears the new name already.
pub(super) fn hindrance(at: &Placed<'_>, old: &str, new: &str, context: &Context<'_>) -> Option<String> {
    // What a pod names for itself, as for kube2iam, goes with the pod, and what another workload names is that workload's.
    let places = &context.graph.places;
    let is_cloud = |name: &str| {
        let all = context.graph.cloud.of(at, name);
        all.iter().any(|one| {
            let is_of_pod = one.named.via == Via::PodAnnotation;
            !is_of_pod && (one.object == at.id || places.runners_of(one.object).is_empty())
        })
    };
    if is_cloud(old) {
        let why = "who owns it says which of its rights this one needs.";
        return Some(format!("`{old}` has a cloud identity: {why}"));
    }
    if places.runners_of(at.id).iter().any(|runner| context.graph.credentials.asks_a_store(runner)) {
        return Some(format!(
            "It asks a store of secrets as `{old}`: who owns the store lets `{new}` in first."
        ));
    }
    if let Some(policy) = places.policy_naming(at.namespace.as_deref(), old) {
        let (kind, name) = (&policy.object.kind, &policy.object.name);
        return Some(format!(
            "{kind} `{name}` names `{old}`: who owns it says whether it is meant for this one."
        ));
    }
    if at.object.kind == "ClusterWorkflowTemplate" {
        return Some(
            "It runs in the namespace of each workflow that takes it: every one needs an account there."
                .into(),
        );
    }
    if places.has_namesakes(at) {
        return Some(format!(
            "Another workload here would get an account `{new}` too: each needs one of another name."
        ));
    }
    let users = places.users_of(at, at.namespace.as_deref(), new);
    if let Some(other) = users.iter().map(|user| places.object_of(user)).find(|other| other.id != at.id) {
        let (kind, name) = (&other.object.kind, &other.object.name);
        return Some(format!("`{new}` is the account of {kind} `{name}` already: it needs another name."));
    }
    let what = if is_cloud(new) {
        "has a cloud identity"
    } else {
        let mut grants = context.graph.grants.own_grants_to(at, at.namespace.as_deref(), new);
        grants.next().map(|_| "is granted something")?
    };
    Some(format!("`{new}` {what} already: who owns it says whether it is meant for this one."))
}
