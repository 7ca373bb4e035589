//! The generators of an ApplicationSet: lists, folders and files of the tree, and their products.
//!
//! Those that ask a cluster or a service are named, not guessed.

use globset::{Glob, GlobBuilder, GlobMatcher};
use kube_core::labels::SelectorExt as _;
use serde_json::Value;

use super::finder::{Finder, TOO_MANY_FILES};
use super::go_template::{Parameters, normalized};
use super::root::Reason;
use super::template::{Reading, Style, has_placeholder, placeholder_message};
use crate::k8s::selector::selector;
use crate::render::paths::{folder_of, join};
use crate::source::Span;
use crate::yaml::{Node, to_json};

/// How many Applications one ApplicationSet may make.
const MOST: usize = 10_000;
/// How deep generators may stand in generators (Argo CD allows two).
const DEEPEST: usize = 3;
/// How deep elements are read.
const DEEPEST_ELEMENT: usize = 8;

/// The parameter sets of a generator, or why they are not known here.
type Sets = Result<Vec<Parameters>, Unknown>;

/// Why a generator has no answer here.
pub(super) type Unknown = (Reason, Span, String);

/// The generators that ask somebody (Argo CD `applicationset/generators`).
const ASKING: [&str; 5] = ["clusters", "scmProvider", "pullRequest", "clusterDecisionResource", "plugin"];

pub(super) struct Expansion<'f, 'a> {
    pub(super) finder: &'f mut Finder<'a>,
    /// The file of the ApplicationSet.
    pub(super) file: &'a str,
    pub(super) style: Style,
}

impl Expansion<'_, '_> {
    /// The parameter sets of a list of generators.
    pub(super) fn all(&mut self, generators: Node<'_>) -> Sets {
        self.each(generators, &Parameters::new(), DEEPEST).map(|sets| sets.concat())
    }

    fn each(
        &mut self,
        generators: Node<'_>,
        outer: &Parameters,
        depth: usize,
    ) -> Result<Vec<Vec<Parameters>>, Unknown> {
        let mut total = 0;
        let mut sets = Vec::new();
        for generator in generators.items() {
            let set = self.one(generator, outer, depth)?;
            total += set.len();
            bounded(total, generator)?;
            sets.push(set);
        }
        Ok(sets)
    }

    fn one(&mut self, generator: Node<'_>, outer: &Parameters, depth: usize) -> Sets {
        if let Some((kind, entry)) = ASKING.into_iter().find_map(|kind| Some((kind, generator.entry(kind)?)))
        {
            let message = format!("the generator `{kind}` asks a cluster or a service");
            return Err((Reason::NeedsCluster, entry.key.span(), message));
        }
        let own =
            ["list", "git", "matrix", "merge"].into_iter().find_map(|kind| generator.at(&[kind, "template"]));
        let open = own.filter(|own| own.entries().next().is_some());
        if let Some(open) = open.or_else(|| generator.at(&["list", "elementsYaml"])) {
            let message = "a template inside of a generator is not resolved".to_owned();
            return Err((Reason::Templated, open.span(), message));
        }
        let found = if let Some(list) = generator.get("list") {
            list.get("elements").into_iter().flat_map(Node::items).map(parameters).collect()
        } else if let Some(git) = generator.get("git") {
            self.git(git, outer)?
        } else if let Some(nested) = generator.get("matrix").filter(|_| depth > 0) {
            self.matrix(nested, outer, depth)?
        } else if let Some(nested) = generator.get("merge").filter(|_| depth > 0) {
            self.merge(nested, outer, depth)?
        } else {
            let message = "the generator is of no known kind".to_owned();
            return Err((Reason::Malformed, generator.span(), message));
        };
        Ok(match generator.get("selector").filter(|written| !written.is_null()) {
            Some(written) => {
                let selector = selector(written);
                let is_selected = |set: &Parameters| selector.as_ref().is_some_and(|all| all.matches(set));
                found.into_iter().filter(is_selected).collect()
            }
            None => found,
        })
    }

