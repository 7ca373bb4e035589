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
    Disk,
    Revision(Arc<Revision>),
    /// Texts in the place of what the other holds.
    Edited(Arc<Files>, Arc<Edits>),
}

impl Files {
    /// The disk, seen from the working directory `here`, which is absolute.
    #[must_use]
    pub fn disk(here: &Path) -> Self {
        Self { here: here.into(), kind: Kind::Disk }
    }

    /// The files of a revision (`main`, `HEAD~2`, a hash) of the repository that `here` stands in. They are read from
    /// its objects: nothing is checked out, and no hook, filter or setting of the repository is run.
    ///
    /// # Errors
    ///
    /// Where there is no git, no repository or no such revision, in words.
    pub fn revision(here: &Path, revision: &str) -> Result<Self, String> {
        let here = here.canonicalize().map_err(|error| format!("`{}`: {error}", here.display()))?;
        let revision = Revision::open(&here, revision)?;
        Ok(Self { here: here.into(), kind: Kind::Revision(Arc::new(revision)) })
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
        matches!(self.kind, Kind::Disk)
    }

    /// Where a path really stands, links resolved; `None` where there is nothing.
    #[must_use]
    pub fn real(&self, path: &Path) -> Option<PathBuf> {
        match &self.kind {
            Kind::Disk => self.here.join(path).canonicalize().ok(),
            Kind::Revision(revision) => revision.real(&self.here.join(path)),
            Kind::Edited(below, texts) => below.real(path).or_else(|| {
                let new = below.real_or_new(path);
                let is_there = |known: &PathBuf| known.starts_with(&new);
                texts.by_path.keys().any(is_there).then_some(new)
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
            Kind::Disk => self.here.join(path).metadata().ok().map(|known| known.file_type().into()),
            Kind::Revision(revision) => revision.kind(&revision.real(&self.here.join(path))?),
            Kind::Edited(below, texts) => below.kind(path).or_else(|| {
                let real = self.real(path)?;
                Some(if texts.by_path.contains_key(&real) { EntryKind::File } else { EntryKind::Folder })
            }),
        }
    }

    /// What stands at a path, a link at its end not followed.
    pub(super) fn entry_kind(&self, path: &Path) -> Option<EntryKind> {
        match &self.kind {
            Kind::Disk => Some(self.here.join(path).symlink_metadata().ok()?.file_type().into()),
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
            Kind::Disk => self.here.join(real).metadata().is_ok_and(|known| known.permissions().readonly()),
            Kind::Revision(_) => true,
            Kind::Edited(below, _) => below.is_read_only(real),
        }
    }

    /// Whether a folder is the top of a repository.
    #[must_use]
    pub fn is_repository(&self, folder: &Path) -> bool {
        match &self.kind {
            Kind::Disk => self.here.join(folder).join(".git").exists(),
            Kind::Revision(revision) => revision.top() == folder,
            Kind::Edited(below, _) => below.is_repository(folder),
        }
    }

    /// What git keeps of the repository with this top folder; `None` where it is none.
    pub(super) fn git(&self, top: &Path) -> Option<GitFolder> {
        match &self.kind {
            Kind::Disk => GitFolder::of(&self.here.join(top)),
            Kind::Revision(revision) => GitFolder::of(revision.top()).filter(|_| revision.top() == top),
            Kind::Edited(below, _) => below.git(top),
        }
    }

    /// What git tracks of the repository with this top folder, and the patterns that it keeps beside it. `None` where
    /// that is not known, and where every file is tracked: in a revision.
    pub(super) fn tracked(&self, top: &Path) -> Option<(Index, String)> {
        match &self.kind {
            Kind::Disk => {
                let git = self.git(top)?;
                Some((git.index()?, git.exclude()))
            }
            Kind::Revision(_) => None,
            Kind::Edited(below, texts) => {
                let (index, exclude) = below.tracked(top)?;
                let inside = texts.by_path.keys().filter_map(|path| path.strip_prefix(top).ok());
                let inside = inside.map(|path| path.to_string_lossy().replace('\\', "/"));
                Some((inside.fold(index, Index::with_file), exclude))
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
            Kind::Disk => {
                let entries = std::fs::read_dir(self.here.join(folder))?;
                let named = |entry: io::Result<std::fs::DirEntry>| {
                    let entry = entry?;
                    Ok((entry.file_name(), entry.file_type()?.into()))
                };
                entries.map(named).collect()
            }
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
                for inside in texts.by_path.keys().filter_map(|path| path.strip_prefix(&real).ok()) {
                    let mut parts = inside.components();
                    let Some(first) = parts.next() else { continue };
                    let name = first.as_os_str().to_owned();
                    if !entries.iter().any(|(known, _)| *known == name) {
                        let is_file = parts.next().is_none();
                        entries.push((name, if is_file { EntryKind::File } else { EntryKind::Folder }));
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
            Kind::Disk | Kind::Edited(..) => None,
            Kind::Revision(revision) => revision.hash(&self.here.join(path)),
        }
    }

    /// How many bytes a file has, links followed.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn size(&self, path: &Path) -> io::Result<u64> {
        match &self.kind {
            Kind::Disk => Ok(self.opened(path)?.1.len()),
            Kind::Revision(revision) => revision.size(&self.here.join(path)),
            Kind::Edited(below, texts) => match texts.text(path, below) {
                Some(text) => Ok(text.len() as u64),
                None => below.size(path),
            },
        }
    }

    /// The regular file that a path of the disk leads to, through links that are written as text, and what is known of it.
    fn opened(&self, path: &Path) -> io::Result<(PathBuf, std::fs::Metadata)> {
        let mut path = self.here.join(path);
        let mut known = regular(&path)?;
        for _ in 0..MOST_WRITTEN_LINKS {
            if known.len() > LONGEST_WRITTEN_LINK {
                break;
            }
            let Some(target) = written_link(&path) else { break };
            known = regular(&target)?;
            path = target;
        }
        Ok((path, known))
    }

    /// The bytes of a file, links followed.
    ///
    /// # Errors
    ///
    /// Where there is none, or it cannot be read.
    pub fn bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        match &self.kind {
            Kind::Disk => std::fs::read(self.opened(path)?.0),
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
    /// By the real path of their files.
    by_path: BTreeMap<PathBuf, Vec<u8>>,
    /// The names of these files: whatever has another name is none of them, but for links.
    names: HashSet<OsString>,
    /// The names of the folders of files that were not there.
    folders: HashSet<OsString>,
}

impl Edits {
    fn of(by_path: BTreeMap<PathBuf, Vec<u8>>, below: &Files) -> Self {
        let names = by_path.keys().filter_map(|path| Some(path.file_name()?.to_owned())).collect();
        let new = by_path.keys().filter(|path| below.kind(path).is_none());
        let above = new.flat_map(|path| path.parent().into_iter().flat_map(Path::iter));
        Self { names, folders: above.map(OsString::from).collect(), by_path }
    }

    /// The text of a file.
    fn text(&self, path: &Path, below: &Files) -> Option<&Vec<u8>> {
        let is_named = path.file_name().is_none_or(|name| self.names.contains(name));
        if !is_named && below.entry_kind(path) != Some(EntryKind::Link) {
            return None;
        }
        self.by_path.get(&below.real_or_new(path))
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

/// So many links that are written as text may follow each other.
const MOST_WRITTEN_LINKS: usize = 8;

/// A file of more bytes is no link that was written as text.
const LONGEST_WRITTEN_LINK: u64 = 255;

/// Where a file leads that holds nothing but the path of another one in its repository. Git writes links like that where the
/// system has none (git-config(1), `core.symlinks`), and so do many archives.
fn written_link(path: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(path).ok()?;
    let is_path = text.contains('/') && !text.starts_with('/') && !text.contains(|c: char| c.is_whitespace());
    let target = path.parent()?.join(Some(text).filter(|_| is_path)?).canonicalize().ok()?;
    let top = path.canonicalize().ok()?;
    let top = top.ancestors().find(|folder| folder.join(".git").exists())?;
    let inside = target.strip_prefix(top).ok()?;
    (!inside.starts_with(".git")).then_some(target)
}

/// What is known of a regular file. Nothing else is ever opened: a pipe would wait for a writer, a device may have no end.
fn regular(path: &Path) -> io::Result<std::fs::Metadata> {
    let known = std::fs::metadata(path)?;
    match EntryKind::from(known.file_type()) {
        EntryKind::File => Ok(known),
        EntryKind::Folder => Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is a pipe, a socket or a device, which is never read",
        )),
    }
}
