//! How Helm is asked: its arguments, and copies of charts where it cannot take them as they are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::child::Scratch;
use super::definitions::holds_more;
use super::inputs::{ChartFiles, Hashed, Inputs};
use super::jobs::Job;
use super::marked::{Archive, places_of, unpack};
use super::parameters::{Parameter, parameters};
use super::paths::or_dot;
use super::readable::readable;
use super::roots::{Given, How, Installation, Root, ValueSet, is_of};
use crate::yaml::to_json;

/// The release that Helm names where nobody does (helm `pkg/cmd/template.go`).
const RELEASE: &str = "release-name";

/// An archive of a dependency that unpacks to more bytes is not looked into.
const LARGEST_ARCHIVE: usize = 64 << 20;

/// One rendering of a chart.
pub(super) struct Release<'j> {
    pub(super) name: &'j str,
    pub(super) namespace: &'j str,
    pub(super) values: &'j ValueSet,
    /// What stands in `crds/` is installed with it.
    pub(super) crds: bool,
}

impl<'j> Release<'j> {
    pub(super) fn new(job: &'j Job, values: &'j ValueSet) -> Self {
        let installation = &values.installation;
        let known = installation.namespace.as_ref().or(job.namespace.as_ref());
        Self {
            name: installation.release.as_deref().unwrap_or(RELEASE),
            namespace: known.or(job.assumed.namespaces.last()).map_or("default", String::as_str),
            values,
            crds: job.deployer.is_some() && !installation.skip_crds,
        }
    }

    /// The same of a chart that nobody deploys: what its `crds/` hold beside definitions is installed, too. Definitions
    /// alone say nothing of identities, and are long.
    pub(super) fn of(mut self, chart: &WholeChart, inputs: &Inputs<'_>) -> Self {
        self.crds |= !self.values.installation.skip_crds && chart.creates(inputs);
        self
    }

    /// Everything but the chart and the files of inline values that changes what Helm prints.
    pub(super) fn parts(&self) -> Vec<String> {
        let mut parts = vec![self.name.to_owned(), self.namespace.to_owned(), self.crds.to_string()];
        let Installation { kubernetes, api, further_api, skip_tests, skip_hooks, upgrade, bare, .. } =
            &self.values.installation;
        parts.extend(self.values.installation.skip_schema.then(|| "--skip-schema-validation".to_owned()));
        let not_served = self.values.installation.not_served.iter();
        parts.extend(not_served.map(|version| format!("not served {version}")));
        parts.extend(skip_hooks.then(|| "--no-hooks".to_owned()));
        parts.extend(further_api.iter().map(|version| format!("further --api-versions {version}")));
        parts.extend(upgrade.then(|| "--is-upgrade".to_owned()));
        parts.extend([skip_tests.to_string(), bare.to_string(), kubernetes.clone().unwrap_or_default()]);
        parts.extend(api.iter().map(|version| format!("--api-versions {version}")));
        parts.extend(self.values.inline.iter().map(|inline| match &inline.given {
            Given::Text(text) => text.clone(),
            Given::Values(_) => "--values".to_owned(),
            Given::File(name, _) => format!("--set-file {name}"),
            Given::Option(option, argument) => format!("{option} {argument}"),
        }));
        parts
    }

