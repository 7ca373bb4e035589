//! NHI404: a pod gets an API token though nothing is granted to its account and nothing in it reads the token.

use crate::catalog::Class;
use crate::finding::{Applicability, Operation};
use crate::graph::credential::mounted::cloud_role_of;
use crate::graph::credential::needless::AUTOMOUNT;
use crate::graph::{Placed, Runner};
use crate::rules::emit::change;
use crate::rules::{Context, Draft, Emit};
use crate::yaml::Node;

/// How many workloads of an account are shown.
const SHOWN: usize = 5;

pub(crate) fn check(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let needless = context.graph.credentials.needless_tokens();
    for runner in needless.runners {
        pod(runner, context, drafts);
    }
    for (asked, placed, users) in needless.accounts {
        account(asked, placed, &users, context, drafts);
    }
}

/// A pod that gets the token.
fn pod(runner: &Runner<'_>, context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let graph = context.graph;
    let at = graph.places.object_of(runner);
    let name = runner.account.name().unwrap_or_default();
    let accounts = graph.places.accounts_of(runner);
    let cloud = accounts.into_iter().find_map(|account| cloud_role_of(&graph.places[account].object));
    let here = if cloud.is_some() { " in the cluster" } else { "" };
    let message = format!("an API token is mounted that nothing reads; `{name}` is granted nothing{here}");
    let explicit = runner.workload.automount();
    let mut emit = Emit::workload(context.rule, graph, runner, drafts);
    let draft = match explicit {
        Some(entry) => emit.at("pod", entry.value, message),
        None => emit.key("pod", runner.workload.spec, message),
    };
    draft.label("its pods can do without a token");
    for account in graph.places.accounts_of(runner) {
        let account = &graph.places[account].object;
        let field = account.node.entry(AUTOMOUNT);
        let message = match (field.and_then(|field| field.value.as_bool()), explicit) {
            (Some(false), _) => "the account asks for no token, and the field of the pod wins".to_owned(),
            (Some(true), _) => "the account asks for the token too".to_owned(),
            (None, Some(_)) => format!("the account does not set `{AUTOMOUNT}`"),
            (None, None) => format!("the account does not set `{AUTOMOUNT}: false` either"),
        };
        if let Some(place) = field.or_else(|| account.metadata_entry()) {
            draft.related(place.key.span(), message);
        }
    }
    if let Some(role) = cloud {
        draft.related(role.key.span(), "its cloud identity has a token of its own");
    }
    draft.note(
        "Nothing that was read binds this account, beyond what every account may do, and nothing that was not read can. A login with the \
         token elsewhere would not be seen.",
    );
    let set = match explicit {
        Some(entry) => change(at, entry.value, Operation::Set("false".into())),
        None => change(at, runner.workload.spec.value, Operation::Insert(format!("{AUTOMOUNT}: false"))),
    };
    draft.fix(Applicability::Unsafe, "mount no token", set);
}

/// An account that asks for a token for every pod, though none needs it.
fn account(
    asked: Node<'_>,
    placed: &Placed<'_>,
    users: &[&Runner<'_>],
    context: &Context<'_>,
    drafts: &mut Vec<Draft>,
) {
    let name = &placed.object.name;
    let message = format!("every pod of `{name}` gets an API token, but it is granted nothing");
    let mut emit = Emit::object(context.rule, placed, drafts);
    let draft = emit.at("account", asked, message);
    draft.label("no pod of the input needs it");
    for user in users.iter().take(SHOWN) {
        draft.related(user.workload.spec.key.span(), "its pods get the token, and do not read it");
    }
    if users.len() > SHOWN {
        draft.note(format!("{} more workloads run as it.", users.len() - SHOWN));
    }
    if users.iter().any(|user| user.workload.run.class() == Class::Job) {
        draft.class(Class::Job);
    }
    let set = change(placed, asked, Operation::Set("false".into()));
    draft.fix(Applicability::Unsafe, "mount no token", set);
}
