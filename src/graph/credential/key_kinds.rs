//! What the names of variables mean that hold long-lived keys of clouds: a table.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::graph::tables::table;

/// A row of the table: the variables of one kind of key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyKind {
    /// For people, with its article: `an AWS access key`.
    pub what: String,
    /// The cloud.
    pub cloud: String,
    /// How a pod does without such a key, as an order; `None` where the cloud offers nothing.
    pub keyless: Option<String>,
    /// What it is called where only its name is known, which is no key's: `GOOGLE_CREDENTIALS` may be a configuration for
    /// workload identity federation.
    #[serde(default)]
    pub(super) opaque: Option<String>,
    secret: Vec<String>,
    beside: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    pub(super) folders: Vec<String>,
}

/// All kinds.
pub(super) static KINDS: LazyLock<Vec<KeyKind>> =
    LazyLock::new(|| table(include_str!("../../../rules/tables/cloud-keys.yaml")));

/// What a variable's name says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Secret,
    Beside,
    File,
}

/// The kind of key that a variable's name means, and which part of it; longer names that end so count.
pub(super) fn part_of(name: &str) -> Option<(&'static KeyKind, Part, usize)> {
    let name = name.to_ascii_uppercase();
    let fits = |pattern: &str| {
        // Most patterns end in another letter.
        if !pattern.ends_with('*') && name.bytes().last() != pattern.bytes().last() {
            return None;
        }
        if let Some((start, end)) = pattern.split_once('*') {
            let long = name.len() > start.len() + end.len();
            return (long && name.starts_with(start) && name.ends_with(end)).then_some(0);
        }
        let front = name.strip_suffix(pattern)?;
        (front.is_empty() || front.ends_with('_')).then_some(front.len())
    };
    let among = |list: &[String]| list.iter().find_map(|pattern| fits(pattern));
    KINDS.iter().find_map(|kind| {
        let file = || among(&kind.files).map(|front| (kind, Part::File, front));
        let secret = || among(&kind.secret).map(|front| (kind, Part::Secret, front));
        let beside = || among(&kind.beside).map(|front| (kind, Part::Beside, front));
        file().or_else(secret).or_else(beside)
    })
}

/// The kind of key that a key of a Secret, or a variable, holds by its name: `aws-secret-access-key` counts.
#[must_use]
pub fn key_kind(name: &str) -> Option<&'static KeyKind> {
    part_of(&name.replace(['-', '.'], "_"))
        .filter(|(_, part, _)| *part == Part::Secret)
        .map(|(kind, ..)| kind)
}
