//! What to do instead of writing a Secret's data down, for NHI203.

use super::external_secret::external_secret;
use crate::finding::Operation;
use crate::graph::{Placed, Stored};
use crate::render::Made;
use crate::rules::emit::{change, new_document};
use crate::rules::{Context, Draft};
use crate::secrets::SecretVerdict;
use crate::yaml::Node;

/// The value of an entry, if a chart made it.
pub(super) fn made<'g>(stored: &Stored<'_>, context: &Context<'g>) -> Option<&'g Made> {
    let SecretVerdict::Plain(hit) = &stored.verdict else { return None };
    let text = stored.entry.value.text()?;
    context.graph.credentials.made(&text, &hit.range, stored.encoded)
}

const COPIED: &str = "Kustomize copies its data: first let what gets it read the Secret itself.";

/// What the Secret that a store fills has to carry as this one does: controllers find it by its labels, and read its
/// annotations (Tekton "Configuring authentication", Argo CD "Declarative setup").
fn kept(placed: &Placed<'_>) -> Option<String> {
    const BOOKS: [&str; 9] = [
        "app.kubernetes.io",
        "avp.kubernetes.io",
        "config.kubernetes.io",
        "helm.sh",
        "internal.config.kubernetes.io",
        "kubectl.kubernetes.io",
        "kustomize.toolkit.fluxcd.io",
        "meta.helm.sh",
        "nhilint.dev",
    ];
    const OF_ARGO: [&str; 2] = ["argocd.argoproj.io/secret-type", "argocd.argoproj.io/skip-reconcile"];
    let is_read = |name: &str| {
        let domain = name.split_once('/').map_or("", |(domain, _)| domain);
        !domain.is_empty()
            && !BOOKS.contains(&domain)
            && (domain != "argocd.argoproj.io" || OF_ARGO.contains(&name))
    };
    let fields =
        ["annotations", "labels"].into_iter().filter_map(|field| placed.object.metadata()?.get(field));
    let names = fields.flat_map(Node::entries).filter_map(|entry| entry.key.text());
    let names: Vec<String> = names.filter(|name| is_read(name)).map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| {
        format!(
            "Keep {} in `target.template.metadata` of the ExternalSecret: controllers read it from the Secret.",
            names.join(", ")
        )
    })
}

/// What to do instead. A store has what somebody wrote; what a chart computes, alone or around it, stays with the chart.
pub(super) fn propose(
    placed: &Placed<'_>,
    found: &[&Stored<'_>],
    entries: &[Stored<'_>],
    context: &Context<'_>,
    draft: &mut Draft,
) {
    let copies = context.graph.places.copies_of(placed);
    if !copies.is_empty() {
        draft.note(COPIED);
    }
    for span in copies {
        draft.related(span, "its data is copied here");
    }
    let by_helm = placed.object.helm_source.is_some();
    let fetched: Vec<&Stored<'_>> = if by_helm {
        let is_written = |stored: &&&Stored<'_>| made(stored, context).is_none() && stored.is_whole();
        found.iter().filter(is_written).copied().collect()
    } else {
        entries.iter().collect()
    };
    if fetched.is_empty() {
        draft.suggest(
            "let the chart take it from a Secret that a store fills, or encrypt the values with `sops`",
            [],
        );
        return;
    }
    let stays = fetched.len() < entries.len();
    let all = || vec![change(placed, placed.object.node, Operation::Remove)];
    let one = |stored: &&Stored<'_>| change(placed, stored.entry.value, Operation::Remove);
    let removed = if stays { fetched.iter().map(one).collect() } else { all() };
    if let Some(kept) = kept(placed).filter(|_| !stays) {
        draft.note(kept);
    }
    let document = new_document(placed, external_secret(placed, &fetched, stays), context.graph);
    let title = if stays {
        "let the cluster fetch these keys from a store, or keep them in values that `sops` encrypts"
    } else {
        "let the cluster fetch it from a store, or keep it in a file that `sops` encrypts"
    };
    draft.suggest(title, removed.into_iter().flatten().chain(document));
}
