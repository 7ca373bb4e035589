//! NHI404: a pod gets an API token though nothing is granted to its account and nothing in it reads the token.

use crate::catalog::Class;
use crate::finding::Operation;
use crate::graph::{AccountUse, Graph, Placed, Runner};
use crate::rules::{Check, Context, Emit};
use crate::yaml::Node;

pub(in crate::rules) const CHECKS: &[Check] = &[Check::Object(account), Check::Workload(pod)];

const FIELD: &str = "automountServiceAccountToken";

/// A pod that gets the token. An account that asks for it itself, for pods that all do not need it, is the place to
/// mend, so their findings are left to it.
fn pod(runner: &Runner<'_>, context: &Context<'_, '_>, emit: &mut Emit<'_>) {
    let graph = context.graph;
    let at = graph.object_of(runner);
    let accounts = graph.accounts_of(runner);
    if !is_unneeded(runner, graph)
        || accounts.iter().any(|&account| asks(&graph.objects[account], graph).is_some())
    {
        return;
    }
    let name = runner.account.name().unwrap_or_default();
    let message = format!("an API token is mounted that nothing reads; `{name}` is granted nothing");
    let explicit = runner.workload.automount();
    let draft = match explicit {
        Some(entry) => emit.at("pod", entry.value, message),
        None => emit.key("pod", runner.workload.spec, message),
    };
    draft.label("its pods can do without a token");
    for account in accounts {
        let account = &graph.objects[account].object;
        let place = account.node.entry(FIELD).or_else(|| account.metadata_entry());
        if let Some(place) = place {
            draft.related(place.key.span(), format!("the account does not say `{FIELD}: false` either"));
        }
    }
    draft.note(
        "The input is whole: no binding in it means this account, beyond what every account may do. A login with the \
         token elsewhere would not be seen.",
    );
    let spec = runner.workload.spec.value.path_from(at.object.node).unwrap_or_default();
    let change = match explicit {
        Some(_) => (format!("{spec}/{FIELD}"), Operation::Set("false".into())),
        None => (spec, Operation::Insert(format!("{FIELD}: false"))),
    };
    draft.suggest("mount no token", [change]);
}

/// An account that asks for a token for every pod, though none needs it.
fn account(placed: &Placed<'_>, context: &Context<'_, '_>, emit: &mut Emit<'_>) {
    let graph = context.graph;
    let Some(asked) = asks(placed, graph) else { return };
    let name = &placed.object.name;
    let message = format!("every pod of `{name}` gets an API token, but it is granted nothing");
    let users = graph.users_of(placed, placed.namespace.as_deref(), name);
    let draft = emit.at("account", asked, message);
    draft.label("no pod of the input needs it");
    for user in &users {
        draft.related(user.workload.spec.key.span(), "its pods get the token, and do not read it");
    }
    if users.iter().any(|user| user.workload.run.class() == Class::Job) {
        draft.class(Class::Job);
    }
    draft.suggest("mount no token", [(format!("/{FIELD}"), Operation::Set("false".into()))]);
}

/// The `true` of an account that asks for a token that none of its pods needs.
fn asks<'a>(account: &Placed<'a>, graph: &Graph<'a>) -> Option<Node<'a>> {
    let asked = account.object.node.get(FIELD).filter(|value| value.as_bool() == Some(true))?;
    if !account.object.is("", "ServiceAccount") || account.partial {
        return None;
    }
    let name = &*account.object.name;
    let users = graph.users_of(account, account.namespace.as_deref(), name);
    let without = |user: &&Runner<'_>| user.workload.automount().is_none() && is_unneeded(user, graph);
    // In a namespace that is unknown, some workload may be meant that is not seen here.
    let known = !users.is_empty() || !graph.is_used(account);
    let unneeded =
        known && users.iter().all(without) && graph.holds_more_than_floor(account, name) == Some(false);
    unneeded.then_some(asked)
}

/// Whether it is proven that a pod gets a token that it does not need.
fn is_unneeded(runner: &Runner<'_>, graph: &Graph<'_>) -> bool {
    let at = graph.object_of(runner);
    let known = match &runner.account {
        AccountUse::Named { .. } => !graph.accounts_of(runner).is_empty(),
        // The default account is there in every namespace; a pod that asks for its token gets it.
        AccountUse::Default { .. } => runner.workload.automount().is_some(),
        AccountUse::Unknown => false,
    };
    let name = runner.account.name().unwrap_or_default();
    known
        && !at.partial
        && !graph.injected(runner).is_empty()
        && graph.holds_more_than_floor(at, name) == Some(false)
        && !graph.reads_token(runner)
}
