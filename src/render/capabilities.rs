//! What charts learn of the cluster (Helm's `.Capabilities`): its version, and the kinds that it serves.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::load::Source;
use crate::yaml::{Doc, Document, Node};

/// What charts learn of the cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Capabilities {
    /// `1.34.0`.
    pub(super) kubernetes: String,
    /// See [`api_versions`].
    pub(super) api: Vec<String>,
}

impl Capabilities {
    /// Those of Kubernetes 1.`minor` with the custom resources that are defined in what was read.
    pub(super) fn new(sources: &[Source], minor: u32) -> Self {
        let documents = sources.iter().flat_map(|source| &source.documents);
        let definitions = documents.filter(|document| document.text().contains("CustomResourceDefinition"));
        Self { kubernetes: format!("1.{minor}.0"), api: api_versions(minor, definitions.map(Document::doc)) }
    }
}

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
