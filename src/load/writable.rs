//! Which files may be written: those of the tree that a run is about, and nothing that stands elsewhere.

use std::path::{Component, Path, PathBuf};

use super::files::Files;
use super::ignored::Ignored;

impl Files {
    /// Where the file at a path stands, or would stand, links resolved.
    ///
    /// # Errors
    ///
    /// Why nothing is written there, as a sentence: a link leads out of the tree, git ignores it, it belongs to another
    /// repository.
    pub fn writable(&self, path: &Path) -> Result<PathBuf, String> {
        if path == Path::new("-") {
            return Err("It came through a pipe.".into());
        }
        let whole = plain(&self.here().join(path));
        let folder = whole.parent().unwrap_or(&whole);
        let real = self.real_or_new(&whole);
        let above =
            |path: &Path| path.ancestors().find(|above| self.is_repository(above)).map(Path::to_owned);
        let top = above(folder);
        let tree =
            top.as_deref().unwrap_or(if whole.starts_with(self.here()) { self.here() } else { folder });
        if !self.real(tree).is_some_and(|tree| real.starts_with(tree)) {
            return Err("A link leads to it out of the tree.".into());
        }
        let own = above(self.here());
        let is_inner = top != own && top.as_ref().zip(own).is_some_and(|(top, own)| top.starts_with(own));
        if is_inner || (top.is_some() && above(&real) != top.and_then(|top| self.real(&top))) {
            return Err("It belongs to another repository.".into());
        }
        if self.is_ignored(&real) {
            return Err("git ignores it.".into());
        }
        Ok(real)
    }

    /// Whether git would not take a file, as an ignore file names it or a folder above it.
    fn is_ignored(&self, real: &Path) -> bool {
        let Some(folder) = real.parent() else { return false };
        let top = folder.ancestors().find(|above| self.is_repository(above));
        let Some((top, (index, _))) = top.and_then(|top| Some((top, self.tracked(top)?))) else {
            return false;
        };
        let below = real.strip_prefix(top).map(|path| path.to_string_lossy().replace('\\', "/"));
        if below.is_ok_and(|below| index.holds(&below)) {
            return false;
        }
        Ignored::around(self, folder).is_none_or(|ignored| ignored.within(self, folder).leaves_out(real))
    }
}

/// A path without `.` and `..`, by its words alone.
fn plain(path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => _ = whole.pop(),
            Component::CurDir => {}
            part => whole.push(part),
        }
    }
    whole
}
