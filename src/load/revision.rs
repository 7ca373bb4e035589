//! A revision of a git repository, read from its objects by `git` itself: it knows packs, alternates and worktrees.
//!
//! Only `rev-parse`, `ls-tree` and `cat-file` are asked, which run no hook and no filter. What a repository could have
//! run by its settings is switched off: fetching of missing objects, monitors, replaced objects.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::ops::Bound;
use std::path::{Component, Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::entry::EntryKind;

/// Links that lead to links are followed so often, as Linux does (its manual, `path_resolution`).
const MOST_LINKS: usize = 40;

/// The files of one revision. Paths are absolute, as if it were checked out.
pub(super) struct Revision {
    /// The top folder of the repository.
    top: PathBuf,
    /// By path below the top, with `/`; folders too.
    entries: BTreeMap<String, Entry>,
    objects: Mutex<Objects>,
}

struct Entry {
    kind: EntryKind,
    /// The hash of its content; empty for folders.
    object: String,
    /// In bytes.
    size: u64,
}

/// `git cat-file --batch`, which prints each object that it is asked for.
struct Objects {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revision").field("top", &self.top).finish_non_exhaustive()
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It only reads; whether it ends by itself or is ended makes no difference.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `git` answers, in words where it cannot be started.
fn answer(here: &Path, arguments: &[&str]) -> Result<std::process::Output, String> {
    let output = git(here, arguments).output();
    output.map_err(|error| format!("`git` cannot be started: {error}; install git"))
}

/// The commit that a revision names.
///
/// # Errors
///
/// Where there is no git, no repository or no such revision, in words.
pub fn commit(here: &Path, revision: &str) -> Result<String, String> {
    let commit = format!("{revision}^{{commit}}");
    let known = answer(here, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])?;
    if !known.status.success() {
        let hint = "fetch it first; in GitHub Actions give actions/checkout `fetch-depth: 0`";
        return Err(format!("there is no revision `{revision}` here: {hint}"));
    }
    Ok(String::from_utf8_lossy(&known.stdout).trim().to_owned())
}

/// The newest commit that two revisions have in common: what a change began from.
///
/// # Errors
///
/// Where there is no git, no repository, no such revision, or no such commit in what was fetched, in words.
pub fn merge_base(here: &Path, revision: &str, head: &str) -> Result<String, String> {
    let (base, change) = (commit(here, revision)?, commit(here, head)?);
    let found = answer(here, &["merge-base", &change, &base])?;
    if found.status.success() {
        return Ok(String::from_utf8_lossy(&found.stdout).trim().to_owned());
    }
    let shallow = answer(here, &["rev-parse", "--is-shallow-repository"])?;
    let hint = if shallow.stdout.starts_with(b"true") {
        "the clone is shallow: run `git fetch --unshallow`; in GitHub Actions give actions/checkout `fetch-depth: 0`"
    } else {
        "they have no history in common"
    };
    Err(format!("no commit is known that `{revision}` and {head} have in common; {hint}"))
}

impl Revision {
    pub(super) fn open(here: &Path, revision: &str) -> Result<Self, String> {
        let answer = |arguments: &[&str]| {
            let output = answer(here, arguments)?;
            if output.status.success() {
                return String::from_utf8(output.stdout)
                    .map_err(|_| "a path of the repository is not UTF-8".to_owned());
            }
            let reason = String::from_utf8_lossy(&output.stderr);
            let reason = reason.lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_owned();
            Err(format!("`{revision}` cannot be read from git: {reason}"))
        };
        let top = PathBuf::from(answer(&["rev-parse", "--show-toplevel"])?.trim_end_matches(['\n', '\r']));
        let commit = format!("{revision}^{{commit}}");
        let commit = answer(&["rev-parse", "--verify", "--end-of-options", &commit])?;
        let listed = answer(&["ls-tree", "-r", "-t", "-z", "--long", "--full-tree", commit.trim()])?;
        let entries = listed.split_terminator('\0').filter_map(entry).collect();
        let objects = Objects::start(here).map_err(|error| format!("`git` cannot be started: {error}"))?;
        Ok(Self { top, entries, objects: Mutex::new(objects) })
    }

    pub(super) fn top(&self) -> &Path {
        &self.top
    }

    /// Where an absolute path leads, links resolved; `None` where that is nothing. What is there outside of the repository
    /// is not known: such a path leads where it says.
    pub(super) fn real(&self, path: &Path) -> Option<PathBuf> {
        let mut links = MOST_LINKS;
        let mut found = PathBuf::new();
        let mut open: Vec<PathBuf> = parts(path);
        while let Some(part) = open.pop() {
            if part.as_os_str() == ".." {
                found.pop();
                continue;
            }
            found.push(&part);
            // What is above the repository is of the disk, where links count as they stand.
            let Ok(below) = found.strip_prefix(&self.top) else { continue };
            if below.as_os_str().is_empty() {
                continue;
            }
            let entry = self.entry(below)?;
            if entry.kind == EntryKind::Link {
                links = links.checked_sub(1)?;
                let target = PathBuf::from(String::from_utf8(self.object(entry).ok()?).ok()?);
                found.pop();
                if target.is_absolute() {
                    found.clear();
                }
                open.extend(parts(&target));
            }
        }
        Some(found)
    }

    /// What stands at a real path.
    pub(super) fn kind(&self, real: &Path) -> Option<EntryKind> {
        let below = real.strip_prefix(&self.top).ok()?;
        if below.as_os_str().is_empty() {
            return Some(EntryKind::Folder);
        }
        self.entry(below).map(|entry| entry.kind)
    }

    /// The names in a folder at a real path.
    pub(super) fn entries(&self, real: &Path) -> Vec<(String, EntryKind)> {
        let Ok(below) = real.strip_prefix(&self.top) else { return Vec::new() };
        let mut start = slashed(below);
        if !start.is_empty() {
            start.push('/');
        }
        let after = self.entries.range::<str, _>((Bound::Excluded(start.as_str()), Bound::Unbounded));
        let inside = after.take_while(|(path, _)| path.starts_with(&start));
        let direct = inside.filter(|(path, _)| !path[start.len()..].contains('/'));
        direct.map(|(path, entry)| (path[start.len()..].to_owned(), entry.kind)).collect()
    }

    /// The hash of a file's content.
    pub(super) fn hash(&self, path: &Path) -> Option<String> {
        Some(self.file(path).ok()?.object.clone())
    }

    pub(super) fn size(&self, path: &Path) -> io::Result<u64> {
        Ok(self.file(path)?.size)
    }

    pub(super) fn bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.object(self.file(path)?)
    }

    fn file(&self, path: &Path) -> io::Result<&Entry> {
        let real = self.real(path);
        let entry = real.as_ref().and_then(|real| self.entry(real.strip_prefix(&self.top).ok()?));
        entry
            .filter(|entry| entry.kind == EntryKind::File)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file in the revision"))
    }

    fn entry(&self, below: &Path) -> Option<&Entry> {
        self.entries.get(&slashed(below))
    }

    fn object(&self, entry: &Entry) -> io::Result<Vec<u8>> {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.read(&entry.object)
    }
}

