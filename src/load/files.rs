//! Files as a value: the disk, a revision of a git repository, or edited texts over either of them.
//!
//! Every question about the tree ends here. Paths are relative to the working directory, or absolute; of a revision
//! they mean what would stand there were it checked out. What is asked for is looked up, and nothing is followed out
//! of where it was asked: that is the business of [`Tree`](super::Tree).

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;

use super::entry::EntryKind;
use super::git::GitFolder;
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
    /// Texts, by the real path of their files, in the place of what the other holds.
    Edited(Arc<Files>, Arc<BTreeMap<PathBuf, Vec<u8>>>),
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
        let kind = Kind::Edited(Arc::new(self.clone()), Arc::new(texts.collect()));
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
                texts.keys().any(is_there).then_some(new)
            }),
        }
    }

    /// Where a file stands or would stand: in the real folder above it.
    fn real_or_new(&self, path: &Path) -> PathBuf {
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
                Some(if texts.contains_key(&real) { EntryKind::File } else { EntryKind::Folder })
            }),
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

    /// The names in a folder with what each of them is, links not followed; none where there is no such folder.
    #[must_use]
    pub fn entries(&self, folder: &Path) -> Vec<(String, EntryKind)> {
        match &self.kind {
            Kind::Disk => {
                let entries = std::fs::read_dir(self.here.join(folder)).into_iter().flatten().flatten();
                let named = |entry: std::fs::DirEntry| {
                    Some((entry.file_name().to_string_lossy().into_owned(), entry.file_type().ok()?.into()))
                };
                entries.filter_map(named).collect()
            }
            Kind::Revision(revision) => {
                let real = revision.real(&self.here.join(folder));
                real.map(|real| revision.entries(&real)).unwrap_or_default()
            }
            Kind::Edited(below, texts) => {
                let mut entries = below.entries(folder);
                let real = self.real_or_new(folder);
                for inside in texts.keys().filter_map(|path| path.strip_prefix(&real).ok()) {
                    let mut parts = inside.components();
                    let Some(first) = parts.next() else { continue };
                    let name = first.as_os_str().to_string_lossy().into_owned();
                    if !entries.iter().any(|(known, _)| *known == name) {
                        let is_file = parts.next().is_none();
                        entries.push((name, if is_file { EntryKind::File } else { EntryKind::Folder }));
                    }
                }
                entries
            }
        }
    }

    /// How many bytes a file has, links followed.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn size(&self, path: &Path) -> io::Result<u64> {
        match &self.kind {
            Kind::Disk => Ok(std::fs::metadata(self.here.join(path))?.len()),
            Kind::Revision(revision) => revision.size(&self.here.join(path)),
            Kind::Edited(below, texts) => match texts.get(&self.real_or_new(path)) {
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
            Kind::Disk => std::fs::read(self.here.join(path)),
            Kind::Revision(revision) => revision.bytes(&self.here.join(path)),
            Kind::Edited(below, texts) => match texts.get(&self.real_or_new(path)) {
                Some(text) => Ok(text.clone()),
                None => below.bytes(path),
            },
        }
    }

    /// What stands below a folder, links not followed. Of the disk hidden and ignored files are left out, as git does; a
    /// revision has what was committed, of which hidden files are left out.
    pub(super) fn walk(&self, folder: &Path) -> Vec<Result<(PathBuf, EntryKind), String>> {
        match &self.kind {
            Kind::Disk => {
                let walk = WalkBuilder::new(self.here.join(folder)).require_git(false).build();
                let here = format!("{}/", self.here.display());
                let given = |path: &Path| {
                    let inside = if folder.is_absolute() { None } else { path.strip_prefix(&self.here).ok() };
                    inside.unwrap_or(path).to_path_buf()
                };
                let found = |entry: Result<ignore::DirEntry, ignore::Error>| match entry {
                    Ok(entry) => Some(Ok((given(entry.path()), entry.file_type()?.into()))),
                    Err(error) => Some(Err(error.to_string().replace(&here, ""))),
                };
                walk.filter_map(found).collect()
            }
            Kind::Revision(_) => self.listed(folder).into_iter().map(Ok).collect(),
            Kind::Edited(below, _) => {
                let mut found = below.walk(folder);
                let mut known: Vec<PathBuf> = found.iter().flatten().map(|(path, _)| path.clone()).collect();
                known.sort_unstable();
                let new = self.listed(folder).into_iter();
                found.extend(
                    new.filter(|(path, _)| self.is_new(path) && known.binary_search(path).is_err()).map(Ok),
                );
                found
            }
        }
    }

    /// Whether only an edit makes that there is such a file or folder.
    fn is_new(&self, path: &Path) -> bool {
        matches!(&self.kind, Kind::Edited(below, _) if below.kind(path).is_none())
    }

    /// Everything below a folder but hidden files, folder by folder.
    fn listed(&self, folder: &Path) -> Vec<(PathBuf, EntryKind)> {
        let mut found = Vec::new();
        let mut open = vec![folder.to_path_buf()];
        while let Some(folder) = open.pop() {
            for (name, kind) in self.entries(&folder).into_iter().filter(|(name, _)| !name.starts_with('.')) {
                let path = folder.join(name);
                if kind == EntryKind::Folder {
                    open.push(path.clone());
                }
                found.push((path, kind));
            }
        }
        found
    }
}
