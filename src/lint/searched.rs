//! What was found near the places of findings, for runs over nearly the same tree: equal text is searched once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::hiding::{Hidden, Hiding};
use super::search::{Search, within};
use crate::source::{SourceMap, Span};
use crate::yaml::Doc;

/// What is hidden, by document and by what is shown of it.
type Found = HashMap<(Span, Vec<Range<usize>>), Arc<Hidden>>;

/// What an earlier run found.
#[derive(Clone, Default)]
pub(super) struct Searched {
    sources: SourceMap,
    found: Found,
}

/// Searches documents, or repeats what was found in them before.
pub(super) struct Searcher<'r> {
    earlier: &'r Searched,
    sources: &'r SourceMap,
    found: RefCell<Found>,
}

impl<'r> Searcher<'r> {
    pub(super) fn new(earlier: &'r Searched, sources: &'r SourceMap) -> Self {
        Self { earlier, sources, found: RefCell::default() }
    }

    /// Hides what is found in a document. `ranges` are what is shown of its file.
    pub(super) fn document(&self, doc: &Doc, ranges: &[Range<usize>], hiding: &mut Hiding<'_>) {
        let key = (doc.span, within(ranges, doc.span).collect::<Vec<_>>());
        let is_same = self.sources.is_same(&self.earlier.sources, doc.file);
        let known = self.earlier.found.get(&key).filter(|_| is_same);
        let found = known.cloned().unwrap_or_else(|| {
            let mut hidden = Hidden::default();
            Search { ranges: &key.1, hiding: &mut hidden }.document(doc);
            Arc::new(hidden)
        });
        hiding.all(&found);
        self.found.borrow_mut().insert(key, found);
    }

    /// What was found, for the next run.
    pub(super) fn into_searched(self) -> Searched {
        Searched { sources: self.sources.clone(), found: self.found.into_inner() }
    }
}
