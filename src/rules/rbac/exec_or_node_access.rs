//! NHI506: an identity may get into pods of others, or into the nodes under them.

use super::power::{OLD_CLUSTER, Power, Question, Reach, ask};
use crate::finding::Form;
use crate::graph::Placed;
use crate::graph::tables::primitive::{POD_EXEC, PRIMITIVES};
use crate::rules::{Context, Emit};

/// From this minor version of Kubernetes on, a GET that becomes a WebSocket is authorized as `create`.
const GET_IS_NO_EXEC: u32 = 35;

const QUESTION: Question = Question { primitives: || PRIMITIVES.intrusion, axis: "resources", form };

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    ask(&QUESTION, placed, context, emit);
}

fn form(power: &Power<'_>, context: &Context<'_>) -> Option<Form> {
    let upgrades = power.primitive.name == POD_EXEC || power.shown.resource == "pods/portforward";
    let is_read = upgrades && power.shown.verb() == "get";
    match context.settings.kubernetes_minor {
        Some(minor) if is_read && minor >= GET_IS_NO_EXEC => return None,
        None if is_read && power.reach != Reach::Dormant => return Some(OLD_CLUSTER),
        _ => {}
    }
    match (power.reach, power.shown.names) {
        (Reach::Dormant, []) => Some(Form("dormant")),
        (Reach::Dormant, _) => None,
        (_, [_, ..]) => Some(Form::NAMED),
        _ if power.primitive.weaker => Some(Form("connection")),
        _ => Some(power.usual_form()),
    }
}
