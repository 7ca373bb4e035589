//! Paths inside a repository, and addresses as people are shown them.

/// `file` as seen from `directory`, with `..` resolved.
#[must_use]
pub fn join(directory: &str, file: &str) -> String {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let rooted = if directory.starts_with('/') { "/" } else { "" };
    format!("{rooted}{}", parts.join("/"))
}

/// The folder that a file or folder stands in; the working directory is empty.
#[must_use]
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a path is that of a template of a chart, or of a file beside its templates.
#[must_use]
pub fn is_in_templates(path: &str) -> bool {
    path.contains("templates/")
}

/// A folder for people.
#[must_use]
pub fn or_dot(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

/// An address for people: without the user, who may be a token, and the query, which may hold one.
pub(super) fn without_secrets(address: &str) -> String {
    let plain = address.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = plain.split_once("://").map_or(("", plain), |(_, rest)| {
        let scheme = &plain[..plain.len() - rest.len()];
        (scheme, rest)
    });
    let host = rest.split('/').next().unwrap_or_default();
    let rest = host.rfind('@').map_or(rest, |at| &rest[at + 1..]);
    format!("{scheme}{rest}")
}
