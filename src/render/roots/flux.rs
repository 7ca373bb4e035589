//! Kustomizations and HelmReleases of Flux: which folders they render, with which values, for which cluster.

use std::borrow::Cow;
use std::collections::HashSet;

use super::changes;
use super::data::Reference;
use super::finder::{Finder, place, written_name};
use super::flux_values;
use super::helm::value_file_in_repository;
use super::own::{Found, Own, source_of};
use super::root::{Changes, Deployed, Given, How, Inline, Installation, Kind, Reason, ValueSet};
use super::template::{has_placeholder, placeholder_message};
use crate::k8s::{Object, applied};
use crate::render::paths::without_secrets;
use crate::source::{FileId, Span};
use crate::yaml::{Node, to_json};

/// Adds a Kustomization or a HelmRelease.
pub(super) fn follow(finder: &mut Finder<'_>, object: &Object<'_>, own: &Own) {
    let Some(spec) = object.node.get("spec") else { return };
    if object.is("kustomize.toolkit.fluxcd.io", "Kustomization") {
        let index = add(finder, object, Kind::FluxKustomization, spec);
        finder.roots[index].namespace = target(finder, object, spec);
        finder.roots[index].runs_tests = true;
        kustomization(finder, index, object, spec, own);
    } else if object.is("helm.toolkit.fluxcd.io", "HelmRelease") {
        let index = add(finder, object, Kind::HelmRelease, spec);
        finder.roots[index].runs_tests = spec.at(&["test", "enable"]).and_then(Node::as_bool) == Some(true);
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

fn kustomization(finder: &mut Finder<'_>, index: usize, object: &Object<'_>, spec: Node<'_>, own: &Own) {
    let (path, at) = text(spec, "path").unwrap_or_else(|| ("./".into(), spec.span()));
    // Flux cuts `..` off at the top (securejoin).
    let inside: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
    let reference = spec.get("sourceRef");
    let found = own.flux_folder(finder, object, reference, &inside.join("/"));
    let Found::Folder(folder) = found else {
        if has_placeholder(&path) {
            return finder.refuse(index, Reason::Templated, at, placeholder_message(&path));
        }
        let source = reference.and_then(|source| source.get("name")?.text()).unwrap_or_default();
        let reason = if found == Found::Missing { Reason::MissingPath } else { Reason::RemoteBase };
        let message = format!("`{path}` of the source `{source}` is not in this tree");
        return finder.refuse(index, reason, at, message);
    };
    finder.want(index, &folder);
    let mut changes = changes::of_flux(finder, index, spec, &folder);
    let given = flux_values::substitutes(finder, index, object, spec);
    let changes_nothing = changes.list.is_empty() && given.iter().all(Option::is_none);
    let source = reference.map(|reference| source_of(finder, object, reference)).unwrap_or_default();
    let is_left_out = |finder: &Finder<'_>, path: &str| own.left_out.by(finder, &source, path).is_some();
    let known = finder.kustomizations.get(folder.as_str()).copied();
    let is_taken = |other: &usize| !changes_nothing || !is_left_out(finder, file_of(finder, *other));
    let other = known.filter(is_taken).and_then(|_| finder.use_kustomization(index, &folder, at));
    if other.is_none() {
        for path in own.included_below(finder, object, reference, &inside.join("/")) {
            let message = format!("what the source takes from another one into `{path}`");
            finder.roots[index].leave_unjudged(Reason::RemoteBase, at, message);
        }
        generated(finder, (index, at), &folder, &mut changes, changes_nothing, &is_left_out);
    }
    finder.taken.push((index, at, source));
    if other.is_none() && changes.folder.is_none() {
        return;
    }
    for substitutes in given {
        let changes = Changes { substitutes, ..changes.clone() };
        finder.add_deploy(index, 1, at, Deployed::Kustomization(other.unwrap_or(index), changes));
    }
}

/// Where a folder has no kustomization Flux makes one, of all files below and of the kustomizations in subfolders. Where
/// it changes nothing and builds, these are what it applies.
fn generated(
    finder: &mut Finder<'_>,
    (index, at): (usize, Span),
    folder: &str,
    changes: &mut Changes,
    changes_nothing: bool,
    is_left_out: &dyn Fn(&Finder<'_>, &str) -> bool,
) {
    let is_in_chart = is_in_chart(finder, folder);
    let Some(all) = files_below(finder, index, (folder, is_in_chart), at) else { return };
    let (mut files, mut manifests, mut resources, mut inners) = (vec![], vec![], vec![], vec![]);
    // Files come in order, so those of a kustomization stand together.
    let mut last: Option<&str> = None;
    for (path, file) in &all {
        let file = *file;
        if last.is_some_and(|last| path.strip_prefix(last).is_some_and(|rest| rest.starts_with('/'))) {
            continue;
        }
        if is_left_out(finder, path) {
            continue;
        }
        let start = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let slashes = path[start..].match_indices('/').map(|(slash, _)| &path[..start + slash]);
        let known = slashes.filter_map(|folder| Some((folder, *finder.kustomizations.get(folder)?)));
        let mut taken = known.filter(|(_, other)| !is_left_out(finder, file_of(finder, *other)));
        if let Some((inner, other)) = taken.next() {
            last = Some(inner);
            // All else is judged without one that cannot be built.
            if finder.is_refused(other) {
                finder.add_use(index, other, at, How::Holds);
                continue;
            }
            finder.add_use(index, other, at, How::Builds);
            inners.push(other);
            resources.push(inner);
            continue;
        }
        files.push(file);
        // Flux takes no others, and refuses the folder where one of these holds no objects.
        let holds_objects = || finder.docs_of(file).iter().any(|doc| !applied(doc).is_empty());
        if is_manifest(path) && (is_in_chart || holds_objects()) {
            manifests.push(file);
            resources.push(path);
        }
    }
    if changes_nothing && !repeats(finder, &manifests) {
        for other in inners {
            changes.parts.push(other);
            finder.add_deploy(index, 1, at, Deployed::Kustomization(other, Changes::default()));
        }
        finder.add_deploy(index, 1, at, Deployed::Files(files.clone()));
        finder.add_reads(index, at, files);
    } else {
        changes.parts.extend(inners);
        if !resources.is_empty() {
            changes.add_resources(folder, &resources, at);
        }
        finder.add_reads(index, at, manifests);
    }
}

/// The file of a kustomization.
fn file_of<'a>(finder: &Finder<'a>, kustomization: usize) -> &'a str {
    finder.roots[kustomization].at.map(|at| finder.path(at.file)).unwrap_or_default()
}

/// The files below a folder; of one in a chart the manifests that stand there, as Flux reads templates as they are written.
fn files_below<'a>(
    finder: &mut Finder<'a>,
    index: usize,
    (folder, is_in_chart): (&str, bool),
    at: Span,
) -> Option<Vec<(Cow<'a, str>, FileId)>> {
    if !is_in_chart {
        let listed = finder.list(index, folder, at)?;
        return Some(listed.into_iter().map(|(path, file)| (path.into(), file)).collect());
    }
    let standing = finder.standing(index, folder, true, at)?;
    let manifests = standing.into_iter().filter(|(path, _)| is_manifest(path));
    Some(
        manifests.filter_map(|(path, real)| Some((path.into(), finder.text_at(index, &real, at)?))).collect(),
    )
}

