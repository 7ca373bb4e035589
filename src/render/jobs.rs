//! What is rendered: each kustomization and chart once for everyone who deploys it, by itself where nobody does.

use std::collections::{BTreeSet, HashSet};

use crate::load::{Assumed, is_below};
use crate::render::cluster::{cluster_of_path, cluster_of_values};

use super::failed::Failed;
use super::inflations::Inflating;
pub use super::job::{Job, Task, can_render};
use super::roots::{Changes, Deployed, How, Kind, Root, ValueSet};

/// With how many sets of values that stand beside it a chart is rendered.
const MOST_SETS: usize = 16;

/// What people call the values of a chart that stand in its own file.
pub(super) const DEFAULTS: &str = "values.yaml";

/// Values that the user names: the folder of a chart and its value files.
pub type NamedValues = (String, Vec<String>);

/// The renderings of a run, by the order of the roots.
///
/// Folders that the arguments name are rendered by themselves also where others build on them.
/// `comes_from(deployer, target)` is true where the deployer was itself rendered from the target. Such a target is also
/// rendered by itself. What those that failed build on is rendered by itself as well.
#[must_use]
pub fn jobs(roots: &[Root], wanted: &Wanted<'_>, comes_from: &dyn Fn(usize, usize) -> bool) -> Vec<Job> {
    let (mut jobs, mut deployed) = of_deployers(roots, comes_from);
    add_alone(&mut jobs, &deployed, roots, Kind::Kustomize, wanted);
    // A chart that is inflated is deployed like that.
    let inflations = Inflating::new(roots).jobs(&jobs);
    for job in &inflations {
        deployed[job.root] |= job.deployer.is_none_or(|(builder, _)| !wanted.failed.is_of(builder));
    }
    jobs.extend(inflations);
    add_alone(&mut jobs, &deployed, roots, Kind::Helm, wanted);
    jobs.sort_by_key(|job| (job.root, job.deployer));
    jobs
}

/// What is to be rendered beside what deployers bring; see [`jobs`].
#[derive(Clone, Copy)]
pub struct Wanted<'w> {
    /// The values that the user names.
    pub named: &'w [NamedValues],
    /// The folders that the arguments name.
    pub asked: &'w [&'w str],
    /// Whether charts are rendered with each set of values beside them.
    pub with_sets: bool,
    /// What could not be rendered.
    pub failed: &'w Failed,
}

/// Adds the kustomizations or charts that nobody deploys, and the charts with values that the user names.
fn add_alone(jobs: &mut Vec<Job>, deployed: &[bool], roots: &[Root], kind: Kind, wanted: &Wanted<'_>) {
    let Wanted { named, asked, with_sets, failed } = *wanted;
    let beside = SetsBeside::new(roots, named);
    for (index, root) in roots.iter().enumerate() {
        if root.kind != kind || root.part.is_some() || !can_render(root) {
            continue;
        }
        let sets: Vec<&NamedValues> =
            named.iter().filter(|(chart, _)| *chart == root.path && root.kind == Kind::Helm).collect();
        for (_, files) in &sets {
            let set = ValueSet { files: files.clone(), ..ValueSet::default() };
            let cluster = files.iter().rev().find_map(|file| cluster_of_path(file));
            jobs.push(alone(roots, index, cluster, Task::Helm(set), None));
        }
        let is_part = root.users.iter().any(|user| {
            let builder = &roots[user.root];
            let builds = matches!(user.how, How::Builds | How::Packs);
            let builds = builds && builder.kind.is_folder() && can_render(builder);
            // An argument that holds both is no more than the place where everything stands.
            builds && (!asked.contains(&&*root.path) || is_below(&builder.path, &root.path))
        });
        // What cannot be rendered may leave in place what another that builds on the same takes away.
        let is_left = kind == Kind::Kustomize && failed.leaves(roots, index);
        if !is_left && (deployed[index] || is_part || !sets.is_empty()) {
            continue;
        }
        if root.kind == Kind::Kustomize {
            let task = Task::Kustomize(Changes::default());
            jobs.push(alone(roots, index, None, task, None));
        } else {
            jobs.extend(with_each_set(roots, index, &beside, with_sets));
        }
    }
}

