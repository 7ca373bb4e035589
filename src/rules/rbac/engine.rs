//! Engines that apply what is committed, which a preset accepts with every right: asked in one place, so that no rule accepts
//! what another does not.

use crate::finding::RuleId;
use crate::graph::tables::permission::{Rule, is_everything};
use crate::graph::{Placed, PlacedBinding};
use crate::k8s::binding::{Subject, own_rules};
use crate::rules::Context;

/// What a finding says of it.
pub(super) const ACCEPTED: &str =
    "Accepted by the preset: the engine applies whatever is committed, so its repository is the gate.";

/// Whether a binding binds identities, and all of them are such engines; people beside them are another matter.
pub(super) fn binds_engines(bound: &PlacedBinding<'_>, context: &Context<'_>) -> bool {
    let engines = context.settings.patterns(RuleId(501), "gitopsEngines");
    let around = context.graph.places[bound.object].namespace.as_deref();
    let is_engine = |subject: &Subject<'_>| engines.has(&subject.named(around).to_string());
    let mut machines = bound.binding.subjects.iter().filter(|subject| subject.is_non_human()).peekable();
    machines.peek().is_some() && machines.all(is_engine)
}

/// Whether a role gives every right, and only to such engines: each binding of it is accepted as what it is.
pub(super) fn is_of_engines(role: &Placed<'_>, context: &Context<'_>) -> bool {
    let rules: Vec<Rule<'_>> = own_rules(&role.object).map(Rule::from_node).collect();
    if !is_everything(&rules) {
        return false;
    }
    let grants = &context.graph.grants;
    let held = grants.held_through(role);
    !held.is_empty()
        && held
            .iter()
            .all(|held| grants.role_of(held.binding).is_everything() && binds_engines(held.binding, context))
}
