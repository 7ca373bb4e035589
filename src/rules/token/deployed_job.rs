//! Jobs that a deployer makes again when they are gone.

use crate::finding::Applicability;
use crate::graph::Placed;
use crate::rules::Draft;

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
        "With Argo CD make it a hook: `argocd.argoproj.io/hook: Sync` and `argocd.argoproj.io/hook-delete-policy: HookSucceeded`.",
    );
    (Applicability::Suggest, "delete it when it is done, as a hook where Argo CD applies it")
}
