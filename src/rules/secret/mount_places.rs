//! Where a container finds the files of a Secret, and what mounts them there.

use super::mounts::Mounts;
use crate::finding::{Change, Operation};
use crate::graph::{Placed, Runner};
use crate::k8s::container::Container;
use crate::k8s::workload::Shape;
use crate::rules::emit::change;
use crate::yaml::Node;

/// Where a container finds the files of a Secret.
pub(super) struct Place {
    pub(super) directory: String,
    /// What mounts it there; nothing where it is mounted already.
    pub(super) changes: Vec<Change>,
    /// Whether the container has another mount in the way.
    pub(super) is_taken: bool,
}

impl Place {
    /// Where it is or can be mounted in a container.
    pub(super) fn of<'a>(
        runner: &Runner<'a>,
        mounts: &Mounts<'a>,
        (at, secret): (&Placed<'_>, &str),
        container: Container<'a>,
    ) -> Option<Self> {
        if runner.workload.shape != Shape::PodSpec {
            return None;
        }
        let volume = mounts.volumes.get(secret);
        if let Some(directory) = volume.and_then(|name| mounts.directory(container, name)) {
            return Some(Self { directory, changes: Vec::new(), is_taken: false });
        }
        let mut changes = Vec::new();
        let name = volume.map_or_else(|| mounts.free_name(secret), ToString::to_string);
        if volume.is_none() {
            let spec = runner.workload.spec.value;
            let item = format!("- name: {name}\n  secret: {{secretName: {secret}}}");
            changes.push(insert(at, spec, "volumes", &item)?);
        }
        let directory = format!("/run/secrets/{name}");
        let item = format!("- {{name: {name}, mountPath: {directory}, readOnly: true}}");
        changes.push(insert(at, container.node, "volumeMounts", &item)?);
        let is_taken = mounts.is_taken(container, &directory);
        Some(Self { directory, changes, is_taken })
    }
}

/// Adds an item to a list of a mapping, which may not have it yet.
fn insert(at: &Placed<'_>, mapping: Node<'_>, list: &str, item: &str) -> Option<Change> {
    if let Some(list) = mapping.get(list) {
        return change(at, list, Operation::Insert(item.to_owned()));
    }
    let indented: Vec<String> = item.lines().map(|line| format!("  {line}")).collect();
    change(at, mapping, Operation::Insert(format!("{list}:\n{}", indented.join("\n"))))
}
