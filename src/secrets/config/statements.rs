//! Pairs in the statements of files that have a grammar of their own: logins by machine, headers of proxies, addresses of
//! drivers.

use std::ops::Range;

use super::Pair;
use super::scan::{is_comment, lines};

/// A name for what is a password by its place.
const PASSWORD: &str = "password";

/// How the classes end that read the options of a login (Java "JAAS Login Configuration File").
const LOGIN_MODULE: &str = "LoginModule";

/// What proxies are told to send: the words before the name of a header.
const HEADERS: [&str; 6] = [
    "proxy_set_header",
    "fastcgi_param",
    "more_set_input_headers",
    "RequestHeader set",
    "http-request set-header",
    "uwsgi_param",
];

/// Signs before the address of a database, behind `user:password`.
const ADDRESSES: [&str; 2] = ["@tcp(", "@unix("];

/// Whether a text is the address of such a driver.
pub(super) fn is_address(text: &str) -> bool {
    ADDRESSES.iter().any(|sign| text.contains(sign)) || text.contains(":thin:")
}

/// Whether a text of one line is a statement that holds logins.
pub(super) fn is_statement(text: &str) -> bool {
    [LOGIN_MODULE, "createUser ", "define("].iter().any(|sign| text.contains(sign)) || is_machine(text)
}

/// Whether a text is one login of a `.netrc`: `machine host login me password x`.
fn is_machine(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().take(10).collect();
    let is_part = |word: &&str| ["account", "login", "machine", "password"].contains(word);
    words.first() == Some(&"machine")
        && words.iter().skip(2).step_by(2).all(is_part)
        && words.iter().skip(2).step_by(2).any(|word| *word == "password")
}

pub(super) fn read<'a>(text: &'a str, pairs: &mut Vec<Pair<'a>>) {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let has_machine = has(&["machine ", "insecure-password "]);
    let has_header = has(&HEADERS) || has(&["Header ", "header "]);
    let has_user = has(&["createUser "]);
    if text.contains(LOGIN_MODULE) {
        of_login_module(text, pairs);
    }
    for line in lines(text) {
        let whole = &text[line];
        if is_comment(whole) {
            continue;
        }
        if has_machine {
            pairs.extend(of_machine(text, whole));
        }
        if has_header {
            pairs.extend(header(text, whole));
        }
        if has_user {
            of_snmp(text, whole, pairs);
        }
        pairs.extend(of_postgres(text, whole));
        pairs.extend(of_two_words(text, whole));
    }
    for sign in ADDRESSES {
        pairs.extend(text.match_indices(sign).filter_map(|(at, _)| before(text, at, ':')));
    }
    // Oracle: `jdbc:oracle:thin:user/password@host`.
    let thin = text.match_indices(":thin:").filter_map(|(at, sign)| {
        let word = word_at(text, at + sign.len());
        before(text, word.start + text[word].find('@')?, '/')
    });
    pairs.extend(thin);
}

fn range(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    start..start + part.len()
}

fn pair<'a>(text: &str, name: &'a str, value: &str) -> Pair<'a> {
    Pair { name, value: range(text, value), quoted: true }
}

/// `machine host login me password x` (GNU "The .netrc file"), `user me insecure-password x` (`HAProxy` "userlist").
fn of_machine<'a>(text: &str, line: &str) -> Option<Pair<'a>> {
    let of_words = || {
        let mut words = line.split_whitespace();
        words.find(|word| ["default", "machine", "user"].contains(word))?;
        words.find(|word| ["insecure-password", "password"].contains(word))?;
        words.next()
    };
    let inside = || Some(&line[passwords_of_machines(line).into_iter().next()?]);
    Some(pair(text, PASSWORD, of_words().or_else(inside)?))
}

/// The passwords of such statements in a text that a program writes into a file: `machine a\nlogin me\npassword x\n`, whose
/// lines may end in the two signs that stand for it.
pub(super) fn passwords_of_machines(text: &str) -> Vec<Range<usize>> {
    /// Words of one login: its machine, `login`, `account` and `password` with their values.
    const MOST_WORDS: usize = 8;
    let mut found = Vec::new();
    for (at, start) in text.match_indices("machine ") {
        let mut words = words_of(text, at + start.len()).take(MOST_WORDS);
        let password = words.find(|word| &text[word.clone()] == "password").and_then(|_| words.next());
        // `%s` is filled in.
        found.extend(password.filter(|password| !text[password.clone()].starts_with('%')));
    }
    found
}

/// Words from a place on, where blanks, quotes and written-out ends of lines part them.
fn words_of(text: &str, from: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let is_gap = |at: usize| match text.as_bytes()[at] {
        b'\\' => matches!(text.as_bytes().get(at + 1), Some(b'n' | b't' | b'"')),
        byte => byte.is_ascii_whitespace() || byte == b'"' || byte == b'\'',
    };
    let mut at = from;
    std::iter::from_fn(move || {
        while at < text.len() && is_gap(at) {
            at += if text.as_bytes()[at] == b'\\' { 2 } else { 1 };
        }
        let start = at;
        while at < text.len() && !is_gap(at) {
            at += 1;
        }
        (start < at).then_some(start..at)
    })
}

/// Words of a line, what stands in quotes as one.
fn quoted_words(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let start = rest.trim_start().trim_start_matches('\\');
        let (word, after) = match start.strip_prefix('"') {
            Some(inner) => inner.split_once('"').unwrap_or((inner, "")),
            None => start.split_at(start.find(char::is_whitespace).unwrap_or(start.len())),
        };
        rest = after;
        let word = word.trim_end_matches('\\');
        (!word.is_empty()).then_some(word)
    })
}

