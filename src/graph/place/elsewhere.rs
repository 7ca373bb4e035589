//! What the run points to and does not hold: charts and repositories that fill namespaces, accounts that operators make.
//!
//! It keeps rules from calling missing what merely stands elsewhere. It must not say that anything exists.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::{ByName, Placed, SourceId};
use crate::catalog::pattern::matches;
use crate::graph::tables::table;
use crate::render::paths::folder_of;
use crate::render::roots::sources;
use crate::yaml::Node;

/// `rules/tables/generated-accounts.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    platforms: Vec<Platform>,
    kinds: Vec<Generator>,
}

/// Accounts of every namespace, where the run holds objects of a group.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Platform {
    group: String,
    accounts: Vec<String>,
}

/// Accounts that are made beside an object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Generator {
    group: String,
    kind: String,
    #[serde(default)]
    accounts: Vec<String>,
    #[serde(default)]
    fields: Vec<String>,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| table(include_str!("../../../rules/tables/generated-accounts.yaml")));

/// What stands elsewhere. Every fact holds for the clusters of the source that states it.
#[derive(Debug, Default)]
pub(in crate::graph) struct Elsewhere {
    /// Namespaces that something else fills; none is any.
    filled: HashMap<Option<Cow<'static, str>>, Vec<SourceId>>,
    /// Accounts that something makes, by namespace and name; no namespace is every one.
    accounts: ByName<Vec<SourceId>>,
    /// The same where only a pattern of the name is known.
    patterns: HashMap<Option<Cow<'static, str>>, Vec<(SourceId, String)>>,
}

impl Elsewhere {
    /// Reads the objects of a run; `paths` are those of its files.
    pub(super) fn of<'p>(objects: &[Placed<'_>], paths: impl Iterator<Item = &'p str>) -> Self {
        let mut elsewhere = Self::default();
        let folders = folders(paths);
        let mut platforms = HashSet::new();
        for placed in objects {
            for namespace in filled_by(placed, &folders) {
                push(elsewhere.filled.entry(namespace.map(Cow::Owned)).or_default(), placed.source);
            }
            let object = &placed.object;
            for generator in TABLE.kinds.iter().filter(|known| object.is(&known.group, &known.kind)) {
                let patterns = generator.accounts.iter().map(|name| name.replace("{name}", &object.name));
                let named = generator.fields.iter().flat_map(|path| values(object.node, path));
                for account in patterns.chain(named) {
                    elsewhere.makes(placed.source, placed.namespace.clone(), account);
                }
            }
            if !object.group.is_empty() && platforms.insert((placed.source, object.group.as_str())) {
                let of_group = TABLE.platforms.iter().filter(|known| matches(&known.group, &object.group));
                for account in of_group.flat_map(|known| &known.accounts) {
                    elsewhere.makes(placed.source, None, account.clone());
                }
            }
        }
        elsewhere
    }

    fn makes(&mut self, source: SourceId, namespace: Option<String>, account: String) {
        if account.contains('*') {
            self.patterns.entry(namespace.map(Cow::Owned)).or_default().push((source, account));
        } else {
            push(self.accounts.entry(namespace.as_deref(), &account), source);
        }
    }

    /// Whether something outside the run fills the namespace of an object; `near` says which sources count.
    pub(in crate::graph) fn fills(&self, namespace: Option<&str>, near: impl Fn(SourceId) -> bool) -> bool {
        let keys = [namespace.map(Cow::Borrowed), None];
        keys.iter().filter_map(|key| self.filled.get(key)).flatten().any(|&source| near(source))
    }

    /// Whether an operator or platform of the run makes an account of that name.
    pub(super) fn makes_account(
        &self,
        namespace: Option<&str>,
        name: &str,
        near: impl Fn(SourceId) -> bool,
    ) -> bool {
        [namespace, None].into_iter().any(|key| {
            let patterns = self.patterns.get(&key.map(Cow::Borrowed)).into_iter().flatten();
            let mut fitting = patterns.filter(|(_, pattern)| matches(pattern, name));
            let exact = self.accounts.get(key, name);
            fitting.any(|(source, _)| near(*source))
                || exact.into_iter().flatten().any(|&source| near(source))
        })
    }
}

fn push(sources: &mut Vec<SourceId>, source: SourceId) {
    if sources.last() != Some(&source) {
        sources.push(source);
    }
}

