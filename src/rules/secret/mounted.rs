//! The remedy that rules about variables share: a Secret that is mounted, and a variable that names the file.

use super::hindrances::hindrance;
use super::mount_places::Place;
use super::mounts::Mounts;
use crate::config::FileVariables;
use crate::finding::{Applicability, Change, Operation};
use crate::graph::credential::file_variables::file_variable;
use crate::graph::{Placed, Runner};
use crate::k8s::container::{Container, EnvVar};
use crate::rules::Draft;
use crate::rules::emit::change;
use crate::yaml::plain;

/// A Secret whose keys containers shall read as files.
pub(super) struct Mounted<'m, 'a> {
    pub(super) runner: &'m Runner<'a>,
    pub(super) mounts: &'m Mounts<'a>,
    /// The workload's object.
    pub(super) at: &'m Placed<'a>,
    /// Name of the Secret.
    pub(super) secret: &'m str,
    /// Images that read files, by the settings.
    pub(super) own: &'m [FileVariables],
}

/// A container, and its variables that the Secret gives, each with its key.
pub(super) type Part<'a> = (Container<'a>, Vec<(EnvVar<'a>, String)>);

impl<'a> Mounted<'_, 'a> {
    /// Proposes to replace variables, where volumes are the pod's. It can be applied where the Secret is `there`, and the
    /// images are known to read files in the place of all of them.
    pub(super) fn propose(&self, parts: &[Part<'a>], there: bool, draft: &mut Draft) {
        let file_of = |(container, variables): &Part<'a>| {
            let image = container.image();
            let file = |(variable, _): &(EnvVar<'a>, String)| {
                Some((*variable, file_variable(&image, &variable.name(), self.own)?))
            };
            Some((*container, variables.iter().map(file).collect::<Option<Vec<_>>>()?))
        };
        let files = parts.iter().map(file_of).collect::<Option<Vec<_>>>().filter(|_| there);
        let is_known = files.is_some();
        let applicability = if is_known { Applicability::Unsafe } else { Applicability::Suggest };
        let place = |part: &Part<'a>| Place::of(self.runner, self.mounts, (self.at, self.secret), part.0);
        let places = parts.iter().map(place).collect::<Option<Vec<_>>>();
        let Some(places) = places.filter(|_| parts.iter().any(|(_, variables)| !variables.is_empty())) else {
            return;
        };
        let taken = places.iter().find(|place| place.is_taken);
        let taken = taken.map(|place| {
            format!("The container has a mount at `{}`, around it or below it.", place.directory)
        });
        let Some((title, changes)) = self.instead_of(parts, places) else { return };
        draft.fix(applicability, title, changes);
        let hindered = |(container, files): &(Container<'a>, Vec<_>)| hindrance(*container, files);
        if let Some(why) = files.and_then(|files| taken.or_else(|| files.iter().find_map(hindered))) {
            draft.without_edit(why);
        }
    }

    /// The title and the changes.
    fn instead_of(&self, parts: &[Part<'a>], places: Vec<Place>) -> Option<(String, Vec<Change>)> {
        if places.iter().any(|place| place.is_taken) {
            let title = "mount it at a free path, and let the program read it there";
            return Some((title.to_owned(), Vec::new()));
        }
        let (mut titles, mut changes, mut directory) = (Vec::new(), Vec::new(), String::new());
        for ((container, variables), place) in parts.iter().zip(places) {
            // The volume is the same for all.
            changes.extend(
                place.changes.into_iter().filter(|change| !changes.contains(change)).collect::<Vec<_>>(),
            );
            for (variable, key) in variables {
                let file = format!("{}/{key}", place.directory);
                titles.push(self.replace(*container, *variable, &file, &mut changes)?);
            }
            directory = place.directory;
        }
        titles.dedup();
        let title = match titles.len() {
            1 => titles.remove(0),
            _ => format!("mount it, and let the program read the files in `{directory}`"),
        };
        Some((title, changes))
    }

    /// Replaces a variable by a file, and says so.
    fn replace(
        &self,
        container: Container<'a>,
        variable: EnvVar<'a>,
        file: &str,
        changes: &mut Vec<Change>,
    ) -> Option<String> {
        let (item, at) = (variable.node, self.at);
        Some(if let Some(known) = file_variable(&container.image(), &variable.name(), self.own) {
            let entry = format!("name: {}\nvalue: {file}", plain(&known.name));
            changes.push(change(at, item, Operation::Set(entry))?);
            format!("mount it, and let `{}` name the file", known.name)
        } else {
            changes.push(change(at, item, Operation::Remove)?);
            format!("mount it, and let the program read `{file}`")
        })
    }
}
