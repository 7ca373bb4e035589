//! NHI203: a Secret's manifest holds its data in plain text, or in base64, which is no encryption.

use super::stored_form::{StoredForm, UNNAMED, form, revoke};
use super::stored_remedy::{made, propose};
use crate::graph::{Placed, Stored};
use crate::render::Made;
use crate::rules::{Context, Draft, Emit};
use crate::yaml::Node;

/// Whether Helm makes an object when a chart is installed, and not again.
fn is_made_once(placed: &Placed<'_>) -> bool {
    let hook = placed.object.annotation("helm.sh/hook").and_then(Node::text).unwrap_or_default();
    !hook.is_empty() && !hook.contains("upgrade")
}

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let object = &placed.object;
    let kind = object.node.get("type").and_then(Node::text).unwrap_or_default();
    let lists = |parameter: &str, text: &str| context.settings.lists(context.rule, parameter, text);
    // A static token is NHI401's: it would be one in the cluster only, too.
    let skipped = kind == "kubernetes.io/service-account-token" || lists("allowTypes", &kind);
    let entries = context.graph.credentials.stored(placed);
    if entries.is_empty() || skipped || lists("allowPaths", context.graph.places.path(placed.file)) {
        return;
    }
    let is_vault_plugin = object.annotation("avp.kubernetes.io/path").is_some();
    let offending: Vec<(StoredForm, &Stored<'_>, String)> = entries
        .iter()
        .filter_map(|stored| {
            let made = made(stored, context).is_some();
            let (form, what) = form(stored, &kind, is_vault_plugin, made)?;
            Some((form, stored, what))
        })
        .collect();
    // A key that is called a password says more than one that only holds something.
    let gravest = offending.iter().min_by_key(|(form, _, what)| (*form, what == UNNAMED));
    let Some((form, first, what)) = gravest else { return };
    let name = |stored: &Stored<'_>| stored.entry.key.text().unwrap_or_default().into_owned();
    let others = offending.iter().filter(|(_, stored, _)| stored.entry.key != first.entry.key);
    let more = match others.clone().count() {
        0 => String::new(),
        1 => ", and one more key".into(),
        more => format!(", and {more} more keys"),
    };
    let how = how_written(*form, first, context.graph.places.is_rendered(placed));
    let message = format!("`{}` holds {what}{how}{more}", name(first));
    let draft = match first.place_within() {
        Some(place) => emit.part(*form, first.entry.value, place, message),
        None => emit.key(*form, first.entry, message).about(first.entry.value),
    };
    draft.label(if *form == StoredForm::Generated {
        "stands in no file"
    } else {
        "whoever reads the repository has it"
    });
    for (_, stored, what) in others {
        let entry = stored.entry;
        // What a value gives to a chart is changed there.
        let at = if object.helm_source.is_some() { entry.value } else { entry.key };
        draft.related(at.span(), format!("`{}` holds {what}", name(stored)));
    }
    if let Some(made) = made(first, context).filter(|_| *form == StoredForm::Generated) {
        describe_made(placed, made, draft);
    } else {
        describe(placed, form.is_secret(), first, entries, draft);
        let found: Vec<&Stored<'_>> = offending.iter().map(|(_, stored, _)| *stored).collect();
        propose(placed, &found, entries, context, draft);
    }
}

/// How an entry is written, as the end of a sentence.
fn how_written(form: StoredForm, first: &Stored<'_>, is_rendered: bool) -> &'static str {
    // What is base64 in rendered text was mostly written as it is: a literal of a generator, a value of a chart.
    match (first.encoded, is_rendered) {
        _ if form == StoredForm::Generated => " that the chart makes",
        _ if !form.is_secret() => "",
        (true, true) => " without encryption",
        (true, false) => " in base64, which is no encryption",
        (false, _) => " in plain text",
    }
}

/// Adds what is to be known of a value that stands in no file.
fn describe_made(placed: &Placed<'_>, made: &Made, draft: &mut Draft) {
    draft.note("It was rendered twice, and this differed.");
    if !made.is_kept && !is_made_once(placed) {
        draft.step(1, "Each rendering makes another, and what uses the old one fails.");
    }
}

/// Adds what is to be known of a value that stands in the repository.
fn describe(
    placed: &Placed<'_>,
    is_secret: bool,
    first: &Stored<'_>,
    entries: &[Stored<'_>],
    draft: &mut Draft,
) {
    let object = &placed.object;
    if is_secret {
        draft.note("Rotate it: encrypting it now leaves the plain text in git history.");
    }
    if let Some(revoke) = [first].into_iter().chain(entries).find_map(revoke).filter(|_| is_secret) {
        draft.revoked_at(revoke);
    }
    if let Some(role) = object.label("argocd.argoproj.io/secret-type").and_then(Node::text) {
        draft.note(format!("Argo CD takes it for the credentials of a {role}."));
    }
    if object.node.get("sops").is_some() {
        draft.note("Other values of it are encrypted by SOPS: this one was left out.");
    }
}
