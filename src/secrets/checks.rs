//! What a match of a pattern must still pass: that it is a token and no filler, code, comment or torn key.

use std::ops::Range;

use super::base64::decode_base64;
use super::forms::is_base64;
use super::identifiers::is_path;
use super::names::{Sort, contains, words};
use super::references::is_made_up;

/// How far the end of a private key is looked for.
const LONGEST_KEY: usize = 16 * 1024;
/// So much base64 holds the beginning of a certificate.
const PUBLIC_START: usize = 40;
/// How far back the beginning of a line is looked for.
const LONGEST_LINE: usize = 512;

/// Whether a token may begin here: not inside a word.
pub(super) fn begins_word(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !(is_word(bytes[at]) && at > 0 && is_word(bytes[at - 1]))
}

pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-+/=.~".contains(&byte)
}

/// `ghp_xxxxxxxx…`, `AKIA…EXAMPLE`: shows the format.
pub(super) fn is_filler(token: &str) -> bool {
    let mut run = 1;
    let mut previous = 0;
    for byte in token.bytes() {
        run = if byte == previous { run + 1 } else { 1 };
        if run >= 8 {
            return true;
        }
        previous = byte;
    }
    token.contains("EXAMPLE") || token.contains("example")
}

/// `getpass()`, `args.password`, `config["x"]`: program text.
pub(super) fn is_expression(value: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    let words = value.bytes().take_while(|byte| is_word(*byte)).count();
    let is_path =
        value[..words].split('.').all(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'));
    let rest = &value[words..];
    is_path && (value[..words].contains('.') && ["", ")"].contains(&rest) || rest.starts_with(['(', '[']))
}

/// Whether a value is program text: an expression, a call that is waited for, or these in several statements of a line.
pub(super) fn is_code(value: &str) -> bool {
    const BEFORE: [&str; 4] = ["const ", "let ", "return ", "var "];
    let is_statement = |text: &str| {
        let text = text.trim();
        let text = BEFORE.iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
        let set = text.split_once(" = ").filter(|(name, _)| !name.contains(char::is_whitespace));
        let value = set.map_or(text, |(_, value)| value);
        is_expression(value) || is_awaited(value)
    };
    is_expression(value) || value.split("; ").all(is_statement)
}

/// Whether a bare value of a file of data is program text all the same: a path that begins or ends as those of programs and
/// templates do, or a call. `summer.Rain9`, `rain[9]` and `Rain(9)x` are passwords.
pub(super) fn is_code_in_data(value: &str) -> bool {
    const ROOTS: &str = "args auth body com config context ctx data each env event field fields github global headers input inputs \
        io item java javax local metadata module net object options org params payload process props req request res resource \
        response root secret secrets self settings spec state status steps this user value values var vars";
    let end = value.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(value.len());
    let is_path = || {
        let last = value.rsplit('.').next().unwrap_or_default();
        contains(ROOTS, &value[..end].to_ascii_lowercase()) || Sort::of(last).is_some()
    };
    is_code(value)
        && (value.contains(|c: char| c.is_whitespace() || "\"'".contains(c))
            || value.ends_with(')')
            || is_path())
}

/// `await fetchToken(user)`: what is given to it are variables.
fn is_awaited(value: &str) -> bool {
    let is_name = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !is_made_up(word)
    };
    let call = value.strip_prefix("await ").and_then(|call| call.trim().strip_suffix(')'));
    call.and_then(|call| call.split_once('(')).is_some_and(|(path, given)| {
        path.split('.').all(is_name)
            && (given.trim().is_empty() || given.split([',', '.']).all(|word| is_name(word.trim())))
    })
}

/// Whether a value is a mapping in braces whose values are names and paths: `{name: token, sds_config: {path: /etc/x}}`.
pub(super) fn names_only(value: &str) -> bool {
    const NAMES: &str = "file filename kind name namespace path ref";
    let is_leaf = |key: &str, leaf: &str| {
        let is_word = leaf
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte));
        let is_named = || words(key).last().is_some_and(|last| contains(NAMES, last));
        ["", "V3", "false", "true"].contains(&leaf)
            || is_path(leaf)
            || is_word && is_named() && leaf.split(['-', '_', '.']).all(|part| !is_made_up(part))
    };
    let is_pair = |part: &str| {
        let is_key = |key: &str| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let pair = part.trim().split_once(':');
        pair.is_some_and(|(key, leaf)| {
            is_key(key) && (leaf.is_empty() || leaf.starts_with(' ')) && is_leaf(key, leaf.trim())
        })
    };
    value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).is_some_and(|inner| {
        let mut parts = inner.split(['{', '}', ',']).filter(|part| !part.trim().is_empty()).peekable();
        parts.peek().is_some() && parts.all(is_pair)
    })
}

