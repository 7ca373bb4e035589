//! NHI106: an account that holds rights and that nobody uses, or rights for an account that is not there.

use crate::finding::IdentityName;
use crate::graph::orphan::Orphan;
use crate::graph::{Placed, PlacedBinding};
use crate::rules::{Context, Draft, Emit, SHOWN};

pub(crate) fn orphans(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    for orphan in context.graph.orphans.all() {
        let identity =
            IdentityName::account(orphan.account.namespace.as_deref(), &orphan.account.object.name);
        if !is_known(&identity, context) {
            left_over(&orphan, identity, context, drafts);
        }
    }
}

fn left_over(
    orphan: &Orphan<'_, '_>,
    identity: IdentityName,
    context: &Context<'_>,
    drafts: &mut Vec<Draft>,
) {
    let object = &orphan.account.object;
    let Some(name) = object.name_node() else {
        return;
    };
    let mut emit = Emit::object(context.rule, orphan.account, drafts);
    let held = match (orphan.grants.len(), orphan.cloud.len()) {
        (0, _) => "a cloud identity".to_owned(),
        (1, 0) => "a role".to_owned(),
        (roles, 0) => format!("{roles} roles"),
        (_, _) => "roles and a cloud identity".to_owned(),
    };
    let draft = match orphan.token {
        None => emit.at("unused", name, format!("holds {held}, but nothing in the input uses it")),
        Some(token) => {
            let draft = emit.at("external", name, format!("holds {held}, and nothing says who uses it"));
            draft.related(token, "whoever has this token uses it, inside the cluster or outside");
            draft
        }
    };
    draft.label("no workload runs as it, and no other object names it").identity(identity);
    for grant in orphan.grants.iter().take(SHOWN) {
        let binding = &grant.binding.binding;
        draft.related(
            grant.subject.name_node.span(),
            format!("gets {} `{}`", binding.role_kind, binding.role_name),
        );
    }
    for cloud in orphan.cloud.iter().take(SHOWN) {
        draft.related(cloud.named.span(), "the cloud identity that it may take");
    }
    let user = format!("{}used-by", context.settings.prefix);
    draft.note(format!(
        "Where something outside uses it, `{user}: external:<system>` on the account says so."
    ));
}

/// Subjects of a binding that are nobody.
pub(crate) fn ghosts(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let graph = context.graph;
    if placed.partial {
        return;
    }
    for bound in graph.places.own_bindings(placed) {
        ghosts_of(bound, placed, context, emit);
    }
}

fn ghosts_of(bound: &PlacedBinding<'_>, placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let (graph, binding) = (context.graph, &bound.binding);
    for subject in binding.subjects.iter().filter(|subject| graph.orphans.names_nobody(placed, subject)) {
        let around = placed.namespace.as_deref();
        let Some((namespace, name)) = subject.account_in(around) else { continue };
        let identity = IdentityName::account(namespace, name);
        if is_known(&identity, context) {
            continue;
        }
        let message = format!("`{identity}` is given a role, but nothing declares this account");
        let draft = emit.at("ghost", subject.name_node, message);
        let role = format!("{} `{}`", binding.role_kind, binding.role_name);
        draft
            .label(format!("whoever makes an account of this name gets {role}"))
            .subject(identity.to_string())
            .identity(identity)
            .note("There is no account to delete: take it out of the binding, or declare it.");
    }
}

fn is_known(identity: &IdentityName, context: &Context<'_>) -> bool {
    context.settings.lists(context.rule, "managedElsewhere", &identity.to_string())
}
