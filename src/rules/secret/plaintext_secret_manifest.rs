//! NHI203: a Secret's manifest holds its data in plain text, or in base64, which is no encryption.

use super::external_secret::external_secret;
use super::stored_form::{StoredForm, UNNAMED, form};
use crate::finding::Operation;
use crate::graph::{Placed, Stored};
use crate::rules::emit::{change, new_document};
use crate::rules::{Context, Emit};
use crate::secrets::{Hit, SecretVerdict};
use crate::yaml::Node;

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
            let (form, what) = form(stored, &kind, is_vault_plugin)?;
            Some((form, stored, what))
        })
        .collect();
    // A key that is called a password says more than one that only holds something.
    let gravest = offending.iter().min_by_key(|(form, _, what)| (*form, what == UNNAMED));
    let Some((form, first, what)) = gravest else {
        return;
    };
    let name = |stored: &Stored<'_>| stored.entry.key.text().unwrap_or_default().into_owned();
    let others = offending.iter().filter(|(_, stored, _)| stored.entry.key != first.entry.key);
    let more = match others.clone().count() {
        0 => String::new(),
        1 => ", and one more key".to_owned(),
        more => format!(", and {more} more keys"),
    };
    // What is base64 in rendered text was mostly written as it is: a literal of a generator, a value of a chart.
    let encoded = match (first.encoded, context.graph.places.is_rendered(placed)) {
        (true, true) => " without encryption",
        (true, false) => " in base64, which is no encryption",
        (false, _) => " in plain text",
    };
    let how = if form.is_secret() { encoded } else { "" };
    let message = format!("`{}` holds {what}{how}{more}", name(first));
    let draft = emit.key(*form, first.entry, message);
    draft.label("whoever reads the repository has it").about(first.entry.value);
    for (_, stored, what) in others {
        draft.related(stored.entry.key.span(), format!("`{}` holds {what}", name(stored)));
    }
    if form.is_secret() {
        draft.note("Rotate it: encrypting it now leaves the plain text in git history.");
    }
    if let SecretVerdict::Plain(Hit { revoke: Some(revoke), .. }) = &first.verdict {
        draft.note(format!("It is revoked at {revoke}."));
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
    draft.suggest("let the cluster fetch it from a store, or encrypt it with `sops -e`", changes);
}
