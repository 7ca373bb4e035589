//! NHI704: a workload is put where nobody governs it, or without the labels that say whose it is.

use std::borrow::Cow;

use crate::finding::Operation;
use crate::graph::tables::image::is_system_image;
use crate::graph::tables::tier::Tier;
use crate::graph::{Placed, Runner};
use crate::k8s::container::Role;
use crate::k8s::workload::Shape;
use crate::rules::emit::change;
use crate::rules::{Context, Emit};
use crate::yaml::{Node, plain};

/// What a namespace says for the API server to refuse pods that reach for the node.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

pub(crate) fn workload(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    place(runner, context, emit);
    labels(runner, context, emit);
}

fn place(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let at = context.graph.places.object_of(runner);
    let Some(namespace) = at.namespace.as_deref() else { return };
    if at.partial || at.object.is_cluster_scoped() || context.graph.places.is_static_pod(at) {
        return;
    }
    let mirrors = context.mirrors();
    let is_system = || {
        let running = runner.workload.containers.iter().filter(|container| container.role != Role::Init);
        let mut images = running.map(|container| container.image()).peekable();
        images.peek().is_some() && images.all(|image| is_system_image(&image, &mirrors))
    };
    let approved = context.settings.patterns(context.rule, "approvedNamespaces");
    let (form, message) = match namespace {
        // Helm fills it in where nobody says where the release goes.
        "default" if at.object.helm_source.is_some() => return,
        "default" => ("default", "runs in `default`, the namespace of everything that says none".to_owned()),
        "kube-system" if is_system() => return,
        "kube-system" | "kube-public" | "kube-node-lease" => {
            ("system", format!("runs in `{namespace}`, among what belongs to the cluster itself"))
        }
        _ if !approved.is_empty() && !approved.has(namespace) => {
            ("unapproved", format!("runs in `{namespace}`, which is no approved namespace"))
        }
        _ => return,
    };
    let written = at.object.metadata().and_then(|metadata| metadata.get("namespace"));
    let draft = match (written, at.object.metadata_entry()) {
        (Some(written), _) => emit.at(form, written, message),
        (None, Some(metadata)) => emit.key(form, metadata, message),
        (None, None) => return,
    };
    draft.label(match form {
        "default" => "nobody owns it, and a role or quota for one workload applies to all of them",
        "system" => {
            "roles and policies spare this namespace, and its accounts are taken for the cluster's own"
        }
        _ => "see `approvedNamespaces`",
    });
}

/// A namespace that lets its pods reach for the node, though strong identities live there.
pub(crate) fn namespace(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let object = &placed.object;
    if !object.is("", "Namespace")
        || placed.partial
        || object.label(ENFORCE).is_some()
        || context.graph.exposure.is_policed(placed)
    {
        return;
    }
    let Some((runner, tier)) = context.reach.strongest_in(placed, Tier::T2) else { return };
    let Some(entry) = object.metadata_entry() else { return };
    let Some(identity) = context.graph.places.identity_of(runner) else { return };
    let message =
        format!("`{}` enforces no pod security standard, and `{identity}` lives there", object.name);
    let draft = emit.key("unenforced", entry, message);
    draft.label(format!("no `{ENFORCE}` label")).related(
        runner.workload.spec.key.span(),
        format!("its account can reach {tier}: {}", tier.meaning()),
    );
    let metadata = object.metadata();
    let (holder, line) = match metadata.and_then(|metadata| metadata.get("labels")) {
        Some(labels) => (Some(labels), format!("{ENFORCE}: baseline")),
        None => (metadata, format!("labels:\n  {ENFORCE}: baseline")),
    };
    let labelled = holder.and_then(|holder| change(placed, holder, Operation::Insert(line)));
    draft.suggest("hold its pods to a standard", labelled);
}

/// The labels that tell whose a pod is, and what it belongs to.
fn labels(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let at = context.graph.places.object_of(runner);
    if at.partial || at.is_owned || runner.workload.shape != Shape::PodSpec {
        return;
    }
    let own = runner.workload.pod_metadata().and_then(|metadata| metadata.get("labels"));
    let object_labels = at.object.metadata().and_then(|metadata| metadata.get("labels"));
    let required = context.settings.list(context.rule, "requiredLabels");
    let missing: Vec<&str> = required.into_iter().filter(|key| written(own, key).is_none()).collect();
    let Some(entry) = at.object.metadata_entry().filter(|_| !missing.is_empty()) else { return };
    let named: Vec<String> = missing.iter().map(|key| format!("`{key}`")).collect();
    let draft = emit.key("labels", entry, format!("its pods have no label {}", named.join(" and ")));
    draft.label("nobody can tell from a pod what it belongs to");
    let known: Vec<String> = missing
        .iter()
        .filter_map(|key| Some(format!("{key}: {}", plain(&written(object_labels, key)?))))
        .collect();
    if !known.is_empty() {
        draft.note(format!("The object itself has {}.", known.join(", ")));
    }
}

/// A label that says something.
fn written<'a>(labels: Option<Node<'a>>, key: &str) -> Option<Cow<'a, str>> {
    labels?.get(key)?.text().filter(|text| !text.is_empty())
}
