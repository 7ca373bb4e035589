//! Values that name what fills them in: `$(VAR)`, `vault:path#key`. A form counts only where it is whole: `vault:x` and
//! `$(x` are passwords.

use std::ops::Range;

use super::identifiers::{STORES, is_path};
use super::names::Sort;

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A field of its own, which only Kubernetes expands.
    Field,
    /// Text that a shell or another program reads.
    Script,
}

/// Signs around what is filled in, by twos.
const AROUND: &str = "$( ) ${ } $$( ) %{ } {{ }} (( )) #{ } @{ } %X{ } %( )s ` ` $[[ ]]";
/// Signs around single words.
const AROUND_WORDS: [&str; 6] = ["%", "%%", "__", "@", "@@", "**"];
/// Clouds before the name of a store of theirs (Bank-Vaults "secret-init": `gcp:secretmanager:projects/…`).
const CLOUDS: [&str; 7] = ["alibaba", "alicloud", "aws", "azure", "gcp", "oci", "scaleway"];
/// Words of `${word:x}` that say where `x` is read, and are no names of variables.
const LOOKUPS: &str = "bao bundle ctx date docker env file java k8s kubernetes main script secret sm sys system upper vault web";

/// Whether something else fills a value in.
pub(super) fn is_reference(value: &str, place: Place) -> bool {
    let inside = |open: &str, close: &str| {
        let inner = value.strip_prefix(open)?.strip_suffix(close)?;
        (!inner.is_empty()).then_some(inner)
    };
    let is_word =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    let by_twos = || {
        let mut words = AROUND.split_ascii_whitespace();
        std::iter::from_fn(move || Some((words.next()?, words.next()?)))
    };
    by_twos().any(|(open, close)| inside(open, close).is_some_and(|inner| !is_made_up(inner)))
        || AROUND_WORDS
            .iter()
            .any(|sign| inside(sign, sign).is_some_and(|inner| is_word(inner) && !is_made_up(inner)))
        || value.strip_prefix('$').is_some_and(|name| is_variable(name, place))
        || is_tagged(value)
        || is_of_tool(value)
        || is_address(value)
}

/// Whether a value holds a reference beside other text.
pub(super) fn holds_reference(value: &str, place: Place) -> bool {
    const PAIRS: [(&str, &str); 7] =
        [("${", "}"), ("$(", ")"), ("{{", "}}"), ("#{", "}"), ("%{", "}"), ("<path:", ">"), ("$[[", "]]")];
    let is_closed = |(open, close): (&str, &str)| {
        let inner = value.split_once(open).and_then(|(_, rest)| rest.split_once(close));
        inner.is_some_and(|(inner, _)| !inner.is_empty() && !is_made_up(inner))
    };
    PAIRS.into_iter().any(is_closed)
        || place == Place::Script
            && (value.contains('`')
                || value.as_bytes().windows(2).any(|pair| {
                    pair[0] == b'$' && (pair[1].is_ascii_alphanumeric() || b"_@*#?!({".contains(&pair[1]))
                }))
}

/// Whether a word in the signs of a reference was made up as a password: `S3cr3tPw`, `x7!y`. Names have digits behind
/// words: `OAUTH2_CLIENT_1`.
pub(super) fn is_made_up(inner: &str) -> bool {
    let word = inner.trim();
    let is_operation = word.contains(|c: char| c.is_whitespace() || "(|[/:#\"'${".contains(c));
    if is_operation || word.starts_with('.') {
        return false;
    }
    if word.bytes().skip(1).any(|byte| b"!&".contains(&byte)) {
        return true;
    }
    let is_plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let digits = word.len() - word.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let is_numbered = is_plain
        && digits >= 2
        && word.bytes().any(|byte| byte.is_ascii_lowercase())
        && Sort::of(word).is_none();
    is_numbered || word.split(['_', '.', '-']).any(alternates)
}

/// Whether digits and other letters take turns, as where chance chose them.
pub(super) fn alternates(part: &str) -> bool {
    let two = part.as_bytes().windows(2);
    two.filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count() >= 3
}

