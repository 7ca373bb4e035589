//! NHI503: verbs that make their holder somebody else.

use super::power::{Power, Question, Reach, ask};
use crate::finding::Form;
use crate::graph::tables::permission::is_everything;
use crate::graph::tables::primitive::{BIND, CONSTRAINED, IMPERSONATE_USER, PRIMITIVES, unlimited};
use crate::graph::{Graph, Placed};
use crate::rules::{Context, Emit};

const QUESTION: Question = Question { primitives: || PRIMITIVES.escalation, axis: "verbs", form };

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    ask(&QUESTION, placed, context, emit);
}

fn form(power: &Power<'_>, context: &Context<'_>) -> Option<Form> {
    let names = power.shown.names;
    let limited =
        !names.is_empty() && !names.iter().any(|name| is_as_good_as_all(name, power, context.graph));
    match power.reach {
        Reach::Dormant if limited => None,
        Reach::Dormant => Some(Form("dormant")),
        _ if power.primitive.name == CONSTRAINED => Some(Form("constrained")),
        _ if limited => Some(Form::NAMED),
        _ if is_waiting(power, context.graph) => Some(Form::WAITING),
        _ => Some(power.usual_form()),
    }
}

/// Whether nobody who holds `bind` may write a binding that it counts for.
fn is_waiting(power: &Power<'_>, graph: &Graph<'_>) -> bool {
    power.primitive.name == BIND && !power.held.iter().any(|held| graph.grants.may_use_bind(held.binding))
}

/// Whether a name in `resourceNames` gives so much that it is no limit.
fn is_as_good_as_all(name: &str, power: &Power<'_>, graph: &Graph<'_>) -> bool {
    if power.primitive.name == IMPERSONATE_USER {
        return name == "system:masters";
    }
    if power.primitive.name != BIND {
        return false;
    }
    graph
        .grants
        .cluster_role(power.placed.source, name)
        .is_some_and(|rules| is_everything(rules.iter().copied()) || !unlimited(rules, true).is_empty())
}
