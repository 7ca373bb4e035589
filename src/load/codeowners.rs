//! CODEOWNERS: who answers for a path. Patterns are those of .gitignore, the last match wins (GitHub's documentation,
//! "About code owners").

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::files::Files;

/// The owners of the paths under one directory.
#[derive(Clone, Debug)]
pub struct Codeowners {
    /// The directory that its patterns start at, as shown to people; empty for the working directory.
    root: String,
    /// Each line's pattern with its owners, in order. One matcher a line: of several patterns in one, the deepest match
    /// would win, not the last.
    lines: Vec<(Gitignore, String)>,
}

impl Codeowners {
    pub(super) fn read(files: &Files, root: String, path: &Path) -> Option<Self> {
        let text = String::from_utf8(files.bytes(path).ok()?).ok()?;
        Some(Self::parse(root, &text))
    }

    /// Reads the text of a CODEOWNERS file that stands at the root `root`.
    #[must_use]
    pub fn parse(root: String, text: &str) -> Self {
        let mut lines = Vec::new();
        for line in text.lines() {
            let line = line.split(" #").next().unwrap_or_default().trim();
            let mut words = line.split_whitespace();
            let Some(pattern) = words.next().filter(|word| !word.starts_with(['#', '[', '^', '!'])) else {
                continue;
            };
            let mut builder = GitignoreBuilder::new("");
            // A pattern that is no glob owns nothing; GitHub skips such lines too.
            if let Some(matcher) = builder.add_line(None, pattern).ok().and_then(|line| line.build().ok()) {
                lines.push((matcher, words.collect::<Vec<_>>().join(" ")));
            }
        }
        let root = if root == "." { String::new() } else { root };
        Self { root, lines }
    }

    /// How many directories deep the root is: the deepest that holds a path governs it.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.root.split('/').filter(|part| !part.is_empty()).count()
    }

    /// The owners of a file, as written: `@acme/payments`. `None` where it governs nothing or names nobody.
    #[must_use]
    pub fn owner(&self, shown: &str) -> Option<&str> {
        let inside = match self.root.as_str() {
            "" if shown.starts_with("../") || shown.starts_with('/') => return None,
            "" => shown,
            root => shown.strip_prefix(root)?.strip_prefix('/')?,
        };
        let governs = |matcher: &Gitignore| matcher.matched_path_or_any_parents(inside, false).is_ignore();
        let (_, owner) = self.lines.iter().rev().find(|(matcher, _)| governs(matcher))?;
        Some(owner.as_str()).filter(|owner| !owner.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::Codeowners;

    #[test]
    fn the_last_match_wins_and_a_line_without_owner_clears() {
        let text = "# all\n*  @acme/everyone\n/apps/shop/ @acme/shop @acme/sre # note\napps/shop/generated\n";
        let owners = Codeowners::parse("repo".into(), text);
        assert_eq!(owners.owner("repo/readme.yaml"), Some("@acme/everyone"));
        assert_eq!(owners.owner("repo/apps/shop/job.yaml"), Some("@acme/shop @acme/sre"));
        assert_eq!(owners.owner("repo/apps/shop/generated/job.yaml"), None);
        assert_eq!(owners.owner("elsewhere/job.yaml"), None);
    }
}
