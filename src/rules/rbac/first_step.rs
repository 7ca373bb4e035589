//! The steps of an escalation path: whose they are, and which findings of other rules are about the first.

use std::collections::HashSet;

use crate::finding::{IdentityName, RuleId};
use crate::graph::reach::{Identity, Reach, Standing, Via};
use crate::graph::tables::controllers::{Controller, controller_of};
use crate::graph::{BindingId, Graph, ObjectId};
use crate::rules::{Context, Granted};

/// Whether the first step is a command to the controller that the identity is itself part of.
pub(super) fn is_part_of_engine(standing: &Standing, reach: &Reach<'_>, context: &Context<'_>) -> bool {
    let Some(Via::Power(first)) = reach.path(standing).first().map(|step| step.via) else { return false };
    let own = &reach.net[standing.identity];
    let is_itself = |row: &Controller| {
        row.is_called(&own.named()) && context.graph.grants.is_run_by(row, &own.runners, &context.mirrors())
    };
    controller_of(reach.net[first].primitive).is_some_and(is_itself)
}

/// The findings of other rules about the first step, which the finding about the path includes. None where another
/// binding gives the role, or this one gives it to another identity.
pub(super) fn findings_of_first_step(
    binding: BindingId,
    standings: &[&Standing],
    reach: &Reach<'_>,
    graph: &Graph<'_>,
) -> Vec<Granted> {
    let bound = &graph.places[binding];
    let identities: HashSet<IdentityName> =
        standings.iter().map(|standing| reach.net[standing.identity].named()).collect();
    let around = graph.places[bound.object].namespace.as_deref();
    let alone = bound.binding.subjects.iter().all(|subject| identities.contains(&subject.named(around)));
    let Some(Via::Power(first)) = reach.path(standings[0]).first().map(|step| step.via) else {
        return Vec::new();
    };
    let primitive = reach.net[first].primitive.name;
    let roles = graph.grants.role_of(bound).objects().to_vec();
    let only =
        |role: &&ObjectId| alone && graph.grants.bindings_of(&graph.places[**role]).take(2).count() == 1;
    roles
        .iter()
        .filter(only)
        .map(|&role| Granted {
            source: graph.places[role].source,
            role: graph.places[role].named(),
            primitive,
        })
        .collect()
}

/// The first identity on the way that the input shows only by what it may do: no pod runs as an account that is not there.
pub(super) fn undeclared<'r>(
    standing: &Standing,
    reach: &'r Reach<'_>,
    context: &Context<'_>,
) -> Option<&'r Identity> {
    let is_shown = |identity: &Identity| {
        let is_known =
            || context.settings.lists(RuleId(103), "knownServiceAccounts", &identity.named().to_string());
        // Every namespace has its `default`.
        identity.name == "default"
            || identity.declared.is_some()
            || !identity.runners.is_empty()
            || !identity.token_secrets.is_empty()
            || is_known()
    };
    // Whoever takes the first step has a credential.
    let path = reach.path(standing);
    let mut others = path.iter().skip(1).map(|step| &reach.net[step.from]);
    others.find(|identity| !is_shown(identity))
}
