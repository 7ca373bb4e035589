//! What is to be known of how a finding comes to a cluster: that nothing in the input applies its file.

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::settle::Found;
use crate::render::Rendered;
use crate::render::kustomization::is_kustomization_file;
use crate::render::roots::Kind;
use crate::source::FileId;

/// Says so in the notes of findings whose file a kustomization beside it leaves out.
pub(super) fn tell(mut found: Vec<Found>, rendered: &Rendered) -> Vec<Found> {
    // Without a rendering nothing is known of it.
    if rendered.outputs.is_empty() {
        return found;
    }
    // Only where a finding stands beside a kustomization.
    let applied = LazyCell::new(|| rendered.applied(|_| true));
    // What a component lists is applied by whoever uses it, rendered or not.
    let listed = LazyCell::new(|| -> HashSet<FileId> {
        let roots = rendered.roots.iter().filter(|root| root.kind == Kind::Kustomize);
        roots.flat_map(|root| root.reads.iter().copied()).collect()
    });
    let lists = lists(rendered);
    for (finding, _) in found.iter_mut().filter(|(finding, _)| finding.rendered.is_none()) {
        let path = rendered.texts.sources().file(finding.span.file).path();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let is_itself = is_kustomization_file(name);
        let is_applied = || applied.contains_key(path) || listed.contains(&finding.span.file);
        if let Some(list) = lists.get(folder).filter(|_| !is_itself && !is_applied()) {
            finding.notes.push(format!(
                "`{list}` beside it does not list this file, and nothing else in the input applies it."
            ));
        }
    }
    found
}

/// By folder, the kustomization that was built there.
fn lists(rendered: &Rendered) -> HashMap<&str, String> {
    let failed: BTreeSet<usize> = rendered
        .outputs
        .iter()
        .filter(|output| output.error.is_some())
        .map(|output| output.job.root)
        .collect();
    let roots = rendered.roots.iter().enumerate();
    let built = roots
        .filter(|(at, root)| root.kind == Kind::Kustomize && root.refusal.is_none() && !failed.contains(at));
    let sources = rendered.texts.sources();
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    built
        .filter_map(|(_, root)| Some((root.path.as_str(), name(sources.file(root.at?.file).path()))))
        .collect()
}
