//! Which images read a value from a file: the `_FILE` convention, as a table. It knows only what their makers say.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::config::FileVariables;
use crate::graph::tables::table;
use crate::k8s::Image;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    images: Vec<String>,
    variables: Vec<String>,
    #[serde(default = "file")]
    suffix: String,
    source: String,
}

fn file() -> String {
    "_FILE".to_owned()
}

static TABLE: LazyLock<Vec<Entry>> =
    LazyLock::new(|| table(include_str!("../../../rules/tables/file-variables.yaml")));

/// A variable that names the file to read another's value from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVariable {
    /// `POSTGRES_PASSWORD_FILE`.
    pub name: String,
    /// Where the image's makers say so.
    pub source: &'static str,
    /// Whether the settings say so, and not the table that is built in: its images read files where they begin.
    pub is_of_settings: bool,
}

/// The variable by which an image takes `variable` from a file, if it is known to. `own` is what the settings know.
#[must_use]
pub fn file_variable(image: &str, variable: &str, own: &[FileVariables]) -> Option<FileVariable> {
    let repository = Image::parse(image).repository;
    let is_its = |entry: &&FileVariables| entry.images.iter().any(|end| ends_with(repository, end));
    if let Some(entry) = own.iter().find(is_its) {
        let takes = entry.variables.iter().any(|pattern| fits(variable, pattern));
        return (takes && !variable.ends_with(&entry.suffix)).then(|| FileVariable {
            name: format!("{variable}{}", entry.suffix),
            source: "`tables.fileVariables` of the settings",
            is_of_settings: true,
        });
    }
    let is_its = |entry: &&Entry| entry.images.iter().any(|end| ends_with(repository, end));
    let entry = TABLE.iter().find(is_its)?;
    let takes = entry.variables.iter().any(|pattern| fits(variable, pattern));
    (takes && !variable.ends_with(&entry.suffix)).then(|| FileVariable {
        name: format!("{variable}{}", entry.suffix),
        source: &entry.source,
        is_of_settings: false,
    })
}

fn ends_with(repository: &str, end: &str) -> bool {
    let mut parts = repository.rsplit('/');
    end.rsplit('/')
        .all(|wanted| parts.next().is_some_and(|part| !part.is_empty() && (wanted == "*" || wanted == part)))
}

/// `pattern` holds at most one `*`.
fn fits(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => {
            name.len() >= pattern.len() - 1 && name.starts_with(start) && name.ends_with(end)
        }
        None => name == pattern,
    }
}