    fn git(&mut self, git: Node<'_>, outer: &Parameters) -> Sets {
        let reading = self.reading(outer);
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        let is_files = git.get("files").is_some();
        let patterns = git.get("files").or_else(|| git.get("directories")).into_iter().flat_map(Node::items);
        for item in patterns {
            let Some(path) = item.get("path") else { continue };
            let pattern = reading.fill(&path.text().unwrap_or_default());
            if has_placeholder(&pattern) {
                return Err((Reason::Templated, path.span(), placeholder_message(&pattern)));
            }
            let excludes = item.get("exclude").and_then(Node::as_bool) == Some(true);
            // Folders: Go's `path.Match`, where `*` ends at `/`; files: git's own patterns, where it does not.
            let glob =
                GlobBuilder::new(pattern.trim_start_matches("./")).literal_separator(!is_files).build();
            let glob = glob.as_ref().map(Glob::compile_matcher).map_err(|error| {
                (Reason::Malformed, path.span(), format!("`{pattern}` is no pattern: {}", error.kind()))
            })?;
            if excludes { unwanted.push(glob) } else { wanted.push(glob) }
        }
        let (root, mut found) = self.matching(git, is_files, &wanted)?;
        found.retain(|path| !unwanted.iter().any(|glob| glob.is_match(path)));
        bounded(found.len(), git)?;
        let prefix = git.get("pathParamPrefix").and_then(Node::text).filter(|prefix| !prefix.is_empty());
        let prefix = prefix.map_or(String::new(), |prefix| format!("{prefix}."));
        let mut sets = Vec::new();
        for path in found {
            let own = if is_files { self.contents(&join(&root, &path)) } else { vec![Parameters::new()] };
            for mut set in own {
                let folder = if is_files { folder_of(&path) } else { &path };
                self.describe(folder, &prefix, &mut set);
                if is_files {
                    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
                    set.insert(format!("{prefix}path.filename"), name);
                }
                for value in git.get("values").into_iter().flat_map(Node::entries) {
                    let name = format!("values.{}", value.key.key());
                    let text = self.reading(&set).fill(&value.value.text().unwrap_or_default());
                    set.insert(name, text);
                }
                sets.push(set);
            }
            bounded(sets.len(), git)?;
        }
        Ok(sets)
    }

