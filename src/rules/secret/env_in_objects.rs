//! Objects that put a Secret into the environment and are no workloads as far as is known, for NHI204: triggers of KEDA, and
//! what reads as a container in a kind whose pod template nobody here knows.

use super::secret_variables::{SecretVariables, headline};
use crate::graph::Placed;
use crate::k8s::container::{Container, Role};
use crate::rules::emit::SHOWN;
use crate::rules::{Context, Emit};
use crate::yaml::Node;

/// Deeper fields are not written by people.
const DEPTH: usize = 40;

/// Kinds that hand values to a chart: what the chart prints is judged, or its values are.
const DEPLOYERS: [&str; 5] = ["Application", "ApplicationSet", "HelmChart", "HelmChartConfig", "HelmRelease"];

/// What is no workload as far as it is known.
pub(crate) fn objects(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    triggers(placed, emit);
    of_unknown_kind(placed, context, emit);
}

/// KEDA reads a trigger's credential from the environment of the workload that it scales.
fn triggers(placed: &Placed<'_>, emit: &mut Emit<'_>) {
    let object = &placed.object;
    if object.group != "keda.sh" || !object.kind.ends_with("TriggerAuthentication") {
        return;
    }
    let list = object.node.at(&["spec", "env"]).into_iter().flat_map(Node::items);
    for entry in list.filter_map(|item| item.entry("name")) {
        let Some(name) = entry.value.text() else {
            continue;
        };
        let message = format!("the trigger takes its credential from environment variable `{name}`");
        let draft = emit.at("trigger", entry.value, message);
        draft.label("has to be in the environment of the workload for this");
        draft.note("KEDA also reads a Secret (`secretTargetRef`), or needs none (`podIdentity`).");
    }
}

fn of_unknown_kind(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let object = &placed.object;
    // The groups of Kubernetes itself have no further kinds with containers.
    let is_custom = object.group.contains('.') && !object.group.ends_with(".k8s.io");
    let is_known = context.graph.places.runs_pods(placed);
    if !is_custom || is_known || placed.partial || DEPLOYERS.contains(&&*object.kind) {
        return;
    }
    let mut containers = Vec::new();
    collect(object.node, DEPTH, &mut containers);
    let given = SecretVariables::of(&containers, context);
    for (secret, all) in &given.secrets {
        let first = all.iter().find(|given| given.variable.is_none()).unwrap_or(&all[0]);
        let message = match first.variable {
            Some(_) => headline(all),
            None => format!("`envFrom` injects every key of Secret `{secret}` into the environment"),
        };
        let draft = emit.key("unknown-kind", first.reference, message);
        draft.label(first.words()).subject(secret.clone());
        draft.note(format!("The kind `{}` is not known here; this reads as a container of it.", object.kind));
        let others = all.iter().filter(|given| given.reference.key != first.reference.key);
        for given in others.take(SHOWN) {
            draft.related(given.reference.key.span(), given.words());
        }
    }
}

/// What lists variables, as containers do.
fn collect<'a>(node: Node<'a>, depth: usize, found: &mut Vec<Container<'a>>) {
    if depth == 0 {
        return;
    }
    if ["env", "envFrom"].iter().any(|key| node.get(key).is_some_and(Node::is_seq)) {
        found.push(Container { node, role: Role::Main });
    }
    for inner in node.items().chain(node.entries().map(|entry| entry.value)) {
        collect(inner, depth - 1, found);
    }
}
