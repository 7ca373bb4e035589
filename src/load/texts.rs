//! Every text of a run, with the documents in each: cut once, each parsed once.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::source::{FileId, SourceMap};
use crate::yaml::{Document, documents};

/// The texts of a run by their [`FileId`]. A clone shares texts and trees, and can be added to by itself: so a later
/// stage has the texts of an earlier one and its own.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    sources: SourceMap,
    documents: Vec<Arc<OnceLock<Vec<Document>>>>,
    /// Where symbolic links lead, by the path of the link.
    links: BTreeMap<String, String>,
}

impl Texts {
    /// Adds a text that stands at `path`, as people see it.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.documents.push(Arc::default());
        self.sources.add(path, text)
    }

    /// Adds a text that was rendered from what stands at `path`.
    pub fn add_rendered(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.documents.push(Arc::default());
        self.sources.add_rendered(path, text)
    }

    /// Notes that the path of a text is a symbolic link to the file `target`.
    pub fn add_link(&mut self, path: impl Into<String>, target: impl Into<String>) {
        self.links.insert(path.into(), target.into());
    }

    /// Where a path leads that is a symbolic link and was read.
    #[must_use]
    pub fn target(&self, path: &str) -> Option<&str> {
        self.links.get(path).map(String::as_str)
    }

    /// The texts and their paths.
    #[must_use]
    pub fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// The documents of a text, in order.
    #[must_use]
    pub fn documents(&self, file: FileId) -> &[Document] {
        let text = || self.sources.file(file).shared_text();
        self.documents[file.index()].get_or_init(|| documents(file, &text()))
    }
}
