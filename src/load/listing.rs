//! What stands below a folder and belongs to the tree: all but what git leaves out and what it keeps for itself. A name
//! that begins with a dot hides nothing. Links are not followed.

use std::path::{Path, PathBuf};

use super::entry::EntryKind;
use super::files::Files;
use super::ignored::{IGNORE_FILE, Ignored};
use super::shown;

/// The folder, or in worktrees and submodules the file, of git in a repository: its settings hold tokens.
pub(super) const GIT: &str = ".git";

/// A folder to look into.
struct Folder {
    path: PathBuf,
    /// Where it really stands.
    real: PathBuf,
    ignored: Option<Ignored>,
}

/// Something below a folder.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// Where it really stands; of a link, where that stands.
    pub(super) real: PathBuf,
    pub(super) kind: EntryKind,
}

/// Everything below a folder, in no order, and why folders cannot be read.
pub(super) fn everything(files: &Files, folder: &Path) -> Vec<Result<Found, String>> {
    let mut found = Vec::new();
    let Some(real) = files.real(folder) else { return found };
    let is_top = files.is_repository(&real);
    let ignored = if is_top { None } else { Ignored::around(files, &real) };
    let mut open = vec![Folder { path: folder.to_path_buf(), real, ignored }];
    while let Some(Folder { path, real, mut ignored }) = open.pop() {
        let entries = match files.list(&path) {
            Ok(entries) => entries,
            Err(error) => {
                let shown = shown(&path, Some(files.here()));
                found.push(Err(format!("`{shown}` cannot be read: {error}")));
                continue;
            }
        };
        let is_there = |name: &str| entries.iter().any(|(known, _)| known == name);
        // Each repository has an index of its own.
        if is_there(GIT) {
            ignored = Ignored::of(files, &real);
        }
        if is_there(IGNORE_FILE) {
            ignored = ignored.map(|ignored| ignored.within(files, &real));
        }
        for (name, kind) in entries {
            if name.eq_ignore_ascii_case(GIT) {
                continue;
            }
            let (path, real) = (path.join(&name), real.join(&name));
            let mut kind = kind;
            if kind != EntryKind::Folder {
                if ignored.as_ref().is_some_and(|ignored| ignored.leaves_out(&real)) {
                    continue;
                }
            } else if ignored.as_ref().is_some_and(|ignored| ignored.is_submodule(&real))
                && files.entries(&path).is_empty()
            {
                kind = EntryKind::Submodule;
            } else {
                let inner = ignored.as_ref().map(|ignored| ignored.enter(&real));
                // `None` within is a folder that is left out.
                if let Some(ignored) = inner.map_or(Some(None), |inner| inner.map(Some)) {
                    open.push(Folder { path: path.clone(), real: real.clone(), ignored });
                } else {
                    continue;
                }
            }
            found.push(Ok(Found { path, real, kind }));
        }
    }
    found
}
