//! The charts of this tree that helmfiles release, each with the values that its release gives it (helmfile.readthedocs.io,
//! "Configuration"). A helmfile is a template: what is filled in only there is not known here.

use std::path::Path;

use super::finder::Finder;
use super::root::{Given, Inline, Installation, Reason, ValueSet};
use crate::load::{Standing, is_helmfile};
use crate::render::paths::{folder_of, join};
use crate::source::{FileId, Span};
use crate::yaml::{Doc, Node, to_json};

/// Fields of a release that change what is installed, and that are not applied here.
const FURTHER: [&str; 9] = [
    "dependencies",
    "inherit",
    "jsonPatches",
    "postRenderer",
    "secrets",
    "setTemplate",
    "strategicMergePatches",
    "transformers",
    "valuesTemplate",
];

/// A tool that installs charts by a file of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::render) enum Tool {
    Helmfile,
    /// Rancher's Fleet.
    Fleet,
}

impl Tool {
    /// The tool that reads a file of this name.
    pub(in crate::render) fn of(path: &str) -> Option<Self> {
        let path = Path::new(path);
        if [".yaml", ".yml"].iter().any(|end| is_helmfile(path, end)) {
            return Some(Self::Helmfile);
        }
        (path.file_name()? == "fleet.yaml").then_some(Self::Fleet)
    }

    /// What findings call what it reads.
    pub(in crate::render) fn kind(self) -> &'static str {
        if self == Self::Helmfile { "Helmfile" } else { "Bundle" }
    }

    /// Where a chart names its value files.
    pub(in crate::render) fn field(self) -> &'static str {
        if self == Self::Helmfile { "values" } else { "valuesFiles" }
    }

    /// The charts that a document of such a file installs.
    pub(in crate::render) fn charts(self, doc: &Doc) -> Vec<Node<'_>> {
        let all = |path: &[&str]| doc.root().map(|root| root.all_at(path)).unwrap_or_default();
        match self {
            Self::Helmfile => all(&["releases", "*"]),
            Self::Fleet => [all(&["helm"]), all(&["targetCustomizations", "*", "helm"])].concat(),
        }
    }
}

/// The releases of a document of a helmfile; none of any other.
fn releases(doc: &Doc) -> impl Iterator<Item = Node<'_>> {
    let root = doc.root().filter(|root| root.get("kind").is_none());
    let listed = root.and_then(|root| root.get("releases")).into_iter().flat_map(Node::items);
    listed.filter(|release| release.get("chart").is_some())
}

/// Finds them.
pub(super) fn follow(finder: &mut Finder<'_>) {
    if finder.charts.is_empty() {
        return;
    }
    let files: Vec<(&str, FileId)> = finder.index.files.iter().map(|(path, file)| (*path, *file)).collect();
    for (path, file) in files {
        for release in finder.docs_of(file).iter().flat_map(|doc| releases(doc)) {
            let chart = release.get("chart").and_then(Node::text).unwrap_or_default();
            let Standing::Folder(folder) = finder.resolve(&join(folder_of(path), &chart)) else { continue };
            let Some(&chart) = finder.charts.get(folder.as_str()) else { continue };
            if release.get("installed").and_then(Node::as_bool) != Some(false) {
                Release { chart, node: release, folder: folder_of(path) }.add(finder);
            }
        }
    }
}

/// A release of a chart of this tree.
struct Release<'a> {
    chart: usize,
    node: Node<'a>,
    /// The folder of the helmfile.
    folder: &'a str,
}

impl Release<'_> {
    fn add(&self, finder: &mut Finder<'_>) {
        let text = |key: &str| {
            let text = self.node.get(key).and_then(Node::text).filter(|text| !text.is_empty());
            text.filter(|text| !text.contains("{{")).map(std::borrow::Cow::into_owned)
        };
        let installation =
            Installation { release: text("name"), namespace: text("namespace"), ..Installation::default() };
        let mut set = ValueSet { installation, ..ValueSet::default() };
        for item in self.node.get("values").into_iter().flat_map(Node::items) {
            self.values(finder, item, &mut set);
        }
        for (field, option) in [("set", "--set"), ("setString", "--set-string")] {
            for item in self.node.get(field).into_iter().flat_map(Node::items) {
                self.option(finder, item, option, &mut set);
            }
        }
        for entry in self.node.entries().filter(|entry| FURTHER.contains(&&*entry.key.key())) {
            let message = format!("`{}` of a helmfile is not applied here", entry.key.key());
            finder.roots[self.chart].leave_unjudged(Reason::Overridden, entry.key.span(), message);
        }
        finder.roots[self.chart].values.push(set);
    }

    /// A value file, or values that stand in the helmfile.
    fn values(&self, finder: &mut Finder<'_>, item: Node<'_>, set: &mut ValueSet) {
        let Some(path) = item.text() else {
            let values = to_json(item).to_string();
            if values.contains("{{") {
                self.leave_template(finder, item.span());
            }
            // They count over the files before them.
            let given = Given::Text(values);
            return set.inline.push(Inline { field: "values", at: item.span(), given });
        };
        if path.contains("{{") || path.ends_with(".gotmpl") {
            return self.leave_template(finder, item.span());
        }
        let Standing::File(file) = finder.resolve(&join(self.folder, &path)) else {
            let message = format!("the value file `{path}` of a helmfile is not there");
            return finder.roots[self.chart].leave_unjudged(Reason::MissingValues, item.span(), message);
        };
        finder.take_values(self.chart, item.span(), &file);
        if set.inline.is_empty() {
            set.files.push(file);
        } else {
            let given = Given::Values(file);
            set.inline.push(Inline { field: "values", at: item.span(), given });
        }
    }

    fn option(&self, finder: &mut Finder<'_>, item: Node<'_>, option: &'static str, set: &mut ValueSet) {
        let text = |key: &str| item.get(key).and_then(Node::text);
        let known = text("name")
            .zip(text("value"))
            .filter(|(name, value)| !name.contains("{{") && !value.contains("{{"));
        let Some((name, value)) = known else { return self.leave_template(finder, item.span()) };
        let given =
            Given::Option(option, format!("{name}={}", value.replace("\\,", ",").replace(',', "\\,")));
        set.inline.push(Inline { field: "set", at: item.get("value").unwrap_or(item).span(), given });
    }

    fn leave_template(&self, finder: &mut Finder<'_>, at: Span) {
        let message = "values that a helmfile fills in when it is run";
        finder.roots[self.chart].leave_unjudged(Reason::Templated, at, message);
    }
}
