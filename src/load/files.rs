//! Files as a value: the disk, a revision of a git repository, or edited texts over either of them.
//!
//! Every question about the tree ends here. Paths are relative to the working directory, or absolute; of a revision
//! they mean what would stand there were it checked out. What is asked for is looked up, and nothing is followed out
//! of where it was asked: that is the business of [`Tree`](super::Tree).

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::decoded::Text;
use super::disk::{Disk, Tracked};
use super::entry::EntryKind;
use super::git::GitFolder;
use super::git_index::Index;
use super::revision::Revision;

/// A tree of files.
#[derive(Clone, Debug)]
pub struct Files {
    /// The working directory, absolute.
    here: Arc<Path>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Disk(Arc<Disk>),
    Revision(Arc<Revision>),
    /// Texts in the place of what the other holds.
    Edited(Arc<Files>, Arc<Edits>),
}

impl Files {
    /// The disk, seen from the working directory `here`, which is absolute.
    #[must_use]
    pub fn disk(here: &Path) -> Self {
        Self { here: here.into(), kind: Kind::Disk(Arc::default()) }
    }

    /// The same, for several runs over one tree: what was asked once is answered from memory, so that all of them see the
    /// tree as the first did.
    #[must_use]
    pub fn remembering(&self) -> Self {
        match &self.kind {
            Kind::Disk(_) => {
                Self { here: Arc::clone(&self.here), kind: Kind::Disk(Arc::new(Disk::remembering())) }
            }
            _ => self.clone(),
        }
    }

    /// The files of a revision (`main`, `HEAD~2`, a hash) of the repository that `here` stands in. They are read from
    /// its objects: nothing is checked out, and no hook, filter or setting of the repository is run.
    ///
    /// # Errors
    ///
    /// Where there is no git, no repository or no such revision, in words.
    pub fn revision(here: &Path, revision: &str) -> Result<Self, String> {
        let here = here.canonicalize().map_err(|error| format!("`{}`: {error}", here.display()))?;
        Ok(Self::of_revision(&here, Revision::open(&here, revision)?))
    }

    /// Files that git keeps, seen from the working directory `here`.
    pub(super) fn of_revision(here: &Path, revision: Revision) -> Self {
        Self { here: here.into(), kind: Kind::Revision(Arc::new(revision)) }
    }

    /// The same files with some texts changed or added, by path.
    #[must_use]
    pub fn edited(&self, texts: impl IntoIterator<Item = (PathBuf, Vec<u8>)>) -> Self {
        let texts = texts.into_iter().map(|(path, text)| (self.real_or_new(&path), text));
        let kind = Kind::Edited(Arc::new(self.clone()), Arc::new(Edits::of(texts.collect(), self)));
        Self { here: Arc::clone(&self.here), kind }
    }

    /// The working directory.
    #[must_use]
    pub fn here(&self) -> &Path {
        &self.here
    }

    /// Whether programs can be given its folders as they are.
    #[must_use]
    pub fn is_disk(&self) -> bool {
        matches!(self.kind, Kind::Disk(_))
    }

    /// Where a path really stands, links resolved; `None` where there is nothing.
    #[must_use]
    pub fn real(&self, path: &Path) -> Option<PathBuf> {
        match &self.kind {
            Kind::Disk(disk) => disk.real(&self.here.join(path)),
            Kind::Revision(revision) => revision.real(&self.here.join(path)),
            Kind::Edited(below, texts) => below.real(path).or_else(|| {
                let new = below.real_or_new(path);
                texts.paths().any(|known| known.starts_with(&new)).then_some(new)
            }),
        }
    }

