//! The remedy that rules about variables share: a Secret that is mounted, and a variable that names the file.

use super::mounts::Mounts;
use crate::config::FileVariables;
use crate::finding::{Applicability, Change, Operation};
use crate::graph::credential::file_variables::file_variable;
use crate::graph::{Placed, Runner};
use crate::k8s::container::{Container, EnvVar};
use crate::k8s::workload::Shape;
use crate::rules::Draft;
use crate::rules::emit::change;
use crate::yaml::{Node, plain};

/// A key of a Secret that a container shall read as a file.
pub(super) struct Mounted<'m, 'a> {
    pub(super) runner: &'m Runner<'a>,
    pub(super) mounts: &'m Mounts<'a>,
    pub(super) container: Container<'a>,
    /// The workload's object.
    pub(super) at: &'m Placed<'a>,
    /// Name of the Secret.
    pub(super) secret: &'m str,
    /// Images that read files, by the settings.
    pub(super) own: &'m [FileVariables],
}

impl<'a> Mounted<'_, 'a> {
    /// Proposes to replace variables, each with its key, where volumes are the pod's. It can be applied where the Secret
    /// is `there`, and the image is known to read files in the place of all of them.
    pub(super) fn propose(&self, variables: &[(EnvVar<'a>, String)], there: bool, draft: &mut Draft) {
        let reads_file = |(variable, _): &(EnvVar<'_>, String)| {
            file_variable(&self.container.image(), &variable.name(), self.own).is_some()
        };
        let is_known = there && variables.iter().all(reads_file);
        let applicability = if is_known { Applicability::Unsafe } else { Applicability::Suggest };
        if let Some((title, changes)) = self.instead_of(variables) {
            draft.fix(applicability, title, changes);
        }
    }

    /// The title and the changes.
    fn instead_of(&self, variables: &[(EnvVar<'a>, String)]) -> Option<(String, Vec<Change>)> {
        let (directory, mut changes) = self.mount()?;
        let mut titles = Vec::new();
        for (variable, key) in variables {
            titles.push(self.replace(*variable, &format!("{directory}/{key}"), &mut changes)?);
        }
        let title = match titles.len() {
            0 => return None,
            1 => titles.remove(0),
            _ => format!("mount it, and let the program read the files in `{directory}`"),
        };
        Some((title, changes))
    }

    /// Replaces a variable by a file, and says so.
    fn replace(&self, variable: EnvVar<'a>, file: &str, changes: &mut Vec<Change>) -> Option<String> {
        let (item, at) = (variable.node, self.at);
        Some(if let Some(known) = file_variable(&self.container.image(), &variable.name(), self.own) {
            let entry = format!("name: {}\nvalue: {file}", plain(&known.name));
            changes.push(change(at, item, Operation::Set(entry))?);
            format!("mount it, and let `{}` name the file", known.name)
        } else {
            changes.push(change(at, item, Operation::Remove)?);
            format!("mount it, and let the program read `{file}`")
        })
    }

    /// Where it is mounted, and the changes that mount it where it is not mounted yet.
    fn mount(&self) -> Option<(String, Vec<Change>)> {
        if self.runner.workload.shape != Shape::PodSpec {
            return None;
        }
        let volume = self.mounts.volumes.get(self.secret);
        let name = volume.and_then(|volume| volume.get("name")?.text());
        if let Some(name) = &name {
            let mounted = self.mounts.directories.get(&(self.container.node.span().start, name.clone()));
            if let Some(directory) = mounted {
                return Some((directory.trim_end_matches('/').to_owned(), Vec::new()));
            }
        }
        let mut changes = Vec::new();
        let fresh = volume_name(self.secret);
        let name = name.as_deref().unwrap_or(&fresh);
        if volume.is_none() {
            let spec = self.runner.workload.spec.value;
            let item = format!("- name: {name}\n  secret: {{secretName: {}}}", self.secret);
            changes.push(insert(self.at, spec, "volumes", &item)?);
        }
        let directory = format!("/run/secrets/{name}");
        let item = format!("- {{name: {name}, mountPath: {directory}, readOnly: true}}");
        changes.push(insert(self.at, self.container.node, "volumeMounts", &item)?);
        Some((directory, changes))
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
