//! Workflows of Argo: what their accounts are for.

use crate::yaml::Node;

/// What an account of a workflow is for beside its report (argo-workflows `controller/agent.go`, `artifact_gc.go`).
pub(super) fn calls(spec: Node<'_>) -> Vec<&'static str> {
    let has = |kind: &str| !spec.all_at(&["templates", "*", kind]).is_empty();
    let of_artifacts = spec.all_at(&["templates", "*", "outputs", "artifacts", "*", "artifactGC"]);
    let deletes = of_artifacts.into_iter().chain(spec.get("artifactGC")).any(|gc| {
        let is_asked = gc.get("strategy").and_then(Node::text).is_some_and(|word| word != "Never");
        is_asked && gc.get("serviceAccountName").is_none()
    });
    let notes = [
        (
            has("resource"),
            "Its `resource` templates act on the API: the account needs the rights for what they do, too.",
        ),
        (
            !has("resource") && (has("http") || has("plugin")),
            "Its `http` and `plugin` templates run in an agent: the account also has to list and watch `workflowtasksets`, and to patch their status. The agent mounts a Secret with a token of the account, by default `<account>.service-account-token`: it has to be there, too.",
        ),
        (
            deletes,
            "Its artifacts are deleted by pods that run as `default` unless `artifactGC.serviceAccountName` names an account. That one has to list and watch `workflowartifactgctasks`, and to patch their status.",
        ),
    ];
    notes.into_iter().filter(|(applies, _)| *applies).map(|(_, note)| note).collect()
}
