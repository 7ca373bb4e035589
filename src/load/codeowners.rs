//! CODEOWNERS: who answers for a path. Patterns are those of .gitignore, the last match wins (GitHub's documentation,
//! "About code owners").

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::files::Files;
use super::owner_index::OwnerIndex;
use super::owner_words::names_nobody;
use super::{from_folder, shown};
use crate::finding::RunError;

/// How many patterns are tried on one path. Files that people write need some tens.
const MOST: usize = 1000;

/// The owners of the paths under one directory.
#[derive(Clone, Debug)]
pub struct Codeowners {
    /// The directory that its patterns start at, as shown to people; empty for the working directory.
    root: String,
    /// The working directory.
    here: PathBuf,
    /// The patterns with their owners, in order.
    lines: Vec<Line>,
    /// Which patterns may match a path.
    index: OwnerIndex,
    /// What is known of paths already, and the paths that too many patterns may match.
    answers: Arc<Mutex<Answers>>,
}

/// One matcher a line: of several patterns in one, the deepest match would win, not the last.
#[derive(Clone, Debug)]
struct Line {
    pattern: String,
    /// Made when it is first asked; `None` for a pattern that is no glob. It owns nothing, and GitHub skips such lines.
    matcher: OnceLock<Option<Gitignore>>,
    owners: String,
}

#[derive(Debug, Default)]
struct Answers {
    /// The line that counts, by path.
    lines: BTreeMap<String, Option<usize>>,
    unanswered: BTreeSet<String>,
}

impl Line {
    fn matches(&self, path: &str) -> bool {
        let make = || GitignoreBuilder::new("").add_line(None, &self.pattern).ok()?.build().ok();
        let matcher = self.matcher.get_or_init(make).as_ref();
        // `docs/*` owns the files of `docs` and none deeper, other than in .gitignore (GitHub "About code owners").
        let is_flat = self.pattern.ends_with("/*");
        matcher.is_some_and(|matcher| {
            let matched = matcher.matched(path, false).is_ignore();
            matched || !is_flat && matcher.matched_path_or_any_parents(path, false).is_ignore()
        })
    }
}

impl Codeowners {
    pub(super) fn read(files: &Files, root: String, path: &Path) -> Option<Self> {
        let text = String::from_utf8(files.bytes(path).ok()?).ok()?;
        Some(Self { here: files.here().to_path_buf(), ..Self::parse(root, &text) })
    }

    /// Reads the text of a CODEOWNERS file that stands at the root `root`.
    #[must_use]
    pub fn parse(root: String, text: &str) -> Self {
        let (mut lines, mut index) = (Vec::new(), OwnerIndex::default());
        // Who owns what a section of GitLab's form lists without owners.
        let mut of_section = String::new();
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split(" #").next().unwrap_or_default().trim();
            if let Some((_, owners)) = line.rsplit_once(']').filter(|_| line.starts_with(['[', '^'])) {
                of_section = somebody(owners.split_whitespace());
                continue;
            }
            let (pattern, owners) = pattern_of(line);
            if pattern.is_empty() || pattern.starts_with(['#', '[', '^', '!']) {
                continue;
            }
            let mut words = owners.split_whitespace().peekable();
            let owners = match words.peek() {
                // GitHub passes over a line whose owners are no users, teams or addresses.
                Some(_) if !owners.contains('@') => continue,
                Some(_) => somebody(words),
                None => of_section.clone(),
            };
            index.add(&pattern, lines.len());
            lines.push(Line { pattern, matcher: OnceLock::new(), owners });
        }
        let root = if root == "." { String::new() } else { root };
        Self { root, here: PathBuf::new(), lines, index, answers: Arc::default() }
    }

    /// How many directories deep the root is: the deepest that holds a path governs it.
    #[must_use]
    pub fn depth(&self) -> usize {
        shown(&self.here.join(&self.root), None).split('/').count()
    }

    /// The owners of a file, as written: `@acme/payments`. `None` where it governs nothing or names nobody.
    #[must_use]
    pub fn owner(&self, file: &str) -> Option<&str> {
        let line = self.line_of(&from_folder(&self.here, &self.root, file)?)?;
        Some(self.lines[line].owners.as_str()).filter(|owner| !owner.is_empty())
    }

    /// What kept it from answering, once everything was asked.
    #[must_use]
    pub fn error(&self) -> Option<RunError> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let example = answers.unanswered.first()?;
        let message = format!(
            "CODEOWNERS has more than {MOST} patterns that may match `{example}`: its owner was not looked for"
        );
        Some(RunError { file: None, line: None, message })
    }

    /// The last line that matches a path below the root.
    fn line_of(&self, path: &str) -> Option<usize> {
        let answers = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = answers().lines.get(path) {
            return *known;
        }
        let candidates = self.index.candidates(path);
        let mut tried = candidates.iter().take(MOST);
        let found = tried.find(|&&line| self.lines[line].matches(path)).copied();
        let mut answers = answers();
        if found.is_none() && candidates.len() > MOST {
            answers.unanswered.insert(path.to_owned());
        }
        answers.lines.insert(path.to_owned(), found);
        found
    }
}

