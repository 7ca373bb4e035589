//! Argo workflows and Tekton runs: many containers under one account, with exceptions.

use std::sync::Arc;

use super::container::{Container, Role};
use super::kinds::Run;
use super::workload::{Account, Shape, Workload, account, list, shared_volumes};
use crate::yaml::{Doc, Entry, Node};

/// One account for all templates, unless a template has its own (argo-workflows v1alpha1 types).
pub(super) fn argo(spec: Entry<'_>) -> Vec<Workload<'_>> {
    let volumes = shared_volumes(spec.value);
    let make = |account, containers| Workload {
        shared_volumes: Some(Arc::clone(&volumes)),
        ..Workload::plain(spec, account, containers, Run::Job, Shape::Workflow)
    };
    let reference = spec.value.get("workflowTemplateRef").and_then(|reference| {
        let name = reference.get("name")?.as_str()?;
        let cluster_scope = reference.get("clusterScope").and_then(Node::as_bool).unwrap_or(false);
        Some(Account::Template { name, cluster_scope })
    });
    let (of_all, deprecated) = account(spec.value, reference.unwrap_or(Account::Unset));
    let patch = patched(spec.value);
    let (mut shared, mut own, mut has_shared) = (Vec::new(), Vec::new(), false);
    for template in list(spec.value, "templates") {
        let containers = argo_containers(template);
        // Patches are applied last, the template's own after that of the workflow.
        let written = || match patch {
            Some(_) => Account::Unset,
            None => account(template, Account::Unset).0,
        };
        match patched(template).unwrap_or_else(written) {
            Account::Unset => {
                has_shared |= !containers.is_empty() || runs_without_container(template);
                shared.extend(containers);
            }
            apart => own.push(make(apart, containers)),
        }
    }
    let of_all = patch.unwrap_or(of_all);
    if has_shared || matches!(of_all, Account::Template { .. }) || own.is_empty() {
        let template = spec.value.get("podMetadata").map(|_| spec.value);
        own.insert(0, Workload { template, deprecated, ..make(of_all, shared) });
    }
    own
}

/// Templates whose pod is the executor's alone.
fn runs_without_container(template: Node<'_>) -> bool {
    let kinds = ["resource", "data", "http", "plugin"];
    kinds.iter().any(|kind| template.get(kind).is_some())
}

/// The account that a `podSpecPatch`, a pod spec in a string, sets.
fn patched(holder: Node<'_>) -> Option<Account<'_>> {
    let entry = holder.entry("podSpecPatch")?;
    entry.value.as_str().filter(|text| text.contains("serviceAccount"))?;
    let patch = entry.value.embedded();
    let Some(root) = patch.first().filter(|patch| !patch.broken).and_then(Doc::root) else {
        return Some(Account::Unknown);
    };
    let keys = ["serviceAccountName", "serviceAccount"];
    let name = keys.iter().find_map(|key| root.get(key)?.text().filter(|name| !name.is_empty()))?;
    if name.contains("{{") {
        return Some(Account::Unknown);
    }
    let name = name.into_owned().into();
    Some(Account::Named { name, entry })
}

fn argo_containers(template: Node<'_>) -> Vec<Container<'_>> {
    let main = ["container", "script"].into_iter().filter_map(|key| template.get(key));
    let set = template.get("containerSet").into_iter().flat_map(|set| list(set, "containers"));
    let init = list(template, "initContainers").map(|node| (node, Role::Init));
    let sidecars = list(template, "sidecars").map(|node| (node, Role::Sidecar));
    let all = init.chain(main.chain(set).map(|node| (node, Role::Main))).chain(sidecars);
    all.filter(|(node, _)| node.is_map()).map(|(node, role)| Container { node, role }).collect()
}

/// Runs have an account, tasks and pipelines take their run's (tektoncd/pipeline v1 and v1beta1 types).
pub(super) fn tekton<'a>(kind: &str, spec: Entry<'a>) -> Vec<Workload<'a>> {
    let volumes = shared_volumes(spec.value);
    let make = |account, containers| Workload {
        shared_volumes: Some(Arc::clone(&volumes)),
        ..Workload::plain(spec, account, containers, Run::Build, Shape::Tekton)
    };
    match kind {
        "TaskRun" => {
            let (account, deprecated) = account(spec.value, Account::Unset);
            let containers = spec.value.get("taskSpec").map(tekton_steps).unwrap_or_default();
            vec![Workload { deprecated, ..make(account, containers) }]
        }
        "PipelineRun" => {
            let of_all = spec.value.get("taskRunTemplate").unwrap_or(spec.value);
            let (of_all, deprecated) = account(of_all, Account::Unset);
            let containers = spec.value.get("pipelineSpec").map(pipeline_steps).unwrap_or_default();
            let overrides = list(spec.value, "taskRunSpecs").map(|task| account(task, Account::Unknown).0);
            let overrides = overrides.filter(|account| matches!(account, Account::Named { .. }));
            let of_all = Workload { deprecated, ..make(of_all, containers) };
            std::iter::once(of_all).chain(overrides.map(|account| make(account, Vec::new()))).collect()
        }
        "Task" | "ClusterTask" | "StepAction" => vec![make(Account::Unknown, tekton_steps(spec.value))],
        "Pipeline" => vec![make(Account::Unknown, pipeline_steps(spec.value))],
        _ => Vec::new(),
    }
}

fn tekton_steps(spec: Node<'_>) -> Vec<Container<'_>> {
    let template = spec.get("stepTemplate").filter(|node| node.is_map());
    let steps = list(spec, "steps").chain(template).map(|node| Container { node, role: Role::Main });
    steps.chain(list(spec, "sidecars").map(|node| Container { node, role: Role::Sidecar })).collect()
}

fn pipeline_steps(spec: Node<'_>) -> Vec<Container<'_>> {
    let tasks = list(spec, "tasks").chain(list(spec, "finally"));
    tasks.filter_map(|task| task.get("taskSpec")).flat_map(tekton_steps).collect()
}
