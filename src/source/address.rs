//! The parts of an address that log somebody in: its user, its password, and what its query says.

use std::borrow::Cow;
use std::ops::Range;

/// The user that every clone by ssh names.
const EVERYBODY: &str = "git";
/// What a query may say: which state of a repository, and how to fetch it (kustomize `api/internal/git/repospec.go`).
const SHOWN: [&str; 4] = ["ref", "version", "timeout", "submodules"];
/// What ends an address in a text.
const ENDS: &[char] = &['"', '\'', '`', '<', '>', '\\', '|'];

/// A text whose addresses show neither user nor query.
#[must_use]
pub fn without_logins(text: &str) -> Cow<'_, str> {
    let mut clean = Cow::Borrowed(text);
    for range in logins(text) {
        let stars = "*".repeat(range.len());
        clean.to_mut().replace_range(range, &stars);
    }
    clean
}

/// The bytes of a text that hold the user, the password or the query of an address.
pub(super) fn logins(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), "://") {
        let start = at + "://".len();
        let length = text[start..].find(|c: char| c.is_whitespace() || c.is_control() || ENDS.contains(&c));
        let end = start + length.unwrap_or(text.len() - start);
        let address = text[start..end].trim_end_matches([',', ';', ')', ']', '}']);
        of_address(address, start, &mut found);
    }
    found
}

/// `address` begins behind the scheme.
fn of_address(address: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let place = address.split(['?', '#']).next().unwrap_or_default();
    let mut hide = |part: &str| {
        if !part.is_empty() && !is_reference(part) {
            let from = start + (part.as_ptr() as usize - address.as_ptr() as usize);
            found.push(from..from + part.len());
        }
    };
    if let Some(user) = user_of(place).filter(|user| *user != EVERYBODY) {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        hide(name);
        hide(password);
    }
    for pair in address[place.len()..].split(['?', '#', '&']) {
        match pair.split_once('=') {
            Some((name, value)) if is_name(name) => {
                if !SHOWN.contains(&name) {
                    hide(value);
                }
            }
            _ => hide(pair),
        }
    }
}

/// The user, and the password behind a colon, of an address without its query.
fn user_of(place: &str) -> Option<&str> {
    let host = place.split('/').next().unwrap_or_default();
    if let Some((user, _)) = host.rsplit_once('@') {
        return Some(user);
    }
    // A password may hold a slash that nobody escaped; a port is a number.
    let (_, port) = host.split_once(':')?;
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    place.rsplit_once('@').filter(|_| !is_port).map(|(user, _)| user)
}

/// `$(NAME)`, `${NAME}`, `{{ .Values.name }}`, `<name>`: something else stands there in the end.
fn is_reference(part: &str) -> bool {
    let is_between =
        |open: &str, close: char| part.starts_with(open) && part.find(close) == Some(part.len() - 1);
    is_between("$(", ')') || is_between("${", '}') || part.starts_with("{{") && part.ends_with("}}")
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphabetic() || b"_-.[]".contains(&byte);
    !name.is_empty() && name.len() <= 40 && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::without_logins;

    #[test]
    fn an_address_shows_neither_user_nor_query() {
        for (text, expected) in [
            (
                "at https://bot:hunter2@host/x?token=abc&ref=v1, and",
                "at https://***:*******@host/x?token=***&ref=v1, and",
            ),
            ("https://hunter2@host/x", "https://*******@host/x"),
            ("https://a:b/c@host/x", "https://*:***@host/x"),
            ("https://host:8080/x@v2", "https://host:8080/x@v2"),
            ("ssh://git@host/x?ref=main", "ssh://git@host/x?ref=main"),
            ("`https://host/x?abc`", "`https://host/x?***`"),
            ("https://host/#token=abc", "https://host/#token=***"),
            ("db://$(USER):$(PASS)@host", "db://$(USER):$(PASS)@host"),
            ("db://é:ü@host?é", "db://**:**@host?**"),
            ("[https://host/x, http://host/y]", "[https://host/x, http://host/y]"),
            ("a://", "a://"),
        ] {
            assert_eq!(without_logins(text), expected);
        }
    }
}
