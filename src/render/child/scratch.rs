//! The scratch folder: where children write, and where copies of charts are made. It is gone when the run is.

use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::folder::{builder, lock, name, remove, remove_left};
use super::watchdog::Watchdog;
use super::{Limits, environment};

/// One temporary folder for a run, which only its user can open. It is made when it is first needed, and removed when
/// this is dropped; where a run is killed, its watchdog removes it.
#[derive(Debug)]
pub struct Scratch {
    /// This program, which can be started as a watchdog.
    program: Option<PathBuf>,
    made: OnceLock<Result<Made, String>>,
}

#[derive(Debug)]
struct Made {
    folder: PathBuf,
    watchdog: Option<Watchdog>,
    /// Held until the folder is removed.
    _lock: File,
}

impl Scratch {
    /// `watchdog` is the program that becomes a watchdog when it is started with the argument `keep`: this one, where it is
    /// `nhilint` itself. Without one a killed run leaves its folder and its children behind.
    #[must_use]
    pub fn new(watchdog: Option<PathBuf>) -> Self {
        Self { program: watchdog, made: OnceLock::new() }
    }

    /// The folder `name` in it, made with those above it; the same name gives the same folder.
    ///
    /// # Errors
    ///
    /// Where it cannot be made, or `name` leads out of it.
    pub fn folder(&self, name: impl AsRef<Path>) -> io::Result<PathBuf> {
        let name = name.as_ref();
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a name that leads out of the scratch folder",
            ));
        }
        let folder = self.root()?.join(name);
        builder().recursive(true).create(&folder)?;
        Ok(folder)
    }

    /// Removes the folder `name` in it, whose files nobody needs any more: many copies of what is large do not fit on a
    /// disk.
    pub fn discard(&self, name: &str) {
        if let Some(Ok(made)) = self.made.get() {
            remove(&made.folder.join(name));
        }
    }

    /// The folder itself.
    ///
    /// # Errors
    ///
    /// Where it cannot be made.
    pub fn root(&self) -> io::Result<&Path> {
        match self.made() {
            Ok(made) => Ok(&made.folder),
            Err(message) => Err(io::Error::other(message.clone())),
        }
    }

    /// The command that starts a program. On Linux it ends with the run and has no network, unless it may fetch.
    pub(super) fn command(&self, program: &Path, limits: Limits) -> Command {
        #[cfg(target_os = "linux")]
        if let (Some(own), Some(watchdog)) = (&self.program, self.watchdog()) {
            let network = watchdog.network().filter(|_| !limits.allow_network);
            return super::start::command(own, network, program);
        }
        let _ = limits;
        Command::new(program)
    }

    pub(super) fn watchdog(&self) -> Option<&Watchdog> {
        self.made().as_ref().ok()?.watchdog.as_ref()
    }

    fn made(&self) -> &Result<Made, String> {
        self.made.get_or_init(|| make(self.program.as_deref()).map_err(|error| error.to_string()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(Ok(made)) = self.made.take() {
            remove(&made.folder);
            if let Some(watchdog) = made.watchdog {
                watchdog.finish();
            }
        }
    }
}

fn make(program: Option<&Path>) -> io::Result<Made> {
    // Without links: what programs print of their paths is without links too.
    let temporary = std::env::temp_dir().canonicalize()?;
    remove_left(&temporary);
    let folder = temporary.join(name());
    let watchdog = program.and_then(Watchdog::start);
    if let Some(watchdog) = &watchdog {
        watchdog.folder(&folder);
    }
    // Fails where anything of that name is there, a link included.
    builder().create(&folder)?;
    let lock = lock(&folder)?;
    for inside in environment::MADE {
        builder().create(folder.join(inside))?;
    }
    Ok(Made { folder, watchdog, _lock: lock })
}
