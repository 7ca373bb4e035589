//! What is to be known of how a finding comes to a cluster: that nothing applies its file, or only the tests of a chart do.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::settle::Found;
use crate::finding::{Finding, Severity};
use crate::render::roots::Kind;
use crate::render::{Applied, Destinations, Rendered};

/// What stands in the repository as a secret is one, whoever renders it.
const SECRETS: std::ops::RangeInclusive<u64> = 201..=205;
const CLOUD_KEY: u64 = 601;
/// What is said of the gate itself, and of what it cannot read, keeps its weight.
const GATE: std::ops::RangeInclusive<u64> = 901..=999;

/// Says so in the notes of findings, and takes what only tests of charts show for one step less.
pub(super) fn tell(mut found: Vec<Found>, rendered: &Rendered) -> Vec<Found> {
    // Without a rendering nothing is known of it.
    if rendered.outputs.is_empty() {
        return found;
    }
    let applied = rendered.applied(|_| true);
    let lists = lists(rendered);
    for (finding, _) in &mut found {
        if finding.rendered.is_some() {
            weigh_test(finding, &applied);
        } else {
            let path = rendered.texts.sources().file(finding.span.file).path();
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let is_itself = crate::render::kustomization::is_kustomization_file(name);
            if let Some(list) = lists.get(folder).filter(|_| !is_itself && !applied.contains_key(path)) {
                finding.notes.push(format!(
                    "`{list}` beside it does not list this file, and nothing else in the input applies it."
                ));
            }
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

/// `ci/*-values.yaml` is what chart-testing installs a chart with, to throw it away (its README, "Values files"). Whoever
/// deploys with such a file makes it one like the others.
fn weigh_test(finding: &mut Finding, applied: &BTreeMap<String, Destinations>) {
    let Some(seen) = &finding.rendered else { return };
    let is_test = |set: &String| {
        set.strip_prefix("ci/").is_some_and(|name| !name.contains('/') && name.ends_with("-values.yaml"))
    };
    let is_deployed = |set: &String| {
        seen.roots.iter().any(|root| {
            let path = if root == "." { set.clone() } else { format!("{root}/{set}") };
            applied.get(&path).is_some_and(|way| way.how == Applied::Deployed)
        })
    };
    let is_of_tests = !seen.values.is_empty()
        && seen.values.iter().all(|set| is_test(set) && !is_deployed(set))
        && !SECRETS.contains(&finding.rule.0)
        && finding.rule.0 != CLOUD_KEY
        && !GATE.contains(&finding.rule.0);
    if !is_of_tests || finding.severity == Severity::Info {
        return;
    }
    finding.severity = match finding.severity {
        Severity::Error => Severity::Warning,
        Severity::Warning | Severity::Info => Severity::Info,
    };
    let sets = super::brief::listed(&seen.values);
    finding
        .notes
        .push(format!("Only values for tests of the chart make it ({sets}), and nobody deploys them."));
}
