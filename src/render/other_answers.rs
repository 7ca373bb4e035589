//! The renderings of charts by other answers of a cluster than the first one.

use super::answers::{Answer, Asked, Questions, is_by_argo};
use super::capabilities::Capabilities;
use super::jobs::{DEFAULTS, Job, Task};
use super::roots::{Root, ValueSet};

/// What a kustomization with charts is built with where nobody asks a cluster.
const WITHOUT_CLUSTER: &str = "kustomize alone";

/// The renderings of a job by the other answers. The job is told apart from them.
pub(super) fn others_of(
    job: &mut Job,
    roots: &[Root],
    asked: &Asked,
    capabilities: &Capabilities,
) -> Vec<Job> {
    let (Task::Helm(set), Some(questions)) = (&job.task, asked.get(&job.root)) else { return Vec::new() };
    let is_by_argo = is_by_argo(job, roots);
    let installation = &set.installation;
    let may_be = |answer: &&Answer| {
        // Argo CD prints charts as if each time were the first (`reposerver/repository`).
        !(answer.upgrade && is_by_argo)
            && (answer.served.is_empty() || installation.api.is_empty())
            && (answer.version.is_none() || installation.kubernetes.is_none())
    };
    let not_served = |answer: &Answer| {
        let is_known = !is_by_argo && installation.api.is_empty();
        if is_known { not_served(questions, answer, capabilities) } else { Vec::new() }
    };
    let mut answers: Vec<Answer> = questions.answers.iter().filter(may_be).cloned().collect();
    // As a cluster answers where Helm alone thinks that more is served.
    answers.extend((!not_served(&Answer::default()).is_empty()).then(Answer::default));
    let values = job.set.as_deref().unwrap_or(DEFAULTS).to_owned();
    let chart = of_deployer(job, roots);
    let other = |answer: &Answer| {
        let mut set = set.clone();
        set.installation.upgrade = answer.upgrade;
        set.installation.not_served = not_served(answer);
        if let Some(version) = &answer.version {
            if set.installation.api.is_empty() {
                set.installation.api = capabilities.api_of(version);
            }
            set.installation.kubernetes = Some(version.clone());
        }
        set.installation.further_api.clone_from(&answer.served);
        let mut words = in_words(answer);
        if *answer == Answer::default() {
            words = format!(" where {} is not served", set.installation.not_served.join(", "));
        }
        told_apart(job, &chart, format!("{values}{words}"), Task::Helm(set))
    };
    let others: Vec<Job> = answers.iter().map(other).collect();
    if !others.is_empty() && job.assumed.choices.iter().all(|(known, _)| *known != chart) {
        job.assumed.choices.push((chart, values));
    }
    others
}

/// The builds of a kustomization with charts as Argo CD has it built, by each answer, with what its charts render then.
/// `charts` are their renderings without a cluster. The job is told apart from them.
pub(super) fn others_of_kustomization(
    job: &mut Job,
    charts: &[Job],
    roots: &[Root],
    asked: &Asked,
    capabilities: &Capabilities,
) -> Vec<(Job, Vec<Job>)> {
    let asking: Vec<&Questions> = charts.iter().filter_map(|chart| asked.get(&chart.root)).collect();
    let is_asked = |questions: &&&Questions| questions.is_served_asked || !questions.answers.is_empty();
    if !is_by_argo(job, roots) || !asking.iter().any(|questions| is_asked(&questions)) {
        return Vec::new();
    }
    let mut answers = vec![Answer::default()];
    let mut all = Answer::default();
    for answer in asking.iter().flat_map(|questions| &questions.answers).filter(|answer| !answer.upgrade) {
        all.served.extend(answer.served.iter().cloned());
        answers.push(answer.clone());
    }
    all.served.sort_unstable();
    all.served.dedup();
    answers.push(all);
    let chart = of_deployer(job, roots);
    let mut others: Vec<(Job, Vec<Job>)> = Vec::new();
    for (number, answer) in answers.iter().enumerate() {
        if answers[..number].contains(answer) {
            continue;
        }
        let inflated = charts.iter().filter_map(|chart| {
            let Task::Inflate(set) = &chart.task else { return None };
            let task = Task::Inflate(asked_by_argo(set, answer, capabilities));
            Some(Job { is_other_answer: true, task, ..chart.clone() })
        });
        let words = format!("what Argo CD tells of the cluster{}", in_words(answer));
        others.push((told_apart(job, &chart, words, job.task.clone()), inflated.collect()));
    }
    if job.assumed.choices.iter().all(|(known, _)| *known != chart) {
        job.assumed.choices.push((chart, WITHOUT_CLUSTER.to_owned()));
    }
    others
}

/// What Argo CD says of the cluster counts over what the kustomization says (kustomize `HelmChartInflationGenerator.go`).
fn asked_by_argo(set: &ValueSet, answer: &Answer, capabilities: &Capabilities) -> ValueSet {
    let mut set = set.clone();
    let version = answer.version.as_ref().unwrap_or(&capabilities.kubernetes);
    set.installation.kubernetes = Some(version.clone());
    set.installation.api = capabilities.api_of(version);
    set.installation.further_api.clone_from(&answer.served);
    set
}

/// The API versions that Helm takes for served, and a cluster does not.
fn not_served(questions: &Questions, answer: &Answer, capabilities: &Capabilities) -> Vec<String> {
    let of_version = answer.version.as_ref().map(|version| capabilities.api_of(version));
    let api = of_version.as_ref().unwrap_or(&capabilities.api);
    let is_known = |word: &&String| !api.contains(word) && !answer.served.contains(word);
    questions.of_kubernetes.iter().filter(is_known).cloned().collect()
}

/// The chart or kustomization of a job, for whom it is rendered.
fn of_deployer(job: &Job, roots: &[Root]) -> String {
    let path = &roots[job.root].path;
    let (Some(deployer), Some((_, number))) = (job.deployed_by(roots), job.deployer) else {
        return path.clone();
    };
    let name = deployer.name.as_deref().unwrap_or_default();
    format!("{path} as {} {name}, source {number}", deployer.kind)
}

fn in_words(answer: &Answer) -> String {
    let mut words = String::new();
    if let Some(version) = &answer.version {
        words = format!(" on Kubernetes {version}");
    }
    if !answer.served.is_empty() {
        words = format!("{words} where {} is served", answer.served.join(", "));
    }
    if answer.upgrade {
        words += " on upgrade";
    }
    words
}

/// The job by another answer.
fn told_apart(job: &Job, chart: &str, answer: String, task: Task) -> Job {
    let mut other = Job { is_other_answer: true, set: Some(answer.clone()), task, ..job.clone() };
    other.assumed.choices.retain(|(known, _)| *known != chart);
    other.assumed.choices.push((chart.to_owned(), answer));
    other
}
