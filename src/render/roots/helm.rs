//! Charts as roots: their dependencies, the values that stand beside them, and who packs them.

use std::collections::{HashMap, HashSet};

use super::finder::Finder;
use super::root::{How, Kind, Part, Reason, ValueSet};
use crate::load::{Standing, is_below};
use crate::render::paths::{folder_of, join, without_secrets};
use crate::source::{FileId, Span};
use crate::yaml::Node;

/// A chart of more files is not rendered.
pub(in crate::render) const MOST_FILES: usize = 50_000;

/// Adds every chart as a root.
pub(super) fn register(finder: &mut Finder<'_>) {
    let charts: Vec<_> = finder
        .index
        .files
        .iter()
        .filter(|(path, _)| path.rsplit('/').next() == Some("Chart.yaml"))
        .map(|(path, file)| (folder_of(path), *file))
        .collect();
    for (folder, file) in charts {
        let root = finder.index.helm_value(file);
        let text = |key: &str| root.and_then(|root| root.get(key)).and_then(Node::text);
        let name = text("name").filter(|name| !name.is_empty());
        let at = root.and_then(|root| root.get("name")).or(root).map_or(Span::new(file, 0, 0), Node::span);
        let index = finder.add(Kind::Helm, folder, at);
        finder.charts.insert(folder, index);
        let found = &mut finder.roots[index];
        found.name = name.map(Into::into);
        found.part = text("type").filter(|kind| kind == "library").map(|_| Part::Library);
    }
}

/// Follows the dependencies of charts and finds their value files.
pub(super) fn follow(finder: &mut Finder<'_>) {
    let mut all: Vec<(&str, usize)> = finder.charts.iter().map(|(folder, index)| (*folder, *index)).collect();
    all.sort_unstable();
    // The charts in each `charts/` folder, by name.
    let mut packed: HashMap<&str, HashMap<String, usize>> = HashMap::new();
    for &(folder, index) in &all {
        let parent = folder_of(folder);
        if parent == "charts" || parent.ends_with("/charts") {
            let name = finder.roots[index].name.clone().unwrap_or_default();
            packed.entry(parent).or_default().insert(name, index);
        }
    }
    for &(folder, index) in &all {
        let charts = join(folder, "charts");
        let mut inside = packed.remove(charts.as_str()).unwrap_or_default();
        depend(finder, folder, index, &mut inside);
        let mut rest: Vec<usize> = inside.into_values().collect();
        rest.sort_unstable();
        let at = finder.roots[index].at;
        for (other, at) in rest.into_iter().filter_map(|other| Some((other, at?))) {
            finder.add_use(index, other, at, How::Packs);
        }
        let beside = value_files(finder, folder);
        let files = own_files(finder, folder, &beside);
        if let Some(at) = at {
            finder.add_reads(index, at, files);
        }
        let below = finder.index.tree.below(folder, MOST_FILES);
        if let Some(link) = below.leaves {
            let message = format!("the symbolic link `{link}` leads out of the tree or nowhere");
            finder.refuse(index, Reason::OutsideTheTree, at, message);
        }
        if let Some(special) = below.special {
            let message = format!("`{special}` is a pipe, a socket or a device, which is never opened");
            finder.refuse(index, Reason::Malformed, at, message);
        }
        finder.roots[index].values = value_sets(beside);
    }
}

