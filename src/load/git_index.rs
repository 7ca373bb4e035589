//! The index of git: which files it tracks (gitformat-index(5), versions 2 to 4).

use std::collections::{BTreeMap, BTreeSet};

/// What git tracks of a working tree. Paths are below its top, with `/`.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    entries: BTreeMap<String, Tracked>,
    /// What need not be in the working tree: git was told not to look (git-sparse-checkout(1), git-update-index(1)).
    passed_over: BTreeSet<String>,
}

/// What a path of the index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tracked {
    /// A file or a link.
    File,
    /// A commit of another repository.
    Submodule,
    /// A folder of a sparse checkout: all that is in it is tracked.
    Folder,
}

/// An index as it is stored.
pub(super) struct Stored {
    /// What stands in it.
    pub(super) index: Index,
    /// The hash of the shared index that it adds to, in hexadecimal digits: a file beside it.
    pub(super) shared: Option<String>,
}

impl Index {
    /// Whether git tracks the file at a path, or something in the folder there.
    pub(super) fn holds(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        self.entries.contains_key(path)
            || self.entries.range(inside.clone()..).next().is_some_and(|(next, _)| next.starts_with(&inside))
            || path.match_indices('/').any(|(slash, _)| self.kind(&path[..slash]) == Some(Tracked::Folder))
    }

    /// Whether another repository belongs there.
    pub(super) fn is_submodule(&self, path: &str) -> bool {
        self.kind(path) == Some(Tracked::Submodule)
    }

    /// Whether it is a folder of which nothing is checked out.
    pub(super) fn is_folder(&self, path: &str) -> bool {
        self.kind(path) == Some(Tracked::Folder)
    }

    fn kind(&self, path: &str) -> Option<Tracked> {
        self.entries.get(path).copied()
    }

    /// The files and folders below a folder that need not be in the working tree.
    pub(super) fn passed_over<'i>(&'i self, folder: &'i str) -> impl Iterator<Item = &'i str> {
        self.passed_over.iter().map(String::as_str).filter(move |path| is_below(path, folder))
    }

    /// The same with the files of another. What a split index takes away from the shared one stays: nothing tracked may
    /// be missed.
    pub(super) fn with(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self.passed_over.extend(other.passed_over);
        self
    }

    /// The same with one more file.
    pub(super) fn with_file(mut self, path: String) -> Self {
        self.entries.insert(path, Tracked::File);
        self
    }
}

impl Stored {
    /// Reads the bytes of an index whose hashes have `hash` bytes; `None` where it is none, or of a version that is not
    /// known.
    pub(super) fn read(bytes: &[u8], hash: usize) -> Option<Self> {
        let mut rest = Bytes(bytes.strip_prefix(b"DIRC")?);
        let version = rest.number()?;
        let count = rest.number()?;
        if !(2..=4).contains(&version) {
            return None;
        }
        let mut index = Index::default();
        let mut name = Vec::new();
        for _ in 0..count {
            let before = rest.0.len();
            // Two times of eight bytes, the device and the number of the file.
            rest.take(24)?;
            let mode = rest.number()?;
            // User, group and size.
            rest.take(12 + hash)?;
            let flags = u16::from_be_bytes(rest.take(2)?.try_into().ok()?);
            let mut is_passed_over = flags & ASSUMED != 0;
            if flags & EXTENDED != 0 {
                let more = u16::from_be_bytes(rest.take(2)?.try_into().ok()?);
                is_passed_over |= more & SKIPPED != 0;
            }
            if version == 4 {
                let kept = name.len().checked_sub(rest.varying()?)?;
                name.truncate(kept);
            } else {
                name.clear();
            }
            name.extend_from_slice(rest.until_zero()?);
            if version < 4 {
                // Entries are filled with zeros to a multiple of eight, one of which ended the name.
                let length = before - rest.0.len();
                rest.take(length.next_multiple_of(8) - length)?;
            }
            let kind = match mode & 0o170_000 {
                0o160_000 => Tracked::Submodule,
                0o040_000 => Tracked::Folder,
                _ => Tracked::File,
            };
            // In a split index, changed entries have the names of those that they replace.
            if !name.is_empty() {
                let path = String::from_utf8_lossy(&name).trim_end_matches('/').to_owned();
                if is_passed_over && kind != Tracked::Submodule {
                    index.passed_over.insert(path.clone());
                }
                index.entries.insert(path, kind);
            }
        }
        let link = rest.extension(*b"link", hash)?;
        let shared = link.get(..hash).filter(|shared| shared.iter().any(|byte| *byte != 0));
        let shared =
            shared.map(|shared| shared.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat());
        Some(Self { index, shared })
    }
}

/// Whether a path of the index is a folder or stands in it; the top is empty.
fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The flag of an entry that has more flags.
const EXTENDED: u16 = 0x4000;

/// The flag of a file that is taken for unchanged, whatever stands there.
const ASSUMED: u16 = 0x8000;

/// Among the further flags, that of a file that is not checked out.
const SKIPPED: u16 = 0x4000;

/// What is left to read.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn until_zero(&mut self) -> Option<&'b [u8]> {
        let name = self.take(memchr::memchr(0, self.0)?)?;
        self.take(1)?;
        Some(name)
    }

    /// A number in as many bytes as it needs (gitformat-pack(5), "offset encoding").
    fn varying(&mut self) -> Option<usize> {
        let mut byte = self.take(1)?[0];
        let mut value = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.take(1)?[0];
            value = value.checked_add(1)?.checked_mul(128)? + usize::from(byte & 0x7f);
        }
        Some(value)
    }

    /// The content of the extension with this name, empty where there is none. `link` begins with the hash of the shared
    /// index; what others say is known from the entries.
    fn extension(&mut self, name: [u8; 4], hash: usize) -> Option<&'b [u8]> {
        while self.0.len() > hash {
            let found = self.take(4)?;
            let length = self.number()? as usize;
            let content = self.take(length)?;
            if found == name.as_slice() {
                return Some(content);
            }
        }
        Some(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::Stored;

    /// An index of version 4 with the files `a/b` and `a/cd`, and the submodule `lib`.
    fn stored() -> Vec<u8> {
        let mut bytes = b"DIRC\0\0\0\x04\0\0\0\x03".to_vec();
        for (mode, cut, name) in [(0o100_644_u32, 0_u8, "a/b"), (0o100_644, 1, "cd"), (0o160_000, 4, "lib")] {
            bytes.extend([0; 24]);
            bytes.extend(mode.to_be_bytes());
            bytes.extend([0; 34]);
            bytes.push(cut);
            bytes.extend(name.as_bytes());
            bytes.push(0);
        }
        bytes.extend([0; 20]);
        bytes
    }

    #[test]
    fn what_is_tracked_is_known_by_path() {
        let index = Stored::read(&stored(), 20).expect("an index").index;
        for held in ["a", "a/b", "a/cd", "lib"] {
            assert!(index.holds(held), "{held}");
        }
        for other in ["", "a/", "a/c", "b", "lib/x", "li"] {
            assert!(!index.holds(other), "{other}");
        }
        assert!(index.is_submodule("lib") && !index.is_submodule("a"));
    }

    #[test]
    fn a_broken_index_is_none_and_never_a_panic() {
        let whole = stored();
        for end in 0..whole.len() - 20 {
            assert!(Stored::read(&whole[..end], 20).is_none(), "{end}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            let _ = Stored::read(&changed, 20);
        }
    }
}
