//! Patches of workloads that no kustomization lists: they are no workloads.

use std::collections::HashSet;

use super::{ObjectId, Placed, Runner, Sources};
use crate::k8s::Object;

/// Whether a workload lacks what the API server demands of its kind (kubernetes `pkg/apis/apps/validation`,
/// `pkg/apis/batch/validation`).
fn lacks_what_is_required(object: &Object<'_>) -> bool {
    let required: &[&str] = match (object.group.as_str(), &*object.kind) {
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => &["spec", "selector"],
        ("batch", "CronJob") => &["spec", "schedule"],
        _ => return false,
    };
    object.node.at(required).is_none()
}

/// What is left of a name without what stands before or behind one of its dashes.
fn parts_of_name(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('-').flat_map(|(at, _)| [&name[..at], &name[at + 1..]])
}

/// A workload without images, or without what its kind requires, beside one of the same kind and name that has it is a
/// patch of it: the API server would refuse it. A kustomization may have given the other one more of a name.
pub(super) fn mark_partial_workloads(objects: &mut [Placed<'_>], runners: &[Runner<'_>], sources: &Sources) {
    let with_image: HashSet<ObjectId> =
        runners.iter().filter(|runner| runner.workload.has_image()).map(|runner| runner.object).collect();
    let lacks = |object: &ObjectId| lacks_what_is_required(&objects[object.position()].object);
    let key = |object: &ObjectId| {
        let object = &objects[object.position()].object;
        (&*object.kind, &*object.name)
    };
    let running: HashSet<(&str, &str)> = with_image.iter().map(key).collect();
    let mut whole: HashSet<(&str, &str)> = HashSet::new();
    for object in with_image.iter().filter(|object| !lacks(object)) {
        let (kind, name) = key(object);
        whole.insert((kind, name));
        if sources.is_render(objects[object.position()].source) {
            whole.extend(parts_of_name(name).map(|part| (kind, part)));
        }
    }
    // An object may hold several templates, of which some need no image.
    let is_patch = |object: &ObjectId| {
        !with_image.contains(object) && running.contains(&key(object))
            || lacks(object) && whole.contains(&key(object))
    };
    let patches: Vec<ObjectId> = runners.iter().map(|runner| runner.object).filter(is_patch).collect();
    for object in patches {
        objects[object.position()].partial = true;
    }
}
