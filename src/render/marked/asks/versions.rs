//! The versions of Kubernetes that templates compare with that of the cluster, and those that answer otherwise.

use std::collections::BTreeSet;

/// The oldest minor version of Kubernetes 1 whose answers are asked for.
pub const OLDEST_ASKED: u32 = 24;

/// More answers are not asked for.
const MOST: usize = 6;

/// A version that a comparison names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    minor: u32,
    /// Whether it may be this version only that is meant.
    is_exact: bool,
    /// Whether what comes after it is meant, without it.
    is_after: bool,
    /// As it is written, where it says more than the minor version.
    written: Option<String>,
}

impl Named {
    /// A minor version that is compared as a number.
    pub(super) fn minor(minor: u32) -> Self {
        Self { minor, is_exact: true, is_after: true, written: None }
    }

    /// Versions before, at and after it.
    fn others(&self, minor: u32) -> impl Iterator<Item = String> {
        let at = self.minor;
        let mut minors = BTreeSet::new();
        if at <= minor {
            minors.insert(at.saturating_sub(1));
        }
        if self.is_exact || (at > minor && !self.is_after) {
            minors.insert(at);
        }
        if at >= minor && self.is_after {
            minors.insert(at + 1);
        }
        minors.remove(&minor);
        minors
            .into_iter()
            .filter(|other| *other >= OLDEST_ASKED)
            .map(|other| format!("1.{other}.0"))
            .chain(self.written.clone())
    }
}

/// The versions of Kubernetes that a constraint names (Masterminds/semver); `None` where it cannot be read.
pub(super) fn named(constraint: &str) -> Option<Vec<Named>> {
    let spaced: String = constraint.replace("||", ",").replace(" - ", ",");
    let mut found = Vec::new();
    for part in spaced.split(',') {
        // A blank may stand between an operator and its version, and between two constraints.
        let mut rest = part.trim();
        while !rest.is_empty() {
            let version = rest.trim_start_matches(['=', '!', '<', '>', '~', '^']);
            let operator = &rest[..rest.len() - version.len()];
            let version = version.trim_start();
            let end =
                version.find(|c: char| c.is_whitespace() || "=!<>~^".contains(c)).unwrap_or(version.len());
            found.extend(one(operator, &version[..end])?);
            rest = version[end..].trim_start();
        }
    }
    Some(found)
}

/// What one comparison names; nothing, where it is of another major version.
fn one(operator: &str, version: &str) -> Option<Vec<Named>> {
    let text = version.trim_start_matches('v');
    let (numbers, suffix) = match text.find(['-', '+']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let mut numbers = numbers.split('.');
    let wild = |part: &str| matches!(part, "x" | "X" | "*");
    let (major, minor, patch) =
        (numbers.next()?, numbers.next().unwrap_or("x"), numbers.next().unwrap_or("0"));
    if wild(major) || major.parse::<u32>().ok()? != 1 || wild(minor) {
        return Some(Vec::new());
    }
    let minor = minor.parse().ok()?;
    let says_more = !matches!(suffix, "" | "-0") || !(wild(patch) || patch == "0");
    let is_whole = patch.bytes().all(|byte| byte.is_ascii_digit());
    Some(vec![Named {
        minor,
        is_exact: !operator.starts_with(['<', '>']),
        is_after: !matches!(operator, ">=" | "=>" | "<"),
        written: (says_more && is_whole).then(|| format!("1.{minor}.{patch}{suffix}")),
    }])
}

/// The versions by which comparisons may answer otherwise than by 1.`minor`; `None` where they are too many.
#[must_use]
pub fn others(named: &BTreeSet<Named>, minor: u32) -> Option<BTreeSet<String>> {
    let all: BTreeSet<String> = named.iter().flat_map(|named| named.others(minor)).collect();
    (all.len() <= MOST).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::{named, others};

    fn answers(constraint: &str) -> Vec<String> {
        let named = named(constraint).expect("a constraint").into_iter().collect();
        others(&named, 34).expect("a few").into_iter().collect()
    }

    #[test]
    fn versions_on_the_other_side_are_known() {
        for (constraint, other) in [
            (">=1.30-0", vec!["1.29.0"]),
            ("<1.30-0", vec!["1.29.0"]),
            (">= 1.21-0 < 1.30-0", vec!["1.29.0"]),
            (">=1.19-0", vec![]),
            ("=1.30", vec!["1.29.0", "1.30.0"]),
            ("1.31.4", vec!["1.30.0", "1.31.0", "1.31.4"]),
            (">=1.36-0 || <1.2", vec!["1.36.0"]),
            (">1.34", vec!["1.33.0", "1.35.0"]),
            (">=2.1.0", vec![]),
        ] {
            assert_eq!(answers(constraint), other, "{constraint}");
        }
        assert!(named(">=one").is_none());
    }
}
