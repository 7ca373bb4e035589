//! Charts print one thing or another by what a cluster answers: what they ask, and what of it stays open.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rayon::prelude::*;

use super::capabilities::Capabilities;
use super::chart_texts::texts;
use super::helm::WholeChart;
use super::inputs::Inputs;
use super::jobs::{Job, Task};
use super::marked::{
    API_VERSION, EXACT_VERSION, OLDEST_ASKED, PUT_TOGETHER, RELEASE_NAME, Served, TIME_OR_CHANCE, asks,
    others,
};
use super::roots::{Kind, Reason, Root, ValueSet};
use crate::source::{SourceMap, Span};

/// More API versions of which some may be served and others not are not asked for in every combination.
const MOST_COMBINED: usize = 3;

/// Of more not even each alone.
const MOST_ALONE: usize = 8;

/// More combinations with versions and upgrades are not asked for.
const MOST_CROSSED: usize = 12;

/// What Helm answers otherwise than the cluster where it is not written where it is asked.
const TAKEN_FOR_SERVED: &str = "an API version that Helm takes for served";
/// What is asked for in too many combinations.
const SOME_SERVED: &str = "API versions of which a cluster may serve some without the others";

/// An answer of a cluster. The first of all has none of this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// A version of Kubernetes.
    pub(super) version: Option<String>,
    /// What is served beyond that version.
    pub(super) served: Vec<String>,
    /// Whether the release is there already.
    pub(super) upgrade: bool,
}

/// What one chart asks, those in it included.
#[derive(Clone, Debug, Default)]
pub(super) struct Questions {
    /// The answers that are asked for beside the first one.
    pub(super) answers: Vec<Answer>,
    /// API versions of Kubernetes itself that it asks for: Helm may take them for served where no cluster serves them.
    pub(super) of_kubernetes: Vec<String>,
    /// Whether it asks for any API version.
    pub(super) is_served_asked: bool,
    /// The file, the place in it, and the question in words.
    open: Vec<(String, Range<usize>, &'static str)>,
    /// An answer by which it does not render.
    failed: Option<String>,
}

/// By the position of the chart.
pub(super) type Asked = BTreeMap<usize, Questions>;

/// A chart, the values that it gets, and who answers it.
#[expect(clippy::struct_excessive_bools, reason = "four independent properties")]
struct Printed<'j> {
    chart: usize,
    sets: Vec<&'j ValueSet>,
    /// A cluster, as for releases and where Argo CD renders; not where a kustomization alone is built.
    is_answered: bool,
    /// Whether it is a release of its own, too.
    is_release: bool,
    /// Whether it is installed by Helm, or as Helm does it, and not only printed.
    is_installed: bool,
    /// Whether nobody in the tree deploys it.
    is_nobodys: bool,
}

/// What the charts of some jobs ask.
pub(super) fn asked(jobs: &[&Job], inputs: &Inputs<'_>) -> Asked {
    let by_argo = by_argo(jobs, inputs);
    let mut charts: BTreeMap<usize, Printed<'_>> = BTreeMap::new();
    for job in jobs {
        let (Task::Helm(set) | Task::Inflate(set)) = &job.task else { continue };
        let is_release = matches!(job.task, Task::Helm(_));
        let printed = charts.entry(job.root).or_insert_with(|| Printed {
            chart: job.root,
            sets: Vec::new(),
            is_answered: false,
            is_release: false,
            is_installed: false,
            is_nobodys: true,
        });
        printed.is_nobodys &= job.deployer.is_none() && set.installation.release.is_none();
        printed.sets.push(set);
        printed.is_release |= is_release;
        printed.is_answered |= is_release || job.deployer.is_some_and(|(layer, _)| by_argo.contains(&layer));
        printed.is_installed |= is_release && !is_by_argo(job, inputs.roots);
    }
    let charts: Vec<Printed<'_>> = charts.into_values().collect();
    charts.par_iter().map(|printed| (printed.chart, questions(printed, inputs))).collect()
}

/// Whether Argo CD deploys it.
pub(super) fn is_by_argo(job: &Job, roots: &[Root]) -> bool {
    job.deployed_by(roots).is_some_and(|deployer| deployer.kind == Kind::Application)
}

/// The kustomizations with charts that Argo CD builds: it tells kustomize the version of the cluster and what that serves
/// (argo-cd `util/kustomize/kustomize.go`, `--helm-kube-version` and `--helm-api-versions`).
fn by_argo(jobs: &[&Job], inputs: &Inputs<'_>) -> BTreeSet<usize> {
    let built = jobs.iter().filter(|job| is_by_argo(job, inputs.roots));
    built.flat_map(|job| inputs.inflating.kustomizations(job)).collect()
}

