//! Where Applications and ApplicationSets name their sources.

use crate::k8s::Object;
use crate::yaml::Node;

/// The API group of Argo CD.
const ARGO: &str = "argoproj.io";

/// The sources of an Application: of `sources` and `source` the first wins where both are written.
pub fn sources(spec: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let several = spec.get("sources").filter(|sources| sources.items().next().is_some());
    let single = spec.get("source").filter(|_| several.is_none());
    several.into_iter().flat_map(Node::items).chain(single)
}

/// The spec of an Application, or that of those that an ApplicationSet makes.
pub(super) fn application_spec<'n>(object: &Object<'n>) -> Option<Node<'n>> {
    match &*object.kind {
        _ if object.group != ARGO => None,
        "Application" => object.node.get("spec"),
        "ApplicationSet" => object.node.at(&["spec", "template", "spec"]),
        _ => None,
    }
}

/// The generators of an ApplicationSet that read git, those inside of others too.
pub(super) fn git_generators<'n>(object: &Object<'n>) -> Vec<Node<'n>> {
    let all = object.node.at(&["spec", "generators"]).filter(|_| object.is(ARGO, "ApplicationSet"));
    let (mut open, mut found): (Vec<Node<'n>>, _) =
        (all.into_iter().flat_map(Node::items).collect(), Vec::new());
    while let Some(generator) = open.pop() {
        for nested in ["matrix", "merge"] {
            open.extend(generator.at(&[nested, "generators"]).into_iter().flat_map(Node::items));
        }
        found.extend(generator.get("git"));
    }
    found
}
