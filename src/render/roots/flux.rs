//! Kustomizations and HelmReleases of Flux: which folders they render, with which values, for which cluster.

use super::changes;
use super::finder::{Finder, place, written_name};
use super::helm::value_file_in_repository;
use super::own::{Found, Own};
use super::root::{Changes, Deployed, Given, How, Inline, Installation, Kind, Reason, Substitutes, ValueSet};
use super::template::{has_placeholder, placeholder_message};
use crate::k8s::Object;
use crate::render::paths::without_secrets;
use crate::source::Span;
use crate::yaml::{Node, to_json};

/// Adds a Kustomization or a HelmRelease.
pub(super) fn follow(finder: &mut Finder<'_>, object: &Object<'_>, own: &Own) {
    let Some(spec) = object.node.get("spec") else { return };
    if object.is("kustomize.toolkit.fluxcd.io", "Kustomization") {
        let index = add(finder, object, Kind::FluxKustomization, spec);
        finder.roots[index].namespace = target(finder, object, spec);
        kustomization(finder, index, object, spec, own);
        finder.roots[index].substitutes = substitutes(finder, index, spec);
    } else if object.is("helm.toolkit.fluxcd.io", "HelmRelease") {
        let index = add(finder, object, Kind::HelmRelease, spec);
        release(finder, index, object, spec, own);
    }
}

/// The namespace that an object says for what it deploys, where that is known.
fn target(finder: &Finder<'_>, object: &Object<'_>, spec: Node<'_>) -> Option<String> {
    let (namespace, _) = text(spec, "targetNamespace")?;
    finder.known_namespace(object.file(), &namespace)
}

fn text(node: Node<'_>, key: &str) -> Option<(String, Span)> {
    let value = node.get(key)?;
    let text = value.text().filter(|text| !text.is_empty())?;
    Some((text.into_owned(), value.span()))
}

fn add(finder: &mut Finder<'_>, object: &Object<'_>, kind: Kind, spec: Node<'_>) -> usize {
    let index = finder.add(kind, finder.path(object.file()), place(object));
    let name = finder.qualified(object, written_name(object));
    let remote = spec.at(&["kubeConfig", "secretRef"]).and_then(|secret| text(secret, "name"));
    let local = spec.get("kubeConfig").is_none_or(Node::is_null);
    let named = remote.map(|(name, _)| name).filter(|name| !has_placeholder(name));
    let cluster = if local { finder.cluster(object.file()) } else { named };
    let local = local && !finder.is_astray(object.file());
    let root = &mut finder.roots[index];
    root.local = local;
    root.clusters = cluster.into_iter().collect();
    root.name = name;
    index
}

/// The values of `postBuild`: those that are written, as those of the cluster are unknown.
fn substitutes(finder: &mut Finder<'_>, index: usize, spec: Node<'_>) -> Option<Substitutes> {
    let post = spec.get("postBuild")?;
    refuse_values_of_cluster(finder, index, post.get("substituteFrom"));
    let written = post.get("substitute").into_iter().flat_map(Node::entries);
    let pairs = written.filter_map(|entry| {
        Some((entry.key.text()?.into_owned(), (entry.value.text()?.into_owned(), entry.value.span())))
    });
    Some(pairs.collect())
}

/// Refuses values that config maps and secrets in the cluster must give.
fn refuse_values_of_cluster(finder: &mut Finder<'_>, index: usize, references: Option<Node<'_>>) {
    for from in references.into_iter().flat_map(Node::items) {
        if from.get("optional").and_then(Node::as_bool) != Some(true) {
            let word = |key: &str| text(from, key).map(|(text, _)| text).unwrap_or_default();
            let message = format!("values come from the {} `{}` in the cluster", word("kind"), word("name"));
            finder.refuse(index, Reason::NeedsCluster, from.span(), message);
        }
    }
}

fn kustomization(finder: &mut Finder<'_>, index: usize, object: &Object<'_>, spec: Node<'_>, own: &Own) {
    let (path, at) = text(spec, "path").unwrap_or_else(|| ("./".into(), spec.span()));
    if has_placeholder(&path) {
        return finder.refuse(index, Reason::Templated, at, placeholder_message(&path));
    }
    // Flux cuts `..` off at the top (securejoin).
    let inside: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
    let reference = spec.get("sourceRef");
    let found = own.flux_folder(finder, object, reference, &inside.join("/"));
    let Found::Folder(folder) = found else {
        let source = reference.and_then(|source| source.get("name")?.text()).unwrap_or_default();
        let reason = if found == Found::Missing { Reason::MissingPath } else { Reason::RemoteBase };
        let message = format!("`{path}` of the source `{source}` is not in this tree");
        return finder.refuse(index, reason, at, message);
    };
    finder.want(index, &folder);
    let changes = changes::of_flux(finder, index, spec, &folder);
    if finder.kustomizations.contains_key(folder.as_str()) {
        if let Some(other) = finder.use_kustomization(index, &folder, at) {
            finder.add_deploy(index, 1, at, Deployed::Kustomization(other, changes));
        }
        return;
    }
    if let Some(change) = changes.list.iter().find(|change| change.field != "namespace") {
        let message = format!("`{}` is not applied here to a folder without kustomization", change.field);
        finder.refuse(index, Reason::Overridden, change.at, message);
    }
    generated(finder, index, &folder, at);
}