/// The strings at a dotted path; `*` is every item.
fn values(root: Node<'_>, path: &str) -> Vec<String> {
    let path: Vec<&str> = path.split('.').collect();
    root.all_at(&path).into_iter().filter_map(Node::text).map(Cow::into_owned).collect()
}

/// Every ending of every folder that holds files of the run: what a path inside a repository can mean.
fn folders<'p>(paths: impl Iterator<Item = &'p str>) -> HashSet<&'p str> {
    let mut folders = HashSet::new();
    let mut endings = HashSet::new();
    for path in paths {
        let mut folder = path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if !folders.insert(parent) {
                break;
            }
            let starts = parent.match_indices('/').map(|(slash, _)| slash + 1);
            endings.extend(std::iter::once(0).chain(starts).map(|start| &parent[start..]));
            folder = parent;
        }
    }
    endings
}

/// The namespaces that an object fills from outside the run: a chart, another repository, an operator's bundle.
fn filled_by(placed: &Placed<'_>, folders: &HashSet<&str>) -> Vec<Option<String>> {
    let object = &placed.object;
    let Some(spec) = object.node.get("spec") else {
        return Vec::new();
    };
    let target = || spec.get("targetNamespace").and_then(literal);
    let covered = |path: &str| covers(path, folders);
    match (object.group.as_str(), &*object.kind) {
        ("helm.toolkit.fluxcd.io", "HelmRelease") | ("helm.cattle.io", "HelmChart") => {
            vec![target().or_else(|| placed.namespace.clone())]
        }
        ("operators.coreos.com", "Subscription") => vec![placed.namespace.clone()],
        ("kustomize.toolkit.fluxcd.io", "Kustomization") => {
            let here = spec.get("path").and_then(Node::text).is_some_and(|path| covered(&path));
            if here { Vec::new() } else { vec![target()] }
        }
        ("argoproj.io", "Application") => application(spec, false, covered),
        ("argoproj.io", "ApplicationSet") => {
            let patterns = ["directories", "files"].map(|list| format!("generators.*.git.{list}.*.path"));
            let mut patterns = patterns.iter().flat_map(|path| values(spec, path));
            let generated_here = patterns.any(|path| covered(&path));
            let template = spec.at(&["template", "spec"]);
            template.map(|spec| application(spec, generated_here, covered)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// `generated_here` says that templated paths are known to lie in the run.
fn application(spec: Node<'_>, generated_here: bool, covered: impl Fn(&str) -> bool) -> Vec<Option<String>> {
    let outside = |source: Node<'_>| {
        let path = source.get("path").and_then(Node::text);
        let Some(path) = path.filter(|_| source.get("chart").is_none()) else {
            // A source with neither only lends its files to the others.
            return source.get("chart").is_some();
        };
        !(covered(&path) || (generated_here && path.contains("{{")))
    };
    let namespace = || spec.at(&["destination", "namespace"]).and_then(literal);
    sources(spec).filter(|source| outside(*source)).map(|_| namespace()).collect()
}

/// Whether a path inside a repository, up to its first placeholder, is a folder of the run.
fn covers(path: &str, folders: &HashSet<&str>) -> bool {
    let fixed = match path.find(['{', '*', '$']) {
        Some(at) => folder_of(&path[..at]),
        None => path,
    };
    let folder = fixed.trim_matches(['.', '/']);
    !folder.is_empty() && folders.contains(folder)
}

/// A name that holds no placeholder.
fn literal(node: Node<'_>) -> Option<String> {
    let text = node.as_str()?;
    (!text.is_empty() && !text.contains(['{', '$'])).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::{TABLE, covers, folders};

    #[test]
    fn the_table_is_well_formed() {
        assert!(TABLE.kinds.iter().all(|known| !known.accounts.is_empty() || !known.fields.is_empty()));
        assert!(TABLE.platforms.iter().all(|known| !known.accounts.is_empty()));
    }

    #[test]
    fn a_path_of_a_repository_is_found_below_any_checkout() {
        let folders =
            folders(["/home/me/repo/apps/shop/job.yaml", "/home/me/repo/apps/api/a.yaml"].into_iter());
        for here in ["apps/shop", "./apps/shop/", "shop", "apps/{{path.basename}}", "apps/*", "apps/${env}/x"]
        {
            assert!(covers(here, &folders), "{here}");
        }
        for outside in ["charts/redis", "app", ".", "{{path}}", "ops/shop"] {
            assert!(!covers(outside, &folders), "{outside}");
        }
    }
}
