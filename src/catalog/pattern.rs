//! Lists of patterns as users write them, and names with `*` in our own tables.

use globset::{Glob, GlobSet, GlobSetBuilder};

/// A list of patterns, compiled: `*` stands for any text, `/` included, `?` for one character, `[ab]` for one of several
/// and `{a,b}` for one of several texts. A text that is written in the list is always in it.
#[derive(Clone, Debug)]
pub struct Patterns {
    written: Vec<String>,
    globs: GlobSet,
}

impl Patterns {
    /// Compiles patterns; what is no pattern stands for itself only.
    #[must_use]
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Self {
        Self::compile(patterns, Glob::new)
    }

    /// Compiles patterns for the end of a path, from any of its parts on: `fluent-bit`, `calico/*`.
    #[must_use]
    pub fn of_ends<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Self {
        Self::compile(patterns, |end| Glob::new(&format!("**/{end}")))
    }

    fn compile<P: AsRef<str>>(
        patterns: impl IntoIterator<Item = P>,
        glob: impl Fn(&str) -> Result<Glob, globset::Error>,
    ) -> Self {
        let written: Vec<String> = patterns.into_iter().map(|pattern| pattern.as_ref().to_owned()).collect();
        let mut globs = GlobSetBuilder::new();
        for glob in written.iter().filter_map(|pattern| glob(pattern).ok()) {
            globs.add(glob);
        }
        Self { written, globs: globs.build().unwrap_or_default() }
    }

    /// What keeps a text from being a pattern, in words.
    #[must_use]
    pub fn error(pattern: &str) -> Option<String> {
        Glob::new(pattern).err().map(|error| error.kind().to_string())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// Whether a text fits one of them.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        self.written.iter().any(|written| written == text) || self.globs.is_match(text)
    }
}

/// Whether `name` is what `pattern` says; each `*` in it stands for any text, the empty one included.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(start) else {
        return false;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        // The leftmost place leaves the most for what follows.
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    left.ends_with(end)
}
