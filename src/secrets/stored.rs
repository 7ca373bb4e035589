//! What an entry of a `kind: Secret` holds. There even a word whose name says nothing is a secret, unless its form or
//! its key says that it is none.

use serde_json::Value;

use super::beside::is_beside;
use super::checks::{has_random_word, looks_random};
use super::forms::{Form, Place, form};
use super::identifiers::is_time;
use super::names::{Sort, contains, words};
use super::private_keys::is_no_private_key;
use super::vocabulary::is_sample;
use super::{Engine, Hit, Strength, config, is_document, whole};

/// What an entry of a `kind: Secret` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretVerdict {
    /// Nothing.
    Empty,
    /// A reference that something else fills in.
    Reference,
    /// A placeholder that nobody filled in.
    Template,
    /// A certificate, a public key, or configuration without a credential.
    Public,
    /// Encrypted: SOPS or a sealed secret.
    Encrypted,
    /// A credential in plain text.
    Plain(Hit),
}

/// Last words of keys that are names of configuration files.
const FILES: &str =
    "cfg cnf conf config env html ini js json lua properties py sh sql tmpl toml txt xml yaml yml";
/// Words before them that say that it lists users: there any value is a password.
const LISTS: &str = "htpasswd netrc passwd pgpass userlist users";

impl Engine {
    /// Judges an entry of a `kind: Secret`, after base64.
    #[must_use]
    pub fn secret_entry(&self, key: &str, decoded: &str) -> SecretVerdict {
        if decoded.trim().is_empty() {
            return SecretVerdict::Empty;
        }
        if let Some(hit) = self.credential(key, decoded)
            && hit.strength != Strength::TemplateWord
        {
            return SecretVerdict::Plain(hit);
        }
        let is_named = Sort::of(key).is_some();
        match form(decoded, Place::Field, &|_| false, &self.patterns.vocabulary) {
            Form::Nothing if decoded.trim().bytes().all(|byte| byte.is_ascii_digit()) && !is_named => {
                SecretVerdict::Public
            }
            Form::Nothing if decoded.contains(['x', 'X', '*', '.', '0', '•']) => SecretVerdict::Template,
            Form::Nothing if decoded.trim().len() <= 2 => SecretVerdict::Empty,
            Form::Reference | Form::Composed => SecretVerdict::Reference,
            Form::Bracketed | Form::TemplateWord => SecretVerdict::Template,
            Form::DefaultWord | Form::Literal if is_sample(decoded.trim()) => SecretVerdict::Template,
            Form::Literal if is_shown(key, decoded.trim()) => SecretVerdict::Template,
            Form::Encrypted => SecretVerdict::Encrypted,
            Form::Nothing | Form::Public | Form::Identifier | Form::Known | Form::Prose => {
                SecretVerdict::Public
            }
            Form::Uuid if !is_named => SecretVerdict::Public,
            _ if is_time(decoded.trim()) && !is_named => SecretVerdict::Public,
            form => by_key(key, decoded, form),
        }
    }

    /// A credential by its format or its name, in the value or in the file that it is.
    fn credential(&self, key: &str, decoded: &str) -> Option<Hit> {
        let words = words(key);
        let mut stem = words.iter().rev().skip_while(|word| contains(FILES, word));
        if is_file(key, decoded) {
            let lists_users = stem.next().is_some_and(|word| contains(LISTS, word));
            let any_value = || {
                config::pairs(decoded).into_iter().find_map(|pair| {
                    let mut hit =
                        self.judge("password", &decoded[pair.value.clone()], Place::Field, &|_| false)?;
                    hit.range = hit.range.start + pair.value.start..hit.range.end + pair.value.start;
                    Some(hit)
                })
            };
            let mut hits = self.file(key, decoded, &|_| false);
            if key.rsplit_once('.').is_some_and(|(_, ending)| ending == "sh") {
                let in_script = self.arguments(&["sh", "-c", decoded], &|_| false);
                hits.extend(in_script.into_iter().filter(|(at, _)| *at == 2).map(|(_, hit)| hit));
            }
            let hits = hits.into_iter();
            let used = hits.filter(|hit| !self.patterns.is_example(decoded, hit));
            // An id is found first, and is not what has to be kept.
            let surest =
                used.min_by_key(|hit| (hit.strength, hit.kind == "aws-access-key-id", hit.range.start));
            let hit = surest.or_else(|| lists_users.then(any_value).flatten());
            if hit.is_some() || is_document(decoded) {
                return hit;
            }
        }
        self.named(key, decoded, &|_| false)
    }
}

