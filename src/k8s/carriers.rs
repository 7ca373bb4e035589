//! Custom resources that hold manifests which a controller applies: which, and where.
//!
//! Data is in `rules/tables/carriers.yaml`. References (`kind`, `name`) are no manifests: these have `metadata`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::yaml::Node;

/// One kind that holds manifests: a row of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Carrier {
    group: &'static str,
    kind: &'static str,
    #[serde(default)]
    manifests: Vec<&'static str>,
    #[serde(default)]
    texts: Vec<&'static str>,
    #[cfg_attr(not(test), expect(dead_code, reason = "for people: the type that says so"))]
    source: &'static str,
}

static CARRIERS: LazyLock<Vec<Carrier>> = LazyLock::new(|| {
    serde_yaml::from_str(include_str!("../../rules/tables/carriers.yaml"))
        .expect("the tables are part of the binary and tests read them")
});

/// A manifest that a controller applies.
pub(super) enum Carried<'a> {
    /// As it stands.
    Whole(Node<'a>),
    /// Kyverno's: its type and name stand beside the rest of it.
    Generated {
        /// What names it.
        head: Node<'a>,
        /// The rest.
        data: Node<'a>,
    },
}

/// The manifests in an object of a kind that a controller applies, in the order of the table.
pub(super) fn carried<'a>(node: Node<'a>, group: &str, kind: &str) -> Vec<Carried<'a>> {
    if group == "kyverno.io" && matches!(kind, "ClusterPolicy" | "Policy") {
        return generated(node);
    }
    let found = places(node, group, kind).into_iter();
    found.filter(|manifest| !is_not_applied(*manifest, node)).map(Carried::Whole).collect()
}

/// The manifests in an object of a kind that knows what to do with them, applied or not.
pub(super) fn places<'a>(node: Node<'a>, group: &str, kind: &str) -> Vec<Node<'a>> {
    let rows = CARRIERS.iter().filter(|row| row.kind == kind && row.group == group);
    rows.flat_map(|row| row.manifests.iter().flat_map(|path| resolve(node, path))).collect()
}

/// What rules of Kyverno generate from `data` (kyverno `api/kyverno/v1/common_types.go`, `Generation`).
fn generated(node: Node<'_>) -> Vec<Carried<'_>> {
    let heads = ["spec.rules.*.generate", "spec.rules.*.generate.foreach.*"];
    let heads = heads.iter().flat_map(|path| resolve(node, path));
    heads.filter_map(|head| Some(Carried::Generated { head, data: head.get("data")? })).collect()
}

/// Whether a policy only forbids what stands there, or only reports on it (open-cluster-management.io,
/// `ConfigurationPolicy`): the word of the policy around it counts first.
fn is_not_applied(manifest: Node<'_>, carrier: Node<'_>) -> bool {
    let word = |node: Node<'_>, path: &[&str]| {
        node.at(path).and_then(Node::text).map(|word| word.to_ascii_lowercase())
    };
    let templates = resolve(carrier, "spec.object-templates.*");
    let own = templates
        .into_iter()
        .find(|template| template.get("objectDefinition").is_some_and(|held| held.span() == manifest.span()));
    own.and_then(|template| word(template, &["complianceType"])).is_some_and(|word| word == "mustnothave")
}

/// The kinds that hold manifests, with their groups.
pub(super) fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    CARRIERS.iter().map(|row| (row.group, row.kind))
}

/// Whether a kind holds manifests.
pub(super) fn is_carrier(group: &str, kind: &str) -> bool {
    CARRIERS.iter().any(|row| row.kind == kind && row.group == group)
}

/// The texts in an object of a kind that its controller applies.
pub(super) fn applied_texts<'a>(node: Node<'a>, group: &str, kind: &str) -> Vec<Node<'a>> {
    let rows = CARRIERS.iter().filter(|row| row.kind == kind && row.group == group);
    rows.flat_map(|row| row.texts.iter().flat_map(|path| resolve(node, path))).collect()
}

/// What stands at a dotted path; `*` is each item or entry.
fn resolve<'a>(root: Node<'a>, path: &str) -> Vec<Node<'a>> {
    path.split('.').fold(vec![root], |at, step| match step {
        "*" => at
            .into_iter()
            .flat_map(|node| node.items().chain(node.entries().map(|entry| entry.value)))
            .collect(),
        key => at.into_iter().filter_map(|node| node.get(key)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::CARRIERS;

    #[test]
    fn every_carrier_holds_something_and_names_its_source() {
        for row in CARRIERS.iter() {
            assert!(!row.manifests.is_empty() || !row.texts.is_empty(), "{row:?}");
            assert!(row.source.starts_with("https://"), "{row:?}");
        }
    }
}