    fn reading<'p>(&self, parameters: &'p Parameters) -> Reading<'p> {
        Reading::Template(self.style, parameters)
    }

    /// What fits below the repository, else below the outermost folder around the file in which anything does.
    fn matching(
        &mut self,
        git: Node<'_>,
        is_files: bool,
        wanted: &[GlobMatcher],
    ) -> Result<(String, Vec<String>), Unknown> {
        let around = self.file.match_indices('/').map(|(slash, _)| &self.file[..slash]);
        let repository = self.finder.index.tree.repository(self.file);
        for root in std::iter::once(repository).chain(around.filter(|folder| *folder != repository).take(8)) {
            let all = if is_files {
                self.finder.index.below(root).map(|(path, _)| path).collect::<Vec<_>>()
            } else {
                let folders = self.finder.folders.iter().copied();
                folders.filter(|folder| crate::load::is_below(folder, root)).collect()
            };
            if !self.finder.spend(all.len()) {
                return Err((Reason::TooLarge, git.span(), TOO_MANY_FILES.to_owned()));
            }
            let inside = all.into_iter().filter_map(|path| {
                let rest = if root.is_empty() { path } else { path[root.len()..].strip_prefix('/')? };
                (!rest.is_empty()).then(|| rest.to_owned())
            });
            let mut found: Vec<String> =
                inside.filter(|path| wanted.iter().any(|glob| glob.is_match(path))).collect();
            if !found.is_empty() {
                found.sort_unstable();
                return Ok((root.to_owned(), found));
            }
        }
        Ok((String::new(), Vec::new()))
    }

    /// What a file says: of several documents the first, of a list each item by itself.
    fn contents(&self, path: &str) -> Vec<Parameters> {
        let file = self.finder.index.id(path);
        let root = file.and_then(|file| self.finder.docs_of(file).first()?.root());
        match root {
            Some(root) if root.is_seq() => root.items().map(parameters).collect(),
            Some(root) => vec![parameters(root)],
            None => vec![Parameters::new()],
        }
    }

    fn describe(&self, folder: &str, prefix: &str, set: &mut Parameters) {
        let name = folder.rsplit('/').next().unwrap_or_default();
        let go = self.style != Style::Simple;
        let path = if go { format!("{prefix}path.path") } else { format!("{prefix}path") };
        set.insert(path, folder.to_owned());
        set.insert(format!("{prefix}path.basename"), name.to_owned());
        set.insert(format!("{prefix}path.basenameNormalized"), normalized(name));
        for (at, segment) in folder.split('/').enumerate() {
            let key = if go { format!("{prefix}path.segments.{at}") } else { format!("{prefix}path[{at}]") };
            set.insert(key, segment.to_owned());
        }
    }

    fn matrix(&mut self, matrix: Node<'_>, outer: &Parameters, depth: usize) -> Sets {
        let mut found = vec![outer.clone()];
        for generator in matrix.get("generators").into_iter().flat_map(Node::items) {
            let mut next = Vec::new();
            for before in &found {
                for mut set in self.one(generator, before, depth - 1)? {
                    for (name, value) in before {
                        set.entry(name.clone()).or_insert_with(|| value.clone());
                    }
                    next.push(set);
                }
                bounded(next.len(), generator)?;
            }
            found = next;
        }
        Ok(found)
    }

    /// The sets of the first generator, changed by those of the others that agree in the merge keys.
    fn merge(&mut self, merge: Node<'_>, outer: &Parameters, depth: usize) -> Sets {
        let keys = merge.get("mergeKeys").into_iter().flat_map(Node::items);
        let keys: Vec<String> = keys.filter_map(|key| Some(key.text()?.into_owned())).collect();
        let Some(generators) = merge.get("generators") else { return Ok(Vec::new()) };
        let mut sets = self.each(generators, outer, depth - 1)?.into_iter();
        let key_of =
            |set: &Parameters| keys.iter().map(|key| set.get(key).cloned()).collect::<Option<Vec<_>>>();
        let mut base = sets.next().unwrap_or_default();
        for others in sets {
            let mut others: std::collections::HashMap<_, _> =
                others.into_iter().filter_map(|set| Some((key_of(&set)?, set))).collect();
            for set in &mut base {
                if let Some(other) = key_of(set).and_then(|key| others.remove(&key)) {
                    set.extend(other);
                }
            }
        }
        Ok(base)
    }
}

fn parameters(element: Node<'_>) -> Parameters {
    let mut set = Parameters::new();
    flatten(element, String::new(), DEEPEST_ELEMENT, &mut set);
    set
}

fn bounded(count: usize, at: Node<'_>) -> Result<(), Unknown> {
    let message = || format!("more than {MOST} Applications are generated");
    if count > MOST { Err((Reason::TooLarge, at.span(), message())) } else { Ok(()) }
}

/// The scalars of an element, by their paths with dots.
fn flatten(node: Node<'_>, path: String, depth: usize, set: &mut Parameters) {
    if node.is_scalar() {
        match to_json(node) {
            Value::String(text) => _ = set.insert(path, text),
            Value::Null => {}
            value => _ = set.insert(path, value.to_string()),
        }
    } else if depth > 0 {
        for entry in node.entries() {
            let key = entry.key.key();
            let path = if path.is_empty() { key.into_owned() } else { format!("{path}.{key}") };
            flatten(entry.value, path, depth - 1, set);
        }
    }
}
