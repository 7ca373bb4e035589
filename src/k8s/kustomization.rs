//! What a kustomization says about the plain files beside it: which are patches, which namespace they get.

use std::borrow::Cow;

use crate::yaml::Node;

/// The names that kustomize looks for (kustomize `api/konfig`).
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A kustomization file.
#[derive(Clone, Debug)]
pub struct Kustomization<'a> {
    /// The directory it stands in, with a final `/` unless empty.
    pub directory: &'a str,
    /// `namespace:`, which it gives to its resources.
    pub namespace: Option<Cow<'a, str>>,
    /// Files that are patches, as paths like those of the run's files.
    pub patches: Vec<String>,
    /// Files that are its resources.
    pub resources: Vec<String>,
    /// What it takes from elsewhere: a remote resource, a Helm chart.
    pub remote: Option<String>,
}

/// Reads a kustomization; `None` where `path` is not one.
#[must_use]
pub fn kustomization<'a>(path: &'a str, root: Node<'a>) -> Option<Kustomization<'a>> {
    let cut = path.rfind('/').map_or(0, |slash| slash + 1);
    let (directory, file) = path.split_at(cut);
    if !FILE_NAMES.contains(&file) || !root.is_map() {
        return None;
    }
    let strings = |key: &str| root.get(key).into_iter().flat_map(Node::items).filter_map(Node::text);
    let patch_paths = ["patches", "patchesJson6902"]
        .into_iter()
        .filter_map(|key| root.get(key))
        .flat_map(Node::items)
        .filter_map(|patch| patch.get("path")?.text());
    let patches = strings("patchesStrategicMerge").chain(patch_paths);
    let resources: Vec<_> =
        strings("resources").chain(strings("bases")).chain(strings("components")).collect();
    let is_remote = |resource: &&Cow<'_, str>| resource.contains("://") || resource.contains("github.com");
    let chart = root.get("helmCharts").and_then(|charts| charts.items().next());
    Some(Kustomization {
        directory,
        namespace: root.get("namespace").and_then(Node::as_str).filter(|namespace| !namespace.is_empty()),
        patches: patches.map(|file| join(directory, &file)).collect(),
        remote: resources
            .iter()
            .find(is_remote)
            .map(ToString::to_string)
            .or(chart.map(|_| "a Helm chart".into())),
        resources: resources.iter().map(|file| join(directory, file)).collect(),
    })
}

/// `file` as seen from `directory`, with `..` resolved.
fn join(directory: &str, file: &str) -> String {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let rooted = if directory.starts_with('/') { "/" } else { "" };
    format!("{rooted}{}", parts.join("/"))
}
