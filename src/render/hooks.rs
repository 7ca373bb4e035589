//! Hooks of charts that Argo CD never applies (gitops-engine `pkg/sync/hook`): those that test, roll back or delete.

use crate::yaml::{Doc, Document, Node};

const HELM: &str = "helm.sh/hook";
const ARGO: &str = "argocd.argoproj.io/hook";

/// What Argo CD takes for its own phases; a definition of custom resources is no hook to it.
const KNOWN: [&str; 5] = ["pre-install", "pre-upgrade", "post-install", "post-upgrade", "crd-install"];

/// Whether it may be one at all.
pub(super) fn may_be_dead(text: &str) -> bool {
    text.contains(HELM)
}

/// Whether Helm keeps a rendered object from its post renderers (helm 3, `pkg/action/action.go`, `renderResources`).
pub(super) fn is_hook(document: &Document) -> bool {
    let annotation = || document.doc().root()?.at(&["metadata", "annotations", HELM]);
    may_be_dead(document.text()) && annotation().is_some()
}

/// Whether a rendered object is a hook of types that Argo CD does not have.
pub(super) fn is_dead(doc: &Doc) -> bool {
    let annotation = |key: &str| doc.root()?.at(&["metadata", "annotations", key]).and_then(Node::text);
    let types = annotation(HELM).filter(|_| annotation(ARGO).is_none());
    types.is_some_and(|types| !types.split(',').any(|one| KNOWN.contains(&one.trim())))
}
