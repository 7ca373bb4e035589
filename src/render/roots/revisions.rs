//! Revisions of this repository that deployers name: what is judged is what is here, so another one is said.

use super::argo_sources::{application_spec, git_generators, sources};
use super::finder::Finder;
use super::own::Own;
use super::root::Reason;
use crate::k8s::Object;
use crate::yaml::Node;

/// What is usually checked out where a repository is judged.
const TRUNKS: [&str; 4] = ["HEAD", "main", "master", "trunk"];

/// Where forges keep what is proposed and not merged: GitHub, GitLab, Gerrit.
const PROPOSED: [&str; 4] = ["refs/pull/", "pull/", "refs/merge-requests/", "refs/changes/"];

/// Says which deployers take another revision of this repository than what is here.
pub(super) fn say(finder: &mut Finder<'_>, own: &Own, objects: &[Object<'_>]) {
    let deployers = finder.deployers();
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
    let mut found = Vec::new();
    if object.is("source.toolkit.fluxcd.io", "GitRepository") {
        let spec = object.node.get("spec");
        let url = spec.and_then(|spec| spec.get("url"));
        let revisions = ["branch", "tag", "semver", "name", "commit"];
        let revisions = revisions.iter().filter_map(|key| spec?.at(&["ref", key]));
        found.extend(revisions.filter_map(|revision| Some((url?, revision))));
    }
    let of_path =
        application_spec(object).into_iter().flat_map(sources).filter(|source| source.get("chart").is_none());
    found.extend(of_path.filter_map(|source| Some((source.get("repoURL")?, source.get("targetRevision")?))));
    let git = git_generators(object).into_iter();
    found.extend(git.filter_map(|git| Some((git.get("repoURL")?, git.get("revision")?))));
    found
}
