//! The disk. Where several runs are over one tree it remembers what it answered: they all see the tree as it was when the
//! first of them looked, and ask the system once.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::decoded::Text;
use super::entry::EntryKind;
use super::git::GitFolder;
use super::git_index::Index;

/// Files of more bytes are not remembered.
const LARGEST: usize = 1024 * 1024;

/// What the index of a repository tracks, and the patterns that are kept beside it.
pub(super) type Tracked = (Arc<Index>, String);

/// The disk. Paths are absolute.
#[derive(Debug, Default)]
pub(super) struct Disk {
    memory: Option<Memory>,
}

/// What was answered.
#[derive(Debug, Default)]
struct Memory {
    real: Answers<Option<PathBuf>>,
    kind: Answers<Option<EntryKind>>,
    entry_kind: Answers<Option<EntryKind>>,
    tops: Answers<bool>,
    tracked: Answers<Option<Tracked>>,
    lists: Answers<Arc<[(OsString, EntryKind)]>>,
    bytes: Answers<Arc<[u8]>>,
    /// What files hold as text, with their sizes.
    texts: Answers<(u64, Text)>,
}

/// Answers by path, as it was written: to compare paths part by part takes long.
#[derive(Debug)]
struct Answers<A>(Mutex<HashMap<OsString, A>>);

impl<A> Default for Answers<A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<A: Clone> Answers<A> {
    fn known(&self, path: &Path) -> Option<A> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path.as_os_str()).cloned()
    }

    fn keep(&self, path: &Path, answer: A) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.into(), answer);
    }

    /// The answer that is known, else a new one.
    fn or_ask(&self, path: &Path, ask: impl FnOnce(&Path) -> A) -> A {
        self.known(path).unwrap_or_else(|| {
            let answer = ask(path);
            self.keep(path, answer.clone());
            answer
        })
    }
}

impl Disk {
    /// A disk that remembers.
    pub(super) fn remembering() -> Self {
        Self { memory: Some(Memory::default()) }
    }

    fn ask<A: Clone>(
        &self,
        path: &Path,
        of: impl FnOnce(&Memory) -> &Answers<A>,
        ask: impl FnOnce(&Path) -> A,
    ) -> A {
        match &self.memory {
            Some(memory) => of(memory).or_ask(path, ask),
            None => ask(path),
        }
    }

    /// Where a path really stands.
    pub(super) fn real(&self, path: &Path) -> Option<PathBuf> {
        self.ask(path, |memory| &memory.real, |path| path.canonicalize().ok())
    }

    /// What stands at a path, links followed.
    pub(super) fn kind(&self, path: &Path) -> Option<EntryKind> {
        let kind = |path: &Path| path.metadata().ok().map(|known| known.file_type().into());
        self.ask(path, |memory| &memory.kind, kind)
    }

    /// What stands at a path, a link at its end not followed.
    pub(super) fn entry_kind(&self, path: &Path) -> Option<EntryKind> {
        let kind = |path: &Path| Some(path.symlink_metadata().ok()?.file_type().into());
        self.ask(path, |memory| &memory.entry_kind, kind)
    }

    /// Whether a folder is the top of a repository.
    pub(super) fn is_repository(&self, folder: &Path) -> bool {
        self.ask(folder, |memory| &memory.tops, |folder| folder.join(".git").exists())
    }

    /// What git tracks of the repository with this top folder.
    pub(super) fn tracked(&self, top: &Path) -> Option<Tracked> {
        let tracked = |top: &Path| {
            let git = GitFolder::of(top)?;
            Some((Arc::new(git.index()?), git.exclude()))
        };
        self.ask(top, |memory| &memory.tracked, tracked)
    }

    /// The names in a folder with what each of them is, links not followed.
    pub(super) fn list(&self, folder: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        let known = self.memory.as_ref().and_then(|memory| memory.lists.known(folder));
        if let Some(known) = known {
            return Ok(known.to_vec());
        }
        let named = |entry: io::Result<std::fs::DirEntry>| {
            let entry = entry?;
            Ok((entry.file_name(), entry.file_type()?.into()))
        };
        let entries: Vec<_> = std::fs::read_dir(folder)?.map(named).collect::<io::Result<_>>()?;
        if let Some(memory) = &self.memory {
            memory.lists.keep(folder, entries.clone().into());
        }
        Ok(entries)
    }

    /// What a file holds as text, with its size, where that was kept.
    pub(super) fn known_text(&self, path: &Path) -> Option<(u64, Text)> {
        self.memory.as_ref()?.texts.known(path)
    }

    /// Keeps what a file holds as text.
    pub(super) fn keep_text(&self, path: &Path, (size, text): (u64, &Text)) {
        let Some(memory) = self.memory.as_ref().filter(|_| size <= LARGEST as u64) else { return };
        if let Text::Manifest(text) = text
            && text.len() as u64 == size
        {
            // They are the same bytes, and kept once.
            memory.bytes.keep(path, Arc::clone(text).into());
        }
        memory.texts.keep(path, (size, text.clone()));
    }

    /// How many bytes a file has, links followed.
    pub(super) fn size(&self, path: &Path) -> io::Result<u64> {
        match self.memory.as_ref().and_then(|memory| memory.bytes.known(path)) {
            Some(known) => Ok(known.len() as u64),
            None => Ok(opened(path)?.1.len()),
        }
    }

    /// The bytes of a file, links followed.
    pub(super) fn bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        if let Some(known) = self.memory.as_ref().and_then(|memory| memory.bytes.known(path)) {
            return Ok(known.to_vec());
        }
        let bytes = std::fs::read(opened(path)?.0)?;
        if let Some(memory) = self.memory.as_ref().filter(|_| bytes.len() <= LARGEST) {
            memory.bytes.keep(path, bytes.as_slice().into());
        }
        Ok(bytes)
    }
}

/// The regular file that a path leads to, through links that are written as text, and what is known of it.
fn opened(path: &Path) -> io::Result<(PathBuf, std::fs::Metadata)> {
    let mut path = path.to_path_buf();
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

#[cfg(test)]
mod tests {
    use super::Disk;

    #[test]
    fn what_was_asked_once_is_answered_the_same_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, new) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&file, "old").expect("a file");
        let (plain, remembering) = (Disk::default(), Disk::remembering());
        let asked = |disk: &Disk| {
            let names = disk.list(folder.path()).expect("a folder").len();
            (disk.bytes(&file).expect("a file"), disk.size(&file).expect("a file"), disk.kind(&new), names)
        };
        let before = asked(&remembering);
        assert_eq!(before, asked(&plain));
        std::fs::write(&file, "newer").expect("a file");
        std::fs::write(&new, "").expect("a file");
        assert_eq!(before, asked(&remembering));
        assert_ne!(before, asked(&plain));
    }
}
