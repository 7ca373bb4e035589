//! Revisions of this repository that deployers name: what is judged is what is here, so another one is said.

use std::collections::HashMap;

use super::finder::Finder;
use super::own::{Own, sources};
use super::root::Reason;
use crate::k8s::Object;
use crate::source::FileId;
use crate::yaml::Node;

/// What is usually checked out where a repository is judged.
const TRUNKS: [&str; 4] = ["HEAD", "main", "master", "trunk"];

/// Where forges keep what is proposed and not merged: GitHub, GitLab, Gerrit.
const PROPOSED: [&str; 4] = ["refs/pull/", "pull/", "refs/merge-requests/", "refs/changes/"];

/// Says which deployers take another revision of this repository than what is here.
pub(super) fn say(finder: &mut Finder<'_>, own: &Own, objects: &[Object<'_>]) {
    let mut deployers: HashMap<FileId, usize> = HashMap::new();
    for (index, root) in finder.roots.iter().enumerate() {
        if let Some(at) = root.at.filter(|_| !root.kind.is_folder()) {
            deployers.entry(at.file).or_insert(index);
        }
    }
    let Some(first) = deployers.values().min().copied() else { return };
    for object in objects {
        for (address, revision) in named(object) {
            let is_ours = address.text().is_some_and(|address| own.is_here(&address));
            let Some(text) = revision.text().filter(|_| is_ours) else { continue };
            let name = text.trim();
            if name.is_empty() || TRUNKS.contains(&name) || name.contains("{{") || name.contains("${") {
                continue;
            }
            let is_proposed = PROPOSED.iter().any(|start| name.starts_with(start));
            let (reason, message) = if is_proposed {
                (
                    Reason::Unmerged,
                    format!("`{name}` is a change that nobody has merged; it is deployed, and not judged"),
                )
            } else {
                (Reason::OtherRevision, format!("`{name}` is deployed; what is judged is what is here"))
            };
            let root = deployers.get(&revision.span().file).copied().unwrap_or(first);
            finder.roots[root].leave_unjudged(reason, revision.span(), message);
        }
    }
}

/// The addresses that an object names, each with the revision.
fn named<'n>(object: &Object<'n>) -> Vec<(Node<'n>, Node<'n>)> {
    const ARGO: &str = "argoproj.io";
    let mut found = Vec::new();
    if object.is("source.toolkit.fluxcd.io", "GitRepository") {
        let spec = object.node.get("spec");
        let url = spec.and_then(|spec| spec.get("url"));
        let revisions = ["branch", "tag", "semver", "name", "commit"];
        let revisions = revisions.iter().filter_map(|key| spec?.at(&["ref", key]));
        found.extend(revisions.filter_map(|revision| Some((url?, revision))));
    }
    let spec = match &*object.kind {
        "Application" if object.group == ARGO => object.node.get("spec"),
        "ApplicationSet" if object.group == ARGO => object.node.at(&["spec", "template", "spec"]),
        _ => None,
    };
    let of_path = spec.into_iter().flat_map(sources).filter(|source| source.get("chart").is_none());
    found.extend(of_path.filter_map(|source| Some((source.get("repoURL")?, source.get("targetRevision")?))));
    let mut generators: Vec<Node<'_>> =
        object.node.at(&["spec", "generators"]).into_iter().flat_map(Node::items).collect();
    while let Some(generator) = generators.pop() {
        for nested in ["matrix", "merge"] {
            generators.extend(generator.at(&[nested, "generators"]).into_iter().flat_map(Node::items));
        }
        let git = generator.get("git").filter(|_| object.group == ARGO);
        found.extend(git.and_then(|git| Some((git.get("repoURL")?, git.get("revision")?))));
    }
    found
}