/// What deployers bring, and which roots these are.
fn of_deployers(roots: &[Root], comes_from: &dyn Fn(usize, usize) -> bool) -> (Vec<Job>, Vec<bool>) {
    let mut jobs = Vec::new();
    let mut deployed = vec![false; roots.len()];
    for (index, root) in roots.iter().enumerate().filter(|(_, root)| can_render(root)) {
        for deploy in &root.deploys {
            let (target, task) = match &deploy.what {
                Deployed::Kustomization(other, changes) => (*other, Task::Kustomize(changes.clone())),
                Deployed::Chart(other, set) => (*other, Task::Helm(set.clone())),
                Deployed::Files(files) => (index, Task::Files(files.clone())),
            };
            if target != index && !can_render(&roots[target]) {
                continue;
            }
            deployed[target] |= !comes_from(index, target);
            if let Task::Kustomize(changes) = &task {
                changes.parts.iter().for_each(|part| deployed[*part] |= !comes_from(index, *part));
            }
            let job = Job {
                root: target,
                deployer: Some((index, deploy.number)),
                cluster: root.clusters.first().cloned(),
                namespace: root.namespace.clone(),
                assumed: root.assumed.clone(),
                set: None,
                is_other_answer: false,
                task,
            };
            jobs.push(job.with_word(roots));
        }
    }
    (jobs, deployed)
}

/// The value files that stand beside charts and that nobody deploys.
struct SetsBeside<'r> {
    /// Files that some deployer, or the user, gives to a chart of this tree.
    used: HashSet<&'r str>,
}

impl<'r> SetsBeside<'r> {
    fn new(roots: &'r [Root], named: &'r [NamedValues]) -> Self {
        let deployed = roots.iter().flat_map(|root| &root.deploys);
        let given = deployed.filter_map(|deploy| match &deploy.what {
            Deployed::Chart(_, set) => Some(&set.files),
            Deployed::Kustomization(..) | Deployed::Files(_) => None,
        });
        let files = given.chain(named.iter().map(|(_, files)| files)).flatten();
        Self { used: files.map(String::as_str).collect() }
    }

    /// Those of a chart: its own values first, then what names an environment.
    fn of(&self, chart: &'r Root) -> Vec<&'r ValueSet> {
        let sets = chart.values.iter().filter(|set| set.by.is_none());
        let mut sets: Vec<_> =
            sets.filter(|set| !set.files.iter().any(|file| self.used.contains(file.as_str()))).collect();
        sets.sort_by_key(|set| (!set.files.is_empty(), cluster_of_set(chart, set).is_none()));
        sets
    }
}

/// The file of a set that stands beside a chart, as seen from the chart.
fn file_of_set<'r>(chart: &Root, set: &'r ValueSet) -> Option<&'r str> {
    let file = set.files.last()?;
    Some(file.strip_prefix(&chart.path).map_or(file, |inside| inside.trim_start_matches('/')))
}

/// What people call a set that stands beside a chart, or that a helmfile gives it.
fn name_of_set(chart: &Root, set: &ValueSet) -> String {
    match &set.installation.release {
        Some(release) => format!("the values of the release `{release}`"),
        None => file_of_set(chart, set).unwrap_or(DEFAULTS).to_owned(),
    }
}

fn cluster_of_set(chart: &Root, set: &ValueSet) -> Option<String> {
    cluster_of_values(file_of_set(chart, set)?)
}

/// A chart that nobody deploys, with each set of values that stands beside it; with its own alone before all deployers
/// are known.
fn with_each_set(roots: &[Root], index: usize, beside: &SetsBeside<'_>, with_sets: bool) -> Vec<Job> {
    let chart = &roots[index];
    let most = if with_sets { 1 + MOST_SETS } else { 1 };
    let sets: Vec<&ValueSet> = beside.of(chart).into_iter().take(most).collect();
    let is_one_of = sets.len() > 1;
    let job = |set: &&ValueSet| {
        let task = Task::Helm((*set).clone());
        alone(roots, index, cluster_of_set(chart, set), task, is_one_of.then(|| name_of_set(chart, set)))
    };
    sets.iter().map(job).collect()
}

/// The charts of which some sets of values are too many to be rendered, and how many these are.
pub(super) fn left_out(roots: &[Root], named: &[NamedValues], jobs: &[&Job]) -> Vec<(usize, usize)> {
    let beside = SetsBeside::new(roots, named);
    let charts: BTreeSet<usize> = jobs.iter().filter(|job| job.set.is_some()).map(|job| job.root).collect();
    let more = |chart| (chart, beside.of(&roots[chart]).len().saturating_sub(1 + MOST_SETS));
    charts.into_iter().map(more).filter(|(_, more)| *more > 0).collect()
}

fn alone(roots: &[Root], index: usize, cluster: Option<String>, task: Task, set: Option<String>) -> Job {
    let cluster = cluster.or_else(|| match &roots[index].clusters[..] {
        [one] => Some(one.clone()),
        _ => None,
    });
    let choices = set.iter().map(|set| (roots[index].path.clone(), set.clone())).collect();
    let own_values = matches!(&task, Task::Helm(set) if set.files.is_empty() && set.inline.is_empty());
    let assumed = Assumed { namespaces: Vec::new(), choices, own_values };
    let job = Job {
        root: index,
        deployer: None,
        cluster,
        namespace: None,
        assumed,
        set,
        is_other_answer: false,
        task,
    };
    job.with_word(roots)
}
