//! Applications and ApplicationSets of Argo CD: which folders they render, with which values, for which cluster.
//!
//! How a source is read follows Argo CD 3.2 (`util/argo`, `reposerver/repository`).

use std::collections::HashSet;

use globset::{GlobBuilder, GlobMatcher};

use super::application::Application;
use super::application_set::{Made, made};
use super::finder::{Finder, place, written_name};
use super::own::{Found, Own};
use super::root::{Deployed, How, Kind, Reason};
use super::setting::Setting;
use super::template::{Reading, has_placeholder, placeholder_message};
use crate::k8s::Object;
use crate::render::paths::{join, or_dot, without_secrets};
use crate::source::{FileId, Span};

const GROUP: &str = "argoproj.io";

/// What Argo CD reads in a folder of plain manifests (`reposerver/repository`, `manifestFile`).
const MANIFESTS: [&str; 3] = [".yaml", ".yml", ".json"];

/// A file with this text is left out there.
const SKIPPED: &str = "+argocd:skip-file-rendering";

/// Adds an Application, or those that an ApplicationSet makes.
pub(super) fn follow(finder: &mut Finder<'_>, object: &Object<'_>, own: &Own) {
    let Some(spec) = object.node.get("spec") else { return };
    if object.is(GROUP, "Application") {
        let whole = Setting::of(object.node, Reading::Written);
        add(finder, object, &Made { whole, open: None, left: None, element: None }, own, true);
        return;
    }
    if !object.is(GROUP, "ApplicationSet") {
        return;
    }
    let file = finder.path(object.file());
    match made(finder, own, file, spec) {
        Ok(all) => {
            let mut said = HashSet::new();
            for made in &all {
                let places = made.open.iter().chain(&made.left).map(|(_, at, _)| *at);
                let is_first = said.insert(places.collect::<Vec<_>>());
                add(finder, object, made, own, is_first);
            }
        }
        // What cannot be generated stands for all that it would make.
        Err((reason, at, message)) => {
            let index = finder.add(Kind::Application, file, place(object));
            finder.roots[index].name = finder.qualified(object, written_name(object));
            if let Some(spec) = spec.at(&["template", "spec"]) {
                destination(finder, index, object.file(), &Setting::of(spec, Reading::Written));
            }
            finder.refuse(index, reason, at, message);
        }
    }
}

/// One Application. What is open in it is said with the first of those that are open for the same reason.
fn add(finder: &mut Finder<'_>, object: &Object<'_>, made: &Made, own: &Own, says: bool) {
    let file = finder.path(object.file());
    let name = made.whole.at(&["metadata", "name"]).and_then(Setting::text).map(str::to_owned);
    // The name of the set tells more than one with placeholders.
    let name = name.filter(|name| made.open.is_none() || !has_placeholder(name));
    let index = finder.add(Kind::Application, file, place(object));
    let shown = name.clone().or_else(|| made.open.as_ref().and_then(|_| written_name(object)));
    finder.roots[index].name = finder.qualified(object, shown);
    finder.roots[index].element = made.element;
    finder.roots[index].of_set = name.is_some() && object.is(GROUP, "ApplicationSet");
    let Some(spec) = made.whole.get("spec") else { return };
    destination(finder, index, object.file(), spec);
    // Argo CD carries out an operation that is applied with the Application.
    let sync = made.whole.at(&["operation", "sync"]);
    for key in ["source", "sources", "manifests", "revision", "revisions"] {
        if let Some(given) = sync.and_then(|sync| sync.get(key)) {
            let message = format!("`operation.sync.{key}` is applied once in the place of what `spec` says");
            finder.roots[index].leave_unjudged(Reason::Overridden, given.span(), message);
        }
    }
    let several: Vec<Setting> = spec.list("sources").cloned().collect();
    let listed = !several.is_empty();
    // What is hydrated from a source and committed elsewhere is that source.
    let single = spec.get("source").or_else(|| spec.at(&["sourceHydrator", "drySource"]));
    let all = if listed { several } else { single.cloned().into_iter().collect() };
    if all.is_empty() {
        finder.refuse(index, Reason::Malformed, spec.span(), "the Application names no source");
    }
    let destination = finder.roots[index].namespace.clone();
    let project = spec.field("project").map(|(project, _)| project.to_owned());
    let name = name.unwrap_or_default();
    let environment = [
        ("ARGOCD_APP_NAME", name.clone()),
        ("ARGOCD_APP_NAMESPACE", destination.unwrap_or_default()),
        ("ARGOCD_APP_PROJECT_NAME", project.unwrap_or_default()),
    ];
    let namespace = finder.namespace(object);
    let (name, namespace, open) = (name.as_str(), namespace.as_deref(), made.open.is_some());
    let application = Application { index, name, namespace, file, own, all: &all, listed, open, environment };
    for (index, source) in all.iter().enumerate() {
        application.source(finder, source, index + 1);
    }
    let root = &mut finder.roots[index];
    // Where nothing is left of it, its first reason is that of the whole.
    let is_whole = root.deploys.is_empty() && root.refusal.is_none();
    for (reason, at, message) in made.left.iter().chain(&made.open).filter(|_| says || is_whole) {
        finder.roots[index].leave_unjudged(*reason, *at, message);
    }
    let root = &mut finder.roots[index];
    if is_whole && root.wanted.is_empty() && !root.unjudged.is_empty() {
        root.refusal = Some(root.unjudged.remove(0));
    }
}

