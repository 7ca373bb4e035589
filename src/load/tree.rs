//! What stands at the paths that manifests name, in the tree that they belong to.
//!
//! It follows symbolic links and never leaves the tree.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::entry::EntryKind;
use super::files::Files;
use super::listing::GIT;
use super::shown;

/// The part of [`Files`] that a run may read: the repositories of its arguments.
#[derive(Debug)]
pub struct Tree {
    files: Files,
    arguments: Vec<Argument>,
    /// The addresses of the remotes of each repository, by its folder.
    remotes: BTreeMap<PathBuf, Vec<String>>,
    /// The top of the repository that holds the working directory, if there is one; links resolved.
    top_here: Option<PathBuf>,
    /// What [`Tree::tracked`] found.
    listed: Mutex<HashMap<String, Option<Arc<[String]>>>>,
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

/// What stands below a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Below {
    /// The files, sorted; none where they are too many.
    pub files: Vec<String>,
    /// The first symbolic link that leads out of the tree or nowhere.
    pub leaves: Option<String>,
    /// The first pipe, socket or device, or link to one.
    pub special: Option<String>,
    /// Whether it is all that a program would see there: no links, nothing of git.
    pub plain: bool,
    /// Whether there is more than was asked for.
    pub too_many: bool,
}

/// What a path leads to. Paths are as those of the files of a run; the working directory is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A file, where it really stands.
    File(String),
    /// A folder, where it really stands.
    Folder(String),
    /// A pipe, a socket or a device, which is never opened.
    Special,
    /// Nothing.
    Absent,
    /// Something that is not in the repository of any argument, or that git keeps for itself.
    Outside,
}

impl Tree {
    /// The tree that the arguments of a run belong to.
    #[must_use]
    pub fn of(files: &Files, paths: &[String]) -> Self {
        let here = files.here();
        let real_here = files.real(Path::new("."));
        let top_here = real_here.as_deref().into_iter().flat_map(Path::ancestors);
        let top_here = top_here.filter(|above| files.is_repository(above)).map(Path::to_path_buf).next();
        let (arguments, remotes, listed) = Default::default();
        let mut tree = Self { files: files.clone(), arguments, remotes, top_here, listed };
        let arguments = paths.iter().filter_map(|path| {
            let path = if path == "-" { Path::new(".") } else { Path::new(path) };
            let folder = if files.is_folder(path) { path } else { path.parent()? };
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let real = files.real(folder).filter(|_| !tree.is_left_by(folder))?;
            // Without a repository the working directory is the tree of what stands in it.
            let up = real.ancestors().position(|above| files.is_repository(above));
            let below = || real.ancestors().position(|above| Some(above) == real_here.as_deref());
            let up = up.or_else(below).unwrap_or(0);
            let above = (0..up).fold(folder.to_path_buf(), |path, _| path.join(".."));
            Some(Argument {
                repository: real.ancestors().nth(up).unwrap_or(&real).to_path_buf(),
                repository_shown: without_dot(shown(&above, Some(here))),
                shown: without_dot(shown(folder, Some(here))),
                real,
            })
        });
        let mut arguments: Vec<_> = arguments.collect();
        // The innermost argument names what stands in it.
        arguments.sort_by_key(|argument| std::cmp::Reverse(argument.real.components().count()));
        for argument in &arguments {
            tree.remotes.entry(argument.repository.clone()).or_insert_with(|| {
                files.git(&argument.repository).map(|git| git.remotes()).unwrap_or_default()
            });
        }
        tree.arguments = arguments;
        tree
    }

    /// The files that it is part of.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The folder of the repository that holds a file or folder of the run.
    #[must_use]
    pub fn repository(&self, path: &str) -> &str {
        self.around(path).map_or("", |argument| &argument.repository_shown)
    }

    /// The folders of the repositories that its arguments stand in, each with whether an argument names all of it.
    #[must_use]
    pub fn repositories(&self) -> Vec<(&str, bool)> {
        let mut found: BTreeMap<&Path, (&str, bool)> = BTreeMap::new();
        for argument in &self.arguments {
            let known = found.entry(&argument.repository).or_insert((&argument.repository_shown, false));
            known.1 |= argument.real == argument.repository;
        }
        found.into_values().collect()
    }

    /// The addresses of the remotes of that repository, as git has them, without user names and passwords; none where it
    /// is no repository of git, or has no remote.
    #[must_use]
    pub fn remotes(&self, path: &str) -> &[String] {
        let remotes = self.around(path).and_then(|argument| self.remotes.get(&argument.repository));
        remotes.map_or(&[], Vec::as_slice)
    }

