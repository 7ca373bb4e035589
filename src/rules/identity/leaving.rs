//! What an account has that a workload would lose by leaving it.

use crate::graph::Placed;
use crate::rules::Context;
use crate::yaml::{Node, plain};

/// Why a workload cannot leave an account by itself, as a sentence: what the account has, and a new one would not.
pub(super) fn keeps(at: &Placed<'_>, old: &str, context: &Context<'_>) -> Option<String> {
    let is_cloud = !context.graph.cloud.of(at, old).is_empty();
    is_cloud.then(|| {
        format!("`{old}` has a cloud identity: who owns it says which of its rights this one needs.")
    })
}

/// The Secrets that pods of an account pull their images with, as lines of a new account.
pub(super) fn pull_secrets(
    at: &Placed<'_>,
    namespace: Option<&str>,
    old: &str,
    context: &Context<'_>,
) -> Vec<String> {
    let places = &context.graph.places;
    let declared = places.definitions(at.source, "ServiceAccount", namespace, old);
    let lists = declared.filter_map(|id| places[id].object.node.get("imagePullSecrets"));
    let names = lists.flat_map(Node::items).filter_map(|item| item.get("name").and_then(Node::text));
    let lines: Vec<String> = names.map(|name| format!("  - name: {}", plain(&name))).collect();
    if lines.is_empty() { lines } else { [vec!["imagePullSecrets:".to_owned()], lines].concat() }
}