impl Objects {
    fn start(here: &Path) -> io::Result<Self> {
        let mut command = git(here, &["cat-file", "--batch"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (questions, answers) = (child.stdin.take(), child.stdout.take());
        let questions = questions.ok_or_else(|| io::Error::other("no pipe to `git`"))?;
        let answers = answers.ok_or_else(|| io::Error::other("no pipe from `git`"))?;
        Ok(Self { child, questions, answers: BufReader::new(answers) })
    }

    /// The answer is `HASH KIND SIZE`, a line break, the bytes, a line break (git-cat-file(1), "Batch output").
    fn read(&mut self, object: &str) -> io::Result<Vec<u8>> {
        writeln!(self.questions, "{object}")?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
        let size = size.ok_or_else(|| io::Error::other("the object is not in the repository; fetch it"))?;
        let mut bytes = vec![0; size + 1];
        self.answers.read_exact(&mut bytes)?;
        bytes.pop();
        Ok(bytes)
    }
}

/// A line of `git ls-tree --long`: `MODE KIND HASH SIZE`, a tab, the path.
fn entry(line: &str) -> Option<(String, Entry)> {
    let (head, path) = line.split_once('\t')?;
    let mut words = head.split_ascii_whitespace();
    let (mode, _, object, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let kind = match mode {
        "040000" => EntryKind::Folder,
        "120000" => EntryKind::Link,
        "160000" => EntryKind::Submodule,
        _ => EntryKind::File,
    };
    Some((path.to_owned(), Entry { kind, object: object.to_owned(), size: size.parse().unwrap_or_default() }))
}

/// `git` in a folder, with what could run something or reach somewhere switched off.
fn git(here: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("--no-replace-objects").arg("--no-pager");
    for setting in ["core.fsmonitor=false", "core.hooksPath=/dev/null", "safe.directory=*"] {
        command.args(["-c", setting]);
    }
    command.args(arguments).current_dir(here).stdin(Stdio::null());
    // Objects that a partial clone lacks would be fetched, by a program that the repository names.
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "").env("GIT_OPTIONAL_LOCKS", "0");
    command.env("GIT_TERMINAL_PROMPT", "0");
    // A hook is run with these; they would name another repository than that of the folder.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    command
}

/// The components of a path, the last first.
fn parts(path: &Path) -> Vec<PathBuf> {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    parts.map(|part| PathBuf::from(AsRef::<OsStr>::as_ref(&part))).rev().collect()
}

/// A path below the top, as git writes it.
fn slashed(below: &Path) -> String {
    let parts = below.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}