    /// The arguments after `template`. Inline values are written to `scratch`.
    ///
    /// # Errors
    ///
    /// Where they cannot be written, and for a name that Helm would take for an option.
    pub(super) fn arguments(
        &self,
        chart: &Path,
        folder: &Path,
        inputs: &Inputs<'_>,
    ) -> std::io::Result<Vec<String>> {
        // A release can be named `--post-renderer=./program`.
        if self.name.starts_with('-') {
            return Err(std::io::Error::other("the name of the release begins with a dash"));
        }
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let mut arguments = vec!["template".to_owned(), self.name.to_owned(), path(chart)];
        let mut add = |option: &str, value: String| arguments.extend([option.to_owned(), value]);
        add("--namespace", self.namespace.to_owned());
        let Installation { kubernetes, api, further_api, skip_tests, skip_hooks, upgrade, .. } =
            &self.values.installation;
        add("--kube-version", kubernetes.as_ref().unwrap_or(&inputs.capabilities.kubernetes).clone());
        let api = if api.is_empty() { &inputs.capabilities.api } else { api };
        for version in api.iter().chain(further_api) {
            // Helm takes a list, as CSV.
            add("--api-versions", version.replace(',', ""));
        }
        arguments.extend(self.value_arguments(folder, inputs)?);
        let switches = [
            (*upgrade, "--is-upgrade"),
            (*skip_tests, "--skip-tests"),
            (*skip_hooks, "--no-hooks"),
            (self.values.installation.skip_schema, "--skip-schema-validation"),
            (self.crds, "--include-crds"),
        ];
        arguments.extend(switches.into_iter().filter(|(is_on, _)| *is_on).map(|(_, name)| name.to_owned()));
        Ok(arguments)
    }

    /// The arguments that give values; those that stand in no file are written to `folder`.
    fn value_arguments(&self, folder: &Path, inputs: &Inputs<'_>) -> std::io::Result<Vec<String>> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let mut arguments = Vec::new();
        let mut add = |option: &str, value: String| arguments.extend([option.to_owned(), value]);
        let value_file = |name: String, file: &str| {
            if inputs.is_disk() {
                return inputs.absolute(Path::new(file));
            }
            let copy = folder.join(name);
            super::child::write(&copy, &inputs.bytes(file).unwrap_or_default())?;
            Ok(copy)
        };
        for (number, file) in self.values.files.iter().enumerate() {
            let given = value_file(format!("values-{number}.yaml"), file)?;
            add("--values", quoted(&path(&given)));
        }
        for (number, inline) in self.values.inline.iter().enumerate() {
            let text = |text: &[u8], ending: &str| {
                let file = folder.join(format!("inline-{number}.{ending}"));
                super::child::write(&file, text).map(|()| file)
            };
            let values = |yaml: &str| text(yaml.as_bytes(), "yaml").map(|file| quoted(&path(&file)));
            let (option, value) = match &inline.given {
                Given::Text(text) => ("--values", values(text)?),
                Given::Values(from) => {
                    ("--values", quoted(&path(&value_file(format!("inline-{number}.yaml"), from)?)))
                }
                Given::File(name, from) => {
                    let file = text(&inputs.bytes(from).unwrap_or_default(), "txt")?;
                    ("--set-file", format!("{name}={}", path(&file)))
                }
                Given::Option(option, argument) => {
                    let all = parameters(argument, *option == "--set-string");
                    for (item, one) in all.into_iter().enumerate() {
                        match one {
                            Parameter::Values(text) => add("--values", values(&text)?),
                            Parameter::Text(name, given) => {
                                let file = text(given.as_bytes(), &format!("{item}.txt"))?;
                                add("--set-file", format!("{name}={}", path(&file)));
                            }
                            Parameter::Argument(argument) => add(option, argument),
                        }
                    }
                    continue;
                }
            };
            add(option, value);
        }
        Ok(arguments)
    }
}

/// A chart as Helm takes it: dependencies that stand elsewhere in the tree are put into `charts/`, those that are nowhere
/// are left out of the list.
#[derive(Default)]
pub(super) struct WholeChart {
    /// Its folder, where nothing had to be changed.
    pub(super) as_it_stands: Option<PathBuf>,
    pub(super) files: ChartFiles,
    /// The dependencies that are nowhere.
    pub(super) missing: Vec<String>,
    /// Archives of dependencies, unpacked.
    pub(super) archives: Vec<Archive>,
    /// Texts that differ from those of the tree.
    changed: Vec<(String, String)>,
    hash: [u8; 32],
    /// Those of the files that stand elsewhere in the tree.
    vendored: ChartFiles,
    /// API versions that its templates are not to find.
    not_served: Vec<String>,
    creates: Arc<OnceLock<bool>>,
}

