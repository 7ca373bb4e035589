//! NHI104 past bindings and the cloud: what stores are asked for, and workloads of two environments side by side.

use crate::finding::Label;
use crate::graph::credential::logins::LoginKind;
use crate::graph::place::environment::is_production;
use crate::graph::{AccountUse, Runner};
use crate::rules::{Context, Draft, Emit, SHOWN};
use crate::yaml::Entry;

pub(super) const INTO_PRODUCTION: &str =
    "What is broken into outside production gets into production by this.";

/// A role of Vault, or an entry of a store, that two environments use.
pub(super) fn stores(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    for across in context.graph.credentials.logins_across() {
        let shown = across.places.iter().position(|(_, environment)| is_production(environment)).unwrap_or(0);
        let (login, own) = &across.places[shown];
        if context.settings.lists(context.rule, "ignoreRemoteKeyGlobs", &login.name) {
            continue;
        }
        let (form, what) = match login.kind {
            LoginKind::VaultRole => ("vault", "the Vault role"),
            LoginKind::RemoteKey => ("remote-key", "the entry"),
        };
        let others = across.places.iter().filter(|(other, _)| other.object != login.object);
        let Some((_, theirs)) = others.clone().next() else { continue };
        let mut emit = Emit::object(context.rule, &context.graph.places[login.object], drafts);
        let draft = emit.at(form, login.node, format!("{what} is used in {own} and in {theirs}"));
        draft.label("one credential for both environments").subject(login.name.clone());
        draft.finding.related.extend(others.take(SHOWN).map(|(other, environment)| Label {
            span: other.node.span(),
            message: format!("used in {environment} too"),
        }));
        if is_production(own) {
            draft.step(1, INTO_PRODUCTION);
        }
    }
}

/// Workloads of one account that say that they are of different environments.
pub(super) fn together(group: &[&Runner<'_>], context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let graph = context.graph;
    let environment = |runner: &Runner<'_>| {
        let pod = runner.workload.pod_metadata().and_then(|metadata| graph.places.environment_in(metadata));
        graph.places.declared_environment(&graph.places.object_of(runner).object).or(pod)
    };
    let mut all = group.iter().filter_map(|runner| Some((*runner, environment(runner)?)));
    let Some((_, (first, span))) = all.next() else { return };
    let Some((runner, (other, other_span))) = all.find(|(_, (word, _))| *word != first) else { return };
    let name = runner.account.name().unwrap_or_default();
    let mut emit = Emit::workload(context.rule, graph, runner, drafts);
    let message = format!("`{name}` is the account of workloads of {first} and of {other}");
    let draft = match account_entry(&runner.account) {
        Some(entry) => emit.at("namespace", entry.value, message),
        None => emit.key("namespace", runner.workload.spec, message),
    };
    draft.label("what one environment may do, the other may do").subject(name);
    draft
        .related(span, format!("a workload of {first}"))
        .related(other_span, format!("a workload of {other}"));
}

fn account_entry<'a>(account: &AccountUse<'a>) -> Option<Entry<'a>> {
    match account {
        AccountUse::Named { entry, .. } => Some(*entry),
        AccountUse::Default { entry } => *entry,
        AccountUse::Unknown => None,
    }
}
