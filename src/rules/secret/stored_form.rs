//! What an entry of a Secret's manifest gives away, as a form of NHI203.

use crate::graph::{Stored, account_tokens};
use crate::secrets::{SecretVerdict, Strength};

/// What is said of a value that only its Secret makes one.
pub(super) const UNNAMED: &str = "a secret value";

/// The forms, gravest first.
const FORMS: [&str; 8] = [
    "plain",
    "tls-key",
    "dockerconfig",
    "bootstrap-token",
    "default-credential",
    "template-word",
    "hash",
    "identifier",
];

pub(super) fn rank(form: &str) -> usize {
    FORMS.iter().position(|known| *known == form).unwrap_or(0)
}

pub(super) fn form_of(form: &str) -> &'static str {
    FORMS[rank(form)]
}

/// The form of an entry and what it holds, for people; `None` where it gives nothing away.
pub(super) fn form(stored: &Stored<'_>, kind: &str, is_vault_plugin: bool) -> Option<(&'static str, String)> {
    let hit = match &stored.verdict {
        SecretVerdict::Plain(hit) => hit,
        SecretVerdict::Template if !is_vault_plugin => {
            return Some(("template-word", "a placeholder that nobody filled in".to_owned()));
        }
        _ => return None,
    };
    let form = match (hit.strength, hit.kind) {
        (Strength::DefaultWord, _) => "default-credential",
        (Strength::TemplateWord, _) => "template-word",
        (Strength::PublicOrHash, "password-hash") => "hash",
        (Strength::PublicOrHash, _) => "identifier",
        // A token of an account is NHI401's.
        (_, "jwt") if account_tokens(&stored.plain()).next().is_some() => return None,
        // A file of logins that holds none.
        (_, "secret-entry") if kind.starts_with("kubernetes.io/dockerc") => return None,
        _ => match kind {
            "kubernetes.io/tls" => "tls-key",
            "kubernetes.io/dockerconfigjson" | "kubernetes.io/dockercfg" => "dockerconfig",
            "bootstrap.kubernetes.io/token" => "bootstrap-token",
            _ => "plain",
        },
    };
    let what = match form {
        "default-credential" => "a default credential that everybody knows".to_owned(),
        "dockerconfig" => "the login of an image registry".to_owned(),
        "bootstrap-token" => "what lets a machine join the cluster".to_owned(),
        _ if hit.kind == "secret-entry" && hit.what == "a value" => UNNAMED.to_owned(),
        _ => hit.what.clone(),
    };
    Some((form, what))
}