    /// Where a file stands or would stand: in the real folder above it.
    pub(super) fn real_or_new(&self, path: &Path) -> PathBuf {
        let path = self.here.join(path);
        self.real(&path).unwrap_or_else(|| match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => self.real_or_new(parent).join(name),
            _ => path,
        })
    }

    /// What stands at a path, links followed; `None` where there is nothing.
    #[must_use]
    pub fn kind(&self, path: &Path) -> Option<EntryKind> {
        match &self.kind {
            Kind::Disk(disk) => disk.kind(&self.here.join(path)),
            Kind::Revision(revision) => revision.kind(&revision.real(&self.here.join(path))?),
            Kind::Edited(below, texts) => below.kind(path).or_else(|| {
                let real = self.real(path)?;
                Some(if texts.has(&real) { EntryKind::File } else { EntryKind::Folder })
            }),
        }
    }

    /// What stands at a path, a link at its end not followed.
    pub(super) fn entry_kind(&self, path: &Path) -> Option<EntryKind> {
        match &self.kind {
            Kind::Disk(disk) => disk.entry_kind(&self.here.join(path)),
            Kind::Revision(revision) => {
                let folder = revision.real(&self.here.join(path.parent()?))?;
                revision.kind(&folder.join(path.file_name()?))
            }
            Kind::Edited(below, texts) if texts.text(path, below).is_none() => below.entry_kind(path),
            Kind::Edited(..) => Some(EntryKind::File),
        }
    }

    /// Whether a file stands there.
    #[must_use]
    pub fn is_file(&self, path: &Path) -> bool {
        self.kind(path) == Some(EntryKind::File)
    }

    /// Whether a folder stands there.
    #[must_use]
    pub fn is_folder(&self, path: &Path) -> bool {
        self.kind(path) == Some(EntryKind::Folder)
    }

    /// Whether a file is there that its owner may not write.
    #[must_use]
    pub fn is_read_only(&self, real: &Path) -> bool {
        match &self.kind {
            Kind::Disk(_) => {
                self.here.join(real).metadata().is_ok_and(|known| known.permissions().readonly())
            }
            Kind::Revision(_) => true,
            Kind::Edited(below, _) => below.is_read_only(real),
        }
    }

    /// Whether a folder is the top of a repository.
    #[must_use]
    pub fn is_repository(&self, folder: &Path) -> bool {
        match &self.kind {
            Kind::Disk(disk) => disk.is_repository(&self.here.join(folder)),
            Kind::Revision(revision) => revision.top() == folder,
            Kind::Edited(below, _) => below.is_repository(folder),
        }
    }

    /// What git keeps of the repository with this top folder; `None` where it is none.
    pub(super) fn git(&self, top: &Path) -> Option<GitFolder> {
        match &self.kind {
            Kind::Disk(_) => GitFolder::of(&self.here.join(top)),
            Kind::Revision(revision) => GitFolder::of(revision.top()).filter(|_| revision.top() == top),
            Kind::Edited(below, _) => below.git(top),
        }
    }

    /// What git tracks of the repository with this top folder, and the patterns that it keeps beside it. `None` where
    /// that is not known, and where every file is tracked: in a revision.
    pub(super) fn tracked(&self, top: &Path) -> Option<Tracked> {
        match &self.kind {
            Kind::Disk(disk) => disk.tracked(&self.here.join(top)),
            Kind::Revision(_) => None,
            Kind::Edited(below, texts) => {
                let (index, exclude) = below.tracked(top)?;
                let inside = texts.paths().filter_map(|path| path.strip_prefix(top).ok());
                let inside = inside.map(|path| path.to_string_lossy().replace('\\', "/"));
                let inside: Vec<String> = inside.collect();
                if inside.is_empty() {
                    return Some((index, exclude));
                }
                let index = inside.into_iter().fold(Arc::unwrap_or_clone(index), Index::with_file);
                Some((Arc::new(index), exclude))
            }
        }
    }

    /// The names in a folder with what each of them is, links not followed; none where there is no such folder.
    #[must_use]
    pub fn entries(&self, folder: &Path) -> Vec<(String, EntryKind)> {
        let entries = self.list(folder).into_iter().flatten();
        entries.map(|(name, kind)| (name.to_string_lossy().into_owned(), kind)).collect()
    }

    /// As [`Files::entries`].
    ///
    /// # Errors
    ///
    /// Where a folder of the disk cannot be read.
    pub(super) fn list(&self, folder: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        match &self.kind {
            Kind::Disk(disk) => disk.list(&self.here.join(folder)),
            Kind::Revision(revision) => {
                let real = revision.real(&self.here.join(folder));
                let entries = real.map(|real| revision.entries(&real)).unwrap_or_default().into_iter();
                Ok(entries.map(|(name, kind)| (name.into(), kind)).collect())
            }
            Kind::Edited(below, texts) => {
                // The folder may be there by an edit alone.
                let mut entries = below.list(folder).unwrap_or_default();
                if !texts.may_add_to(folder, below) {
                    return Ok(entries);
                }
                let real = self.real_or_new(folder);
                for (name, kind) in texts.added.get(real.as_os_str()).into_iter().flatten() {
                    if !entries.iter().any(|(known, _)| known == name) {
                        entries.push((name.clone(), *kind));
                    }
                }
                Ok(entries)
            }
        }
    }

    /// What git calls the content of a file, where that is known without reading it: equal texts have equal names.
    #[must_use]
    pub fn hash(&self, path: &Path) -> Option<String> {
        match &self.kind {
            Kind::Disk(_) | Kind::Edited(..) => None,
            Kind::Revision(revision) => revision.hash(&self.here.join(path)),
        }
    }

    /// What a file holds as text, with its size, where it is still known of an earlier run. `real` is where it stands, as
    /// far as that is known.
    pub(super) fn known_text(&self, path: &Path, real: Option<&Path>) -> Option<(u64, Text)> {
        match &self.kind {
            Kind::Disk(disk) => disk.known_text(&self.here.join(path)),
            Kind::Revision(_) => None,
            Kind::Edited(below, texts) if texts.is_edited(path, real, below) => None,
            Kind::Edited(below, _) => below.known_text(path, real),
        }
    }

    /// Keeps what a file holds as text, where that may be asked again.
    pub(super) fn keep_text(&self, path: &Path, real: Option<&Path>, known: (u64, &Text)) {
        match &self.kind {
            Kind::Disk(disk) => disk.keep_text(&self.here.join(path), known),
            Kind::Revision(_) => {}
            Kind::Edited(below, texts) if texts.is_edited(path, real, below) => {}
            Kind::Edited(below, _) => below.keep_text(path, real, known),
        }
    }

    /// How many bytes a file has, links followed.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn size(&self, path: &Path) -> io::Result<u64> {
        match &self.kind {
            Kind::Disk(disk) => disk.size(&self.here.join(path)),
            Kind::Revision(revision) => revision.size(&self.here.join(path)),
            Kind::Edited(below, texts) => match texts.text(path, below) {
                Some(text) => Ok(text.len() as u64),
                None => below.size(path),
            },
        }
    }

    /// The bytes of a file, links followed.
    ///
    /// # Errors
    ///
    /// Where there is none, or it cannot be read.
    pub fn bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        match &self.kind {
            Kind::Disk(disk) => disk.bytes(&self.here.join(path)),
            Kind::Revision(revision) => revision.bytes(&self.here.join(path)),
            Kind::Edited(below, texts) => match texts.text(path, below) {
                Some(text) => Ok(text.clone()),
                None => below.bytes(path),
            },
        }
    }
}

