//! Which charts the kustomizations of a run inflate, and for which namespace.
//!
//! A chart that names none is for the namespace of its kustomization, else for that of the nearest one that builds on it
//! (kustomize `api/internal/target/kusttarget.go`, `helmRootNamespace`).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::job::{Job, Task, can_render};
use super::replay::Inflations;
use super::roots::{How, Inflated, Kind, Root};
use crate::load::Assumed;
use crate::source::FileId;

/// How many kustomizations, each for every namespace, are looked at below one.
const MOST_LAYERS: usize = 20_000;

/// A chart of a kustomization: the position of the kustomization, which of its charts, the namespace.
pub(super) type ChartId = (usize, usize, Option<String>);

/// The files of what charts rendered for kustomizations.
pub(super) type InflatedFiles = HashMap<ChartId, FileId>;

/// The identity of a job that inflates a chart.
pub(super) fn id_of(job: &Job) -> Option<ChartId> {
    let (kustomization, number) = job.deployer.filter(|_| matches!(job.task, Task::Inflate(_)))?;
    Some((kustomization, number, job.namespace.clone()))
}

/// What is known of the charts that kustomizations inflate.
pub(super) struct Inflating<'r> {
    roots: &'r [Root],
    /// By root, whether it is a kustomization that names charts, or builds on one that does.
    leads_to_charts: Vec<bool>,
}

impl<'r> Inflating<'r> {
    pub(super) fn new(roots: &'r [Root]) -> Self {
        let mut leads_to_charts = vec![false; roots.len()];
        let mut open: Vec<usize> = (0..roots.len()).filter(|index| roots[*index].charts.is_some()).collect();
        while let Some(index) = open.pop() {
            if !std::mem::replace(&mut leads_to_charts[index], true) {
                let users = roots[index].users.iter().filter(|user| user.how == How::Builds);
                open.extend(users.map(|user| user.root));
            }
        }
        Self { roots, leads_to_charts }
    }

    /// The renderings of the charts that some jobs inflate, each once.
    pub(super) fn jobs(&self, jobs: &[Job]) -> Vec<Job> {
        let mut known = HashSet::new();
        let mut found = Vec::new();
        for job in jobs {
            for (layer, namespace) in self.layers(job).into_iter().flatten() {
                for (inflated, id) in self.charts_of(layer, namespace.as_deref()) {
                    if !can_render(&self.roots[inflated.chart]) || !known.insert(id.clone()) {
                        continue;
                    }
                    let mut set = inflated.set.clone();
                    // Where nobody names one, kustomize leaves it to Helm, which has this one.
                    let given = set.installation.namespace.take().or_else(|| id.2.clone());
                    set.installation.namespace = given.or_else(|| Some("default".to_owned()));
                    found.push(Job {
                        root: inflated.chart,
                        deployer: Some((layer, id.1)),
                        cluster: None,
                        namespace: id.2,
                        assumed: Assumed::default(),
                        set: None,
                        is_other_answer: false,
                        task: Task::Inflate(set),
                    });
                }
            }
        }
        found
    }

    /// The kustomizations of a job that lead to charts.
    pub(super) fn kustomizations(&self, job: &Job) -> BTreeSet<usize> {
        self.layers(job).into_iter().flatten().map(|(layer, _)| layer).collect()
    }

    /// What the charts of a job rendered, for each kustomization that names charts; nothing where there is none.
    ///
    /// # Errors
    ///
    /// Where one kustomization would have to be built in two ways at once.
    pub(super) fn of(&self, job: &Job, inflated: &InflatedFiles) -> Result<Inflations, String> {
        let mut files: BTreeMap<usize, Vec<FileId>> = BTreeMap::new();
        for (layer, namespace) in self.layers(job)? {
            let root = &self.roots[layer];
            let charts = self.charts_of(layer, namespace.as_deref());
            let new: Vec<FileId> = charts.filter_map(|(_, id)| inflated.get(&id).copied()).collect();
            if root.charts.is_some() && files.insert(layer, new.clone()).is_some_and(|before| before != new) {
                return Err(format!(
                    "the charts of {} are for several namespaces in one build",
                    root.shown()
                ));
            }
        }
        Ok(files.into_iter().map(|(layer, files)| (self.roots[layer].path.clone(), files)).collect())
    }

    /// The charts of one kustomization.
    fn charts_of(
        &self,
        layer: usize,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = (&'r Inflated, ChartId)> {
        let charts = self.roots[layer].charts.iter().flatten().enumerate();
        charts.map(move |(number, inflated)| {
            let namespace = namespace.filter(|_| inflated.takes_namespace).map(str::to_owned);
            (inflated, (layer, number, namespace))
        })
    }

    /// The kustomizations of a job that lead to charts, each with the namespace that its charts are for.
    fn layers(&self, job: &Job) -> Result<BTreeSet<(usize, Option<String>)>, String> {
        let Task::Kustomize(changes) = &job.task else { return Ok(BTreeSet::new()) };
        let changed = changes.list.iter().rev().find(|change| change.field == "namespace");
        let changed = changed.and_then(|change| change.value.as_str()).filter(|name| !name.is_empty());
        let namespace = |index: usize| self.roots[index].namespace.clone();
        let top = changed.map(str::to_owned).or_else(|| namespace(job.root));
        let added = changes.parts.iter();
        let added = added.map(|component| (*component, namespace(*component).or_else(|| top.clone())));
        let mut open: Vec<(usize, Option<String>)> = added.collect();
        open.push((job.root, top.clone()));
        let mut found = BTreeSet::new();
        while let Some((index, inherited)) = open.pop() {
            let leads = self.leads_to_charts[index] && self.roots[index].kind == Kind::Kustomize;
            if !leads || !found.insert((index, inherited.clone())) {
                continue;
            }
            if found.len() > MOST_LAYERS {
                return Err("it builds on more kustomizations than are followed to their charts".to_owned());
            }
            let below = self.roots[index].uses.iter().filter(|used| used.how == How::Builds);
            open.extend(below.map(|used| (used.root, namespace(used.root).or_else(|| inherited.clone()))));
        }
        Ok(found)
    }
}
