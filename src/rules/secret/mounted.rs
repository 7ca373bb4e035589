//! The remedy that rules about variables share: a Secret that is mounted, and a variable that names the file.

use crate::finding::Operation;
use crate::graph::Runner;
use crate::graph::credential::file_variables::file_variable;
use crate::k8s::container::Container;
use crate::k8s::workload::Shape;
use crate::yaml::Node;

/// A key of a Secret that a container shall read as a file.
pub(super) struct Mounted<'m, 'a> {
    pub(super) runner: &'m Runner<'a>,
    pub(super) container: Container<'a>,
    /// The workload's object.
    pub(super) root: Node<'a>,
    /// Name of the Secret.
    pub(super) secret: &'m str,
    /// The key in it.
    pub(super) key: &'m str,
}

/// Changes as [`Draft::suggest`](crate::rules::Draft::suggest) takes them.
type Changes = Vec<(String, Operation)>;

impl Mounted<'_, '_> {
    /// Replaces the variable whose item stands at path `item`. `None` where volumes are not the pod's.
    pub(super) fn instead_of(&self, variable: &str, item: &str) -> Option<(String, Changes)> {
        let (file, mut changes) = self.mount()?;
        let title = if let Some(known) = file_variable(&self.container.image(), variable) {
            let old =
                ["valueFrom", "value"].into_iter().find(|key| item_has(self.container, variable, key))?;
            changes.push((format!("{item}/name"), Operation::Set(known.name.clone())));
            changes.push((format!("{item}/{old}"), Operation::Remove));
            changes.push((item.to_owned(), Operation::Insert(format!("value: {file}"))));
            format!("mount it, and let `{}` name the file", known.name)
        } else {
            changes.push((item.to_owned(), Operation::Remove));
            format!("mount it, and let the program read `{file}`")
        };
        Some((title, changes))
    }

    /// The path of the mounted file, and the changes that mount it where it is not mounted yet.
    pub(super) fn mount(&self) -> Option<(String, Changes)> {
        if self.runner.workload.shape != Shape::PodSpec {
            return None;
        }
        let is_its = |volume: &Node<'_>| {
            let name = volume.at(&["secret", "secretName"]).and_then(Node::text);
            name.as_deref() == Some(self.secret)
        };
        let volume = self.runner.workload.volumes().find(is_its);
        let name = volume.and_then(|volume| volume.get("name")?.text());
        if let Some(name) = &name {
            let mounted = self.container.mounts().find(|(_, volume)| volume == name);
            if let Some((directory, _)) = mounted {
                return Some((format!("{}/{}", directory.trim_end_matches('/'), self.key), Vec::new()));
            }
        }
        let mut changes = Vec::new();
        let fresh = volume_name(self.secret);
        let name = name.as_deref().unwrap_or(&fresh);
        if volume.is_none() {
            let spec = self.runner.workload.spec.value;
            let item = format!("- name: {name}\n  secret: {{secretName: {}}}", self.secret);
            changes.push(insert(self.root, spec, "volumes", &item)?);
        }
        let directory = format!("/run/secrets/{name}");
        let item = format!("- {{name: {name}, mountPath: {directory}, readOnly: true}}");
        changes.push(insert(self.root, self.container.node, "volumeMounts", &item)?);
        Some((format!("{directory}/{}", self.key), changes))
    }
}

/// Adds an item to a list of a mapping, which may not have it yet.
fn insert(root: Node<'_>, mapping: Node<'_>, list: &str, item: &str) -> Option<(String, Operation)> {
    if let Some(path) = mapping.get(list).and_then(|list| list.path_from(root)) {
        return Some((path, Operation::Insert(item.to_owned())));
    }
    let path = mapping.path_from(root)?;
    let indented: Vec<String> = item.lines().map(|line| format!("  {line}")).collect();
    Some((path, Operation::Insert(format!("{list}:\n{}", indented.join("\n")))))
}

fn item_has(container: Container<'_>, variable: &str, key: &str) -> bool {
    container.env().any(|item| item.name() == variable && item.node.get(key).is_some())
}

/// A volume's name is an RFC 1123 label; a Secret's may be longer and hold dots.
fn volume_name(secret: &str) -> String {
    let mut name: String = secret
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .take(63)
        .collect();
    name.truncate(name.trim_end_matches('-').len());
    name
}
