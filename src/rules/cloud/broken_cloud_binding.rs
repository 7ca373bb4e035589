//! NHI604: the join between an account and its cloud identity does not hold, or is one that nobody maintains.

use super::pods;
pub(crate) use super::pods::check;
use crate::graph::credential::static_keys::{Surface, is_emulated, other_endpoint};
use crate::graph::{Placed, Runner};
use crate::k8s::cloud::{Via, lacks_a_part, malformed};
use crate::rules::{Context, Draft, Emit};
use crate::yaml::Node;

/// Longer names are shown by their start.
const SHOWN: usize = 40;

pub(crate) fn bindings(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let graph = context.graph;
    for identity in graph.cloud.identities() {
        let placed = &graph.places[identity.object];
        if let Some(why) = malformed(&identity.named) {
            let mut emit = Emit::object(context.rule, placed, drafts);
            let mut shown: String = identity.named.identity.chars().take(SHOWN).collect();
            if shown.len() < identity.named.identity.len() {
                shown.push('…');
            }
            let unset = graph.places.sources.is_of_own_values(placed.source)
                && lacks_a_part(&identity.named.identity);
            let (form, until) =
                if unset { ("unset", ", until who deploys the chart sets it") } else { ("malformed", "") };
            let message = format!("`{shown}` {why}{until}");
            let draft = emit.part(form, identity.named.node, identity.named.span(), message);
            let label =
                if unset { "empty by the chart's own values" } else { "no pod gets an identity by this" };
            draft.label(label).subject(&identity.named.identity);
            draft.identity(identity.holder());
        }
        let (Some((namespace, name)), Via::Annotation | Via::Association) =
            (&identity.account, identity.named.via)
        else {
            continue;
        };
        for user in graph.places.users_of(placed, namespace.as_deref(), name) {
            let Some((place, variable)) = winning_key(user, identity.named.provider.word(), context) else {
                continue;
            };
            let mut emit = Emit::object(context.rule, placed, drafts);
            let object = &graph.places.object_of(user).object;
            let noun = identity.named.provider.noun();
            let message = format!("the key of {} `{}` wins over the {noun}", object.kind, object.name);
            let draft = emit.part("static-keys", identity.named.node, identity.named.span(), message);
            draft.label(format!("the account's {noun}")).subject(format!("{} {}", object.kind, object.name));
            draft.related(place.span(), format!("`{variable}` is looked at first"));
            draft.note(
                "Libraries of clouds take what the environment says before they ask for a short-lived token.",
            );
            draft.identity(identity.holder());
        }
    }
}

/// A long-lived key that a workload holds beside its account's identity in the same cloud.
fn winning_key<'g>(user: &'g Runner<'g>, cloud: &str, context: &Context<'g>) -> Option<(Node<'g>, String)> {
    let containers = user.workload.containers.iter().filter(|container| !is_emulated(container));
    containers.into_iter().find_map(|container| {
        let keys = context.graph.credentials.static_keys(user, container);
        let wins = |surface: Surface| surface != Surface::File || cloud == "Google Cloud";
        let key = keys.into_iter().find(|key| key.kind.cloud == cloud && wins(key.surface))?;
        let is_elsewhere = cloud == "AWS" && other_endpoint(container).is_some();
        (!is_elsewhere).then_some((key.entry.key, key.name))
    })
}

/// Kinds and annotations of agents that nobody maintains any more.
pub(crate) fn retired(placed: &Placed<'_>, _: &Context<'_>, emit: &mut Emit<'_>) {
    const SUCCESSOR: &str =
        "Azure Workload Identity took its place; AAD Pod Identity is archived since 2023.";
    let object = &placed.object;
    if object.group == "aadpodidentity.k8s.io"
        && let Some(kind) = object.node.get("kind")
    {
        let draft = emit.at(
            "retired",
            kind,
            format!("`{}` is a kind of AAD Pod Identity, which is retired", object.kind),
        );
        draft.label("its agent answers for the node's metadata service").note(SUCCESSOR);
    }
    if !object.is("", "Namespace") {
        return;
    }
    for key in ["iam.amazonaws.com/permitted", "iam.amazonaws.com/allowed-roles"] {
        let annotations = object.node.at(&["metadata", "annotations"]);
        if let Some(entry) = annotations.and_then(|annotations| annotations.entry(key)) {
            let draft = emit.key(
                "retired",
                entry,
                "kiam, which reads this, is retired, and kube2iam hands out what any pod asks for",
            );
            draft.label("which roles pods of the namespace may take").note(pods::KIAM);
        }
    }
}
