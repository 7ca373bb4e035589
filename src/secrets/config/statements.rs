//! Pairs in the statements of files that have a grammar of their own: logins by machine, headers of proxies, addresses of
//! drivers.

use std::ops::Range;

use super::Pair;
use super::scan::{is_comment, lines};

/// A name for what is a password by its place.
const PASSWORD: &str = "password";

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

pub(super) fn read<'a>(text: &'a str, pairs: &mut Vec<Pair<'a>>) {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let (has_machine, has_header) = (has(&["machine ", "insecure-password "]), has(&HEADERS));
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
    let mut words = line.split_whitespace();
    words.find(|word| ["default", "machine", "user"].contains(word))?;
    words.find(|word| ["insecure-password", "password"].contains(word))?;
    Some(pair(text, PASSWORD, words.next()?))
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
    let rest = HEADERS.iter().find_map(|start| line.trim_start().strip_prefix(start))?.trim_start();
    let (name, value) = rest.split_once([' ', '\t', ':'])?;
    let value = value.trim().trim_end_matches(';').trim_matches(['"', '\'']);
    Some(pair(text, name.trim_matches(['"', '\'']), value))
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
