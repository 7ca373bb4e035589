//! What charts learn of the cluster (Helm's `.Capabilities`): its version, and the kinds that it serves.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::config::NEWEST_KUBERNETES;
use crate::load::Source;
use crate::yaml::{Doc, Document, Node};

/// What charts learn of the cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Capabilities {
    /// `1.34.0`.
    pub(super) kubernetes: String,
    /// See [`api_versions`].
    pub(super) api: Vec<String>,
    /// Its minor version, and whether somebody named it.
    minor: u32,
    is_named: bool,
}

impl Capabilities {
    /// Those of Kubernetes 1.`named`, or of the newest, with the custom resources that are defined in what was read.
    pub(super) fn new(sources: &[Source], named: Option<u32>) -> Self {
        let minor = named.unwrap_or(NEWEST_KUBERNETES);
        let documents = sources.iter().flat_map(|source| &source.documents);
        let definitions = documents.filter(|document| document.text().contains("CustomResourceDefinition"));
        let api = api_versions(minor, definitions.map(Document::doc));
        Self { kubernetes: format!("1.{minor}.0"), api, minor, is_named: named.is_some() }
    }

    /// The version that charts learn of, unless somebody named the version of the cluster.
    pub(super) fn assumed(&self) -> Option<u32> {
        (!self.is_named).then_some(self.minor)
    }

    /// What a cluster of another version serves (`1.30.0`).
    pub(super) fn api_of(&self, version: &str) -> Vec<String> {
        let minor = version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(self.minor);
        let mut api = self.api.clone();
        let [now, other] = [self.minor, minor].map(|minor| api_versions(minor, std::iter::empty()));
        api.retain(|version| other.contains(version) || !now.contains(version));
        api.extend(other);
        api.sort_unstable();
        api.dedup();
        api
    }

    /// The nearest older versions that serve a word for an API where this one does not, or the other way round.
    pub(super) fn versions_of<'w>(
        &self,
        words: impl Iterator<Item = &'w String>,
        oldest: u32,
    ) -> BTreeSet<String> {
        let words: Vec<&String> = words.collect();
        if words.is_empty() {
            return BTreeSet::new();
        }
        let now = api_versions(self.minor, std::iter::empty());
        let mut left: Vec<&String> = words;
        let mut found = BTreeSet::new();
        for minor in (oldest..self.minor).rev() {
            let then = api_versions(minor, std::iter::empty());
            let before = left.len();
            left.retain(|word| then.contains(word) == now.contains(word));
            if left.len() < before {
                found.insert(format!("1.{minor}.0"));
            }
        }
        found
    }
}

const TABLE: &str = include_str!("../../rules/tables/api-versions.yaml");

static SERVED: LazyLock<Vec<Served>> =
    LazyLock::new(|| serde_yaml::from_str(TABLE).expect("the table is read by a test"));

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
    let mut versions = BTreeSet::new();
    let is_served =
        |served: &&Served| served.from <= minor && served.until.is_none_or(|until| minor <= until);
    for served in SERVED.iter().filter(is_served) {
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
