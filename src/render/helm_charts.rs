//! The charts that a kustomization inflates, as it names them: `helmCharts`, the older `helmChartInflationGenerator`, and
//! configurations of the generator of that name (kustomize 5.8 `api/types/helmchartargs.go`, `api/types/kustomization.go`).
//!
//! It reads fields and follows nothing.

use std::borrow::Cow;

use super::paths::join;
use crate::yaml::Node;

/// The fields that name charts.
pub(super) const FIELDS: [&str; 2] = ["helmCharts", "helmChartInflationGenerator"];

/// The generator that makes objects of a chart.
pub(super) const GENERATOR: &str = "HelmChartInflationGenerator";

/// Where charts are looked for if nothing else is said.
const HOME: &str = "charts";

/// One chart that a kustomization names.
#[derive(Clone, Copy, Debug)]
pub(super) struct HelmChart<'a> {
    /// The entry, or the configuration of the generator.
    pub(super) node: Node<'a>,
    home: Option<Node<'a>>,
    names: Names,
    /// Whether it is the configuration of a generator.
    is_generator: bool,
}

/// What fields are called: the older entries have other names and fewer fields.
#[derive(Clone, Copy, Debug)]
struct Names {
    name: &'static str,
    version: &'static str,
    repository: &'static str,
    values_file: &'static str,
    inline: &'static str,
    /// Whether it can say more than that.
    is_full: bool,
}

const NEW: Names = Names {
    name: "name",
    version: "version",
    repository: "repo",
    values_file: "valuesFile",
    inline: "valuesInline",
    is_full: true,
};

const OLD: Names = Names {
    name: "chartName",
    version: "chartVersion",
    repository: "chartRepoUrl",
    values_file: "values",
    inline: "valuesLocal",
    is_full: false,
};

/// The fields of a chart of a kustomization, of an older one, and of a generator's configuration.
const KNOWN: [&[&str]; 3] = [
    &[
        "name",
        "version",
        "repo",
        "releaseName",
        "namespace",
        "additionalValuesFiles",
        "valuesFile",
        "valuesInline",
        "valuesMerge",
        "includeCRDs",
        "skipHooks",
        "apiVersions",
        "kubeVersion",
        "nameTemplate",
        "skipTests",
        "debug",
        "devel",
    ],
    &[
        "chartName",
        "chartVersion",
        "chartRepoUrl",
        "chartHome",
        "chartRepoName",
        "helmBin",
        "helmHome",
        "values",
        "valuesLocal",
        "valuesMerge",
        "releaseName",
        "releaseNamespace",
        "extraArgs",
    ],
    &["apiVersion", "kind", "metadata", "chartHome", "configHome"],
];

/// The fields beside charts that change what is inflated.
const AROUND: [&str; 5] =
    ["helmCharts", "helmChartInflationGenerator", "helmGlobals", "namespace", "generators"];

/// A key that stands for a field although it is written in another case, as Go reads JSON: what it says would not be seen.
fn is_other_case(key: &str, field: &str) -> bool {
    key != field && (key.to_lowercase() == field.to_lowercase() || key.to_uppercase() == field.to_uppercase())
}

/// The first key of a kustomization, or of its `helmGlobals`, that kustomize takes for a field about charts.
pub(super) fn odd_key_around(kustomization: Node<'_>) -> Option<Node<'_>> {
    let globals = kustomization.get("helmGlobals").into_iter().flat_map(Node::entries);
    let globals = globals.map(|entry| (entry.key, &["chartHome"][..]));
    let mut keys = kustomization.entries().map(|entry| (entry.key, &AROUND[..])).chain(globals);
    let is_odd = |key: Node<'_>, fields: &[&str]| {
        key.text().is_some_and(|key| fields.iter().any(|field| is_other_case(&key, field)))
    };
    keys.find(|(key, fields)| is_odd(*key, fields)).map(|(key, _)| key)
}

/// How inline values go together with those of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValuesMerge {
    /// The inline values count.
    Override,
    /// The file counts.
    Merge,
    /// The file is not read.
    Replace,
}

