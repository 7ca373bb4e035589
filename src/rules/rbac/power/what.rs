//! To what a power gives access.

use super::Power;
use crate::graph::tables::permission::Request;
use crate::k8s::binding::GROUP;
use crate::yaml::Node;

impl Power<'_> {
    /// All of it, or what limits it.
    pub(super) fn what(&self) -> String {
        if let Some(requests) = self.requests() {
            return requests;
        }
        let resource = if self.is_of_both_roles() { "" } else { self.shown.resource };
        self.primitive.what_of(resource, self.shown.names)
    }

    /// Whether the rule gives it for both kinds of roles.
    fn is_of_both_roles(&self) -> bool {
        let of_roles = Request::resource(self.shown.verb(), GROUP, "roles");
        self.shown.resource == "clusterroles" && self.rule.allows(&of_roles)
    }

    /// Where a rule names the resource.
    pub(super) fn resource_in<'r>(&self, rule: Node<'r>) -> Option<Node<'r>> {
        let mut items = rule.get("resources").into_iter().flat_map(Node::items);
        items.find(|item| item.as_str().is_some_and(|written| written == self.shown.resource))
    }
}
