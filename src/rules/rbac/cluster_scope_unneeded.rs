//! NHI510: a role is bound for the whole cluster, and is used in one namespace.

use super::one_namespace::{home_of, mend};
use crate::graph::{Placed, PlacedBinding, Runner};
use crate::k8s::binding::Subject;
use crate::k8s::restriction::{Restriction, restriction};
use crate::rules::{Context, Draft, Emit};

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    for bound in context.graph.places.own_bindings(placed) {
        bound_too_wide(placed, bound, context, emit);
    }
}

fn bound_too_wide(
    placed: &Placed<'_>,
    bound: &PlacedBinding<'_>,
    context: &Context<'_>,
    emit: &mut Emit<'_>,
) {
    if !bound.binding.cluster_wide {
        return foreign(placed, bound, emit);
    }
    // What `admin`, `edit` and `view` are worth to an identity is another matter.
    if matches!(&*bound.binding.role_name, "admin" | "edit" | "view") {
        return;
    }
    let Some(mixed) = context.graph.grants.reaches_outside(bound) else {
        return;
    };
    let home = home_of(bound);
    for subject in &bound.binding.subjects {
        let Some((namespace, name)) = subject.account() else { continue };
        let users = context.graph.places.users_of(placed, namespace, name);
        let is_restricted = |user: &&&Runner<'_>| context.graph.places.is_restricted(user);
        if users.is_empty() {
            continue;
        }
        // One workload that works in the whole cluster is enough.
        let restricted = users.iter().all(|user| is_restricted(&user));
        let follows = |namespace| context.graph.grants.follows_every_namespace(namespace, name);
        let form = match (restricted, mixed) {
            (true, true) => "split",
            (false, true) => continue,
            // Of a release whose namespace nobody knows, only what its pods say counts.
            (false, false) if namespace.is_none() => continue,
            (false, false) if namespace.is_some_and(follows) => "by-design",
            (_, false) => "unneeded",
        };
        let restriction = users.iter().find(is_restricted).and_then(|user| restriction(&user.workload));
        let draft = report(form, bound, subject, namespace, restriction.as_ref(), emit);
        mend(form, (placed, home), restriction.as_ref(), context, draft);
    }
}

fn report<'d>(
    form: &'static str,
    bound: &PlacedBinding<'_>,
    subject: &Subject<'_>,
    namespace: Option<&str>,
    restriction: Option<&Restriction<'_>>,
    emit: &'d mut Emit<'_>,
) -> &'d mut Draft {
    let identity = subject.named(None);
    let role_name = &bound.binding.role_name;
    let message = match form {
        "split" => {
            format!("`{identity}` works in chosen namespaces, and holds all of `{role_name}` in every one")
        }
        "by-design" => format!("`{identity}` holds `{role_name}`, which is for namespaces, in every one"),
        _ => format!("`{identity}` holds `{role_name}` in every namespace, and seems to need one"),
    };
    let draft = emit.at(form, bound.binding.role_node, message);
    draft.label("bound for the whole cluster").subject(identity.to_string()).identity(identity);
    let place = namespace.map_or("one namespace".to_owned(), |namespace| format!("`{namespace}`"));
    draft.related(subject.name_node.span(), format!("its pods run in {place}"));
    if let Some(restriction) = restriction {
        draft.related(restriction.node.span(), format!("`{}` says where it works", restriction.name));
    } else if form == "by-design" {
        draft.note("It lists or watches: nothing in its pods says that one namespace is enough.");
    }
    draft
}

/// An account of one namespace that holds a role in another.
fn foreign(placed: &Placed<'_>, bound: &PlacedBinding<'_>, emit: &mut Emit<'_>) {
    let Some(around) = placed.namespace.as_deref().filter(|around| *around != "kube-system") else {
        return;
    };
    for subject in &bound.binding.subjects {
        let Some((Some(namespace), name)) = subject.account().filter(|(home, _)| *home != Some(around))
        else {
            continue;
        };
        let message = format!("`{namespace}/{name}` reaches out of its namespace, into `{around}`");
        let draft = emit.at("foreign", subject.name_node, message);
        draft
            .label(format!("an account of `{namespace}`"))
            .identity(subject.named(Some(around)))
            .subject(name);
    }
}
