//! What is wrong with the texts of manifests. What no cluster reads may be written as its readers like it.

use std::collections::{HashMap, HashSet};

use crate::finding::{Label, Notice};
use crate::graph::Parsed;
use crate::k8s::is_manifest;
use crate::render::Rendered;
use crate::render::kustomization::is_kustomization_file;
use crate::source::{FileId, SourceMap};
use crate::yaml::TEMPLATE;

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
        found.notices = templates_once(found.notices, rendered.texts.sources());
        found
    }
}

/// A file that is one template is one finding, at its first document: to render it, or to leave it out, mends all. The
/// fingerprint is made of all places, so that one more is news.
fn templates_once(notices: Vec<Notice>, sources: &SourceMap) -> Vec<Notice> {
    let mut known: HashMap<FileId, usize> = HashMap::new();
    let mut kept: Vec<Notice> = Vec::with_capacity(notices.len());
    let line = |notice: &Notice| sources.text(notice.span).lines().next().unwrap_or_default().to_owned();
    for notice in notices {
        let first = known.get(&notice.span.file).filter(|_| notice.message == TEMPLATE);
        let Some(first) = first.map(|&first| &mut kept[first]) else {
            if notice.message == TEMPLATE {
                known.insert(notice.span.file, kept.len());
            }
            kept.push(notice);
            continue;
        };
        if first.subject.is_empty() {
            first.subject = line(first);
        }
        first.subject.push('\n');
        first.subject.push_str(&line(&notice));
        first.related.push(Label { span: notice.span, message: "the same, in another document".into() });
    }
    kept
}
