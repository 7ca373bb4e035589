//! Which images read a value from a file: the `_FILE` convention, as a table. It knows only what their makers say.

use std::sync::OnceLock;

use serde::Deserialize;

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

fn table() -> &'static [Entry] {
    static TABLE: OnceLock<Vec<Entry>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let text = include_str!("../../../rules/tables/file-variables.yaml");
        serde_yaml::from_str(text).expect("the table is checked by a test")
    })
}

/// A variable that names the file to read another's value from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVariable {
    /// `POSTGRES_PASSWORD_FILE`.
    pub name: String,
    /// Where the image's makers say so.
    pub source: &'static str,
}

/// The variable by which an image takes `variable` from a file, if it is known to.
#[must_use]
pub fn file_variable(image: &str, variable: &str) -> Option<FileVariable> {
    let repository = Image::parse(image).repository;
    let is_its = |entry: &&Entry| entry.images.iter().any(|end| ends_with(repository, end));
    let entry = table().iter().find(is_its)?;
    let takes = entry.variables.iter().any(|pattern| fits(variable, pattern));
    (takes && !variable.ends_with(&entry.suffix))
        .then(|| FileVariable { name: format!("{variable}{}", entry.suffix), source: &entry.source })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_where_it_is_written() {
        for entry in table() {
            let of = &entry.images;
            assert!(entry.source.starts_with("https://"), "{of:?}");
            assert!(entry.variables.iter().all(|name| name.matches('*').count() <= 1), "{of:?}");
        }
    }

    #[test]
    fn images_are_known_by_the_end_of_their_repository() {
        for (image, variable, name) in [
            ("postgres", "POSTGRES_PASSWORD", Some("POSTGRES_PASSWORD_FILE")),
            ("docker.io/library/postgres:17@sha256:00", "POSTGRES_USER", Some("POSTGRES_USER_FILE")),
            ("registry:5000/postgres", "POSTGRES_DB", Some("POSTGRES_DB_FILE")),
            ("postgres", "PGPASSWORD", None),
            ("acme/mypostgres", "POSTGRES_PASSWORD", None),
            (
                "public.ecr.aws/bitnami/mariadb:11",
                "MARIADB_ROOT_PASSWORD",
                Some("MARIADB_ROOT_PASSWORD_FILE"),
            ),
            ("grafana/grafana:12", "GF_SECURITY_ADMIN_PASSWORD", Some("GF_SECURITY_ADMIN_PASSWORD__FILE")),
            ("grafana/grafana", "GF_SECURITY_ADMIN_PASSWORD__FILE", None),
            ("", "POSTGRES_PASSWORD", None),
        ] {
            let found = file_variable(image, variable).map(|found| found.name);
            assert_eq!(found.as_deref(), name, "{image} {variable}");
        }
    }
}
