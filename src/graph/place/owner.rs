//! Who answers for an identity, and on which level that stands: declared once, inherited downwards.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::deployer::Deployer;
use super::{ObjectId, Placed, Places, Runner};
use crate::catalog::pattern::Patterns;
use crate::config::OwnerMap;
use crate::load::names_nobody;
use crate::source::Span;
use crate::yaml::{Entry, Node};

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
    /// A file that names owners of paths: CODEOWNERS, OWNERS, Backstage's `catalog-info.yaml`.
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

/// Annotation and label keys that name an owner, and what was found by them.
#[derive(Clone, Copy, Debug)]
pub struct OwnerKeys<'k> {
    /// The keys.
    pub keys: &'k Patterns,
    /// The owners that the settings name.
    pub map: &'k OwnerMap,
    /// What is found by these keys is kept here.
    pub known: &'k KnownOwners,
}

/// The owners that the deployers of a file name, by its path: as many copies of a file as it has deployers ask for them.
#[derive(Debug, Default)]
pub struct KnownOwners(Mutex<HashMap<String, Option<Owner>>>);

impl OwnerKeys<'_> {
    fn accepts(self, key: &str) -> bool {
        // Set by machines about other objects, not about people.
        !key.starts_with("olm.") && !key.ends_with("managed-by") && self.keys.has(key)
    }

    /// Whether a value names somebody: no placeholder, and in the registry, where the settings have one.
    fn is_owner(self, value: Node<'_>, text: &str, places: &Places<'_>) -> bool {
        !names_nobody(text) && self.map.knows(text) && !places.is_unfilled(value, text)
    }

    /// The first owner that a `metadata` mapping names, annotations before labels.
    fn find(self, metadata: Option<Node<'_>>, level: Level, places: &Places<'_>) -> Option<Owner> {
        let metadata = metadata?;
        let mut lists = ["annotations", "labels"].into_iter().filter_map(|list| metadata.get(list));
        lists.find_map(|list| self.among(list, level, places))
    }

    /// The first owner among annotations or labels.
    fn among(self, list: Node<'_>, level: Level, places: &Places<'_>) -> Option<Owner> {
        let named = |entry: &Entry<'_>| entry.key.text().is_some_and(|key| self.accepts(&key));
        list.entries().filter(named).find_map(|entry| {
            let value = entry.value.text().filter(|text| self.is_owner(entry.value, text, places))?;
            Some(Owner { value: value.into_owned(), level, span: Some(entry.value.span()) })
        })
    }

    /// What a `metadata` mapping has in the place of owners and names nobody: `your-team`.
    fn placeholders<'n>(
        self,
        metadata: Option<Node<'n>>,
        places: &Places<'_>,
    ) -> impl Iterator<Item = Node<'n>> {
        let lists = ["annotations", "labels"].into_iter().filter_map(move |list| metadata?.get(list));
        let entries = lists.flat_map(Node::entries);
        let named = move |entry: &Entry<'_>| entry.key.text().is_some_and(|key| self.accepts(&key));
        entries.filter(named).map(|entry| entry.value).filter(move |value| {
            value.text().is_some_and(|text| !text.trim().is_empty() && !self.is_owner(*value, &text, places))
        })
    }
}

impl<'a> Places<'a> {
    /// Who answers for a workload's identity, on every level that says so, the nearest first: workload, pods, account,
    /// namespace, application, CODEOWNERS.
    #[must_use]
    pub fn owners_of(&self, runner: &Runner<'_>, keys: OwnerKeys<'_>) -> Vec<Owner> {
        let at = self.object_of(runner);
        let own = keys.find(at.object.metadata(), Level::Workload, self);
        let pods = keys.find(runner.workload.pod_metadata(), Level::PodTemplate, self);
        let account = self.owner_in_all(self.accounts_of(runner), Level::ServiceAccount, keys);
        let around = self.owners_around(at, keys);
        [own, pods, account].into_iter().flatten().chain(around).collect()
    }

    /// What stands where an owner of a workload's identity should and names nobody.
    #[must_use]
    pub fn placeholders_of(&self, runner: &Runner<'_>, keys: OwnerKeys<'_>) -> Vec<Span> {
        let at = self.object_of(runner);
        let inherited = self.accounts_of(runner).into_iter().chain(self.namespaces_of(at));
        let inherited = inherited.map(|object| self[object].object.metadata());
        let all = [at.object.metadata(), runner.workload.pod_metadata()].into_iter().chain(inherited);
        all.flat_map(|metadata| keys.placeholders(metadata, self)).map(Node::span).collect()
    }

