//! Files that are reached over symbolic links: what is found in them stands once, under the path that git tracks.

use std::collections::HashMap;
use std::path::Path;

use crate::finding::Finding;
use crate::load::{Files, shown};
use crate::source::{FileId, SourceMap, Span};

/// Finds the file that a link leads to.
pub(super) struct Linked<'r> {
    files: &'r Files,
    sources: &'r SourceMap,
    by_path: HashMap<&'r str, FileId>,
    known: HashMap<FileId, FileId>,
}

impl<'r> Linked<'r> {
    pub(super) fn new(files: &'r Files, sources: &'r SourceMap) -> Self {
        let written = sources.files().filter(|(_, file)| !file.is_rendered());
        let by_path = written.map(|(id, file)| (file.path(), id)).collect();
        Self { files, sources, by_path, known: HashMap::new() }
    }

    /// Moves a finding to the files themselves.
    pub(super) fn follow(&mut self, finding: &mut Finding) {
        finding.span = self.span(finding.span);
        for label in &mut finding.related {
            label.span = self.span(label.span);
        }
    }

    fn span(&mut self, span: Span) -> Span {
        if let Some(&file) = self.known.get(&span.file) {
            return Span { file, ..span };
        }
        let file = self.target(span.file).unwrap_or(span.file);
        self.known.insert(span.file, file);
        Span { file, ..span }
    }

    fn target(&self, id: FileId) -> Option<FileId> {
        let file = self.sources.file(id);
        if file.is_rendered() || file.path() == "-" {
            return None;
        }
        let real = self.files.real(Path::new(file.path()))?;
        let here = self.files.real(Path::new("."));
        let target = *self.by_path.get(shown(&real, here.as_deref()).as_str())?;
        (self.sources.file(target).text() == file.text()).then_some(target)
    }
}
