//! Rules of roles that grant nothing, or less than they say: the walk.

use std::collections::HashSet;

use super::refused_rule;
use crate::graph::tables::permission::{Request, Rule, allowed};
use crate::graph::tables::resource::is_own_group;
use crate::graph::{Graph, Placed, RoleUse};
use crate::k8s::binding::{GROUP, is_aggregated, rules};
use crate::rules::{Draft, Emit};
use crate::yaml::Node;

/// Rules of a role that one is compared with; roles may be made to be slow.
const MOST_RULES: usize = 1000;

/// One rule of a role, and what decides whether it grants anything.
pub(super) struct WrittenRule<'r> {
    pub(super) placed: &'r Placed<'r>,
    pub(super) graph: &'r Graph<'r>,
    pub(super) node: Node<'r>,
    pub(super) rule: &'r Rule<'r>,
    /// The API groups of the rule.
    pub(super) groups: HashSet<&'r str>,
    /// Whether all resources of them are known.
    pub(super) has_own_groups: bool,
    /// Every rule of the role.
    written: &'r [(Node<'r>, Rule<'r>)],
    /// The form for what stands outside namespaces, where no binding reaches that.
    pub(super) inert: Option<&'static str>,
}

pub(super) fn check<'a>(placed: &Placed<'a>, graph: &Graph<'a>, emit: &mut Emit<'_>) {
    let written: Vec<(Node<'_>, Rule<'_>)> =
        rules(placed.object.node).map(|node| (node, Rule::from_node(node))).collect();
    let dormant = graph.grants.role_use(placed) == RoleUse::Dormant;
    let settle = |draft: &mut Draft| {
        if dormant {
            draft.step(-1, "No binding in the input gives this role to an identity.");
        }
    };
    if is_aggregated(&placed.object) {
        if let Some(entry) = placed.object.node.entry("rules").filter(|_| !written.is_empty()) {
            let message = "what is written here is overwritten by the roles that are aggregated";
            settle(emit.key("overwritten", entry, message).label("`aggregationRule` fills it"));
        }
        return;
    }
    let inert = match placed.object.is_cluster_scoped() {
        _ if graph.grants.reaches_cluster(placed) => None,
        true => Some("inert-here"),
        false => Some("inert"),
    };
    for (node, rule) in &written {
        let groups: HashSet<&str> = rule.groups.iter().map(AsRef::as_ref).collect();
        let has_own_groups = !groups.is_empty() && groups.iter().all(|group| is_own_group(group));
        let checked = WrittenRule {
            placed,
            graph,
            node: *node,
            rule,
            groups,
            has_own_groups,
            written: &written,
            inert,
        };
        if placed.object.group == GROUP {
            refused_rule::check(*node, rule, emit, settle);
        }
        checked.verbs(emit, &settle);
        checked.names(emit, &settle);
        checked.groups(emit, &settle);
        checked.resources(emit, &settle);
        checked.outside(emit, &settle);
    }
}

impl<'r> WrittenRule<'r> {
    pub(super) fn items(&self, field: &str) -> impl Iterator<Item = (Node<'r>, String)> + use<'r> {
        let items = self.node.get(field).into_iter().flat_map(Node::items);
        items.filter_map(|item| Some((item, item.as_str()?.into_owned())))
    }

    /// Whether another rule of the role allows what this one seems to.
    pub(super) fn is_allowed_elsewhere(&self, request: &Request<'_>) -> bool {
        let others = self.written.iter().take(MOST_RULES).map(|(_, rule)| rule);
        allowed(others.filter(|rule| !std::ptr::eq(*rule, self.rule)), request)
    }
}
