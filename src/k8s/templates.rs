//! What runs: every pod template of an object, by its kind.

use super::Object;
use super::container::{Container, Role};
use super::kinds::{Run, pod_kind_of};
use super::pipelines::{argo, tekton};
use super::unknown_pods::{Unknown, may_hold_pods};
use super::workload::{Account, Shape, Workload, account, pod_containers};
use crate::config::CustomWorkload;
use crate::yaml::{Entry, Node};

/// The pod templates of an object; empty for kinds that run nothing.
#[must_use]
pub fn workloads<'a>(object: &Object<'a>) -> Vec<Workload<'a>> {
    let mut found = match (object.group.as_str(), &*object.kind) {
        ("argoproj.io", "Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate") => {
            object.node.entry("spec").map(argo).unwrap_or_default()
        }
        ("argoproj.io", "CronWorkflow") => {
            object.node.get("spec").and_then(|spec| spec.entry("workflowSpec")).map(argo).unwrap_or_default()
        }
        ("tekton.dev", _) => {
            object.node.entry("spec").map(|spec| tekton(&object.kind, spec)).unwrap_or_default()
        }
        ("monitoring.coreos.com", "Prometheus" | "PrometheusAgent" | "Alertmanager" | "ThanosRuler")
        | ("triggers.tekton.dev", "EventListener") => {
            object.node.entry("spec").map(operated).into_iter().collect()
        }
        ("sparkoperator.k8s.io", "SparkApplication") => ["driver", "executor"]
            .iter()
            .filter_map(|part| object.node.get("spec")?.entry(part))
            .map(spark)
            .collect(),
        (group, kind) => match pod_kind_of(group, kind) {
            Some((run, paths)) => {
                let templates = paths.iter().flat_map(|path| resolve(object.node, path));
                templates.filter_map(|template| pod_template(template, run)).collect()
            }
            None => Vec::new(),
        },
    };
    if may_hold_pods(object) {
        let is_known = !found.is_empty() || pod_kind_of(&object.group, &object.kind).is_some();
        found.extend(Unknown::of(object, &found, !is_known));
    }
    if object.is_hook() {
        for workload in &mut found {
            workload.run = Run::Job;
        }
    }
    found
}

/// The pod templates of an object, custom resources of the settings included.
#[must_use]
pub fn all_workloads<'a>(object: &Object<'a>, custom: &[CustomWorkload]) -> Vec<Workload<'a>> {
    let of_settings = custom.iter().find(|known| known.kind == *object.kind && known.group == object.group);
    let Some(known) = of_settings else { return workloads(object) };
    let run = match known.runs.as_str() {
        "job" => Run::Job,
        "build" => Run::Build,
        "node" => Run::Node,
        _ => Run::Service,
    };
    let templates = known.templates.iter().flat_map(|path| resolve(object.node, path));
    let found: Vec<Workload<'a>> = templates.filter_map(|template| pod_template(template, run)).collect();
    // What the settings do not find there may stand elsewhere.
    if found.is_empty() { workloads(object) } else { found }
}

/// Mappings at a path such as `spec.tasks.*.template`, with the entry of each one's parent.
fn resolve<'a>(root: Node<'a>, path: &str) -> Vec<(Node<'a>, Option<Entry<'a>>)> {
    // A mapping, the entry that it is the value of, and the entry of its parent.
    let mut at = vec![(root, None, None)];
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let mut next = Vec::new();
        for (node, own, _) in at {
            if step == "*" {
                next.extend(node.items().map(|item| (item, None, own)));
                next.extend(node.entries().map(|entry| (entry.value, Some(entry), own)));
            } else if let Some(entry) = node.entry(step) {
                next.push((entry.value, Some(entry), own));
            }
        }
        at = next;
    }
    at.into_iter().map(|(node, _, parent)| (node, parent)).collect()
}

fn pod_template<'a>((template, parent): (Node<'a>, Option<Entry<'a>>), run: Run) -> Option<Workload<'a>> {
    let spec = template.entry("spec").filter(|entry| entry.value.is_map())?;
    let (account, deprecated) = account(spec.value, Account::Unset);
    let workload = Workload::plain(spec, account, pod_containers(spec.value), run, Shape::PodSpec);
    let job = parent.filter(|_| run == Run::Job);
    Some(Workload { template: Some(template), job, deprecated, ..workload })
}

/// Kinds whose operator makes the pod: `spec.serviceAccountName`, and extra containers.
fn operated(spec: Entry<'_>) -> Workload<'_> {
    let (account, deprecated) = account(spec.value, Account::Unknown);
    let workload = Workload::plain(spec, account, pod_containers(spec.value), Run::Service, Shape::Other);
    Workload { deprecated, ..workload }
}

/// `spec.driver` and `spec.executor` of a SparkApplication (kubeflow/spark-operator v1beta2).
fn spark(part: Entry<'_>) -> Workload<'_> {
    let (account, _) = account(part.value, Account::Unknown);
    let containers = vec![Container { node: part.value, role: Role::Main }];
    Workload::plain(part, account, containers, Run::Job, Shape::Other)
}
