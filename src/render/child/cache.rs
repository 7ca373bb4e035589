//! The output of children, kept from run to run: a folder of entries, each named by the hash of all that went into it.
//!
//! A cache only saves time. Whatever goes wrong with it, an entry that is damaged or a disk that is full, is a miss and
//! never an error. It holds rendered manifests, secrets included: only its user can read it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use super::folder::builder;

/// What an entry starts with; the number changes with the form of entries.
const MAGIC: &[u8] = b"nhilint cache 1\n";
/// The start, then the hash of the rest.
const HEADER: usize = MAGIC.len() + 32;
/// Where runs note how much they wrote.
const GROWN: &str = "grown";
/// How old a use may be before it is noted again.
const FRESH: Duration = Duration::from_hours(1);

/// What an entry is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// The hash of the parts, which are kept apart, and of the version of this program.
    pub fn of<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Self {
        let mut hash = Sha256::new();
        hash.update(concat!(env!("CARGO_PKG_VERSION"), "\n"));
        for part in parts {
            let part = part.as_ref();
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The hash in hexadecimal digits.
    pub(in crate::render) fn hex(&self) -> String {
        use std::fmt::Write as _;
        self.0.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// A folder of entries, or none. Any number of runs may use one at once.
#[derive(Debug)]
pub struct Cache {
    folder: Option<PathBuf>,
    /// Bytes that it may take.
    most: u64,
    /// Bytes that this run wrote.
    written: AtomicU64,
    /// A write failed: no further one is tried.
    full: AtomicBool,
}

impl Cache {
    /// Bytes that a cache takes by default.
    pub const SIZE: u64 = 512 << 20;

    /// The cache in `folder`, which is made with the first entry.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self::sized(folder, Self::SIZE)
    }

    /// The cache in `folder`, which takes `most` bytes.
    #[must_use]
    pub fn sized(folder: PathBuf, most: u64) -> Self {
        Self { folder: Some(folder), most, written: AtomicU64::new(0), full: AtomicBool::new(false) }
    }

    /// No cache: every search is a miss.
    #[must_use]
    pub fn none() -> Self {
        Self { folder: None, most: 0, written: AtomicU64::new(0), full: AtomicBool::new(false) }
    }

    /// Where the platform keeps caches, for this program; none where the user has no home.
    #[must_use]
    pub fn default_folder() -> Option<PathBuf> {
        let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        if cfg!(windows) {
            variable("LOCALAPPDATA").map(|folder| folder.join("nhilint").join("cache"))
        } else if cfg!(target_os = "macos") {
            variable("HOME").map(|home| home.join("Library/Caches/nhilint"))
        } else {
            let home = || variable("HOME").map(|home| home.join(".cache"));
            variable("XDG_CACHE_HOME").or_else(home).map(|folder| folder.join("nhilint"))
        }
    }

    /// What is kept under `key`.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.path(key)?;
        let mut file = File::open(&path).ok()?;
        let known = file.metadata().ok()?;
        if known.len() > self.most {
            return None;
        }
        let mut bytes = Vec::with_capacity(known.len() as usize + 1);
        file.read_to_end(&mut bytes).ok()?;
        if bytes.get(..MAGIC.len()) != Some(MAGIC)
            || bytes.get(MAGIC.len()..HEADER) != Some(&hash(&bytes)[..])
        {
            let _ = std::fs::remove_file(&path);
            return None;
        }
        // The time of writing says when it was last of use, to the hour.
        let used = known.modified().ok().and_then(|modified| modified.elapsed().ok());
        if used.is_some_and(|age| age > FRESH) {
            let now = || File::options().write(true).open(&path)?.set_modified(SystemTime::now());
            let _: io::Result<()> = now();
        }
        bytes.drain(..HEADER);
        Some(bytes)
    }

    /// Keeps `bytes` under `key`, if it can.
    pub fn put(&self, key: &Key, bytes: &[u8]) {
        let Some(path) = self.path(key).filter(|_| !self.full.load(Ordering::Relaxed)) else {
            return;
        };
        // One entry must not drive out most of the others.
        if bytes.len() as u64 > self.most / 8 {
            return;
        }
        match write(&path, bytes) {
            Ok(()) => {
                self.written.fetch_add((HEADER + bytes.len()) as u64, Ordering::Relaxed);
            }
            Err(_) => self.full.store(true, Ordering::Relaxed),
        }
    }

    fn path(&self, key: &Key) -> Option<PathBuf> {
        let hex = key.hex();
        Some(self.folder.as_ref()?.join(&hex[..2]).join(&hex[2..]))
    }

    /// Notes what this run wrote, and makes room where runs wrote much since room was last made.
    fn tidy(&self) -> io::Result<()> {
        let written = self.written.swap(0, Ordering::Relaxed);
        let Some(folder) = self.folder.as_deref().filter(|_| written > 0) else {
            return Ok(());
        };
        let tag = folder.join("CACHEDIR.TAG");
        if !tag.exists() {
            // Backup programs know it: https://bford.info/cachedir/
            std::fs::write(
                tag,
                "Signature: 8a477f597d28d172789f06886806bc55\n# The render cache of nhilint.\n",
            )?;
        }
        let notes = folder.join(GROWN);
        // Appended, so that runs that end at once do not lose each other's.
        private().append(true).open(&notes)?.write_all(format!("{written}\n").as_bytes())?;
        let known = std::fs::read_to_string(&notes)?;
        let grown = known.lines().filter_map(|line| line.parse::<u64>().ok()).fold(0, u64::saturating_add);
        if grown > self.most / 4 {
            std::fs::write(&notes, "")?;
            make_room(folder, self.most / 4 * 3)?;
        }
        Ok(())
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        // What cannot be tidied now will be by a later run.
        let _ = self.tidy();
    }
}

/// The hash of an entry's content.
fn hash(entry: &[u8]) -> [u8; 32] {
    Sha256::digest(entry.get(HEADER..).unwrap_or_default()).into()
}

/// Writes an entry beside its place and moves it there, so that nobody sees a part of it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let folder = path.parent().expect("an entry stands in a folder");
    builder().recursive(true).create(folder)?;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let beside = folder.join(format!(".{}-{number}", std::process::id()));
    let done = (|| {
        let mut file = private().write(true).truncate(true).open(&beside)?;
        file.write_all(MAGIC)?;
        file.write_all(&Sha256::digest(bytes))?;
        file.write_all(bytes)?;
        drop(file);
        std::fs::rename(&beside, path)
    })();
    if done.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    done
}

/// A file that only its user can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Removes what was not of use for longest, until what is left takes at most `most` bytes.
fn make_room(folder: &Path, most: u64) -> io::Result<()> {
    let mut entries = Vec::new();
    let of_entries = |name: &std::ffi::OsStr| name.len() == 2;
    for folder in std::fs::read_dir(folder)?.flatten().filter(|folder| of_entries(&folder.file_name())) {
        for entry in std::fs::read_dir(folder.path())?.flatten() {
            if let Ok(known) = entry.metadata() {
                entries.push((known.modified()?, entry.path(), known.len()));
            }
        }
    }
    // Newest first; the path decides between equals.
    entries.sort_unstable_by(|a, b| b.cmp(a));
    let mut taken = 0_u64;
    for (_, path, length) in entries {
        taken = taken.saturating_add(length);
        if taken > most {
            let _ = std::fs::remove_file(path);
        }
    }
    Ok(())
}
