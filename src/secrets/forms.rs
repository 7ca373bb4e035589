//! What a value is by its form alone: a reference, a path, a certificate, a placeholder – or a literal.
//!
//! It knows no names and no vendors. Every test is linear in the value.

use super::Known;
use super::identifiers::{is_identifier, is_uuid};
pub(super) use super::references::Place;
use super::references::{holds_reference, is_made_up, is_reference};
use super::vocabulary::{Vocabulary, is_template};

/// What a value is, in the order in which it is asked: the first that holds wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Empty, a switch, a small number, a run of one character.
    Nothing,
    /// Something else fills it in: `$(VAR)`, `vault:…`.
    Reference,
    /// Text around references; what stands beside them may still be a credential.
    Composed,
    /// `<your password>`.
    Bracketed,
    /// SOPS, sealed, jasypt.
    Encrypted,
    /// A certificate or a public key.
    Public,
    /// Slow to reverse, but what it hashes may be weak.
    PasswordHash,
    /// A digest, an e-mail, a version, an image, a host, a path, a URL without a login.
    Identifier,
    /// An id, unless a name says that it is a secret: many services make their secrets so.
    Uuid,
    /// The name of something in the same namespace.
    Known,
    /// A word of a template that was never filled in.
    TemplateWord,
    /// A credential that everybody knows.
    DefaultWord,
    /// Sentences.
    Prose,
    /// None of these.
    Literal,
}

/// The form of a value; blanks around it do not count.
pub(super) fn form(value: &str, place: Place, known: Known<'_>, vocabulary: &Vocabulary) -> Form {
    let value = value.trim();
    match value {
        _ if is_nothing(value) => Form::Nothing,
        // Before the references: a shell would read `$6$…` as one.
        _ if is_password_hash(value) => Form::PasswordHash,
        _ if is_reference(value, place) => Form::Reference,
        _ if is_bracketed(value) => Form::Bracketed,
        _ if is_encrypted(value) => Form::Encrypted,
        _ if is_public(value) => Form::Public,
        _ if holds_reference(value, place) => Form::Composed,
        _ if is_uuid(value) => Form::Uuid,
        _ if is_identifier(value) => Form::Identifier,
        _ if known(value) => Form::Known,
        _ if is_template(value) => Form::TemplateWord,
        _ if vocabulary.is_default(value) => Form::DefaultWord,
        _ if is_prose(value) => Form::Prose,
        _ => Form::Literal,
    }
}

fn is_nothing(value: &str) -> bool {
    const SWITCHES: &str = "true false yes no on off null nil none undefined unset unused not-set not-used do-not-use \
                            enabled disabled ~ n/a {} []";
    let bytes = value.as_bytes();
    let Some(first) = bytes.first() else {
        return true;
    };
    SWITCHES.split_ascii_whitespace().any(|word| value.eq_ignore_ascii_case(word))
        || value.eq_ignore_ascii_case("not set")
        || bytes.len() == 1
        || bytes.len() <= 5 && bytes.iter().all(u8::is_ascii_digit)
        || b"xX*.-_0?#".contains(first) && bytes.iter().all(|byte| byte == first || *byte == b'-')
        || value.chars().all(|c| c == '•' || c == '…')
        || value.starts_with("**")
            && value.trim_end_matches([')', ']', '}', '>']).bytes().all(|byte| byte == b'*')
        || is_duration(value)
}

/// `30s`, `1h30m`, `7d`, `1.5h`.
fn is_duration(value: &str) -> bool {
    if value.len() > 16 || !value.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let units = value.split(|c: char| c.is_ascii_digit() || c == '.').filter(|unit| !unit.is_empty());
    let mut seen = false;
    for unit in units {
        if !["ns", "us", "ms", "s", "m", "h", "d", "w", "y"].contains(&unit) {
            return false;
        }
        seen = true;
    }
    seen && value.ends_with(|c: char| c.is_ascii_lowercase())
}

/// One pair of brackets around words: what JSON or XML would put in quotes and more brackets is none.
fn is_bracketed(value: &str) -> bool {
    let is_note = value.starts_with('(') && value.ends_with(')') && value.trim().contains(' ');
    is_note && !value.bytes().any(|byte| byte.is_ascii_digit())
        || [('<', '>'), ('[', ']'), ('{', '}')].into_iter().any(|(open, close)| {
            value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).is_some_and(|inner| {
                !inner.is_empty()
                    && !inner.contains(['"', '\'', '\n', '\r', open, close])
                    && !is_made_up(inner.trim_matches(['%', '=', '-']))
            })
        })
}