impl WholeChart {
    /// # Errors
    ///
    /// Where the chart is too large; the message.
    pub(super) fn new(root: &Root, inputs: &Inputs<'_>) -> Result<Self, String> {
        let Hashed { files, hash, plain, creates } = inputs.of_chart(&root.path)?;
        let mut whole = Self { files, hash, creates, ..Self::default() };
        let own = whole.files.clone();
        let in_charts: BTreeSet<&str> =
            own.iter().filter_map(|(below, _)| below.strip_prefix("charts/")).map(first).collect();
        for list in ["Chart.yaml", "requirements.yaml"] {
            let found = own.iter().find(|(below, _)| below == list);
            let file = found.and_then(|(_, path)| inputs.index.id(path));
            let value = file.and_then(|file| inputs.index.helm_value(file)).map(to_json);
            let Some(mut value) = value else { continue };
            let dependencies = value.get_mut("dependencies").and_then(serde_json::Value::as_array_mut);
            let Some(dependencies) = dependencies else { continue };
            let count = dependencies.len();
            dependencies.retain(|dependency| {
                let name = dependency.get("name").and_then(serde_json::Value::as_str).unwrap_or_default();
                in_charts.iter().any(|entry| is_of(entry, name)) || whole.vendor(root, inputs, name)
            });
            if dependencies.len() < count {
                // JSON is YAML.
                whole.changed.push((list.to_owned(), value.to_string()));
            }
        }
        whole.files.extend(whole.vendored.iter().cloned());
        if inputs.is_disk() && plain && whole.changed.is_empty() && whole.vendored.is_empty() {
            whole.as_it_stands = Some(PathBuf::from(or_dot(&root.path)));
        }
        Ok(whole)
    }

    /// The chart as it is installed with a set of values: these may stand in the place of its own.
    pub(super) fn installed_with(mut self, values: &ValueSet, inputs: &Inputs<'_>) -> Self {
        if values.installation.bare {
            self.files.retain(|(below, _)| below != "values.yaml");
            self.changed.push(("values.yaml".to_owned(), String::new()));
            self.as_it_stands = None;
        }
        if !values.installation.not_served.is_empty() {
            self.not_served.clone_from(&values.installation.not_served);
            self.as_it_stands = None;
            self.unpack(inputs);
        }
        self
    }

    /// Whether Helm creates more than definitions by what stands in its `crds/`, and in those of the charts in it.
    fn creates(&self, inputs: &Inputs<'_>) -> bool {
        let packed = |bytes: &[u8]| {
            let files = unpack(bytes, LARGEST_ARCHIVE).unwrap_or_default();
            files.iter().any(|(below, bytes)| holds_more(below, bytes))
        };
        *self.creates.get_or_init(|| {
            let in_archives = self.archives.iter().flat_map(|archive| &archive.files);
            let is_more = |below: &str, path: &str| {
                let bytes = || inputs.bytes(path).unwrap_or_default();
                if is_archive(below) {
                    packed(&bytes())
                } else {
                    is_in_crds(below) && holds_more(below, &bytes())
                }
            };
            self.files.iter().any(|(below, path)| is_more(below, path))
                || in_archives.into_iter().any(|(below, bytes)| holds_more(below, bytes))
        })
    }

    /// Puts a chart of the tree into `charts/`, if there is one of that name.
    fn vendor(&mut self, root: &Root, inputs: &Inputs<'_>, name: &str) -> bool {
        let beside =
            root.uses.iter().filter(|used| used.how == How::Packs).map(|used| &inputs.roots[used.root]);
        let found = beside.into_iter().find(|other| other.name.as_deref() == Some(name));
        let found = found.or_else(|| inputs.chart_beside(&root.path, name));
        let files = found.and_then(|other| inputs.of_chart(&other.path).ok());
        if let Some(hashed) = &files {
            let inside = hashed.files.iter();
            let inside = inside.map(|(below, path)| (format!("charts/{name}/{below}"), path.clone()));
            self.vendored.extend(inside);
        } else {
            self.missing.push(name.to_owned());
        }
        files.is_some()
    }

