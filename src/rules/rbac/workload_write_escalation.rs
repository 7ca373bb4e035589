//! NHI505: an identity may write workloads, and so run as every account of the namespace.

use super::power::{Power, Question, Reach, ask};
use crate::finding::Form;
use crate::graph::Placed;
use crate::graph::tables::primitive::PRIMITIVES;
use crate::rules::{Context, Emit};

const QUESTION: Question = Question { primitives: || PRIMITIVES.workloads, axis: "verbs", form };

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    ask(&QUESTION, placed, context, emit);
}

fn form(power: &Power<'_>, context: &Context<'_>) -> Option<Form> {
    if !power.shown.names.is_empty() {
        return None;
    }
    let privileged = context.settings.patterns(context.rule, "privilegedNamespaces");
    match power.reach {
        Reach::Namespace if power.namespaces.iter().any(|namespace| privileged.has(namespace)) => {
            Some(Form("privileged"))
        }
        _ => Some(power.usual_form()),
    }
}
