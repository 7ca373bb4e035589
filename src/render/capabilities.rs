//! What charts see of the cluster: its version, and the kinds that it serves.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::yaml::{Doc, Node};

const TABLE: &str = include_str!("../../rules/tables/api-versions.yaml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Served {
    version: String,
    kinds: Vec<String>,
    #[serde(default)]
    from: u32,
    until: Option<u32>,
}

/// The API versions of a cluster (`group/version`, and `group/version/Kind`), sorted: those of Kubernetes 1.`minor`, and
/// those of the custom resources that the documents define.
///
/// # Panics
///
/// Never: the table is read by a test.
#[must_use]
pub fn api_versions<'d>(minor: u32, docs: impl Iterator<Item = &'d Doc>) -> Vec<String> {
    let table: Vec<Served> = serde_yaml::from_str(TABLE).expect("the table is read by a test");
    let mut versions = BTreeSet::new();
    let is_served =
        |served: &&Served| served.from <= minor && served.until.is_none_or(|until| minor <= until);
    for served in table.iter().filter(is_served) {
        versions.extend(served.kinds.iter().map(|kind| format!("{}/{kind}", served.version)));
        versions.insert(served.version.clone());
    }
    for root in docs.filter_map(Doc::root) {
        let text = |path: &[&str]| root.at(path).and_then(Node::as_str);
        if text(&["kind"]).as_deref() != Some("CustomResourceDefinition") {
            continue;
        }
        let (Some(group), Some(kind)) = (text(&["spec", "group"]), text(&["spec", "names", "kind"])) else {
            continue;
        };
        for version in root.at(&["spec", "versions"]).into_iter().flat_map(Node::items) {
            let name = version.get("name").and_then(Node::as_str);
            // Helm reads a list of versions as CSV: a quote in one would spoil the rendering of every chart.
            let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
            let name = name.filter(|name| [name, &group, &kind].into_iter().all(|text| is_name(text)));
            let served = version.get("served").and_then(Node::as_bool) != Some(false);
            if let Some(name) = name.filter(|_| served) {
                versions.insert(format!("{group}/{name}"));
                versions.insert(format!("{group}/{name}/{kind}"));
            }
        }
    }
    versions.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::api_versions;
    use crate::source::SourceMap;
    use crate::yaml;

    #[test]
    fn versions_come_and_go_and_custom_resources_add_theirs() {
        let text = "kind: CustomResourceDefinition\nspec:\n  group: shop.example\n  names: {kind: Till}\n  versions:\n  - {name: v1}\n  - {name: v1beta1, served: false}\n";
        let file = SourceMap::default().add("crd.yaml", text);
        let (doc, _) = yaml::parse(file, text, 0..text.len());
        let found = |minor| api_versions(minor, std::iter::once(&doc));
        let has = |minor, version: &str| found(minor).iter().any(|known| known == version);
        assert!(
            has(34, "apps/v1/Deployment") && has(34, "shop.example/v1/Till") && has(34, "shop.example/v1")
        );
        assert!(!has(34, "shop.example/v1beta1") && !has(34, "policy/v1beta1/PodDisruptionBudget"));
        assert!(has(24, "batch/v1beta1") && !has(24, "resource.k8s.io/v1"));
    }
}
