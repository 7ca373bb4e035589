//! Engines that apply what is committed: by what they are known, beside their name.

use std::sync::LazyLock;

use serde::Deserialize;

use super::image::{is_copy_of, is_from};
use crate::k8s::container::Container;
use crate::yaml::Node;

/// One engine: a row of `rules/tables/engines.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownEngine {
    #[expect(dead_code, reason = "for people: the manifests that name it")]
    source: &'static str,
    accounts: Vec<&'static str>,
    images: Vec<&'static str>,
    #[serde(default)]
    commands: Vec<&'static str>,
    /// The package of Operator Lifecycle Manager that installs it.
    pub package: Option<&'static str>,
}

static ENGINES: LazyLock<Vec<KnownEngine>> =
    LazyLock::new(|| super::table(include_str!("../../../rules/tables/engines.yaml")));

impl KnownEngine {
    /// The engine whose account bears a name.
    #[must_use]
    pub fn named(namespace: &str, account: &str) -> Option<&'static Self> {
        let known = |row: &&KnownEngine| {
            let mut names = row.accounts.iter().filter_map(|name| name.split_once('/'));
            names.any(|name| name == (namespace, account))
        };
        ENGINES.iter().find(known)
    }

    /// Whether a container is part of it: its image is the engine's, and nothing else is started in it.
    #[must_use]
    pub fn is_run_by(&self, container: &Container<'_>, mirrors: &[&str]) -> bool {
        let image = container.image();
        let is_its_own = is_from(&image, &self.images) || is_copy_of(&image, mirrors, &self.images);
        is_its_own && program(container).is_none_or(|program| self.commands.contains(&&*program))
    }
}

/// The program that a container names instead of its image's own, without the `init` before it.
fn program(container: &Container<'_>) -> Option<String> {
    let words = |key| container.words(key).into_iter().filter_map(Node::text);
    let commands: Vec<_> = words("command").collect();
    let is_init = |word: &str| matches!(word, "tini" | "--" | "dumb-init");
    let base = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let named = commands.iter().map(|word| base(word)).find(|word| !is_init(word));
    let mut arguments = words("args").map(|word| (word.starts_with('-'), base(&word)));
    named.or_else(|| arguments.next().filter(|(is_flag, _)| !is_flag).map(|(_, word)| word))
}

#[cfg(test)]
mod tests {
    use super::ENGINES;

    #[test]
    fn every_account_has_a_namespace_and_every_image_an_organisation() {
        for row in ENGINES.iter() {
            assert!(row.accounts.iter().all(|name| name.matches('/').count() == 1), "{row:?}");
            assert!(row.images.iter().all(|image| image.matches('/').count() >= 2), "{row:?}");
        }
    }
}
