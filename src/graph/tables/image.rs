//! Which images do on a node what needs the node, by name: a table, not a proof.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::catalog::pattern::matches;
use crate::k8s::Image;

/// The table of images, as `rules/tables/node-agents.yaml` holds it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    images: Vec<String>,
    system: Vec<String>,
    fronts: Vec<String>,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| super::table(include_str!("../../../rules/tables/node-agents.yaml")));

/// Whether an image is one whose place is on every node.
#[must_use]
pub fn is_node_agent(image: &str) -> bool {
    TABLE.images.iter().any(|known| is_called(image, known))
}

/// Whether an image may stand among the cluster's own: an agent of nodes, or an add-on of the control plane.
#[must_use]
pub fn is_system_image(image: &str) -> bool {
    is_node_agent(image) || TABLE.system.iter().any(|known| is_called(image, known))
}

/// Whether an image's work is to be reached from outside: an ingress controller, a gateway.
#[must_use]
pub fn is_front(image: &str) -> bool {
    TABLE.fronts.iter().any(|known| is_called(image, known))
}

/// Whether an image is what a pattern says, from its end: `fluent-bit`, `calico/*`.
#[must_use]
pub fn is_called(image: &str, pattern: &str) -> bool {
    let path = Image::parse(image).repository;
    let depth = pattern.matches('/').count();
    let start = path.rmatch_indices('/').nth(depth).map_or(0, |(slash, _)| slash + 1);
    matches(pattern, &path[start..])
}