/// Links the dependencies that stand in `charts/` or elsewhere in the tree, and takes them out of `inside`.
fn depend(finder: &mut Finder<'_>, folder: &str, index: usize, inside: &mut HashMap<String, usize>) {
    let lists = ["Chart.yaml", "requirements.yaml"].map(|name| join(folder, name));
    let files = lists.iter().filter_map(|path| finder.index.id(path));
    let lists = files.filter_map(|file| finder.index.helm_value(file)?.get("dependencies"));
    let dependencies: Vec<Node<'_>> = lists.flat_map(Node::items).collect();
    let mut archives = None;
    for dependency in dependencies {
        let name = dependency.get("name");
        let at = name.unwrap_or(dependency).span();
        let name = name.and_then(Node::text).unwrap_or_default();
        let beside = dependency.get("repository").and_then(Node::text);
        let path = beside.as_deref().and_then(|address| address.strip_prefix("file://"));
        let path = path.map(|path| join(folder, path));
        let beside = path.as_ref().and_then(|path| finder.charts.get(path.as_str()).copied());
        if let Some(other) = beside {
            finder.add_use(index, other, at, How::Packs);
        }
        if let Some(&other) = inside.get(&*name) {
            finder.add_use(index, other, at, How::Packs);
            continue;
        }
        // What stands in the tree is packed from there, as `helm dependency build` would.
        if beside.is_some() {
            continue;
        }
        let archives = archives.get_or_insert_with(|| finder.index.tree.names(&join(folder, "charts")));
        if archives.iter().any(|file| is_of(file, &name)) {
            continue;
        }
        // Nothing else can bring what is to stand in this tree.
        let is_absent = |path: &String| finder.resolve(&join(path, "Chart.yaml")) == Standing::Absent;
        if let Some(path) = path.filter(is_absent) {
            let message =
                format!("the dependency `{name}` is to be the chart in `{path}`, and there is none");
            finder.refuse(index, Reason::Malformed, at, message);
        } else {
            let message = format!("the dependency `{name}` is not in `charts/`; run `helm dependency build`");
            finder.refuse(index, Reason::MissingDependency, at, message);
        }
    }
    let used: Vec<usize> = finder.roots[index].uses.iter().map(|other| other.root).collect();
    inside.retain(|_, other| !used.contains(other));
}

/// Whether a file or folder in `charts/` can be a chart: `redis-17.0.1.tgz`, or a link to its folder.
pub(in crate::render) fn is_of(file: &str, chart: &str) -> bool {
    let Some(rest) = file.strip_prefix(chart) else { return false };
    let version = || rest.strip_prefix("-v").or_else(|| rest.strip_prefix('-'));
    let is_version = || version().is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()));
    rest.is_empty() || (rest.strip_suffix(".tgz").is_some() && is_version())
}

/// The files beside a chart that Helm itself reads.
const OWN: [&str; 4] = ["Chart.yaml", "requirements.yaml", "values.schema.json", "values.yaml"];

/// What Helm reads of the files that were read; `ci/` holds values for its tests.
fn own_files(finder: &Finder<'_>, folder: &str, beside: &[(String, FileId)]) -> Vec<FileId> {
    let prefix = if folder.is_empty() { 0 } else { folder.len() + 1 };
    let folders = ["crds", "ci", "templates"];
    let beside: HashSet<FileId> = beside.iter().map(|(_, file)| *file).collect();
    let is_own = |path: &str, file: FileId| {
        let rest = &path[prefix..];
        OWN.contains(&rest)
            || rest.split_once('/').is_some_and(|(first, _)| folders.contains(&first))
            || beside.contains(&file)
    };
    finder.index.below(folder).filter(|(path, file)| is_own(path, *file)).map(|(_, file)| file).collect()
}

/// The files below the folder of a chart that are put over its values, by path.
fn value_files(finder: &Finder<'_>, folder: &str) -> Vec<(String, FileId)> {
    let prefix = if folder.is_empty() { 0 } else { folder.len() + 1 };
    let all = finder.index.below(folder);
    let beside = all.filter(|(path, file)| is_value_set(finder, folder, &path[prefix..], *file));
    beside.map(|(path, file)| (path.to_owned(), file)).collect()
}

/// The values that stand beside a chart: its own, and each file that is put over them.
fn value_sets(beside: Vec<(String, FileId)>) -> Vec<ValueSet> {
    let set = |files: Vec<String>| ValueSet { files, ..ValueSet::default() };
    std::iter::once(set(Vec::new())).chain(beside.into_iter().map(|(path, _)| set(vec![path]))).collect()
}

