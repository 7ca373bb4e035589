//! Which sources objects of Argo CD and Flux name, with the paths that they take of them.

use super::argo_sources::{application_spec, git_generators, sources};
use crate::k8s::Object;
use crate::render::paths::folder_of;
use crate::yaml::Node;

/// The text of a scalar, empty where it is none.
pub(super) fn text(node: Node<'_>) -> String {
    node.text().unwrap_or_default().into_owned()
}

/// The addresses that an Application or an ApplicationSet names, each with its path as far as it is fixed, and whether the
/// rest is filled later.
pub(super) fn addresses<'n>(object: &Object<'n>) -> Vec<(Node<'n>, String, bool)> {
    let spec = application_spec(object);
    let fixed = |path: &str| match path.find(['{', '*', '?', '[']) {
        Some(end) => (folder_of(&path[..end]).to_owned(), true),
        None => (path.to_owned(), false),
    };
    let mut found = Vec::new();
    // A chart of a repository of charts has no path.
    for source in spec.into_iter().flat_map(sources).filter(|source| source.get("chart").is_none()) {
        let (path, is_filled) = fixed(&source.get("path").map(text).unwrap_or_default());
        found.extend(source.get("repoURL").map(|address| (address, path, is_filled)));
        // Where it lends value files to others, their folders speak for it.
        let Some(lent) = source.get("ref").map(|name| format!("${}/", text(name))) else { continue };
        let lists = spec.into_iter().flat_map(sources).filter_map(|other| other.at(&["helm", "valueFiles"]));
        for file in lists.flat_map(Node::items).map(text) {
            let Some(path) = file.strip_prefix(&lent) else { continue };
            let (folder, is_filled) = fixed(folder_of(path));
            found.extend(source.get("repoURL").map(|address| (address, folder, is_filled)));
        }
    }
    for git in git_generators(object) {
        let items = ["directories", "files"].map(|key| git.get(key).into_iter().flat_map(Node::items));
        for path in items.into_iter().flatten().filter_map(|item| item.get("path")) {
            // The name of a file is no folder.
            let whole = text(path);
            let folder =
                if whole.contains(['*', '{']) { fixed(&whole).0 } else { folder_of(&whole).to_owned() };
            found.extend(git.get("repoURL").map(|address| (address, folder, false)));
        }
    }
    found
}

/// The source that a Kustomization or a HelmRelease of Flux takes a path of, and the path.
pub(super) fn flux_reference<'n>(object: &Object<'n>) -> Option<(Node<'n>, String)> {
    let spec = object.node.get("spec")?;
    if object.is("kustomize.toolkit.fluxcd.io", "Kustomization") {
        return Some((spec.get("sourceRef")?, spec.get("path").map(text).unwrap_or_default()));
    }
    let chart = spec.at(&["chart", "spec"]).filter(|_| object.is("helm.toolkit.fluxcd.io", "HelmRelease"))?;
    Some((chart.get("sourceRef")?, chart.get("chart").map(text).unwrap_or_default()))
}