/// The namespace and cluster; the cluster that Argo CD runs in is the one that the Application's path is for. One that
/// only a running Argo CD fills in is unknown, whatever the path.
fn destination(finder: &mut Finder<'_>, index: usize, file: FileId, spec: &Setting) {
    let text = |key: &str| spec.at(&["destination", key])?.text().filter(|text| !text.is_empty());
    let namespace = text("namespace").filter(|namespace| !has_placeholder(namespace));
    finder.roots[index].namespace = namespace.and_then(|name| finder.known_namespace(file, name));
    let written = text("name").or_else(|| text("server"));
    let local = written.is_none_or(|cluster| finder.cluster_names.is_local(cluster));
    let named = written.filter(|cluster| !has_placeholder(cluster));
    let named = named.map(|cluster| without_secrets(finder.cluster_names.of_all(cluster)));
    let cluster = if local { finder.cluster(file) } else { named };
    finder.roots[index].clusters = cluster.into_iter().collect();
    finder.roots[index].local = local && !finder.is_astray(file);
}

impl Application<'_, '_> {
    fn source(&self, finder: &mut Finder<'_>, source: &Setting, number: usize) {
        let repository = source.field("repoURL").map_or("", |(text, _)| text);
        let from = without_secrets(repository);
        if let Some((chart, at)) = source.field("chart") {
            let message = format!("the chart `{chart}` is in `{from}`");
            finder.roots[self.index].leave_unjudged(Reason::RemoteChart, at, message);
            return self.values(finder, source, None, at, number);
        }
        let Some((path, at)) = source.field("path") else {
            // A source that only lends its files to the others.
            if source.get("ref").is_none() {
                let message = "the source names neither path nor chart";
                finder.refuse(self.index, Reason::Malformed, source.span(), message);
            }
            return;
        };
        let is_inside = !path.starts_with('/') && join("", path).split('/').all(|part| part != "..");
        let found = self.own.folder(finder, self.file, repository, path);
        // Unless a folder is really called so.
        if has_placeholder(path) && !(is_inside && matches!(found, Found::Folder(_))) {
            return self.leave(finder, Reason::Templated, at, placeholder_message(path));
        }
        if !is_inside {
            let message = format!("`{path}` is no path inside the repository");
            return finder.refuse(self.index, Reason::OutsideTheTree, at, message);
        }
        match found {
            Found::Folder(folder) => {
                finder.want(self.index, &folder);
                let source = self.overridden(finder, source, &folder, at);
                self.render(finder, &source, &folder, at, number);
            }
            Found::Missing => {
                let message = format!("`{path}` of `{from}` is not in this tree");
                finder.refuse(self.index, Reason::MissingPath, at, message);
            }
            Found::Elsewhere => {
                let message = format!("`{path}` is in `{from}`, which is not this tree");
                finder.roots[self.index].leave_unjudged(Reason::RemoteBase, at, message);
            }
        }
    }

