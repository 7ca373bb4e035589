//! The search for roots: what stands where, and the ways from paths to roots.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use memchr::memmem;
use rayon::prelude::*;

use super::{Deploy, Deployed, How, Kind, Reason, Refusal, Root, Use, argo, flux, helm, kustomize, link};
use crate::load::{Loaded, Standing, Tree, is_below};
use crate::render::cluster::cluster_of_path;
use crate::render::kustomization::FILE_NAMES;
use crate::source::{Document, FileId, SourceMap, Span};
use crate::yaml::{self, Doc, Node};

/// How many files may be looked at for folders that Applications and Flux read: a hostile repository can have
/// thousands of objects read thousands of files each.
const FOLDER_BUDGET: usize = 5_000_000;

/// The groups of what deploys.
const GROUPS: [&str; 2] = ["argoproj.io", "fluxcd.io"];

/// Whether anything that was read can be a root or deploy one; where nothing can, nothing need be parsed for it.
#[must_use]
pub fn may_hold_roots(loaded: &Loaded) -> bool {
    let groups = GROUPS.map(memmem::Finder::new);
    loaded.sources.files().any(|(_, file)| {
        let name = file.path().rsplit('/').next().unwrap_or_default();
        name == "Chart.yaml"
            || FILE_NAMES.contains(&name)
            || groups.iter().any(|group| group.find(file.text().as_bytes()).is_some())
    })
}

/// Rendered documents that deploy something.
#[derive(Clone, Debug)]
pub struct Nested {
    /// The text that they stand in.
    pub file: FileId,
    /// The documents.
    pub documents: Vec<Document>,
    /// The cluster that they are for.
    pub cluster: Option<String>,
    /// The namespace of what names none.
    pub namespace: Option<String>,
    /// What they come from, one deployed by the other: kustomizations and charts by path, deployers by name.
    pub chain: BTreeSet<(Kind, String)>,
}

/// What is known of what was read, from the rounds before.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What was rendered of it and deploys something.
    pub nested: Vec<Nested>,
    /// Files whose deployers were rendered: those count, not what is written.
    pub hidden: BTreeSet<FileId>,
}

/// Whether a document deploys something.
#[must_use]
pub fn deploys(file: FileId, text: &str, range: std::ops::Range<usize>) -> bool {
    let groups =
        GROUPS.iter().any(|group| memmem::find(text[range.clone()].as_bytes(), group.as_bytes()).is_some());
    groups && manifests(&[yaml::parse(file, text, range).0]).iter().any(|object| object.deployer().is_some())
}

/// Finds the roots of what was read, and of what was rendered of it, sorted by path, kind and place.
#[must_use]
pub fn find(loaded: &Loaded, tree: &Tree, known: &Known) -> Vec<Root> {
    let read = loaded.world.sources.iter().flat_map(|source| &source.documents);
    let rendered = known.nested.iter().flat_map(|nested| &nested.documents);
    let mut listed: Vec<_> = read.chain(&loaded.beside).chain(rendered).collect();
    // By file, whatever argument it belongs to.
    listed.sort_by_key(|document| document.span);
    let docs: Vec<Doc> = listed
        .into_par_iter()
        .map(|document| {
            let file = document.span.file;
            yaml::parse(file, loaded.sources.file(file).text(), document.span.range()).0
        })
        .collect();
    let mut finder = Finder::new(&loaded.sources, &docs, tree, &known.nested);
    kustomize::register(&mut finder);
    helm::register(&mut finder);
    kustomize::follow(&mut finder);
    helm::follow(&mut finder);
    let mut objects = manifests(&docs);
    objects.retain(|object| !finder.parts.contains(&object.file));
    let own = argo::own_repositories(&finder, &objects);
    let mut seen = HashSet::new();
    for object in objects.iter().filter(|object| !known.hidden.contains(&object.file)) {
        if !finder.is_new(object, &mut seen) {
            continue;
        }
        argo::follow(&mut finder, object, &own);
        flux::follow(&mut finder, object);
    }
    link::link(finder, loaded, &objects)
}

/// A document or item of a list that says its kind.
#[derive(Clone, Copy)]
pub(super) struct Manifest<'a> {
    pub(super) node: Node<'a>,
    pub(super) file: FileId,
}

impl<'a> Manifest<'a> {
    fn new(node: Node<'a>, file: FileId) -> Option<Self> {
        let says = |key: &str| node.get(key).and_then(Node::as_str).is_some();
        (says("apiVersion") && says("kind")).then_some(Self { node, file })
    }

