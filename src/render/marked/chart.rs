//! A chart as it will be copied: its files, the charts inside it, and the names that Helm gives their templates.
//!
//! Helm names a template by the names of the charts around it, not by their folders (`ChartFullPath` in
//! `pkg/chart/chart.go`), and a dependency that has an `alias` carries that as its name, once for each alias
//! (`processDependencyEnabled` in `pkg/chartutil/dependencies.go`).

use std::collections::BTreeMap;

use crate::render::FileIndex;
use crate::render::paths::folder_of;
use crate::source::{FileId, Span};
use crate::yaml::{Document, Node, documents};

/// More names than this are a trick of nested aliases.
const MOST_NAMES: usize = 2000;

/// An archive of a dependency, unpacked in memory.
#[derive(Clone, Debug)]
pub struct Archive {
    /// Where it stands, below the chart: `charts/redis-17.0.1.tgz`.
    pub path: String,
    /// Its files, `redis/Chart.yaml` and so on; archives inside it are unpacked already ([`super::unpack()`]).
    pub files: Vec<(String, Vec<u8>)>,
}

impl Archive {
    /// The folder, below the chart, that its files are written to in the copy, in the archive's stead.
    #[must_use]
    pub fn folder(&self) -> &str {
        folder_of(&self.path)
    }
}

/// Where a file of a chart is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'s> {
    /// A file of the run, with its documents.
    File(FileId, &'s [Document]),
    /// In an archive, which nobody edits.
    Packed(&'s str),
}

/// A file of a chart, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChartFile<'s> {
    pub(super) text: &'s str,
    pub(super) place: Place<'s>,
}

impl ChartFile<'_> {
    /// Its document, as a file of values or of a chart has one.
    pub(super) fn document(&self) -> Option<Document> {
        match self.place {
            Place::File(_, documents) => only(documents),
            Place::Packed(_) => only(&documents(FileId::default(), &self.text.into())),
        }
    }
}

/// The document of a text that should hold one: the first with a value.
pub(super) fn only(documents: &[Document]) -> Option<Document> {
    let first = documents.iter().find(|document| document.doc().root().is_some());
    first.or(documents.first()).cloned()
}

/// A chart in the chart, or the chart itself.
#[derive(Debug, Default)]
pub(super) struct Part {
    name: String,
    name_at: Option<Span>,
    /// `type: library`: it has helpers only.
    pub(super) is_library: bool,
    dependencies: Vec<Dependency>,
    /// Its full names: `parent/charts/alias`.
    pub(super) names: Vec<String>,
}

#[derive(Debug)]
struct Dependency {
    name: String,
    alias: Option<String>,
    /// The paths of values, of which the first that is set switches it on.
    condition: String,
    /// The tags of which one that is true switches it on, where no condition is set.
    tags: Vec<String>,
    at: Option<Span>,
}

/// A chart as it will be copied.
#[derive(Debug)]
pub struct Chart<'s> {
    /// By the path below the chart's folder.
    pub(super) files: BTreeMap<String, ChartFile<'s>>,
    /// By the folder below the chart's; the chart itself is empty.
    pub(super) parts: BTreeMap<String, Part>,
    /// Path of the template that has a full name.
    templates: BTreeMap<String, String>,
}

impl<'s> Chart<'s> {
    /// The chart in a folder, with the archives in its `charts/`.
    #[must_use]
    pub fn new(folder: &str, index: &FileIndex<'s>, archives: &'s [Archive]) -> Self {
        let skipped = if folder.is_empty() { 0 } else { folder.len() + 1 };
        Self::of(index.below(folder).map(|(path, _)| (&path[skipped..], path)), index, archives)
    }