    /// Who answers for an object that is no workload, the nearest first; its own metadata is `level`.
    #[must_use]
    pub fn owners_of_object(&self, at: &Placed<'_>, level: Level, keys: OwnerKeys<'_>) -> Vec<Owner> {
        let own = keys.find(at.object.metadata(), level, self);
        own.into_iter().chain(self.owners_around(at, keys)).collect()
    }

    /// The Namespace objects that an object stands in, as far as they are in the run.
    #[must_use]
    pub fn namespaces_of(&self, at: &Placed<'_>) -> Vec<ObjectId> {
        let found = at.namespace.as_deref().map(|name| self.lookup(at.source, "Namespace", None, name));
        found.unwrap_or_default()
    }

    /// Where an owner was looked for, as a sentence for people.
    #[must_use]
    pub fn owner_levels(&self, at: &Placed<'_>, account: &str) -> String {
        let level = |word: &str, name: Option<&str>, missing: Option<&str>| match name {
            Some(name) => format!("{word} `{name}`{}", missing.unwrap_or_default()),
            None => format!("its {word} (not known)"),
        };
        let accounts = self.lookup(at.source, "ServiceAccount", at.namespace.as_deref(), account);
        // Every namespace has a `default`. Another account of the name may be in another namespace, or in one that the
        // text does not name.
        let elsewhere =
            (accounts.is_empty() && account != "default").then_some(" (none that is certainly its own)");
        let absent = self.namespaces_of(at).is_empty().then_some(" (not in the input)");
        let is_any = !self.input.codeowners.is_empty() || !self.input.owners_files.is_empty();
        let files = if is_any { "CODEOWNERS and OWNERS" } else { "CODEOWNERS and OWNERS (none)" };
        let pods = if at.object.is("", "Pod") { "" } else { " its pods," };
        format!(
            "Looked at: the {},{pods} {}, {}, what deploys the file, {files}.",
            at.object.kind,
            level("ServiceAccount", Some(account), elsewhere),
            level("Namespace", at.namespace.as_deref(), absent),
        )
    }

    /// The owner that the first of several definitions names: none where one of them names none, as it may be the one that
    /// is applied.
    fn owner_in_all(&self, definitions: Vec<ObjectId>, level: Level, keys: OwnerKeys<'_>) -> Option<Owner> {
        let owner = |object: ObjectId| keys.find(self[object].object.metadata(), level, self);
        let owners: Option<Vec<Owner>> = definitions.into_iter().map(owner).collect();
        owners?.into_iter().next()
    }

    /// The owners that an object inherits from what it stands in.
    fn owners_around(&self, at: &Placed<'_>, keys: OwnerKeys<'_>) -> Vec<Owner> {
        let namespace = self.owner_in_all(self.namespaces_of(at), Level::Namespace, keys);
        let path = self.path(at.file);
        let application = self.owner_of_deployers(path, keys).or_else(|| self.owner_of_deployer(at, keys));
        let of_files = self.owner_of_file(path).or_else(|| {
            let owners: Option<Vec<String>> =
                self.written_in(at).iter().map(|file| self.owner_of_file(file)).collect();
            owners?.into_iter().next()
        });
        let of_files = of_files.or_else(|| self.owner_in_settings(at).map(str::to_owned));
        let of_files = of_files.map(|value| Owner { value, level: Level::Codeowners, span: None });
        [namespace, application, of_files].into_iter().flatten().collect()
    }

    /// The owner that files name for a path.
    fn owner_of_file(&self, path: &str) -> Option<String> {
        let governing =
            self.input.codeowners.iter().filter_map(|owners| Some((owners.depth(), owners.owner(path)?)));
        let named = governing.max_by_key(|(depth, _)| *depth).map(|(_, owner)| owner.to_owned());
        let of_files = named.or_else(|| self.input.owners_files.owner(path));
        of_files.or_else(|| self.owner_in_catalog(path))
    }

