//! What a git generator finds in a repository: all that git tracks, manifests or not.

use std::collections::BTreeSet;

use globset::GlobMatcher;

use super::finder::TOO_MANY_FILES;
use super::generators::{Expansion, Unknown};
use super::go_template::Parameters;
use super::root::Reason;
use crate::yaml::{Node, to_json};

/// How many files of a repository are looked at.
const MOST_FILES: usize = 200_000;

impl Expansion<'_, '_> {
    /// What fits below the repository, else below the outermost folder around the file in which anything does: the folder,
    /// and the paths in it.
    pub(super) fn matching(
        &mut self,
        git: Node<'_>,
        address: &str,
        is_files: bool,
        wanted: &[GlobMatcher],
    ) -> Result<(String, Vec<String>), Unknown> {
        let tops = self.own.tops(self.file, address);
        let around = self.file.match_indices('/').map(|(slash, _)| &self.file[..slash]);
        let repository = self.finder.index.tree.repository(self.file);
        let near = around.filter(|folder| *folder != repository).take(8);
        for root in tops.into_iter().chain(std::iter::once(repository)).chain(near) {
            let tracked = self.finder.index.tree.tracked(root, MOST_FILES);
            let Some(tracked) = tracked.filter(|tracked| self.finder.spend(tracked.len())) else {
                return Err((Reason::TooLarge, git.span(), TOO_MANY_FILES.to_owned()));
            };
            let inside = tracked.iter().filter_map(|path| match root {
                "" => Some(path.as_str()),
                _ => path.get(root.len()..)?.strip_prefix('/'),
            });
            let fits = |path: &&str| wanted.iter().any(|glob| glob.is_match(path));
            let found: BTreeSet<&str> = if is_files {
                inside.filter(fits).collect()
            } else {
                let folders = inside.flat_map(|path| path.match_indices('/').map(move |(at, _)| &path[..at]));
                // Argo CD walks into no hidden folder (`reposerver/repository`, `GetGitDirectories`).
                let is_hidden = |path: &str| path.split('/').any(|name| name.starts_with('.'));
                let folders: BTreeSet<&str> = folders.collect();
                folders.into_iter().filter(fits).filter(|path| !is_hidden(path)).collect()
            };
            if !found.is_empty() {
                return Ok((root.to_owned(), found.into_iter().map(str::to_owned).collect()));
            }
        }
        Ok((String::new(), Vec::new()))
    }

    /// What a file says: of several documents the first, of a list each item by itself. Where nobody has read it yet, it
    /// is asked for.
    pub(super) fn contents(&mut self, path: &str) -> Vec<Parameters> {
        let file = self.finder.index.id(path);
        if file.is_none() && !self.finder.is_unreadable(path) {
            self.finder.wanted_files.insert(path.to_owned());
        }
        let root = file.and_then(|file| self.finder.docs_of(file).first()?.root());
        match root {
            Some(root) if root.is_seq() => root.items().map(|item| self.parameters(to_json(item))).collect(),
            Some(root) => vec![self.parameters(to_json(root))],
            None => vec![Parameters::new()],
        }
    }
}