/// Texts in the place of others.
#[derive(Debug)]
struct Edits {
    /// By the real path of their files, as it is written.
    by_path: BTreeMap<OsString, Vec<u8>>,
    /// By the real path of a folder, what stands there by an edit alone.
    added: BTreeMap<OsString, Vec<(OsString, EntryKind)>>,
    /// The names of these files: whatever has another name is none of them, but for links.
    names: HashSet<OsString>,
    /// The names of the folders of files that were not there.
    folders: HashSet<OsString>,
}

impl Edits {
    fn of(texts: BTreeMap<PathBuf, Vec<u8>>, below: &Files) -> Self {
        let mut this = Self {
            by_path: BTreeMap::new(),
            added: BTreeMap::new(),
            names: HashSet::new(),
            folders: HashSet::new(),
        };
        for (path, text) in texts {
            this.names.extend(path.file_name().map(OsString::from));
            if below.kind(&path).is_none() {
                this.add(&path);
            }
            this.by_path.insert(path.into(), text);
        }
        this
    }

    /// Notes a file that was not there, in all folders above it.
    fn add(&mut self, path: &Path) {
        let mut kind = EntryKind::File;
        for (inner, folder) in path.ancestors().zip(path.ancestors().skip(1)) {
            let Some(name) = inner.file_name() else { break };
            self.folders.extend(folder.file_name().map(OsString::from));
            let known = self.added.entry(folder.into()).or_default();
            if !known.iter().any(|(known, _)| known == name) {
                known.push((name.to_owned(), kind));
            }
            kind = EntryKind::Folder;
        }
    }

    /// The real paths of the files.
    fn paths(&self) -> impl Iterator<Item = &Path> {
        self.by_path.keys().map(Path::new)
    }

    /// Whether a file is one of them.
    fn has(&self, real: &Path) -> bool {
        self.by_path.contains_key(real.as_os_str())
    }

    /// The text of a file.
    fn text(&self, path: &Path, below: &Files) -> Option<&Vec<u8>> {
        let is_named = path.file_name().is_none_or(|name| self.names.contains(name));
        if !is_named && below.entry_kind(path) != Some(EntryKind::Link) {
            return None;
        }
        self.by_path.get(below.real_or_new(path).as_os_str())
    }

    /// Whether the text of a file is edited.
    fn is_edited(&self, path: &Path, real: Option<&Path>, below: &Files) -> bool {
        real.map_or_else(|| self.text(path, below).is_some(), |real| self.has(real))
    }

    /// Whether a folder may hold a file that was not there.
    fn may_add_to(&self, folder: &Path, below: &Files) -> bool {
        let is_named = match folder.components().next_back() {
            Some(Component::Normal(name)) => self.folders.contains(name),
            _ => true,
        };
        !self.folders.is_empty() && (is_named || below.entry_kind(folder) == Some(EntryKind::Link))
    }
}
