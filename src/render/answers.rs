//! Charts print one thing or another by what a cluster answers: the other answers, as further renderings where that is
//! cheap, else as what is not judged.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rayon::prelude::*;

use super::capabilities::Capabilities;
use super::helm::WholeChart;
use super::inputs::Inputs;
use super::jobs::{DEFAULTS, Job, Task};
use super::marked::asks;
use super::roots::{Kind, Reason, Root};
use crate::source::{SourceMap, Span};

/// What one chart asks, those in it included.
#[derive(Clone, Debug, Default)]
pub(super) struct Questions {
    served: Vec<String>,
    upgrade: bool,
    /// The file, the place in it, and the question in words.
    open: Vec<(String, Range<usize>, &'static str)>,
    /// An answer by which it does not render.
    failed: Option<String>,
}

/// By the position of the chart.
pub(super) type Asked = BTreeMap<usize, Questions>;

/// What the charts of some jobs ask.
pub(super) fn asked(jobs: &[&Job], inputs: &Inputs<'_>) -> Asked {
    let of_charts = jobs.iter().filter(|job| matches!(job.task, Task::Helm(_)));
    let charts: BTreeSet<usize> = of_charts.map(|job| job.root).collect();
    let charts: Vec<usize> = charts.into_iter().collect();
    charts.par_iter().map(|chart| (*chart, questions(&inputs.roots[*chart], inputs))).collect()
}

fn questions(chart: &Root, inputs: &Inputs<'_>) -> Questions {
    let Ok(mut whole) = WholeChart::new(chart, inputs) else { return Questions::default() };
    whole.unpack(inputs);
    let of_tree = whole.files.iter().filter(|(below, _)| may_hold_template(below));
    let mut texts: Vec<(&str, String)> = of_tree
        .filter_map(|(_, path)| Some((path.as_str(), String::from_utf8(inputs.bytes(path)?).ok()?)))
        .collect();
    for archive in &whole.archives {
        let files = archive.files.iter().filter(|(below, _)| may_hold_template(below));
        texts.extend(
            files.filter_map(|(below, bytes)| Some((below.as_str(), String::from_utf8(bytes.clone()).ok()?))),
        );
    }
    let templates: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let found = asks(&templates);
    let open = found.open.into_iter().map(|(file, place, what)| (templates[file].0.to_owned(), place, what));
    let served = inputs.capabilities.others(&found.served);
    Questions { served, upgrade: found.upgrade, open: open.collect(), failed: None }
}

/// Whether a file of a chart may be printed by Helm: templates, and what these may print as one.
fn may_hold_template(below: &str) -> bool {
    let ending = below.rsplit('.').next().unwrap_or_default();
    let is_text = || ["yaml", "yml", "tpl", "gotmpl", "tmpl", "txt"].contains(&ending);
    below.contains("templates/") || (!below.starts_with("crds/") && is_text())
}

/// The renderings of a job by the other answers. The job is told apart from them.
pub(super) fn others(job: &mut Job, roots: &[Root], asked: &Asked) -> Vec<Job> {
    let (Task::Helm(set), Some(questions)) = (&job.task, asked.get(&job.root)) else { return Vec::new() };
    let deployer = job.deployed_by(roots);
    // Argo CD prints charts as if each time were the first (`reposerver/repository`).
    let upgrades = questions.upgrade && deployer.is_none_or(|deployer| deployer.kind != Kind::Application);
    let serves = !questions.served.is_empty() && set.installation.api.is_empty();
    let answers = [(true, false), (false, true), (true, true)].into_iter();
    let answers: Vec<_> =
        answers.filter(|(served, upgrade)| (serves || !served) && (upgrades || !upgrade)).collect();
    let mut chart = roots[job.root].path.clone();
    if let (Some(deployer), Some((_, number))) = (deployer, job.deployer) {
        let name = deployer.name.as_deref().unwrap_or_default();
        chart = format!("{chart} as {} {name}, source {number}", deployer.kind);
    }
    let values = job.set.as_deref().unwrap_or(DEFAULTS).to_owned();
    let other = |(served, upgrade): (bool, bool)| {
        let mut set = set.clone();
        set.installation.upgrade = upgrade;
        let mut answer = values.clone();
        if served {
            set.installation.further_api.clone_from(&questions.served);
            answer = format!("{answer} where {} is served", questions.served.join(", "));
        }
        if upgrade {
            answer += " on upgrade";
        }
        let mut other = Job { is_other_answer: true, set: Some(answer.clone()), ..job.clone() };
        other.task = Task::Helm(set);
        other.assumed.choices.retain(|(known, _)| *known != chart);
        other.assumed.choices.push((chart.clone(), answer));
        other
    };
    let others: Vec<Job> = answers.into_iter().map(other).collect();
    if !others.is_empty() && job.assumed.choices.iter().all(|(known, _)| *known != chart) {
        job.assumed.choices.push((chart, values));
    }
    others
}

/// Notes that a chart does not render by another answer.
pub(super) fn note_failure(asked: &mut Asked, job: &Job) {
    if let (Some(questions), Some(answer)) = (asked.get_mut(&job.root), &job.set) {
        questions.failed.get_or_insert_with(|| answer.clone());
    }
}

/// Says which questions of charts are answered in no rendering.
pub(super) fn leave_unjudged(roots: &mut [Root], asked: &Asked, sources: &SourceMap) {
    let ids: BTreeMap<&str, _> = sources.files().map(|(id, file)| (file.path(), id)).collect();
    for (chart, questions) in asked {
        if let Some(answer) = &questions.failed {
            let message = format!("what the chart prints with {answer}: it does not render so");
            let at = roots[*chart].at;
            roots[*chart].leave_unjudged(Reason::NeedsCluster, at, message);
        }
        let Some((path, place, _)) = questions.open.first() else { continue };
        let words: BTreeSet<&str> = questions.open.iter().map(|(_, _, what)| *what).collect();
        let words = words.into_iter().collect::<Vec<_>>().join(" and ");
        let places = match questions.open.len() {
            1 => String::new(),
            count => format!(" in {count} places"),
        };
        let message = format!("what the chart prints by {words}{places}, which only a cluster answers");
        let at = ids.get(path.as_str()).map(|id| Span::new(*id, place.start, place.end)).or(roots[*chart].at);
        roots[*chart].leave_unjudged(Reason::NeedsCluster, at, message);
    }
}

impl Capabilities {
    /// Of the words for API versions, those that the cluster is not known to serve. What belongs to Kubernetes itself is
    /// decided by its version.
    fn others(&self, words: &BTreeSet<String>) -> Vec<String> {
        let group = |word: &str| word.split('/').next().unwrap_or_default().to_owned();
        let known: BTreeSet<String> = self.api.iter().map(|word| group(word)).collect();
        let is_other = |word: &&String| group(word).contains('.') && !known.contains(&group(word));
        words.iter().filter(is_other).cloned().collect()
    }
}
