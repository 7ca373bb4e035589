//! NHI504: an identity may read secrets that are not its own.

use super::power::{Power, Question, Reach, ask};
use crate::finding::Form;
use crate::graph::Placed;
use crate::graph::tables::primitive::PRIMITIVES;
use crate::rules::{Context, Emit};

const QUESTION: Question = Question { primitives: || PRIMITIVES.secrets, axis: "verbs", form };

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    ask(&QUESTION, placed, context, emit);
}

fn form(power: &Power<'_>, context: &Context<'_>) -> Option<Form> {
    let operators = context.settings.parts(context.rule, "secretOperators");
    let account = |name: &str| operators.has(name.rsplit('/').next().unwrap_or(name));
    match (power.reach, power.shown.names) {
        (Reach::Dormant, []) => Some(Form("dormant")),
        (Reach::Dormant, _) => None,
        (_, [_, ..]) => Some(Form::NAMED),
        _ if power.identities.iter().all(|identity| account(identity.name())) => Some(Form("operator")),
        _ => Some(power.usual_form()),
    }
}
