//! NHI502: a role says `*` where it should list.

use super::engine::{ACCEPTED, is_of_engines};
use super::wildcard_verbs::written_out;
use super::wildcard_words::{label, list, message};
use crate::graph::tables::permission::{ALL, Axis, Rule, Wildcards};
use crate::graph::{Graph, Placed, RoleUse};
use crate::k8s::binding::{own_rules, rules};
use crate::rules::{Context, Emit};
use crate::yaml::Node;

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let graph = context.graph;
    let mut written = own_rules(&placed.object).peekable();
    if written.peek().is_some() {
        let (used, wide) = (graph.grants.role_use(placed), graph.grants.reaches_cluster(placed));
        let is_accepted = used == RoleUse::Bound && is_of_engines(placed, context);
        written.for_each(|node| rule(node, used, wide, is_accepted, placed, graph, emit));
    }
    for bound in graph.places.bindings_at(placed) {
        for node in bound.binding.bundle.into_iter().flat_map(rules) {
            rule(node, RoleUse::Bound, bound.binding.cluster_wide, false, placed, graph, emit);
        }
    }
}

/// One rule of a role, as far as it allows anything: the rest is a finding of NHI514.
fn rule(
    node: Node<'_>,
    used: RoleUse,
    cluster_wide: bool,
    is_accepted: bool,
    placed: &Placed<'_>,
    graph: &Graph<'_>,
    emit: &mut Emit<'_>,
) {
    let Some(rule) = Rule::from_node(node).effective(cluster_wide) else { return };
    let wildcards = rule.wildcards();
    let has_wide =
        used != RoleUse::Dormant && wildcards.axes.iter().any(|&axis| is_wide(axis, &rule, &wildcards));
    // Beside a worse one of the same rule it is a part of that.
    let (parts, axes): (Vec<Axis>, Vec<Axis>) =
        wildcards.axes.iter().partition(|axis| has_wide && **axis == Axis::Groups);
    for axis in axes {
        let form = match used {
            _ if is_accepted => "platform",
            RoleUse::Dormant if rule.resources.iter().any(|resource| resource == ALL) => "dormant",
            RoleUse::Dormant => "dormant-part",
            RoleUse::Aggregated if is_wide(axis, &rule, &wildcards) => "aggregated",
            _ if is_own_group(&rule, placed, graph) => "own-group",
            _ if is_wide(axis, &rule, &wildcards) => "sensitive",
            _ => "other",
        };
        let Some(entry) = node.entry(axis.field()) else { continue };
        let draft = emit.key(form, entry, message(axis, &rule, cluster_wide));
        draft.subject(axis.field()).label(label(axis, &rule));
        let part = parts.first().filter(|_| is_wide(axis, &rule, &wildcards));
        if let Some(groups) = part.and_then(|part| node.entry(part.field())) {
            draft.related(groups.key.span(), "in every API group");
        }
        if is_accepted {
            draft.note(ACCEPTED);
        }
        if used == RoleUse::Dormant {
            draft.note("No binding in the input gives this role to an identity.");
        }
        if axis == Axis::Verbs {
            // What everybody has, and what an engine needs, a person must weigh.
            let is_own = !is_accepted && used != RoleUse::Aggregated;
            let defined = is_own_group(&rule, placed, graph);
            let known = written_out(&rule, cluster_wide, defined).filter(|_| is_own);
            list(known, entry, placed, draft);
        }
    }
    if used == RoleUse::Aggregated && wildcards.axes.is_empty() {
        widened(node, &rule, emit);
    }
    if wildcards.enumerated && used != RoleUse::Dormant {
        let Some(entry) = node.entry("resources") else { return };
        let count = rule.resources.len();
        let message = format!("nearly every verb on {count} resources is a wildcard spelt out");
        emit.key("enumerated", entry, message).label("list what the workload uses");
    }
}

/// Whether a wildcard takes in workloads, secrets, roles or the control plane.
fn is_wide(axis: Axis, rule: &Rule<'_>, wildcards: &Wildcards) -> bool {
    matches!(axis, Axis::Resources | Axis::Verbs) && wildcards.sensitive && rule.names.is_empty()
}

/// Rules that quietly make `view`, `edit` or `admin` stronger.
fn widened(node: Node<'_>, rule: &Rule<'_>, emit: &mut Emit<'_>) {
    let core = rule.groups.iter().any(|group| group.is_empty()) && rule.names.is_empty();
    let resource = rule.resources.iter().find(|name| core && matches!(&***name, "secrets" | "pods/exec"));
    let verb = rule.verbs.iter().find(|verb| matches!(&***verb, "escalate" | "bind" | "impersonate"));
    if let Some((word, field)) = resource.map(|word| (word, "resources")).or(verb.map(|word| (word, "verbs")))
    {
        let Some(entry) = node.entry(field) else { return };
        emit.key(
            "aggregated",
            entry,
            format!("aggregation gives `{word}` to everybody who holds a built-in role"),
        )
        .label("the labels of this role add its rules to a built-in role");
    }
}

/// Whether every group of the rule is one whose kinds are defined in the input: an operator's own.
fn is_own_group(rule: &Rule<'_>, placed: &Placed<'_>, graph: &Graph<'_>) -> bool {
    !rule.groups.is_empty()
        && rule.groups.iter().all(|group| graph.places.defines_group(placed.source, group))
}
