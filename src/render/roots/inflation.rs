//! The charts that kustomizations inflate: where each stands, with which values, and why one is not inflated.
//!
//! As kustomize 5.8 does it with `--enable-helm` (`api/internal/builtins/HelmChartInflationGenerator.go`). Nothing is
//! fetched: a chart that is not in this tree is left out, and the rest of the kustomization is built.

use std::borrow::Cow;

use serde_json::Value;

use super::finder::Finder;
use super::root::{Given, How, INLINE_OF_KUSTOMIZE, Inflated, Inline, Installation, Reason, ValueSet};
use crate::load::Standing;
use crate::render::helm_charts::{FIELDS, HelmChart, ValuesMerge, helm_charts, odd_key_around, of_generator};
use crate::render::kustomization::is_inline;
use crate::render::paths::{join, without_secrets};
use crate::source::Span;
use crate::yaml::{Doc, Node, to_json};

/// A larger value file is not merged with inline values.
const LARGEST_VALUES: u64 = 16 << 20;

/// Finds the charts of every kustomization.
pub(super) fn follow(finder: &mut Finder<'_>) {
    let mut all: Vec<usize> = finder.kustomizations.values().copied().collect();
    all.sort_unstable();
    for index in all {
        let Some(at) = finder.roots[index].at else { continue };
        let Some(root) = finder.docs_of(at.file).iter().find_map(|doc| doc.root()) else { continue };
        if FIELDS.iter().any(|field| root.get(field).is_some_and(|value| !value.is_null())) {
            finder.roots[index].charts.get_or_insert_default();
            let listed = FIELDS.into_iter().filter_map(|field| Some((field, root.get(field)?)));
            for (field, value) in listed.filter(|(_, value)| !value.is_seq() && !value.is_null()) {
                finder.roots[index].leave_unjudged(
                    Reason::Malformed,
                    value.span(),
                    format!("`{field}` is no list"),
                );
            }
            if let Some(key) = odd_key_around(root) {
                let message =
                    format!("kustomize may take `{}` for another field", key.text().unwrap_or_default());
                finder.roots[index].leave_unjudged(Reason::Malformed, key.span(), message);
            }
        }
        for chart in helm_charts(root) {
            let at = chart.name_node().span();
            Inflation { index, chart, at, is_field: true }.add(finder);
        }
        for entry in root.get("generators").into_iter().flat_map(Node::items) {
            generators(finder, index, entry);
        }
    }
}

/// The charts of the configurations that an entry of `generators` names.
fn generators(finder: &mut Finder<'_>, index: usize, entry: Node<'_>) {
    let Some(text) = entry.text() else { return };
    if is_inline(&text) {
        for chart in entry.embedded().iter().filter_map(|doc| of_generator(doc.root()?)) {
            Inflation { index, chart, at: entry.span(), is_field: false }.add(finder);
        }
        return;
    }
    match finder.resolve(&join(&finder.roots[index].path, &text)) {
        Standing::File(file) => {
            let Some(file) = finder.index.id(&file) else { return };
            for chart in finder.docs_of(file).iter().filter_map(|doc| of_generator(doc.root()?)) {
                Inflation { index, chart, at: chart.name_node().span(), is_field: false }.add(finder);
            }
        }
        Standing::Folder(folder) => {
            let Some(&other) = finder.kustomizations.get(folder.as_str()) else { return };
            let files = finder.reads.iter().filter(|(reader, ..)| *reader == other);
            let docs: Vec<&Doc> =
                files.flat_map(|(.., files)| files).flat_map(|file| finder.docs_of(*file)).copied().collect();
            if docs.iter().any(|doc| doc.root().is_some_and(|root| of_generator(root).is_some())) {
                finder.roots[index].charts.get_or_insert_default();
                let message = "a generator that a kustomization makes is not inflated here";
                finder.roots[index].leave_unjudged(Reason::HelmCharts, entry.span(), message);
            }
        }
        Standing::Outside | Standing::Absent | Standing::Special => {}
    }
}

/// One chart of a kustomization.
struct Inflation<'a> {
    index: usize,
    chart: HelmChart<'a>,
    /// Where it is named.
    at: Span,
    /// Whether it stands in a field, and not in the configuration of a generator.
    is_field: bool,
}

