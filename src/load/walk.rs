//! Which files the arguments mean: of directories all manifests that belong to the tree, and those that symbolic links
//! lead to without leaving the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use globset::GlobBuilder;

use super::entry::EntryKind;
use super::files::Files;
use super::listing::{Found, everything};
use super::tree::{Standing, Tree, is_below, or_here};
use super::walked::Walked;
use super::{Gap, GapReason, SkipReason, Skipped, shown};
use crate::finding::RunError;

/// A file to read.
pub(super) struct Listed {
    pub(super) path: PathBuf,
    /// Where it really stands, as far as that is known without asking.
    pub(super) real: Option<PathBuf>,
    pub(super) shown: String,
    /// Index into [`List::roots`].
    pub(super) root: usize,
}

/// What the arguments mean.
#[derive(Default)]
pub(super) struct List {
    /// Sorted by what is shown, each once.
    pub(super) files: Vec<Listed>,
    /// Symbolic links to files, which count where something names the link or its folder; with where they lead.
    pub(super) links: Vec<(Listed, String)>,
    /// The directories that were walked.
    pub(super) walked: Walked,
    /// What the files belong to: each directory argument, and all file arguments together.
    pub(super) roots: Vec<String>,
    /// What could not be judged, by root.
    pub(super) gaps: Vec<(usize, Gap)>,
    /// The files that name owners.
    pub(super) owners: OwnerFiles,
    /// What is left out.
    pub(super) skipped: Vec<Skipped>,
    /// What could not be found.
    pub(super) errors: Vec<RunError>,
    /// Whether `-` was among them.
    pub(super) stdin: bool,
}

/// Files that name owners, by the folder that they are for.
#[derive(Default)]
pub(super) struct OwnerFiles {
    pub(super) codeowners: BTreeMap<String, PathBuf>,
    pub(super) approvers: BTreeMap<String, PathBuf>,
    pub(super) aliases: BTreeMap<String, PathBuf>,
}

/// Folders of a repository in which forges look for CODEOWNERS.
const FORGES: [&str; 5] = ["docs", ".github", ".gitlab", ".gitea", ".forgejo"];

/// Lists the files that `paths` mean.
pub(super) fn list(tree: &Tree, paths: &[String]) -> List {
    let mut walk = Walk {
        tree,
        files: tree.files(),
        found: BTreeMap::new(),
        links: BTreeMap::new(),
        folders: BTreeMap::new(),
        list: List::default(),
    };
    let (mut directories, single) = walk.arguments(paths);
    // The outermost directory keeps a file, whatever the order of the arguments.
    directories.sort_by_key(|path| (path.components().count(), path.clone()));
    for directory in directories {
        let root = walk.list.roots.len();
        walk.list.roots.push(walk.shown(&directory));
        walk.owners_above(&directory);
        walk.directory(&directory, root);
        walk.not_checked_out(&directory);
    }
    while let Some((folder, root)) = walk.folders.pop_first() {
        if walk.list.walked.add(&folder) {
            walk.directory(or_here(&folder), root);
        }
    }
    if !single.is_empty() {
        walk.single(single);
    }
    walk.finish()
}

/// Whether a file is called as helmfiles are, with this ending.
pub(crate) fn is_helmfile(path: &Path, ending: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_in_folder = || path.parent().is_some_and(|folder| folder.ends_with("helmfile.d"));
    name.ends_with(ending) && (name.starts_with("helmfile.") || is_in_folder())
}

/// The search for files.
struct Walk<'t> {
    tree: &'t Tree,
    files: &'t Files,
    /// By what is shown.
    found: BTreeMap<String, Listed>,
    /// Links to files by what is shown, with where they lead.
    links: BTreeMap<String, (Listed, String)>,
    /// Folders that links lead to, with the root of the link.
    folders: BTreeMap<String, usize>,
    list: List,
}

