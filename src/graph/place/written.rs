//! The files that a rendered object is written in, as far as its kind and name say: lines are followed for findings only.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Placed, Places};
use crate::load::Texts;
use crate::render::kustomization::kustomization;
use crate::source::FileId;

/// Kind, name and file of an object as a person wrote it.
type Written = (String, String, String);

/// The files of a run, and what its kustomizations name.
#[derive(Debug)]
pub(super) struct Bases {
    files: HashMap<String, FileId>,
    /// The resources of kustomizations, by folder without the slash at its end.
    resources: HashMap<String, Vec<String>>,
    /// What is written below a kustomization, by its folder.
    known: Mutex<HashMap<String, Arc<Vec<Written>>>>,
}

impl Bases {
    fn of(texts: &Texts) -> Self {
        let written = texts.sources().files().filter(|(_, file)| !file.is_rendered());
        let files: HashMap<String, FileId> = written.map(|(id, file)| (file.path().to_owned(), id)).collect();
        let named = files.iter().filter_map(|(path, &id)| {
            let root = texts.documents(id).first().filter(|_| path.contains("ustomization"))?.doc().root()?;
            let found = kustomization(path, root)?;
            Some((found.directory.trim_end_matches('/').to_owned(), found.resources))
        });
        Self { resources: named.collect(), files, known: Mutex::default() }
    }

    /// What is written in the resources of a kustomization, and in those of the kustomizations that it builds on.
    fn below(&self, folder: &str, texts: &Texts) -> Arc<Vec<Written>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(written) = known.get(folder) {
            return Arc::clone(written);
        }
        let mut written = Vec::new();
        let (mut visited, mut open) = (HashSet::from([folder]), vec![folder]);
        while let Some(at) = open.pop() {
            for resource in self.resources.get(at).into_iter().flatten().filter(|next| visited.insert(next)) {
                open.push(resource);
                let file = self.files.get(resource);
                for document in file.into_iter().flat_map(|&file| texts.documents(file)) {
                    let text = |path: &[&str]| document.doc().root()?.at(path)?.text().map(String::from);
                    let name = text(&["metadata", "name"]).filter(|name| !name.is_empty());
                    written
                        .extend(text(&["kind"]).zip(name).map(|(kind, name)| (kind, name, resource.clone())));
                }
            }
        }
        let written = Arc::new(written);
        known.insert(folder.to_owned(), Arc::clone(&written));
        written
    }
}

impl Places<'_> {
    /// The files that a rendered object may be written in. Kustomize adds to names: the longest that is part of the
    /// object's is that of its own.
    pub(super) fn written_in(&self, at: &Placed<'_>) -> Vec<String> {
        if !self.is_rendered(at) {
            return Vec::new();
        }
        let path = self.path(at.file);
        let folder = &path[..path.rfind('/').map_or(0, |slash| slash + 1)];
        if let Some(source) = at.object.helm_source {
            // It begins with the name of the chart.
            return source.split_once('/').map(|(_, rest)| format!("{folder}{rest}")).into_iter().collect();
        }
        let texts = self.input.values;
        let bases = self.memos.bases.get_or_init(|| Bases::of(texts));
        let written = bases.below(folder.trim_end_matches('/'), texts);
        let fits =
            |(kind, name, _): &&Written| *kind == *at.object.kind && at.object.name.contains(name.as_str());
        let longest = written.iter().filter(fits).map(|(_, name, _)| name.len()).max();
        let best = written.iter().filter(fits).filter(|(_, name, _)| Some(name.len()) == longest);
        best.map(|(.., file)| file.clone()).collect()
    }
}
