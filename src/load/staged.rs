//! What is staged: git's index, as the next commit would have it, and how it differs from the last one.
//!
//! `git` itself compares the two (`diff-index --cached`), so that a split or sparse index, further working trees and the
//! index that git makes for `commit --all` or `commit FILE` are read as it reads them. Files whose content is not added
//! yet (`add --intent-to-add`) are not in the next commit.

use std::path::Path;

use super::Files;
use super::revision::{Put, Repository, Revision, ask};

/// What the next commit changes.
#[derive(Debug)]
pub struct Staged {
    changes: Vec<Change>,
    /// The last commit; before the first one an empty tree.
    base: String,
}

#[derive(Debug)]
struct Change {
    path: String,
    /// Modes before and after, as git writes them: zeros where there is nothing.
    modes: [String; 2],
    /// The hash of the new content.
    object: String,
}

/// The mode of nothing.
const NOTHING: &str = "000000";

/// The mode of a link.
const LINK: &str = "120000";

/// Names that end so are of text for people, pictures and sources of programs, which no deployer reads as a manifest.
const HARMLESS: [&str; 41] = [
    "adoc", "avif", "bmp", "c", "cc", "cpp", "cs", "drawio", "eot", "gif", "go", "h", "hpp", "ico", "ipynb",
    "java", "jpeg", "jpg", "jsx", "kt", "md", "mdx", "mov", "mp4", "odp", "odt", "otf", "pdf", "png", "puml",
    "rs", "rst", "scala", "svg", "swift", "ts", "tsx", "ttf", "webp", "woff", "woff2",
];

/// What makes a folder one whose files of any name may become part of a manifest.
const ROOTS: [&str; 4] = ["Chart.yaml", "kustomization.yaml", "kustomization.yml", "Kustomization"];

impl Staged {
    /// Asks git what is staged.
    ///
    /// # Errors
    ///
    /// Where there is no git or no repository, and where a merge is not resolved, in words.
    pub fn of(here: &Path) -> Result<Self, String> {
        let fail = |reason: String| format!("what is staged cannot be read from git: {reason}");
        let base = match ask(here, Repository::OfHook, &["rev-parse", "--verify", "--quiet", "HEAD"]) {
            Ok(head) => head.trim().to_owned(),
            // Before the first commit everything is new.
            Err(_) => ask(here, Repository::OfHook, &["hash-object", "-t", "tree", "--stdin"])
                .map_err(fail)?
                .trim()
                .to_owned(),
        };
        let compare = [
            "diff-index",
            "--cached",
            "--raw",
            "-r",
            "-z",
            "--no-abbrev",
            "--no-renames",
            "--ignore-submodules=none",
            "--ita-invisible-in-index",
            &base,
            "--",
        ];
        let listed = ask(here, Repository::OfHook, &compare).map_err(fail)?;
        let mut words = listed.split_terminator('\0');
        let mut changes = Vec::new();
        while let (Some(head), Some(path)) = (words.next(), words.next()) {
            // `:OLDMODE NEWMODE OLDHASH NEWHASH STATUS` (git-diff-index(1), "Raw output format").
            let head: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
            let [old, new, _, object, status] = head[..] else {
                return Err(fail(format!("`{}` is no difference that is known", head.join(" "))));
            };
            if status == "U" {
                let todo = "resolve it and `git add` the file";
                return Err(format!("`{path}` has a conflict that is not resolved: {todo}"));
            }
            let (modes, object) = ([old.to_owned(), new.to_owned()], object.to_owned());
            changes.push(Change { path: path.to_owned(), modes, object });
        }
        Ok(Self { changes, base })
    }

    /// Whether what is staged may change a verdict. Where that is not sure it may.
    ///
    /// # Errors
    ///
    /// Where git cannot list the index, in words.
    pub fn is_relevant(&self, here: &Path) -> Result<bool, String> {
        if self.changes.is_empty() {
            return Ok(false);
        }
        if !self.changes.iter().all(Change::is_harmless) {
            return Ok(true);
        }
        // By a link such a file may stand anywhere, and in a chart or kustomization it may be read whatever its name.
        let all = ask(here, Repository::OfHook, &["ls-files", "--full-name", "--stage", "-z", "--", ":/"])?;
        let listed = all.split_terminator('\0').filter_map(|line| line.split_once('\t'));
        let mut roots = Vec::new();
        for (head, path) in listed {
            if head.starts_with(LINK) {
                return Ok(true);
            }
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            if ROOTS.contains(&name) {
                roots.push(folder);
            }
        }
        let is_within = |path: &str, folder: &str| {
            folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        Ok(self.changes.iter().any(|change| roots.iter().any(|folder| is_within(&change.path, folder))))
    }

    /// The files of the index, and those of the last commit.
    ///
    /// # Errors
    ///
    /// Where git cannot read them, in words.
    pub fn files(&self, here: &Path) -> Result<(Files, Files), String> {
        let here = here.canonicalize().map_err(|error| format!("`{}`: {error}", here.display()))?;
        let fail = |reason: String| format!("the index cannot be read from git: {reason}");
        let base = Revision::read(&here, Repository::OfHook, &self.base).map_err(fail)?;
        let changes: Vec<Put<'_>> = self.changes.iter().map(Change::put).collect();
        let index = base.with(&here, Repository::OfHook, &changes).map_err(fail)?;
        Ok((Files::of_revision(&here, index), Files::of_revision(&here, base)))
    }
}

impl Change {
    fn put(&self) -> Put<'_> {
        let [_, mode] = &self.modes;
        Put { path: &self.path, now: (mode != NOTHING).then_some((mode, &self.object)) }
    }

    /// Whether it is one of a regular file that is no part of a manifest by itself.
    fn is_harmless(&self) -> bool {
        let is_regular = |mode: &String| mode == NOTHING || mode.starts_with("100");
        let extension = Path::new(&self.path).extension().and_then(|extension| extension.to_str());
        self.modes.iter().all(is_regular)
            && extension.is_some_and(|extension| HARMLESS.binary_search(&extension).is_ok())
    }
}