fn is_encrypted(value: &str) -> bool {
    let sealed =
        value.strip_prefix("Ag").is_some_and(|rest| rest.len() >= 200 && rest.bytes().all(is_base64));
    // Ciphers are base64 or digits, and no short ones.
    let is_cipher = |text: &str| text.len() >= 16 && text.bytes().all(is_base64);
    let sops = |rest: &str| ["data:", ",iv:"].iter().all(|part| rest.contains(part)) && rest.contains(']');
    let jasypt = value.strip_prefix("ENC(").and_then(|rest| rest.strip_suffix(')'));
    let transit = value.strip_prefix("vault:v").and_then(|rest| rest.split_once(':'));
    sealed
        || value.strip_prefix("ENC[AES256_GCM,").is_some_and(sops)
        || value.contains("ENC[AES256_GCM,") && value.contains("sops")
        || jasypt.is_some_and(is_cipher)
        || transit.is_some_and(|(version, text)| version.parse::<u32>().is_ok() && is_cipher(text))
        || value.strip_prefix("{cipher}").is_some_and(is_cipher)
        || value
            .strip_prefix("$ANSIBLE_VAULT;")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        // What Renovate decrypts: a message of PGP to one key, in base64 (RFC 9580, packet 1 of version 3).
        || value.starts_with("wcFMA") && value.len() >= 200 && value.bytes().all(is_base64)
        || value.starts_with("-----BEGIN PGP MESSAGE")
        || value.starts_with("-----BEGIN AGE ENCRYPTED FILE")
}

fn is_public(value: &str) -> bool {
    const STARTS: &[&str] = &[
        "-----BEGIN CERTIFICATE",
        "-----BEGIN TRUSTED CERTIFICATE",
        "-----BEGIN X509",
        "-----BEGIN PUBLIC KEY",
        "-----BEGIN RSA PUBLIC KEY",
        "-----BEGIN EC PARAMETERS",
        "-----BEGIN DH PARAMETERS",
        "-----BEGIN PGP PUBLIC KEY",
        "-----BEGIN SSH2 PUBLIC KEY",
        "ssh-rsa AAAA",
        "ssh-ed25519 AAAA",
        "ecdsa-sha2-",
        "sk-ssh-ed25519@openssh.com AAAA",
    ];
    let recipient = value.strip_prefix("age1").is_some_and(|rest| {
        rest.len() == 58 && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    });
    // Datadog's client tokens are shown to every browser ("API and Application Keys").
    let of_client = value.strip_prefix("pub");
    let is_of_client =
        of_client.is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    recipient || is_of_client || STARTS.iter().any(|start| value.starts_with(start))
}

/// Password hashes, alone or after a user name (htpasswd).
pub(super) fn is_password_hash(value: &str) -> bool {
    const STARTS: &str = "$2a$ $2b$ $2x$ $2y$ $argon2 $1$ $5$ $6$ $y$ $7$ $apr1$ $pbkdf2 $scrypt$ {SHA} {SSHA} {SSHA256} \
                          {SSHA512} {PBKDF2} {ARGON2} {CRYPT} {bcrypt} {pbkdf2} pbkdf2_sha256$ pbkdf2:sha256: scrypt: \
                          SCRAM-SHA-256$ SCRAM-SHA-512$";
    let value = value.trim();
    let starts = |text: &str| STARTS.split_ascii_whitespace().any(|start| text.starts_with(start));
    let is_hash =
        |text: &str| text.len() >= 20 && text.starts_with(['$', '{', 'p', 's', 'S']) && starts(text);
    is_hash(value) || value.split_once(':').is_some_and(|(user, rest)| user.len() <= 128 && is_hash(rest))
}

/// Six words or more are sentences, not a passphrase.
fn is_prose(value: &str) -> bool {
    value.len() <= 4096
        && !value.contains(['\n', '=', ':', '{'])
        && value
            .split_ascii_whitespace()
            .filter(|word| word.bytes().any(|byte| byte.is_ascii_lowercase()))
            .count()
            >= 6
}

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}
