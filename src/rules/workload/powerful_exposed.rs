//! NHI702: a strong identity runs where it is reached from outside, or on every node.

use crate::graph::Runner;
use crate::graph::exposure::WayIn;
use crate::graph::tables::image::{is_front, is_node_agent};
use crate::graph::tables::tier::Tier;
use crate::k8s::container::Role;
use crate::k8s::kinds::Run;
use crate::rules::{Context, Draft, Emit, SHOWN};

pub(crate) fn check(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let graph = context.graph;
    let at = graph.places.object_of(runner);
    let everywhere = runner.workload.run == Run::Node;
    if at.partial || graph.places.is_static_pod(at) {
        return;
    }
    let Some(strength) = context.reach.strength_of(runner) else { return };
    let Some(identity) = graph.places.identity_of(runner) else { return };
    let strong = strength.tier <= Tier::T1;
    if !strong && strength.cloud.is_empty() {
        return;
    }
    let ways = graph.exposure.ways_into(runner);
    if ways.is_empty() && !(strong && everywhere) {
        return;
    }
    let expected = is_expected(runner, everywhere, context);
    let form = match (expected, ways.is_empty(), strength.tier) {
        (true, _, _) => "expected",
        (_, true, _) => "every-node",
        (_, _, Tier::T0) => "critical",
        (_, _, Tier::T1) => "strong",
        _ => "cloud",
    };
    let what = match strength.tier {
        Tier::T0 => "is as good as cluster-admin",
        Tier::T1 => "holds wide rights",
        _ => "holds a cloud identity",
    };
    let message = match ways.first() {
        Some(way) => format!("`{identity}` {what}, and {} leads to it", way.by),
        None => format!("`{identity}` {what}, and its token is on every node"),
    };
    let entry = runner.workload.spec;
    let draft = match runner.account.entry() {
        Some(entry) => emit.at(form, entry.value, message),
        None => emit.key(form, entry, message),
    };
    let taken = if ways.is_empty() { "one node over" } else { "it over from outside" };
    draft.label(format!("whoever takes {taken} has it"));
    if strong {
        draft.note(format!("Its tier is {}: {}.", strength.tier, strength.tier.meaning()));
    }
    if let Some(power) = strength.power.filter(|_| strong) {
        let role = graph.places[power.binding].binding.role_node.span();
        draft.related(role, format!("its account {}", power.words()));
    }
    for cloud in strength.cloud.iter().take(SHOWN) {
        draft.related(cloud.named.span(), "its cloud identity");
    }
    show_ways(&ways, draft);
    if form != "expected" && !ways.is_empty() && ways.iter().all(|way| way.internal) {
        draft.step(-1, "Nothing shows that it is open to more than the organisation's own network.");
    }
}

/// Whether all that runs in a pod is expected to be reached, or to be on every node. What stands beside it is not.
fn is_expected(runner: &Runner<'_>, everywhere: bool, context: &Context<'_>) -> bool {
    let mirrors = context.mirrors();
    let running = runner.workload.containers.iter().filter(|container| container.role != Role::Init);
    let mut images = running.map(|container| container.image()).peekable();
    images.peek().is_some()
        && images.all(|image| everywhere && is_node_agent(&image, &mirrors) || is_front(&image, &mirrors))
}

/// Points at the ways in.
fn show_ways(ways: &[WayIn], draft: &mut Draft) {
    for way in ways.iter().take(SHOWN) {
        draft.related(way.span, format!("{} leads to it", way.by));
        if let Some(service) = way.service {
            draft.related(service, "through this Service");
        }
    }
}