/// Whether a folder stands in a chart.
fn is_in_chart(finder: &Finder<'_>, folder: &str) -> bool {
    let mut above = folder.match_indices('/').map(|(slash, _)| &folder[..slash]);
    above.any(|chart| finder.charts.contains_key(chart))
}

/// Whether files hold an object twice, which no kustomization may (kustomize `api/resmap`, "already registered id").
fn repeats(finder: &Finder<'_>, files: &[FileId]) -> bool {
    let mut known = HashSet::new();
    let docs = files.iter().flat_map(|file| finder.docs_of(*file));
    let mut objects = docs.flat_map(|doc| applied(doc)).filter(|object| object.name_node().is_some());
    !objects.all(|object| known.insert((object.api_version, object.kind, object.namespace, object.name)))
}

/// Whether Flux reads a file of a folder at all.
fn is_manifest(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| matches!(extension, "yaml" | "yml"))
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
    // What an upgrade does not check, a cluster may have.
    let skip_schema = ["install", "upgrade"]
        .into_iter()
        .any(|action| spec.at(&[action, "disableSchemaValidation"]).and_then(Node::as_bool) == Some(true));
    let installation = Installation { release, skip_schema, ..Installation::default() };
    let set = |at| {
        let post = changes::of_post_renderers(spec, at);
        ValueSet { by: Some((index, at)), installation, post, ..ValueSet::default() }
    };
    let listed = spec.at(&["chart", "spec"]).or_else(|| chart_object(finder, index, object, spec));
    let named = listed.and_then(|chart| text(chart, "chart"));
    let reference = spec.at(&["chartRef", "name"]).and_then(|node| Some((node.text()?, node.span())));
    let (path, at) = match (named, reference) {
        (Some(named), _) => named,
        (None, Some((name, at))) => {
            finder.refuse(index, Reason::RemoteChart, at, format!("the chart is that of `{name}`"));
            return values(finder, object, (spec, None), None, set(at));
        }
        (None, None) => {
            return finder.refuse(index, Reason::Malformed, spec.span(), "the HelmRelease names no chart");
        }
    };
    let source = |key: &str| listed.and_then(|chart| chart.at(&["sourceRef", key])?.text());
    let from = source("name").unwrap_or_default();
    if source("kind").is_none_or(|kind| kind == "HelmRepository") {
        let message = format!("the chart `{}` is in the repository `{from}`", without_secrets(&path));
        finder.refuse(index, Reason::RemoteChart, at, message);
        return values(finder, object, (spec, listed), None, set(at));
    }
    let local = chart_of_tree(finder, index, object, (listed, &path), own);
    if let Some((chart, _)) = local {
        finder.add_use(index, chart, at, How::Builds);
        let reference = listed.and_then(|chart| chart.get("sourceRef"));
        let source = reference.map(|reference| source_of(finder, object, reference)).unwrap_or_default();
        finder.taken.push((index, at, source));
    } else {
        let message = format!("the chart `{path}` of the source `{from}` is not in this tree");
        finder.refuse(index, Reason::RemoteChart, at, message);
    }
    let local = local.as_ref().map(|(chart, folder)| (*chart, folder.as_str()));
    values(finder, object, (spec, listed), local, set(at));
}

