//! Paths as the settings write them: seen from the folder of the settings file.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

/// The folder of the settings file, and the working directory. Without a settings file both are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// The folder of the settings file.
    top: PathBuf,
    /// The working directory, which paths of a run are relative to.
    here: PathBuf,
}

impl Folder {
    /// From absolute paths.
    #[must_use]
    pub fn new(top: PathBuf, here: PathBuf) -> Self {
        Self { top, here }
    }

    /// A path of the run, as it is seen from the settings file.
    #[must_use]
    pub fn seen<'p>(&self, path: &'p str) -> Cow<'p, str> {
        if self.top == self.here && !path.starts_with(['/', '.']) {
            return Cow::Borrowed(path);
        }
        let whole = plain(&self.here.join(path));
        match whole.strip_prefix(&self.top) {
            Ok(inside) => Cow::Owned(slashed(inside)),
            Err(_) => Cow::Borrowed(path),
        }
    }

    /// A path in the settings, as it is seen from the working directory.
    #[must_use]
    pub fn from_here(&self, path: &str) -> String {
        let whole = plain(&self.top.join(path));
        let common = whole.components().zip(self.here.components()).take_while(|(one, other)| one == other);
        let common = common.count();
        let up = self.here.components().count() - common;
        let back = std::iter::repeat_n("..", up).map(PathBuf::from).collect::<PathBuf>();
        let down: PathBuf = whole.components().skip(common).collect();
        slashed(&back.join(down))
    }
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