fn questions(printed: &Printed<'_>, inputs: &Inputs<'_>) -> Questions {
    let chart = &inputs.roots[printed.chart];
    let Ok(mut whole) = WholeChart::new(chart, inputs) else { return Questions::default() };
    whole.unpack(inputs);
    let texts = texts(&whole, &printed.sets, inputs);
    let templates: Vec<(&str, &str)> =
        texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let found = asks(&templates);
    let placed =
        |(file, place): &(usize, Range<usize>), what| (templates[*file].0.to_owned(), place.clone(), what);
    let mut open: Vec<_> =
        found.open.iter().map(|(file, place, what)| placed(&(*file, place.clone()), *what)).collect();
    if !printed.is_nobodys {
        open.retain(|(_, _, what)| *what != RELEASE_NAME);
    }
    let always = [PUT_TOGETHER, TIME_OR_CHANCE];
    if !printed.is_answered {
        open.retain(|(_, _, what)| always.contains(what));
        return Questions { open, ..Questions::default() };
    }
    if !printed.is_release {
        open.retain(|(_, _, what)| always.contains(what) || [API_VERSION, EXACT_VERSION].contains(what));
    }
    let capabilities = inputs.capabilities;
    let served = capabilities.others(&found.served.words);
    let mut versions = BTreeSet::new();
    if let Some(minor) = capabilities.assumed() {
        let of_kubernetes = found.served.words.iter().filter(|word| !served.contains(word));
        versions = capabilities.versions_of(of_kubernetes, OLDEST_ASKED);
        match others(&found.versions, minor) {
            Some(others) => versions.extend(others),
            None => open.push((chart.path.clone(), 0..0, "the version of Kubernetes")),
        }
    }
    let is_loose = |word: &String| is_of_kubernetes(word) && !capabilities.api.contains(word);
    if printed.is_installed
        && let Some(place) = found.served.indirect.first()
        && found.served.loose.iter().any(is_loose)
    {
        open.push(placed(place, TAKEN_FOR_SERVED));
    }
    let versions: Vec<String> = versions.into_iter().collect();
    let (answers, is_cut) = answers(&served, &found.served, &versions, found.upgrade);
    if let Some(place) = is_cut.then(|| found.served.mixed.values().next()).flatten() {
        open.push(placed(place, SOME_SERVED));
    }
    let of_kubernetes = found.served.handed.iter().filter(|word| is_of_kubernetes(word)).cloned().collect();
    let is_served_asked = !found.served.words.is_empty();
    Questions { answers, of_kubernetes, is_served_asked, open, failed: None }
}

/// Whether a word is the `group/version` of a group of Kubernetes itself, as Helm knows them.
fn is_of_kubernetes(word: &str) -> bool {
    let mut parts = word.split('/');
    let group = parts.next().unwrap_or_default();
    parts.count() == 1 && (!group.contains('.') || group.ends_with(".k8s.io"))
}

/// The answers other than the first one, and whether there are more. `served` are the words that may be served or not.
fn answers(served: &[String], found: &Served, versions: &[String], upgrade: bool) -> (Vec<Answer>, bool) {
    let versions: Vec<Option<&String>> = std::iter::once(None).chain(versions.iter().map(Some)).collect();
    let upgrades = if upgrade { &[false, true][..] } else { &[false] };
    let crossed = |sets: &[Vec<String>]| {
        let mut crossed = Vec::new();
        for version in &versions {
            for upgrade in upgrades {
                crossed.extend(sets.iter().map(|served| Answer {
                    version: version.cloned(),
                    served: served.clone(),
                    upgrade: *upgrade,
                }));
            }
        }
        crossed
    };
    let mut ends = vec![Vec::new()];
    ends.extend((!served.is_empty()).then(|| served.to_vec()));
    let mut all = crossed(&ends);
    let (some, mut is_cut) = some_served(served, found);
    let mut between = crossed(&some);
    if between.len() > MOST_CROSSED {
        is_cut |= between.len() > some.len();
        between = some.into_iter().map(|served| Answer { served, ..Answer::default() }).collect();
    }
    all.extend(between);
    all.retain(|answer| *answer != Answer::default());
    (all, is_cut)
}

/// The sets of words of which not all are served, as far as they may print what all and none do not, and whether there are
/// more. What is only ever printed where more is served is in each.
fn some_served(served: &[String], found: &Served) -> (Vec<Vec<String>>, bool) {
    let (mixed, plain): (Vec<&String>, Vec<&String>) =
        served.iter().partition(|word| found.mixed.contains_key(*word));
    if served.len() < 2 || mixed.is_empty() {
        return (Vec::new(), false);
    }
    let is_cut = mixed.len() > MOST_COMBINED;
    let chosen: Vec<Vec<&String>> = if is_cut {
        let alone = mixed.iter().take(MOST_ALONE).map(|word| vec![*word]);
        std::iter::once(Vec::new()).chain(alone).collect()
    } else {
        let mut chosen: Vec<Vec<&String>> = (0..1_usize << mixed.len())
            .map(|bits| {
                let words = mixed.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
                words.map(|(_, word)| *word).collect()
            })
            .collect();
        chosen.sort_by_key(Vec::len);
        chosen
    };
    let with_plain = chosen.into_iter().map(|words| plain.iter().copied().chain(words).cloned().collect());
    let is_between = |words: &Vec<String>| !words.is_empty() && words.len() < served.len();
    (with_plain.filter(is_between).collect(), is_cut)
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
        let who = if words == RELEASE_NAME { "whoever deploys it knows" } else { "a cluster answers" };
        let message = format!("what the chart prints by {words}{places}, which only {who}");
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
