//! What to do instead of writing a Secret's data down, for NHI203.

use super::external_secret::external_secret;
use crate::finding::Operation;
use crate::graph::{Placed, Stored};
use crate::render::Made;
use crate::rules::emit::{change, new_document};
use crate::rules::{Context, Draft};
use crate::secrets::SecretVerdict;

/// The value of an entry, if a chart made it.
pub(super) fn made<'g>(stored: &Stored<'_>, context: &Context<'g>) -> Option<&'g Made> {
    let SecretVerdict::Plain(hit) = &stored.verdict else { return None };
    let text = stored.entry.value.text()?;
    context.graph.credentials.made(&text, &hit.range, stored.encoded)
}

const COPIED: &str = "Kustomize copies its data: first let what gets it read the Secret itself.";

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
    let document = new_document(placed, external_secret(placed, &fetched, stays), context.graph);
    let title = if stays {
        "let the cluster fetch these keys from a store, or keep them in values that `sops` encrypts"
    } else {
        "let the cluster fetch it from a store, or keep it in a file that `sops` encrypts"
    };
    draft.suggest(title, removed.into_iter().flatten().chain(document));
}
