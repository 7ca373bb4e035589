//! Applications and ApplicationSets of Argo CD: which folders they render, with which values, for which cluster.
//!
//! How a source is read follows Argo CD 3.2 (`util/argo`, `reposerver/repository`).

use std::collections::HashMap;

use globset::{GlobBuilder, GlobMatcher};

use super::application::Application;
use super::finder::{Finder, place, written_name};
use super::generators::Expansion;
use super::go_template::Parameters;
use super::root::{Deployed, How, Kind, Reason};
use super::template::{Reading, Style, has_placeholder, placeholder_message};
use crate::k8s::Object;
use crate::load::Standing;
use crate::render::paths::{join, or_dot, without_secrets};
use crate::source::{FileId, Span};
use crate::yaml::Node;

const GROUP: &str = "argoproj.io";

/// The sources of an Application: of `sources` and `source` the first wins where both are written.
pub fn sources(spec: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let several = spec.get("sources").filter(|sources| sources.items().next().is_some());
    let single = spec.get("source").filter(|_| several.is_none());
    several.into_iter().flat_map(Node::items).chain(single)
}

/// The addresses of this repository, those under which a folder of it is named, with the top that this folder is below.
pub(super) fn own_repositories(finder: &Finder<'_>, objects: &[Object<'_>]) -> HashMap<String, String> {
    let mut own = HashMap::new();
    for object in objects {
        let spec = if object.is(GROUP, "Application") {
            object.node.get("spec")
        } else if object.is(GROUP, "ApplicationSet") {
            object.node.at(&["spec", "template", "spec"])
        } else {
            None
        };
        for source in spec.into_iter().flat_map(sources) {
            let text = |key: &str| source.get(key).and_then(Node::text).unwrap_or_default();
            let (address, path) = (address(&text("repoURL")), text("path"));
            let path = path.split("{{").next().unwrap_or_default().trim_matches(['.', '/']);
            if path.is_empty() || own.contains_key(&address) {
                continue;
            }
            let folder = finder.in_repository(finder.path(object.file()), path);
            if let Some(top) = folder.as_ref().and_then(|folder| folder.strip_suffix(path)) {
                own.insert(address, top.trim_end_matches('/').to_owned());
            }
        }
    }
    own
}

fn address(text: &str) -> String {
    text.trim_end_matches('/').trim_end_matches(".git").to_ascii_lowercase()
}

/// Adds an Application, or those that an ApplicationSet makes.
pub(super) fn follow(finder: &mut Finder<'_>, object: &Object<'_>, own: &HashMap<String, String>) {
    let Some(spec) = object.node.get("spec") else { return };
    if object.is(GROUP, "Application") {
        add(finder, object, object.node, Reading::Written, own);
        return;
    }
    if !object.is(GROUP, "ApplicationSet") {
        return;
    }
    let style = Style::of(spec);
    let file = finder.path(object.file());
    let sets = match spec.get("generators") {
        Some(generators) => Expansion { finder, file, style }.all(generators),
        None => Ok(Vec::new()),
    };
    let sets = sets.and_then(|sets| match spec.get("templatePatch") {
        Some(patch) => {
            Err((Reason::Templated, patch.span(), "`templatePatch` is a template of its own".into()))
        }
        None if sets.is_empty() => {
            let at = spec.get("generators").unwrap_or(spec).span();
            Err((Reason::MissingPath, at, "nothing in this tree makes an Application of it".into()))
        }
        None => Ok(sets),
    });
    match (sets, spec.get("template")) {
        (Ok(sets), Some(template)) => {
            for set in &sets {
                add(finder, object, template, Reading::Template(style, set), own);
            }
        }
        (Ok(_), None) => {}
        // What cannot be generated stands for all that it would make.
        (Err((reason, at, message)), template) => {
            let index = finder.add(Kind::Application, file, place(object));
            finder.roots[index].name = finder.qualified(object, written_name(object));
            let known = Parameters::new();
            let reading = Reading::Template(style, &known);
            if let Some(spec) = template.and_then(|template| template.get("spec")) {
                destination(finder, index, object.file(), spec, reading);
            }
            finder.refuse(index, reason, at, message);
        }
    }
}

