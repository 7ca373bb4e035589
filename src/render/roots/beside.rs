//! Reads what kustomizations build on and no argument names: the bases of an overlay that is linted by itself.

use std::collections::HashSet;
use std::sync::Arc;

use crate::load::{Loaded, Standing, Tree, read_beside};
use crate::render::kustomization::{FILE_NAMES, is_inline, named};
use crate::render::paths::{folder_of, join};
use crate::source::FileId;
use crate::yaml;

/// Reads, from kustomization to kustomization, what they name in the tree and nobody has read yet.
pub fn reach_out(loaded: &mut Loaded, tree: &Tree) {
    let mut known: HashSet<String> = loaded.sources.files().map(|(_, file)| file.path().to_owned()).collect();
    let mut open: Vec<FileId> = loaded.sources.files().map(|(id, _)| id).collect();
    while let Some(file) = open.pop() {
        let path = loaded.sources.file(file).path().to_owned();
        if !FILE_NAMES.contains(&path.rsplit('/').next().unwrap_or_default()) {
            continue;
        }
        for wanted in names(loaded, file, folder_of(&path)) {
            for path in standing(tree, &wanted, &known) {
                if known.insert(path.clone()) && read_beside(loaded, tree, &path) {
                    open.extend(loaded.sources.files().last().map(|(id, _)| id));
                }
            }
        }
    }
}

/// The paths that a kustomization names.
fn names(loaded: &Loaded, file: FileId, folder: &str) -> Vec<String> {
    let text = loaded.sources.file(file).shared_text();
    let pieces = yaml::split(&text);
    let docs = pieces.into_iter().map(|piece| yaml::parse(file, Arc::clone(&text), piece.start..piece.end).0);
    let mut names = Vec::new();
    for doc in docs {
        let found = doc.root().into_iter().flat_map(named);
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