/// The chart of this tree that a HelmRelease names by its path in a source, and its folder.
fn chart_of_tree(
    finder: &mut Finder<'_>,
    index: usize,
    object: &Object<'_>,
    (listed, path): (Option<Node<'_>>, &str),
    own: &Own,
) -> Option<(usize, String)> {
    let inside = path.trim_start_matches("./").trim_matches('/');
    let reference = listed.and_then(|chart| chart.get("sourceRef"));
    match own.flux_folder(finder, object, reference, inside) {
        Found::Folder(folder) => {
            finder.want(index, &folder);
            finder.charts.get(folder.as_str()).copied().map(|chart| (chart, folder))
        }
        Found::Missing | Found::Elsewhere => None,
    }
}

/// The `spec` of the `HelmChart` that a HelmRelease refers to, if that is in this tree.
fn chart_object<'a>(
    finder: &mut Finder<'a>,
    index: usize,
    object: &Object<'_>,
    spec: Node<'_>,
) -> Option<Node<'a>> {
    let reference = spec.get("chartRef")?;
    let (kind, _) = text(reference, "kind").filter(|(kind, _)| kind == "HelmChart")?;
    let (name, _) = text(reference, "name")?;
    finder.roots[index].takes_values = true;
    let namespace = text(reference, "namespace").map(|(namespace, _)| namespace);
    let file = object.file();
    let (found, _) = finder.data.find(&Reference {
        kind: &kind,
        name: &name,
        namespace: namespace.or_else(|| finder.namespace(object)),
        cluster: finder.cluster(file),
        file,
    });
    match &found[..] {
        [one] => one.get("spec"),
        _ => None,
    }
}

fn values(
    finder: &mut Finder<'_>,
    object: &Object<'_>,
    (spec, listed): (Node<'_>, Option<Node<'_>>),
    chart: Option<(usize, &str)>,
    mut set: ValueSet,
) {
    let Some((index, _)) = set.by else { return };
    let lenient = listed.and_then(|chart| chart.get("ignoreMissingValuesFiles")?.as_bool()) == Some(true);
    let named = |key: &str| listed.and_then(|chart| chart.get(key));
    // Versions before `v2` have one more, which is merged before the others (helm-controller, `api/v2beta2`).
    let first = named("valuesFile").filter(|file| object.api_version.contains("beta") && !file.is_null());
    let names = first.into_iter().chain(named("valuesFiles").into_iter().flat_map(Node::items));
    // Seen from the top of the source (Flux `source-controller`), and only known for a chart of this tree.
    for node in names.filter(|_| chart.is_some()) {
        let path = node.text().unwrap_or_default();
        let inside = path.trim_start_matches("./").trim_start_matches('/');
        match value_file_in_repository(finder, finder.path(node.span().file), inside) {
            Ok(file) => {
                // They stand in the place of those of the chart (`source-controller`, `internal/helm/chart`).
                set.installation.bare = true;
                set.files.push(file);
            }
            Err((Reason::MissingValues, _)) if lenient => {}
            Err((reason, message)) => finder.refuse(index, reason, node.span(), message),
        }
    }
    let own = spec.get("values").filter(|values| !values.is_null()).map(|values| Inline {
        field: "values",
        at: values.span(),
        given: Given::Text(to_json(values).to_string()),
    });
    let (variants, partial) = flux_values::values_from(finder, index, object, spec);
    set.partial |= partial;
    for inline in variants {
        let inline = inline.into_iter().chain(own.clone()).collect();
        finder.add_values(chart, ValueSet { inline, ..set.clone() }, 1);
    }
}
