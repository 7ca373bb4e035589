//! What is wrong with the texts of manifests. What no cluster reads may be written as its readers like it.

use std::collections::HashSet;

use crate::finding::Notice;
use crate::graph::Parsed;
use crate::k8s::is_manifest;
use crate::render::Rendered;
use crate::render::kustomization::is_kustomization_file;
use crate::source::FileId;

/// What was noticed in the texts of a run.
#[derive(Default)]
pub(super) struct InTexts {
    /// What is wrong with manifests.
    pub(super) notices: Vec<Notice>,
    /// Files with text that cannot be read and is no manifest.
    pub(super) unread: Vec<String>,
}

impl InTexts {
    pub(super) fn of(documents: &[Parsed<'_>], rendered: &Rendered) -> Self {
        let data: HashSet<FileId> = rendered.roots.iter().flat_map(|root| &root.data).copied().collect();
        let mut found = Self::default();
        for parsed in documents.iter().filter(|parsed| !parsed.document.problems().is_empty()) {
            let file = parsed.doc.file;
            let path = rendered.texts.sources().file(file).path();
            if !data.contains(&file) && (is_kustomization_file(path) || is_manifest(parsed.doc)) {
                let problems = parsed.document.problems().iter();
                found.notices.extend(problems.map(|problem| Notice::of_text(file, problem.clone())));
            } else if parsed.doc.broken {
                found.unread.push(path.to_owned());
            }
        }
        found
    }
}
