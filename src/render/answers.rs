//! Charts print one thing or another by what a cluster answers: the other answers, as further renderings where that is
//! cheap, else as what is not judged.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rayon::prelude::*;

use super::capabilities::Capabilities;
use super::helm::WholeChart;
use super::inputs::Inputs;
use super::jobs::{DEFAULTS, Job, Task};
use super::marked::{OLDEST_ASKED, PUT_TOGETHER, TIME_OR_CHANCE, asks, others};
use super::roots::{Given, Kind, Reason, Root, ValueSet};
use crate::source::{SourceMap, Span};

/// What one chart asks, those in it included.
#[derive(Clone, Debug, Default)]
pub(super) struct Questions {
    served: Vec<String>,
    /// Versions of Kubernetes by which it may print something else.
    versions: Vec<String>,
    upgrade: bool,
    /// The file, the place in it, and the question in words.
    open: Vec<(String, Range<usize>, &'static str)>,
    /// An answer by which it does not render.
    failed: Option<String>,
}

/// By the position of the chart.
pub(super) type Asked = BTreeMap<usize, Questions>;

/// A chart, the values that it gets, and whether all who print it do so without a cluster: kustomizations.
struct Printed<'j> {
    chart: usize,
    sets: Vec<&'j ValueSet>,
    is_inflated: bool,
}

/// What the charts of some jobs ask.
pub(super) fn asked(jobs: &[&Job], inputs: &Inputs<'_>) -> Asked {
    let mut charts: BTreeMap<usize, Printed<'_>> = BTreeMap::new();
    for job in jobs {
        let is_inflated = matches!(job.task, Task::Inflate(_));
        if let Task::Helm(set) | Task::Inflate(set) = &job.task {
            let new = || Printed { chart: job.root, sets: Vec::new(), is_inflated: true };
            let printed = charts.entry(job.root).or_insert_with(new);
            printed.sets.push(set);
            printed.is_inflated &= is_inflated;
        }
    }
    let charts: Vec<Printed<'_>> = charts.into_values().collect();
    charts.par_iter().map(|printed| (printed.chart, questions(printed, inputs))).collect()
}

fn questions(printed: &Printed<'_>, inputs: &Inputs<'_>) -> Questions {
    let chart = &inputs.roots[printed.chart];
    let Ok(mut whole) = WholeChart::new(chart, inputs) else { return Questions::default() };
    whole.unpack(inputs);
    let mut texts = texts(&whole, inputs);
    texts.extend(given_texts(&printed.sets, inputs));
    let decoded: Vec<_> =
        texts.iter().filter_map(|(path, text)| Some((path.clone(), decoded(path, text)?))).collect();
    texts.extend(decoded);
    let templates: Vec<(&str, &str)> =
        texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let found = asks(&templates);
    let mut open: Vec<_> = found
        .open
        .into_iter()
        .map(|(file, place, what)| (templates[file].0.to_owned(), place, what))
        .collect();
    if printed.is_inflated {
        open.retain(|(_, _, what)| matches!(*what, PUT_TOGETHER | TIME_OR_CHANCE));
        return Questions { open, ..Questions::default() };
    }
    let capabilities = inputs.capabilities;
    let served = capabilities.others(&found.served);
    let mut versions = BTreeSet::new();
    if let Some(minor) = capabilities.assumed() {
        let of_kubernetes = found.served.iter().filter(|word| !served.contains(word));
        versions = capabilities.versions_of(of_kubernetes, OLDEST_ASKED);
        match others(&found.versions, minor) {
            Some(others) => versions.extend(others),
            None => open.push((chart.path.clone(), 0..0, "the version of Kubernetes")),
        }
    }
    let versions = versions.into_iter().collect();
    Questions { served, versions, upgrade: found.upgrade, open, failed: None }
}

