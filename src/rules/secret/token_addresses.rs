//! Addresses that have their token beside them, of the same name and Secret: `HOOK_URL`, `HOOK_TOKEN`. Without it the
//! address of a webhook is a secret itself.

use std::collections::HashSet;

/// The names of tokens without their ends.
pub(super) struct Tokens(HashSet<String>);

impl Tokens {
    /// Those among the variables from one Secret.
    pub(super) fn of(names: impl Iterator<Item = String>) -> Self {
        Self(names.filter_map(|name| stem(&name, &["_token"])).collect())
    }

    /// Whether a variable is the address for one of them.
    pub(super) fn stand_beside(&self, name: &str) -> bool {
        stem(name, &["_url", "_uri", "_endpoint"]).is_some_and(|stem| self.0.contains(&stem))
    }
}

fn stem(name: &str, ends: &[&str]) -> Option<String> {
    let name = name.to_ascii_lowercase();
    ends.iter().find_map(|end| name.strip_suffix(end)).map(str::to_owned)
}
