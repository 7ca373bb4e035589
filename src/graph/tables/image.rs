//! Which images do on a node what needs the node, stand before everything, or are engines: by name and by who publishes
//! them. Whoever may write an image may give it any name, but not the registry and organisation of somebody else.

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

/// Who publishes them, as `rules/tables/publishers.yaml` holds it.
static PUBLISHERS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let by_source: Vec<Publishers> = super::table(include_str!("../../../rules/tables/publishers.yaml"));
    by_source.into_iter().flat_map(|one| one.addresses).collect()
});

/// Registries and organisations that one page names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publishers {
    #[expect(dead_code, reason = "for people: the page that names them")]
    source: &'static str,
    addresses: Vec<&'static str>,
}

/// Whether an image is one whose place is on every node. `mirrors` hold copies of what is published.
#[must_use]
pub fn is_node_agent(image: &str, mirrors: &[&str]) -> bool {
    is_known(image, mirrors, &TABLE.images)
}

/// Whether an image may stand among the cluster's own: an agent of nodes, or an add-on of the control plane.
#[must_use]
pub fn is_system_image(image: &str, mirrors: &[&str]) -> bool {
    is_node_agent(image, mirrors) || is_known(image, mirrors, &TABLE.system)
}

/// Whether an image's work is to be reached from outside: an ingress controller, a gateway.
#[must_use]
pub fn is_front(image: &str, mirrors: &[&str]) -> bool {
    is_known(image, mirrors, &TABLE.fronts)
}

/// The name says what it is, the registry and the organisation that it is that.
fn is_known(image: &str, mirrors: &[&str], names: &[String]) -> bool {
    names.iter().any(|known| is_called(image, known))
        && (is_from(image, &PUBLISHERS) || is_from(image, mirrors))
}

/// Whether an image is what a pattern says, from its end: `fluent-bit`, `calico/*`.
#[must_use]
pub fn is_called(image: &str, pattern: &str) -> bool {
    let path = Image::parse(image).repository;
    let depth = pattern.matches('/').count();
    let start = path.rmatch_indices('/').nth(depth).map_or(0, |(slash, _)| slash + 1);
    matches(pattern, &path[start..])
}

/// Whether an image stands at one of some addresses, or below it: `quay.io/argoproj`, `mcr.microsoft.com`. A `*` stands for
/// any text within one part.
#[must_use]
pub fn is_from(image: &str, addresses: &[&str]) -> bool {
    let image = Image::parse(image).address();
    addresses.iter().any(|address| is_at(&image, address))
}

fn is_at(image: &str, address: &str) -> bool {
    let mut parts = image.split('/');
    let known = address.trim_end_matches('/').split('/');
    known.into_iter().all(|known| parts.next().is_some_and(|part| !known.is_empty() && matches(known, part)))
}

/// Whether an image is a copy that one of some mirrors holds of what stands at an address: the mirror's own folders stand
/// before the organisation and the name.
#[must_use]
pub fn is_copy_of(image: &str, mirrors: &[&str], addresses: &[&str]) -> bool {
    let path = |address: &str| address.split_once('/').map_or(String::new(), |(_, path)| path.to_owned());
    is_from(image, mirrors)
        && addresses
            .iter()
            .map(|address| path(address))
            .any(|path| !path.is_empty() && is_below(image, &path))
}

/// Whether the parts of an address stand one after the other in an image's.
fn is_below(image: &str, path: &str) -> bool {
    format!("/{}/", Image::parse(image).repository).contains(&format!("/{path}/"))
}