/// The files of a chart that Helm may print: with their paths, those of archives below them.
fn texts(whole: &WholeChart, inputs: &Inputs<'_>) -> Vec<(String, String)> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok().filter(|text| text.contains('{'));
    let of_tree = whole.files.iter().filter(|(below, _)| may_hold_template(below));
    let mut texts: Vec<(String, String)> =
        of_tree.filter_map(|(_, path)| Some((path.clone(), text(inputs.bytes(path)?)?))).collect();
    for archive in &whole.archives {
        let files = archive.files.iter().filter(|(below, _)| may_hold_template(below));
        texts.extend(files.filter_map(|(below, bytes)| Some((below.clone(), text(bytes.clone())?))));
    }
    texts
}

/// The strings of a value file that are written otherwise than they are: with escapes, or over several lines.
fn decoded(path: &str, text: &str) -> Option<String> {
    let is_values = path.is_empty() || [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end));
    if !is_values || path.contains("templates/") {
        return None;
    }
    let value: serde_json::Value = serde_yaml::from_str(text).ok()?;
    let (mut waiting, mut found) = (vec![value], Vec::new());
    while let Some(value) = waiting.pop() {
        match value {
            serde_json::Value::String(one) => found.push(one),
            serde_json::Value::Array(items) => waiting.extend(items),
            serde_json::Value::Object(fields) => {
                for (key, value) in fields {
                    found.push(key);
                    waiting.push(value);
                }
            }
            _ => {}
        }
    }
    found.retain(|one| one.contains("{{") && !text.contains(one.as_str()));
    (!found.is_empty()).then(|| found.join("\n"))
}

/// What deployers give to a chart, which it may print as templates.
fn given_texts(sets: &[&ValueSet], inputs: &Inputs<'_>) -> Vec<(String, String)> {
    let mut texts = BTreeSet::new();
    let read = |path: &str| String::from_utf8(inputs.bytes(path)?).ok();
    for set in sets {
        texts.extend(set.files.iter().filter_map(|path| Some((path.clone(), read(path)?))));
        texts.extend(set.inline.iter().filter_map(|inline| match &inline.given {
            Given::Text(text) => Some((String::new(), text.clone())),
            Given::Option(_, argument) => Some((String::new(), argument.clone())),
            Given::Values(path) | Given::File(_, path) => Some((path.clone(), read(path)?)),
        }));
    }
    texts.into_iter().collect()
}

/// Whether a file of a chart may be printed by Helm: templates, and what these may print as one.
fn may_hold_template(below: &str) -> bool {
    let name = below.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let is_for_people =
        name.starts_with("readme") || [".md", ".tgz", ".png", ".svg"].iter().any(|end| name.ends_with(end));
    below.contains("templates/") || (!below.starts_with("crds/") && !is_for_people)
}

/// The renderings of a job by the other answers. The job is told apart from them.
pub(super) fn others_of(
    job: &mut Job,
    roots: &[Root],
    asked: &Asked,
    capabilities: &Capabilities,
) -> Vec<Job> {
    let (Task::Helm(set), Some(questions)) = (&job.task, asked.get(&job.root)) else { return Vec::new() };
    let deployer = job.deployed_by(roots);
    // Argo CD prints charts as if each time were the first (`reposerver/repository`).
    let upgrades = questions.upgrade && deployer.is_none_or(|deployer| deployer.kind != Kind::Application);
    let serves = !questions.served.is_empty() && set.installation.api.is_empty();
    let versions = if set.installation.kubernetes.is_none() { questions.versions.as_slice() } else { &[] };
    let answers = answers(serves, upgrades, versions);
    let mut chart = roots[job.root].path.clone();
    if let (Some(deployer), Some((_, number))) = (deployer, job.deployer) {
        let name = deployer.name.as_deref().unwrap_or_default();
        chart = format!("{chart} as {} {name}, source {number}", deployer.kind);
    }
    let values = job.set.as_deref().unwrap_or(DEFAULTS).to_owned();
    let other = |(version, served, upgrade): (Option<&String>, bool, bool)| {
        let mut set = set.clone();
        set.installation.upgrade = upgrade;
        let mut answer = values.clone();
        if let Some(version) = version {
            if set.installation.api.is_empty() {
                set.installation.api = capabilities.api_of(version);
            }
            set.installation.kubernetes = Some(version.clone());
            answer = format!("{answer} on Kubernetes {version}");
        }
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

/// The answers other than the first one: a version, whether more is served, and whether it is an upgrade.
fn answers(serves: bool, upgrades: bool, versions: &[String]) -> Vec<(Option<&String>, bool, bool)> {
    let versions = std::iter::once(None).chain(versions.iter().map(Some));
    let all = versions.flat_map(|version| {
        [(false, false), (true, false), (false, true), (true, true)]
            .map(|(served, upgrade)| (version, served, upgrade))
    });
    let may_be = |(version, served, upgrade): &(Option<&String>, bool, bool)| {
        (serves || !served) && (upgrades || !upgrade) && (version.is_some() || *served || *upgrade)
    };
    all.filter(may_be).collect()
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
