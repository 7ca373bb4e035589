//! NHI512: an identity can become a stronger one, step by step.

use std::collections::{BTreeMap, HashSet};

use super::first_step::{findings_of_first_step, is_part_of_engine, undeclared};
use crate::finding::IdentityName;
use crate::graph::reach::{IdentityId, Reach, Standing, Via};
use crate::graph::tables::primitive::PV_CREATE;
use crate::graph::tables::tier::Tier;
use crate::graph::{BindingId, Graph};
use crate::rules::{Context, Draft, Emit};

/// Identities that one finding names.
const MOST_NAMED: usize = 8;

pub(crate) fn check(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let reach = context.reach;
    // Identities that take the same path from the same binding become one finding.
    let mut ways: BTreeMap<(BindingId, &'static str, IdentityId), Vec<&Standing>> = BTreeMap::new();
    for standing in &reach.standings {
        let Some(form) = form(standing, reach, context) else { continue };
        let path = reach.path(standing);
        let (Some(first), Some(last)) = (path.first().and_then(|step| reach.binding_of(step)), path.last())
        else {
            continue;
        };
        ways.entry((first, form, last.from)).or_default().push(standing);
    }
    for ((binding, form, _), standings) in ways {
        report(form, binding, &standings, reach, context, drafts);
    }
}

/// What to call a standing; nothing where the identity becomes nobody stronger, or nobody holds its credential.
fn form(standing: &Standing, reach: &Reach<'_>, context: &Context<'_>) -> Option<&'static str> {
    let identity = &reach.net[standing.identity];
    if standing.reachable >= standing.direct || !identity.has_credential() {
        return None;
    }
    let most: usize = context.settings.number(context.rule, "maxHops").try_into().unwrap_or(usize::MAX);
    if reach.path(standing).len() > most {
        return None;
    }
    let certain = reach.path(standing).is_certain();
    match standing.reachable {
        Tier::T0 if certain && is_part_of_engine(standing, reach, context) => Some("platform"),
        Tier::T0 if certain && undeclared(standing, reach, context).is_some() => Some("possible"),
        Tier::T0 if certain => Some("cluster-admin"),
        Tier::T0 => is_worth_a_finding(standing, reach, context.graph).then_some("possible"),
        Tier::T1 | Tier::T2 if certain => reach.crosses(standing, context.owner_keys()).then_some("stronger"),
        _ => None,
    }
}

/// Whether a way that is only possible is worth a finding: through machines and volumes everybody becomes everybody, and
/// what other renders hold may be another cluster's.
fn is_worth_a_finding(standing: &Standing, reach: &Reach<'_>, graph: &Graph<'_>) -> bool {
    let home = |identity: IdentityId| reach.net[identity].home;
    reach.path(standing).iter().all(|step| match step.via {
        Via::Power(power) => {
            reach.net[power].primitive.name != PV_CREATE
                && !graph.places.sources.are_unrelated_renders(home(standing.identity), home(step.from))
        }
        Via::Host(_) | Via::There => false,
    })
}

fn report(
    form: &'static str,
    binding: BindingId,
    standings: &[&Standing],
    reach: &Reach<'_>,
    context: &Context<'_>,
    drafts: &mut Vec<Draft>,
) {
    let graph = context.graph;
    let bound = &graph.places[binding];
    let placed = &graph.places[bound.object];
    let standing = standings[0];
    let names: Vec<IdentityName> =
        standings.iter().map(|standing| reach.net[standing.identity].named()).collect();
    let more = if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
    let mut emit = Emit::object(context.rule, placed, drafts);
    let goal = reach.goal(standing);
    let draft = emit.at(form, bound.binding.role_node, format!("`{}`{more} can {goal}", names[0]));
    draft.identity(names[0].clone()).subject(format!("{} {goal}", names[0]));
    draft.label("the first step");
    let runner = reach.net[standing.identity].runners.first().map(|&at| &graph.places[at]);
    if let Some(object) = runner.map(|runner| &graph.places.object_of(runner).object) {
        draft.note(format!("{} {} runs as it.", object.kind, object.name));
    }
    draft.note(format!("The way: {}.", reach.way(standing)));
    if let Some(identity) = undeclared(standing, reach, context) {
        let gone = identity.named();
        draft.note(format!("Nothing in the input declares `{gone}`: the way is there if the account is."));
    }
    for other in names.iter().skip(1).take(MOST_NAMED) {
        draft.note(format!("So can `{other}`."));
    }
    let mut shown: HashSet<BindingId> = HashSet::from([binding]);
    for step in reach.path(standing).iter() {
        let Via::Power(power) = step.via else { continue };
        let power = &reach.net[power];
        for at in [Some(power.binding), power.with].into_iter().flatten().filter(|&at| shown.insert(at)) {
            let who = reach.net[step.from].named();
            draft.related(graph.places[at].binding.role_node.span(), format!("`{who}` {}", power.words()));
        }
    }
    match reach.cut(standing) {
        Some(at) => {
            let object = graph.places[graph.places[at].object].named();
            draft.note(format!("Without {object} there is no such way."));
        }
        None => drop(draft.note("No single binding closes the way: there are others.")),
    }
    if form == "cluster-admin" {
        draft.absorb(findings_of_first_step(binding, standings, reach, graph));
    }
}
