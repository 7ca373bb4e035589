//! NHI203: a Secret's manifest holds its data in plain text, or in base64, which is no encryption.

use super::external_secret::external_secret;
use super::stored_form::{StoredForm, UNNAMED, form, revoke};
use crate::finding::Operation;
use crate::graph::{Placed, Stored};
use crate::render::Made;
use crate::rules::emit::{change, new_document};
use crate::rules::{Context, Draft, Emit};
use crate::secrets::SecretVerdict;
use crate::yaml::Node;

/// The value of an entry, if a chart made it.
fn made<'g>(stored: &Stored<'_>, context: &Context<'g>) -> Option<&'g Made> {
    let SecretVerdict::Plain(hit) = &stored.verdict else { return None };
    let text = stored.entry.value.text()?;
    context.graph.credentials.made(&text, &hit.range, stored.encoded)
}

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
    // What is base64 in rendered text was mostly written as it is: a literal of a generator, a value of a chart.
    let encoded = match (first.encoded, context.graph.places.is_rendered(placed)) {
        (true, true) => " without encryption",
        (true, false) => " in base64, which is no encryption",
        (false, _) => " in plain text",
    };
    let how = match form {
        StoredForm::Generated => " that the chart makes",
        _ if form.is_secret() => encoded,
        _ => "",
    };
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
        draft.related(stored.entry.key.span(), format!("`{}` holds {what}", name(stored)));
    }
    match made(first, context).filter(|_| *form == StoredForm::Generated) {
        Some(made) => describe_made(placed, made, draft),
        None => describe(placed, form.is_secret(), first, entries, context, draft),
    }
}

/// Adds what is to be known of a value that stands in no file.
fn describe_made(placed: &Placed<'_>, made: &Made, draft: &mut Draft) {
    draft.note("It was rendered twice, and this differed.");
    if !made.is_kept && !is_made_once(placed) {
        draft.step(1, "Each rendering makes another, and what uses the old one fails.");
    }
}

/// Adds what is to be known of a value that stands in the repository, and what to do instead.
fn describe(
    placed: &Placed<'_>,
    is_secret: bool,
    first: &Stored<'_>,
    entries: &[Stored<'_>],
    context: &Context<'_>,
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
    let removed = change(placed, object.node, Operation::Remove);
    let fetched = new_document(placed, external_secret(placed, entries), context.graph);
    let changes = removed.into_iter().chain(fetched);
    draft
        .suggest("let the cluster fetch it from a store, or keep it in a file that `sops` encrypts", changes);
}