/// Whether a value begins as an expression that matches any password does: it is looked for, and not given.
pub(super) fn is_pattern(value: &str) -> bool {
    const ATOMS: [&str; 5] = ["[^", r"\S", r"\w", ".", r"\\S"];
    let atoms = value.trim_start_matches(['(', ')', '?', ':']);
    let rest = |atom: &str| {
        let rest = atoms.strip_prefix(atom)?;
        if atom == "[^" { rest.split_once(']').map(|(_, rest)| rest) } else { Some(rest) }
    };
    ATOMS.into_iter().filter_map(rest).any(|rest| rest.starts_with(['*', '+', '{']))
}

/// What fields hold and what is done with them, where a schema, a policy or a program says it: `password: String!`,
/// `token: keyword`, `id-token: write`.
const KINDS: &str = "allow any array binary blob bool boolean buffer bytes create date deny drop error float forbidden get hash id \
    int integer json keyword list long mandatory map mask null number object optional option read readonly read-only redact \
    required str string text uint uuid varchar vec write";

/// Whether an unquoted value in a text says what kind of value a field has, and is none itself.
pub(super) fn is_kind_of_value(value: &str) -> bool {
    let is_kind = |part: &str| {
        let part = part.trim().trim_start_matches('*').trim_end_matches(['!', ';', ',', '?']);
        let word = part.split(['<', '(', ' ']).next().unwrap_or(part);
        let is_whole = word == part || part.ends_with(['>', ')']) || word == "error";
        part.starts_with("!=") || is_whole && contains(KINDS, &word.to_ascii_lowercase())
    };
    // `password: String!, role: Role): Session` (GraphQL), `string password = 2;` (Protocol Buffers).
    let first = value.split_once(", ").map_or(value, |(first, _)| first).trim();
    let is_type = first.strip_suffix('!').is_some_and(|word| is_kind(word) || is_name_of_type(word));
    let number = value.trim().strip_suffix(';').unwrap_or_default();
    let is_number = (1..=5).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    !value.trim().is_empty() && value.split(['|', '&']).all(is_kind) || is_type || is_number
}

/// `AuthToken`: several words, each with a capital, and nothing else.
fn is_name_of_type(word: &str) -> bool {
    let is_word = |word: &str| word.bytes().skip(1).any(|byte| byte.is_ascii_lowercase());
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_alphabetic())
        && words(word).len() > 1
        && is_word(word)
}

/// Whether a value calls itself a secret, and a good one: `super-secret-key`. No Secret is called so.
pub(super) fn praises_itself(value: &str) -> bool {
    const PRAISE: &str = "secure strong super supersecret very";
    words(value).iter().any(|word| contains(PRAISE, word))
}

/// Whether the value at `range` is the variable of that name, passed on in program text: `token=token`,
/// `login(password=db_password)`. An option (`--password=password`) has its value.
pub(super) fn passes_variable(text: &str, range: &Range<usize>) -> bool {
    let value = text[range.clone()].trim_end_matches([')', ']', ';', ',']);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let before = text[..range.start].trim_end_matches([' ', '\t']);
    let Some(before) = before.strip_suffix('=').or(before.strip_suffix(':')) else { return false };
    let before = before.trim_end_matches([' ', '\t']);
    let start = before
        .rfind(|c: char| !is_word(c) && c != '-' && c != '.')
        .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
    let (before, name) = before.split_at(start);
    if value.is_empty() || !value.chars().all(is_word) || name.starts_with('-') || name.is_empty() {
        return false;
    }
    let after = text[range.start + value.len()..].trim_start_matches([' ', '\t']);
    let is_call = before.trim_end().ends_with(['(', ',']) || after.starts_with([')', ',']);
    name == value || is_call && Sort::of(value).is_some()
}

