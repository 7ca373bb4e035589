//! What is known while roots are searched for: the files, the folders, the roots found so far.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::cluster_names::ClusterNames;
use super::data::Data;
use super::root::{Deploy, Deployed, How, Kind, Reason, Refusal, Root, Use, ValueSet};
use crate::config::NamedCluster;
use crate::k8s::{Object, is_manifest};
use crate::load::{Assumed, Standing, Walked};
use crate::render::FileIndex;
use crate::render::cluster::cluster_of_path;
use crate::render::kustomization::FILE_NAMES;
use crate::render::paths::{folder_of, join, or_dot};
use crate::source::{FileId, Span};
use crate::yaml::{self, Doc, Document};

/// Why no more files are searched.
pub(super) const TOO_MANY_FILES: &str = "too many files to look through in one run";

/// How many files may be searched for folders that Applications and Flux read: a hostile repository can have
/// thousands of objects read thousands of files each.
const FOLDER_BUDGET: usize = 5_000_000;

/// Rendered documents that deploy something.
#[derive(Clone, Debug)]
pub struct Nested {
    /// The text that they stand in.
    pub file: FileId,
    /// The documents.
    pub documents: Vec<Document>,
    /// The cluster that they are for.
    pub cluster: Option<String>,
    /// Whether it is unknown to which cluster they are deployed.
    pub astray: bool,
    /// The namespace of what names none.
    pub namespace: Option<String>,
    /// What is assumed of them.
    pub assumed: Assumed,
    /// What they come from, one deployed by the other: kustomizations and charts by path, deployers by name.
    pub chain: BTreeSet<(Kind, String)>,
}

/// The name of a source of Flux, and its namespace as far as known.
pub(super) type Source = (String, Option<String>);

/// What an object is as a deployer.
pub(super) fn deployer(object: &Object<'_>) -> Option<Kind> {
    let kinds = [
        ("argoproj.io", "Application", Kind::Application),
        ("argoproj.io", "ApplicationSet", Kind::Application),
        ("kustomize.toolkit.fluxcd.io", "Kustomization", Kind::FluxKustomization),
        ("helm.toolkit.fluxcd.io", "HelmRelease", Kind::HelmRelease),
    ];
    kinds.into_iter().find(|(group, kind, _)| object.is(group, kind)).map(|(_, _, kind)| kind)
}

/// Its name, if one is written.
pub(super) fn written_name(object: &Object<'_>) -> Option<String> {
    let name = object.name_node()?.text()?;
    (!name.is_empty()).then(|| name.into_owned())
}

/// Where it is named.
pub(super) fn place(object: &Object<'_>) -> Span {
    object.name_node().or_else(|| object.node.get("kind")).unwrap_or(object.node).span()
}

/// What is known while roots are searched for.
pub(super) struct Finder<'a> {
    /// The files that were read.
    pub(super) index: FileIndex<'a>,
    /// The directories that were looked through.
    walked: &'a Walked,
    docs: &'a [&'a Doc],
    /// Every folder that holds one of them, at any depth.
    pub(super) folders: HashSet<&'a str>,
    /// The kustomizations and charts, by folder.
    pub(super) kustomizations: HashMap<&'a str, usize>,
    pub(super) charts: HashMap<&'a str, usize>,
    pub(super) roots: Vec<Root>,
    /// Which root reads what, and where it says so.
    pub(super) reads: Vec<(usize, Span, Vec<FileId>)>,
    /// Which root takes something from a source of Flux, and where it says so.
    pub(super) taken: Vec<(usize, Span, Source)>,
    /// Files that kustomizations take for patches, data or settings only: what looks like an object there is none.
    pub(super) parts: HashSet<FileId>,
    /// Files that were asked for and are no text.
    unreadable: &'a BTreeSet<String>,
    /// Files that generators read and nobody has read yet.
    pub(super) wanted_files: BTreeSet<String>,
    /// What is left of [`FOLDER_BUDGET`].
    pub(super) budget: usize,
    /// What config maps and secrets hold.
    pub(super) data: Data<'a>,
    /// The rendered texts that deploy something or hold values.
    nested: HashMap<FileId, &'a Nested>,
    /// The clusters that Argo CD knows, by the settings.
    pub(super) clusters: &'a [NamedCluster],
    /// Which names mean the same cluster.
    pub(super) cluster_names: ClusterNames,
}

impl<'a> Finder<'a> {
    /// By file, the first root of an object in it that deploys something.
    pub(super) fn deployers(&self) -> HashMap<FileId, usize> {
        let mut deployers = HashMap::new();
        for (index, root) in self.roots.iter().enumerate() {
            if let Some(at) = root.at.filter(|_| !root.kind.is_folder()) {
                deployers.entry(at.file).or_insert(index);
            }
        }
        deployers
    }