    /// All that a rendering of it depends on, the program aside.
    pub(super) fn key(&self, release: &Release<'_>, inputs: &Inputs<'_>) -> Vec<Vec<u8>> {
        let capabilities = inputs.capabilities;
        let mut parts: Vec<Vec<u8>> = vec![self.hash.to_vec()];
        parts.extend(
            release.parts().into_iter().chain([capabilities.kubernetes.clone()]).map(String::into_bytes),
        );
        parts.extend(capabilities.api.iter().map(|version| version.clone().into_bytes()));
        let given = release.values.inline.iter().filter_map(|inline| match &inline.given {
            Given::File(_, from) | Given::Values(from) => Some(from),
            Given::Text(_) | Given::Option(..) => None,
        });
        let files = release.values.files.iter().chain(given);
        parts.extend(files.map(|file| inputs.bytes(file).unwrap_or_default()));
        for (below, path) in &self.vendored {
            parts.extend([below.clone().into_bytes(), inputs.bytes(path).unwrap_or_default()]);
        }
        parts
    }

    /// Unpacks the archives in `charts/`, which then are copied as folders. What cannot be unpacked stays an archive.
    pub(super) fn unpack(&mut self, inputs: &Inputs<'_>) {
        let mut left = ChartFiles::new();
        for (below, path) in std::mem::take(&mut self.files) {
            let files =
                is_archive(&below).then(|| unpack(&inputs.bytes(&path)?, LARGEST_ARCHIVE).ok()).flatten();
            match files {
                Some(files) => self.archives.push(Archive { path: below, files }),
                None => left.push((below, path)),
            }
        }
        self.files = left;
    }

    /// Copies it below the folder `name` of the scratch folder; texts in `marked` take the place of others.
    ///
    /// # Errors
    ///
    /// Where something cannot be written.
    pub(super) fn copy(
        &self,
        scratch: &Scratch,
        name: &str,
        marked: &[(String, String)],
        inputs: &Inputs<'_>,
    ) -> std::io::Result<PathBuf> {
        let folder = scratch.folder(Path::new(name).join("copy"))?;
        let texts = || self.changed.iter().chain(marked);
        let replaced: BTreeSet<&str> = texts().map(|(below, _)| below.as_str()).collect();
        for (below, path) in self.files.iter().filter(|(below, _)| !replaced.contains(below.as_str())) {
            self.write(&folder.join(below), inputs.bytes(path).unwrap_or_default())?;
        }
        for archive in &self.archives {
            for (inside, bytes) in &archive.files {
                self.write(&folder.join(archive.folder()).join(inside), bytes.clone())?;
            }
        }
        for (below, text) in texts() {
            self.write(&folder.join(below), text.clone().into_bytes())?;
        }
        Ok(folder)
    }

    /// Writes a file of the copy. Helm takes API versions for served that no cluster serves any more, whatever it is told
    /// (`DefaultVersionSet` in `pkg/chart/common/capabilities.go`): where a template asks for one, the copy asks for another
    /// one that is as long, and that nobody serves.
    fn write(&self, path: &Path, mut bytes: Vec<u8>) -> std::io::Result<()> {
        if !self.not_served.is_empty() && path.components().any(|part| part.as_os_str() == "templates") {
            for place in places_of(&readable(&bytes), &self.not_served) {
                bytes[place].fill(b'-');
            }
        }
        super::child::write(path, &bytes)
    }
}

fn is_archive(below: &str) -> bool {
    below.starts_with("charts/") && below.strip_suffix(".tgz").is_some()
}

fn is_in_crds(below: &str) -> bool {
    below.starts_with("crds/") || below.contains("/crds/")
}

/// Helm takes a list in the argument of `--values`, as CSV: a comma in a name would begin the next file.
fn quoted(path: &str) -> String {
    if path.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", path.replace('"', "\"\""))
    } else {
        path.to_owned()
    }
}

fn first(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}
