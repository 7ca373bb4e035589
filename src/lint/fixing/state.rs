//! What a tree holds before and after fixes.

use std::collections::BTreeMap;

use crate::finding::{ObjectName, Report};
use crate::k8s::applied;
use crate::lint::Run;
use crate::lint::earlier::{Earlier, KnownPlaces};
use crate::load::Texts;
use crate::render::unknown::shown;
use crate::source::{SourceMap, Span};
use crate::yaml::{Document, Path};

/// A tree, as a run has read it.
#[derive(Clone)]
pub(super) struct State {
    pub(super) report: Report,
    pub(super) sources: SourceMap,
    /// What was read, rendered and found, for the next run.
    texts: Texts,
    found: KnownPlaces,
    pub(super) objects: Objects,
    /// Where each object stands, and the position of its source; sorted.
    pub(super) places: Vec<(Span, ObjectName, usize)>,
    /// By source, the position in `places` of what deploys it.
    deployers: Vec<Option<usize>>,
}

/// The contents of all objects, by root and name; several may have one.
pub(super) type Objects = BTreeMap<(String, ObjectName), Vec<Content>>;

/// What an object says.
#[derive(Clone)]
pub(super) struct Content {
    hash: u64,
    document: Document,
    /// Which of the document's objects it is.
    at: usize,
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl Content {
    /// The fields that are another's otherwise.
    pub(super) fn differences(&self, other: &Self) -> Vec<Path> {
        let (own, others) = (applied(self.document.doc()), applied(other.document.doc()));
        match (own.get(self.at), others.get(other.at)) {
            (Some(own), Some(other)) => own.node.differences(other.node),
            _ => vec![Path::default()],
        }
    }
}

impl State {
    pub(super) fn of(run: &Run<'_>, report: Report) -> Self {
        let (mut objects, mut places) = (Objects::new(), Vec::new());
        let unknown = run.rendered().unknown_namespaces();
        // As findings name it: without a namespace where nobody knows it.
        let shown = |text: &str| shown(text, &unknown).into_owned();
        for parsed in run.documents() {
            let root = run.rendered().sources[parsed.source].root.clone();
            for (at, object) in applied(parsed.doc).into_iter().enumerate() {
                let name = ObjectName {
                    api_version: object.api_version.to_string(),
                    kind: object.kind.to_string(),
                    namespace: object
                        .namespace
                        .as_deref()
                        .filter(|name| !unknown.contains(*name))
                        .map(&shown),
                    name: shown(&object.name),
                };
                places.push((object.node.span(), name.clone(), parsed.source));
                let (hash, document) = (object.node.content_hash(), parsed.document.clone());
                objects.entry((root.clone(), name)).or_default().push(Content { hash, document, at });
            }
        }
        for contents in objects.values_mut() {
            contents.sort_by_key(|content| content.hash);
        }
        places.sort();
        let place_of = |at: Span| {
            let before = places.partition_point(|(span, ..)| (span.file, span.start) <= (at.file, at.start));
            before.checked_sub(1).filter(|place| places[*place].0.file == at.file)
        };
        let sources = run.rendered().sources.iter();
        let deployers = sources.map(|source| source.deployer.and_then(place_of)).collect();
        Self {
            report,
            sources: run.sources().clone(),
            texts: run.rendered().texts.clone(),
            found: run.found().clone(),
            objects,
            places,
            deployers,
        }
    }

    /// Who deploys the objects of a source, by its position, and who deploys that, as far as it is in the tree.
    pub(super) fn deployers_of(&self, source: usize) -> impl Iterator<Item = &ObjectName> {
        let above =
            move |at: &usize| self.deployers.get(*at).copied().flatten().map(|place| self.places[place].2);
        let sources = std::iter::successors(Some(source), above);
        // Two that deploy each other would go on for ever.
        let places = sources.take(self.deployers.len()).map_while(|at| *self.deployers.get(at)?);
        places.map(|place| &self.places[place].1)
    }

    /// What the next run need not read and find again.
    pub(super) fn earlier(&self) -> Earlier {
        Earlier { texts: self.texts.again(), found: self.found.clone() }
    }

    /// The text of a file and the same with secrets masked.
    pub(super) fn text(&self, path: &str) -> Option<(String, String)> {
        let mut files = self.sources.files().filter(|(_, file)| !file.is_rendered());
        let (_, file) = files.find(|(_, file)| file.path() == path)?;
        Some((file.text().to_owned(), self.masked(path, file.text())))
    }

    /// A text of a file with secrets masked.
    pub(super) fn masked(&self, path: &str, text: &str) -> String {
        let mut files = self.sources.files().filter(|(_, file)| !file.is_rendered());
        match files.find(|(_, file)| file.path() == path && file.text() == text) {
            Some((id, _)) => self.report.masks.masked(id, text, 0, text.len()),
            None => self.report.masks.masked_text(text).into_owned(),
        }
    }
}
