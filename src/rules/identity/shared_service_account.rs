//! NHI102: several workloads run as one account.

use super::{account, leaving};
use crate::catalog::Class;
use crate::finding::{Applicability, IdentityName, Operation};
use crate::graph::place::sharing::MOST;
use crate::graph::{AccountUse, Grant, Runner};
use crate::k8s::workload::Shape;
use crate::rules::emit::change;
use crate::rules::{Context, Draft, Emit, SHOWN};
use crate::yaml::{Node, plain};

pub(crate) fn check(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let graph = context.graph;
    let at = graph.places.object_of(runner);
    let AccountUse::Named { name, entry } = &runner.account else {
        return;
    };
    let is_allowed =
        |identity: IdentityName| context.settings.lists(context.rule, "allowList", &identity.to_string());
    if at.partial || graph.places.identity_of(runner).is_some_and(is_allowed) {
        return;
    }
    let others = graph.places.sharers(runner);
    let allowed = context.settings.number(context.rule, "maxUsers").max(1);
    if i64::try_from(others.len()).is_ok_and(|others| others < allowed) {
        return;
    }
    let is_job = |runner: &&Runner<'_>| runner.workload.run.class() == Class::Job;
    let form = if is_job(&runner) || others.iter().any(is_job) { "job" } else { "service" };
    let shown = |other: &Runner<'_>| {
        let object = &graph.places.object_of(other).object;
        format!("{} `{}`", object.kind, object.name)
    };
    let more = match others.len() {
        1 => String::new(),
        MOST => " and many more".to_owned(),
        others => format!(" and {} more", others - 1),
    };
    let message = format!("`{name}` is also the account of {}{more}", shown(others[0]));
    let draft = emit.at(form, entry.value, message);
    draft.label("none of them can be limited or revoked alone").subject(&**name);
    for other in others.iter().take(SHOWN) {
        if let AccountUse::Named { entry, .. } = &other.account {
            draft.related(entry.value.span(), format!("used here by {}", shown(other)));
        }
    }
    if lends(runner, &others, name, context) {
        draft.yields();
    }
    weigh(runner, &others, form, context, draft);
    mend(runner, name, entry.value, context, draft);
}

/// Whether an account bears the name of the workload, and another borrows it: there the name is to be changed.
fn lends(runner: &Runner<'_>, others: &[&Runner<'_>], name: &str, context: &Context<'_>) -> bool {
    let own_name = |runner: &Runner<'_>| account::own_name(context.graph.places.object_of(runner));
    own_name(runner) == name && others.iter().any(|other| own_name(other) != name)
}

/// One step up where several teams hold the account, one down where it is only a name inside one installation.
fn weigh(runner: &Runner<'_>, others: &[&Runner<'_>], form: &str, context: &Context<'_>, draft: &mut Draft) {
    let graph = context.graph;
    if let Some((own, other)) = graph.places.owners_apart(runner, others, context.owner_keys()) {
        let reason = format!("Its workloads answer to different owners: `{own}` and `{other}`.");
        draft.step(1, reason);
    } else if context.settings.list(context.rule, "allowSameInstance").contains(&form)
        && graph.places.are_one_instance(runner, others)
        && graph.credentials.is_powerless(runner)
    {
        let reason =
            "All of them are one installation, and the account holds no binding, cloud role or Secret.";
        draft.step(-1, reason);
    }
}

fn mend(runner: &Runner<'_>, name: &str, written: Node<'_>, context: &Context<'_>, draft: &mut Draft) {
    let at = context.graph.places.object_of(runner);
    let own = account::own_name(at);
    if own == name {
        draft
            .note("The account bears its name: give the others accounts of their own and leave it this one.");
        return;
    }
    // An account that a workflow takes from its template is named there, once for all that refer to it.
    let rename = change(at, written, Operation::Set(plain(&own))).filter(|_| !own.is_empty());
    if rename.is_none() {
        return;
    }
    let grants = context.graph.grants.own_grants_to(at, at.namespace.as_deref(), name);
    let grants: Vec<Grant<'_, '_>> = grants.take(SHOWN).collect();
    let silent = grants.is_empty() && !context.graph.credentials.reads_token(runner);
    let declared = account::declare(at, (at.namespace.as_deref(), &own), name, silent, context);
    let bound = grants.iter().map(|grant| account::bind_too(grant, &own, at, context));
    let changes = rename.into_iter().chain(declared).chain(bound);
    let title = "give it an account of its own, with the same rights, then trim them";
    // Without its namespace it is not known which bindings grant it something.
    let is_known = at.namespace.is_some() && runner.workload.shape != Shape::Workflow;
    let trust = if is_known { Applicability::Unsafe } else { Applicability::Suggest };
    draft.fix(trust, title, changes);
    if let Some(why) = leaving::hindrance(at, name, &own, context) {
        draft.without_edit(why);
    }
}