/// One Application; `node` holds its `metadata` and `spec`, written or as template.
fn add(
    finder: &mut Finder<'_>,
    object: &Object<'_>,
    node: Node<'_>,
    reading: Reading<'_>,
    own: &HashMap<String, String>,
) {
    let file = finder.path(object.file());
    let own_name = node.at(&["metadata", "name"]).and_then(Node::text).map(|name| reading.fill(&name));
    let index = finder.add(Kind::Application, file, place(object));
    finder.roots[index].name = finder.qualified(object, own_name.clone());
    let Some(spec) = node.get("spec") else { return };
    destination(finder, index, object.file(), spec, reading);
    let all: Vec<_> = sources(spec).collect();
    if all.is_empty() {
        finder.refuse(index, Reason::Malformed, spec.span(), "the Application names no source");
    }
    let listed = spec.get("sources").is_some_and(|sources| sources.items().next().is_some());
    let name = own_name.as_deref().unwrap_or_default();
    let destination = finder.roots[index].namespace.clone();
    let project = spec.get("project").and_then(Node::text).map(|project| reading.fill(&project));
    let environment = [
        ("ARGOCD_APP_NAME", name.to_owned()),
        ("ARGOCD_APP_NAMESPACE", destination.unwrap_or_default()),
        ("ARGOCD_APP_PROJECT_NAME", project.unwrap_or_default()),
    ];
    let application = Application { index, name, file, reading, own, all: &all, listed, environment };
    for (index, source) in all.iter().enumerate() {
        application.source(finder, *source, index + 1);
    }
}

/// The namespace and cluster; the cluster that Argo CD runs in is the one that the Application's path is for. One that
/// only a running Argo CD fills in is unknown, whatever the path.
fn destination(finder: &mut Finder<'_>, index: usize, file: FileId, spec: Node<'_>, reading: Reading<'_>) {
    let text = |key: &str| {
        let text = spec.at(&["destination", key])?.text()?;
        Some(reading.fill(&text)).filter(|text| !text.is_empty())
    };
    let namespace = text("namespace").filter(|namespace| !has_placeholder(namespace));
    finder.roots[index].namespace = namespace.and_then(|name| finder.known_namespace(file, &name));
    let written = text("name").or_else(|| text("server"));
    let is_local = |cluster: &str| matches!(cluster, "in-cluster" | "https://kubernetes.default.svc");
    let local = written.as_deref().is_none_or(is_local);
    let named = written.filter(|cluster| !has_placeholder(cluster)).map(|name| without_secrets(&name));
    let cluster = if local { finder.cluster(file) } else { named };
    finder.roots[index].clusters = cluster.into_iter().collect();
    finder.roots[index].local = local && !finder.is_astray(file);
}

impl Application<'_, '_> {
    fn source(&self, finder: &mut Finder<'_>, source: Node<'_>, number: usize) {
        let repository = self.text(source, "repoURL").map(|(text, _)| text).unwrap_or_default();
        let from = without_secrets(&repository);
        if let Some((chart, at)) = self.text(source, "chart") {
            finder.refuse(self.index, Reason::RemoteChart, at, format!("the chart `{chart}` is in `{from}`"));
            return self.values(finder, source, None, at, number);
        }
        let Some((path, at)) = self.text(source, "path") else {
            // A source that only lends its files to the others.
            if source.get("ref").is_none() {
                let message = "the source names neither path nor chart";
                finder.refuse(self.index, Reason::Malformed, source.span(), message);
            }
            return;
        };
        let (reason, message) = if has_placeholder(&path) {
            (Reason::Templated, placeholder_message(&path))
        } else if path.starts_with('/') || path.split('/').any(|part| part == "..") {
            (Reason::OutsideTheTree, format!("`{path}` is no path inside the repository"))
        } else if let Some(folder) = self.folder(finder, &path, &repository) {
            finder.want(self.index, &folder);
            return self.render(finder, source, &folder, at, number);
        } else {
            let is_ours = repository.is_empty() || self.own.contains_key(&address(&repository));
            let reason = if is_ours { Reason::MissingPath } else { Reason::RemoteBase };
            (reason, format!("`{path}` of `{from}` is not in this tree"))
        };
        finder.refuse(self.index, reason, at, message);
    }