    /// The chart that is made of these files: paths below its folder, and where they stand.
    #[must_use]
    pub fn of<'p>(
        parts: impl Iterator<Item = (&'p str, &'p str)>,
        index: &FileIndex<'s>,
        archives: &'s [Archive],
    ) -> Self {
        let mut files = BTreeMap::new();
        for (below, path) in parts {
            if let Some((id, text)) = index.text(path) {
                let place = Place::File(id, index.documents(id));
                files.insert(below.to_owned(), ChartFile { text, place });
            }
        }
        for archive in archives {
            for (name, bytes) in &archive.files {
                let Ok(text) = std::str::from_utf8(bytes) else { continue };
                let place = Place::Packed(archive.path.as_str());
                files.entry(format!("{}/{name}", archive.folder())).or_insert(ChartFile { text, place });
            }
        }
        let mut chart = Self { files, parts: BTreeMap::new(), templates: BTreeMap::new() };
        chart.find_parts();
        for path in chart.files.keys() {
            for name in chart.full_names(path) {
                chart.templates.insert(name, path.clone());
            }
        }
        chart
    }

    fn find_parts(&mut self) {
        let folders = self.files.keys().filter_map(|path| path.strip_suffix("Chart.yaml"));
        let folders = folders.map(|folder| folder.trim_end_matches('/').to_owned());
        let mut folders: Vec<String> = folders.filter(|folder| is_part(folder)).collect();
        // Parents first.
        folders.sort_by_key(|folder| folder.matches('/').count());
        if folders.first().is_none_or(|first| !first.is_empty()) {
            folders.insert(0, String::new());
        }
        let mut count = 0;
        for folder in folders {
            let mut part = self.read_part(&folder);
            if let Some((above, own)) = parent(&folder) {
                let around = self.parts.get(above);
                let listed = around.iter().flat_map(|above| &above.dependencies);
                let listed = listed.filter(|dependency| dependency.name == part.name);
                let mut own_names: Vec<&str> =
                    listed.map(|found| found.alias.as_deref().unwrap_or(&found.name)).collect();
                if own_names.is_empty() {
                    own_names.push(if part.name.is_empty() { own } else { &part.name });
                }
                own_names.sort_unstable();
                own_names.dedup();
                let above = around.map_or(&[][..], |above| &above.names);
                let names = above
                    .iter()
                    .flat_map(|above| own_names.iter().map(move |own| format!("{above}/charts/{own}")));
                part.names = names.take(MOST_NAMES.saturating_sub(count)).collect();
            } else {
                part.names = vec![part.name.clone()];
            }
            count += part.names.len();
            self.parts.insert(folder, part);
        }
    }

    fn read_part(&self, folder: &str) -> Part {
        let mut part = Part::default();
        for name in ["Chart.yaml", "requirements.yaml"] {
            let Some(file) = self.files.get(&below(folder, name)) else { continue };
            let id = match file.place {
                Place::File(id, _) => Some(id),
                Place::Packed(_) => None,
            };
            let document = file.document();
            let Some(root) = document.as_ref().and_then(|document| document.doc().root()) else { continue };
            let text = |node: Node<'_>, key: &str| node.get(key).and_then(Node::text).map(String::from);
            let span = |node: Option<Node<'_>>| id.and(node).map(Node::span);
            if name == "Chart.yaml" {
                part.name = text(root, "name").unwrap_or_default();
                part.name_at = span(root.get("name"));
                part.is_library = text(root, "type").is_some_and(|kind| kind == "library");
            }
            for dependency in root.get("dependencies").into_iter().flat_map(Node::items) {
                part.dependencies.push(Dependency {
                    name: text(dependency, "name").unwrap_or_default(),
                    alias: text(dependency, "alias").filter(|alias| !alias.is_empty()),
                    condition: text(dependency, "condition").unwrap_or_default(),
                    tags: dependency
                        .get("tags")
                        .into_iter()
                        .flat_map(Node::items)
                        .filter_map(|tag| tag.text().map(String::from))
                        .collect(),
                    at: span(dependency.get("name")),
                });
            }
        }
        part
    }

    /// The chart's name.
    pub(super) fn name(&self) -> &str {
        self.parts.get("").map_or("", |part| part.name.as_str())
    }

    /// `name:` of the chart.
    pub(super) fn name_at(&self) -> Option<Span> {
        let file = self.files.get("Chart.yaml")?;
        let Place::File(id, _) = file.place else { return None };
        Some(self.parts.get("").and_then(|part| part.name_at).unwrap_or_else(|| Span::new(id, 0, 0)))
    }

    /// Where the chart names the dependency that a file belongs to; its own name where it names none.
    pub(super) fn dependency_at(&self, path: &str) -> Option<Span> {
        let folder = path.strip_prefix("charts/").and_then(|rest| rest.split('/').next());
        let inner = folder.and_then(|folder| self.parts.get(&format!("charts/{folder}")));
        let listed = self.parts.get("").into_iter().flat_map(|part| &part.dependencies);
        let mut listed = listed.filter(|found| inner.is_some_and(|inner| inner.name == found.name));
        listed.find_map(|found| found.at).or_else(|| self.name_at())
    }

    /// The values that switch on the chart `own` in the chart of a folder, as their paths.
    pub(super) fn conditions(&self, folder: &str, own: &str) -> impl Iterator<Item = &str> {
        let conditions = self.dependency(folder, own).map_or("", |one| &one.condition).split(',');
        conditions.map(str::trim).filter(|path| !path.is_empty())
    }

    /// The tags of the chart `own` in the chart of a folder.
    pub(super) fn tags(&self, folder: &str, own: &str) -> &[String] {
        self.dependency(folder, own).map_or(&[], |one| &one.tags)
    }

    fn dependency(&self, folder: &str, own: &str) -> Option<&Dependency> {
        let listed = self.parts.get(folder).into_iter().flat_map(|part| &part.dependencies);
        listed.into_iter().find(|one| one.alias.as_deref().unwrap_or(&one.name) == own)
    }

    /// The path of the template with a full name, or of another file of the chart that Helm prints (`crds/`).
    pub(super) fn path_of(&self, full: &str) -> Option<&str> {
        if let Some(path) = self.templates.get(full) {
            return Some(path);
        }
        let (folder, rest) = self.parts.iter().find_map(|(folder, part)| {
            let rest = |name: &String| full.strip_prefix(name.as_str())?.strip_prefix("/crds/");
            Some((folder, part.names.iter().find_map(rest)?))
        })?;
        let (path, _) = self.files.get_key_value(&below(folder, &format!("crds/{rest}")))?;
        Some(path)
    }

    /// All templates by their full names.
    pub(super) fn templates(&self) -> impl Iterator<Item = (&str, &str)> {
        self.templates.iter().map(|(full, path)| (full.as_str(), path.as_str()))
    }

    /// The full names of a template.
    pub(super) fn full_names(&self, path: &str) -> Vec<String> {
        let Some((folder, rest)) = template(path) else { return Vec::new() };
        let part = self.parts.get(folder).into_iter();
        part.flat_map(|part| part.names.iter().map(move |name| format!("{name}/{rest}"))).collect()
    }

    /// The chart that a file belongs to.
    pub(super) fn part_of(&self, path: &str) -> Option<&Part> {
        self.parts.get(template(path)?.0)
    }
}