/// The pattern of a line, and the rest of it. A space in a pattern is written `\ ` (GitLab "Code Owners", "Syntax").
fn pattern_of(line: &str) -> (String, &str) {
    let ends = line.match_indices(char::is_whitespace).map(|(at, _)| at);
    let end = ends.into_iter().find(|at| !line[..*at].ends_with('\\')).unwrap_or(line.len());
    (line[..end].replace("\\ ", " "), &line[end..])
}

/// The owners that are users, teams or addresses, without placeholders.
fn somebody<'w>(owners: impl Iterator<Item = &'w str>) -> String {
    owners.filter(|owner| owner.contains('@') && !names_nobody(owner)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::Codeowners;

    #[test]
    fn sections_have_owners_and_placeholders_are_none() {
        let text =
            "* @your-org/your-team\n[Shop] @acme/shop\napps/shop/\napps/shop/x/ @acme/x\n^[Docs]\ndocs/\n";
        let owners = Codeowners::parse(String::new(), text);
        assert_eq!(owners.owner("readme.yaml"), None);
        assert_eq!(owners.owner("apps/shop/job.yaml"), Some("@acme/shop"));
        assert_eq!(owners.owner("apps/shop/x/job.yaml"), Some("@acme/x"));
        assert_eq!(owners.owner("docs/job.yaml"), None);
    }

    #[test]
    fn a_line_without_users_teams_or_addresses_is_passed_over() {
        let text = "\u{feff}/apps/ @acme/pay\n/apps/ payments\n/docs/ docs docs@acme.org\n";
        let owners = Codeowners::parse(String::new(), text);
        assert_eq!(owners.owner("apps/job.yaml"), Some("@acme/pay"));
        assert_eq!(owners.owner("docs/job.yaml"), Some("docs@acme.org"));
    }

    #[test]
    fn the_last_match_wins_and_a_line_without_owner_clears() {
        let text = "# all\n*  @acme/everyone\n/apps/shop/ @acme/shop @acme/sre # note\napps/shop/generated\n";
        let owners = Codeowners::parse("repo".into(), text);
        assert_eq!(owners.owner("repo/readme.yaml"), Some("@acme/everyone"));
        assert_eq!(owners.owner("repo/apps/shop/job.yaml"), Some("@acme/shop @acme/sre"));
        assert_eq!(owners.owner("repo/apps/shop/generated/job.yaml"), None);
        assert_eq!(owners.owner("elsewhere/job.yaml"), None);
    }

    /// What is looked up by words gives the same answer as trying every line.
    #[test]
    fn the_index_passes_over_no_pattern_that_matches() {
        let patterns = [
            "*",
            "/*",
            "*.yaml",
            "job.yaml",
            "apps/",
            "/apps/shop/",
            "apps/*/job.yaml",
            "/apps/**",
            "**/shop/*",
            "**/*.y?ml",
            "sh*",
            "*op/",
            "/a*/sh?p/j*",
            "ap[pq]s/shop",
            "/apps/shop/job.yaml",
            "a**b",
            "**/job*",
            "docs/*",
            "/**/shop",
            "*o*",
        ];
        let paths = [
            "job.yaml",
            "apps/job.yaml",
            "apps/shop/job.yaml",
            "x/apps/shop/job.yaml",
            "docs/a.yml",
            "shop",
            "axb/q",
        ];
        for pattern in patterns {
            let owners = Codeowners::parse(String::new(), &format!("{pattern} @acme/all\n"));
            for path in paths {
                let wanted = owners.lines[0].matches(path).then_some("@acme/all");
                assert_eq!(owners.owner(path), wanted, "{pattern} and {path}");
            }
        }
    }

    #[test]
    fn a_star_at_the_end_stays_in_its_folder_and_a_space_can_be_written() {
        let owners = Codeowners::parse(String::new(), "docs/* @acme/docs\n/my\\ apps/ @acme/shop\n");
        assert_eq!(owners.owner("docs/a.yaml"), Some("@acme/docs"));
        assert_eq!(owners.owner("docs/build/a.yaml"), None);
        assert_eq!(owners.owner("my apps/deep/a.yaml"), Some("@acme/shop"));
        assert_eq!(owners.owner("my"), None);
    }

    #[test]
    fn few_patterns_are_tried_on_a_path() {
        let folders = |at: u32| format!("/some/folder{at}/* @acme/{at}\nold{at}* @acme/old\n");
        let folders: Vec<String> = (0..50_000).map(folders).collect();
        let owners = Codeowners::parse(String::new(), &folders.concat());
        assert_eq!(owners.owner("some/folder7/job.yaml"), Some("@acme/7"));
        assert!(owners.index.candidates("some/folder7/job.yaml").len() < 10);
        let odd: Vec<String> = (0..2000).map(|at| format!("*x{at}*y* @acme/{at}\n")).collect();
        let owners = Codeowners::parse(String::new(), &format!("* @acme/all\n{}", odd.concat()));
        assert_eq!((owners.owner("job.yaml"), owners.error().is_some()), (None, true), "it is said");
    }
}
