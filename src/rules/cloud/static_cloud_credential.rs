//! NHI601: a workload or an operator holds a long-lived key of a cloud.

use super::kept_key::ELSEWHERE;
pub(crate) use super::kept_key::object;
use super::key_words::words;
use crate::finding::Operation;
use crate::graph::Runner;
use crate::graph::credential::static_keys::{StaticKey, Surface, is_emulated, other_endpoint};
use crate::k8s::container::{Container, EnvVar, is_optional};
use crate::rules::emit::change;
use crate::rules::{Context, Draft, Emit};

/// So many other places of one key are pointed at.
const SHOWN: usize = 6;

pub(crate) fn container(
    container: &Container<'_>,
    runner: &Runner<'_>,
    context: &Context<'_>,
    emit: &mut Emit<'_>,
) {
    let graph = context.graph;
    for key in graph.credentials.static_keys(runner, container) {
        if is_emulated(container) {
            continue;
        }
        let message = words(&key);
        let form = if key.surface == Surface::File { "file" } else { "variable" };
        let draft = match key.surface {
            Surface::Literal | Surface::File => emit.at(form, key.entry.value, message),
            Surface::Variable | Surface::Injected => emit.key(form, key.entry, message),
        };
        draft.label(match &key.secret {
            Some(secret) => format!("from Secret `{secret}`, given to container `{}`", container.name()),
            None => format!("given to container `{}`", container.name()),
        });
        draft.subject(format!("{} {}", container.name(), key.name));
        for (span, name) in key.beside.iter().take(SHOWN) {
            let how = if key.surface == Surface::File { "names a file beside it" } else { "belongs to it" };
            draft.related(*span, format!("`{name}` {how}"));
        }
        for (span, name) in key.again.iter().take(SHOWN) {
            draft.related(*span, format!("`{name}` names the same file"));
        }
        weigh(&key, container, runner, context, draft);
        show_alternative(&key, container, runner, context, draft);
    }
}

/// One step less where the cloud offers nothing else, or the key may never be used.
fn weigh(
    key: &StaticKey<'_>,
    container: &Container<'_>,
    runner: &Runner<'_>,
    context: &Context<'_>,
    draft: &mut Draft,
) {
    let at = context.graph.places.object_of(runner);
    let claimed = key.secret.as_deref().and_then(|secret| {
        let claim =
            context.graph.places.lookup(at.source, "ObjectBucketClaim", at.namespace.as_deref(), secret);
        context.graph.places[*claim.first()?].object.metadata()?.get("name")
    });
    let elsewhere = other_endpoint(container).or(claimed).filter(|_| key.kind.cloud == "AWS");
    if let Some(place) = elsewhere {
        draft.step(-1, ELSEWHERE).related(place.span(), "where it is spoken with");
    } else if key.kind.keyless.is_none() {
        let cloud = &key.kind.cloud;
        draft
            .step(-1, format!("{cloud} offers pods nothing else: limit what the key may do, and rotate it."));
    } else if is_optional(key.entry.value) {
        draft.step(-1, "It is optional: the pod also starts without it.");
    }
}

/// What the account of the pod has, or needs, instead.
fn show_alternative(
    key: &StaticKey<'_>,
    container: &Container<'_>,
    runner: &Runner<'_>,
    context: &Context<'_>,
    draft: &mut Draft,
) {
    if let clouds @ [_, _, ..] = &*key.clouds() {
        draft.note(format!(
            "One file is named for {}: which of them its key is for is not known.",
            clouds.join(", ")
        ));
        draft.note("Give its ServiceAccount an identity in that cloud.");
        return;
    }
    let Some(keyless) = &key.kind.keyless else { return };
    if key.opaque().is_some() {
        draft.note("A configuration for workload identity federation (`external_account`) is no key and no secret: a ConfigMap holds it.");
    }
    let at = context.graph.places.object_of(runner);
    let name = runner.account.name().unwrap_or_default();
    let own = context.graph.cloud.of(at, name);
    match own.iter().find(|identity| identity.named.provider.word() == key.kind.cloud) {
        Some(identity) => {
            draft.related(
                identity.named.span(),
                format!("the account already holds this {}", identity.named.provider.noun()),
            );
            draft.note("The account has an identity in the cloud: leave the key out.");
        }
        None => {
            draft.note(keyless);
        }
    }
    let place = Some(key.entry.value);
    let is_its = |variable: &EnvVar<'_>| match key.surface {
        Surface::Variable => variable.secret_key_ref().map(|entry| entry.value) == place,
        Surface::Literal => variable.node.get("name") == place,
        Surface::Injected | Surface::File => false,
    };
    if let Some(variable) = container.env().find(is_its) {
        draft.suggest("leave the key out", change(at, variable.node, Operation::Remove));
    }
}
