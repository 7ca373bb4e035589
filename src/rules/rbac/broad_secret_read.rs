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
    let operators = context.settings.list(context.rule, "secretOperators");
    match (power.reach, power.shown.names) {
        (Reach::Dormant, []) => Some(Form("dormant")),
        (Reach::Dormant, _) => None,
        (_, [_, ..]) => Some(Form::NAMED),
        _ if power.identities.iter().all(|identity| is_one_of(identity.name(), &operators)) => {
            Some(Form("operator"))
        }
        _ => Some(power.usual_form()),
    }
}

/// Whether an account is called as one of the names, with parts of a release or of a component around it.
fn is_one_of(account: &str, names: &[&str]) -> bool {
    let account = account.rsplit('/').next().unwrap_or(account);
    names.iter().any(|name| {
        let before = account.strip_prefix(name);
        let after = account.strip_suffix(name);
        before.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            || after.is_some_and(|rest| rest.ends_with('-'))
    })
}
