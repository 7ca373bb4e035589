//! What NHI301 says of one of those that nobody answers for.

use crate::finding::{Applicability, Change, Copied, IdentityName, Operation};
use crate::graph::Placed;
use crate::graph::grant::unowned::{Gap, Holder, Member, Unowned};
use crate::graph::place::owner::Owner;
use crate::k8s::Object;
use crate::rules::emit::change;
use crate::rules::{Context, Draft};
use crate::yaml::{Node, plain};

/// How many other workloads of an identity are shown.
const SHOWN: usize = 5;

/// The form of a finding about it, and what it is called.
pub(super) fn named(member: &Member<'_, '_>, context: &Context<'_>) -> (&'static str, String) {
    let object = &member.placed(&context.graph.grants).object;
    match member {
        Member::Identity(unowned) => {
            let what = own_identity(unowned, context).map(|identity| {
                let name = unowned.runner.account.name().unwrap_or_default();
                let named = identity.namespace().map_or(name.to_owned(), |_| identity.to_string());
                format!("the identity `{named}`")
            });
            ("workload", what.unwrap_or_else(|| workload(object)))
        }
        Member::Holder(_, Holder::Account, _) => {
            ("account", format!("`{}`, which is granted rights", object.name))
        }
        Member::Holder(_, Holder::Stranger(name), _) => {
            ("binding", format!("`{name}`, which may do everything"))
        }
        Member::Holder(_, Holder::Workload, _) => ("workload", workload(object)),
    }
}

/// The identity of a workload, where that is more than its namespace's `default`.
pub(super) fn own_identity(unowned: &Unowned<'_, '_>, context: &Context<'_>) -> Option<IdentityName> {
    let name = unowned.runner.account.name().unwrap_or_default();
    context.graph.places.identity_of(unowned.runner).filter(|_| name != "default")
}

/// What a workload is called that has no identity of its own.
pub(super) fn workload(object: &Object<'_>) -> String {
    format!("the {} `{}`", object.kind, object.name)
}

/// What is known of the owner of the one that the finding stands on.
pub(super) fn explain(member: &Member<'_, '_>, context: &Context<'_>, draft: &mut Draft) {
    if let Member::Identity(unowned) = member {
        of_workload(unowned, context, draft);
    }
    let levels = context.settings.list(context.rule, "acceptLevels").join(", ");
    for owner in member.refused() {
        let (value, level) = (&owner.value, owner.level.word());
        draft.note(format!("`{value}` on level {level} does not count; only {levels} do."));
    }
}

fn of_workload(unowned: &Unowned<'_, '_>, context: &Context<'_>, draft: &mut Draft) {
    let (graph, runner) = (context.graph, unowned.runner);
    let others =
        unowned.others.iter().filter_map(|other| graph.places.object_of(other).object.metadata_entry());
    for metadata in others.take(SHOWN) {
        draft.related(metadata.key.span(), "runs as the same account, and names no owner either");
    }
    // Those of the `default` account are counted one by one.
    let is_named = runner.account.name().is_some_and(|name| name != "default");
    if is_named && !unowned.others.is_empty() {
        let count = unowned.others.len();
        let run = if count == 1 {
            "workload runs as this account and names"
        } else {
            "workloads run as this account and name"
        };
        draft.note(format!("{count} more {run} no owner; one owner on their namespace answers for all."));
    }
    for span in graph.places.placeholders_of(runner, context.owner_keys()) {
        draft.related(span, "this is a placeholder, and names nobody");
    }
    let at = graph.places.object_of(runner);
    draft.note(graph.places.owner_levels(at, runner.account.name().unwrap_or_default()));
}

/// Where one owner is enough for all of them it is proposed once, else for each.
pub(super) fn propose(gap: &Gap<'_, '_>, context: &Context<'_>, draft: &mut Draft) {
    let (graph, first) = (context.graph, gap.members[0].placed(&context.graph.grants));
    let levels = context.settings.list(context.rule, "acceptLevels");
    let of_namespace = graph.places.namespaces_of(first).into_iter().next().map(|id| &graph.places[id]);
    // One that is known, and stands on a level that does not count; one that the neighbours name; else a person must say.
    let known = gap.members[0].refused().first().map(|owner| (Applicability::Safe, owner));
    let beside = || gap.neighbour.as_ref().map(|owner| (Applicability::Unsafe, owner));
    let (trust, owner) = known.or_else(beside).unzip();
    let trust = trust.unwrap_or(Applicability::Suggest);
    let changes: Vec<Change> = match of_namespace {
        _ if !levels.contains(&"namespace") => {
            let members = gap.members.iter().map(|member| member.placed(&graph.grants));
            members.filter_map(|at| insertion(at, owner, context)).collect()
        }
        Some(namespace) if gap.members.len() > 1 => {
            insertion(namespace, owner, context).into_iter().collect()
        }
        _ => insertion(first, owner, context).into_iter().collect(),
    };
    draft.fix(trust, "name who answers for it", changes);
}

fn insertion(at: &Placed<'_>, owner: Option<&Owner>, context: &Context<'_>) -> Option<Change> {
    let name = owner.map_or("your-team", |owner| &owner.value);
    let line = format!("{}owner: {}", context.settings.prefix, plain(name));
    let copied = owner.and_then(|owner| Some(Copied::new(line.clone(), "owner", owner.span?)));
    let annotations = at.object.node.at(&["metadata", "annotations"]);
    let (place, line) = match annotations.filter(|list| Node::is_map(*list)) {
        Some(annotations) => (annotations, line),
        None => (at.object.metadata()?, format!("annotations:\n  {line}")),
    };
    let mut change = change(at, place, Operation::Insert(line))?;
    change.copied.extend(copied);
    Some(change)
}