/// Whether a place stands in a comment: what is shown there is an example.
pub(super) fn is_comment(text: &str, at: usize) -> bool {
    let before = &text.as_bytes()[at.saturating_sub(LONGEST_LINE)..at];
    let line = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let line = before[line..].trim_ascii_start();
    line.starts_with(b"#")
        || line.starts_with(b"//") && !line.windows(3).any(|part| part == b"/:_") && !is_share(line)
}

/// `//server/share /mnt cifs …`: a line of fstab, up to its options.
fn is_share(line: &[u8]) -> bool {
    let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.skip(2).take(1).any(|word| [&b"cifs"[..], b"smb3", b"smbfs"].contains(&word))
}

/// The end of a private key whose header ends at `from`; `None` where no body follows, as in documentation.
pub(super) fn pem_end(text: &str, from: usize) -> Option<usize> {
    let limit = text.floor_char_boundary(from + LONGEST_KEY);
    let rest = &text[from..limit];
    let body_end = rest.find("-----").unwrap_or(rest.len());
    let body = &rest[..body_end];
    let letters = body.bytes().filter(|byte| is_base64(*byte)).take(64).count();
    let mut seen = [false; 128];
    for byte in body.bytes().filter(u8::is_ascii_alphanumeric) {
        seen[usize::from(byte)] = true;
    }
    let is_filler = seen.iter().filter(|seen| **seen).count() < 12;
    if letters < 64
        || is_filler
        || body.contains("...")
        || body.contains('<')
        || body.contains("${")
        || body.contains("{{")
    {
        return None;
    }
    let footer = rest[body_end..].strip_prefix("-----END ").and_then(|footer| footer.find("-----"));
    Some(from + body_end + footer.map_or(0, |at| "-----END ".len() + at + "-----".len()))
}

/// Whether a text holds a long word in which letters and digits alternate as only machines write them. The digest of an
/// image and the commit in an address are none.
pub(super) fn has_random_word(text: &str) -> bool {
    const DIGESTS: [&str; 9] =
        ["checksum", "commit", "digest", "hash", "ref", "revision", "sha", "tag", "targetRevision"];
    let mut name = "";
    text.split(|c: char| c.is_whitespace() || "\"',{}".contains(c)).filter(|piece| !piece.is_empty()).any(
        |piece| {
            let before = std::mem::replace(&mut name, piece).trim_end_matches([':', '=']);
            if DIGESTS.contains(&before) && piece.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return false;
            }
            let place = piece.split(['?', '#']).next().unwrap_or_default();
            let is_address = place.contains("://") && !place.contains('@');
            let piece = if is_address { &piece[place.len()..] } else { piece };
            !is_digest(piece)
                && !is_public_in_base64(piece)
                && piece.split(|c: char| !c.is_ascii_alphanumeric()).any(alternates)
        },
    )
}

fn alternates(word: &str) -> bool {
    let changes = word
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
        .count();
    word.len() >= 20 && changes >= 4
}

/// `sha256:…`, alone or at the end of an image.
fn is_digest(piece: &str) -> bool {
    let (kind, hex) = piece.rsplit_once(':').unwrap_or_default();
    let is_kind = ["sha1", "sha256", "sha384", "sha512"].iter().any(|end| kind.ends_with(end));
    is_kind && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A certificate or a public key in base64, which stands so in JSON and kubeconfigs.
fn is_public_in_base64(piece: &str) -> bool {
    let start = piece.get(..PUBLIC_START).and_then(decode_base64);
    start.is_some_and(|start| {
        [&b"-----BEGIN CERTIFICATE"[..], b"-----BEGIN PUBLIC"].iter().any(|public| start.starts_with(public))
    })
}

/// Whether a word is of the kind that only machines make: letters of both cases and digits, mixed.
#[must_use]
pub fn looks_random(word: &str) -> bool {
    let changes = word
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
        .count();
    let has = |test: fn(&u8) -> bool| word.as_bytes().iter().any(test);
    word.len() >= 10 && changes >= 3 && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
}

/// Where words stand in a text that [look random](looks_random).
#[must_use]
pub fn random_words(text: &str) -> Vec<Range<usize>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+=_-~".contains(c);
    let mut found = Vec::new();
    for word in text.split(|c: char| !is_part(c)).filter(|word| word.len() >= 10) {
        if word.split(|c: char| !c.is_ascii_alphanumeric()).any(looks_random) {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            found.push(start..start + word.len());
        }
    }
    found
}
