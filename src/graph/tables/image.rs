//! Which images do on a node what needs the node, by name: a table, not a proof.

use std::sync::OnceLock;

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

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        serde_yaml::from_str(include_str!("../../../rules/tables/node-agents.yaml"))
            .expect("the table is read in the tests")
    })
}

/// Whether an image is one whose place is on every node.
#[must_use]
pub fn is_node_agent(image: &str) -> bool {
    table().images.iter().any(|known| is_called(image, known))
}

/// Whether an image may stand among the cluster's own: an agent of nodes, or an add-on of the control plane.
#[must_use]
pub fn is_system_image(image: &str) -> bool {
    is_node_agent(image) || table().system.iter().any(|known| is_called(image, known))
}

/// Whether an image's work is to be reached from outside: an ingress controller, a gateway.
#[must_use]
pub fn is_front(image: &str) -> bool {
    table().fronts.iter().any(|known| is_called(image, known))
}

/// Whether an image is what a pattern says, from its end: `fluent-bit`, `calico/*`.
#[must_use]
pub fn is_called(image: &str, pattern: &str) -> bool {
    let path = Image::parse(image).repository;
    let depth = pattern.matches('/').count();
    let start = path.rmatch_indices('/').nth(depth).map_or(0, |(slash, _)| slash + 1);
    matches(pattern, &path[start..])
}

#[cfg(test)]
mod tests {
    use super::{is_called, is_node_agent};

    #[test]
    fn images_are_known_by_their_end_without_registry_and_tag() {
        for agent in [
            "fluent/fluent-bit:3.1@sha256:abc",
            "quay.io/prometheus/node-exporter:v1.8.2",
            "docker.io/calico/node:v3.28.1",
            "registry.example:5000/mirror/falco",
            "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.33.0",
        ] {
            assert!(is_node_agent(agent), "{agent}");
        }
        for other in ["shop/web:fluent-bit", "falco.example/shop/web", "falco.example:5000/web", "debian", ""]
        {
            assert!(!is_node_agent(other), "{other}");
        }
        assert!(is_called("registry.example/shop/web:1", "shop/*") && !is_called("web", "shop/*"));
    }
}
