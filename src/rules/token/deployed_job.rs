//! Jobs that a deployer makes again when they are gone.

use crate::finding::{Applicability, Operation};
use crate::graph::Placed;
use crate::rules::Draft;
use crate::rules::emit::change;
use crate::yaml::Node;

/// Whether a deployer makes it again when it is gone: a Job that is no hook.
pub(super) fn is_applied_again(at: &Placed<'_>) -> bool {
    at.object.is("batch", "Job") && !at.object.is_hook()
}

/// How far a change may be trusted that deletes it when it is done, and what the change does, as an order. A note says where
/// it runs again then.
pub(super) fn deletion(at: &Placed<'_>, draft: &mut Draft) -> (Applicability, &'static str) {
    if !is_applied_again(at) {
        return (Applicability::Unsafe, "delete it when it is done");
    }
    draft.note(
        "Argo CD and Flux run a Job again that `ttlSecondsAfterFinished` has deleted: it is missing to them.",
    );
    draft.note(
        "With Argo CD make it a hook, which runs at each sync: `argocd.argoproj.io/hook: Sync` and `argocd.argoproj.io/hook-delete-policy: HookSucceeded`.",
    );
    (Applicability::Suggest, "delete it when it is done, as a hook where Argo CD applies it")
}

/// Proposes for a Job that Argo CD applies that it be a hook; says whether it did. Deleted otherwise, it would run again.
pub(super) fn propose_hook(at: &Placed<'_>, draft: &mut Draft) -> bool {
    let annotations = at.object.node.at(&["metadata", "annotations"]);
    let mut keys = annotations.into_iter().flat_map(Node::entries).filter_map(|entry| entry.key.text());
    let is_argo = is_applied_again(at) && keys.any(|key| key.starts_with("argocd.argoproj.io/"));
    let Some(annotations) = annotations.filter(|_| is_argo) else { return false };
    let lines = ["argocd.argoproj.io/hook: Sync", "argocd.argoproj.io/hook-delete-policy: HookSucceeded"];
    let changes =
        lines.into_iter().filter_map(|line| change(at, annotations, Operation::Insert(line.to_owned())));
    draft.suggest("make it a hook, which Argo CD deletes when it has succeeded", changes);
    true
}