/// What a reference gives where nothing fills it in: `${PW:-x}`, `{{ env "PW" | default "x" }}`.
pub(super) fn default_in(value: &str) -> Option<Range<usize>> {
    if let Some(inner) = value.strip_prefix("$(echo ").and_then(|rest| rest.strip_suffix(')')) {
        return echoed(value, inner);
    }
    let found = match (value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')), value) {
        (Some(inner), _) => default_of_variable(inner)?,
        (None, value) if value.starts_with("{{") && value.ends_with("}}") => {
            let inner = value[2..].trim_start_matches(['-', ' ']);
            let is_constant = inner.starts_with(['"', '\'', '`']);
            let rest = if is_constant { inner } else { value.split_once("default")?.1 };
            let rest = rest.trim_start_matches([' ', '(', ':']);
            let quote = rest.chars().next().filter(|quote| "\"'`".contains(*quote))?;
            rest[1..].split_once(quote)?.0
        }
        _ => return None,
    };
    let start = found.as_ptr() as usize - value.as_ptr() as usize;
    (!found.is_empty() && !found.contains("${")).then_some(start..start + found.len())
}

/// What `$(echo x | base64 -d)` prints, as it stands there.
fn echoed(value: &str, inner: &str) -> Option<Range<usize>> {
    let word = inner.split('|').next()?.trim().trim_start_matches("-n ").trim_start();
    let word = word.trim_matches(['"', '\'']);
    let start = word.as_ptr() as usize - value.as_ptr() as usize;
    let is_word = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || "$`".contains(c));
    is_word.then_some(start..start + word.len())
}

/// The default in `NAME:-x` (shells), and in `name:x` (Spring) where the name says that it is a secret's.
fn default_of_variable(inner: &str) -> Option<&str> {
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && !"_.-".contains(c))?;
    let (mut name, rest) = inner.split_at(end);
    let default = if let Some(default) = [":-", ":="].iter().find_map(|sign| rest.strip_prefix(sign)) {
        default
    } else if let Some(default) = rest.strip_prefix(':') {
        let is_lookup = LOOKUPS.split_ascii_whitespace().any(|word| word == name);
        Some(default).filter(|default| {
            !is_lookup && Sort::of(name).is_some() && !default.starts_with(['/', '?', '+'])
        })?
    } else {
        name = name.trim_end_matches('-');
        rest.strip_prefix('=')?
    };
    // `${1:-x}` is what a script is given, too.
    name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_').then_some(default)
}

/// `!env_var NAME`: a tag by which a program reads the value from elsewhere.
fn is_tagged(value: &str) -> bool {
    let tag = value.strip_prefix('!').and_then(|rest| rest.split_once(' '));
    tag.is_some_and(|(tag, _)| {
        !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
    })
}

/// `$NAME`. Outside scripts it has to look like the name of a variable, or like a key of Argo CD's Secret.
fn is_variable(name: &str, place: Place) -> bool {
    let starts = |c: char| {
        c.is_ascii_alphabetic() || c == '_' || place == Place::Script && "0123456789@*#?!$".contains(c)
    };
    let is_word =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    if let Some((secret, key)) = name.split_once(':') {
        return !key.is_empty() && is_word(secret) && is_word(key) && !is_made_up(key);
    }
    let is_identifier = name.bytes().skip(1).all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if place == Place::Script {
        return name.starts_with(starts) && is_identifier;
    }
    let is_shouted = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    name.starts_with(starts)
        && is_word(name)
        && (is_shouted && is_identifier || name.contains(['_', '.']) || Sort::of(name).is_some())
        && !is_made_up(name)
}

/// The name of an environment variable.
fn is_environment(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_' || Sort::of(name).is_some())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !is_made_up(name)
}

/// References of single programs: `$__file{/path}` and `$__env{NAME}` (Grafana, "Variable expansion"),
/// `SECRET[backend.key]` (Vector, "Secrets management"), `<%= ENV["NAME"] %>` (Ruby's ERB).
fn is_of_tool(value: &str) -> bool {
    let inside = |open: &str, close: &str| value.strip_prefix(open)?.strip_suffix(close);
    inside("$__file{", "}").is_some_and(is_path)
        || inside("$__env{", "}").is_some_and(is_environment)
        || inside("SECRET[", "]").is_some_and(is_key_of_backend)
        || inside("<%=", "%>").is_some_and(|code| is_of_ruby(code.trim_end_matches('-').trim()))
}

