//! The files that a rendered object is written in, as far as its kind and name say: lines are followed for findings only.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Placed, Places};
use crate::load::Texts;
use crate::render::kustomization::kustomization;
use crate::render::paths::{folder_of, join};
use crate::source::{FileId, Span};
use crate::yaml::Node;

/// Kind, name and file of an object as a person wrote it.
type Written = (String, String, String);

/// The files of a run, and what its kustomizations name.
#[derive(Debug)]
pub(super) struct Bases {
    files: HashMap<String, FileId>,
    /// The resources of kustomizations, by folder without the slash at its end.
    resources: HashMap<String, Vec<String>>,
    /// The names of Secrets whose data kustomizations copy, and where, by folder.
    copied: HashMap<String, Vec<(String, Span)>>,
    /// What is written below a kustomization, by its folder.
    known: Mutex<HashMap<String, Arc<Vec<Written>>>>,
}

impl Bases {
    fn of(texts: &Texts) -> Self {
        let written = texts.sources().files().filter(|(_, file)| !file.is_rendered());
        let files: HashMap<String, FileId> = written.map(|(id, file)| (file.path().to_owned(), id)).collect();
        let (mut resources, mut copied) = (HashMap::new(), HashMap::new());
        for (path, id) in files.iter().filter(|(path, _)| path.contains("ustomization")) {
            let root = texts.documents(*id).first().and_then(|document| document.doc().root());
            let Some((root, found)) = root.and_then(|root| Some((root, kustomization(path, root)?))) else {
                continue;
            };
            let folder = found.directory.trim_end_matches('/').to_owned();
            let apart = root.all_at(&["replacements", "*", "path"]).into_iter().filter_map(|path| {
                let file = files.get(&join(found.directory, &path.text()?))?;
                texts.documents(*file).first()?.doc().root()
            });
            let copies: Vec<(String, Span)> = apart.chain([root]).flat_map(copied_secrets).collect();
            copied.insert(folder.clone(), copies);
            resources.insert(folder, found.resources);
        }
        Self { resources, copied, files, known: Mutex::default() }
    }

    /// The folder of a kustomization, and those that it builds on.
    fn folders<'b>(&'b self, folder: &'b str) -> Vec<&'b str> {
        let (mut known, mut found, mut open) = (HashSet::from([folder]), vec![folder], vec![folder]);
        while let Some(at) = open.pop() {
            let below = self.resources.get(at).into_iter().flatten().map(String::as_str);
            let start = found.len();
            found.extend(below.filter(|next| known.insert(next)));
            open.extend_from_slice(&found[start..]);
        }
        found
    }

    /// What is written in the resources of a kustomization, and in those of the kustomizations that it builds on.
    fn below(&self, folder: &str, texts: &Texts) -> Arc<Vec<Written>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(written) = known.get(folder) {
            return Arc::clone(written);
        }
        let mut written = Vec::new();
        for resource in self.folders(folder) {
            let file = self.files.get(resource);
            for document in file.into_iter().flat_map(|&file| texts.documents(file)) {
                let text = |path: &[&str]| document.doc().root()?.at(path)?.text().map(String::from);
                let name = text(&["metadata", "name"]).filter(|name| !name.is_empty());
                written
                    .extend(text(&["kind"]).zip(name).map(|(kind, name)| (kind, name, resource.to_owned())));
            }
        }
        let written = Arc::new(written);
        known.insert(folder.to_owned(), Arc::clone(&written));
        written
    }
}

/// The Secrets whose data a kustomization copies when it is built (kustomize `types.Replacement`, `types.Var`). A file of
/// replacements is a list of them, or one.
fn copied_secrets(root: Node<'_>) -> Vec<(String, Span)> {
    let written = root.all_at(&["replacements", "*", "source"]);
    let apart = root.items().chain([root]).filter_map(|one| one.get("source"));
    let sources = written.into_iter().chain(apart).map(|source| (source, source.get("fieldPath")));
    let variables = root.all_at(&["vars", "*"]).into_iter();
    let variables =
        variables.filter_map(|one| Some((one.get("objref")?, one.at(&["fieldref", "fieldpath"]))));
    let copied = sources.chain(variables).filter_map(|(source, field)| {
        let is_secret = source.get("kind")?.text()? == "Secret";
        let field = field?;
        let is_data = field.text()?.starts_with("data") || field.text()?.starts_with("stringData");
        let name = source.get("name")?.text()?.into_owned();
        (is_secret && is_data && !name.is_empty()).then(|| (name, field.span()))
    });
    copied.collect()
}

impl Places<'_> {
    /// Where kustomizations copy data of a Secret into other objects. One that builds on others may add to its name.
    #[must_use]
    pub fn copies_of(&self, at: &Placed<'_>) -> Vec<Span> {
        let path = self.path(at.file);
        let bases = self.memos.bases.get_or_init(|| Bases::of(self.input.values));
        let folders = bases.folders(folder_of(path));
        let all = folders.into_iter().filter_map(|folder| bases.copied.get(folder)).flatten();
        let mut found: Vec<Span> =
            all.filter(|(name, _)| at.object.name.contains(name.as_str())).map(|(_, span)| *span).collect();
        found.sort();
        found
    }

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
