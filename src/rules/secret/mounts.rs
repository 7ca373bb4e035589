//! Where a pod mounts its Secrets.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::graph::Runner;
use crate::yaml::Node;

/// The volumes of a pod that hold Secrets, and where they are mounted: read once for all its variables.
pub(super) struct Mounts<'a> {
    /// The first volume of each Secret.
    pub(super) volumes: HashMap<Cow<'a, str>, Node<'a>>,
    /// Where containers mount volumes first, by the place of the container and the name of the volume.
    pub(super) directories: HashMap<(u32, Cow<'a, str>), Cow<'a, str>>,
}

impl<'a> Mounts<'a> {
    pub(super) fn of(runner: &Runner<'a>) -> Self {
        let mut mounts = Self { volumes: HashMap::new(), directories: HashMap::new() };
        for volume in runner.workload.volumes() {
            if let Some(secret) = volume.at(&["secret", "secretName"]).and_then(Node::text) {
                mounts.volumes.entry(secret).or_insert(volume);
            }
        }
        for container in &runner.workload.containers {
            let at = container.node.span().start;
            for (directory, volume) in container.mounts() {
                mounts.directories.entry((at, volume)).or_insert(directory);
            }
        }
        mounts
    }
}
