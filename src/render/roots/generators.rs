//! The generators of an ApplicationSet: lists, folders and files of the tree, and their products.
//!
//! Those that ask a cluster or a service give one set that stands for all of theirs: what it does not hold is not known.

use std::collections::HashMap;

use globset::{Glob, GlobBuilder};
use kube_core::labels::SelectorExt as _;
use serde_json::{Map, Value};

use super::clusters;
use super::finder::{Finder, TOO_MANY_FILES};
use super::go_functions::normalized;
use super::go_template::Parameters;
use super::own::Own;
use super::parameters::{flat, flat_value, override_with};
use super::root::Reason;
use super::setting::Setting;
use super::template::{Filled, Reading, Style, has_placeholder, placeholder_message};
use crate::k8s::selector::selector;
use crate::render::paths::{folder_of, join, without_secrets};
use crate::source::Span;
use crate::yaml::{self, Node};

/// How many Applications one ApplicationSet may make.
const MOST: usize = 10_000;
/// How deep generators may stand in generators (Argo CD allows two).
const DEEPEST: usize = 3;

/// Why something is not known here.
pub(super) type Unknown = (Reason, Span, String);

/// The parameters of one Application.
#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    pub(super) parameters: Parameters,
    /// Why it has further parameters, or stands for any number of Applications.
    pub(super) open: Option<Unknown>,
    /// The element of a list that it is, or is made with.
    pub(super) element: Option<Span>,
}

/// The parameter sets of a generator, or what is wrong with it.
type Sets = Result<Vec<Set>, Unknown>;

/// The generators that ask somebody (Argo CD `applicationset/generators`).
const ASKING: [&str; 5] = ["clusters", "scmProvider", "pullRequest", "clusterDecisionResource", "plugin"];

pub(super) struct Expansion<'f, 'a> {
    pub(super) finder: &'f mut Finder<'a>,
    pub(super) own: &'f Own,
    /// The file of the ApplicationSet.
    pub(super) file: &'a str,
    pub(super) style: Style,
}

impl Expansion<'_, '_> {
    /// The parameter sets of a generator.
    pub(super) fn of(&mut self, generator: Node<'_>) -> Sets {
        self.one(generator, &Set::default(), DEEPEST)
    }

    fn one(&mut self, generator: Node<'_>, outer: &Set, depth: usize) -> Sets {
        // Argo CD asks every generator that stands in the item.
        let asking: Vec<&str> = ASKING.into_iter().filter(|kind| generator.get(kind).is_some()).collect();
        let mut found = Vec::new();
        for kind in &asking {
            match *kind {
                "clusters" if !self.finder.clusters.is_empty() => {
                    let known = generator.get(kind).into_iter();
                    let sets =
                        known.flat_map(|node| clusters::parameters(self.finder.clusters, node, self.style));
                    found.extend(sets.map(|parameters| Set { parameters, ..Set::default() }));
                }
                kind => found.push(self.asking(generator, kind)),
            }
        }
        let mut is_known = !asking.is_empty();
        for kind in ["list", "git", "matrix", "merge"] {
            let Some(node) = generator.get(kind).filter(|node| !node.is_null()) else { continue };
            is_known |= depth > 0 || matches!(kind, "list" | "git");
            found.extend(match kind {
                "list" => self.list(node, outer)?,
                "git" => self.git(node, outer)?,
                "matrix" if depth > 0 => self.matrix(node, outer, depth)?,
                "merge" if depth > 0 => self.merge(node, outer, depth)?,
                _ => Vec::new(),
            });
        }
        if !is_known {
            let message = "the generator is of no known kind".to_owned();
            return Err((Reason::Malformed, generator.span(), message));
        }
        bounded(found.len(), generator)?;
        Ok(match generator.get("selector").filter(|written| !written.is_null()) {
            Some(written) => {
                let selector = selector(written);
                // Whether it selects what is not known is not known either.
                let is_selected = |set: &Set| {
                    let labels = || flat(&set.parameters);
                    set.open.is_some() || selector.as_ref().is_some_and(|all| all.matches(&labels()))
                };
                found.into_iter().filter(is_selected).collect()
            }
            None => found,
        })
    }

    /// The set of a generator that asks somebody: with the values that it adds to each answer itself.
    fn asking(&self, generator: Node<'_>, kind: &str) -> Set {
        let at = generator.entry(kind).map_or(generator.span(), |entry| entry.key.span());
        let mut set = Set::default();
        let values = generator.at(&[kind, "values"]).into_iter().flat_map(Node::entries);
        for entry in values {
            let text = entry.value.text().unwrap_or_default();
            if !has_placeholder(&text) {
                self.add_value(&mut set.parameters, &entry.key.key(), text.into_owned());
            }
        }
        set.open =
            Some((Reason::NeedsCluster, at, format!("the generator `{kind}` asks a cluster or a service")));
        set
    }

