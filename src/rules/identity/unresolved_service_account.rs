//! NHI103: a workload names an account that nothing declares, or names it in the retired field.

use super::account;
use crate::finding::{Applicability, Copied, Operation};
use crate::graph::{AccountUse, References, Runner};
use crate::rules::emit::change;
use crate::rules::{Context, Draft, Emit, SHOWN};
use crate::yaml::Node;

/// From so many references on, a namespace most of whose accounts are missing is managed elsewhere.
const MAJORITY_OF: usize = 5;

/// The retired field is no less a reference, and a trap where it says something else than the one that counts.
pub(crate) fn field(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let Some((alias, today)) = runner.workload.aliased_account() else {
        return;
    };
    let at = context.graph.places.object_of(runner);
    let (old, new) = (alias.text().unwrap_or_default(), today.and_then(Node::text));
    if let Some((today, new)) = today.zip(new) {
        if old != new {
            let message = format!("`serviceAccount` says `{old}`, but the pod runs as `{new}`");
            emit.at("both-differ", alias, message)
                .label("ignored: `serviceAccountName` wins")
                .related(today.span(), "the account that the pod gets")
                .fix(Applicability::Safe, "remove the retired field", change(at, alias, Operation::Remove));
        }
    } else {
        let name = Operation::Rename("serviceAccountName".into());
        emit.at("deprecated-field", alias, "`serviceAccount` is retired; the field is `serviceAccountName`")
            .label("still works as an alias")
            .fix(Applicability::Safe, "rename the field", change(at, alias, name));
    }
}

pub(crate) fn undeclared(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let graph = context.graph;
    let is_new = |runner: &&Runner<'_>| {
        let identity = graph.places.identity_of(runner).map(|identity| identity.to_string());
        let known = "knownServiceAccounts";
        !identity.is_some_and(|identity| context.settings.lists(context.rule, known, &identity))
    };
    let gone = context.before.map(|before| graph.places.without_account_since(before)).unwrap_or_default();
    for (&id, &is_unsure) in gone.iter().filter(|(id, _)| is_new(&&graph.places[**id])) {
        removed(&graph.places[id], is_unsure, context, drafts);
    }
    for ((_, namespace), references) in graph.places.account_references() {
        let missing = references.missing.iter().filter(|id| !gone.contains_key(id));
        let missing: Vec<_> = missing.map(|&index| &graph.places[index]).filter(is_new).collect();
        if references.total >= MAJORITY_OF && missing.len() * 2 > references.total {
            let place = namespace.map_or("one namespace".to_owned(), |name| format!("`{name}`"));
            let (count, total) = (missing.len(), references.total);
            let message =
                format!("{count} of {total} workloads of {place} name accounts that nothing declares");
            elsewhere(&missing, message, context, drafts);
        } else {
            for runner in missing {
                let mut emit = Emit::workload(context.rule, graph, runner, drafts);
                report(runner, &references, context, &mut emit);
            }
        }
    }
}

/// The account was declared before the change, and what runs as it is still there.
fn removed(runner: &Runner<'_>, is_unsure: bool, context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let AccountUse::Named { name, entry } = &runner.account else { return };
    let message = format!("runs as `{name}`, an account that this change takes away");
    let mut emit = Emit::workload(context.rule, context.graph, runner, drafts);
    let draft = emit.at("removed", entry.value, message).subject(&**name);
    draft.label("no new pod starts, and whoever may create the account decides what it may do");
    if is_unsure {
        draft.step(-1, "Something that could not be looked at may declare it.");
    }
}

fn report(runner: &Runner<'_>, among: &References, context: &Context<'_>, emit: &mut Emit<'_>) {
    let (graph, at) = (context.graph, context.graph.places.object_of(runner));
    let AccountUse::Named { name, entry } = &runner.account else {
        return;
    };
    let message = format!("no account `{name}` is declared in its namespace");
    let draft = emit.at("undeclared", entry.value, message);
    draft.label("no pod starts until somebody creates it, and decides what it may do").subject(&**name);
    for (span, place) in graph.places.declared_elsewhere(at, name) {
        draft.related(span, format!("declared for `{place}` only"));
    }
    if let Some(account) = graph.places.meant_account(among, name) {
        let near = account.object.name.to_string();
        if let Some(mut renamed) = change(at, entry.value, Operation::Set(near.clone())) {
            let written = account.object.metadata().and_then(|metadata| metadata.entry("name"));
            renamed.copied.extend(written.map(|name| Copied::new(near.clone(), "name", name.key.span())));
            draft.suggest(format!("name `{near}`, if that is meant"), [renamed]);
            return;
        }
    }
    let silent = !graph.credentials.reads_token(runner);
    let declared = account::declare(at, (at.namespace.as_deref(), name), name, silent, context);
    draft.suggest("declare the account beside the workload", declared);
}

/// One finding for a namespace whose accounts are managed elsewhere, on the first workload that names one.
fn elsewhere(missing: &[&Runner<'_>], message: String, context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let spans = missing.iter().filter_map(|runner| match &runner.account {
        AccountUse::Named { entry, .. } => Some(entry.value),
        _ => None,
    });
    let mut spans = spans.collect::<Vec<_>>().into_iter();
    let (Some(first), Some(runner)) = (spans.next(), missing.first()) else {
        return;
    };
    let mut emit = Emit::workload(context.rule, context.graph, runner, drafts);
    let draft = emit.at("namespace", first, message);
    draft.label("the first of them").note(
        "If they are managed elsewhere, list them in `knownServiceAccounts`, as `namespace/*` where all are.",
    );
    for other in spans.take(SHOWN) {
        draft.related(other.span(), "not declared either");
    }
}
