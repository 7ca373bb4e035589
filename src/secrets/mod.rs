//! Is this string a credential? Patterns, names and forms, on plain strings.
//!
//! It must not know YAML or Kubernetes objects, and no value may leave it: a [`Hit`] says where a secret stands and
//! of what kind it is, never what it is.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

mod base64;
mod jwt;
mod names;

pub use base64::decode_base64;
pub use jwt::{Jwt, jwt};
pub use names::sensitive_name;

/// How sure it is that a string is a credential, and of what sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// A vendor's token format, or a form that only credentials have.
    Vendor,
    /// A name that means a secret holds a literal.
    Named,
    /// A well-known default: it is the credential that will run.
    DefaultWord,
    /// A word of a template that was never filled in.
    TemplateWord,
    /// A password hash, a browser key, an id without its secret: worth knowing only.
    PublicOrHash,
}

/// A credential in a string. It holds no value on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Id in the pattern table (`github`, `url-password`), or `sensitive-name`.
    pub kind: &'static str,
    /// For people: `a GitHub token`.
    pub what: String,
    /// How sure it is.
    pub strength: Strength,
    /// The bytes of the given value that are the secret, on character boundaries.
    pub range: Range<usize>,
    /// Where to revoke it.
    pub revoke: Option<&'static str>,
}

/// What an entry of a `kind: Secret` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretVerdict {
    /// Nothing.
    Empty,
    /// A reference that something else fills in.
    Reference,
    /// A placeholder that nobody filled in.
    Template,
    /// A certificate, a public key, or plain configuration.
    Public,
    /// Encrypted: SOPS or a sealed secret.
    Encrypted,
    /// A credential in plain text.
    Plain(Hit),
}

/// The names that a value may refer to: Secrets, config maps and volumes of the same namespace.
pub type Known<'a> = &'a dyn Fn(&str) -> bool;

/// The detection engine; see [`engine`].
pub struct Engine {}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// The engine over the built-in table, made once.
#[must_use]
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine {})
}

impl Engine {
    /// Judges a named value: an environment variable, a key of a file.
    #[must_use]
    pub fn named(&self, name: &str, value: &str, known: Known<'_>) -> Option<Hit> {
        if value.is_empty() || known(value) || !sensitive_name(name) {
            return None;
        }
        Some(Hit {
            kind: "sensitive-name",
            what: "a literal secret".to_owned(),
            strength: Strength::Named,
            range: 0..value.len(),
            revoke: None,
        })
    }

    /// Finds credentials in free text: scripts and blobs.
    #[must_use]
    pub fn text(&self, value: &str) -> Vec<Hit> {
        let _ = value;
        Vec::new()
    }

    /// Finds credentials in an argument list; each hit with the index of its argument.
    #[must_use]
    pub fn arguments<S: AsRef<str>>(&self, arguments: &[S], known: Known<'_>) -> Vec<(usize, Hit)> {
        let _ = (arguments, known);
        Vec::new()
    }

    /// Judges a header of an HTTP probe.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> Option<Hit> {
        self.named(name, value, &|_| false)
    }

    /// Judges an entry of a `kind: Secret`, after base64.
    #[must_use]
    pub fn secret_entry(&self, key: &str, decoded: &str) -> SecretVerdict {
        if decoded.trim().is_empty() {
            return SecretVerdict::Empty;
        }
        let _ = key;
        SecretVerdict::Plain(Hit {
            kind: "secret-entry",
            what: "a plain-text secret".to_owned(),
            strength: Strength::Named,
            range: 0..decoded.len(),
            revoke: None,
        })
    }
}