impl Walk<'_> {
    fn shown(&self, path: &Path) -> String {
        shown(path, Some(self.files.here()))
    }

    /// The directories and the files among the arguments.
    fn arguments(&mut self, paths: &[String]) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let (mut directories, mut single) = (Vec::new(), Vec::new());
        for argument in paths {
            let path = Path::new(argument);
            let why_not = match self.files.kind(path) {
                _ if argument == "-" => {
                    self.list.stdin = true;
                    continue;
                }
                Some(_) if self.tree.is_left_by(path) => {
                    "is a symbolic link out of the repository, which is not followed"
                }
                Some(EntryKind::Folder) => {
                    directories.push(path.to_path_buf());
                    continue;
                }
                Some(EntryKind::Other) => SPECIAL,
                Some(_) => {
                    single.push(path.to_path_buf());
                    continue;
                }
                None if argument.contains(['*', '?', '[', '{']) => {
                    self.expand(argument, &mut single);
                    continue;
                }
                None => "no such file or directory; give a file, a directory, a glob, or `-`",
            };
            let error = RunError { file: Some(argument.clone()), line: None, message: why_not.into() };
            self.list.errors.push(error);
        }
        (directories, single)
    }

    /// Everything below a directory.
    fn directory(&mut self, directory: &Path, root: usize) {
        let shown = self.shown(directory);
        self.list.walked.add(if shown == "." { "" } else { &shown });
        for entry in everything(self.files, directory) {
            let Found { path, real, kind } = match entry {
                Ok(entry) => entry,
                Err(message) => {
                    self.list.errors.push(RunError { file: None, line: None, message });
                    continue;
                }
            };
            match kind {
                EntryKind::Link => self.link(path, root),
                EntryKind::Submodule => self.skip(SkipReason::Submodule, &path),
                EntryKind::Other if is_manifest(&path) => self.skip(SkipReason::Special, &path),
                EntryKind::File if is_manifest(&path) => {
                    let shown = self.shown(&path);
                    let listed = Listed { path, real: Some(real), shown: shown.clone(), root };
                    self.found.entry(shown).or_insert(listed);
                }
                EntryKind::File if is_helmfile(&path, ".gotmpl") => self.skip(SkipReason::Helmfile, &path),
                EntryKind::File => self.owner_file(&path, directory),
                EntryKind::Folder | EntryKind::Other => {}
            }
        }
    }

    /// Notes what git tracks below a directory and was told to leave out of the working tree: it is deployed all the same.
    fn not_checked_out(&mut self, directory: &Path) {
        let Some(real) = self.files.real(directory) else { return };
        let Some(top) = real.ancestors().find(|above| self.files.is_repository(above)) else { return };
        let Some((index, _)) = self.files.tracked(top) else { return };
        let inside = real.strip_prefix(top).unwrap_or(&real).to_string_lossy().replace('\\', "/");
        for path in index.passed_over(&inside) {
            let is_absent = self.files.kind(&top.join(path)).is_none();
            if is_absent && (is_manifest(Path::new(path)) || index.is_folder(path)) {
                let rest = path.strip_prefix(&inside).unwrap_or(path).trim_start_matches('/');
                let left_out = directory.join(rest);
                self.skip(SkipReason::NotCheckedOut, &left_out);
            }
        }
    }

    /// A file that may name owners.
    fn owner_file(&mut self, path: &Path, directory: &Path) {
        let parent = path.parent().unwrap_or(directory);
        let name = path.file_name().unwrap_or_default();
        let is_of_forge = || FORGES.iter().any(|folder| parent.ends_with(folder));
        let base = match parent.parent() {
            Some(above) if name == "CODEOWNERS" && is_of_forge() => above,
            _ => parent,
        };
        let base = self.shown(base);
        let owners = &mut self.list.owners;
        let known = match name.to_str() {
            Some("CODEOWNERS") => &mut owners.codeowners,
            Some("OWNERS") => &mut owners.approvers,
            Some("OWNERS_ALIASES") => &mut owners.aliases,
            _ => return,
        };
        known.entry(base).or_insert_with(|| path.to_path_buf());
    }

    /// A symbolic link below a directory.
    fn link(&mut self, path: PathBuf, root: usize) {
        let shown = self.shown(&path);
        match self.tree.at(&shown) {
            Standing::File(target) if is_manifest(&path) => {
                self.links.entry(shown.clone()).or_insert((Listed { path, real: None, shown, root }, target));
            }
            // What is around the link is no part of the directory.
            Standing::Folder(target) if !is_below(&shown, &target) || self.list.walked.covers(&target) => {
                self.folders.entry(target).or_insert(root);
            }
            Standing::Folder(_) => self.skip(SkipReason::LinkOutOfTree, &path),
            Standing::Outside | Standing::Absent if is_manifest(&path) || self.files.is_folder(&path) => {
                self.skip(SkipReason::LinkOutOfTree, &path);
            }
            Standing::Special if is_manifest(&path) => self.skip(SkipReason::Special, &path),
            _ => {}
        }
    }

    fn skip(&mut self, reason: SkipReason, path: &Path) {
        self.list.skipped.push(Skipped::new(reason, self.shown(path)));
    }

    /// The arguments that are files: together one root.
    fn single(&mut self, single: Vec<PathBuf>) {
        let root = self.list.roots.len();
        self.list.roots.push(self.shared_folder(&single));
        for path in single {
            self.owners_above(path.parent().unwrap_or(Path::new(".")));
            let shown = self.shown(&path);
            self.found.entry(shown.clone()).or_insert(Listed { path, real: None, shown, root });
        }
    }

    /// A link to a file that is read anyway counts where it is named; of several to another file, the first stands for it.
    fn settle_links(&mut self) {
        let mut stood_for: BTreeSet<String> = BTreeSet::new();
        for (shown, (link, target)) in std::mem::take(&mut self.links) {
            if self.found.contains_key(&shown) {
                continue;
            }
            let is_read = self.found.contains_key(&target) && self.chart_of(Path::new(&target)).is_none();
            if is_read || !stood_for.insert(target.clone()) {
                self.list.links.push((link, target));
            } else {
                self.found.insert(shown, link);
            }
        }
    }

    fn finish(mut self) -> List {
        self.settle_links();
        // A template by itself stands for its chart.
        let charts: Vec<Listed> = self
            .found
            .values()
            .filter_map(|file| {
                let shown = self.shown(&self.chart_of(&file.path)?);
                Some(Listed { path: PathBuf::from(&shown), real: None, shown, root: file.root })
            })
            .collect();
        for chart in charts {
            self.found.entry(chart.shown.clone()).or_insert(chart);
        }
        for (name, file) in std::mem::take(&mut self.found) {
            if self.chart_of(&file.path).is_some() {
                let gap = Gap { reason: GapReason::HelmTemplate, example: name.clone() };
                self.list.gaps.push((file.root, gap));
                self.list.skipped.push(Skipped::new(SkipReason::HelmTemplate, name));
            } else {
                self.list.files.push(file);
            }
        }
        let mut links = std::mem::take(&mut self.list.links);
        links.retain(|(link, _)| self.chart_of(&link.path).is_none());
        List { links, ..self.list }
    }

    /// The `Chart.yaml` of the chart in whose `templates` folder a file stands: Helm reads it as a Go template, whatever
    /// its extension.
    fn chart_of(&self, path: &Path) -> Option<PathBuf> {
        let whole = self.files.here().join(path);
        if !whole.components().any(|part| part.as_os_str() == "templates") {
            return None;
        }
        let whole = PathBuf::from(shown(&whole, None));
        let up = whole.ancestors().skip(1).position(|folder| {
            folder.file_name().is_some_and(|name| name == "templates")
                && folder.parent().is_some_and(|chart| self.files.is_file(&chart.join("Chart.yaml")))
        })?;
        let folder = (0..=up).fold(path.parent()?.to_path_buf(), |folder, _| folder.join(".."));
        Some(folder.join("Chart.yaml"))
    }

    /// What names owners in the repository that a directory is part of: the first CODEOWNERS, as GitHub and GitLab look for
    /// it, and every OWNERS.
    fn owners_above(&mut self, directory: &Path) {
        let Some(start) = self.files.real(directory) else { return };
        let mut is_governed = false;
        for (up, folder) in start.ancestors().enumerate() {
            let is_here = |place: &PathBuf| {
                self.files.entry_kind(place) == Some(EntryKind::File)
                    || matches!(self.tree.at(&place.to_string_lossy()), Standing::File(_))
            };
            let base = self.shown(&(0..up).fold(directory.to_path_buf(), |path, _| path.join("..")));
            let first = |places: &[&str]| places.iter().map(|place| folder.join(place)).find(is_here);
            let codeowners =
                [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"].as_slice();
            let codeowners = first(codeowners).filter(|_| !is_governed);
            is_governed |= codeowners.is_some();
            let owners = &mut self.list.owners;
            for (known, place) in [
                (&mut owners.codeowners, codeowners),
                (&mut owners.approvers, first(&["OWNERS"])),
                (&mut owners.aliases, first(&["OWNERS_ALIASES"])),
            ] {
                known.extend(place.map(|place| (base.clone(), place)));
            }
            if self.files.is_repository(folder) {
                return;
            }
        }
    }

    /// The directory that all file arguments share; a lone file is its own root.
    fn shared_folder(&self, files: &[PathBuf]) -> String {
        let [first, rest @ ..] = files else {
            return ".".into();
        };
        if rest.is_empty() {
            return self.shown(first);
        }
        let shared = |root: PathBuf, file: &PathBuf| {
            root.components().zip(file.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
        };
        self.shown(&rest.iter().fold(first.parent().map(Path::to_path_buf).unwrap_or_default(), shared))
    }

    /// A pattern that no shell expanded.
    fn expand(&mut self, pattern: &str, single: &mut Vec<PathBuf>) {
        let fail = |message: String| RunError { file: Some(pattern.to_owned()), line: None, message };
        let glob = match GlobBuilder::new(pattern.trim_start_matches("./")).literal_separator(true).build() {
            Ok(glob) => glob.compile_matcher(),
            Err(error) => {
                self.list.errors.push(fail(format!("not a glob: {}", error.kind())));
                return;
            }
        };
        let fixed: PathBuf = Path::new(pattern)
            .components()
            .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']))
            .collect();
        let base = if fixed.as_os_str().is_empty() { PathBuf::from(".") } else { fixed };
        let before = single.len();
        for Found { path, kind, .. } in everything(self.files, &base).into_iter().flatten() {
            let path = path.strip_prefix(".").unwrap_or(&path);
            let is_file = || match kind {
                EntryKind::File => true,
                EntryKind::Link => matches!(self.tree.at(&self.shown(path)), Standing::File(_)),
                _ => false,
            };
            if glob.is_match(path) && is_file() {
                single.push(path.to_path_buf());
            }
        }
        if single.len() == before {
            self.list.errors.push(fail("no file matches this glob".into()));
        }
    }
}

/// Why something that is no file is not read.
const SPECIAL: &str = "is a pipe, a socket or a device, which is never opened; pipe the text in and give `-`";

/// The extensions that kubectl reads, and kustomize's one name without an extension.
fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    matches!(extension.as_deref(), Some("yaml" | "yml" | "json"))
        || path.file_name().is_some_and(|name| name == "Kustomization")
}
