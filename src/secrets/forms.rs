//! What a value is by its form alone: a reference, a path, a certificate, a placeholder – or a literal.
//!
//! It knows no names and no vendors. Every test is linear in the value.

use super::Known;
use super::identifiers::{is_identifier, is_uuid};
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

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A field of its own, which only Kubernetes expands.
    Field,
    /// Text that a shell or another program reads.
    Script,
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
        _ if is_composed(value, place) => Form::Composed,
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

fn is_reference(value: &str, place: Place) -> bool {
    const SCHEMES: &str = "vault: secretref+ op:// bws:// awssm:// gcpsm:// akv:// doppler:// infisical:// \
        arn:aws:secretsmanager: arn:aws:ssm: arn:aws:kms: file: env: k8s: <path: ref+";
    const PAIRS: &str = "$( ) ${ } $$( ) {{ }} (( )) #{ } %( )s ` `";
    const AROUND_WORDS: &[&str] = &["%", "%%", "__", "@", "@@", "**"];
    let inside = |open: &str, close: &str| {
        let inner = value.strip_prefix(open)?.strip_suffix(close)?;
        (!inner.is_empty()).then_some(inner)
    };
    let is_word =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    SCHEMES.split(' ').any(|scheme| value.starts_with(scheme))
        || pairs(PAIRS).any(|(open, close)| inside(open, close).is_some())
        || AROUND_WORDS.iter().any(|sign| inside(sign, sign).is_some_and(is_word))
        || value.strip_prefix('$').is_some_and(|name| is_variable(name, place))
        || is_tagged(value)
        || value.starts_with("projects/") && value.contains("/secrets/")
        || value.starts_with("https://")
            && value.split('/').nth(2).is_some_and(|host| host.ends_with(".vault.azure.net"))
}

/// `!env_var NAME`: a tag by which a program reads the value from elsewhere.
fn is_tagged(value: &str) -> bool {
    let tag = value.strip_prefix('!').and_then(|rest| rest.split_once(' '));
    tag.is_some_and(|(tag, _)| {
        !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
    })
}

/// Words taken by twos.
fn pairs(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut words = text.split_ascii_whitespace();
    std::iter::from_fn(move || Some((words.next()?, words.next()?)))
}

fn is_variable(name: &str, place: Place) -> bool {
    let starts = |c: char| {
        c.is_ascii_alphabetic() || c == '_' || place == Place::Script && "0123456789@*#?!$".contains(c)
    };
    let (name, key) = name.split_once(':').unwrap_or((name, ""));
    // Argo CD: `$secret-name:key`.
    if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)) {
        return name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    }
    name.starts_with(starts) && name.bytes().skip(1).all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// One pair of brackets around words: what JSON or XML would put in quotes and more brackets is none.
fn is_bracketed(value: &str) -> bool {
    [('<', '>'), ('[', ']'), ('{', '}')].into_iter().any(|(open, close)| {
        value
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
            .is_some_and(|inner| !inner.is_empty() && !inner.contains(['"', '\'', '\n', '\r', open, close]))
    })
}

fn is_composed(value: &str, place: Place) -> bool {
    if ["${", "$(", "{{", "#{", "<path:", "$[["].iter().any(|open| value.contains(open)) {
        return true;
    }
    place == Place::Script
        && (value.contains('`')
            || value.as_bytes().windows(2).any(|pair| {
                pair[0] == b'$' && (pair[1].is_ascii_alphanumeric() || b"_@*#?!".contains(&pair[1]))
            }))
}

fn is_encrypted(value: &str) -> bool {
    let sealed =
        value.strip_prefix("Ag").is_some_and(|rest| rest.len() >= 200 && rest.bytes().all(is_base64));
    sealed
        || value.starts_with("ENC[AES256_GCM,")
        || value.contains("ENC[AES256_GCM,") && value.contains("sops")
        || value.starts_with("ENC(") && value.ends_with(')')
        || value.starts_with("{cipher}")
        || value.starts_with("$ANSIBLE_VAULT;")
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
    recipient || STARTS.iter().any(|start| value.starts_with(start))
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
