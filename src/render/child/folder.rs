//! The names of scratch folders, and how they are made, locked and removed.

use std::collections::hash_map::RandomState;
use std::fs::{DirBuilder, File};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How the name of each begins: what a watchdog may remove.
const PREFIX: &str = "nhilint-";

/// A name that nobody can know beforehand.
pub(super) fn name() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{PREFIX}{:016x}{:016x}", random(), random())
}

/// Whether the path is that of a scratch folder, as [`name`] makes them.
pub(super) fn is_ours(path: &Path) -> bool {
    let random = path.file_name().and_then(|name| name.to_str()?.strip_prefix(PREFIX));
    path.is_absolute()
        && random.is_some_and(|name| name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Removes a scratch folder, even where a process that is just being killed still writes into it.
pub(super) fn remove(folder: &Path) {
    for round in 0..20 {
        match std::fs::remove_dir_all(folder) {
            Ok(()) => return,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(_) => std::thread::sleep(Duration::from_millis(5 * round)),
        }
    }
}

/// The file in a scratch folder that its run holds a lock of.
const LOCK: &str = "lock";

/// Says that the run which made the folder is alive, as long as the file is open.
pub(super) fn lock(folder: &Path) -> io::Result<File> {
    // It has its name once it is held: another run would take it for that of a dead one.
    let unnamed = folder.join("lock.new");
    let file = File::create_new(&unnamed)?;
    file.lock()?;
    std::fs::rename(unnamed, folder.join(LOCK))?;
    Ok(file)
}

/// Removes the scratch folders in `temporary` whose runs are dead: a run may be killed together with its watchdogs.
pub(super) fn remove_left(temporary: &Path) {
    for entry in std::fs::read_dir(temporary).into_iter().flatten().flatten() {
        let folder = entry.path();
        let is_folder = is_ours(&folder) && entry.file_type().is_ok_and(|kind| kind.is_dir());
        // A folder without a lock is just being made, or another user's.
        if is_folder && File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok()) {
            remove(&folder);
        }
    }
}

/// Writes a file of a scratch folder, and the folders that it stands in.
pub(in crate::render) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        builder().recursive(true).create(folder)?;
    }
    std::fs::write(path, bytes)
}

/// Makes folders that only their user can open.
pub(super) fn builder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "modes are of Unix"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{builder, lock, name, remove_left};

    #[test]
    fn a_folder_that_is_just_made_is_not_taken_for_one_that_is_left() {
        let temporary = std::env::temp_dir().join(format!("{}-made", name()));
        builder().create(&temporary).expect("a folder");
        let done = AtomicBool::new(false);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    remove_left(&temporary);
                }
            });
            let is_kept = |_| {
                let folder = temporary.join(name());
                let held = builder().create(&folder).and_then(|()| lock(&folder));
                held.is_ok() && folder.is_dir()
            };
            let all = (0..2000).all(is_kept);
            done.store(true, Ordering::Relaxed);
            assert!(all, "a folder was removed while it was made");
        });
        std::fs::remove_dir_all(&temporary).expect("it was made");
    }
}
