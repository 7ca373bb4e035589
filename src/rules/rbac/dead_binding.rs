//! Bindings that the API server refuses, and bindings whose role is not to be seen.

use super::dead_subject;
use crate::graph::{Graph, Placed, PlacedBinding, RoleFound};
use crate::k8s::binding::GROUP;
use crate::rules::Emit;
use crate::yaml::Node;

pub(super) fn check(placed: &Placed<'_>, bound: &PlacedBinding<'_>, graph: &Graph<'_>, emit: &mut Emit<'_>) {
    let subjects = placed.object.node.get("subjects").into_iter().flat_map(Node::items);
    // OpenShift's own bindings know other kinds.
    for subject in subjects.filter(|_| placed.object.group == GROUP) {
        dead_subject::check(subject, placed, bound, graph, emit);
    }
    let binding = &bound.binding;
    if let Some(group) = binding.foreign_group {
        let message = format!("roles are of `{GROUP}`: the API server refuses this binding");
        emit.at("refused", group, message).label("of no such group");
        return;
    }
    if binding.cluster_wide && &*binding.role_kind == "Role" {
        let message = "a ClusterRoleBinding cannot name a Role: the API server refuses it";
        emit.at("refused", binding.role_node, message).label("a Role is of one namespace");
        return;
    }
    if !binding.names_a_role() {
        let kind = &binding.role_kind;
        let message = format!("`{kind}` is no kind of role: the API server refuses this binding");
        emit.at("refused", binding.role_node, message).label("Role or ClusterRole");
        return;
    }
    let machine = binding.subjects.iter().find(|subject| subject.is_non_human());
    let Some(machine) = machine.filter(|_| matches!(graph.grants.role_of(bound), RoleFound::Unknown)) else {
        return;
    };
    let (kind, name) = (&binding.role_kind, &binding.role_name);
    let identity = machine.named(placed.namespace.as_deref());
    let found =
        Some(graph).filter(|_| &**kind == "Role").and_then(|graph| graph.grants.role_elsewhere(bound));
    if let Some(role) = found {
        let there = role.namespace.as_deref().unwrap_or_default();
        let message = format!("the {kind} `{name}` is in `{there}`, where this binding does not look");
        let draft = emit.at("elsewhere", binding.role_node, message);
        draft.label("a RoleBinding finds a Role of its own namespace only").identity(identity);
        draft.related(role.object.node.span(), "the Role of that name");
        return;
    }
    let message =
        format!("what {kind} `{name}` gives `{identity}` is not in the input: it is unknown, not nothing");
    let draft = emit.at("unresolved", binding.role_node, message);
    draft.label("neither in the input nor built in").identity(identity);
    draft.related(machine.name_node.span(), "who gets it");
}