    /// Whether it is of this group and kind, whatever its version.
    pub(super) fn is(&self, group: &str, kind: &str) -> bool {
        let text = |key: &str| self.node.get(key).and_then(Node::as_str).unwrap_or_default();
        text("kind") == kind && text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group) == group
    }

    /// What it is as a deployer.
    fn deployer(&self) -> Option<Kind> {
        let kinds = [
            ("argoproj.io", "Application", Kind::Application),
            ("argoproj.io", "ApplicationSet", Kind::Application),
            ("kustomize.toolkit.fluxcd.io", "Kustomization", Kind::FluxKustomization),
            ("helm.toolkit.fluxcd.io", "HelmRelease", Kind::HelmRelease),
        ];
        kinds.into_iter().find(|(group, kind, _)| self.is(group, kind)).map(|(_, _, kind)| kind)
    }

    /// A string of its metadata, if it is not empty.
    pub(super) fn metadata(&self, key: &str) -> Option<String> {
        let text = self.node.at(&["metadata", key])?.text()?;
        (!text.is_empty()).then(|| text.into_owned())
    }

    /// Where it is named.
    pub(super) fn span(&self) -> Span {
        let name = self.node.at(&["metadata", "name"]);
        name.or_else(|| self.node.get("kind")).unwrap_or(self.node).span()
    }
}

fn manifests<'a>(docs: &'a [Doc]) -> Vec<Manifest<'a>> {
    let mut found = Vec::new();
    for doc in docs {
        let top = doc.root().and_then(|root| Manifest::new(root, doc.file));
        let Some(top) = top else { continue };
        let kind = top.node.get("kind").and_then(Node::as_str).unwrap_or_default();
        match top.node.get("items").filter(|items| kind.ends_with("List") && items.is_seq()) {
            Some(items) => found.extend(items.items().filter_map(|item| Manifest::new(item, doc.file))),
            None => found.push(top),
        }
    }
    found
}

/// What is known while roots are searched for.
pub(super) struct Finder<'a> {
    pub(super) sources: &'a SourceMap,
    pub(super) docs: &'a [Doc],
    pub(super) tree: &'a Tree,
    /// The files that were read, by path.
    pub(super) files: BTreeMap<&'a str, FileId>,
    /// Every folder that holds one of them, at any depth.
    pub(super) folders: HashSet<&'a str>,
    /// The kustomizations and charts, by folder.
    pub(super) kustomizations: HashMap<&'a str, usize>,
    pub(super) charts: HashMap<&'a str, usize>,
    pub(super) roots: Vec<Root>,
    /// Which root reads what, and where it says so.
    pub(super) reads: Vec<(usize, Span, Vec<FileId>)>,
    /// Files that kustomizations take for patches, data or settings only: what looks like an object there is none.
    pub(super) parts: HashSet<FileId>,
    /// What is left of [`FOLDER_BUDGET`].
    pub(super) budget: usize,
    /// The rendered texts that deploy something.
    nested: HashMap<FileId, &'a Nested>,
}

impl<'a> Finder<'a> {
    fn new(sources: &'a SourceMap, docs: &'a [Doc], tree: &'a Tree, nested: &'a [Nested]) -> Self {
        let written = sources.files().filter(|(_, file)| !file.is_rendered());
        let files: BTreeMap<&str, FileId> = written.map(|(id, file)| (file.path(), id)).collect();
        let mut folders = HashSet::new();
        for path in files.keys() {
            let mut folder = folder_of(path);
            while folders.insert(folder) && !folder.is_empty() {
                folder = folder_of(folder);
            }
        }
        Self {
            sources,
            docs,
            tree,
            files,
            folders,
            kustomizations: HashMap::new(),
            charts: HashMap::new(),
            roots: Vec::new(),
            reads: Vec::new(),
            parts: HashSet::new(),
            budget: FOLDER_BUDGET,
            nested: nested.iter().map(|nested| (nested.file, nested)).collect(),
        }
    }

    /// The cluster that what stands in a file is for, where it does not say so itself.
    pub(super) fn cluster(&self, file: FileId) -> Option<String> {
        let deployed = self.nested.get(&file).and_then(|nested| nested.cluster.clone());
        deployed.or_else(|| cluster_of_path(self.path(file)))
    }

