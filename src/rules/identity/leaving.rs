//! What an account has that a workload would lose by leaving it.

use crate::graph::{ObjectId, Placed};
use crate::rules::Context;

/// Why a workload cannot go from one account to another by itself, as a sentence: what the old one has and a new one would
/// not, or what an account has that bears the new name already.
pub(super) fn hindrance(at: &Placed<'_>, old: &str, new: &str, context: &Context<'_>) -> Option<String> {
    // What another workload names on itself, as for kube2iam, is that workload's.
    let places = &context.graph.places;
    let is_others = |id: ObjectId| id != at.id && !places.runners_of(id).is_empty();
    let is_cloud = |name: &str| context.graph.cloud.of(at, name).iter().any(|one| !is_others(one.object));
    if is_cloud(old) {
        let why = "who owns it says which of its rights this one needs.";
        return Some(format!("`{old}` has a cloud identity: {why}"));
    }
    if let Some(policy) = places.policy_naming(at.namespace.as_deref(), old) {
        let (kind, name) = (&policy.object.kind, &policy.object.name);
        return Some(format!(
            "{kind} `{name}` names `{old}`: who owns it says whether it is meant for this one."
        ));
    }
    if places.has_namesakes(at) {
        return Some(format!(
            "Other workloads make their names of `{new}` too: each needs a name of its own."
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
