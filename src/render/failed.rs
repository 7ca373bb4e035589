//! Renderings that failed: what they are made of is rendered by itself as well, so that a flaw of it stays a finding.

use std::collections::BTreeSet;

use super::job::{Job, can_render};
use super::roots::{How, Root};

/// Renderings that failed: the root, and who deploys it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failed(BTreeSet<(usize, Option<(usize, usize)>)>);

impl Failed {
    /// Those of some jobs.
    pub(super) fn of<'j>(jobs: impl Iterator<Item = &'j Job>) -> Self {
        Self(jobs.map(|job| (job.root, job.deployer)).collect())
    }

    /// Whether a rendering of a root is among them.
    pub(super) fn is_of(&self, root: usize) -> bool {
        self.0.range((root, None)..).next().is_some_and(|(first, _)| *first == root)
    }

    /// Whether a kustomization is left to itself by who deploys it or builds on it.
    pub(super) fn leaves(&self, roots: &[Root], root: usize) -> bool {
        let is_deployed =
            self.0.range((root, Some((0, 0)))..).next().is_some_and(|(first, _)| *first == root);
        let mut builders = roots[root].users.iter().filter(|user| user.how == How::Builds);
        is_deployed
            || builders.any(|user| {
                let builder = &roots[user.root];
                builder.kind.is_folder() && (!can_render(builder) || self.is_of(user.root))
            })
    }
}
