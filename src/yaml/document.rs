//! A document as a value that can be shared: cut from its text once, parsed when first asked for and never again.

use std::sync::{Arc, OnceLock};

use super::{Doc, Piece, Problem, parse, split};
use crate::source::{FileId, Span};

/// One YAML or JSON document of a text. Clones share the tree.
#[derive(Clone)]
pub struct Document(Arc<Inner>);

struct Inner {
    file: FileId,
    text: Arc<str>,
    piece: Piece,
    parsed: OnceLock<(Doc, Vec<Problem>)>,
}

/// The documents of a text, in order. Nothing is parsed yet.
#[must_use]
pub fn documents(file: FileId, text: &Arc<str>) -> Vec<Document> {
    let document = |piece| {
        let text = Arc::clone(text);
        Document(Arc::new(Inner { file, text, piece, parsed: OnceLock::new() }))
    };
    split(text).into_iter().map(document).collect()
}

impl Document {
    /// Where its text stands.
    #[must_use]
    pub fn span(&self) -> Span {
        Span::new(self.0.file, self.0.piece.start, self.0.piece.end)
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text[self.0.piece.start..self.0.piece.end]
    }

    /// The path in Helm's `# Source:` comment, where rendered text carries one.
    #[must_use]
    pub fn helm_source(&self) -> Option<&str> {
        self.0.piece.helm_source.as_deref()
    }

    /// Its tree.
    #[must_use]
    pub fn doc(&self) -> &Doc {
        &self.parsed().0
    }

    /// What kubectl stumbles over in it.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.parsed().1
    }

    fn parsed(&self) -> &(Doc, Vec<Problem>) {
        let Inner { file, text, piece, parsed } = &*self.0;
        parsed.get_or_init(|| parse(*file, Arc::clone(text), piece.start..piece.end))
    }
}

impl std::fmt::Debug for Document {
    /// Never prints values: they may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Document").field(&self.span()).finish()
    }
}
