//! Owners by the settings: who owns what carries no owner itself, and which owners there are.

use std::collections::BTreeSet;

use super::read;
use crate::catalog::pattern::{Lists, Patterns};
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

/// What a rule is searched by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Identity,
    Namespace,
    Path,
    Nothing,
}

/// The owners that the settings name.
#[derive(Clone, Debug, Default)]
pub struct OwnerMap {
    rules: Vec<OwnerRule>,
    registry: Option<Patterns>,
    by_identity: Lists,
    by_namespace: Lists,
    by_path: Lists,
    /// The rules that hold for everything.
    others: Vec<usize>,
}

impl OwnerMap {
    pub(super) fn of(rules: &[OwnerRule], registry: Option<Patterns>) -> Self {
        let key = |rule: &OwnerRule| match rule {
            OwnerRule { identity: Some(_), .. } => Key::Identity,
            OwnerRule { namespace: Some(_), .. } => Key::Namespace,
            OwnerRule { path: Some(_), .. } => Key::Path,
            OwnerRule { .. } => Key::Nothing,
        };
        let of = |wanted: Key| rules.iter().enumerate().filter(move |(_, rule)| key(rule) == wanted);
        Self {
            by_identity: Lists::new(
                of(Key::Identity).filter_map(|(at, rule)| Some((at, rule.identity.as_ref()?))),
            ),
            by_namespace: Lists::new(
                of(Key::Namespace).filter_map(|(at, rule)| Some((at, rule.namespace.as_ref()?))),
            ),
            by_path: Lists::new(of(Key::Path).filter_map(|(at, rule)| Some((at, rule.path.as_ref()?)))),
            others: of(Key::Nothing).map(|(at, _)| at).collect(),
            rules: rules.to_vec(),
            registry,
        }
    }

    /// Who owns an object at a path (seen from the settings file), in a namespace, of an identity (namespace/account).
    #[must_use]
    pub fn owner(&self, path: &str, namespace: Option<&str>, identity: Option<&str>) -> Option<&str> {
        let fits = |patterns: &Option<Patterns>, text: Option<&str>| {
            patterns.as_ref().is_none_or(|patterns| text.is_some_and(|text| patterns.has(text)))
        };
        let mut maybe: BTreeSet<usize> = self.others.iter().copied().collect();
        self.by_path.with(path, &mut maybe);
        for (lists, text) in [(&self.by_identity, identity), (&self.by_namespace, namespace)] {
            if let Some(text) = text {
                lists.with(text, &mut maybe);
            }
        }
        let rule = maybe.into_iter().map(|at| &self.rules[at]).find(|rule| {
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
