//! NHI602: several accounts hold one identity in the cloud, or a pattern lets them.

use crate::graph::cloud::identity::CloudIdentity;
use crate::graph::cloud::sharing::Sharer;
use crate::graph::{Graph, Runner};
use crate::k8s::cloud::{open_trust, short_name};
use crate::rules::{Context, Draft, Emit, SHOWN};

pub(crate) fn check(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let graph = context.graph;
    for identity in graph.cloud.identities() {
        if graph.places[identity.object].partial {
            continue;
        }
        let mut emit = Emit::object(context.rule, &graph.places[identity.object], drafts);
        if identity.account.is_none() {
            let name = short_name(&identity.named.identity);
            // A member that is granted a role itself has no name but the pattern's.
            let message = if identity.named.identity.contains("://") {
                format!("{} has the role", identity.holder())
            } else {
                format!("{} may take `{name}`", identity.holder())
            };
            let draft = emit.part("pattern", identity.named.node, identity.named.span(), message);
            draft.label("whoever may make an account there has it").subject(&identity.named.identity);
        } else if !context.settings.lists(context.rule, "allowList", &identity.named.identity)
            && !graph.cloud.is_repeated(identity)
        {
            shared(identity, context, &mut emit);
        }
    }
    for placed in &graph.places.objects {
        for clause in open_trust(&placed.object) {
            let mut emit = Emit::object(context.rule, placed, drafts);
            let message = format!("the role {}", clause.what);
            let draft = emit.part("pattern", clause.node, clause.span(), message);
            draft.label("whoever may make an account there may take the role").subject(clause.text());
            draft.note(
                "Name the account in the condition: `\"…:sub\": \"system:serviceaccount:<namespace>:<name>\"`.",
            );
        }
    }
}

fn shared(identity: &CloudIdentity<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let graph = context.graph;
    let others = graph.cloud.sharers(identity);
    let allowed = context.settings.number(context.rule, "maxAccounts").max(1);
    let enough = i64::try_from(others.len()).is_ok_and(|others| others < allowed);
    let Some(first) = others.iter().find(|other| other.environments.is_some()).or(others.first()) else {
        return;
    };
    if enough {
        return;
    }
    let name = short_name(&identity.named.identity);
    let more = if others.len() > 1 { format!(" and {} more", others.len() - 1) } else { String::new() };
    let (form, message) = match &first.environments {
        Some((own, other)) => {
            let holder = first.identity.holder();
            ("environment", format!("`{name}` of {own} is also taken by `{holder}` of {other}{more}"))
        }
        None => ("shared", format!("`{name}` is also taken by `{}`{more}", first.identity.holder())),
    };
    let draft = emit.part(form, identity.named.node, identity.named.span(), message);
    let noun = identity.named.provider.noun();
    draft.label(format!(
        "the {noun} cannot be limited to what one of them needs, nor traced or revoked alone"
    ));
    draft.identity(identity.holder()).subject(&identity.named.identity);
    for other in others.iter().take(SHOWN) {
        draft.related(other.identity.named.span(), format!("`{}` takes it too", other.identity.holder()));
    }
    weigh(identity, &others, context, draft);
}

/// One step up where several teams hold the identity.
fn weigh(identity: &CloudIdentity<'_>, others: &[Sharer<'_, '_>], context: &Context<'_>, draft: &mut Draft) {
    let graph = context.graph;
    if others.iter().all(|other| graph.cloud.are_installed_together(identity, other.identity)) {
        draft.step(-1, "All of them are parts of one installation.");
        return;
    }
    let Some(own) = user_of(graph, identity) else { return };
    let users: Vec<&Runner<'_>> =
        others.iter().filter_map(|other| user_of(graph, other.identity)).take(SHOWN).collect();
    if let Some((own, other)) = graph.places.owners_apart(own, &users, context.owner_keys()) {
        draft.step(1, format!("Its accounts answer to different owners: `{own}` and `{other}`."));
    }
}

/// A workload that runs as the account of an identity.
fn user_of<'g, 'a>(graph: &'g Graph<'a>, identity: &CloudIdentity<'_>) -> Option<&'g Runner<'a>> {
    let (namespace, name) = identity.account.as_ref()?;
    let at = &graph.places[identity.object];
    graph.places.users_of(at, namespace.as_deref(), name).into_iter().next()
}
