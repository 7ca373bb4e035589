//! How Helm is asked: its arguments, and copies of charts where it cannot take them as they are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::child::Scratch;
use super::materials::{ChartFiles, Materials};
use super::roots::{Given, How, Root, ValueSet};

/// The release that Helm names where nobody does (helm `pkg/cmd/template.go`).
const RELEASE: &str = "release-name";

/// One rendering of a chart.
pub(super) struct Release<'j> {
    pub(super) name: &'j str,
    pub(super) namespace: &'j str,
    pub(super) values: &'j ValueSet,
    /// Custom resource definitions in `crds/` are installed with it.
    pub(super) crds: bool,
}

impl<'j> Release<'j> {
    pub(super) fn new(values: &'j ValueSet, deployer: Option<&'j Root>) -> Self {
        let said = |text: Option<&'j String>, default: &'static str| text.map_or(default, String::as_str);
        Self {
            name: said(deployer.and_then(|deployer| deployer.release.as_ref()), RELEASE),
            namespace: said(deployer.and_then(|deployer| deployer.namespace.as_ref()), "default"),
            values,
            crds: deployer.is_some(),
        }
    }

    /// Everything but the chart and the files of inline values that changes what Helm prints.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words = vec![self.name.to_owned(), self.namespace.to_owned(), self.crds.to_string()];
        words.extend(self.values.inline.iter().map(|inline| match &inline.given {
            Given::Text(text) => text.clone(),
            Given::Option(option, argument) => format!("{option} {argument}"),
        }));
        words
    }

    /// The arguments after `template`. Inline values are written to `scratch`.
    ///
    /// # Errors
    ///
    /// Where they cannot be written.
    pub(super) fn arguments(
        &self,
        chart: &Path,
        versions: &Versions,
        folder: &Path,
    ) -> std::io::Result<Vec<String>> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let mut arguments = vec!["template".to_owned(), self.name.to_owned(), path(chart)];
        let mut say = |option: &str, value: String| arguments.extend([option.to_owned(), value]);
        say("--namespace", self.namespace.to_owned());
        say("--kube-version", versions.kubernetes.clone());
        for version in &versions.api {
            say("--api-versions", version.clone());
        }
        for file in &self.values.files {
            say("--values", path(&std::path::absolute(file)?));
        }
        for (number, inline) in self.values.inline.iter().enumerate() {
            match &inline.given {
                Given::Text(text) => {
                    let file = folder.join(format!("inline-{number}.yaml"));
                    super::child::write(&file, text.as_bytes())?;
                    say("--values", path(&file));
                }
                Given::Option(option, argument) => say(option, argument.clone()),
            }
        }
        if self.crds {
            arguments.push("--include-crds".to_owned());
        }
        Ok(arguments)
    }
}

/// What a chart is told of the cluster.
#[derive(Clone, Debug)]
pub(super) struct Versions {
    /// `1.34.0`.
    pub(super) kubernetes: String,
    /// See [`super::capabilities::api_versions`].
    pub(super) api: Vec<String>,
}

/// The files of a chart as Helm takes it: dependencies that stand elsewhere in the tree are put into `charts/`, those
/// that are nowhere are left out of the list.
pub(super) struct Whole {
    pub(super) files: ChartFiles,
    /// Texts that differ from those of the tree.
    pub(super) changed: Vec<(String, String)>,
    pub(super) missing: Vec<String>,
}

/// Makes a chart whole, as far as the tree allows; `None` where nothing is to be done.
pub(super) fn whole(root: &Root, materials: &Materials<'_>, files: &ChartFiles) -> Option<Whole> {
    let in_charts: BTreeSet<&str> =
        files.iter().filter_map(|(below, _)| below.strip_prefix("charts/")).map(first).collect();
    let mut whole = Whole { files: files.clone(), changed: Vec::new(), missing: Vec::new() };
    for list in ["Chart.yaml", "requirements.yaml"] {
        let Some((below, path)) = files.iter().find(|(below, _)| below == list) else { continue };
        let text = materials.bytes(path).and_then(|bytes| String::from_utf8(bytes).ok())?;
        let mut value: serde_yaml::Value = serde_yaml::from_str(&text).ok()?;
        let Some(dependencies) = value.get_mut("dependencies").and_then(serde_yaml::Value::as_sequence_mut)
        else {
            continue;
        };
        let count = dependencies.len();
        dependencies.retain(|dependency| {
            let name = dependency.get("name").and_then(serde_yaml::Value::as_str).unwrap_or_default();
            let is_there = |entry: &&str| super::roots::is_of(entry, name);
            in_charts.iter().any(|entry| is_there(&entry)) || whole.vendor(root, materials, name)
        });
        if dependencies.len() < count
            && let Ok(text) = serde_yaml::to_string(&value)
        {
            whole.changed.push((below.clone(), text));
        }
    }
    (!whole.changed.is_empty() || whole.files.len() > files.len()).then_some(whole)
}

impl Whole {
    /// Puts a chart of the tree into `charts/`, if the chart names one.
    fn vendor(&mut self, root: &Root, materials: &Materials<'_>, name: &str) -> bool {
        let beside =
            root.uses.iter().filter(|used| used.how == How::Packs).map(|used| materials.root(used.root));
        let found = beside.into_iter().find(|other| other.name.as_deref() == Some(name));
        let found = found.or_else(|| materials.chart_named(name));
        let files = found.and_then(|other| materials.of_chart(&other.path).ok());
        if let Some(hashed) = &files {
            let inside = hashed.files.iter();
            self.files.extend(inside.map(|(below, path)| (format!("charts/{name}/{below}"), path.clone())));
        } else {
            self.missing.push(name.to_owned());
        }
        files.is_some()
    }
}

fn first(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

/// Copies a chart into a folder of the scratch folder; texts in `changed` take the place of those of the tree.
///
/// # Errors
///
/// Where something cannot be written.
pub(super) fn copy(
    scratch: &Scratch,
    name: &str,
    files: &ChartFiles,
    changed: &[(String, String)],
    materials: &Materials<'_>,
) -> std::io::Result<PathBuf> {
    let folder = scratch.folder(name)?;
    for (below, path) in files {
        if !changed.iter().any(|(other, _)| other == below) {
            let bytes = materials.bytes(path).unwrap_or_default();
            super::child::write(&folder.join(below), &bytes)?;
        }
    }
    for (below, text) in changed {
        super::child::write(&folder.join(below), text.as_bytes())?;
    }
    Ok(folder)
}
