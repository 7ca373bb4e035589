//! NHI301: nobody is named who answers for the identities of a place, on no level that counts.

use super::count::{Names, sentence};
use super::gap::{explain, named, propose};
use crate::catalog::Class;
use crate::finding::ObjectName;
use crate::graph::grant::unowned::{Gap, Member};
use crate::rules::{Context, Draft, Emit, SHOWN};

/// How many a note names.
const MOST_NAMED: usize = 40;

pub(crate) fn check(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let levels = context.settings.list(context.rule, "acceptLevels");
    for gap in context.graph.grants.owner_gaps(context.owner_keys(), &levels) {
        report(&gap, &levels, context, drafts);
    }
}

fn report(gap: &Gap<'_, '_>, levels: &[&str], context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let (graph, grants) = (context.graph, &context.graph.grants);
    let Some(first) = gap.members.first() else { return };
    let at = first.placed(grants);
    let Some(metadata) = at.object.metadata_entry() else { return };
    let mut emit = match first {
        Member::Identity(unowned) => Emit::workload(context.rule, graph, unowned.runner, drafts),
        Member::Holder(placed, ..) => Emit::object(context.rule, placed, drafts),
    };
    let (form, what) = named(first, context);
    let place = gap.namespace.map_or("this folder".to_owned(), |name| format!("`{name}`"));
    let (noun, names) = Names::beside(&what, &gap.members, context);
    let more = match names.more(noun) {
        more if more.is_empty() => more,
        more => format!(", and for {more} in {place}"),
    };
    let message = format!("no owner: nothing says who answers for {what}{more}");
    let draft = emit.key(form, metadata, message);
    draft.label("an owner belongs here, as annotation or label");
    if let Some(name) = gap.namespace {
        let (kind, name) = ("Namespace".to_owned(), name.to_owned());
        draft.known_as(ObjectName { api_version: "v1".to_owned(), kind, namespace: None, name });
    }
    if gap.members.iter().any(Member::is_job) {
        draft.class(Class::Job);
    }
    list(gap, &names, &place, levels, context, draft);
    explain(first, context, draft);
    propose(gap, context, draft);
    if let Some(powerful) = gap.members.iter().find(|member| member.is_powerful(grants)) {
        let who = sentence(&named(powerful, context).1);
        draft.step(1, format!("{who} may do everything in the cluster, so somebody has to answer for it."));
    }
    let unseen = levels.contains(&"namespace") && graph.places.namespaces_of(at).is_empty();
    if unseen && graph.places.sources.is_open(at.source) {
        draft.note("Part of the input was not read or rendered (NHI905): an owner who is named only there does not count.");
    }
}

/// The others of the place.
fn list(
    gap: &Gap<'_, '_>,
    names: &Names,
    place: &str,
    levels: &[&str],
    context: &Context<'_>,
    draft: &mut Draft,
) {
    let others = &gap.members[1..];
    for other in others.iter().take(SHOWN) {
        if let Some(metadata) = other.placed(&context.graph.grants).object.metadata_entry() {
            draft.related(metadata.key.span(), format!("nor for {}", named(other, context).1));
        }
    }
    if names.is_empty() {
        return;
    }
    draft.note(format!("Nor for {}.", names.listed(MOST_NAMED)));
    if gap.namespace.is_some() && levels.contains(&"namespace") {
        draft.note(format!("One owner on the namespace {place} answers for all."));
    } else if gap.namespace.is_none() && levels.contains(&"codeowners") {
        draft.note("One owner of this folder in CODEOWNERS or OWNERS answers for all.");
    }
}
