//! NHI107: one identity builds, deploys or runs at once.

use crate::graph::exposure::plane::Plane;
use crate::graph::{AccountUse, Runner};
use crate::rules::{Context, Draft, Emit, SHOWN};

pub(crate) fn check(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    for (identity, uses) in context.graph.exposure.mixed_duties() {
        if context.settings.lists(context.rule, "allowed", &identity.to_string()) {
            continue;
        }
        let mut planes: Vec<Plane> = uses.iter().map(|used| used.plane).collect();
        planes.dedup();
        let does: Vec<&str> = planes.iter().map(|plane| plane.does()).collect();
        // The account of its own is for the rarer duty: builds and deployments, not what runs.
        let Some((first, others)) = uses.split_first() else { continue };
        let form = match (planes.first(), planes.last()) {
            (Some(Plane::Build), Some(Plane::Deploy)) => "build-deploy",
            _ => "runtime",
        };
        let mut emit = Emit::object(context.rule, first.at, drafts);
        let message = format!("`{identity}` {}: several duties of one account", does.join(" and "));
        let draft = emit.at(form, first.node, message);
        draft.label(format!("{} as it", first.plane.does())).subject(identity.to_string()).identity(identity);
        for other in others.iter().take(SHOWN) {
            let object = &other.at.object;
            draft.related(
                other.node.span(),
                format!("{} `{}` {} as it", object.kind, object.name, other.plane.does()),
            );
        }
    }
}

/// What runs and may change what runs beside it, without being there for that.
pub(crate) fn itself(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let graph = context.graph;
    let AccountUse::Named { entry, .. } = &runner.account else { return };
    let Some(grant) = graph.exposure.deploys_itself(runner) else { return };
    let Some(identity) = graph.places.identity_of(runner) else { return };
    let namespace = graph.places.object_of(runner).namespace.as_deref();
    let listed =
        namespace.is_some() && context.settings.lists(context.rule, "allowed", &identity.to_string());
    if !listed {
        let message = format!("`{identity}` runs, and may change what runs in its namespace");
        let draft = emit.at("self-deploy", entry.value, message);
        draft.label("whoever takes this workload over deploys in its place");
        let role = &grant.binding.binding;
        draft.related(role.role_node.span(), format!("{} `{}` lets it", role.role_kind, role.role_name));
    }
}
