//! Who answers for an identity, and on which level that stands: declared once, inherited downwards.

use crate::source::Span;
use crate::yaml::Node;

use super::{Graph, Placed, Runner};

/// The level that named the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The workload's own metadata.
    Workload,
    /// The metadata of its pods.
    PodTemplate,
    /// The account it runs as.
    ServiceAccount,
    /// Its namespace.
    Namespace,
    /// The Argo CD Application or Flux Kustomization that deploys the file.
    Application,
    /// The repository's CODEOWNERS file.
    Codeowners,
}

impl Level {
    /// The word in settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Workload | Self::PodTemplate => "workload",
            Self::ServiceAccount => "serviceaccount",
            Self::Namespace => "namespace",
            Self::Application => "application",
            Self::Codeowners => "codeowners",
        }
    }
}

/// An owner and who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// As written: a team, a handle, a group address.
    pub value: String,
    /// The level that answered.
    pub level: Level,
    /// Where it stands, where that is a manifest.
    pub span: Option<Span>,
}

/// Annotation and label keys that name an owner: exact, `*/suffix`, or `*/prefix*`.
#[derive(Clone, Debug)]
pub struct OwnerKeys<'k> {
    keys: Vec<&'k str>,
    prefix: &'k str,
}

impl<'k> OwnerKeys<'k> {
    /// `keys` as configured; `P/` in them stands for the prefix of our annotations.
    #[must_use]
    pub fn new(keys: Vec<&'k str>, prefix: &'k str) -> Self {
        Self { keys, prefix }
    }

    fn accepts(&self, key: &str) -> bool {
        // Set by machines about other objects, not about people.
        if key.starts_with("olm.") || key.ends_with("managed-by") {
            return false;
        }
        self.keys.iter().any(|pattern| {
            if let Some(ours) = pattern.strip_prefix("P/") {
                return key.strip_prefix(self.prefix) == Some(ours);
            }
            let Some(wanted) = pattern.strip_prefix("*/") else {
                return key == *pattern;
            };
            let Some((_, last)) = key.split_once('/') else {
                return false;
            };
            wanted
                .strip_suffix('*')
                .map_or(last == wanted, |start| last.starts_with(start))
        })
    }

    /// The first owner that a `metadata` mapping names, annotations before labels.
    fn find(&self, metadata: Option<Node<'_>>, level: Level) -> Option<Owner> {
        let metadata = metadata?;
        let lists = ["annotations", "labels"]
            .into_iter()
            .filter_map(|list| metadata.get(list));
        let named = |entry: &crate::yaml::Entry<'_>| entry.key.text().is_some_and(|key| self.accepts(&key));
        lists.flat_map(Node::entries).filter(named).find_map(|entry| {
            let value = entry.value.text().filter(|value| !value.trim().is_empty())?;
            Some(Owner {
                value: value.into_owned(),
                level,
                span: Some(entry.value.span()),
            })
        })
    }
}

impl Graph<'_> {
    /// The owner of a workload's identity: workload, pods, account, namespace, application, CODEOWNERS.
    #[must_use]
    pub fn owner_of(&self, runner: &Runner<'_>, keys: &OwnerKeys<'_>) -> Option<Owner> {
        let at = self.object_of(runner);
        let own = keys.find(at.object.metadata(), Level::Workload);
        let pods = || keys.find(runner.workload.template?.get("metadata"), Level::PodTemplate);
        let account = || {
            let accounts = self.accounts_of(runner);
            accounts.iter().find_map(|&account| {
                keys.find(self.objects[account].object.metadata(), Level::ServiceAccount)
            })
        };
        own.or_else(pods)
            .or_else(account)
            .or_else(|| self.owner_around(at, keys))
    }

    /// The owner that an object inherits from what it stands in.
    fn owner_around(&self, at: &Placed<'_>, keys: &OwnerKeys<'_>) -> Option<Owner> {
        let namespaces = at
            .namespace
            .as_deref()
            .map(|name| self.lookup(at.source, "Namespace", None, name));
        let namespace = namespaces
            .into_iter()
            .flatten()
            .find_map(|index| keys.find(self.objects[index].object.metadata(), Level::Namespace));
        namespace
            .or_else(|| self.owner_of_application(at, keys))
            .or_else(|| {
                let path = self.path(at.file);
                let governing = self
                    .input
                    .codeowners
                    .iter()
                    .filter(|owners| owners.owner(path).is_some());
                let value = governing
                    .max_by_key(|owners| owners.depth())?
                    .owner(path)?
                    .to_owned();
                Some(Owner {
                    value,
                    level: Level::Codeowners,
                    span: None,
                })
            })
    }

    /// The owner of the Application or Kustomization whose path holds the object's file.
    fn owner_of_application(&self, at: &Placed<'_>, keys: &OwnerKeys<'_>) -> Option<Owner> {
        let file = format!("/{}", self.path(at.file));
        let deploys = |path: &str| {
            let path = path.trim_matches(['.', '/']);
            !path.is_empty() && file.contains(&format!("/{path}/"))
        };
        self.applications
            .iter()
            .map(|&index| &self.objects[index].object)
            .find_map(|object| {
                let spec = object.node.get("spec")?;
                let sources = spec
                    .get("sources")
                    .into_iter()
                    .flat_map(Node::items)
                    .chain(spec.get("source"));
                let mut paths = sources
                    .chain([spec])
                    .filter_map(|source| source.get("path")?.text());
                if !paths.any(|path| deploys(&path)) {
                    return None;
                }
                let common = spec.get("commonMetadata");
                keys.find(common, Level::Application)
                    .or_else(|| keys.find(object.metadata(), Level::Application))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::OwnerKeys;

    #[test]
    fn keys_are_exact_or_globs_over_the_last_part() {
        let keys = OwnerKeys::new(vec!["P/owner", "team", "*/owner", "*/contact*"], "nhilint.dev/");
        for accepted in [
            "nhilint.dev/owner",
            "team",
            "acme.io/owner",
            "acme.io/contact-slack",
        ] {
            assert!(keys.accepts(accepted), "{accepted}");
        }
        for refused in [
            "olm.owner",
            "owner.namespace",
            "app.kubernetes.io/managed-by",
            "acme.io/team",
            "steam",
        ] {
            assert!(!keys.accepts(refused), "{refused}");
        }
    }
}
