//! The programs that render, as the user's `PATH` has them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

use super::failure::Failure;
use crate::finding::Engine;

/// What is installed.
#[derive(Debug, Default)]
pub struct Programs {
    /// `helm`.
    pub helm: Option<Program>,
    /// `kustomize`, else `kubectl`, which has an older one in it.
    pub kustomize: Option<Program>,
}

impl Programs {
    /// Looks for them in the folders of `path`, the value of the variable `PATH`. Starts nothing.
    #[must_use]
    pub fn find(path: Option<&OsStr>) -> Self {
        let find = |engine| Program::find(engine, path?);
        Self {
            helm: find(Engine::Helm),
            kustomize: find(Engine::Kustomize).or_else(|| find(Engine::Kubectl)),
        }
    }
}

/// A program that renders.
#[derive(Debug)]
pub struct Program {
    /// Which one it is.
    pub engine: Engine,
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes: with the version it tells builds apart.
    pub size: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub(super) modified: u128,
    pub(super) version: OnceLock<Result<String, Failure>>,
}

impl Program {
    /// The first program of that name in the folders of `path` that can be run. Folders that are named relative to the working
    /// directory are left out: what is linted must not choose the program.
    #[must_use]
    pub fn find(engine: Engine, path: &OsStr) -> Option<Self> {
        let file = format!("{}{}", engine.word(), std::env::consts::EXE_SUFFIX);
        std::env::split_paths(path)
            .filter(|folder| folder.is_absolute())
            .find_map(|folder| Self::at(engine, folder.join(&file)))
    }

    /// The program at `path`, if it can be run.
    #[must_use]
    pub fn at(engine: Engine, path: PathBuf) -> Option<Self> {
        let file = std::fs::metadata(&path).ok().filter(|file| file.is_file() && runnable(&path))?;
        let modified = file.modified().ok()?.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        Some(Self { engine, path, size: file.len(), modified, version: OnceLock::new() })
    }

    /// The words between the program and what it is to build or render.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self.engine {
            Engine::Helm => "template",
            Engine::Kubectl => "kustomize",
            Engine::Kustomize | Engine::Replay => "build",
        }
    }
}

#[cfg(unix)]
fn runnable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|file| file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn runnable(_path: &Path) -> bool {
    true
}