fn is_key_of_backend(place: &str) -> bool {
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let mut parts = place.split(['.', '/']);
    place.contains('.') && parts.all(|part| !part.is_empty() && is_word(part) && !is_made_up(part))
}

/// A variable, without what it is where it is not set: `ENV.fetch("NAME", "x")` holds a password.
fn is_of_ruby(code: &str) -> bool {
    let unquoted = |name: &str| {
        let is_quoted = |quote: char| name.strip_prefix(quote)?.strip_suffix(quote).map(is_environment);
        is_quoted('"').or_else(|| is_quoted('\'')).unwrap_or(false)
    };
    let name = code.strip_prefix("ENV[").and_then(|rest| rest.strip_suffix(']'));
    let name = name.or_else(|| code.strip_prefix("ENV.fetch(")?.strip_suffix(')'));
    name.is_some_and(unquoted)
        || code.strip_prefix('@').is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || b"_.".contains(&byte))
        })
}

fn is_store(word: &str) -> bool {
    STORES.split_ascii_whitespace().any(|store| store == word)
}

/// `awsssm`, `azure-keyvault`, `gcpsecretmanager`.
fn is_store_of_cloud(scheme: &str) -> bool {
    CLOUDS
        .iter()
        .filter_map(|cloud| scheme.strip_prefix(cloud))
        .any(|store| is_store(store.trim_start_matches('-')))
}

/// The address of a secret in a store.
fn is_address(value: &str) -> bool {
    let is_place = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./@%+-=#:?&{}$~*,".contains(&byte))
    };
    let is_name = |text: &str| is_place(text) && (text.contains('/') || !is_made_up(text));
    let (scheme, rest) = value.split_once(':').unwrap_or((value, ""));
    let names_key = |path: &str| {
        path.split_once('#')
            .is_some_and(|(path, key)| path.contains('/') && !key.is_empty() && is_place(path))
    };
    match (scheme.trim_start_matches(">>"), rest.strip_prefix("//")) {
        ("op", Some(path)) => path.split('/').filter(|part| !part.is_empty()).count() >= 3,
        (scheme, Some(path)) if is_store(scheme) || is_store_of_cloud(scheme) => is_name(path),
        (scheme, Some(path)) if scheme.starts_with("ref+") || scheme.starts_with("secretref+") => {
            is_place(path)
        }
        ("vault" | "bao", None) => names_key(rest),
        // A secret of the app, by its name (Azure Container Apps, "Manage secrets"), and one of a keyring.
        ("secretref" | "secretRef" | "keyring", None) => is_name(rest),
        ("arn", None) => {
            let parts: Vec<&str> = rest.splitn(5, ':').collect();
            parts.len() == 5
                && parts[0].starts_with("aws")
                && ["secretsmanager", "ssm", "kms"].contains(&parts[1])
                && !parts[4].is_empty()
        }
        ("file", path) => is_path(path.unwrap_or(rest)),
        ("env", name) => is_environment(name.unwrap_or(rest)),
        ("akeyless" | "ssm", None) => rest.starts_with('/') && is_place(rest),
        ("conjur", None) => rest.contains('/') && is_place(rest),
        ("k8s" | "kubernetes", path) => path.unwrap_or(rest).contains('/') && is_place(rest),
        (scheme, None) if CLOUDS.contains(&scheme) || is_store_of_cloud(scheme) => {
            is_name(rest) && rest.contains(['/', ':'])
        }
        ("https", Some(place)) => {
            place.split('/').next().is_some_and(|host| host.ends_with(".vault.azure.net"))
        }
        _ => {
            let is_of_google = value.contains("/secrets/") || value.contains("/cryptoKeys/");
            value.starts_with("projects/") && is_of_google && is_place(value)
                // The name of a key in AWS KMS.
                || value.strip_prefix("alias/").is_some_and(is_name)
                || value.strip_prefix("os.environ/").is_some_and(is_name)
                || value.starts_with("@Microsoft.KeyVault(") && value.ends_with(')')
                || value.strip_prefix("<path:").is_some_and(|rest| rest.ends_with('>') && rest.contains('/'))
        }
    }
}
