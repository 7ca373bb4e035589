//! NHI501: a non-human identity may do everything.

use super::engine::{ACCEPTED, ONLY_CALLED, binds_engines, names_engine};
use crate::finding::IdentityName;
use crate::graph::tables::permission::{Rule, is_everything};
use crate::graph::tables::primitive::ADMIN;
use crate::graph::{Placed, PlacedBinding, RoleFound};
use crate::k8s::binding::{Subject, own_rules, rules};
use crate::k8s::cloud::mapped_powers;
use crate::rules::{Context, Draft, Emit};
use crate::yaml::Node;

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    for bound in context.graph.places.bindings_at(placed) {
        masters(placed, bound, emit);
        binding(placed, bound, context, emit);
    }
    for mapped in mapped_powers(&placed.object) {
        let span = mapped.node.part(&mapped.range);
        let message = format!("a cloud identity is mapped to `{}`, which may do everything", mapped.what);
        emit.part("masters", mapped.node, span, message).label("RBAC cannot limit it");
    }
}

/// Identities that no binding by itself gives everything, and several together do.
pub(crate) fn together(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let graph = context.graph;
    let net = &context.reach.net;
    for (identity, held) in net.each() {
        let all = held.iter().map(|&power| &net[power]);
        let mut all = all.filter(|power| power.primitive.name == ADMIN && power.with.is_some());
        let Some((power, with)) = all.find_map(|power| Some((power, power.with?))) else { continue };
        let (first, second) = (&graph.places[power.binding], &graph.places[with]);
        let placed = &graph.places[second.object];
        let mut emit = Emit::object(context.rule, placed, drafts);
        let (who, role) = (identity.named(), &second.binding.role_name);
        let message = format!("`{role}` gives `{who}` what it lacked to do everything");
        let draft = emit.at("cluster", second.binding.role_node, message);
        draft
            .label("every verb on every resource, together with the other")
            .subject(who.to_string())
            .identity(who);
        draft.related(first.binding.role_node.span(), "the rest comes from here");
        if power.doubt {
            draft.step(-1, "Nothing says for certain that the bindings and the account are of one cluster.");
        }
    }
}

fn binding(placed: &Placed<'_>, bound: &PlacedBinding<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let role = context.graph.grants.role_of(bound);
    if bound.binding.subjects.is_empty() || !role.is_everything() {
        return;
    }
    let (machines, people): (Vec<_>, Vec<_>) = bound.binding.subjects.iter().partition(|s| s.is_non_human());
    let subjects = if machines.is_empty() { &people } else { &machines };
    let around = placed.namespace.as_deref();
    let names: Vec<IdentityName> = subjects.iter().map(|subject| subject.named(around)).collect();
    let form = match bound.binding.cluster_wide {
        _ if machines.is_empty() => "people",
        _ if binds_engines(bound, context) => "platform",
        true => "cluster",
        false => "namespace",
    };
    let more = if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
    let reach = match around {
        _ if bound.binding.cluster_wide => "in the whole cluster".to_owned(),
        Some(around) if names[0].namespace().is_some_and(|own| own != around) => format!("in `{around}`"),
        _ => "in its namespace".to_owned(),
    };
    let (role_name, first) = (&bound.binding.role_name, &names[0]);
    let message = format!("`{role_name}` gives `{first}`{more} every right {reach}");
    let draft = emit.at(form, bound.binding.role_node, message);
    draft.label("every verb on every resource").identity(first.clone()).subject(first.to_string());
    for subject in subjects {
        draft.related(subject.name_node.span(), "who gets it");
    }
    if let RoleFound::Known { objects, .. } = &role {
        let written: Vec<Node<'_>> = match bound.binding.bundle {
            Some(item) => rules(item).collect(),
            None => {
                objects.iter().flat_map(|&object| own_rules(&context.graph.places[object].object)).collect()
            }
        };
        for rule in written.into_iter().filter(|rule| is_everything([&Rule::from_node(*rule)])) {
            draft.related(rule.span(), "the rule that allows everything");
        }
        if objects.len() > 1 {
            draft.note("This role has several definitions that differ, and any of them may be applied.");
        }
        if !role.is_certain() {
            draft.step(
                -1,
                "Only an environment in their paths says that role and binding are for one cluster.",
            );
        }
    }
    if form == "platform" {
        draft.note(ACCEPTED);
    } else if names_engine(bound, context) {
        draft.note(ONLY_CALLED);
    }
}

/// `system:masters` is authorized before RBAC looks (kubernetes `pkg/kubeapiserver/authorizer/reload.go`).
fn masters(placed: &Placed<'_>, bound: &PlacedBinding<'_>, emit: &mut Emit<'_>) {
    let is_masters = |subject: &&Subject<'_>| &*subject.kind == "Group" && &*subject.name == "system:masters";
    let bootstrap = placed.object.label("kubernetes.io/bootstrapping").and_then(Node::as_str);
    let defaults = bootstrap.is_some_and(|label| label == "rbac-defaults");
    for subject in bound.binding.subjects.iter().filter(is_masters).filter(|_| !defaults) {
        emit.at(
            "masters-bound",
            subject.name_node,
            "`system:masters` holds every right before RBAC is asked",
        )
        .label("the binding adds nothing, and taking it away takes nothing");
    }
}
