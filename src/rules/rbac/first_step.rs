//! The first step of an escalation path: whose it is, and which findings of other rules are about it.

use std::collections::HashSet;

use crate::finding::IdentityName;
use crate::graph::reach::{Reach, Standing, Via};
use crate::graph::tables::controllers::controller_of;
use crate::graph::{BindingId, Graph, ObjectId};
use crate::rules::Granted;

/// Whether the first step is a command to the controller that the identity is itself part of.
pub(super) fn is_part_of_engine(standing: &Standing, reach: &Reach<'_>) -> bool {
    let Some(Via::Power(first)) = reach.path(standing).first().map(|step| step.via) else { return false };
    let own = reach.net[standing.identity].named();
    controller_of(reach.net[first].primitive).is_some_and(|controller| controller.is_itself(&own))
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
