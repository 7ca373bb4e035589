//! What runs as an identity.

use super::record::{Container, Workload};
use super::{Inventory, Subject};
use crate::catalog::Class;
use crate::graph::exposure::plane::Plane;
use crate::graph::record::{Recorder, WorkloadRecord};
use crate::graph::{Placed, Runner};
use crate::k8s::Image;
use crate::yaml::Node;

impl<'a> Inventory<'_, 'a> {
    pub(super) fn workloads(&self, subject: &Subject<'_, 'a>, recorder: Recorder<'_, 'a>) -> Vec<Workload> {
        let mut all: Vec<Workload> =
            subject.runners.iter().map(|runner| self.workload(runner, recorder)).collect();
        all.sort_by(|a, b| key(&a.at).cmp(&key(&b.at)));
        all
    }

    fn workload(&self, runner: &Runner<'a>, recorder: Recorder<'_, 'a>) -> Workload {
        let exposure = &self.graph.exposure;
        let plane = exposure.plane_of(runner).map(|plane| match plane {
            Plane::Build => "build",
            Plane::Deploy => "deploy",
            Plane::Runtime => "runtime",
        });
        let ways = exposure.ways_into(runner).into_iter().filter(|way| !way.internal);
        let at = self.graph.places.object_of(runner);
        let schedule = at.object.node.at(&["spec", "schedule"]).filter(|_| &*at.object.kind == "CronJob");
        Workload {
            at: recorder.workload(runner.id),
            class: if runner.workload.run.class() == Class::Job { "job" } else { "service" },
            plane,
            schedule: schedule.and_then(Node::text).map(std::borrow::Cow::into_owned),
            exposed_by: ways.map(|way| way.by).collect(),
            containers: runner.workload.containers.iter().map(|one| container(*one)).collect(),
        }
    }
}

fn key(workload: &WorkloadRecord) -> (&str, &str, &str, u32) {
    (&workload.kind, &workload.name, &workload.location.file, workload.location.line)
}

fn container(container: crate::k8s::container::Container<'_>) -> Container {
    let image = container.image();
    let pinned = !Image::parse(&image).digest.is_empty();
    Container { name: container.name().into_owned(), image: image.into_owned(), pinned }
}

/// `CronJob/export`.
pub(super) fn short(at: &Placed<'_>) -> String {
    format!("{}/{}", at.object.kind, at.object.name)
}
