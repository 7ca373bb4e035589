//! Every text of a run, with the documents in each: cut once, each parsed once.

use std::collections::{BTreeMap, HashMap};
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
    /// Those of an earlier run that were not added again yet.
    earlier: Option<Earlier>,
}

/// The texts of an earlier run.
#[derive(Clone, Debug)]
struct Earlier {
    texts: Arc<Texts>,
    /// Those that were not added again yet, by whether they were rendered and by path.
    left: HashMap<(bool, String), Vec<FileId>>,
}

impl Earlier {
    /// The number of a text that stood at this path, and whether it is still the same.
    fn take(&mut self, path: &str, text: &str, rendered: bool) -> Option<(FileId, bool)> {
        let left = self.left.get_mut(&(rendered, path.to_owned()))?;
        let sources = &self.texts.sources;
        let is_same = |known: &str| std::ptr::eq(known, text) || known == text;
        let same = left.iter().position(|id| is_same(sources.file(*id).text()));
        // What is rendered otherwise may be what another deployer gets.
        let at = same.or_else(|| (!rendered && !left.is_empty()).then_some(0))?;
        Some((left.remove(at), same.is_some()))
    }
}

impl Texts {
    /// None, for a run over the same tree with some files changed: what is added to it as it is in these texts has the
    /// number that it has here, and its documents are parsed already.
    #[must_use]
    pub fn again(&self) -> Self {
        let mut left: HashMap<(bool, String), Vec<FileId>> = HashMap::new();
        for (id, file) in self.sources.files() {
            left.entry((file.is_rendered(), file.path().to_owned())).or_default().push(id);
        }
        let texts = Arc::new(Self { earlier: None, ..self.clone() });
        Self {
            sources: self.sources.emptied(),
            documents: vec![Arc::default(); self.documents.len()],
            links: BTreeMap::new(),
            earlier: Some(Earlier { texts, left }),
        }
    }

    /// Adds a text that stands at `path`, as people see it.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let (path, text) = (path.into(), text.into());
        match self.earlier.as_mut().and_then(|earlier| earlier.take(&path, &text, false)) {
            Some((id, true)) => self.keep(id),
            Some((id, false)) => {
                self.documents[id.index()] = Arc::default();
                self.sources.replace(id, path, text);
                id
            }
            None => {
                self.documents.push(Arc::default());
                self.sources.add(path, text)
            }
        }
    }

    /// Adds a text that was rendered from what stands at `path`.
    pub fn add_rendered(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let (path, text) = (path.into(), text.into());
        if let Some((id, _)) = self.earlier.as_mut().and_then(|earlier| earlier.take(&path, &text, true)) {
            return self.keep(id);
        }
        self.documents.push(Arc::default());
        self.sources.add_rendered(path, text)
    }

    /// Takes a text over from the earlier run.
    fn keep(&mut self, id: FileId) -> FileId {
        if let Some(earlier) = &self.earlier {
            self.sources.keep(id, &earlier.texts.sources);
            self.documents[id.index()] = Arc::clone(&earlier.texts.documents[id.index()]);
        }
        id
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

#[cfg(test)]
mod tests {
    use super::Texts;

    #[test]
    fn equal_texts_keep_their_numbers_and_trees_from_run_to_run() {
        let mut first = Texts::default();
        let [a, b] = ["a: 1\n", "b: 1\n"].map(|text| first.add(text, text));
        let made = ["x: 1\n", "x: 2\n"].map(|text| first.add_rendered("root", text));
        let mut second = first.again();
        assert_eq!(second.sources().files().count(), 0);
        // Something new comes first, one text is edited, and what was rendered comes in another order.
        let new = second.add("new", "c: 1\n");
        assert_eq!([second.add("b: 1\n", "b: 2\n"), second.add("a: 1\n", "a: 1\n")], [b, a]);
        let again = ["x: 2\n", "x: 3\n", "x: 1\n"].map(|text| second.add_rendered("root", text));
        assert_eq!([again[0], again[2]], [made[1], made[0]]);
        assert_eq!(
            [b, new, again[1]].map(|id| second.sources().file(id).text()),
            ["b: 2\n", "c: 1\n", "x: 3\n"]
        );
        let is_same = |id| second.sources().is_same(first.sources(), id);
        assert_eq!(
            [a, b, new, made[0], made[1], again[1]].map(is_same),
            [true, false, false, true, true, false]
        );
        assert_eq!(second.documents(b)[0].text().trim_end(), "b: 2");
        assert!(std::ptr::eq(second.documents(a)[0].doc(), first.documents(a)[0].doc()), "it is parsed once");
        assert_eq!(second.sources().files().count(), 6);
    }
}
