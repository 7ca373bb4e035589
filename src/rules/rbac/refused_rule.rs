//! Rules for which the API server refuses a whole role.

use crate::graph::tables::permission::Rule;
use crate::rules::{Draft, Emit};
use crate::yaml::Node;

/// What `ValidatePolicyRule` says (kubernetes `pkg/apis/rbac/validation/validation.go`).
pub(super) fn check(node: Node<'_>, rule: &Rule<'_>, emit: &mut Emit<'_>, settle: impl Fn(&mut Draft)) {
    let is_of_resources = !(rule.groups.is_empty() && rule.resources.is_empty() && rule.names.is_empty());
    let why = if rule.verbs.is_empty() {
        "the rule names no verbs"
    } else if !rule.urls.is_empty() {
        if !is_of_resources {
            return;
        }
        "one rule cannot be about resources and about URLs"
    } else if rule.groups.is_empty() {
        "the rule names no API groups, and the core group is `\"\"`"
    } else if rule.resources.is_empty() {
        "the rule names no resources"
    } else {
        return;
    };
    let draft = emit.at("refused", node, format!("{why}: the API server refuses this role"));
    settle(draft.label("nothing of the role is granted"));
}
