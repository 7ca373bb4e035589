//! The part of NHI401 about the Secrets that an account lists.

use crate::finding::IdentityName;
use crate::graph::{Existence, Placed};
use crate::rules::{Context, Emit};
use crate::yaml::Node;

/// The names in an account's `secrets:`.
pub(super) fn secrets_of<'a>(account: &Placed<'a>) -> impl Iterator<Item = Node<'a>> + use<'a> {
    let list = account.object.node.get("secrets").into_iter().flat_map(Node::items);
    list.filter_map(|item| item.get("name"))
}

/// Whether an account gives a Secret to its pods for a registry.
fn is_pulled_with(account: &Placed<'_>, name: &str) -> bool {
    let all = account.object.node.all_at(&["imagePullSecrets", "*", "name"]);
    all.into_iter().any(|other| other.text().as_deref() == Some(name))
}

/// Whether a Secret is read by a key that the control plane puts into no token Secret (kubernetes
/// `pkg/controller/serviceaccount/tokens_controller.go`).
fn is_read_by_another_key(account: &Placed<'_>, name: &str, context: &Context<'_>) -> bool {
    let mut readers = context.graph.credentials.readers_of_secret(account, name);
    readers.any(|reader| {
        let key = reader.key.as_deref().filter(|key| !key.is_empty());
        key.is_some_and(|key| !["token", "ca.crt", "namespace"].contains(&key))
    })
}

pub(super) fn lists(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let graph = context.graph;
    let identity = IdentityName::account(placed.namespace.as_deref(), &placed.object.name);
    for node in secrets_of(placed) {
        let Some(name) = node.text().filter(|name| !name.is_empty()) else {
            continue;
        };
        match graph.places.exists(placed, "Secret", &name) {
            Existence::Found(found) => {
                let token = found
                    .iter()
                    .map(|&index| &graph.places[index])
                    .find(|found| found.object.has_token_type());
                if let Some(token) = token {
                    let draft =
                        emit.at("listed", node, format!("lists `{name}`, a token that never expires"));
                    draft.identity(identity.clone());
                    if let Some(kind) = token.object.node.entry("type") {
                        draft.related(kind.key.span(), "its type makes it one");
                    }
                }
            }
            // Registry logins, what a store makes, and what is read by a key that no token has, are no tokens.
            _ if name.contains("-dockercfg")
                || is_pulled_with(placed, &name)
                || is_read_by_another_key(placed, &name, context)
                || graph.credentials.makers_of_secret(placed, &name).next().is_some() => {}
            _ => {
                let message = format!(
                    "lists `{name}`, which is not in the input and may be a token that never expires"
                );
                emit.at("unseen", node, message).identity(identity.clone());
            }
        }
    }
    let annotations = placed.object.node.at(&["metadata", "annotations"]);
    if let Some(entry) = annotations.and_then(|list| list.entry("kubernetes.io/enforce-mountable-secrets")) {
        emit.key(
            "mountable",
            entry,
            "`kubernetes.io/enforce-mountable-secrets` is deprecated since Kubernetes 1.32",
        )
        .note("Ephemeral containers were not bound by it (CVE-2023-2728); keep secrets apart by namespace.");
    }
}
