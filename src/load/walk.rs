//! Which files the arguments mean: directories are walked as git sees them, hidden entries and symbolic links left out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use ignore::WalkBuilder;

use super::{Codeowners, Loaded, shown};
use crate::finding::RunError;
use crate::source::Gap;

/// A file to read.
pub(super) struct Listed {
    pub(super) path: PathBuf,
    pub(super) shown: String,
    /// Index into [`List::roots`].
    pub(super) root: usize,
}

/// What the arguments mean.
#[derive(Default)]
pub(super) struct List {
    /// Sorted by what is shown, each once.
    pub(super) files: Vec<Listed>,
    /// What the files belong to: each directory argument, and all file arguments together.
    pub(super) roots: Vec<String>,
    /// What could not be judged, by root.
    pub(super) gaps: Vec<(usize, Gap)>,
    /// Whether `-` was among them.
    pub(super) stdin: bool,
}

/// Lists the files that `paths` mean; what is left out is counted in `loaded`.
pub(super) fn list(paths: &[String], loaded: &mut Loaded) -> List {
    let here = std::env::current_dir().ok();
    let mut list = List::default();
    let (mut directories, mut files) = (Vec::new(), Vec::new());
    for argument in paths {
        let path = Path::new(argument);
        if argument == "-" {
            list.stdin = true;
        } else if path.is_dir() {
            directories.push(path.to_path_buf());
        } else if path.exists() {
            files.push(path.to_path_buf());
        } else if argument.contains(['*', '?', '[', '{']) {
            expand(argument, &mut files, loaded);
        } else {
            loaded.errors.push(RunError {
                file: Some(argument.clone()),
                line: None,
                message: "no such file or directory; give a file, a directory, a glob, or `-`".into(),
            });
        }
    }
    // The outermost directory keeps a file, whatever the order of the arguments.
    directories.sort_by_key(|path| (path.components().count(), path.clone()));
    let mut found: BTreeMap<String, Listed> = BTreeMap::new();
    let mut owners: BTreeMap<String, PathBuf> = BTreeMap::new();
    for directory in directories {
        let root = list.roots.len();
        list.roots.push(shown(&directory, here.as_ref()));
        above(&directory, &mut owners, here.as_ref());
        walk(&directory, root, here.as_ref(), &mut found, &mut owners, loaded);
    }
    if !files.is_empty() {
        let root = list.roots.len();
        list.roots.push(common_root(&files, here.as_ref()));
        for path in files {
            above(path.parent().unwrap_or(Path::new(".")), &mut owners, here.as_ref());
            let shown = shown(&path, here.as_ref());
            found.entry(shown.clone()).or_insert(Listed { path, shown, root });
        }
    }
    // A template by itself stands for its chart.
    let charts: Vec<Listed> = found
        .values()
        .filter_map(|file| {
            let shown = shown(&chart_of(&file.path)?, here.as_ref());
            Some(Listed { path: PathBuf::from(&shown), shown, root: file.root })
        })
        .collect();
    for chart in charts {
        found.entry(chart.shown.clone()).or_insert(chart);
    }
    for (name, file) in found {
        if chart_of(&file.path).is_some() {
            list.gaps.push((file.root, Gap { what: "Helm template".into(), example: name.clone() }));
            loaded.skipped.push(("Helm templates, which need rendering", name));
        } else {
            list.files.push(file);
        }
    }
    loaded.codeowners = owners.into_iter().filter_map(|(root, path)| Codeowners::read(root, &path)).collect();
    list
}

