//! What Flux leaves out of a git repository: `.sourceignore` files and `spec.ignore` of a source name it as `.gitignore`
//! does (fluxcd/source-controller, "Git Repositories", "Excluding files").

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::finder::{Finder, Source};
use super::root::{How, Kind, Reason, Root};
use crate::k8s::Object;
use crate::load::is_below;
use crate::render::paths::{folder_of, join};
use crate::yaml::Node;

/// The name of the files that say it.
const FILE: &str = ".sourceignore";

/// A larger one is not read.
const LARGEST: u64 = 1 << 20;

/// How many files of a chart are asked about.
const MOST_FILES: usize = 10_000;

/// What of a chart Helm reads without being asked to.
const OF_CHARTS: [&str; 7] =
    ["Chart.yaml", "values.yaml", "values.schema.json", ".helmignore", "templates", "crds", "charts"];

/// What sources leave out.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    /// What they say themselves, by name, with their namespaces as far as known.
    by_source: HashMap<String, Vec<(Option<String>, Gitignore)>>,
    /// What the files say, by folder.
    by_folder: RefCell<HashMap<String, Gitignore>>,
}

impl LeftOut {
    /// Notes what a source says.
    pub(super) fn add(&mut self, finder: &Finder<'_>, object: &Object<'_>) {
        let says = object.node.at(&["spec", "ignore"]).and_then(Node::text);
        let name = object.name_node().and_then(Node::text);
        if let (Some(name), Some(says)) = (name, says) {
            let says = (finder.namespace(object), patterns(&says));
            self.by_source.entry(name.into_owned()).or_default().push(says);
        }
    }

    /// Who leaves a file out of a source; `spec.ignore` counts before the files, and of these the innermost.
    pub(super) fn by(&self, finder: &Finder<'_>, (name, namespace): &Source, path: &str) -> Option<String> {
        let top = finder.index.tree.repository(path);
        let is_same = |of: &Option<String>| of.is_none() || namespace.is_none() || of == namespace;
        let all = self.by_source.get(name).into_iter().flatten();
        let says = all.filter(|(of, _)| is_same(of)).map(|(_, says)| leaves(says, path, top));
        let says: Vec<Option<bool>> = says.collect();
        if says.contains(&Some(true)) {
            return Some(format!("`spec.ignore` of the source `{name}`"));
        }
        if !says.is_empty() && !says.contains(&None) {
            return None;
        }
        let mut folder = folder_of(path);
        while is_below(folder, top) {
            let mut known = self.by_folder.borrow_mut();
            if !known.contains_key(folder) {
                let text = finder.index.tree.bytes(&join(folder, FILE), LARGEST).unwrap_or_default();
                known.insert(folder.to_owned(), patterns(&String::from_utf8_lossy(&text)));
            }
            match known.get(folder).and_then(|says| leaves(says, path, folder)) {
                Some(true) => return Some(format!("`{}`", join(folder, FILE))),
                Some(false) => return None,
                None if folder == top || folder.is_empty() => return None,
                None => folder = folder_of(folder),
            }
        }
        None
    }
}

fn patterns(text: &str) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    for line in text.lines() {
        // A line that is no pattern names nothing, as for git.
        _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// Whether patterns that stand in a folder leave a file out; none where they do not name it.
fn leaves(patterns: &Gitignore, path: &str, folder: &str) -> Option<bool> {
    let inside = path.strip_prefix(folder)?.trim_start_matches('/');
    match patterns.matched_path_or_any_parents(inside, false) {
        Match::None => None,
        Match::Ignore(_) => Some(true),
        Match::Whitelist(_) => Some(false),
    }
}

/// Says where what an object of Flux takes needs a file that the source leaves out.
pub(super) fn say(finder: &mut Finder<'_>, says: &LeftOut) {
    let taken = std::mem::take(&mut finder.taken);
    if taken.is_empty() {
        return;
    }
    let mut read: HashMap<usize, Vec<&str>> = HashMap::new();
    for (root, _, files) in &finder.reads {
        read.entry(*root).or_default().extend(files.iter().map(|file| finder.index.path(*file)));
    }
    let mut known: HashMap<(Source, usize), Option<(String, String)>> = HashMap::new();
    let mut found = Vec::new();
    for (index, at, source) in taken {
        let values = finder.roots[index].values.iter().flat_map(|set| &set.files);
        let mut first = left_out(finder, says, &source, values.map(String::as_str));
        for root in built(&finder.roots, index) {
            let of_root = known.entry((source.clone(), root)).or_insert_with(|| {
                let read = read.get(&root).map_or(&[][..], Vec::as_slice);
                let of_chart = files_of_chart(finder, &finder.roots[root]);
                let files = finder.roots[root].further.iter().chain(&of_chart).map(String::as_str);
                left_out(finder, says, &source, files.chain(read.iter().copied()))
            });
            first = first.or_else(|| of_root.clone());
        }
        found.extend(first.map(|(path, who)| (index, at, path, who)));
    }
    for (index, at, path, who) in found {
        let message = format!("`{path}` is not in the source as Flux takes it: {who} leaves it out");
        finder.roots[index].leave_unjudged(Reason::MissingPath, at, message);
    }
}

/// The first of some files that a source leaves out, and who says so.
fn left_out<'f>(
    finder: &Finder<'_>,
    says: &LeftOut,
    source: &Source,
    files: impl Iterator<Item = &'f str>,
) -> Option<(String, String)> {
    let mut found = files.filter_map(|path| Some((path.to_owned(), says.by(finder, source, path)?)));
    found.next()
}

/// What a root builds on, in order.
fn built(roots: &[Root], index: usize) -> BTreeSet<usize> {
    let (mut open, mut seen) = (vec![index], HashSet::from([index]));
    while let Some(root) = open.pop() {
        let built = roots[root].uses.iter().filter(|used| used.how != How::Holds).map(|used| used.root);
        open.extend(built.filter(|other| seen.insert(*other)));
    }
    seen.into_iter().filter(|other| *other != index).collect()
}

fn files_of_chart(finder: &Finder<'_>, root: &Root) -> Vec<String> {
    if root.kind != Kind::Helm {
        return Vec::new();
    }
    let all = finder.index.tree.tracked(&root.path, MOST_FILES).unwrap_or_default();
    let is_read = |path: &&String| OF_CHARTS.iter().any(|name| is_below(path, &join(&root.path, name)));
    all.iter().filter(is_read).cloned().collect()
}
