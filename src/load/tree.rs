//! What stands at the paths that manifests name, in the tree that they belong to.
//!
//! It looks, follows symbolic links and never leaves the tree.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::shown;

/// The folders that a run may look into: the repositories of its arguments.
#[derive(Debug, Default)]
pub struct Tree {
    here: Option<PathBuf>,
    arguments: Vec<Argument>,
}

#[derive(Debug)]
struct Argument {
    /// Its folder, links resolved.
    real: PathBuf,
    /// The same as people see it, empty for the working directory.
    shown: String,
    /// The folder of the repository that holds it, or itself; links resolved, and as people see it.
    repository: PathBuf,
    repository_shown: String,
}

/// What a path leads to. Paths are as those of the files of a run; the working directory is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A file, where it really stands.
    File(String),
    /// A folder, where it really stands.
    Folder(String),
    /// Nothing.
    Absent,
    /// Something that is not in the repository of any argument.
    Outside,
}

impl Tree {
    /// The tree that the arguments of a run belong to.
    #[must_use]
    pub fn of(paths: &[String]) -> Self {
        let here = std::env::current_dir().ok();
        let real_here = here.as_ref().and_then(|here| here.canonicalize().ok());
        let arguments = paths.iter().filter_map(|path| {
            let path = if path == "-" { Path::new(".") } else { Path::new(path) };
            let folder = if path.is_dir() { path } else { path.parent()? };
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let real = folder.canonicalize().ok()?;
            // Without a repository the working directory is the tree of what stands in it.
            let up = real.ancestors().position(|above| above.join(".git").exists());
            let below = || real.ancestors().position(|above| Some(above) == real_here.as_deref());
            let up = up.or_else(below).unwrap_or(0);
            let above = (0..up).fold(folder.to_path_buf(), |path, _| path.join(".."));
            Some(Argument {
                repository: real.ancestors().nth(up).unwrap_or(&real).to_path_buf(),
                repository_shown: without_dot(shown(&above, here.as_ref())),
                shown: without_dot(shown(folder, here.as_ref())),
                real,
            })
        });
        let mut arguments: Vec<_> = arguments.collect();
        // The innermost argument names what stands in it.
        arguments.sort_by_key(|argument| std::cmp::Reverse(argument.real.components().count()));
        Self { here: real_here, arguments }
    }

    /// The folder of the repository that holds a file or folder of the run.
    #[must_use]
    pub fn repository(&self, path: &str) -> &str {
        let mut around = self.arguments.iter().filter(|argument| is_below(path, &argument.shown));
        around.next().map_or("", |argument| &argument.repository_shown)
    }

    /// What a path leads to.
    #[must_use]
    pub fn at(&self, path: &str) -> Standing {
        let Ok(real) = Path::new(if path.is_empty() { "." } else { path }).canonicalize() else {
            return Standing::Absent;
        };
        let inside = self.arguments.iter().find_map(|argument| {
            let rest = real.strip_prefix(&argument.real).ok()?;
            Some(without_dot(shown(&Path::new(&argument.shown).join(rest), None)))
        });
        let beside = || {
            let known = self.arguments.iter().any(|argument| real.starts_with(&argument.repository));
            known.then(|| without_dot(shown(&real, self.here.as_ref())))
        };
        match inside.or_else(beside) {
            Some(shown) if real.is_dir() => Standing::Folder(shown),
            Some(shown) => Standing::File(shown),
            None => Standing::Outside,
        }
    }

    /// The names of what stands in a folder, sorted; none where there is no such folder.
    #[must_use]
    pub fn names(&self, folder: &str) -> Vec<String> {
        let Standing::Folder(folder) = self.at(folder) else {
            return Vec::new();
        };
        let folder = if folder.is_empty() { "." } else { &folder };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        names
    }

    /// The files below a folder, sorted, hidden and ignored ones included; links are followed. What git keeps for
    /// itself is left out.
    #[must_use]
    pub fn files_below(&self, folder: &str) -> Vec<String> {
        let shown_folder = if folder.is_empty() { "." } else { folder };
        let mut walk = WalkBuilder::new(shown_folder);
        walk.standard_filters(false).follow_links(true).filter_entry(|entry| entry.file_name() != ".git");
        let files =
            walk.build().flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
        let mut paths: Vec<String> = files.map(|entry| shown(entry.path(), None)).collect();
        paths.sort_unstable();
        paths
    }

    /// The bytes of a file in the tree; `None` where it is none, cannot be read, or is larger than `limit`.
    #[must_use]
    pub fn bytes(&self, path: &str, limit: u64) -> Option<Vec<u8>> {
        let Standing::File(file) = self.at(path) else { return None };
        let size = std::fs::metadata(&file).ok()?.len();
        if size > limit { None } else { std::fs::read(&file).ok() }
    }

    /// The first symbolic link below a folder that leads out of the tree or nowhere, hidden and ignored files included.
    #[must_use]
    pub fn leaving_link(&self, folder: &str) -> Option<String> {
        let folder = if folder.is_empty() { "." } else { folder };
        let walk = WalkBuilder::new(folder).standard_filters(false).sort_by_file_name(Ord::cmp).build();
        let links = walk.flatten().filter(ignore::DirEntry::path_is_symlink);
        let mut paths = links.map(|entry| shown(entry.path(), None));
        paths.find(|path| matches!(self.at(path), Standing::Outside | Standing::Absent))
    }
}

fn without_dot(shown: String) -> String {
    if shown == "." { String::new() } else { shown }
}

/// Whether a path is a folder or stands in it; an empty folder is the working directory.
#[must_use]
pub fn is_below(path: &str, folder: &str) -> bool {
    if folder.is_empty() {
        return !path.starts_with('/') && !path.starts_with("../") && path != "..";
    }
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
