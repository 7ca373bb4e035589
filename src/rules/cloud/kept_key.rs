//! NHI601 in objects without pods: fields of operators that take a key, and Secrets that hold one.

use crate::graph::Placed;
use crate::graph::credential::key_kinds::key_kind;
use crate::k8s::cloud::static_sources;
use crate::rules::{Context, Emit};
use crate::secrets::{SecretVerdict, Strength};

pub(super) const ELSEWHERE: &str =
    "It speaks S3 with something that is not AWS, which may offer nothing else than keys.";

/// Keys in the fields of an operator's object, or in a Secret.
pub(crate) fn object(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    for source in static_sources(&placed.object) {
        let field = source.entry.key.text().unwrap_or_default();
        if let Some(place) = source.elsewhere {
            let message = format!("`{field}` takes a key that never expires, for S3 that is not of AWS");
            let draft = emit.key("other-store", source.entry, message);
            draft.label("logs in to the store with this").note(ELSEWHERE);
            draft.related(place.span(), "where it is spoken with");
            continue;
        }
        let message = format!("`{field}` takes a key of {}, which never expires", source.cloud);
        let draft = emit.key("resource", source.entry, message);
        draft.label("logs in to the cloud with this").note(source.keyless);
    }
    stored(placed, context, emit);
}

/// Secrets with a key that no workload of the run reads. Where one does, the finding is about that workload.
fn stored(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    if context.graph.credentials.readers_of_secret(placed, &placed.object.name).next().is_some() {
        return;
    }
    for stored in context.graph.credentials.stored(placed) {
        let SecretVerdict::Plain(hit) = &stored.verdict else { continue };
        let key = stored.entry.key.text().unwrap_or_default();
        let plain = stored.plain();
        let what = match key_kind(&key) {
            Some(kind) if hit.strength <= Strength::Named => &*kind.what,
            _ if plain.contains("aws_secret_access_key") => "an AWS access key",
            _ if plain.contains("\"service_account\"") && plain.contains("private_key") => {
                "a key of a Google service account"
            }
            _ if plain.contains("aadClientSecret") => "a key of an Azure application",
            _ => continue,
        };
        let draft = emit.key("stored", stored.entry, format!("`{key}` holds {what}, which never expires"));
        draft.label("whoever reads the Secret has it for good");
    }
}