/// `user_alice="x"` among the options of a login module of Java (Kafka, "Authentication using SASL/PLAIN"): the passwords of
/// those who may log in.
fn of_login_module(text: &str, pairs: &mut Vec<Pair<'_>>) {
    for (at, start) in text.match_indices("user_") {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        if text[..at].ends_with(is_word) {
            continue;
        }
        let rest = &text[at + start.len()..];
        let rest = rest.trim_start_matches(is_word).trim_start();
        let value = rest.strip_prefix('=').map(str::trim_start);
        let value = value.map(|value| value.strip_prefix('\\').unwrap_or(value));
        let Some(value) = value.and_then(|value| value.strip_prefix('"')) else { continue };
        let length = value.find(['"', '\\', '\n']).unwrap_or(value.len());
        if length > 0 {
            pairs.push(pair(text, PASSWORD, &value[..length]));
        }
    }
}

/// `createUser [-e engine] me SHA x [AES y]` (Net-SNMP "snmpd.conf", "`SNMPv3` Users").
fn of_snmp(text: &str, line: &str, pairs: &mut Vec<Pair<'_>>) {
    const PROTOCOLS: &str = "AES AES128 AES192 AES256 DES MD5 SHA SHA-224 SHA-256 SHA-384 SHA-512 SHA1 SHA224 SHA256 SHA384 \
                             SHA512";
    let Some((_, rest)) = line.split_once("createUser ") else { return };
    let is_protocol = |word: &str| PROTOCOLS.split_whitespace().any(|known| known.eq_ignore_ascii_case(word));
    let words: Vec<&str> =
        quoted_words(rest).take_while(|word| !word.starts_with([';', '>', '|', '&', '#'])).collect();
    for two in words.windows(2).skip(1) {
        // A key in hexadecimal digits has `-m` or `-l` before it, and is a credential as well.
        if is_protocol(two[0]) && !is_protocol(two[1]) && !two[1].starts_with('-') {
            pairs.push(pair(text, PASSWORD, two[1]));
        }
    }
}

/// `"user" "x"` (`PgBouncer` "userlist.txt"), `[host]:port user:x` (`sasl_passwd` of Postfix).
fn of_two_words<'a>(text: &str, line: &str) -> Option<Pair<'a>> {
    let mut words = line.split_whitespace();
    let (first, second) = (words.next()?, words.next().filter(|_| words.next().is_none())?);
    let inside = |word: &'_ str| word.len() > 2 && word.starts_with('"') && word.ends_with('"');
    if inside(first) && inside(second) {
        return Some(pair(text, PASSWORD, &second[1..second.len() - 1]));
    }
    first
        .starts_with('[')
        .then(|| second.split_once(':'))?
        .map(|(_, password)| pair(text, PASSWORD, password))
}

/// `proxy_set_header X-Api-Key "x";`
fn header<'a>(text: &str, line: &'a str) -> Option<Pair<'a>> {
    let line = line.trim();
    let of_proxy = HEADERS.iter().find_map(|start| line.strip_prefix(start));
    let rest = of_proxy.or_else(|| header_of_output(line))?.trim_start();
    let (name, value) = rest.split_once([' ', '\t', ':'])?;
    let value = value.trim().trim_end_matches(';').trim_matches(['"', '\'']);
    Some(pair(text, name.trim_matches(['"', '\'']), value))
}

/// `Header Authorization Bearer x` of Fluent Bit ("HTTP output"): a name and a value, as it has no signs between them.
fn header_of_output(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("Header ").or_else(|| line.strip_prefix("header "))?.trim_start();
    let mut words = rest.split_whitespace().skip(1);
    let is_scheme = |word: &str| ["basic", "bearer", "token"].contains(&word.to_ascii_lowercase().as_str());
    let value = words.next().and_then(|word| if is_scheme(word) { words.next() } else { Some(word) })?;
    // A sentence goes on, or has no digit.
    (words.next().is_none() && value.bytes().any(|byte| byte.is_ascii_digit())).then_some(rest)
}

/// `host:5432:database:user:password` (`PostgreSQL` "The Password File").
fn of_postgres<'a>(text: &str, line: &str) -> Option<Pair<'a>> {
    let line = line.trim();
    let mut parts = line.splitn(5, ':');
    let [host, port, database, user, password] =
        [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let is_word = |word: &&str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-*".contains(&byte))
    };
    let is_port = port == "*" || port.len() >= 4 && port.parse::<u16>().is_ok();
    let is_password = !password.contains([' ', ':', '/', ',']) && password.len() >= 4;
    (is_port && [host, database, user].iter().all(is_word) && is_password)
        .then(|| pair(text, PASSWORD, password))
}

/// The password of `user:password` that ends at a place.
fn before<'a>(text: &str, end: usize, sign: char) -> Option<Pair<'a>> {
    let is_end = |c: char| c.is_whitespace() || "\"'`=,({<>".contains(c);
    let start = text[..end].rfind(is_end).map_or(0, |at| at + 1);
    // A driver may stand before it: `mysql://`.
    let login = text.get(start..end)?.rsplit("://").next().unwrap_or_default();
    let login = login.rsplit_once(":thin:").map_or(login, |(_, login)| login);
    let password = login.split_once(sign)?.1;
    Some(pair(text, PASSWORD, password))
}

fn word_at(text: &str, start: usize) -> Range<usize> {
    let length = text[start..].find(|c: char| c.is_whitespace() || "\"'`".contains(c));
    start..length.map_or(text.len(), |length| start + length)
}