    /// The folder in this tree; the top of a repository is ours only if the address is known to be.
    fn folder(&self, finder: &Finder<'_>, path: &str, repository: &str) -> Option<String> {
        let is_top = path.trim_matches(['.', '/']).is_empty();
        if is_top && !self.own.contains_key(&address(repository)) {
            return None;
        }
        let near = finder.in_repository(self.file, path);
        // The same address may be named far away from the repository.
        near.or_else(|| match finder.resolve(&join(self.own.get(&address(repository))?, path)) {
            Standing::Folder(folder) => Some(folder),
            _ => None,
        })
    }

    /// Finds out what a folder is, as Argo CD does: what the source says, else a chart, else a kustomization.
    fn render(&self, finder: &mut Finder<'_>, source: Node<'_>, folder: &str, at: Span, number: usize) {
        // An empty block counts in `sources` only.
        let several = self.listed;
        let block =
            |key: &str| source.get(key).is_some_and(|block| several || block.entries().next().is_some());
        if let Some(plugin) = source.get("plugin") {
            let message = "a plugin of Argo CD makes the manifests";
            return finder.refuse(self.index, Reason::ExecPlugin, plugin.span(), message);
        }
        let blocks: Vec<&str> =
            ["helm", "kustomize", "directory"].into_iter().filter(|key| block(key)).collect();
        if blocks.len() > 1 {
            let message = format!("`{}` and `{}` are two kinds of source", blocks[0], blocks[1]);
            return finder.refuse(self.index, Reason::Malformed, at, message);
        }
        let kind = blocks.first().copied();
        let is_chart = finder.charts.contains_key(folder) || finder.holds(folder, "Chart.yaml");
        if kind == Some("helm") || (kind.is_none() && is_chart) {
            if let Some(chart) = finder.charts.get(folder).copied() {
                finder.add_use(self.index, chart, at, How::Builds);
                self.values(finder, source, Some((chart, folder)), at, number);
            } else {
                let message = format!("`{}` holds no chart that was read", or_dot(folder));
                finder.refuse(self.index, Reason::MissingPath, at, message);
            }
        } else if kind == Some("kustomize") || (kind.is_none() && finder.kustomizations.contains_key(folder))
        {
            if let Some(other) = finder.use_kustomization(self.index, folder, at) {
                let changes = self.changes(finder, source, folder);
                finder.add_deploy(self.index, number, at, Deployed::Kustomization(other, changes));
            }
        } else {
            self.directory(finder, source, folder, at, number);
        }
    }

    /// A folder of plain manifests.
    fn directory(&self, finder: &mut Finder<'_>, source: Node<'_>, folder: &str, at: Span, number: usize) {
        let block = source.get("directory");
        let recurse = block.and_then(|block| block.get("recurse")?.as_bool()) == Some(true);
        let glob = |key: &str| -> Result<Option<GlobMatcher>, String> {
            let Some((pattern, _)) = block.and_then(|block| self.text(block, key)) else { return Ok(None) };
            let glob = GlobBuilder::new(&pattern).literal_separator(false).build();
            let glob = glob.map_err(|error| format!("`{key}: {pattern}` is no pattern: {}", error.kind()))?;
            Ok(Some(glob.compile_matcher()))
        };
        let (include, exclude) = match (glob("include"), glob("exclude")) {
            (Ok(include), Ok(exclude)) => (include, exclude),
            (Err(message), _) | (_, Err(message)) => {
                return finder.refuse(self.index, Reason::Malformed, at, message);
            }
        };
        let prefix = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let Some(all) = finder.list(self.index, folder, at) else { return };
        let is_read = |path: &str| {
            let rest = &path[prefix..];
            (recurse || !rest.contains('/'))
                && !exclude.as_ref().is_some_and(|glob| glob.is_match(rest))
                && include.as_ref().is_none_or(|glob| glob.is_match(rest))
        };
        let is_skipped = |file: FileId| finder.index.file(file).contains("+argocd:skip-file-rendering");
        let files = all.into_iter().filter(|(path, file)| is_read(path) && !is_skipped(*file));
        let files: Vec<_> = files.map(|(_, file)| file).collect();
        finder.add_deploy(self.index, number, at, Deployed::Files(files.clone()));
        finder.add_reads(self.index, at, files);
    }
}
