//! Logins in files that list who may log in, lists of passwords, and the defaults of variables.

use std::ops::Range;

use super::Pair;
use super::scan::{closing, is_comment, is_name, lines, skip_blanks};
use crate::secrets::is_secret_of_field;
use crate::secrets::names::Sort;

const PASSWORD: &str = "password";

/// So much of a list is read.
const LONGEST_LIST: usize = 4_000;
/// How far the default of a variable stands from its name at most.
const LONGEST_VARIABLE: usize = 2_000;

pub(super) fn read<'a>(text: &'a str, pairs: &mut Vec<Pair<'a>>) {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["stats auth "]) {
        of_lines(text, "stats auth ", pairs);
    }
    // coturn's "turnserver.conf".
    if has(&["lt-cred-mech", "static-auth-secret", "listening-port="]) {
        of_lines(text, "user=", pairs);
    }
    if has(&["[admins]"]) && has(&["[chttpd", "[cluster]", "[couch", "[httpd]"]) {
        of_couch(text, pairs);
    }
    for (at, sign) in text.match_indices("chpasswd:") {
        of_cloud_init(text, at, at + sign.len(), pairs);
    }
    for ends in ["s:", "s\":", "s ="] {
        text.match_indices(ends).for_each(|(at, sign)| of_list(text, at, at + sign.len(), pairs));
    }
    for (at, sign) in text.match_indices("variable \"") {
        pairs.extend(default_of(text, at + sign.len()));
    }
}

fn pair<'a>(text: &str, value: &str) -> Pair<'a> {
    let start = value.as_ptr() as usize - text.as_ptr() as usize;
    Pair { name: PASSWORD, value: start..start + value.len(), quoted: true }
}

/// `stats auth me:x` (`HAProxy`), `user=me:x`.
fn of_lines(text: &str, start: &str, pairs: &mut Vec<Pair<'_>>) {
    for line in lines(text) {
        let login = text[line].trim().strip_prefix(start).map(|login| login.trim_matches(['"', '\'']));
        if let Some((_, password)) = login.and_then(|login| login.split_once(':')) {
            pairs.push(pair(text, password));
        }
    }
}

/// `[admins]`, `me = x` (`CouchDB`, "Server Administrators"). It writes hashes with a dash before them.
fn of_couch(text: &str, pairs: &mut Vec<Pair<'_>>) {
    let mut is_admins = false;
    for line in lines(text) {
        let line = text[line].trim();
        if line.starts_with('[') {
            is_admins = line == "[admins]";
        } else if is_admins
            && !is_comment(line)
            && let Some((_, password)) = line.split_once('=')
            && !password.trim().starts_with('-')
        {
            pairs.push(pair(text, password.trim()));
        }
    }
}

/// `chpasswd: {list: "root:x"}`, and one login on each line below (cloud-init, "Set Passwords"). `R` and `RANDOM` ask for one
/// made by chance.
fn of_cloud_init(text: &str, at: usize, from: usize, pairs: &mut Vec<Pair<'_>>) {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let near = &text[text.ceil_char_boundary(at.saturating_sub(LONGEST_LIST))..at];
    let own = indent(near.rsplit('\n').next().unwrap_or_default());
    let mut inside = text[from..text.floor_char_boundary(from + LONGEST_LIST)].split('\n');
    let first = inside.next().unwrap_or_default();
    let below = inside.take_while(|line| line.trim().is_empty() || indent(line) > own);
    let is_user = |user: &str| {
        user.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    for line in std::iter::once(first).chain(below).filter(|line| !is_comment(line)) {
        for word in line.split(|c: char| c.is_whitespace() || "\"'{}[]".contains(c)) {
            if let Some((user, password)) = word.split_once(':')
                && is_user(user)
                && !password.starts_with('/')
                && !["", "R", "RANDOM"].contains(&password)
            {
                pairs.push(pair(text, password));
            }
        }
    }
}

/// `passwords: [x, y]`, and the same with each on a line of its own. `end` is where the name ends without its last letter.
fn of_list<'a>(text: &'a str, end: usize, from: usize, pairs: &mut Vec<Pair<'a>>) {
    let start = text.as_bytes()[..end].iter().rposition(|byte| !is_name(*byte)).map_or(0, |at| at + 1);
    let name = &text[start..end];
    if !matches!(Sort::of(name), Some(Sort::Password | Sort::Token | Sort::Key)) {
        return;
    }
    let rest = &text[from..text.floor_char_boundary(from + LONGEST_LIST)];
    let mut add = |value: &str| {
        let value = value.trim().trim_matches(['"', '\'']);
        if is_secret_of_field(name, value) && !value.contains([':', '{', '[', ' ']) {
            pairs.push(Pair { name, ..pair(text, value) });
        }
    };
    let list = rest.trim_start();
    if let Some((list, _)) = list.strip_prefix('[').and_then(|list| list.split_once(']')) {
        list.split(',').for_each(&mut add);
    } else if list.starts_with("- ") && rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n') {
        list.lines().map_while(|line| line.trim_start().strip_prefix("- ")).for_each(add);
    }
}

/// `variable "db_password" { default = "x" }` (Terraform).
fn default_of(text: &str, from: usize) -> Option<Pair<'_>> {
    let rest = &text[from..text.floor_char_boundary(from + LONGEST_VARIABLE)];
    let (name, block) = rest.split_once('"')?;
    let block = block.trim_start().strip_prefix('{')?;
    let block = &block[..block.find("\n}").unwrap_or(block.len())];
    let value = block.split('\n').find_map(|line| {
        let value = line.trim_start().strip_prefix("default")?.trim_start();
        value.strip_prefix('=')
    })?;
    Some(Pair { name, value: string(text, value)?, quoted: true })
}

/// The inside of the string that a text begins with.
fn string(text: &str, value: &str) -> Option<Range<usize>> {
    let start = value.as_ptr() as usize - text.as_ptr() as usize;
    let end = start + value.len();
    let opening = skip_blanks(text.as_bytes(), start, end);
    let quote = *text.as_bytes().get(opening).filter(|byte| **byte == b'"')?;
    Some(opening + 1..closing(text.as_bytes(), opening + 1, end, quote, 0)?)
}
