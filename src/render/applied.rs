//! Which written files are applied, and how certain that is: a deployer names them, a kustomization builds on them, or
//! nobody does.

use std::collections::{BTreeMap, BTreeSet};

use super::Rendered;
use super::job::{Job, Task};
use super::roots::{Given, Kind};

/// How a file comes to a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applied {
    /// Nobody names it.
    #[default]
    ByNobody,
    /// It is part of a chart that nobody deploys.
    InChart,
    /// It is part of a kustomization that nobody deploys.
    Built,
    /// An Application or an object of Flux deploys it.
    Deployed,
}

/// How a file comes to clusters, and to which, as far as deployers name them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destinations {
    /// The most certain way.
    pub how: Applied,
    /// The clusters that deployers name.
    pub clusters: BTreeSet<String>,
}

/// Deployers that are deployed themselves are followed this deep.
const MOST_ROUNDS: usize = 8;

impl Rendered {
    /// How the written files are applied, by path; of what stands nowhere nothing is said. `counts`: whether a deployer at
    /// a path counts of itself; else it does where it is applied.
    #[must_use]
    pub fn applied(&self, counts: impl Fn(&str) -> bool) -> BTreeMap<String, Destinations> {
        let mut all: BTreeMap<String, Destinations> = BTreeMap::new();
        let mut left: Vec<&Job> = self.outputs.iter().map(|output| &output.job).collect();
        for _ in 0..MOST_ROUNDS {
            let names = |job: &&Job| {
                let (path, is_rendered) = self.named_by(job);
                is_rendered || counts(&path) || all.contains_key(&path)
            };
            let (named, others): (Vec<&Job>, Vec<&Job>) = left.into_iter().partition(names);
            left = others;
            if named.is_empty() {
                break;
            }
            for job in named {
                let how = self.how(job);
                let named = job.cluster.iter().filter(|_| self.names_cluster(job));
                for path in self.files_of(job) {
                    let known = all.entry(path).or_default();
                    known.how = how.max(known.how);
                    known.clusters.extend(named.clone().cloned());
                }
            }
        }
        all
    }

    /// What names a job: its deployer, or its own folder; and whether that was rendered.
    fn named_by(&self, job: &Job) -> (String, bool) {
        let Some((deployer, _)) = job.deployer else {
            return (format!("{}/", self.roots[job.root].path), false);
        };
        let deployer = &self.roots[deployer];
        let path =
            if deployer.kind.is_folder() { format!("{}/", deployer.path) } else { deployer.path.clone() };
        let sources = self.texts.sources();
        (path, deployer.at.is_some_and(|at| sources.file(at.file).is_rendered()))
    }

    fn how(&self, job: &Job) -> Applied {
        match job.deployer {
            Some((deployer, _)) if !self.roots[deployer].kind.is_folder() => Applied::Deployed,
            None if self.roots[job.root].kind == Kind::Helm => Applied::InChart,
            _ => Applied::Built,
        }
    }

    /// Whether the deployer of a job names a cluster: elsewhere it is only known by where it stands.
    fn names_cluster(&self, job: &Job) -> bool {
        job.deployer.is_some_and(|(deployer, _)| {
            let deployer = &self.roots[deployer];
            !deployer.kind.is_folder() && !deployer.local
        })
    }

    /// The written files of a job.
    fn files_of(&self, job: &Job) -> Vec<String> {
        let sources = self.texts.sources();
        let mut paths: Vec<String> = Vec::new();
        let shown = |id| sources.file(id).path().to_owned();
        for part in job.parts(&self.roots) {
            let root = &self.roots[part];
            if !root.kind.is_folder() {
                continue;
            }
            paths.extend(root.reads.iter().map(|id| shown(*id)));
            paths.extend(root.further.iter().cloned());
            let charts = root.uses.iter().map(|used| used.root).chain([part]);
            let charts = charts.map(|chart| &self.roots[chart]).filter(|chart| chart.kind == Kind::Helm);
            for chart in charts {
                paths.extend(self.charts.files_of(&chart.path).into_iter().map(|(_, path)| path));
            }
        }
        match &job.task {
            Task::Files(files) => paths.extend(files.iter().map(|id| shown(*id))),
            Task::Kustomize(changes) => paths.extend(changes.files.iter().cloned()),
            Task::Helm(_) | Task::Inflate(_) | Task::PostRender(..) => {}
        }
        if let Some(set) = job.task.values() {
            paths.extend(set.files.iter().cloned());
            paths.extend(set.inline.iter().filter_map(|inline| match &inline.given {
                Given::Values(path) | Given::File(_, path) => Some(path.clone()),
                Given::Text(_) | Given::Option(..) => None,
            }));
        }
        if let Some((deployer, _)) =
            job.deployer.filter(|(deployer, _)| !self.roots[*deployer].kind.is_folder())
        {
            paths.push(self.roots[deployer].path.clone());
        }
        // Links lead to the files that people wrote.
        let targets: Vec<String> =
            paths.iter().filter_map(|path| Some(self.texts.target(path)?.to_owned())).collect();
        paths.extend(targets);
        paths
    }
}
