//! The remedy that rules about variables share: a Secret that is mounted, and a variable that names the file.

use super::hindrances::hindrance;
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

/// Where a container finds the files of a Secret.
struct Place {
    directory: String,
    /// What mounts it there; nothing where it is mounted already.
    changes: Vec<Change>,
    /// Whether the container has another mount in the way.
    is_taken: bool,
}

impl<'a> Mounted<'_, 'a> {
    /// Proposes to replace variables, each with its key, where volumes are the pod's. It can be applied where the Secret
    /// is `there`, and the image is known to read files in the place of all of them.
    pub(super) fn propose(&self, variables: &[(EnvVar<'a>, String)], there: bool, draft: &mut Draft) {
        let file_of = |(variable, _): &(EnvVar<'a>, String)| {
            Some((*variable, file_variable(&self.container.image(), &variable.name(), self.own)?))
        };
        let files = variables.iter().map(file_of).collect::<Option<Vec<_>>>().filter(|_| there);
        let is_known = files.is_some();
        let applicability = if is_known { Applicability::Unsafe } else { Applicability::Suggest };
        let Some(place) = self.place().filter(|_| !variables.is_empty()) else { return };
        let taken = place
            .is_taken
            .then(|| format!("The container has a mount at `{}`, around it or below it.", place.directory));
        let Some((title, changes)) = self.instead_of(variables, place) else { return };
        draft.fix(applicability, title, changes);
        if let Some(why) = files.and_then(|files| taken.or_else(|| hindrance(self.container, &files))) {
            draft.without_edit(why);
        }
    }

    /// The title and the changes.
    fn instead_of(&self, variables: &[(EnvVar<'a>, String)], place: Place) -> Option<(String, Vec<Change>)> {
        let Place { directory, mut changes, is_taken } = place;
        if is_taken {
            let title = "mount it at a free path, and let the program read it there";
            return Some((title.to_owned(), Vec::new()));
        }
        let replace = |(variable, key): &(EnvVar<'a>, String)| {
            self.replace(*variable, &format!("{directory}/{key}"), &mut changes)
        };
        let mut titles = variables.iter().map(replace).collect::<Option<Vec<_>>>()?;
        let title = match titles.len() {
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

    /// Where it is or can be mounted.
    fn place(&self) -> Option<Place> {
        if self.runner.workload.shape != Shape::PodSpec {
            return None;
        }
        let volume = self.mounts.volumes.get(self.secret);
        if let Some(directory) = volume.and_then(|name| self.mounts.directory(self.container, name)) {
            return Some(Place { directory, changes: Vec::new(), is_taken: false });
        }
        let mut changes = Vec::new();
        let name = volume.map_or_else(|| self.mounts.free_name(self.secret), ToString::to_string);
        if volume.is_none() {
            let spec = self.runner.workload.spec.value;
            let item = format!("- name: {name}\n  secret: {{secretName: {}}}", self.secret);
            changes.push(insert(self.at, spec, "volumes", &item)?);
        }
        let directory = format!("/run/secrets/{name}");
        let item = format!("- {{name: {name}, mountPath: {directory}, readOnly: true}}");
        changes.push(insert(self.at, self.container.node, "volumeMounts", &item)?);
        let is_taken = self.mounts.is_taken(self.container, &directory);
        Some(Place { directory, changes, is_taken })
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