    /// Whether a value is a placeholder as a whole that nothing fills in before it is applied: `${OWNER}`, `{{ owner }}`. In
    /// what was rendered `${…}` is left where only the cluster knows the value, which may be somebody.
    fn is_unfilled(&self, value: Node<'_>, text: &str) -> bool {
        const AROUND: [(&str, &str); 5] = [("$(", ")"), ("{{", "}}"), ("#{", "}"), ("<", ">"), ("%", "%")];
        let text = text.trim();
        let is_around = |(open, close): (&str, &str)| {
            text.strip_prefix(open).is_some_and(|rest| rest.ends_with(close) && rest.len() > close.len())
        };
        let is_word = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        AROUND.into_iter().any(is_around)
            || text.strip_prefix('$').is_some_and(is_word)
            || is_around(("${", "}")) && !self.is_rendered_file(value.span().file)
    }

    /// The owner that the settings give to a path, a namespace or an identity.
    fn owner_in_settings(&self, at: &Placed<'_>) -> Option<&str> {
        if self.input.owners.is_empty() {
            return None;
        }
        let path = self.input.folder.seen(self.path(at.file));
        let namespace = at.namespace.as_deref();
        let account = at.object.is("", "ServiceAccount").then(|| &*at.object.name);
        let account = account.map(|name| format!("{}/{name}", namespace.unwrap_or("?")));
        let used = || {
            let first = self.runners.partition_point(|runner| runner.object < at.id);
            let runner = self.runners.get(first).filter(|runner| runner.object == at.id)?;
            at.identity(runner).map(|identity| identity.to_string())
        };
        let identity = account.or_else(used);
        self.input.owners.owner(&path, namespace, identity.as_deref())
    }

    /// The owner that the nearest `catalog-info.yaml` of Backstage names, in the folder of a file or above.
    fn owner_in_catalog(&self, path: &str) -> Option<String> {
        let folders = path.rmatch_indices('/').map(|(slash, _)| &path[..=slash]).chain([""]);
        folders.into_iter().find_map(|folder| self.catalogs.get(folder)).cloned()
    }

    /// The owner that what deploys a file names: a kustomization, an Application or its project.
    fn owner_of_deployers(&self, path: &str, keys: OwnerKeys<'_>) -> Option<Owner> {
        let mut known = keys.known.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(owner) = known.get(path) {
            return owner.clone();
        }
        let named = |deployer: Deployer<'a>| match deployer {
            // What it adds stands on every object that it makes.
            Deployer::Adds(list) => keys.among(list, Level::Workload, self),
            Deployer::Object(deployer) => self
                .metadata_of_deployer(deployer)
                .into_iter()
                .find_map(|metadata| keys.find(Some(metadata), Level::Application, self)),
        };
        let owner = self.deployers_of(path).into_iter().find_map(named);
        known.insert(path.to_owned(), owner.clone());
        owner
    }

    /// The owner that the object names for which a text was rendered: a HelmRelease, whose chart others release too.
    fn owner_of_deployer(&self, at: &Placed<'_>, keys: OwnerKeys<'_>) -> Option<Owner> {
        let span = at.deployer?;
        // No path begins so.
        let key = format!(" {} {}", span.file.index(), span.start);
        let mut known = keys.known.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(owner) = known.get(&key) {
            return owner.clone();
        }
        let is_around = |placed: &&Placed<'_>| {
            let own = placed.object.node.span();
            placed.file == span.file && own.start <= span.start && span.end <= own.end
        };
        let owner = self.objects.iter().find(is_around).and_then(|deployer| {
            let named = self.metadata_of_deployer(deployer.id).into_iter();
            named.into_iter().find_map(|metadata| keys.find(Some(metadata), Level::Application, self))
        });
        known.insert(key, owner.clone());
        owner
    }
}

#[cfg(test)]
mod tests {
    use super::{KnownOwners, OwnerKeys, OwnerMap, Patterns};

    #[test]
    fn keys_are_exact_or_globs_over_the_last_part() {
        let patterns = Patterns::new(["nhilint.dev/owner", "team", "*/owner", "*/contact*"]);
        let known = KnownOwners::default();
        let map = OwnerMap::default();
        let keys = OwnerKeys { keys: &patterns, map: &map, known: &known };
        for accepted in ["nhilint.dev/owner", "team", "acme.io/owner", "acme.io/contact-slack"] {
            assert!(keys.accepts(accepted), "{accepted}");
        }
        for refused in
            ["olm.owner", "owner.namespace", "app.kubernetes.io/managed-by", "acme.io/team", "steam"]
        {
            assert!(!keys.accepts(refused), "{refused}");
        }
    }
}
