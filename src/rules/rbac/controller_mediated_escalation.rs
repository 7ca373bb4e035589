//! NHI511: an identity writes what a controller acts on with rights of its own.

use super::power::{Power, Question, Reach, ask};
use crate::finding::Form;
use crate::graph::Placed;
use crate::graph::tables::controllers::{commands, controller_of};
use crate::graph::tables::permission::ALL;
use crate::graph::tables::tier::Tier;
use crate::rules::{Context, Emit};

/// The tier up to which a command that nobody holds is worth a word.
const DORMANT_TIER: Tier = Tier::T1;

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let question = Question { primitives: commands, axis: "resources", form };
    ask(&question, placed, context, emit);
}

fn form(power: &Power<'_>, context: &Context<'_>) -> Option<Form> {
    let row = controller_of(power.primitive)?;
    let graph = context.graph;
    let source = power.placed.source;
    // A rule on every API group is a finding of NHI502.
    if power.rule.groups.iter().any(|group| group == ALL) {
        return None;
    }
    let holds = !power.identities.is_empty();
    let mirrors = context.mirrors();
    let is_itself = |identity| graph.grants.is_controller(row, identity, power.placed, &mirrors);
    if holds && power.identities.iter().all(is_itself) {
        return None;
    }
    let limited = !power.shown.names.is_empty();
    match power.reach {
        Reach::Dormant => return (!limited && row.tier <= DORMANT_TIER).then_some(Form("dormant")),
        Reach::Namespace if !power.namespaces.iter().any(|namespace| row.heeds(namespace)) => return None,
        _ if limited => return Some(Form::NAMED),
        // Whoever holds it through `edit` or `admin` is a finding of NHI509.
        _ if power.held.iter().all(|held| held.through.is_some()) => return Some(Form("weak")),
        _ => {}
    }
    Some(Form(match graph.grants.tier_of_controller(row, source) {
        Tier::T0 if graph.grants.is_confined(row, power.placed) => "confined",
        Tier::T0 => "controller",
        Tier::T1 | Tier::T2 => "lesser",
        _ => "weak",
    }))
}