/// The charts that the fields of a kustomization name, in the order in which they are inflated.
pub(super) fn helm_charts(kustomization: Node<'_>) -> Vec<HelmChart<'_>> {
    let old = || kustomization.get(FIELDS[1]).into_iter().flat_map(Node::items);
    let globals = kustomization.get("helmGlobals").filter(|globals| !globals.is_null());
    // Of the older entries the last home counts for all.
    let home = match globals {
        Some(globals) => globals.get("chartHome"),
        None => old().filter_map(|entry| filled(entry, "chartHome")).last(),
    };
    let new = kustomization.get(FIELDS[0]).into_iter().flat_map(Node::items);
    let new = new.map(|node| HelmChart { node, home, names: NEW, is_generator: false });
    new.chain(old().map(|node| HelmChart { node, home, names: OLD, is_generator: false })).collect()
}

/// The chart of a generator's configuration.
pub(super) fn of_generator(configuration: Node<'_>) -> Option<HelmChart<'_>> {
    let text = |key: &str| configuration.get(key).and_then(Node::text).unwrap_or_default();
    let is_own = text("apiVersion") == "builtin" && text("kind") == GENERATOR;
    let home = configuration.get("chartHome");
    is_own.then_some(HelmChart { node: configuration, home, names: NEW, is_generator: true })
}

fn filled<'a>(node: Node<'a>, key: &str) -> Option<Node<'a>> {
    node.get(key).filter(|value| value.text().is_some_and(|text| !text.is_empty()))
}

impl<'a> HelmChart<'a> {
    fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        filled(self.node, key)?.text()
    }

    /// A field that only newer entries have.
    pub(super) fn field(&self, key: &str) -> Option<Node<'a>> {
        self.node.get(key).filter(|value| self.names.is_full && !value.is_null())
    }

    /// The text of a field that only newer entries have, unless it is empty.
    pub(super) fn field_text(&self, key: &str) -> Option<String> {
        self.field(key)?.text().filter(|text| !text.is_empty()).map(Cow::into_owned)
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        self.field(key).and_then(Node::as_bool) == Some(true)
    }

    /// The name of the chart; where it is none, kustomize refuses.
    pub(super) fn name(&self) -> Option<Cow<'a, str>> {
        self.text(self.names.name).filter(|name| !name.starts_with('-'))
    }

    /// Where the name is written, else the entry.
    pub(super) fn name_node(&self) -> Node<'a> {
        self.node.get(self.names.name).unwrap_or(self.node)
    }

    /// The first key that is no field: kustomize refuses it, or takes it for one.
    pub(super) fn odd_key(&self) -> Option<Node<'a>> {
        let fields = KNOWN[usize::from(!self.names.is_full)];
        let mut keys = self.node.entries().map(|entry| entry.key);
        keys.find(|key| {
            let key = key.text().unwrap_or_default();
            let is_known = fields.contains(&&*key) || (self.is_generator && KNOWN[2].contains(&&*key));
            let is_taken = || fields.iter().chain(KNOWN[2]).any(|field| is_other_case(&key, field));
            !is_known && (!self.is_generator || is_taken())
        })
    }

    /// The repository that it would be fetched from.
    pub(super) fn repository(&self) -> Option<Cow<'a, str>> {
        self.text(self.names.repository)
    }

    /// The release; none where Helm makes up a name.
    pub(super) fn release(&self) -> Option<Cow<'a, str>> {
        self.text("releaseName")
    }

    /// Where the chart stands, seen from the folder of the kustomization. What is fetched has a folder for each version.
    pub(super) fn path(&self, name: &str) -> String {
        let home = self.home.and_then(Node::text).filter(|home| !home.is_empty());
        let home = home.unwrap_or(Cow::Borrowed(HOME));
        let home = match (self.text(self.names.version), self.repository()) {
            (Some(version), Some(_)) => format!("{home}/{name}-{version}"),
            _ => home.into_owned(),
        };
        format!("{home}/{name}")
    }

    /// The value file that counts over that of the chart, then those that count over the inline values.
    pub(super) fn value_files(&self) -> (Option<Node<'a>>, impl Iterator<Item = Node<'a>>) {
        let more = self.field("additionalValuesFiles");
        (filled(self.node, self.names.values_file), more.into_iter().flat_map(Node::items))
    }

    /// The paths of its value files and of the chart itself, seen from where `folder` is seen from.
    pub(super) fn paths(&self, folder: &str) -> Vec<String> {
        let (first, more) = self.value_files();
        let files = first.into_iter().chain(more).filter_map(Node::text);
        let chart = self.name().map(|name| self.path(&name));
        files.map(Cow::into_owned).chain(chart).map(|path| join(folder, &path)).collect()
    }

    /// The inline values, unless they are empty.
    pub(super) fn inline(&self) -> Option<Node<'a>> {
        self.node.get(self.names.inline).filter(|values| values.entries().next().is_some())
    }

    /// How they are merged; none for a word that kustomize refuses.
    pub(super) fn merge(&self) -> Option<ValuesMerge> {
        match self.text("valuesMerge").as_deref() {
            None | Some("override") => Some(ValuesMerge::Override),
            Some("merge") => Some(ValuesMerge::Merge),
            Some("replace") => Some(ValuesMerge::Replace),
            Some(_) => None,
        }
    }
}
