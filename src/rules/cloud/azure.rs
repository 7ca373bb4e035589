//! NHI604 on Azure: the webhook reads labels of pods and annotations of accounts, and needs both.

use crate::finding::{Applicability, Operation};
use crate::graph::credential::token::projected_tokens;
use crate::graph::{AccountUse, Graph, Runner};
use crate::k8s::cloud::{AZURE_CLIENT, AZURE_USE};
use crate::k8s::workload::Shape;
use crate::rules::emit::change;
use crate::rules::{Draft, Emit};
use crate::source::Span;
use crate::yaml::Entry;

/// `identity` is where the account's identity is named, if it is.
pub(super) fn check(runner: &Runner<'_>, identity: Option<Span>, graph: &Graph<'_>, emit: &mut Emit<'_>) {
    match identity {
        Some(span) => {
            if let Some(draft) = unlabelled(runner, graph, emit) {
                draft.related(span, "the account's identity");
            }
        }
        None => unannotated(runner, graph, emit),
    }
}

/// The label that Azure's webhook looks for stands on the pod: on the workload or the account it says nothing.
fn unlabelled<'e>(runner: &Runner<'_>, graph: &Graph<'_>, emit: &'e mut Emit<'_>) -> Option<&'e mut Draft> {
    let at = graph.places.object_of(runner);
    let mut own = projected_tokens(runner);
    let asks =
        own.any(|token| token.audience.is_some_and(|audience| audience.contains("AzureADTokenExchange")));
    if is_labelled(runner) || asks || runner.workload.shape != Shape::PodSpec {
        return None;
    }
    let template = runner.workload.template?;
    let metadata = template.entry("metadata").filter(|entry| entry.value.is_map());
    let labels = metadata.and_then(|entry| entry.value.entry("labels")).filter(|entry| entry.value.is_map());
    let place = labels.or(metadata).unwrap_or(runner.workload.spec);
    let message = format!("the pod gets no Azure identity: the label `{AZURE_USE}` is not on it");
    let draft = emit.key("unlabelled", place, message);
    draft.label("the webhook looks for it here, and must find `\"true\"`");
    let elsewhere = at.object.label(AZURE_USE).filter(|_| !at.object.is("", "Pod"));
    if let Some(other) = elsewhere {
        draft.related(other.span(), "here the webhook does not look");
    }
    if let Some(labels) = labels {
        let line = Operation::Insert(format!("{AZURE_USE}: \"true\""));
        draft.fix(Applicability::Unsafe, "label the pod", change(at, labels.value, line));
    }
    Some(draft)
}

pub(super) fn pod_label<'a>(runner: &Runner<'a>, key: &str) -> Option<Entry<'a>> {
    runner.workload.pod_metadata()?.get("labels")?.entry(key)
}

fn is_labelled(runner: &Runner<'_>) -> bool {
    pod_label(runner, AZURE_USE).is_some_and(|entry| entry.value.text().is_some_and(|text| text == "true"))
}

/// The label without an identity to take: the webhook mounts a token, and nothing says whose.
fn unannotated(runner: &Runner<'_>, graph: &Graph<'_>, emit: &mut Emit<'_>) {
    let Some(label) = pod_label(runner, AZURE_USE).filter(|_| is_labelled(runner)) else { return };
    let accounts = graph.places.accounts_of(runner);
    let names_it = runner.workload.containers.iter().any(|container| {
        container.env_from_secrets().next().is_some()
            || container.env().any(|variable| variable.name().ends_with("CLIENT_ID"))
            || container.commands().any(|word| word.text().is_some_and(|text| text.contains("client")))
    });
    let Some(&account) = accounts.first().filter(|_| !names_it) else { return };
    let object = &graph.places[account].object;
    let message = format!("`{}` has no `{AZURE_CLIENT}`, so the pod's token is nobody's", object.name);
    let draft = emit.key("unannotated", label, message);
    draft.label("asks for a federated token");
    if let Some(name) = object.name_node() {
        draft.related(name.span(), "the account");
    }
    if let AccountUse::Default { .. } = runner.account {
        draft.note("The account is the one that every pod of the namespace gets; give the workload its own.");
    }
}
