//! What an entry of a Secret's manifest gives away, as a form of NHI203.

use crate::finding::Form;
use crate::graph::{Stored, account_tokens};
use crate::secrets::{SecretVerdict, Strength, default_word};

/// The words for a value that is a secret only because it stands in a Secret.
pub(super) const UNNAMED: &str = "a secret value";

/// The forms, gravest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StoredForm {
    Plain,
    TlsKey,
    DockerConfig,
    BootstrapToken,
    DefaultCredential,
    Generated,
    TemplateWord,
    Hash,
    Identifier,
}

impl StoredForm {
    /// Whether it is a secret of somebody's own, and not a word that everybody knows or cannot use.
    pub(super) fn is_secret(self) -> bool {
        self < Self::DefaultCredential
    }
}

impl From<StoredForm> for Form {
    fn from(form: StoredForm) -> Self {
        Self(match form {
            StoredForm::Plain => "plain",
            StoredForm::TlsKey => "tls-key",
            StoredForm::DockerConfig => "dockerconfig",
            StoredForm::BootstrapToken => "bootstrap-token",
            StoredForm::DefaultCredential => "default-credential",
            StoredForm::Generated => "generated",
            StoredForm::TemplateWord => "template-word",
            StoredForm::Hash => "hash",
            StoredForm::Identifier => "identifier",
        })
    }
}

/// The form of an entry and what it holds, for people; `None` where it gives nothing away.
pub(super) fn form(
    stored: &Stored<'_>,
    kind: &str,
    is_vault_plugin: bool,
    is_generated: bool,
) -> Option<(StoredForm, String)> {
    let hit = match &stored.verdict {
        SecretVerdict::Plain(hit) => hit,
        SecretVerdict::Template if !is_vault_plugin => {
            return Some((StoredForm::TemplateWord, "a placeholder that nobody filled in".to_owned()));
        }
        _ => return None,
    };
    let form = match (hit.strength, hit.kind) {
        (Strength::DefaultWord, _) => StoredForm::DefaultCredential,
        (Strength::TemplateWord, _) => StoredForm::TemplateWord,
        (Strength::PublicOrHash, "password-hash") => StoredForm::Hash,
        (Strength::PublicOrHash, _) => StoredForm::Identifier,
        // A token of an account is NHI401's.
        (_, "jwt") if account_tokens(&stored.plain()).next().is_some() => return None,
        // A file of logins that holds none.
        (_, "secret-entry") if kind.starts_with("kubernetes.io/dockerc") => return None,
        _ if is_generated => StoredForm::Generated,
        _ => match kind {
            "kubernetes.io/tls" => StoredForm::TlsKey,
            "kubernetes.io/dockerconfigjson" | "kubernetes.io/dockercfg" => StoredForm::DockerConfig,
            "bootstrap.kubernetes.io/token" => StoredForm::BootstrapToken,
            _ => StoredForm::Plain,
        },
    };
    let what = match form {
        StoredForm::DefaultCredential => {
            default_word(stored.plain().get(hit.range.clone()).unwrap_or_default()).to_owned()
        }
        StoredForm::DockerConfig => "the login of an image registry".to_owned(),
        StoredForm::BootstrapToken => "what lets a machine join the cluster".to_owned(),
        _ if hit.kind == "secret-entry" && hit.what == "a value" => UNNAMED.to_owned(),
        _ => hit.what.clone(),
    };
    Some((form, what))
}

/// Where an entry is revoked, where it has the form of a vendor that has such a place.
pub(super) fn revoke(stored: &Stored<'_>) -> Option<&'static str> {
    match &stored.verdict {
        SecretVerdict::Plain(hit) if hit.strength == Strength::Vendor => hit.revoke,
        _ => None,
    }
}
