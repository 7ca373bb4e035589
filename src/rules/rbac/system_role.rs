//! Roles that Kubernetes and platforms bring along for parts of themselves, for NHI509: their rules are in no file, so that no
//! other rule sees what they give.

use crate::graph::tables::builtin::builtin;
use crate::graph::tables::primitive::{Primitive, unlimited};
use crate::graph::tables::tier::Tier;
use crate::graph::tables::worth::{Scope, tier_of};
use crate::graph::{Placed, PlacedBinding, RoleFound};
use crate::k8s::binding::Subject;
use crate::rules::{Context, Emit};

/// Roles that other forms and NHI501 are about.
const OTHERS: [&str; 4] = ["admin", "cluster-admin", "edit", "view"];

pub(super) fn check(
    placed: &Placed<'_>,
    bound: &PlacedBinding<'_>,
    machines: &[&Subject<'_>],
    context: &Context<'_>,
    emit: &mut Emit<'_>,
) {
    let (binding, around) = (&bound.binding, placed.namespace.as_deref());
    if OTHERS.contains(&&*binding.role_name) {
        return;
    }
    let RoleFound::Known { rules, objects: [], platform, .. } = context.graph.grants.role_of(bound) else {
        return;
    };
    let strangers: Vec<_> = machines.iter().filter(|subject| !is_its_own(bound, subject, around)).collect();
    let Some(first) = strangers.first().map(|subject| subject.named(around)) else { return };
    let scope =
        if binding.cluster_wide { Scope::Cluster } else { Scope::Namespace(around.map(str::to_owned)) };
    let worth = |primitive: &Primitive| tier_of(primitive, &scope, false);
    let shown = unlimited(rules.iter(), binding.cluster_wide).into_iter();
    let Some((primitive, shown)) = shown.min_by_key(|(primitive, _)| worth(primitive)) else { return };
    let form = match worth(primitive) {
        Tier::T0 | Tier::T1 => "system",
        Tier::T2 => "system-part",
        Tier::T3 | Tier::T4 => return,
    };
    let more = if strangers.len() > 1 { format!(" and {} more", strangers.len() - 1) } else { String::new() };
    let place = if binding.cluster_wide { "in the whole cluster" } else { "in its namespace" };
    let what = primitive.what_of::<&str>(shown.resource, &[]);
    let draft =
        emit.at(form, binding.role_node, format!("`{first}`{more} {} {what} {place}", primitive.does));
    let whose = platform.unwrap_or("Kubernetes");
    draft.label(format!("`{}` is a role for a part of {whose} itself", binding.role_name));
    draft.subject(first.to_string()).note(primitive.because);
    for subject in strangers {
        draft.related(subject.name_node.span(), "who gets it");
    }
    draft.identity(first);
}

/// Whether the API server itself gives the role to a subject.
fn is_its_own(bound: &PlacedBinding<'_>, subject: &Subject<'_>, around: Option<&str>) -> bool {
    let binding = &bound.binding;
    let all = builtin().cluster_role_bindings.iter().chain(&builtin().role_bindings);
    let of_role =
        all.filter(|own| own.role_ref.name == binding.role_name && own.role_ref.kind == binding.role_kind);
    let account = subject.account_in(around);
    of_role.flat_map(|own| &own.subjects).any(|own| match account {
        Some(account) => own.kind == "ServiceAccount" && account == (own.namespace, own.name),
        None => own.kind == subject.kind && own.name == subject.name,
    })
}