impl Inflation<'_> {
    fn add(&self, finder: &mut Finder<'_>) {
        finder.roots[self.index].charts.get_or_insert_default();
        match self.find(finder) {
            Ok(inflated) => {
                let Inflated { chart, set, .. } = &inflated;
                finder.add_use(self.index, *chart, self.at, How::Inflates);
                finder.roots[*chart].values.push(set.clone());
                finder.roots[self.index].values.push(set.clone());
                finder.roots[self.index].charts.get_or_insert_default().push(inflated);
            }
            Err((reason, at, message)) => {
                finder.roots[self.index].leave_unjudged(reason, at, message);
                self.keep_values(finder);
            }
        }
    }

    /// Notes the values of a chart that is left out: they are judged as they are written.
    fn keep_values(&self, finder: &mut Finder<'_>) {
        let (first, more) = self.chart.value_files();
        let files: Vec<String> =
            first.into_iter().chain(more).filter_map(|node| Some(self.file(finder, node).ok()?.0)).collect();
        let inline = self.chart.inline().map(|node| self.text(node, &to_json(node)));
        let by = Some((self.index, self.at));
        let set = ValueSet { files, inline: inline.into_iter().collect(), by, ..ValueSet::default() };
        finder.roots[self.index].values.push(set);
    }

    /// Inline values.
    fn text(&self, node: Node<'_>, value: &Value) -> Inline {
        Inline { field: INLINE_OF_KUSTOMIZE, at: self.within(node), given: Given::Text(value.to_string()) }
    }

    fn find(&self, finder: &mut Finder<'_>) -> Result<Inflated, (Reason, Span, String)> {
        let refused = |reason, message: &str| (reason, self.at, message.to_owned());
        if let Some(key) = self.chart.odd_key() {
            let message = format!("`{}` is no field of a chart", key.text().unwrap_or_default());
            return Err((Reason::Malformed, self.within(key), message));
        }
        let Some(name) = self.chart.name() else {
            return Err(refused(Reason::Malformed, "the entry names no chart"));
        };
        let Some(merge) = self.chart.merge() else {
            return Err(refused(
                Reason::Malformed,
                "`valuesMerge` is none of `override`, `merge`, `replace`",
            ));
        };
        let written = self.chart.path(&name);
        let path = join(&finder.roots[self.index].path, &written);
        let chart = match finder.resolve(if written.starts_with('/') { &written } else { &path }) {
            _ if written.starts_with('/') => {
                return Err(refused(Reason::OutsideTheTree, &format!("`{written}` is an absolute path")));
            }
            Standing::Outside => {
                let message = format!("the chart `{written}` is outside of the tree");
                return Err(refused(Reason::OutsideTheTree, &message));
            }
            Standing::Folder(folder) => finder.charts.get(folder.as_str()).copied(),
            Standing::Absent if self.chart.repository().is_some() => {
                let from = without_secrets(&self.chart.repository().unwrap_or_default());
                return Err(refused(Reason::RemoteChart, &format!("the chart `{name}` is in `{from}`")));
            }
            Standing::File(_) | Standing::Absent | Standing::Special => None,
        };
        let Some(chart) = chart else {
            return Err(refused(Reason::MissingPath, &format!("there is no chart in `{written}`")));
        };
        if let Some(refusal) = &finder.roots[chart].refusal
            && refusal.reason != Reason::MissingDependency
        {
            return Err((refusal.reason, self.at, format!("the chart `{name}`: {}", refusal.message)));
        }
        let mut set = ValueSet { by: Some((self.index, self.at)), ..ValueSet::default() };
        self.values(finder, &mut set, merge)?;
        set.installation = self.installation(&name);
        let takes_namespace = self.is_field && set.installation.namespace.is_none();
        Ok(Inflated { chart, set, takes_namespace })
    }

    fn installation(&self, name: &str) -> Installation {
        let chart = &self.chart;
        let template = chart.field_text("nameTemplate").filter(|name| !name.contains("{{"));
        let release = chart.release().map(Cow::into_owned).or(template);
        let api = chart.field("apiVersions").into_iter().flat_map(Node::items);
        // kustomize asks no cluster: Helm knows these kinds, and what every cluster has.
        let api = api.filter_map(Node::text).map(Cow::into_owned).chain(["v1".to_owned()]);
        Installation {
            // Helm adds the time to the name of the chart.
            release: Some(release.unwrap_or_else(|| format!("{name}-0"))),
            namespace: chart.field_text("namespace"),
            skip_crds: !chart.is_true("includeCRDs"),
            skip_tests: chart.is_true("skipTests"),
            skip_hooks: chart.is_true("skipHooks"),
            kubernetes: chart.field_text("kubeVersion"),
            api: api.collect(),
            ..Installation::default()
        }
    }

    /// The values, lowest first: a file and the inline values, merged, then further files.
    fn values(
        &self,
        finder: &mut Finder<'_>,
        set: &mut ValueSet,
        merge: ValuesMerge,
    ) -> Result<(), (Reason, Span, String)> {
        let (first, more) = self.chart.value_files();
        let (first, more) = (
            first.map(|node| self.file(finder, node)).transpose()?,
            more.map(|node| self.file(finder, node)).collect::<Result<Vec<_>, _>>()?,
        );
        let Some(inline) = self.chart.inline() else {
            set.files.extend(first.into_iter().chain(more).map(|(path, _)| path));
            return Ok(());
        };
        let text = |value: &Value| self.text(inline, value);
        let file = |(path, at): (String, Span)| Inline {
            field: "additionalValuesFiles",
            at,
            given: Given::Values(path),
        };
        let own = to_json(inline);
        if merge != ValuesMerge::Replace && !is_plain(&own) {
            let message = "`valuesInline` tells how it is merged, which is not done here".to_owned();
            return Err((Reason::Malformed, self.within(inline), message));
        }
        match (merge, first) {
            (ValuesMerge::Replace, _) => set.inline.push(text(&own)),
            // What is taken away from the defaults of the chart comes back: Helm reads them by itself.
            (ValuesMerge::Override, None) => set.inline.push(text(&without_nulls(own))),
            (ValuesMerge::Override, Some(first)) if !has_null(&own) => {
                set.files.push(first.0);
                set.inline.push(text(&own));
            }
            (ValuesMerge::Merge, None) => {
                let path = join(
                    &finder.roots[self.index].path,
                    &self.chart.path(&self.chart.name().unwrap_or_default()),
                );
                let defaults = join(&path, "values.yaml");
                set.inline.push(text(&own));
                if matches!(finder.resolve(&defaults), Standing::File(_)) {
                    set.inline.push(file((defaults, self.at)));
                }
            }
            (merge, Some(first)) => {
                set.inline.extend(self.with_file(finder, inline, merge, first)?);
            }
        }
        set.inline.extend(more.into_iter().map(file));
        Ok(())
    }

    /// Inline values together with those of a file, where one takes away what the other says, or the file counts.
    fn with_file(
        &self,
        finder: &Finder<'_>,
        inline: Node<'_>,
        merge: ValuesMerge,
        (path, at): (String, Span),
    ) -> Result<Vec<Inline>, (Reason, Span, String)> {
        let refused = |message: &str| (Reason::Malformed, at, message.to_owned());
        let given = read(finder, &path).ok_or_else(|| refused("the value file is no mapping"))?;
        if !is_plain(&given) {
            return Err(refused("the value file tells how it is merged, which is not done here"));
        }
        let own = to_json(inline);
        Ok(if merge == ValuesMerge::Override {
            vec![self.text(inline, &merged(own, given))]
        } else if has_null(&given) {
            vec![self.text(inline, &merged(given, own))]
        } else {
            let file = Inline { field: "valuesFile", at, given: Given::Values(path) };
            vec![self.text(inline, &own), file]
        })
    }

    /// Where something of the entry stands: inside of a text only the text is known.
    fn within(&self, node: Node<'_>) -> Span {
        if node.span().file == self.at.file && self.chart.name_node().span() == self.at {
            node.span()
        } else {
            self.at
        }
    }

    /// A value file in the tree. Those above the kustomization are taken too, as without load restrictions.
    fn file(
        &self,
        finder: &mut Finder<'_>,
        node: Node<'_>,
    ) -> Result<(String, Span), (Reason, Span, String)> {
        let (path, at) = (node.text().unwrap_or_default(), self.within(node));
        if path.contains("://") {
            let message = format!("the value file `{}` would have to be fetched", without_secrets(&path));
            return Err((Reason::RemoteBase, at, message));
        }
        let found = finder.resolve(&join(&finder.roots[self.index].path, &path));
        match found {
            _ if path.starts_with('/') => {
                Err((Reason::OutsideTheTree, at, format!("the value file `{path}` is an absolute path")))
            }
            Standing::File(file) => {
                finder.take_values(self.index, at, &file);
                Ok((file, at))
            }
            Standing::Outside => {
                Err((Reason::OutsideTheTree, at, format!("the value file `{path}` leads out of the tree")))
            }
            Standing::Folder(_) | Standing::Absent | Standing::Special => {
                Err((Reason::MissingValues, at, format!("the value file `{path}` is not there")))
            }
        }
    }
}

