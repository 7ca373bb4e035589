//! Subjects of bindings that the API server refuses, or that are nobody.

use crate::graph::{Graph, Placed, PlacedBinding};
use crate::k8s::binding::{GROUP, may_be_an_account};
use crate::rules::Emit;
use crate::yaml::Node;

/// What `ValidateRoleBindingSubject` says (kubernetes `pkg/apis/rbac/validation/validation.go`).
pub(super) fn check(
    subject: Node<'_>,
    placed: &Placed<'_>,
    bound: &PlacedBinding<'_>,
    graph: &Graph<'_>,
    emit: &mut Emit<'_>,
) {
    let text = |key: &str| subject.get(key).and_then(Node::text).filter(|text| !text.is_empty());
    let (Some(kind), Some(name)) = (subject.get("kind"), subject.get("name")) else {
        return;
    };
    let (Some(word), Some(called)) = (kind.text(), name.text()) else { return };
    if called.is_empty() {
        let message = "the subject has no name: the API server refuses this binding";
        emit.at("refused", name, message).label("a name").subject("name");
    }
    let group = subject.get("apiGroup").filter(|_| text("apiGroup").is_some());
    match &*word {
        "ServiceAccount" => {
            if let Some(group) = group {
                let message = "a ServiceAccount is of no API group: the API server refuses this binding";
                emit.at("refused", group, message).label("to be left out, or empty").subject("apiGroup");
            }
            if !called.is_empty() && !may_be_an_account(&called) {
                let message =
                    format!("`{called}` is no name of an account: the API server refuses this binding");
                emit.at("refused", name, message).label("lower case, digits, `-` and `.`").subject("name");
            }
            let homeless = bound.binding.cluster_wide && text("namespace").is_none();
            if homeless && !graph.places.is_kustomized(placed) {
                let message = format!("`{called}` is named without its namespace: the API server refuses it");
                let draft = emit.at("refused", name, message);
                draft.label("an account of which namespace?").subject("namespace");
                if graph.places.may_be_given_namespace(placed, &called) {
                    draft.step(-1, "A kustomization that is not in the input may say which.");
                }
            }
        }
        "User" | "Group" if group.and_then(Node::text).is_some_and(|group| group != GROUP) => {
            let message = format!("a {word} is of `{GROUP}`: the API server refuses this binding");
            emit.at("refused", group.unwrap_or(kind), message).label("of no such group").subject("apiGroup");
        }
        "User" | "Group" => {
            if let Some(why) = nobody(&word, &called) {
                let message =
                    format!("no {} is called so, and this binds nobody: {why}", word.to_lowercase());
                emit.at("nobody", name, message).label("nobody").subject("name");
            }
        }
        _ => {
            let message = format!("`{word}` is no kind of subject: the API server refuses this binding");
            emit.at("refused", kind, message).label("ServiceAccount, User or Group").subject("kind");
        }
    }
}

/// Why no user or group has a name that the API server keeps for itself (apiserver `pkg/authentication/user`).
fn nobody(kind: &str, name: &str) -> Option<&'static str> {
    match (kind, name) {
        (_, "*") | ("Group", "system:serviceaccounts:*") => Some("`*` is no pattern here"),
        ("Group", "system:anonymous") => Some("it is a user"),
        ("User", "system:authenticated" | "system:unauthenticated" | "system:masters" | "system:nodes") => {
            Some("it is a group")
        }
        ("User", name) if name.starts_with("system:serviceaccounts") => Some("it is a group"),
        ("Group", name) if name.starts_with("system:serviceaccount:") => Some("it is a user"),
        _ => None,
    }
}
