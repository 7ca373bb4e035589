//! NHI509: an identity holds `admin`, `edit` or `view`, which were made for people, or a role of a part of Kubernetes.

use super::system_role;
use crate::graph::{Placed, PlacedBinding};
use crate::k8s::binding::Subject;
use crate::rules::{Context, Emit};

/// Kinds of objects that a note lists.
const MOST_KINDS: usize = 5;

/// What few know of a role.
struct Hidden {
    does: &'static str,
    because: &'static str,
}

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    for bound in context.graph.places.own_bindings(placed) {
        given(placed, bound, context, emit);
    }
}

fn given(placed: &Placed<'_>, bound: &PlacedBinding<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let binding = &bound.binding;
    let around = placed.namespace.as_deref();
    let machines: Vec<&Subject<'_>> = binding.subjects.iter().filter(|subject| is_one(subject)).collect();
    let Some((form, hidden)) = weigh(bound) else {
        return system_role::check(placed, bound, &machines, context, emit);
    };
    let Some(first) = machines.first().map(|subject| subject.named(around)) else {
        return;
    };
    let more = if machines.len() > 1 { format!(" and {} more", machines.len() - 1) } else { String::new() };
    let place = match around {
        _ if binding.cluster_wide => "in the whole cluster".to_owned(),
        Some(namespace) => format!("in `{namespace}`"),
        None => "in its namespace".to_owned(),
    };
    let message = format!("`{first}`{more} may {} {place}", hidden.does);
    let draft = emit.at(form, binding.role_node, message);
    draft.label(format!("`{}` is a role for people", binding.role_name)).subject(first.to_string());
    draft.note(hidden.because);
    for subject in machines {
        draft.related(subject.name_node.span(), "who gets it");
    }
    if let Some(namespace) = around.filter(|_| form == "namespace") {
        let written = context.graph.places.deployed_into(placed.source, namespace);
        if !written.is_empty() {
            draft.note(format!("What the input puts into `{namespace}`: {}.", listed(&written)));
        }
    }
    draft.identity(first);
}

/// Whether a subject is one identity. Groups are findings of NHI508.
fn is_one(subject: &Subject<'_>) -> bool {
    subject.is_non_human() && &*subject.kind != "Group" && &*subject.name != "system:anonymous"
}

/// The form for the role that a binding names. A file of its name takes nothing away: the API server gives the role back
/// what it had (kubernetes `pkg/registry/rbac/reconciliation`).
fn weigh(bound: &PlacedBinding<'_>) -> Option<(&'static str, Hidden)> {
    let binding = &bound.binding;
    if &*binding.role_kind != "ClusterRole" {
        return None;
    }
    let hidden = match &*binding.role_name {
        "admin" => Hidden {
            does: "read every secret, act as any account and hand both on",
            because: "`admin` is `edit`, and writes roles and bindings: whoever holds it lets others in.",
        },
        "edit" => Hidden {
            does: "read every secret and act as any account",
            because: "`edit` reads and writes Secrets, makes tokens of accounts and impersonates them, and runs \
                      commands in pods.",
        },
        "view" if binding.cluster_wide => Hidden {
            does: "read every object but secrets and roles",
            because: "`view` takes in config maps, logs, environments and arguments of every namespace, and what \
                      add-ons aggregate to it.",
        },
        _ => return None,
    };
    let form = match (&*binding.role_name, binding.cluster_wide) {
        ("view", _) => "view",
        (_, true) => "cluster",
        (_, false) => "namespace",
    };
    Some((form, hidden))
}

fn listed(plurals: &[&str]) -> String {
    let shown: Vec<String> = plurals.iter().take(MOST_KINDS).map(|plural| format!("`{plural}`")).collect();
    match plurals.len().checked_sub(MOST_KINDS) {
        Some(more @ 1..) => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}
