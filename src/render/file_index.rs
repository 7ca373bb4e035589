//! The files that a renderer may read, as texts and as places.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

use crate::load::{Standing, Texts, Tree, is_below};
use crate::source::FileId;
use crate::yaml::{Document, Node};

/// What was read of a tree, by path. Paths are as those of the files of a run; the working directory is empty.
#[derive(Debug)]
pub struct FileIndex<'l> {
    pub(super) texts: &'l Texts,
    pub(super) tree: &'l Tree,
    pub(super) files: BTreeMap<&'l str, FileId>,
    /// What the disk said of paths that were not read, as each part of a path costs a question.
    standing: Mutex<HashMap<String, Standing>>,
}

impl<'l> FileIndex<'l> {
    /// Everything that was read.
    #[must_use]
    pub fn new(texts: &'l Texts, tree: &'l Tree) -> Self {
        let written = texts.sources().files().filter(|(_, file)| !file.is_rendered());
        let files = written.map(|(id, file)| (file.path(), id)).collect();
        Self { texts, tree, files, standing: Mutex::default() }
    }

    /// One text, at a path that need not be its own.
    #[must_use]
    pub fn of_one(texts: &'l Texts, tree: &'l Tree, path: &'l str, file: FileId) -> Self {
        Self { texts, tree, files: BTreeMap::from([(path, file)]), standing: Mutex::default() }
    }

    /// The text of a file. `None` where there is none, and for a file that is not UTF-8: then [`FileIndex::at`] says
    /// that it is one.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<(FileId, &'l str)> {
        let id = self.id(path)?;
        Some((id, self.texts.sources().file(id).text()))
    }

    /// The file at a path, if it was read.
    #[must_use]
    pub fn id(&self, path: &str) -> Option<FileId> {
        self.files.get(path).copied()
    }

    /// The path of a file that was read.
    #[must_use]
    pub fn path(&self, file: FileId) -> &'l str {
        self.texts.sources().file(file).path()
    }

    /// The text of a file that was read.
    #[must_use]
    pub fn file(&self, file: FileId) -> &'l str {
        self.texts.sources().file(file).text()
    }

    /// The documents of a file that was read.
    #[must_use]
    pub fn documents(&self, file: FileId) -> &'l [Document] {
        self.texts.documents(file)
    }

    /// What Helm reads of a file: its first document. A comment before the first `---` is none (goyaml's `Unmarshal`).
    #[must_use]
    pub fn helm_value(&self, file: FileId) -> Option<Node<'l>> {
        let mut documents = self.documents(file).iter();
        let first = documents.find(|one| one.doc().root().is_some() || one.text().starts_with("---"));
        first?.doc().root()
    }

    /// What a path leads to, symbolic links resolved.
    #[must_use]
    pub fn at(&self, path: &str) -> Standing {
        if self.files.contains_key(path) {
            return Standing::File(self.texts.target(path).unwrap_or(path).to_owned());
        }
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        standing.entry(path.to_owned()).or_insert_with(|| self.tree.at(path)).clone()
    }

    /// The texts below a folder, by path.
    pub fn below<'s>(&'s self, folder: &'s str) -> impl Iterator<Item = (&'l str, FileId)> + 's {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = self.files.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        let found = from.map(|(path, id)| (*path, *id)).take_while(move |(path, _)| path.starts_with(&start));
        found.filter(move |(path, _)| is_below(path, folder))
    }
}
