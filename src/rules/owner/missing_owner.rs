//! NHI301: nobody is named who answers for an identity, on no level that counts.

use crate::catalog::Class;
use crate::finding::Operation;
use crate::graph::Placed;
use crate::graph::grant::unowned::{Holder, Unowned};
use crate::graph::place::owner::Owner;
use crate::rules::emit::change;
use crate::rules::{Context, Draft, Emit};
use crate::yaml::Node;

/// How many other workloads of an identity are shown.
const SHOWN: usize = 5;

pub(crate) fn check(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let (graph, settings) = (context.graph, context.settings);
    let keys = context.owner_keys();
    let levels = settings.list(context.rule, "acceptLevels");
    for unowned in graph.grants.unowned_identities(keys, &levels) {
        workload(&unowned, context, drafts);
    }
    for (placed, holder, refused) in graph.grants.unowned_holders(keys, &levels) {
        let (form, what) = match holder {
            Holder::Account => ("account", format!("`{}`, which is granted rights", placed.object.name)),
            Holder::Stranger(name) => ("binding", format!("`{name}`, which may do everything")),
            Holder::Workload => ("workload", "this workload".to_owned()),
        };
        if let Some(metadata) = placed.object.metadata_entry() {
            let message = format!("no owner: nothing says who answers for {what}");
            let mut emit = Emit::object(context.rule, placed, drafts);
            finish(placed, &refused, context, emit.key(form, metadata, message));
        }
    }
}

fn workload(unowned: &Unowned<'_, '_>, context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let (graph, runner) = (context.graph, unowned.runner);
    let at = graph.places.object_of(runner);
    let Some(metadata) = at.object.metadata_entry() else {
        return;
    };
    let name = runner.account.name().unwrap_or_default();
    let what = match graph.places.identity_of(runner) {
        Some(identity) if name != "default" => {
            let named = identity.namespace().map_or(name.to_owned(), |_| identity.to_string());
            format!("the identity `{named}`")
        }
        _ => "this workload".to_owned(),
    };
    let message = format!("no owner: nothing says who answers for {what}");
    let mut emit = Emit::workload(context.rule, graph, runner, drafts);
    let draft = emit.key("workload", metadata, message);
    if unowned.others.iter().any(|other| other.workload.run.class() == Class::Job) {
        draft.class(Class::Job);
    }
    let others =
        unowned.others.iter().filter_map(|other| graph.places.object_of(other).object.metadata_entry());
    for metadata in others.take(SHOWN) {
        draft.related(metadata.key.span(), "runs as the same account, and names no owner either");
    }
    if !unowned.others.is_empty() {
        let count = unowned.others.len();
        draft.note(format!(
            "{count} more of its workloads name none; one owner on their namespace answers for all."
        ));
    }
    draft.note(graph.places.owner_levels(at, name));
    if graph.grants.may_do_everything(at, name) {
        draft.step(1, "It may do everything in the cluster, so somebody has to answer for it.");
    }
    finish(at, &unowned.refused, context, draft);
}

/// What all forms have in common.
fn finish(at: &Placed<'_>, refused: &[Owner], context: &Context<'_>, draft: &mut Draft) {
    let levels = context.settings.list(context.rule, "acceptLevels");
    draft.label("an owner belongs here, as annotation or label");
    for owner in refused {
        let (value, level, counting) = (&owner.value, owner.level.word(), levels.join(", "));
        draft.note(format!("`{value}` on level {level} does not count; only {counting} do."));
    }
    let unseen = levels.contains(&"namespace") && context.graph.places.namespaces_of(at).is_empty();
    if unseen && context.graph.places.sources.is_open(at.source) {
        draft.note("Part of the input could not be judged; an owner that only stands there is not seen.");
    }
    let owner = refused.first().map_or("your-team", |owner| &owner.value);
    let line = format!("{}owner: {owner}", context.settings.prefix);
    let annotations = at.object.node.at(&["metadata", "annotations"]);
    let (place, line) = match annotations.filter(|list| Node::is_map(*list)) {
        Some(annotations) => (Some(annotations), line),
        None => (at.object.metadata(), format!("annotations:\n  {line}")),
    };
    let named = place.and_then(|place| change(at, place, Operation::Insert(line)));
    draft.suggest("name who answers for it", named);
}