    /// The innermost argument around a file or folder of the run.
    fn around(&self, path: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| is_below(path, &argument.shown))
    }

    /// What a path leads to.
    #[must_use]
    pub fn at(&self, path: &str) -> Standing {
        let Some(real) = self.files.real(or_here(path)) else { return Standing::Absent };
        let inside = self.arguments.iter().find_map(|argument| {
            let rest = real.strip_prefix(&argument.real).ok().filter(|rest| !is_of_git(rest))?;
            Some(without_dot(shown(&Path::new(&argument.shown).join(rest), None)))
        });
        let beside = || {
            self.arguments.iter().find_map(|argument| {
                let rest = real.strip_prefix(&argument.repository).ok().filter(|rest| !is_of_git(rest))?;
                Some(without_dot(shown(&Path::new(&argument.repository_shown).join(rest), None)))
            })
        };
        match (inside.or_else(beside), self.files.kind(&real)) {
            (Some(shown), Some(EntryKind::File)) => Standing::File(shown),
            (Some(shown), Some(EntryKind::Folder | EntryKind::Submodule)) => Standing::Folder(shown),
            (Some(_), Some(EntryKind::Link | EntryKind::Other)) => Standing::Special,
            (Some(_), None) => Standing::Absent,
            (None, _) => Standing::Outside,
        }
    }

    /// Whether an argument that is named below the working directory really stands outside of the repository there: a
    /// symbolic link leads out.
    pub(super) fn is_left_by(&self, argument: &Path) -> bool {
        let here = self.files.here();
        let is_named_here = is_below(&shown(argument, Some(here)), "");
        let top = self.top_here.as_ref().filter(|_| is_named_here);
        top.is_some_and(|top| self.files.real(argument).is_some_and(|real| !real.starts_with(top)))
    }

    /// The names of what stands in a folder, sorted; none where there is no such folder.
    #[must_use]
    pub fn names(&self, folder: &str) -> Vec<String> {
        let Standing::Folder(folder) = self.at(folder) else {
            return Vec::new();
        };
        let entries = self.files.entries(or_here(&folder)).into_iter();
        let mut names: Vec<_> = entries.map(|(name, _)| name).collect();
        names.sort_unstable();
        names
    }

    /// What stands below a folder, hidden and ignored files included; links are followed as far as the tree goes, and
    /// no further than a number of files. What git keeps for itself is left out.
    #[must_use]
    pub fn below(&self, folder: &str, most: usize) -> Below {
        let mut below = Below { plain: true, ..Below::default() };
        let real = |path: &str| self.files.real(or_here(path));
        // Folders with where they really stand, and where those above them do: a link to one of these has no end.
        let mut open: Vec<(String, Vec<PathBuf>)> =
            real(folder).into_iter().map(|real| (folder.to_owned(), vec![real])).collect();
        let mut seen = 0;
        while let Some((folder, above)) = open.pop() {
            for (name, kind) in self.files.entries(or_here(&folder)) {
                seen += 1;
                if seen > most {
                    return Below { too_many: true, ..Below::default() };
                }
                if name == GIT {
                    below.plain = false;
                    continue;
                }
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                let mut is_folder = kind == EntryKind::Folder;
                let mut is_file = kind == EntryKind::File;
                let mut around = above.clone();
                if kind == EntryKind::Other {
                    below.plain = false;
                    keep_first(&mut below.special, &path);
                }
                if kind == EntryKind::Link {
                    below.plain = false;
                    match self.at(&path) {
                        Standing::Outside | Standing::Absent => keep_first(&mut below.leaves, &path),
                        Standing::Special => keep_first(&mut below.special, &path),
                        Standing::File(_) => is_file = true,
                        Standing::Folder(_) => {
                            let found =
                                real(&path).filter(|real| !above.iter().any(|up| up.starts_with(real)));
                            is_folder = found.is_some();
                            around.extend(found);
                        }
                    }
                }
                if is_folder {
                    open.push((path, around));
                } else if is_file {
                    below.files.push(path);
                }
            }
        }
        below.files.sort_unstable();
        below
    }

    /// The files below a folder that git tracks, whatever they hold: what somebody finds there who clones the repository.
    /// Without an index these are all files, and none where there are more than `most`.
    #[must_use]
    pub fn tracked(&self, folder: &str, most: usize) -> Option<Arc<[String]>> {
        let mut known = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        let listed = known.entry(folder.to_owned()).or_insert_with(|| {
            let mut below = self.below(folder, most);
            let argument = self.around(folder);
            if let Some((argument, (index, _))) =
                argument.and_then(|argument| Some((argument, self.files.tracked(&argument.repository)?)))
            {
                let top = &argument.repository_shown;
                let inside = |path: &str| {
                    path.strip_prefix(top.as_str()).map(|rest| rest.trim_start_matches('/').to_owned())
                };
                below.files.retain(|path| inside(path).is_some_and(|path| index.holds(&path)));
            }
            (!below.too_many).then(|| below.files.into())
        });
        listed.clone()
    }

    /// The bytes of a file in the tree; `None` where it is none, cannot be read, or is larger than `limit`.
    #[must_use]
    pub fn bytes(&self, path: &str, limit: u64) -> Option<Vec<u8>> {
        let Standing::File(file) = self.at(path) else { return None };
        let file = Path::new(&file);
        if self.files.size(file).ok()? > limit { None } else { self.files.bytes(file).ok() }
    }
}

fn keep_first(first: &mut Option<String>, path: &str) {
    if first.as_ref().is_none_or(|first| path < first.as_str()) {
        *first = Some(path.to_owned());
    }
}

fn is_of_git(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str().eq_ignore_ascii_case(GIT))
}

/// A path of a run for the files: the working directory is empty in the one and a dot in the other.
pub(super) fn or_here(path: &str) -> &Path {
    Path::new(if path.is_empty() { "." } else { path })
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
