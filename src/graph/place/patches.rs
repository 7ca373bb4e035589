//! Patches of workloads that no kustomization lists: they are no workloads.

use std::collections::HashSet;

use super::{ObjectId, Placed, Runner, Sources};
use crate::k8s::Object;
use crate::k8s::workload::{Shape, Workload};
use crate::yaml::Node;

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

/// Where a run or a task of Tekton names what it runs (tektoncd/pipeline v1 types).
const REFERENCES: [&str; 3] = ["pipelineRef", "taskRef", "ref"];

/// What a run or a task of Tekton is made of.
const TEKTON_PARTS: [&str; 5] = ["pipelineSpec", "tasks", "finally", "taskSpec", "steps"];

/// Whether a run, or a part of it, runs what stands elsewhere.
fn runs_another(part: Node<'_>) -> bool {
    let below = || TEKTON_PARTS.iter().filter_map(|key| part.get(key));
    REFERENCES.iter().any(|key| part.get(key).is_some())
        || below().any(|part| runs_another(part) || part.items().any(runs_another))
}

/// Whether a kind needs no image where the object is written as it is: another object has it, or an operator fills it in.
fn needs_no_image(object: &Object<'_>, workload: &Workload<'_>) -> bool {
    let spec = workload.spec.value;
    match workload.shape {
        Shape::Workflow => {
            let has_templates = spec.get("templates").is_some_and(|list| list.items().next().is_some());
            spec.get("workflowTemplateRef").is_some() || has_templates && workload.containers.is_empty()
        }
        Shape::Tekton => runs_another(spec),
        Shape::Other => true,
        // A Rollout runs the template of another object. A trigger fills in the images of a DeploymentConfig (openshift/api
        // apps/v1 `DeploymentTriggerImageChangeParams`).
        Shape::PodSpec => {
            let triggers = object.node.all_at(&["spec", "triggers", "*", "imageChangeParams"]);
            object.node.at(&["spec", "workloadRef"]).is_some() || !triggers.is_empty()
        }
    }
}

/// What is left of a name without what stands before or behind one of its dashes.
fn parts_of_name(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('-').flat_map(|(at, _)| [&name[..at], &name[at + 1..]])
}

/// A workload without images, or without what its kind requires, beside one of the same kind and name that has it is a
/// patch of it: the API server would refuse it. A kustomization may have given the other one more of a name. What has only
/// the start of a name (`generateName`) is another object each time.
pub(super) fn mark_partial_workloads(objects: &mut [Placed<'_>], runners: &[Runner<'_>], sources: &Sources) {
    let object_of = |runner: &Runner<'_>| &objects[runner.object.position()].object;
    let named = || runners.iter().filter(|runner| !object_of(runner).name.ends_with('*'));
    let with_image: HashSet<ObjectId> =
        named().filter(|runner| runner.workload.has_image()).map(|runner| runner.object).collect();
    let complete: HashSet<ObjectId> = named()
        .filter(|runner| needs_no_image(object_of(runner), &runner.workload))
        .map(|runner| runner.object)
        .collect();
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
        !with_image.contains(object) && !complete.contains(object) && running.contains(&key(object))
            || lacks(object) && whole.contains(&key(object))
    };
    let patches: Vec<ObjectId> = named().map(|runner| runner.object).filter(is_patch).collect();
    for object in patches {
        objects[object.position()].partial = true;
    }
}