    fn add_value(&self, parameters: &mut Parameters, name: &str, text: String) {
        if self.style == Style::Simple {
            parameters.insert(format!("values.{name}"), text.into());
        } else {
            let values = parameters.entry("values").or_insert_with(|| Map::new().into());
            if let Some(values) = values.as_object_mut() {
                values.insert(name.to_owned(), text.into());
            }
        }
    }

    /// How the texts of a generator are read that stands behind another one in a matrix.
    fn reading<'p>(&self, outer: &'p Set) -> Reading<'p> {
        match &outer.open {
            Some(_) => Reading::Open(self.style, &outer.parameters),
            // Argo CD fills nothing where there is no parameter.
            None if outer.parameters.is_empty() => Reading::Written,
            None => Reading::Template(self.style, &outer.parameters),
        }
    }

    fn list(&mut self, list: Node<'_>, outer: &Set) -> Sets {
        let reading = self.reading(outer);
        let elements = list.get("elements").into_iter().flat_map(Node::items);
        let mut sets: Vec<Set> =
            elements.map(|element| self.element(&Setting::of(element, reading))).collect();
        let Some(node) = list.get("elementsYaml") else { return Ok(sets) };
        let message = || placeholder_message("elementsYaml");
        match reading.filled(&node.text().unwrap_or_default()) {
            Filled::Whole(text) if has_placeholder(&text) => {
                sets.push(Set { open: Some((Reason::Templated, node.span(), message())), ..Set::default() });
            }
            Filled::Whole(text) => {
                let length = text.len();
                let (doc, _) = yaml::parse(node.span().file, text, 0..length);
                let root = doc.root().filter(|root| root.is_seq() && !doc.broken);
                if root.is_none() && length > 0 {
                    let message = "`elementsYaml` is no list".to_owned();
                    return Err((Reason::Malformed, node.span(), message));
                }
                let items = root.into_iter().flat_map(Node::items);
                sets.extend(items.map(|item| self.element(&Setting::inside(item, node.span()))));
            }
            Filled::Part(_) => {
                let open = outer.open.clone().unwrap_or_else(|| (Reason::Templated, node.span(), message()));
                sets.push(Set { open: Some(open), ..Set::default() });
            }
        }
        Ok(sets)
    }

    /// The set of one element of a list.
    fn element(&self, element: &Setting) -> Set {
        let known = element.known().unwrap_or_default();
        let open = element.is_open().then(|| {
            (
                Reason::Templated,
                element.span(),
                "an element holds a placeholder that nothing here fills".into(),
            )
        });
        Set { parameters: self.parameters(known), open, element: Some(element.span()) }
    }

    /// The parameters that a value is.
    pub(super) fn parameters(&self, value: Value) -> Parameters {
        match value {
            Value::Object(entries) if self.style != Style::Simple => entries,
            value => flat_value(&value).into_iter().map(|(name, text)| (name, text.into())).collect(),
        }
    }

    fn git(&mut self, git: Node<'_>, outer: &Set) -> Sets {
        let reading = self.reading(outer);
        let address =
            git.get("repoURL").and_then(Node::text).map(|text| reading.fill(&text)).unwrap_or_default();
        if !self.own.is_ours(&address) {
            let at = git.get("repoURL").unwrap_or(git).span();
            let message =
                format!("the generator reads `{}`, which is not this tree", without_secrets(&address));
            return Ok(vec![Set { open: Some((Reason::RemoteBase, at, message)), ..Set::default() }]);
        }
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        // Folders win where both are written.
        let folders = git.get("directories").filter(|folders| folders.items().next().is_some());
        let is_files = folders.is_none();
        for item in folders.or_else(|| git.get("files")).into_iter().flat_map(Node::items) {
            let Some(path) = item.get("path") else { continue };
            let pattern = reading.fill(&path.text().unwrap_or_default());
            if has_placeholder(&pattern) {
                let why = || (Reason::Templated, path.span(), placeholder_message(&pattern));
                return Ok(vec![Set { open: outer.open.clone().or_else(|| Some(why())), ..Set::default() }]);
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
        let (root, mut found) = self.matching(git, &address, is_files, &wanted)?;
        found.retain(|path| !unwanted.iter().any(|glob| glob.is_match(path)));
        bounded(found.len(), git)?;
        let prefix = git.get("pathParamPrefix").and_then(Node::text).unwrap_or_default();
        let mut sets = Vec::new();
        for path in found {
            let own = if is_files { self.contents(&join(&root, &path)) } else { vec![Parameters::new()] };
            for mut parameters in own {
                let (folder, file) = if is_files { (folder_of(&path), Some(&*path)) } else { (&*path, None) };
                self.describe(folder, file, &prefix, &mut parameters);
                for value in git.get("values").into_iter().flat_map(Node::entries) {
                    let text = reading.fill(&value.value.text().unwrap_or_default());
                    let text = Reading::Template(self.style, &parameters).fill(&text);
                    self.add_value(&mut parameters, &value.key.key(), text);
                }
                sets.push(Set { parameters, ..Set::default() });
            }
            bounded(sets.len(), git)?;
        }
        Ok(sets)
    }

    /// Adds what a folder, or a file in it, is called.
    fn describe(&self, folder: &str, file: Option<&str>, prefix: &str, parameters: &mut Parameters) {
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut names = vec![("basename", name(folder)), ("basenameNormalized", normalized(&name(folder)))];
        if let Some(file) = file {
            names.extend([("filename", name(file)), ("filenameNormalized", normalized(&name(file)))]);
        }
        if self.style == Style::Simple {
            let path = if prefix.is_empty() { "path".to_owned() } else { format!("{prefix}.path") };
            for (at, segment) in folder.split('/').enumerate() {
                parameters.insert(format!("{path}[{at}]"), segment.into());
            }
            parameters.extend(names.into_iter().map(|(key, name)| (format!("{path}.{key}"), name.into())));
            parameters.insert(path, folder.into());
            return;
        }
        let mut path: Map<String, Value> =
            names.into_iter().map(|(key, name)| (key.to_owned(), name.into())).collect();
        path.insert("path".into(), folder.into());
        path.insert("segments".into(), folder.split('/').map(Value::from).collect());
        if prefix.is_empty() {
            parameters.insert("path".into(), path.into());
        } else {
            let path = Map::from_iter([("path".to_owned(), path.into())]);
            parameters.insert(prefix.to_owned(), path.into());
        }
    }

    fn matrix(&mut self, matrix: Node<'_>, outer: &Set, depth: usize) -> Sets {
        let mut found = vec![outer.clone()];
        for generator in matrix.get("generators").into_iter().flat_map(Node::items) {
            let mut next = Vec::new();
            for before in &found {
                let weight = flat(&before.parameters).len();
                for mut set in self.one(generator, before, depth - 1)? {
                    if !self.finder.spend(weight) {
                        return Err((Reason::TooLarge, generator.span(), TOO_MANY_FILES.to_owned()));
                    }
                    // What the first generator says wins.
                    override_with(&mut set.parameters, &before.parameters);
                    set.open = before.open.clone().or(set.open);
                    set.element = before.element.or(set.element);
                    next.push(set);
                }
                bounded(next.len(), generator)?;
            }
            found = next;
        }
        Ok(found)
    }

    /// The sets of the first generator, changed by those of the others that agree in the merge keys.
    fn merge(&mut self, merge: Node<'_>, outer: &Set, depth: usize) -> Sets {
        let keys = merge.get("mergeKeys").into_iter().flat_map(Node::items);
        let keys: Vec<String> = keys.filter_map(|key| Some(key.text()?.into_owned())).collect();
        let mut generators = merge.get("generators").into_iter().flat_map(Node::items);
        let Some(first) = generators.next() else { return Ok(Vec::new()) };
        let mut base = self.one(first, outer, depth - 1)?;
        let key_of = |set: &Set| {
            let labels = flat(&set.parameters);
            keys.iter().map(|key| labels.get(key).cloned()).collect::<Option<Vec<_>>>()
        };
        for generator in generators {
            let others = self.one(generator, outer, depth - 1)?;
            // Any of them may be changed by what is not known.
            let unknown = others.iter().find_map(|set| set.open.clone());
            let mut others: HashMap<_, _> =
                others.into_iter().filter_map(|set| Some((key_of(&set)?, set))).collect();
            for set in &mut base {
                if let Some(other) = key_of(set).and_then(|key| others.remove(&key)) {
                    override_with(&mut set.parameters, &other.parameters);
                }
                set.open = set.open.take().or_else(|| unknown.clone());
            }
        }
        Ok(base)
    }
}

fn bounded(count: usize, at: Node<'_>) -> Result<(), Unknown> {
    let message = || format!("more than {MOST} Applications are generated");
    if count > MOST { Err((Reason::TooLarge, at.span(), message())) } else { Ok(()) }
}
