//! Who holds a primitive through a role object, and where.

use std::borrow::Cow;
use std::collections::HashSet;

use super::approving::signers;
use super::together::together;
use super::{Power, Reach};
use crate::finding::IdentityName;
use crate::graph::tables::builtin::builtin;
use crate::graph::tables::permission::{ALL, Rule, allowed};
use crate::graph::tables::primitive::{Primitive, Shown};
use crate::graph::{Held, Placed};
use crate::k8s::Object;
use crate::rules::{Context, SHOWN};
use crate::yaml::Node;

/// The rule that shows a primitive best, and who holds it.
pub(super) fn power<'p>(
    primitive: &'static Primitive,
    placed: &'p Placed<'p>,
    written: &'p [(Node<'p>, Rule<'p>)],
    held: &[Held<'p, 'p>],
    context: &Context<'p>,
) -> Option<(usize, Power<'p>)> {
    let cluster_wide =
        if held.is_empty() { placed.object.is_cluster_scoped() } else { held.iter().any(is_wide) };
    let found = written.iter().enumerate().filter_map(|(at, (_, rule))| {
        let wildcard = |words: &[Cow<'_, str>]| words.iter().any(|word| word == ALL);
        // Every verb on every resource is a finding of NHI501 and NHI502.
        if wildcard(&rule.verbs) && wildcard(&rule.resources) {
            return None;
        }
        Some((at, primitive.shown_by(rule, cluster_wide)?))
    });
    let mut found: Vec<(usize, Shown<'_>)> = found.collect();
    found.sort_by_key(|(at, shown)| (!shown.names.is_empty(), *at));
    let &(at, shown) = found.first()?;
    let alike = found[1..].iter().filter(|(_, other)| other.names.is_empty() == shown.names.is_empty());
    let elsewhere = alike.map(|(at, _)| written[*at].0).collect();
    let adds = |held: &&Held<'_, '_>| {
        let before = held.through.and_then(|name| builtin().rules(name));
        !before.is_some_and(|rules| allowed(rules, &shown.request))
    };
    let mut adding: Vec<Held<'_, '_>> = held.iter().filter(adds).copied().collect();
    // It is held, but by those who have it anyway.
    if adding.is_empty() && !held.is_empty() {
        return None;
    }
    adding.sort_by_key(|held| !is_wide(held));
    let reach = match adding.first() {
        Some(first) if is_wide(first) => Reach::Cluster,
        Some(_) => Reach::Namespace,
        None => Reach::Dormant,
    };
    let (identities, namespaces) = holders(&adding, reach, context);
    let rule = &written[at].1;
    let definitions = other_definitions(placed, context);
    let power = Power {
        primitive,
        shown,
        rule,
        reach,
        signers: signers(primitive, written, &adding, &context.graph.grants),
        held: adding,
        identities,
        namespaces,
        placed,
        elsewhere,
        together: together(primitive, &shown, written, at, reach),
        definitions,
    };
    Some((at, power))
}

/// No more definitions of a role are compared with it.
const COMPARED: usize = 64;

/// The names in other definitions of a role that grant something else, of which any may be the one that is applied: as many
/// as are shown.
fn other_definitions<'p>(placed: &Placed<'p>, context: &Context<'p>) -> Vec<Node<'p>> {
    let places = &context.graph.places;
    let (kind, name) = (&placed.object.kind, &placed.object.name);
    let all = places.definitions(placed.source, kind, placed.namespace.as_deref(), name);
    let differs = |key: &str, other: Node<'_>| match (placed.object.node.get(key), other.get(key)) {
        (Some(own), Some(other)) => !own.content_eq(other),
        (own, other) => own.is_some() != other.is_some(),
    };
    let others = all.filter(|other| *other != placed.id).take(COMPARED);
    let others = others.map(|other| &places[other].object);
    let others =
        others.filter(|other| ["rules", "aggregationRule"].iter().any(|key| differs(key, other.node)));
    others.take(SHOWN).filter_map(Object::name_node).collect()
}

fn is_wide(held: &Held<'_, '_>) -> bool {
    held.binding.binding.cluster_wide
}

/// The identities that get it, and the namespaces in which they do; none for the whole cluster.
fn holders<'p>(
    held: &[Held<'p, 'p>],
    reach: Reach,
    context: &Context<'p>,
) -> (Vec<IdentityName>, Vec<&'p str>) {
    let (mut identities, mut namespaces) = (Vec::new(), Vec::new());
    for held in held.iter().take_while(|held| reach != Reach::Cluster || is_wide(held)) {
        let around = context.graph.places[held.binding.object].namespace.as_deref();
        namespaces.extend(around.filter(|_| reach == Reach::Namespace));
        let machines = held.binding.binding.subjects.iter();
        identities
            .extend(machines.filter(|subject| subject.is_non_human()).map(|subject| subject.named(around)));
    }
    namespaces.sort_unstable();
    namespaces.dedup();
    let mut known = HashSet::new();
    identities.retain(|identity| known.insert(identity.clone()));
    (identities, namespaces)
}
