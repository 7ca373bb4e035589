//! Engines that apply what is committed, which a preset accepts with every right: asked in one place, so that no rule accepts
//! what another does not.

use crate::finding::RuleId;
use crate::graph::tables::engine::KnownEngine;
use crate::graph::tables::permission::{Rule, is_everything};
use crate::graph::{Placed, PlacedBinding};
use crate::k8s::binding::{Subject, own_rules};
use crate::rules::Context;

/// What a finding says of it.
pub(super) const ACCEPTED: &str =
    "Accepted by the preset: the engine applies whatever is committed, so its repository is the gate.";

/// Whether a binding binds identities, and all of them are such engines; people beside them are another matter.
pub(super) fn binds_engines(bound: &PlacedBinding<'_>, context: &Context<'_>) -> bool {
    let listed = context.settings.patterns(RuleId(501), "gitopsEngines");
    let at = &context.graph.places[bound.object];
    let around = at.namespace.as_deref();
    let is_engine = |subject: &Subject<'_>| {
        listed.has(&subject.named(around).to_string())
            || subject.account_in(around).is_some_and(|account| is_known(account, at, context))
    };
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

/// What a finding says of an account that is called like an engine, and is not shown to be one.
pub(super) const ONLY_CALLED: &str = "It is called like an engine, and nothing in the input shows that it is one: no pod runs \
                                      as it from the engine's own image. Where it is one, name it in `gitopsEngines` of NHI501.";

/// Whether a binding binds an account that is called like an engine.
pub(super) fn names_engine(bound: &PlacedBinding<'_>, context: &Context<'_>) -> bool {
    let around = context.graph.places[bound.object].namespace.as_deref();
    bound.binding.subjects.iter().any(|subject| {
        let account = subject.account_in(around);
        account.is_some_and(|(namespace, name)| {
            namespace.is_some_and(|namespace| KnownEngine::named(namespace, name).is_some())
        })
    })
}

/// Whether an account is a known engine's, and what runs as it shows that. A name alone is nobody's.
fn is_known((namespace, name): (Option<&str>, &str), at: &Placed<'_>, context: &Context<'_>) -> bool {
    let Some((namespace, engine)) = namespace.and_then(|at| Some((at, KnownEngine::named(at, name)?))) else {
        return false;
    };
    let (places, mirrors) = (&context.graph.places, context.mirrors());
    places.is_run_only_by(at, Some(namespace), name, |container| engine.is_run_by(container, &mirrors))
        || places.users_of(at, Some(namespace), name).is_empty()
            && engine.package.is_some_and(|package| places.installs_package(at, package))
}
