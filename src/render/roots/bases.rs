//! Reads what kustomizations build on and no argument names: the bases of an overlay that is linted by itself.

use std::collections::HashSet;

use crate::load::{Standing, Texts, Tree, add_file};
use crate::render::kustomization::{FILE_NAMES, is_inline, named};
use crate::render::paths::{folder_of, join};
use crate::source::FileId;
use crate::yaml::Document;

/// Reads, from kustomization to kustomization, what they name in the tree and nobody has read yet. Returns all texts, and
/// the documents that were added.
#[must_use]
pub fn read_bases(read: &Texts, tree: &Tree) -> (Texts, Vec<Document>) {
    let (mut texts, mut added) = (read.clone(), Vec::new());
    let mut known: HashSet<String> =
        texts.sources().files().map(|(_, file)| file.path().to_owned()).collect();
    let mut open: Vec<FileId> = texts.sources().files().map(|(id, _)| id).collect();
    while let Some(file) = open.pop() {
        let path = texts.sources().file(file).path().to_owned();
        if !FILE_NAMES.contains(&path.rsplit('/').next().unwrap_or_default()) {
            continue;
        }
        for wanted in names(&texts, file, folder_of(&path)) {
            for path in standing(tree, &wanted, &known) {
                if known.insert(path.clone())
                    && let Some(file) = add_file(&mut texts, tree, &path)
                {
                    added.extend_from_slice(texts.documents(file));
                    open.push(file);
                }
            }
        }
    }
    (texts, added)
}

/// The paths that a kustomization names.
fn names(texts: &Texts, file: FileId, folder: &str) -> Vec<String> {
    let mut names = Vec::new();
    for document in texts.documents(file) {
        let found = document.doc().root().into_iter().flat_map(named);
        names.extend(found.filter(|name| !is_inline(&name.text)).map(|name| join(folder, &name.text)));
    }
    names
}

/// The file at a path, or the kustomization of the folder there, if nobody has read it.
fn standing(tree: &Tree, path: &str, known: &HashSet<String>) -> Vec<String> {
    if known.contains(path) || FILE_NAMES.iter().any(|name| known.contains(&join(path, name))) {
        return Vec::new();
    }
    match tree.at(path) {
        Standing::File(file) if [".yaml", ".yml", ".json"].iter().any(|ending| file.ends_with(ending)) => {
            vec![file]
        }
        Standing::Folder(folder) => {
            let files = FILE_NAMES.iter().map(|name| join(&folder, name));
            files.filter(|file| matches!(tree.at(file), Standing::File(_))).take(1).collect()
        }
        _ => Vec::new(),
    }
}
