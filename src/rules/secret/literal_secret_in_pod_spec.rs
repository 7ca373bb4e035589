//! NHI201: a credential stands in a pod spec, or in the values that one is made from.

use super::literal_form::{asked, form, say_where};
use super::mounted::Mounted;
use super::mounts::Mounts;
use crate::graph::{Literal, Placed, Runner};
use crate::rules::{Context, Draft, Emit};
use crate::secrets::default_word;

pub(crate) fn values(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    // A kubeconfig is NHI401's.
    let literals = context.graph.credentials.in_object(placed).iter();
    for literal in literals.filter(|_| !placed.object.is("", "Config")) {
        report(literal, None, None, context, emit);
    }
}

pub(crate) fn pods(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let literals = context.graph.credentials.in_runner(runner);
    let mounts = (!literals.is_empty()).then(|| Mounts::of(runner));
    for literal in literals {
        report(literal, mounts.as_ref().map(|mounts| (runner, mounts)), asked(literal), context, emit);
    }
}

/// Values of charts that no rendered text shows.
pub(crate) fn files(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    for text in context.graph.credentials.value_texts() {
        let mut emit = Emit::values(context.rule, text, drafts);
        text.literals.iter().for_each(|literal| report(literal, None, None, context, &mut emit));
    }
}

/// A workload, and where it mounts what.
type Pod<'p> = (&'p Runner<'p>, &'p Mounts<'p>);

pub(super) fn report(
    literal: &Literal<'_>,
    pod: Option<Pod<'_>>,
    remedy: Option<&'static str>,
    context: &Context<'_>,
    emit: &mut Emit<'_>,
) {
    let hit = &literal.hit;
    let text = literal.node.kept_text().unwrap_or_default();
    let allowed = context.settings.list(context.rule, "allowValues");
    if text.get(hit.range.clone()).is_some_and(|value| allowed.contains(&value)) {
        return;
    }
    let made = context.graph.credentials.made(&text, &hit.range, false);
    let form = match form(hit.strength, hit.kind) {
        "format" | "named" if made.is_some() => "generated",
        form => form,
    };
    let what = match form {
        "default-credential" => default_word(text.get(hit.range.clone()).unwrap_or_default()),
        "template-word" => "a placeholder that nobody filled in",
        "hash" => "a password hash, which can be guessed offline",
        _ => &hit.what,
    };
    // "a password in a URL" says where already.
    let plain =
        if matches!(form, "format" | "named") && !what.contains(" in ") { " in plain text" } else { "" };
    let plain = if form == "generated" { " that the chart makes" } else { plain };
    let message = format!("{} holds {what}{plain}", literal.place);
    let draft = emit.part(form, literal.node, literal.span(), message);
    draft.subject(format!("{} {}", literal.place, hit.kind));
    say_where(literal, form, made, context, draft);
    draft.finding.remedy = remedy;
    if let Some(revoke) = hit.revoke.filter(|_| form == "format") {
        draft.revoked_at(revoke);
    }
    if let Some(pod) = pod.filter(|_| form != "hash" && form != "identifier") {
        suggest_mount(literal, pod, context, draft);
    }
}

/// Proposes to mount a variable's secret as a file.
fn suggest_mount(literal: &Literal<'_>, pod: Pod<'_>, context: &Context<'_>, draft: &mut Draft) {
    let (runner, mounts) = pod;
    let Some((container, item)) = literal.container.zip(literal.variable) else { return };
    let at = context.graph.places.object_of(runner);
    let owner = at.object.name.trim_end_matches('*').trim_end_matches('-');
    let own = &context.settings.file_variables;
    let mounted = Mounted { runner, mounts, at, secret: owner, own };
    let key = item.name().to_ascii_lowercase().replace('_', "-");
    mounted.propose(&[(container, vec![(item, key)])], false, draft);
}