/// Whether a file below the folder of a chart is put over its values by somebody: its name says so, or all of its keys are
/// keys of the values; and it is no manifest.
fn is_value_set(finder: &Finder<'_>, folder: &str, rest: &str, file: FileId) -> bool {
    let (inside, name) = rest.rsplit_once('/').unwrap_or(("", rest));
    let endings = [".yaml", ".yml", ".json"];
    let Some(written) = endings.iter().find_map(|ending| name.strip_suffix(ending)) else { return false };
    // A name that begins with a dot hides nothing.
    let stem = written.trim_start_matches('.');
    let (first, deeper) = inside.split_once('/').unwrap_or((inside, ""));
    let mut parts = stem.split(['-', '_', '.']);
    let is_called_so = parts.next() == Some("values") || parts.next_back() == Some("values");
    let by_name = match first.trim_start_matches('.') {
        "" => is_called_so && written != "values" && !stem.ends_with(".schema"),
        "ci" => is_called_so && deeper.is_empty(),
        "values" => !deeper.contains('/'),
        _ if ["templates", "crds", "charts"].contains(&first) => return false,
        // `env`, `envs`, `environments`.
        first => first.starts_with("env") && !deeper.contains('/'),
    };
    // Chart testing reads no other files of `ci/`.
    let by_keys =
        || first != "ci" && !(inside.is_empty() && OWN.contains(&name)) && overrides(finder, folder, file);
    // What stands in a chart or kustomization of its own belongs to that.
    let is_of_another = || {
        let folders = [first, inside].into_iter().filter(|inside| !inside.is_empty());
        let mut folders = folders.map(|inside| join(folder, inside));
        folders.any(|folder| {
            let folder = folder.as_str();
            finder.charts.contains_key(folder) || finder.kustomizations.contains_key(folder)
        })
    };
    (by_name || by_keys()) && !is_of_another() && holds_values(finder, file, is_called_so)
}

/// Whether all keys of a file are keys of the values of a chart.
fn overrides(finder: &Finder<'_>, folder: &str, file: FileId) -> bool {
    let values = finder.index.id(&join(folder, "values.yaml")).and_then(|file| finder.index.helm_value(file));
    let Some(values) = values.filter(|values| values.is_map()) else { return false };
    let docs = finder.docs_of(file);
    let Some(root) = docs.first().and_then(|doc| doc.root()).filter(|root| root.is_map()) else {
        return false;
    };
    let mut keys = root.entries().map(|entry| entry.key.key()).peekable();
    keys.peek().is_some() && keys.all(|key| key == "global" || values.get(&key).is_some())
}

/// Whether a file holds values: one mapping that is no manifest. A file that cannot be read is taken for what it is
/// called.
fn holds_values(finder: &Finder<'_>, file: FileId, is_called_so: bool) -> bool {
    let docs = finder.docs_of(file);
    let mut roots = docs.iter().filter_map(|doc| doc.root());
    match (roots.next(), roots.next()) {
        (Some(root), None) => {
            root.is_map() && (root.get("apiVersion").is_none() || root.get("kind").is_none())
        }
        (None, _) => is_called_so && docs.iter().any(|doc| doc.broken),
        (Some(_), Some(_)) => false,
    }
}

/// A value file that an Application or HelmRelease names, as Helm would read it, or why not.
///
/// `path` is seen from `folder`; it may leave that, but not the repository.
pub(super) fn value_file(
    finder: &Finder<'_>,
    repository: &str,
    folder: &str,
    path: &str,
) -> Result<String, (Reason, String)> {
    if path.contains("://") {
        let shown = without_secrets(path);
        return Err((Reason::RemoteBase, format!("the value file `{shown}` would have to be fetched")));
    }
    let joined = match path.strip_prefix('/') {
        Some(path) => join(repository, path),
        None => join(folder, path),
    };
    match finder.resolve(&joined) {
        Standing::File(file) => Ok(file),
        Standing::Special => {
            let message =
                format!("the value file `{path}` is a pipe, a socket or a device, which is never opened");
            Err((Reason::Malformed, message))
        }
        found if found == Standing::Outside || leaves(&joined, repository) => {
            Err((Reason::OutsideTheTree, format!("the value file `{path}` leads out of the tree")))
        }
        _ => Err((Reason::MissingValues, format!("the value file `{path}` is not there"))),
    }
}

/// As [`value_file`], for a path inside the repository of `file`: below its top, or below the folder around `file` that
/// holds such a path.
pub(super) fn value_file_in_repository(
    finder: &Finder<'_>,
    file: &str,
    path: &str,
) -> Result<String, (Reason, String)> {
    let around = finder.in_repository(file, folder_of(path)).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    value_file(finder, finder.index.tree.repository(file), &around, name)
}

/// Whether a path that leads to nothing points above a repository.
fn leaves(path: &str, repository: &str) -> bool {
    let ups = |path: &str| path.split('/').take_while(|part| *part == "..").count();
    ups(path) > ups(repository) || (ups(repository) == 0 && !is_below(path, repository))
}
