//! Owners by the settings: who owns what carries no owner itself, and which owners there are.

use super::read;
use crate::catalog::pattern::Patterns;
use crate::yaml::Node;

/// An entry of `owners.map`.
#[derive(Clone, Debug)]
pub(super) struct OwnerRule {
    owner: String,
    path: Option<Patterns>,
    namespace: Option<Patterns>,
    identity: Option<Patterns>,
}

impl OwnerRule {
    pub(super) fn of(node: Node<'_>) -> Self {
        let patterns = |key: &str| node.get(key).map(|_| Patterns::new(read::texts(node, key)));
        Self {
            owner: read::text(node, "owner").unwrap_or_default(),
            path: patterns("path"),
            namespace: patterns("namespace"),
            identity: patterns("identity"),
        }
    }
}

/// The owners that the settings name.
#[derive(Clone, Debug, Default)]
pub struct OwnerMap {
    pub(super) rules: Vec<OwnerRule>,
    pub(super) registry: Option<Patterns>,
}

impl OwnerMap {
    /// Who owns an object at a path (seen from the settings file), in a namespace, of an identity (namespace/account).
    #[must_use]
    pub fn owner(&self, path: &str, namespace: Option<&str>, identity: Option<&str>) -> Option<&str> {
        let fits = |patterns: &Option<Patterns>, text: Option<&str>| {
            patterns.as_ref().is_none_or(|patterns| text.is_some_and(|text| patterns.has(text)))
        };
        let rule = self.rules.iter().find(|rule| {
            fits(&rule.path, Some(path)) && fits(&rule.namespace, namespace) && fits(&rule.identity, identity)
        });
        rule.map(|rule| rule.owner.as_str())
    }

    /// Whether nothing is given an owner.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether a name is one of the owners that there are; every name is where the settings list none.
    #[must_use]
    pub fn knows(&self, owner: &str) -> bool {
        self.registry.as_ref().is_none_or(|registry| registry.has(owner))
    }
}