/// The values of a file.
fn read(finder: &Finder<'_>, path: &str) -> Option<Value> {
    let bytes = finder.index.tree.bytes(path, LARGEST_VALUES)?;
    serde_yaml::from_slice(&bytes).ok().filter(Value::is_object)
}

/// Whether a mapping is merged key by key: no `$patch` says otherwise, and none is an object, whose lists have merge keys.
fn is_plain(value: &Value) -> bool {
    let Value::Object(map) = value else { return true };
    let is_object = map.contains_key("apiVersion") && map.contains_key("kind");
    !is_object && !map.contains_key("$patch") && map.values().all(is_plain)
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.values().any(has_null),
        _ => false,
    }
}

fn without_nulls(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    let kept = map.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
}

/// `over` on top of `below`: mappings are merged, a null takes away what is below it (kustomize `kyaml/yaml/merge2`).
fn merged(over: Value, below: Value) -> Value {
    let (Value::Object(over), Value::Object(mut below)) = (over, below) else { return Value::Null };
    for (key, value) in over {
        match (value, below.remove(&key)) {
            (Value::Null, _) => {}
            (value @ Value::Object(_), Some(before @ Value::Object(_))) => {
                below.insert(key, merged(value, before));
            }
            (value, _) => {
                below.insert(key, without_nulls(value));
            }
        }
    }
    Value::Object(below)
}