fn walk(
    directory: &Path,
    root: usize,
    here: Option<&PathBuf>,
    found: &mut BTreeMap<String, Listed>,
    owners: &mut BTreeMap<String, PathBuf>,
    loaded: &mut Loaded,
) {
    let canonical = directory.canonicalize().ok();
    for entry in WalkBuilder::new(directory).require_git(false).build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                loaded.errors.push(RunError { file: None, line: None, message: error.to_string() });
                continue;
            }
        };
        let path = entry.path();
        let kind = entry.file_type();
        if kind.is_some_and(|kind| kind.is_symlink()) {
            let target = path.canonicalize().ok();
            let leaves =
                target.zip(canonical.as_ref()).is_none_or(|(target, base)| !target.starts_with(base));
            if leaves && (is_manifest(path) || path.is_dir()) {
                loaded.skipped.push(("symbolic links out of the tree", shown(path, here)));
            }
        } else if kind.is_some_and(|kind| kind.is_file()) {
            if is_manifest(path) {
                let shown = shown(path, here);
                found.entry(shown.clone()).or_insert(Listed { path: path.to_path_buf(), shown, root });
            } else if path.file_name().is_some_and(|name| name == "CODEOWNERS") {
                let parent = path.parent().unwrap_or(directory);
                let base = if parent.ends_with("docs") { parent.parent().unwrap_or(parent) } else { parent };
                owners.entry(shown(base, here)).or_insert_with(|| path.to_path_buf());
            }
        }
    }
}

/// The extensions that kubectl reads, and kustomize's one name without an extension.
fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    matches!(extension.as_deref(), Some("yaml" | "yml" | "json"))
        || path.file_name().is_some_and(|name| name == "Kustomization")
}

/// The `Chart.yaml` of the chart in whose `templates` folder a file stands: Helm reads it as a Go template, whatever its
/// extension.
fn chart_of(path: &Path) -> Option<PathBuf> {
    let whole = PathBuf::from(shown(&std::path::absolute(path).ok()?, None));
    let up = whole.ancestors().skip(1).position(|folder| {
        folder.file_name().is_some_and(|name| name == "templates")
            && folder.parent().is_some_and(|chart| chart.join("Chart.yaml").is_file())
    })?;
    let folder = (0..=up).fold(path.parent()?.to_path_buf(), |folder, _| folder.join(".."));
    Some(folder.join("Chart.yaml"))
}

/// CODEOWNERS of the repository that a directory is part of, as GitHub looks for it.
fn above(directory: &Path, owners: &mut BTreeMap<String, PathBuf>, here: Option<&PathBuf>) {
    let Ok(start) = directory.canonicalize() else {
        return;
    };
    for (up, folder) in start.ancestors().enumerate() {
        let places = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
        if let Some(place) = places.iter().map(|place| folder.join(place)).find(|place| place.is_file()) {
            let base = (0..up).fold(directory.to_path_buf(), |path, _| path.join(".."));
            owners.entry(shown(&base, here)).or_insert(place);
            return;
        }
        if folder.join(".git").exists() {
            return;
        }
    }
}

/// The directory that all file arguments share; a lone file is its own root.
fn common_root(files: &[PathBuf], here: Option<&PathBuf>) -> String {
    let [first, rest @ ..] = files else {
        return ".".into();
    };
    if rest.is_empty() {
        return shown(first, here);
    }
    let shared = |root: PathBuf, file: &PathBuf| {
        root.components().zip(file.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    };
    shown(&rest.iter().fold(first.parent().map(Path::to_path_buf).unwrap_or_default(), shared), here)
}

/// A pattern that no shell expanded.
fn expand(pattern: &str, files: &mut Vec<PathBuf>, loaded: &mut Loaded) {
    let fail = |message: String| RunError { file: Some(pattern.to_owned()), line: None, message };
    let glob = match GlobBuilder::new(pattern.trim_start_matches("./")).literal_separator(true).build() {
        Ok(glob) => glob.compile_matcher(),
        Err(error) => {
            loaded.errors.push(fail(format!("not a glob: {}", error.kind())));
            return;
        }
    };
    let fixed: PathBuf = Path::new(pattern)
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']))
        .collect();
    let base = if fixed.as_os_str().is_empty() { PathBuf::from(".") } else { fixed };
    let before = files.len();
    for entry in WalkBuilder::new(&base).require_git(false).build().flatten() {
        let path = entry.path().strip_prefix(".").unwrap_or(entry.path());
        if entry.file_type().is_some_and(|kind| kind.is_file()) && glob.is_match(path) {
            files.push(path.to_path_buf());
        }
    }
    if files.len() == before {
        loaded.errors.push(fail("no file matches this glob".into()));
    }
}
