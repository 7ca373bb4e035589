//! What charts print by other answers of a cluster, where that differs.

use std::collections::HashMap;

use super::answers::{self, Asked};
use super::inflations::{InflatedFiles, Inflating};
use super::jobs::{Job, Task};
use super::other_answers::{others_of, others_of_kustomization};
use super::render_loop::{RenderLoop, Rendering, key, text_of};
use super::roots::Root;

/// What was rendered, by the keys of the jobs.
type Done = HashMap<String, Rendering>;

/// Jobs and their keys.
type Jobs = Vec<(Job, String)>;

impl RenderLoop<'_> {
    /// Renders what charts print by other answers of a cluster, where that differs.
    pub(super) fn ask(&mut self, roots: &[Root], todo: &mut Jobs, done: &mut Done) -> Asked {
        let charts: Vec<&Job> =
            todo.iter().filter(|(_, key)| text_of(done, key).is_some()).map(|(job, _)| job).collect();
        let none = InflatedFiles::new();
        let mut asked = answers::asked(&charts, &self.inputs(roots, &none));
        let mut further = Vec::new();
        for (position, (job, base)) in todo.iter_mut().enumerate() {
            if text_of(done, base).is_some() {
                let others = others_of(job, roots, &asked, self.capabilities);
                further.extend(others.into_iter().map(|other| (position, key(&other, roots), other)));
            }
        }
        let jobs: Jobs = further.iter().map(|(_, key, job)| (job.clone(), key.clone())).collect();
        self.render(roots, &jobs, done);
        for (position, key, job) in further {
            match self.shown(done, &key) {
                Some(text) if Some(text) != self.shown(done, &todo[position].1) => todo.push((job, key)),
                Some(_) => {}
                None => answers::note_failure(&mut asked, &job),
            }
        }
        if roots.iter().any(|root| root.charts.is_some()) {
            self.ask_of_kustomizations(roots, todo, done, &mut asked);
        }
        todo.sort_by_key(|(job, _)| (job.root, job.deployer));
        asked
    }

    /// Builds kustomizations with charts as Argo CD has them built.
    fn ask_of_kustomizations(&mut self, roots: &[Root], todo: &mut Jobs, done: &mut Done, asked: &mut Asked) {
        let inflating = Inflating::new(roots);
        let mut further = Vec::new();
        for (job, base) in todo.iter_mut() {
            if !matches!(job.task, Task::Kustomize(_)) || text_of(done, base).is_none() {
                continue;
            }
            let charts = inflating.jobs(std::slice::from_ref(job));
            let others = others_of_kustomization(job, &charts, roots, asked, self.capabilities);
            further.extend(others.into_iter().map(|other| (base.clone(), charts.clone(), other)));
        }
        let with_key = |job: Job| (key(&job, roots), job);
        for (base, charts, (job, inflated)) in further {
            let inflated: Jobs = inflated.into_iter().map(with_key).map(|(key, job)| (job, key)).collect();
            self.render(roots, &inflated, done);
            if let Some((broken, _)) = inflated.iter().find(|(_, key)| text_of(done, key).is_none()) {
                let broken = Job { set: job.set.clone(), ..broken.clone() };
                answers::note_failure(asked, &broken);
                continue;
            }
            let is_same = |(chart, (_, other)): (&Job, &(Job, String))| {
                self.shown(done, &key(chart, roots)) == self.shown(done, other)
            };
            if charts.iter().zip(&inflated).all(is_same) {
                continue;
            }
            let new = key(&job, roots);
            // The charts are rendered: the kustomization takes these.
            let mut jobs = inflated;
            jobs.push((job.clone(), new.clone()));
            self.render(roots, &jobs, done);
            match self.shown(done, &new) {
                Some(text) if Some(text) != self.shown(done, &base) => todo.push((job, new)),
                Some(_) => {}
                None => jobs.iter().for_each(|(chart, _)| {
                    answers::note_failure(asked, &Job { set: job.set.clone(), ..chart.clone() });
                }),
            }
        }
    }

    /// The text of a rendering.
    fn shown(&self, done: &Done, key: &str) -> Option<&str> {
        Some(self.named.texts.sources().file(text_of(done, key)?.file).text())
    }
}
