//! What a kustomization says about what stands beside it: what it builds on, which files are patches, which namespace
//! it gives.
//!
//! It reads fields and follows nothing.

use std::borrow::Cow;

use super::paths::join;
use crate::yaml::Node;

/// The names that kustomize looks for (kustomize `api/konfig`).
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Whether kustomize reads a file as the kustomization of its folder.
#[must_use]
pub fn is_kustomization_file(path: &str) -> bool {
    FILE_NAMES.contains(&path.rsplit('/').next().unwrap_or_default())
}

/// A kustomization file.
#[derive(Clone, Debug)]
pub struct Kustomization<'a> {
    /// The directory it stands in, with a final `/` unless empty.
    pub directory: &'a str,
    /// `namespace:`, which it gives to its resources.
    pub namespace: Option<Cow<'a, str>>,
    /// Files that are patches, as paths like those of the run's files.
    pub patches: Vec<String>,
    /// Files that are its resources.
    pub resources: Vec<String>,
    /// What it takes from elsewhere: a remote resource, a Helm chart.
    pub remote: Option<String>,
}

/// Reads a kustomization; `None` where `path` is not one.
#[must_use]
pub fn kustomization<'a>(path: &'a str, root: Node<'a>) -> Option<Kustomization<'a>> {
    let (directory, file) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
    if !FILE_NAMES.contains(&file) || !root.is_map() {
        return None;
    }
    let named = named(root);
    let paths = |role: &dyn Fn(Role) -> bool| -> Vec<String> {
        let fitting = named.iter().filter(|named| role(named.role) && !is_inline(&named.text));
        fitting.map(|named| join(directory, &named.text)).collect()
    };
    let is_resource = |role| matches!(role, Role::Resource | Role::Component);
    let remote = named.iter().find(|named| is_resource(named.role) && is_remote(&named.text));
    Some(Kustomization {
        directory,
        namespace: root.get("namespace").and_then(Node::as_str).filter(|namespace| !namespace.is_empty()),
        patches: paths(&|role| role == Role::Patch),
        resources: paths(&is_resource),
        remote: remote
            .map(|remote| remote.text.to_string())
            .or(helm_chart(root).map(|_| "a Helm chart".into())),
    })
}

/// What a named file or folder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A file of objects, or a folder to build on.
    Resource,
    /// A folder that changes what it is added to.
    Component,
    /// A patch.
    Patch,
    /// What a config map or a secret is made from.
    Data,
    /// The configuration of a generator, transformer or validator, or a folder of them.
    Plugin,
    /// Rules for kustomize itself.
    Setting,
}

/// A path, address or inline text in a kustomization.
#[derive(Clone, Debug)]
pub struct Named<'a> {
    /// What it is for.
    pub role: Role,
    /// As written, without the key of a generator's `key=path`.
    pub text: Cow<'a, str>,
    /// Where it is written.
    pub node: Node<'a>,
}

/// The fields that are lists of strings.
const LISTS: [(&str, Role); 9] = [
    ("resources", Role::Resource),
    ("bases", Role::Resource),
    ("components", Role::Component),
    ("patchesStrategicMerge", Role::Patch),
    ("crds", Role::Setting),
    ("configurations", Role::Setting),
    ("generators", Role::Plugin),
    ("transformers", Role::Plugin),
    ("validators", Role::Plugin),
];

/// The fields that are lists of mappings with a `path`.
const WITH_PATH: [(&str, Role); 3] =
    [("patches", Role::Patch), ("patchesJson6902", Role::Patch), ("replacements", Role::Setting)];

/// The generators of config maps and secrets.
const GENERATORS: [&str; 2] = ["configMapGenerator", "secretGenerator"];

/// Everything that a kustomization names, in no order that matters.
#[must_use]
pub fn named<'a>(root: Node<'a>) -> Vec<Named<'a>> {
    let items = |key: &str| root.get(key).into_iter().flat_map(Node::items);
    let name = |role: Role, node: Node<'a>| {
        let text = node.as_str().filter(|text| !text.is_empty())?;
        Some(Named { role, text, node })
    };
    let mut named = Vec::new();
    for (key, role) in LISTS {
        named.extend(items(key).filter_map(|node| name(role, node)));
    }
    for (key, role) in WITH_PATH {
        named.extend(items(key).filter_map(|item| name(role, item.get("path")?)));
    }
    named.extend(root.at(&["openapi", "path"]).and_then(|node| name(Role::Setting, node)));
    for generator in GENERATORS.iter().flat_map(|key| items(key)) {
        let list = |key: &str| generator.get(key).into_iter().flat_map(Node::items);
        let files = list("files").filter_map(|node| name(Role::Data, node)).map(|mut file| {
            if let Some((_, path)) = file.text.split_once('=') {
                file.text = Cow::Owned(path.to_owned());
            }
            file
        });
        named.extend(files);
        let variables = list("envs").chain(generator.get("env"));
        named.extend(variables.filter_map(|node| name(Role::Data, node)));
    }
    named
}

/// The first list or mapping that is neither, so that kustomize cannot read the file.
#[must_use]
pub fn wrong_type(root: Node<'_>) -> Option<(&'static str, Node<'_>)> {
    let lists = LISTS.into_iter().chain(WITH_PATH).map(|(key, _)| key).chain(GENERATORS);
    lists.filter_map(|key| Some((key, root.get(key)?))).find(|(_, value)| !value.is_seq() && !value.is_null())
}

/// Where a kustomization inflates a Helm chart by itself.
#[must_use]
pub fn helm_chart(root: Node<'_>) -> Option<Node<'_>> {
    let fields = ["helmCharts", "helmChartInflationGenerator"];
    fields.into_iter().find_map(|key| root.get(key)?.items().next())
}

/// Whether a patch or plugin stands in the kustomization itself.
#[must_use]
pub fn is_inline(text: &str) -> bool {
    text.contains('\n') || text.starts_with(['{', '['])
}

/// Whether kustomize would fetch it: an address, or a repository as git writes it (kustomize `api/internal/git`).
#[must_use]
pub fn is_remote(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or_default();
    let is_scp = || host.split_once('@').is_some_and(|(user, rest)| !user.is_empty() && rest.contains(':'));
    let is_github = || {
        let lower = host.to_ascii_lowercase();
        lower == "github.com" || lower.starts_with("github.com:")
    };
    text.contains("://") || text.starts_with("git::") || text.starts_with("gh:") || is_scp() || is_github()
}