    pub(super) fn path(&self, file: FileId) -> &'a str {
        self.sources.file(file).path()
    }

    /// Whether a rendered deployer does not come from itself, and was not rendered the same from something else.
    fn is_new(&self, object: &Manifest<'_>, seen: &mut HashSet<String>) -> bool {
        let Some(nested) = self.nested.get(&object.file) else { return true };
        let Some(kind) = object.deployer() else { return false };
        let name = argo::name(self, object, object.metadata("name")).unwrap_or_default();
        let said = format!("{:?} {:?} {}", nested.cluster, nested.namespace, yaml::to_json(object.node));
        !nested.chain.contains(&(kind, name)) && seen.insert(said)
    }

    /// The namespace of an object.
    pub(super) fn namespace(&self, object: &Manifest<'_>) -> Option<String> {
        object.metadata("namespace").or_else(|| self.nested.get(&object.file)?.namespace.clone())
    }

    /// The documents of a file.
    pub(super) fn docs_of(&self, file: FileId) -> &'a [Doc] {
        // They are sorted by file.
        let start = self.docs.partition_point(|doc| doc.file < file);
        let end = self.docs.partition_point(|doc| doc.file <= file);
        &self.docs[start..end]
    }

    /// What a path leads to. The disk is asked only about what was not read.
    pub(super) fn stands(&self, path: &str) -> Standing {
        if self.files.contains_key(path) {
            Standing::File(path.to_owned())
        } else if self.folders.contains(path) {
            Standing::Folder(path.to_owned())
        } else {
            self.tree.at(path)
        }
    }

    /// The files below a folder, by path.
    pub(super) fn below<'s>(&'s self, folder: &'s str) -> impl Iterator<Item = (&'a str, FileId)> + 's {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = self
            .files
            .range::<str, _>((std::ops::Bound::Included(start.as_str()), std::ops::Bound::Unbounded));
        let found: Box<dyn Iterator<Item = _>> = if folder.is_empty() {
            Box::new(from.filter(|(path, _)| is_below(path, "")))
        } else {
            Box::new(from.take_while(move |(path, _)| path.starts_with(&start)))
        };
        found.map(|(path, file)| (*path, *file))
    }

    /// The folder that a path inside a repository means, seen from a file: below the repository, else below the
    /// outermost folder around the file in which there is such a folder.
    pub(super) fn in_repository(&self, file: &str, path: &str) -> Option<String> {
        const DEEPEST: usize = 64;
        let first = crate::render::kustomization::join(self.tree.repository(file), path);
        if let Standing::Folder(folder) = self.stands(&first) {
            return Some(folder);
        }
        // One word, as `base`, says too little: such a folder stands around many files.
        let around = file.match_indices('/').map(|(slash, _)| &file[..slash]).take(DEEPEST);
        around
            .filter(|_| path.trim_matches(['.', '/']).contains('/'))
            .map(|around| crate::render::kustomization::join(around, path))
            .find(|joined| self.folders.contains(joined.as_str()))
    }

    pub(super) fn add(&mut self, kind: Kind, path: &str, at: Span) -> usize {
        self.roots.push(Root::new(kind, path.to_owned(), Some(at), Vec::new()));
        self.roots.len() - 1
    }

    /// Takes from the budget of files to look at; `false` where nothing is left.
    pub(super) fn spend(&mut self, files: usize) -> bool {
        let left = self.budget.checked_sub(files);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }

    /// Says why a root cannot be rendered; the first reason stays.
    pub(super) fn refuse(
        &mut self,
        root: usize,
        reason: Reason,
        at: impl Into<Option<Span>>,
        message: String,
    ) {
        let refusal = Refusal { reason, message, at: at.into(), through: None };
        self.roots[root].refusal.get_or_insert(refusal);
    }

    pub(super) fn uses(&mut self, root: usize, other: usize, at: Span, how: How) {
        if root != other {
            self.roots[root].uses.push(Use { root: other, at, how });
        }
    }

    pub(super) fn deploys(&mut self, root: usize, number: usize, at: Span, what: Deployed) {
        self.roots[root].deploys.push(Deploy { number, at, what });
    }

    pub(super) fn reads(&mut self, root: usize, at: Span, files: Vec<FileId>) {
        self.reads.push((root, at, files));
    }

    /// Links a root to the kustomization of a folder; what is no folder of one is a reason against it.
    pub(super) fn builds(&mut self, root: usize, folder: &str, at: Span) -> Option<usize> {
        let found = self.kustomizations.get(folder).copied();
        if let Some(other) = found {
            self.uses(root, other, at, How::Builds);
        } else if !FILE_NAMES.iter().any(|name| self.holds(folder, name)) {
            let message = format!("`{}` holds no kustomization", or_dot(folder));
            self.refuse(root, Reason::MissingPath, at, message);
        }
        found
    }

    /// Whether a folder holds a file, read or not.
    pub(super) fn holds(&self, folder: &str, name: &str) -> bool {
        let path = crate::render::kustomization::join(folder, name);
        self.files.contains_key(path.as_str()) || matches!(self.tree.at(&path), Standing::File(_))
    }
}

/// The folder that a file or folder stands in; the working directory is empty.
pub(in crate::render) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A folder for people.
#[must_use]
pub fn or_dot(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

/// An address for people: without the user, who may be a token, and the query, which may hold one.
pub(super) fn without_secrets(address: &str) -> String {
    let plain = address.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = plain.split_once("://").map_or(("", plain), |(_, rest)| {
        let scheme = &plain[..plain.len() - rest.len()];
        (scheme, rest)
    });
    let host = rest.split('/').next().unwrap_or_default();
    let rest = host.rfind('@').map_or(rest, |at| &rest[at + 1..]);
    format!("{scheme}{rest}")
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn addresses_are_shown_without_user_and_query() {
        let shown = [
            ("https://bot:s3cret@example.com/a?token=t&ref=v1", "https://example.com/a"),
            ("git@example.com:acme/shop.git", "example.com:acme/shop.git"),
            ("ssh://git@example.com/a@b", "ssh://example.com/a@b"),
            ("oci://ghcr.io/acme/shop", "oci://ghcr.io/acme/shop"),
        ];
        for (address, expected) in shown {
            assert_eq!(without_secrets(address), expected);
        }
    }
}