/// A path below a folder of the chart.
pub(super) fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Cuts the path of a template into the folder of its chart and the path in there.
pub(super) fn template(path: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    loop {
        let rest = &path[at..];
        if rest.starts_with("templates/") {
            return Some((path[..at].trim_end_matches('/'), rest));
        }
        let folder = rest.strip_prefix("charts/")?.split('/').next()?;
        at += "charts/".len() + folder.len() + 1;
        path.is_char_boundary(at).then_some(())?;
        (at <= path.len()).then_some(())?;
    }
}

/// Is this the folder of a chart: nothing, `charts/x`, `charts/x/charts/y`?
fn is_part(folder: &str) -> bool {
    template(&below(folder, "templates/")).is_some_and(|(found, _)| found == folder)
}

/// The folder of the chart around one, and its own last name.
pub(super) fn parent(folder: &str) -> Option<(&str, &str)> {
    let (above, own) = folder.rsplit_once('/')?;
    Some((above.strip_suffix("charts")?.trim_end_matches('/'), own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_belongs_to_the_chart_around_it() {
        for (path, found) in [
            ("templates/a.yaml", Some(("", "templates/a.yaml"))),
            ("charts/x/templates/b/c.tpl", Some(("charts/x", "templates/b/c.tpl"))),
            ("charts/x/charts/y/templates/c", Some(("charts/x/charts/y", "templates/c"))),
            ("files/templates/a.yaml", None),
            ("charts/x/files/templates/a.yaml", None),
            ("charts/x", None),
            ("charts", None),
        ] {
            assert_eq!(template(path), found, "{path}");
        }
        assert!(is_part("") && is_part("charts/x") && !is_part("files"));
        assert_eq!(parent("charts/x/charts/y"), Some(("charts/x", "y")));
        assert_eq!(parent("charts/x"), Some(("", "x")));
    }
}
