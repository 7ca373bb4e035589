//! Reads what no argument names: the bases of an overlay that is linted by itself, folders that are deployed from
//! elsewhere in the tree.

use std::collections::BTreeSet;

use crate::config::NamedCluster;
use crate::finding::{Notice, RunError};
use crate::load::{Read, Skipped, Standing, Texts, Tree, add_file, read_folder};
use crate::render::helm_charts::{GENERATOR, helm_charts, of_generator};
use crate::render::kustomization::{FILE_NAMES, Role, is_inline, is_kustomization_file, named};
use crate::render::paths::{folder_of, join};
use crate::source::FileId;
use crate::yaml::Document;

/// What was read, with what it names in the tree.
#[derive(Debug, Default)]
pub struct Named {
    /// All texts.
    pub texts: Texts,
    /// The documents that no argument names. They count where a root reads them.
    pub documents: Vec<Document>,
    /// What is wrong with their files.
    pub notices: Vec<Notice>,
    /// What was left out of folders that are named.
    pub skipped: Vec<Skipped>,
    /// What could not be read of them.
    pub errors: Vec<RunError>,
    /// Addresses that are this repository by the settings, with the folders that their paths start at.
    pub repositories: Vec<(String, String)>,
    /// The clusters that Argo CD knows, by the settings.
    pub clusters: Vec<NamedCluster>,
    /// The folders that were read because they are named.
    folders: BTreeSet<String>,
    /// The files that are named and are no text.
    pub(super) unreadable: BTreeSet<String>,
}

impl Named {
    /// What was read, and from kustomization to kustomization what they name in the tree and nobody has read yet.
    #[must_use]
    pub fn of(read: &Read, tree: &Tree) -> Self {
        let mut named = Self { texts: read.texts.clone(), documents: read.linked.clone(), ..Self::default() };
        let files = named.texts.sources().files().map(|(file, _)| file).collect();
        let mut known = named.paths();
        named.follow(tree, files, &mut known);
        named
    }

    /// Reads folders that are deployed and that nobody has looked through: the kustomization of each, else all manifests
    /// below. `false` where nothing was added.
    pub fn add_folders<'f>(&mut self, tree: &Tree, folders: impl IntoIterator<Item = &'f String>) -> bool {
        let before = self.documents.len();
        let new: Vec<&String> =
            folders.into_iter().filter(|folder| !self.folders.contains(*folder)).collect();
        let mut known = if new.is_empty() { BTreeSet::new() } else { self.paths() };
        for folder in new {
            self.folders.insert(folder.clone());
            let kustomization = standing(tree, folder, &known, true);
            let added: Vec<FileId> = if kustomization.is_empty() {
                self.add_folder(tree, folder, &mut known)
            } else {
                kustomization.into_iter().filter_map(|path| self.add(tree, path, &mut known)).collect()
            };
            self.follow(tree, added, &mut known);
        }
        self.documents.len() > before
    }

    /// Reads files that are deployed and that nobody has read. `false` where nothing was asked for.
    pub(super) fn add_wanted(&mut self, tree: &Tree, files: &BTreeSet<&String>) -> bool {
        for path in files {
            match add_file(&mut self.texts, tree, path) {
                Some(file) => self.documents.extend_from_slice(self.texts.documents(file)),
                None => _ = self.unreadable.insert((*path).clone()),
            }
        }
        !files.is_empty()
    }

    /// The paths that were read.
    fn paths(&self) -> BTreeSet<String> {
        let files = self.texts.sources().files().filter(|(_, file)| !file.is_rendered());
        files.map(|(_, file)| file.path().to_owned()).collect()
    }

    fn add_folder(&mut self, tree: &Tree, folder: &str, known: &mut BTreeSet<String>) -> Vec<FileId> {
        let read = read_folder(std::mem::take(&mut self.texts), tree, folder, known);
        let added = read.sources.into_iter().flat_map(|source| source.documents).chain(read.linked);
        let added: Vec<Document> = added.collect();
        self.texts = read.texts;
        let mut files: Vec<FileId> = added.iter().map(|document| document.span().file).collect();
        files.dedup();
        known.extend(files.iter().map(|file| self.texts.sources().file(*file).path().to_owned()));
        self.documents.extend(added);
        self.notices.extend(read.notices);
        self.skipped.extend(read.skipped);
        self.errors.extend(read.errors);
        files
    }

    fn add(&mut self, tree: &Tree, path: String, known: &mut BTreeSet<String>) -> Option<FileId> {
        let file = add_file(&mut self.texts, tree, &path)?;
        self.documents.extend_from_slice(self.texts.documents(file));
        known.insert(path);
        Some(file)
    }

    /// Reads what kustomizations among some files name, and so on.
    fn follow(&mut self, tree: &Tree, mut open: Vec<FileId>, known: &mut BTreeSet<String>) {
        while let Some(file) = open.pop() {
            let path = self.texts.sources().file(file).path().to_owned();
            if !is_kustomization_file(&path) && !self.texts.sources().file(file).text().contains(GENERATOR) {
                continue;
            }
            for (wanted, is_object) in names(&self.texts, file, folder_of(&path)) {
                for path in standing(tree, &wanted, known, is_object) {
                    open.extend(self.add(tree, path, known));
                }
            }
        }
    }
}

/// The paths that a kustomization names, and whether they are objects or patches, whatever their name ends with.
fn names(texts: &Texts, file: FileId, folder: &str) -> Vec<(String, bool)> {
    let mut names = Vec::new();
    for document in texts.documents(file) {
        let Some(root) = document.doc().root() else { continue };
        // A generator's configuration mostly stands beside the kustomization.
        let charts = helm_charts(root).into_iter().chain(of_generator(root));
        names.extend(charts.flat_map(|chart| chart.paths(folder)).map(|path| (path, false)));
        let found = named(root).into_iter();
        let found = found.filter(|name| !is_inline(&name.text));
        names.extend(found.map(|name| {
            let is_object = matches!(name.role, Role::Resource | Role::Component | Role::Patch);
            (join(folder, &name.text), is_object)
        }));
    }
    names
}

/// The file at a path, or the kustomization or chart of the folder there, if nobody has read it.
fn standing(tree: &Tree, path: &str, known: &BTreeSet<String>, is_object: bool) -> Vec<String> {
    if known.contains(path) || FILE_NAMES.iter().any(|name| known.contains(&join(path, name))) {
        return Vec::new();
    }
    let is_manifest = |file: &str| [".yaml", ".yml", ".json"].iter().any(|ending| file.ends_with(ending));
    match tree.at(path) {
        Standing::File(file) if (is_object || is_manifest(&file)) && !known.contains(&file) => vec![file],
        Standing::Folder(folder) => {
            let charts = ["Chart.yaml"].into_iter().filter(|_| !is_object);
            let files = FILE_NAMES.into_iter().chain(charts).map(|name| join(&folder, name));
            files.filter(|file| matches!(tree.at(file), Standing::File(_))).take(1).collect()
        }
        _ => Vec::new(),
    }
}