    pub(super) fn new(
        index: FileIndex<'a>,
        walked: &'a Walked,
        docs: &'a [&'a Doc],
        nested: impl Iterator<Item = &'a Nested>,
        unreadable: &'a BTreeSet<String>,
    ) -> Self {
        let mut folders = HashSet::new();
        for path in index.files.keys() {
            let mut folder = folder_of(path);
            while folders.insert(folder) && !folder.is_empty() {
                folder = folder_of(folder);
            }
        }
        Self {
            index,
            walked,
            docs,
            folders,
            kustomizations: HashMap::new(),
            charts: HashMap::new(),
            roots: Vec::new(),
            reads: Vec::new(),
            taken: Vec::new(),
            parts: HashSet::new(),
            unreadable,
            wanted_files: BTreeSet::new(),
            budget: FOLDER_BUDGET,
            data: Data::default(),
            nested: nested.map(|nested| (nested.file, nested)).collect(),
            clusters: &[],
            cluster_names: ClusterNames::default(),
        }
    }

    /// The cluster that what stands in a file is for, where it does not say so itself.
    pub(super) fn cluster(&self, file: FileId) -> Option<String> {
        match self.nested.get(&file) {
            Some(nested) => nested.cluster.clone(),
            None => cluster_of_path(self.path(file)),
        }
    }

    /// Whether what stands in a file is deployed to a cluster that is unknown.
    pub(super) fn is_astray(&self, file: FileId) -> bool {
        self.nested.get(&file).is_some_and(|nested| nested.astray)
    }

    pub(super) fn path(&self, file: FileId) -> &'a str {
        self.index.path(file)
    }

    /// Whether a rendered deployer does not come from itself, and was not rendered the same from something else.
    pub(super) fn is_new(&self, object: &Object<'_>, known: &mut HashSet<String>) -> bool {
        let Some(nested) = self.nested.get(&object.file()) else { return true };
        let Some(kind) = deployer(object) else { return false };
        let name = self.qualified(object, written_name(object)).unwrap_or_default();
        let key = format!("{:?} {:?} {}", nested.cluster, nested.namespace, yaml::to_json(object.node));
        !nested.chain.contains(&(kind, name)) && known.insert(key)
    }

    /// The namespace of an object.
    pub(super) fn namespace(&self, object: &Object<'_>) -> Option<String> {
        let file = object.file();
        match object.namespace.as_deref() {
            Some(written) => self.known_namespace(file, written),
            None => self.nested.get(&file)?.namespace.clone(),
        }
    }

    /// A namespace that a file names, unless the word only stands for one that nobody knows.
    pub(super) fn known_namespace(&self, file: FileId, written: &str) -> Option<String> {
        let unknown = self.nested.get(&file).map_or(&[][..], |nested| &nested.assumed.namespaces);
        (!unknown.iter().any(|word| word == written)).then(|| written.to_owned())
    }

    /// `namespace/name`, as far as known.
    pub(super) fn qualified(&self, object: &Object<'_>, name: Option<String>) -> Option<String> {
        let name = name?;
        Some(match self.namespace(object) {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name,
        })
    }

    /// The documents of a file.
    pub(super) fn docs_of(&self, file: FileId) -> &'a [&'a Doc] {
        // They are sorted by file.
        let start = self.docs.partition_point(|doc| doc.file < file);
        let end = self.docs.partition_point(|doc| doc.file <= file);
        &self.docs[start..end]
    }

    /// What a path leads to. The disk is asked only about what was not read.
    pub(super) fn resolve(&self, path: &str) -> Standing {
        if self.folders.contains(path) { Standing::Folder(path.to_owned()) } else { self.index.at(path) }
    }

    /// The folder that a path inside a repository means, seen from a file: below the repository, else below the
    /// outermost folder around the file in which there is such a folder.
    pub(super) fn in_repository(&self, file: &str, path: &str) -> Option<String> {
        const DEEPEST: usize = 64;
        let first = join(self.index.tree.repository(file), path);
        if let Standing::Folder(folder) = self.resolve(&first) {
            return Some(folder);
        }
        // One word, as `base`, says too little: such a folder stands around many files.
        let around = file.match_indices('/').map(|(slash, _)| &file[..slash]).take(DEEPEST);
        around
            .filter(|_| path.trim_matches(['.', '/']).contains('/'))
            .map(|around| join(around, path))
            .find(|joined| self.folders.contains(joined.as_str()))
    }

    pub(super) fn add(&mut self, kind: Kind, path: &str, at: Span) -> usize {
        let assumed = self.nested.get(&at.file).map(|nested| nested.assumed.clone()).unwrap_or_default();
        self.roots.push(Root { kind, path: path.to_owned(), at: Some(at), assumed, ..Root::default() });
        self.roots.len() - 1
    }

    /// The files in a folder, or below it, as a deployer sees them: what path each has there, and where it stands. Links
    /// to folders are not followed. None where the budget of files is spent.
    pub(super) fn standing(
        &mut self,
        root: usize,
        folder: &str,
        recurse: bool,
        at: Span,
    ) -> Option<Vec<(String, String)>> {
        let mut open = vec![folder.to_owned()];
        let mut files = Vec::new();
        while let Some(folder) = open.pop() {
            let names = self.index.tree.names(&folder);
            if !self.spend(names.len()) {
                self.refuse(root, Reason::TooLarge, at, TOO_MANY_FILES);
                return None;
            }
            for name in names {
                let path = join(&folder, &name);
                match self.resolve(&path) {
                    Standing::File(real) => files.push((path, real)),
                    Standing::Folder(real) if recurse && real == path => open.push(path),
                    _ => {}
                }
            }
        }
        files.sort_unstable();
        Some(files)
    }

    /// The text of a file that a root reads. Where nobody has read it yet, it is asked for.
    pub(super) fn text_at(&mut self, root: usize, path: &str, at: Span) -> Option<FileId> {
        let found = self.index.id(path);
        if found.is_none() && self.unreadable.contains(path) {
            self.roots[root].leave_unjudged(
                Reason::Malformed,
                at,
                format!("`{path}` cannot be read as text"),
            );
        } else if found.is_none() {
            self.roots[root].wanted_files.push(path.to_owned());
        }
        found
    }

    /// Whether a file was asked for and cannot be read as text.
    pub(super) fn is_unreadable(&self, path: &str) -> bool {
        self.unreadable.contains(path)
    }

    /// The files below a folder that a root reads; none where the budget of files is spent.
    pub(super) fn list(&mut self, root: usize, folder: &str, at: Span) -> Option<Vec<(&'a str, FileId)>> {
        let files: Vec<_> = self.index.below(folder).collect();
        let is_affordable = self.spend(files.len());
        if !is_affordable {
            self.refuse(root, Reason::TooLarge, at, TOO_MANY_FILES);
        }
        is_affordable.then_some(files)
    }

    /// Notes that a root deploys a folder: it is read, where nobody has looked through it.
    pub(super) fn want(&mut self, root: usize, folder: &str) {
        let is_known = self.walked.covers(folder) && self.folders.contains(folder);
        if !is_known && !self.kustomizations.contains_key(folder) {
            self.roots[root].wanted.push(folder.to_owned());
        }
    }

    /// Takes from the budget of files to search; `false` where nothing is left.
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
        message: impl Into<String>,
    ) {
        self.roots[root].refusal.get_or_insert_with(|| Refusal::new(reason, at, message));
    }

    /// Whether it is known already that a kustomization cannot be built, or one that it builds on.
    pub(super) fn is_refused(&self, root: usize) -> bool {
        let (mut open, mut seen) = (vec![root], HashSet::from([root]));
        while let Some(index) = open.pop() {
            let root = &self.roots[index];
            if root.refusal.is_some() {
                return true;
            }
            let built = root.uses.iter().filter(|used| used.how == How::Builds).map(|used| used.root);
            open.extend(built.filter(|other| seen.insert(*other)));
        }
        false
    }

    pub(super) fn add_use(&mut self, root: usize, other: usize, at: Span, how: How) {
        if root != other {
            self.roots[root].uses.push(Use { root: other, at, how });
        }
    }

    pub(super) fn add_deploy(&mut self, root: usize, number: usize, at: Span, what: Deployed) {
        self.roots[root].deploys.push(Deploy { number, at, what });
    }

    pub(super) fn add_reads(&mut self, root: usize, at: Span, files: Vec<FileId>) {
        self.reads.push((root, at, files));
    }

    /// Notes that a root takes the values of a file; where nobody has read it, it is read. A manifest stays one: that
    /// somebody calls it values takes nothing out of the cluster.
    pub(super) fn take_values(&mut self, root: usize, at: Span, file: &str) {
        match self.index.id(file) {
            Some(id) if self.docs_of(id).iter().any(|doc| is_manifest(doc)) => {}
            Some(id) => {
                self.add_reads(root, at, vec![id]);
                self.parts.insert(id);
            }
            None => self.roots[root].further.push(file.to_owned()),
        }
    }

    /// Links a root to the kustomization of a folder; what is no folder of one is a reason against it.
    pub(super) fn use_kustomization(&mut self, root: usize, folder: &str, at: Span) -> Option<usize> {
        let found = self.kustomizations.get(folder).copied();
        if let Some(other) = found {
            self.add_use(root, other, at, How::Builds);
        } else if !FILE_NAMES.iter().any(|name| self.holds(folder, name)) {
            let message = format!("`{}` holds no kustomization", or_dot(folder));
            self.refuse(root, Reason::MissingPath, at, message);
        }
        found
    }

    /// Notes a set of values with the one who gives it and with the chart.
    pub(super) fn add_values(&mut self, chart: Option<(usize, &str)>, set: ValueSet, number: usize) {
        let Some((giver, at)) = set.by else { return };
        let read: Vec<_> = set.files.iter().filter_map(|path| self.index.id(path)).collect();
        self.add_reads(giver, at, read);
        if let Some((chart, _)) = chart {
            self.roots[chart].values.push(set.clone());
            self.add_deploy(giver, number, at, Deployed::Chart(chart, set.clone()));
        }
        self.roots[giver].values.push(set);
    }

    /// Whether a folder holds a file, read or not.
    pub(super) fn holds(&self, folder: &str, name: &str) -> bool {
        matches!(self.index.at(&join(folder, name)), Standing::File(_))
    }
}