/// Where a folder has no kustomization Flux makes one, of all files below and of the kustomizations in subfolders.
fn generated(finder: &mut Finder<'_>, index: usize, folder: &str, at: Span) {
    let Some(all) = finder.list(index, folder, at) else { return };
    let mut files = Vec::new();
    // Files come in order, so those of a kustomization stand together.
    let mut last: Option<&str> = None;
    for (path, file) in all {
        if last.is_some_and(|last| path.strip_prefix(last).is_some_and(|rest| rest.starts_with('/'))) {
            continue;
        }
        let start = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let slashes = path[start..].match_indices('/').map(|(slash, _)| &path[..start + slash]);
        let mut folders = slashes.filter(|folder| finder.kustomizations.contains_key(folder));
        match folders.next() {
            Some(inner) => {
                if let Some(other) = finder.use_kustomization(index, inner, at) {
                    finder.add_deploy(index, 1, at, Deployed::Kustomization(other, Changes::default()));
                }
                last = Some(inner);
            }
            None => files.push(file),
        }
    }
    finder.add_deploy(index, 1, at, Deployed::Files(files.clone()));
    finder.add_reads(index, at, files);
}

fn release(finder: &mut Finder<'_>, index: usize, object: &Object<'_>, spec: Node<'_>, own: &Own) {
    let target_word = text(spec, "targetNamespace").map(|(namespace, _)| namespace);
    let short = written_name(object).unwrap_or_default();
    let name = target_word.as_ref().map_or(short.clone(), |target| format!("{target}-{short}"));
    let written = text(spec, "releaseName").map(|(name, _)| name);
    let namespace = match target_word {
        Some(_) => target(finder, object, spec),
        None => finder.namespace(object),
    };
    let release = Some(written.unwrap_or(name)).filter(|name| !name.is_empty() && !has_placeholder(name));
    let root = &mut finder.roots[index];
    root.namespace = namespace.filter(|name| !has_placeholder(name));
    let installation = Installation { release, ..Installation::default() };
    let set = |at| ValueSet { by: Some((index, at)), installation, ..ValueSet::default() };
    let chart = spec.at(&["chart", "spec"]);
    let named = chart.and_then(|chart| text(chart, "chart"));
    let reference = spec.at(&["chartRef", "name"]).and_then(|node| Some((node.text()?, node.span())));
    let (path, at) = match (named, reference) {
        (Some(named), _) => named,
        (None, Some((name, at))) => {
            finder.refuse(index, Reason::RemoteChart, at, format!("the chart is that of `{name}`"));
            return values(finder, spec, None, set(at));
        }
        (None, None) => {
            return finder.refuse(index, Reason::Malformed, spec.span(), "the HelmRelease names no chart");
        }
    };
    let source = |key: &str| chart.and_then(|chart| chart.at(&["sourceRef", key])?.text());
    let from = source("name").unwrap_or_default();
    if source("kind").is_none_or(|kind| kind == "HelmRepository") {
        let message = format!("the chart `{}` is in the repository `{from}`", without_secrets(&path));
        finder.refuse(index, Reason::RemoteChart, at, message);
        return values(finder, spec, None, set(at));
    }
    let inside = path.trim_start_matches("./").trim_matches('/');
    let reference = chart.and_then(|chart| chart.get("sourceRef"));
    let chart = match own.flux_folder(finder, object, reference, inside) {
        Found::Folder(folder) => {
            finder.want(index, &folder);
            finder.charts.get(folder.as_str()).copied().map(|chart| (chart, folder))
        }
        Found::Missing | Found::Elsewhere => None,
    };
    if let Some((chart, _)) = chart {
        finder.add_use(index, chart, at, How::Builds);
    } else {
        let message = format!("the chart `{path}` of the source `{from}` is not in this tree");
        finder.refuse(index, Reason::RemoteChart, at, message);
    }
    values(finder, spec, chart.as_ref().map(|(chart, folder)| (*chart, folder.as_str())), set(at));
}

fn values(finder: &mut Finder<'_>, spec: Node<'_>, chart: Option<(usize, &str)>, mut set: ValueSet) {
    let Some((index, _)) = set.by else { return };
    let listed = spec.at(&["chart", "spec"]);
    let lenient = listed.and_then(|chart| chart.get("ignoreMissingValuesFiles")?.as_bool()) == Some(true);
    let names = listed.and_then(|chart| chart.get("valuesFiles"));
    // Seen from the top of the source (Flux `source-controller`), and only known for a chart of this tree.
    for node in names.filter(|_| chart.is_some()).into_iter().flat_map(Node::items) {
        let path = node.text().unwrap_or_default();
        let inside = path.trim_start_matches("./").trim_start_matches('/');
        match value_file_in_repository(finder, finder.path(node.span().file), inside) {
            Ok(file) => set.files.push(file),
            Err((Reason::MissingValues, _)) if lenient => {}
            Err((reason, message)) => finder.refuse(index, reason, node.span(), message),
        }
    }
    refuse_values_of_cluster(finder, index, spec.get("valuesFrom"));
    let inline = spec.get("values").filter(|values| !values.is_null()).map(|values| Inline {
        field: "values",
        at: values.span(),
        given: Given::Text(to_json(values).to_string()),
    });
    set.inline.extend(inline);
    finder.add_values(chart, set, 1);
}
