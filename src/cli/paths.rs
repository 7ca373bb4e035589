//! Paths for machines: from the root of the repository, wherever a run starts. GitHub finds files by these alone.

use std::path::{Component, Path, PathBuf};

use crate::finding::{Edit, Fix, Report};
use crate::load::shown;
use crate::source::SourceMap;

/// The way from the root of the repository to the working directory.
pub(super) struct Paths {
    root: PathBuf,
    here: PathBuf,
}

impl Paths {
    /// `workspace` is what `GITHUB_WORKSPACE` says; where that is not above the working directory, the folder that holds
    /// `.git` is the root. None where there is none, or it is the working directory itself.
    pub(super) fn of(here: &Path, workspace: Option<&Path>) -> Option<Self> {
        let root = Self::root(here, workspace)?;
        let here = here.canonicalize().ok()?;
        (root != here).then_some(Self { root, here })
    }

    /// The root that machines see paths from, links resolved.
    pub(super) fn root(here: &Path, workspace: Option<&Path>) -> Option<PathBuf> {
        let here = here.canonicalize().ok()?;
        let workspace = workspace.and_then(|path| path.canonicalize().ok());
        let given = workspace.filter(|root| here.starts_with(root) && root.parent().is_some());
        given.or_else(|| here.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf))
    }

    /// A path from the root; one that leads out of it stays as it is.
    fn below_root(&self, path: &str) -> String {
        let mut whole = PathBuf::new();
        for part in self.here.join(path).components() {
            match part {
                Component::ParentDir => _ = whole.pop(),
                part => whole.push(part),
            }
        }
        match whole.strip_prefix(&self.root) {
            _ if path == "-" => path.to_owned(),
            Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
            Ok(below) => shown(below, None),
            Err(_) => path.to_owned(),
        }
    }

    /// An example that begins with a path, with the path from the root.
    fn example_below_root(&self, example: &str) -> String {
        let end = example.find(": ").unwrap_or(example.len());
        let (path, rest) = example.split_at(end);
        if self.here.join(path).exists() { self.below_root(path) + rest } else { example.to_owned() }
    }

    /// A report and its files with paths from the root.
    pub(super) fn moved(&self, report: &Report, sources: &SourceMap) -> (Report, SourceMap) {
        let mut report = report.clone();
        for file in report.errors.iter_mut().filter_map(|error| error.file.as_mut()) {
            *file = self.below_root(file);
        }
        for unjudged in &mut report.summary.unjudged {
            unjudged.example = self.example_below_root(&unjudged.example);
        }
        for rendered in report.findings.iter_mut().filter_map(|finding| finding.rendered.as_mut()) {
            rendered.roots.iter_mut().for_each(|root| *root = self.below_root(root));
            rendered.roots.sort();
        }
        for edit in report.findings.iter_mut().flat_map(|finding| &mut finding.fixes).flat_map(Fix::edits_mut)
        {
            if let Edit::NewFile { path, .. } = edit {
                *path = self.below_root(path);
            }
        }
        (report, sources.with_paths(|path| self.below_root(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_start_at_the_root() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().canonicalize().expect("a path");
        let here = top.join("a/b");
        std::fs::create_dir_all(&here).expect("folders");
        std::fs::create_dir(top.join(".git")).expect("a folder");
        let paths = |workspace: Option<&Path>| Paths::of(&here, workspace);
        let own = paths(None).expect("a repository");
        for (path, expected) in [
            ("c.yaml", "a/b/c.yaml"),
            ("../c.yaml", "a/c.yaml"),
            ("../../../c.yaml", "../../../c.yaml"),
            ("-", "-"),
            (".", "a/b"),
        ] {
            assert_eq!(own.below_root(path), expected);
        }
        std::fs::write(here.join("c.yaml"), "").expect("a file");
        for (example, expected) in [
            ("c.yaml", "a/b/c.yaml"),
            ("c.yaml: names `d`", "a/b/c.yaml: names `d`"),
            ("git.example: names `d`", "git.example: names `d`"),
        ] {
            assert_eq!(own.example_below_root(example), expected);
        }
        assert_eq!(own.below_root(&top.join("d.yaml").to_string_lossy()), "d.yaml");
        assert_eq!(paths(Some(&top.join("a"))).expect("a workspace").below_root("c.yaml"), "b/c.yaml");
        assert!(paths(Some(&here)).is_none() && Paths::of(&top, None).is_none());
    }
}
