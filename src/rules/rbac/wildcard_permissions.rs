//! NHI502: a role says `*` where it should list.

use crate::finding::Operation;
use crate::graph::tables::permission::{Axis, Rule};
use crate::graph::{Graph, Placed, RoleUse};
use crate::k8s::binding::{is_role, rules};
use crate::rules::emit::change;
use crate::rules::{Context, Emit};
use crate::yaml::Node;

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let bundles = || context.graph.places.bindings_at(placed).iter().filter_map(|bound| bound.binding.bundle);
    let (used, written): (_, Vec<Node<'_>>) = if is_role(&placed.object) {
        (context.graph.grants.role_use(placed), rules(placed.object.node).collect())
    } else {
        (RoleUse::Bound, bundles().flat_map(rules).collect())
    };
    for node in written {
        let rule = Rule::from_node(node);
        let wildcards = rule.wildcards();
        for &axis in &wildcards.axes {
            let wide = matches!(axis, Axis::Resources | Axis::Verbs) && wildcards.sensitive;
            let form = match used {
                RoleUse::Dormant => "dormant",
                RoleUse::Aggregated if wide => "aggregated",
                _ if is_own_group(&rule, placed, context.graph) => "own-group",
                _ if wide => "sensitive",
                _ => "other",
            };
            report(form, axis, node, &rule, placed, emit);
        }
        if used == RoleUse::Aggregated && wildcards.axes.is_empty() {
            widened(node, &rule, emit);
        }
        if wildcards.enumerated && used != RoleUse::Dormant {
            let Some(entry) = node.entry("resources") else { continue };
            let count = rule.resources.len();
            let message = format!("nearly every verb on {count} resources is a wildcard spelt out");
            emit.key("enumerated", entry, message).label("list what the workload uses");
        }
    }
}

fn report(
    form: &'static str,
    axis: Axis,
    node: Node<'_>,
    rule: &Rule<'_>,
    placed: &Placed<'_>,
    emit: &mut Emit<'_>,
) {
    let Some(entry) = node.entry(axis.field()) else { return };
    let groups =
        rule.groups.iter().map(|group| if group.is_empty() { "core" } else { group }).collect::<Vec<_>>();
    let message = match axis {
        Axis::Verbs if rule.resources.is_empty() => {
            format!("`*` in `verbs` is every verb of HTTP, on the path {}", of(&rule.urls))
        }
        Axis::Verbs => format!(
            "`*` in `verbs` is every verb, `escalate` and `impersonate` included, on {}",
            of(&rule.resources)
        ),
        Axis::Resources => format!(
            "`*` in `resources` is every resource of {}, secrets and subresources included",
            of(&groups)
        ),
        Axis::Subresources => format!("`{}` is that subresource of every resource", subresource(rule)),
        Axis::Groups => {
            format!("`*` in `apiGroups` is every API group, present and future, for {}", of(&rule.resources))
        }
        Axis::Urls => "`*` in `nonResourceURLs` is every path of the API server".to_owned(),
    };
    let draft = emit.key(form, entry, message);
    draft.subject(axis.field()).label("a wildcard grows with every API that is installed");
    if form == "dormant" {
        draft.note("No binding in the input gives this role to an identity.");
    }
    if axis == Axis::Verbs {
        let verbs = "[get, list, watch, create, update, patch, delete]";
        let set = change(placed, entry.value, Operation::Set(verbs.to_owned()));
        draft.suggest("list the verbs that are used", set);
    }
}

/// Rules that quietly make `view`, `edit` or `admin` stronger.
fn widened(node: Node<'_>, rule: &Rule<'_>, emit: &mut Emit<'_>) {
    let core = rule.groups.iter().any(|group| group.is_empty());
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

fn subresource<'r>(rule: &'r Rule<'_>) -> &'r str {
    rule.resources.iter().find(|name| name.starts_with("*/")).map_or("*/", AsRef::as_ref)
}

fn of<S: AsRef<str>>(words: &[S]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [one] if one.as_ref() == "*" => "all that there is".to_owned(),
        [one] => format!("`{}`", one.as_ref()),
        [one, rest @ ..] => format!("`{}` and {} more", one.as_ref(), rest.len()),
    }
}
