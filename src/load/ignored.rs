//! What git leaves out of a working tree: what its ignore files name and its index does not hold (gitignore(5)).

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::entry::EntryKind;
use super::files::Files;
use super::git_index::Index;

/// The name of the ignore files of git.
pub(super) const IGNORE_FILE: &str = ".gitignore";

/// A larger ignore file hides nothing.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What is left out of a folder of a repository. Paths are absolute, links resolved.
#[derive(Clone)]
pub(super) struct Ignored {
    repository: Rc<Repository>,
    /// The ignore files of the folder and of those above it.
    patterns: Option<Rc<Patterns>>,
    /// Whether the folder itself is left out: only what is tracked counts in it.
    whole: bool,
}

struct Repository {
    top: PathBuf,
    index: Arc<Index>,
    /// What is kept beside the repository, then what the user has for all: the first that fits counts.
    beside: [Gitignore; 2],
}

struct Patterns {
    own: Gitignore,
    above: Option<Rc<Patterns>>,
}

impl Ignored {
    /// What is left out of a folder, before its own ignore file is read; `None` where nothing is: outside of git, where it
    /// cannot be known what is tracked, and in a folder that is left out itself, as whoever asks for it has named it.
    pub(super) fn around(files: &Files, folder: &Path) -> Option<Self> {
        let top = folder.ancestors().find(|above| files.is_repository(above))?;
        let mut ignored = Self::of(files, top)?;
        let mut around = top.to_path_buf();
        for name in folder.strip_prefix(top).ok()? {
            ignored = ignored.within(files, &around);
            around.push(name);
            if ignored.fits(&around, true) {
                return None;
            }
        }
        Some(ignored)
    }

    /// What is left out of the top folder of a repository.
    pub(super) fn of(files: &Files, top: &Path) -> Option<Self> {
        let (index, exclude) = files.tracked(top)?;
        let (global, _) = GitignoreBuilder::new(top).build_global();
        let beside = [patterns(top, &exclude), global];
        let repository = Repository { top: top.to_path_buf(), index, beside };
        Some(Self { repository: Rc::new(repository), patterns: None, whole: false })
    }

    /// The same with the ignore file of a folder, which must be no link (gitignore(5), "Notes").
    pub(super) fn within(&self, files: &Files, folder: &Path) -> Self {
        let path = folder.join(IGNORE_FILE);
        let is_read = files.entry_kind(&path) == Some(EntryKind::File)
            && files.size(&path).is_ok_and(|size| size <= LARGEST);
        let text = if is_read { files.bytes(&path).ok() } else { None };
        let Some(text) = text else { return self.clone() };
        let own = patterns(folder, &String::from_utf8_lossy(&text));
        let above = self.patterns.clone();
        Self { patterns: Some(Rc::new(Patterns { own, above })), ..self.clone() }
    }

    /// What is left out of a folder in this one; `None` where that is the whole folder.
    pub(super) fn enter(&self, folder: &Path) -> Option<Self> {
        let whole = self.whole || self.fits(folder, true);
        (!whole || self.is_tracked(folder)).then(|| Self { whole, ..self.clone() })
    }

    /// Whether a file in this folder is left out.
    pub(super) fn leaves_out(&self, file: &Path) -> bool {
        (self.whole || self.fits(file, false)) && !self.is_tracked(file)
    }

    /// Whether another repository belongs in the place of a folder.
    pub(super) fn is_submodule(&self, folder: &Path) -> bool {
        self.below(folder).is_some_and(|path| self.repository.index.is_submodule(&path))
    }

    fn is_tracked(&self, path: &Path) -> bool {
        self.below(path).is_some_and(|path| self.repository.index.holds(&path))
    }

    /// A path as the index has it.
    fn below(&self, path: &Path) -> Option<String> {
        let names = path.strip_prefix(&self.repository.top).ok()?.iter();
        Some(names.map(|name| name.to_string_lossy()).collect::<Vec<_>>().join("/"))
    }

    /// Whether patterns name it; of two that fit, the one in the inner file counts.
    fn fits(&self, path: &Path, is_folder: bool) -> bool {
        let inner = std::iter::successors(self.patterns.as_deref(), |patterns| patterns.above.as_deref());
        let all = inner.map(|patterns| &patterns.own).chain(&self.repository.beside);
        let mut found = all.map(|patterns| patterns.matched(path, is_folder));
        found.find(|found| !found.is_none()).is_some_and(|found| matches!(found, Match::Ignore(_)))
    }
}

/// The patterns of a text; a line that is none names nothing.
fn patterns(folder: &Path, text: &str) -> Gitignore {
    let mut builder = GitignoreBuilder::new(folder);
    for line in text.trim_start_matches('\u{feff}').lines() {
        // What is wrong with a line is no matter: git reads on as well.
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}
