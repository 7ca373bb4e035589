//! What is rendered: each kustomization and chart once for everyone who deploys it, by itself where nobody does.

use std::collections::BTreeSet;

use crate::load::is_below;
use crate::render::cluster::cluster_of_path;
use crate::source::FileId;

use super::roots::{Changes, Deployed, How, Kind, Reason, Root, ValueSet};

/// One rendering, or files that are deployed as they stand.
#[derive(Clone, Debug)]
pub struct Job {
    /// Position of the kustomization or chart; of the deployer for [`Task::Files`].
    pub root: usize,
    /// Position of the Application or the object of Flux that brings it, and which of its sources this is, from 1.
    pub deployer: Option<(usize, usize)>,
    /// The cluster that it is known to be for.
    pub cluster: Option<String>,
    /// The namespace of what names none.
    pub namespace: Option<String>,
    /// What is done.
    pub task: Task,
}

impl Job {
    /// The deployer.
    pub(super) fn deployed_by<'r>(&self, roots: &'r [Root]) -> Option<&'r Root> {
        self.deployer.map(|(deployer, _)| &roots[deployer])
    }

    /// The roots that it is rendered from, sorted.
    pub(super) fn parts(&self, roots: &[Root]) -> BTreeSet<usize> {
        let added = match &self.task {
            Task::Kustomize(changes) => &changes.components[..],
            Task::Helm(_) | Task::Files(_) => &[],
        };
        added.iter().chain([&self.root]).flat_map(|root| closure(roots, *root)).collect()
    }
}

/// A root and everything that it builds on, sorted.
fn closure(roots: &[Root], root: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([root]);
    let mut open = vec![root];
    while let Some(index) = open.pop() {
        let kind = roots[index].kind;
        let uses = roots[index].uses.iter().filter(|used| used.how != How::Holds);
        let of_kind = uses.map(|used| used.root).filter(|other| roots[*other].kind == kind);
        open.extend(of_kind.filter(|other| found.insert(*other)));
    }
    found
}

/// What a [`Job`] does.
#[derive(Clone, Debug)]
pub enum Task {
    /// Builds the kustomization, changed like this.
    Kustomize(Changes),
    /// Renders the chart with these values.
    Helm(ValueSet),
    /// Takes these files.
    Files(Vec<FileId>),
}

/// Values that the user names: the folder of a chart and its value files.
pub type NamedValues = (String, Vec<String>);

/// Whether a root can be rendered. A missing dependency is no obstacle: the chart is rendered without it.
#[must_use]
pub fn can_render(root: &Root) -> bool {
    root.refusal.as_ref().is_none_or(|refusal| refusal.reason == Reason::MissingDependency)
}

/// The renderings of a run, by the order of the roots.
///
/// `asked` are the folders that the arguments name, which are rendered by themselves also where others build on them.
/// `comes_from(deployer, target)` is true where the deployer was itself rendered from the target. Such a target is also
/// rendered by itself.
#[must_use]
pub fn jobs(
    roots: &[Root],
    named: &[NamedValues],
    asked: &[&str],
    comes_from: &dyn Fn(usize, usize) -> bool,
) -> Vec<Job> {
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
            jobs.push(Job {
                root: target,
                deployer: Some((index, deploy.number)),
                cluster: root.clusters.first().cloned(),
                namespace: root.namespace.clone(),
                task,
            });
        }
    }
    for (index, root) in roots.iter().enumerate() {
        if !root.kind.is_folder() || root.part.is_some() || !can_render(root) {
            continue;
        }
        let sets: Vec<&NamedValues> =
            named.iter().filter(|(chart, _)| *chart == root.path && root.kind == Kind::Helm).collect();
        for (_, files) in &sets {
            let set = ValueSet { files: files.clone(), ..ValueSet::default() };
            let cluster = files.iter().rev().find_map(|file| cluster_of_path(file));
            jobs.push(alone(index, root, cluster, Task::Helm(set)));
        }
        let is_part = root.users.iter().any(|user| {
            let builder = &roots[user.root];
            let builds = builder.kind.is_folder() && user.how != How::Holds && can_render(builder);
            // An argument that holds both is no more than the place where everything stands.
            builds && (!asked.contains(&&*root.path) || is_below(&builder.path, &root.path))
        });
        if deployed[index] || is_part || !sets.is_empty() {
            continue;
        }
        let task = match root.kind {
            Kind::Kustomize => Task::Kustomize(Changes::default()),
            _ => Task::Helm(ValueSet::default()),
        };
        jobs.push(alone(index, root, None, task));
    }
    jobs.sort_by_key(|job| (job.root, job.deployer));
    jobs
}

fn alone(index: usize, root: &Root, cluster: Option<String>, task: Task) -> Job {
    let cluster = cluster.or_else(|| match &root.clusters[..] {
        [one] => Some(one.clone()),
        _ => None,
    });
    Job { root: index, deployer: None, cluster, namespace: None, task }
}
