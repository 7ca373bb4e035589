//! Where a pod mounts its Secrets, and which names and paths are taken.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::graph::Runner;
use crate::k8s::container::Container;
use crate::yaml::Node;

/// A volume's name is an RFC 1123 label, which has at most so many letters.
const LONGEST: usize = 63;

/// The volumes of a pod that hold Secrets, and where they are mounted: read once for all its variables.
#[derive(Default)]
pub(super) struct Mounts<'a> {
    /// The name of the first volume that holds all keys of a Secret, by the Secret.
    pub(super) volumes: HashMap<Cow<'a, str>, Cow<'a, str>>,
    /// Where containers mount whole volumes first, by the place of the container and the name of the volume.
    directories: HashMap<(u32, Cow<'a, str>), Cow<'a, str>>,
    /// The names of all volumes, with those that mounts name: a StatefulSet makes volumes from its claims.
    names: HashSet<Cow<'a, str>>,
    /// All paths that a container mounts something at, by its place.
    paths: HashMap<u32, Vec<Cow<'a, str>>>,
}

impl<'a> Mounts<'a> {
    pub(super) fn of(runner: &Runner<'a>) -> Self {
        let mut mounts = Self::default();
        let text = |node: Node<'a>, key: &str| node.get(key).and_then(Node::text);
        for volume in runner.workload.volumes() {
            let Some(name) = text(volume, "name") else { continue };
            let secret = volume.get("secret");
            // A volume that lists its items has other files than the Secret has keys.
            let lists = secret.and_then(|secret| secret.get("items")?.items().next()).is_some();
            if let Some(secret) = secret.and_then(|secret| text(secret, "secretName")).filter(|_| !lists) {
                mounts.volumes.entry(secret).or_insert_with(|| name.clone());
            }
            mounts.names.insert(name);
        }
        for container in &runner.workload.containers {
            let at = container.node.span().start;
            for mount in container.node.get("volumeMounts").into_iter().flat_map(Node::items) {
                let Some((directory, volume)) = text(mount, "mountPath").zip(text(mount, "name")) else {
                    continue;
                };
                mounts.names.insert(volume.clone());
                mounts.paths.entry(at).or_default().push(directory.clone());
                if ["subPath", "subPathExpr"].iter().all(|key| mount.get(key).is_none()) {
                    mounts.directories.entry((at, volume)).or_insert(directory);
                }
            }
        }
        mounts
    }

    /// Where a container mounts all of a volume, without a slash at the end.
    pub(super) fn directory(&self, container: Container<'a>, volume: &str) -> Option<String> {
        let directory =
            self.directories.get(&(container.node.span().start, Cow::Owned(volume.to_owned())))?;
        Some(directory.trim_end_matches('/').to_owned())
    }

    /// A name for the volume of a Secret that no other volume of the pod has.
    pub(super) fn free_name(&self, secret: &str) -> String {
        let further = (2..).map(|number| format!("-secret-{number}"));
        let mut ends = [String::new(), "-secret".to_owned()].into_iter().chain(further);
        loop {
            let end = ends.next().unwrap_or_default();
            let name = volume_name(secret, LONGEST - end.len()) + &end;
            if !self.names.contains(name.as_str()) {
                return name;
            }
        }
    }

    /// Whether a container mounts something at a path, around it or below it.
    pub(super) fn is_taken(&self, container: Container<'_>, directory: &str) -> bool {
        let wanted = parts(directory);
        let mut paths = self.paths.get(&container.node.span().start).into_iter().flatten();
        paths.any(|path| parts(path).iter().zip(&wanted).all(|(one, other)| one == other))
    }
}

/// The names in a path. `/var/run` is a link to `/run` (Filesystem Hierarchy Standard 3.0, 5.13).
fn parts(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.starts_with(&["var", "run"]) {
        parts.remove(0);
    }
    parts
}

/// A Secret's name may be longer than that of a volume, and hold dots.
fn volume_name(secret: &str, longest: usize) -> String {
    let mut name: String = secret
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .take(longest)
        .collect();
    name.truncate(name.trim_end_matches('-').len());
    name
}
