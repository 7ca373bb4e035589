//! What kustomizations name that cannot be built: it is judged as it stands, also where no argument would have read it.

use std::collections::{BTreeSet, HashSet};

use super::Rendered;
use super::kustomization::FILE_NAMES;
use super::roots::Kind;
use crate::load::Source;
use crate::source::FileId;

/// Adds them to the source of their kustomization.
pub(super) fn add(rendered: &mut Rendered) {
    let built = rendered.outputs.iter().filter(|output| output.file.is_some());
    let built: BTreeSet<usize> = built.flat_map(|output| output.job.parts(&rendered.roots)).collect();
    let documents = rendered.sources.iter().flat_map(|source| &source.documents);
    let mut known: HashSet<FileId> = documents.map(|document| document.span().file).collect();
    for part in &built {
        known.extend(&rendered.roots[*part].reads);
    }
    let sources = rendered.texts.sources();
    let is_kustomization =
        |file: FileId| FILE_NAMES.contains(&sources.file(file).path().rsplit('/').next().unwrap_or_default());
    let mut further = Vec::new();
    for (index, root) in rendered.roots.iter().enumerate() {
        if root.kind != Kind::Kustomize || built.contains(&index) {
            continue;
        }
        let left = root.reads.iter().copied().filter(|file| !root.data.contains(file));
        let left: Vec<FileId> = left.filter(|file| !is_kustomization(*file) && known.insert(*file)).collect();
        if !left.is_empty() {
            further.push((root.path.clone(), root.at.map(|at| at.file), left));
        }
    }
    for (path, file, left) in further {
        let documents = left.iter().flat_map(|file| rendered.texts.documents(*file).to_vec());
        let documents: Vec<_> = documents.collect();
        let holds = |source: &&mut Source| {
            !source.whole && source.documents.iter().any(|document| Some(document.span().file) == file)
        };
        match rendered.sources.iter_mut().find(holds) {
            Some(source) => source.documents.extend(documents),
            None => rendered.sources.push(Source { root: path, documents, ..Source::default() }),
        }
    }
}