    /// Finds out what a folder is, as Argo CD does: what the source says, else what of a kustomization and a chart comes last.
    fn render(&self, finder: &mut Finder<'_>, source: &Setting, folder: &str, at: Span, number: usize) {
        // An empty block counts in `sources` only.
        let several = self.listed;
        let block = |key: &str| {
            source
                .get(key)
                .is_some_and(|block| !block.is_null() && (several || block.entries().next().is_some()))
        };
        if let Some(plugin) = source.get("plugin").filter(|plugin| !plugin.is_null()) {
            let message = "a plugin of Argo CD makes the manifests";
            return finder.roots[self.index].leave_unjudged(Reason::ExecPlugin, plugin.span(), message);
        }
        let blocks: Vec<&str> =
            ["helm", "kustomize", "directory"].into_iter().filter(|key| block(key)).collect();
        if blocks.len() > 1 {
            let message = format!("`{}` and `{}` are two kinds of source", blocks[0], blocks[1]);
            return finder.refuse(self.index, Reason::Malformed, at, message);
        }
        let kind = blocks.first().copied();
        let is_chart = finder.charts.contains_key(folder) || finder.holds(folder, "Chart.yaml");
        let is_kustomization = finder.kustomizations.contains_key(folder);
        if kind == Some("helm") || (kind.is_none() && is_chart && !is_kustomization) {
            if let Some(chart) = finder.charts.get(folder).copied() {
                finder.add_use(self.index, chart, at, How::Builds);
                self.values(finder, source, Some((chart, folder)), at, number);
            } else {
                let message = format!("`{}` holds no chart that was read", or_dot(folder));
                finder.refuse(self.index, Reason::MissingPath, at, message);
            }
        } else if kind == Some("kustomize") || (kind.is_none() && is_kustomization) {
            if let Some(other) = finder.use_kustomization(self.index, folder, at) {
                let changes = self.changes(finder, source, folder);
                finder.add_deploy(self.index, number, at, Deployed::Kustomization(other, changes));
            }
        } else {
            self.directory(finder, source, folder, at, number);
        }
    }

    /// A folder of plain manifests.
    fn directory(&self, finder: &mut Finder<'_>, source: &Setting, folder: &str, at: Span, number: usize) {
        let block = source.get("directory");
        let recurse = block.is_some_and(|block| block.is_true("recurse"));
        let glob = |key: &str| -> Result<Option<GlobMatcher>, String> {
            let Some((pattern, _)) = block.and_then(|block| block.field(key)) else { return Ok(None) };
            let glob = GlobBuilder::new(pattern).literal_separator(false).build();
            let glob = glob.map_err(|error| format!("`{key}: {pattern}` is no pattern: {}", error.kind()))?;
            Ok(Some(glob.compile_matcher()))
        };
        let (include, exclude) = match (glob("include"), glob("exclude")) {
            (Ok(include), Ok(exclude)) => (include, exclude),
            (Err(message), _) | (_, Err(message)) => {
                return finder.refuse(self.index, Reason::Malformed, at, message);
            }
        };
        let Some(all) = finder.standing(self.index, folder, recurse, at) else { return };
        let prefix = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let is_read = |path: &str| {
            let rest = &path[prefix..];
            !exclude.as_ref().is_some_and(|glob| glob.is_match(rest))
                && include.as_ref().is_none_or(|glob| glob.is_match(rest))
        };
        let mut files = Vec::new();
        for (path, real) in all.into_iter().filter(|(path, _)| is_read(path)) {
            if MANIFESTS.iter().any(|ending| path.ends_with(ending)) {
                let file = finder.text_at(self.index, &real, at);
                files.extend(file.filter(|file| !finder.index.file(*file).contains(SKIPPED)));
            } else if path.ends_with(".jsonnet") {
                let message =
                    format!("Argo CD evaluates `{path}`; exclude it, or commit what it makes instead");
                finder.roots[self.index].leave_unjudged(Reason::ExecPlugin, at, message);
            }
        }
        files.sort_unstable();
        finder.add_deploy(self.index, number, at, Deployed::Files(files.clone()));
        finder.add_reads(self.index, at, files);
    }
}