/// A literal whose name does not show that it is a secret: judged by its key, and by the form of a file.
fn by_key(key: &str, decoded: &str, form: Form) -> SecretVerdict {
    let is_beside = is_beside(key, decoded);
    let ending = key.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_text = is_document(decoded) || decoded.trim().contains([' ', '{', '<']);
    let is_known_file = contains(FILES, ending) && !["txt", "env"].contains(&ending) && is_text;
    let is_plain_file = is_file(key, decoded)
        && (is_known_file || config::is_configuration(decoded) || is_json(decoded))
        && !has_random_word(decoded)
        && !(ending == "env" && has_random_value(decoded));
    let is_named = Sort::of(key).is_some();
    if decoded.lines().all(|line| line.trim_start().starts_with('#') || line.trim().is_empty())
        && is_document(decoded)
    {
        return SecretVerdict::Empty;
    }
    // No key follows, or the search by format had found it.
    let is_torn = decoded.contains("PRIVATE KEY-----");
    if is_torn || is_no_private_key(key, decoded) {
        return SecretVerdict::Template;
    }
    if is_public_key_set(decoded) {
        return SecretVerdict::Public;
    }
    // `DATABASE_URL`: the variable that has it.
    let is_variable = decoded.trim().contains('_')
        && decoded.trim().bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    if (is_beside || is_plain_file || is_variable) && !is_named {
        return SecretVerdict::Public;
    }
    let strength = if form == Form::DefaultWord { Strength::DefaultWord } else { Strength::Named };
    SecretVerdict::Plain(whole("secret-entry", "a value", strength, decoded))
}

/// Whether an entry shows only that something stands there: words in lower case under a name that programmers give to
/// nothing in particular, or under that of a greeting. What anybody chose as a password has a name of its own.
fn is_shown(key: &str, value: &str) -> bool {
    const NAMES: &str = "bar baz foo foobar greeting hello message qux";
    const LONGEST_WORD: usize = 10;
    let mut names = words(key).into_iter().peekable();
    let is_word =
        |word: &str| word.len() <= LONGEST_WORD && word.bytes().all(|byte| byte.is_ascii_lowercase());
    names.peek().is_some() && names.all(|name| contains(NAMES, &name)) && value.split(' ').all(is_word)
}

/// Whether a variable of a file of variables has a value that only machines make.
fn has_random_value(decoded: &str) -> bool {
    let value = |line: &str| Some(line.split_once('=')?.1.trim().trim_matches(['"', '\'']).to_owned());
    decoded.lines().filter_map(value).any(|value| looks_random(&value))
}

fn is_json(decoded: &str) -> bool {
    decoded.trim_start().starts_with(['{', '['])
        && serde_json::from_str::<serde::de::IgnoredAny>(decoded).is_ok()
}

/// Whether a text is JSON web keys that hold nothing but the members of public keys (RFC 7517, RFC 7518).
fn is_public_key_set(decoded: &str) -> bool {
    const PUBLIC: &str = "alg crv e key_ops kid kty n use x x5c x5t x5t#S256 x5u y";
    let is_public = |key: &Value| {
        key.as_object()
            .is_some_and(|key| key.contains_key("kty") && key.keys().all(|member| contains(PUBLIC, member)))
    };
    let read: Option<Value> =
        decoded.trim_start().starts_with('{').then(|| serde_json::from_str(decoded).ok()).flatten();
    read.is_some_and(|read| match read.get("keys").and_then(Value::as_array) {
        Some(keys) => read.as_object().is_some_and(|set| set.len() == 1) && keys.iter().all(is_public),
        None => is_public(&read),
    })
}

fn is_file(key: &str, decoded: &str) -> bool {
    is_document(decoded)
        || key.rsplit_once('.').is_some_and(|(_, end)| contains(FILES, &end.to_ascii_lowercase()))
}
