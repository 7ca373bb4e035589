//! Which sources of Argo CD and Flux are this repository: what stands elsewhere is not judged by a folder of the same path.
//!
//! Own are the remotes. Where no source names one of them (there is none, or this is a fork), the address is own that most
//! sources name and whose paths are here; of equals all are, as it is worse to judge too little.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::address::{is_unknown, normalized};
use super::finder::{Finder, Source};
use super::includes::Includes;
use super::left_out::LeftOut;
use super::named_sources::{addresses, flux_reference, text};
use super::root::Reason;
use crate::k8s::Object;
use crate::load::{Standing, is_below};
use crate::render::paths::{join, without_secrets};
use crate::source::{FileId, Span};
use crate::yaml::Node;

/// Flux calls the source so that it was set up with (`flux bootstrap`).
const FLUX_SYSTEM: &str = "flux-system";

/// How many addresses of sources of one name are told apart.
const MOST_OF_A_NAME: usize = 64;

/// How many paths that are not here outweigh one that is.
const MISSING_COUNTS: i64 = 2;

/// The addresses of this repository.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// The folders that paths start at, by address.
    tops: HashMap<String, BTreeSet<String>>,
    /// The addresses of the sources of Flux, by name, with their namespaces as far as known.
    declared: HashMap<String, BTreeSet<(Option<String>, String)>>,
    /// What these take from others.
    includes: Includes,
    /// What these leave out.
    pub(super) left_out: LeftOut,
    /// What was taken for own without proof, and where it is named.
    assumed: Vec<(Span, String)>,
}

/// A source of Flux.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FluxSource {
    /// A git repository, with the addresses that objects of its name have.
    Git(Vec<String>),
    /// A git repository that nothing here declares.
    Undeclared,
    /// None of git: its content is made elsewhere.
    Elsewhere,
}

/// What a path of a source leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A folder of this tree.
    Folder(String),
    /// Nothing, although the source is this repository.
    Missing,
    /// Something in another repository.
    Elsewhere,
}

/// A source that an object names.
struct Named {
    repository: String,
    address: String,
    at: Span,
    shown: String,
    top: Top,
    /// An ApplicationSet fills its path.
    is_filled: bool,
}

/// Where the path of a source starts.
enum Top {
    /// In this folder.
    Folder(String),
    /// Nowhere: there is no such path.
    Missing,
    /// Not known: it is the top of a repository.
    Unknown,
}

/// Whether an object says where a git repository is.
pub(super) fn is_git_repository(object: &Object<'_>) -> bool {
    object.is("source.toolkit.fluxcd.io", "GitRepository")
}

impl Own {
    /// Finds them among the sources of all objects. `hidden` are files that count as what was rendered of them, and `named`
    /// the addresses that the settings name, with the folders that their paths start at.
    pub(super) fn of(
        finder: &Finder<'_>,
        objects: &[Object<'_>],
        hidden: &BTreeSet<FileId>,
        named: &[(String, String)],
    ) -> Self {
        let mut own = Self::default();
        for (address, top) in named {
            own.tops.entry(normalized(address)).or_default().insert(top.clone());
        }
        let standing = || objects.iter().filter(|object| !hidden.contains(&object.file()));
        own.declare(finder, standing());
        let mut undeclared = BTreeMap::new();
        let mut named: Vec<Named> = Vec::new();
        for object in standing() {
            let file = finder.path(object.file());
            for (address, path, is_filled) in addresses(object) {
                let found = Named::new(finder, file, &text(address), address.span(), &path);
                named.extend(found.map(|named| Named { is_filled, ..named }));
            }
            let Some((reference, path)) = flux_reference(object) else { continue };
            // Where something is taken from another source, the path says nothing of this one.
            if !own.includes.holding(&source_of(finder, object, reference), &path).is_empty() {
                continue;
            }
            match own.flux_source(finder, object, reference) {
                FluxSource::Git(addresses) => {
                    let at = reference.span();
                    let each = addresses.iter();
                    named.extend(each.filter_map(|address| Named::new(finder, file, address, at, &path)));
                }
                FluxSource::Undeclared => {
                    let name = reference.get("name").map(text).unwrap_or_default();
                    undeclared.entry(name).or_insert(reference.span());
                }
                FluxSource::Elsewhere => {}
            }
        }
        for (name, at) in undeclared.into_iter().filter(|(name, _)| name != FLUX_SYSTEM) {
            let message = format!(
                "the source `{name}` is not declared here, or too often; it is taken for this repository"
            );
            own.assumed.push((at, message));
        }
        // With a file of each, by which the tree knows it.
        let mut repositories: BTreeMap<&str, (&str, Vec<&Named>)> = BTreeMap::new();
        for path in finder.index.files.keys() {
            repositories.entry(finder.index.tree.repository(path)).or_insert((path, Vec::new()));
        }
        for named in &named {
            if let Some((_, all)) = repositories.get_mut(named.repository.as_str()) {
                all.push(named);
            }
        }
        for (repository, (file, named)) in repositories {
            let remotes = finder.index.tree.remotes(file).iter().map(|remote| normalized(remote)).collect();
            own.choose(repository, &remotes, &named);
        }
        own
    }

    /// Notes the git repositories that Flux is told of.
    fn declare<'o, 'd: 'o>(&mut self, finder: &Finder<'_>, objects: impl Iterator<Item = &'o Object<'d>>) {
        for object in objects.filter(|object| is_git_repository(object)) {
            let url = object.node.at(&["spec", "url"]).map(text);
            if let (Some(name), Some(url)) = (object.name_node().map(text), url) {
                self.declared.entry(name).or_default().insert((finder.namespace(object), url));
            }
            self.includes.add(finder, object);
            self.left_out.add(finder, object);
        }
    }

    /// Decides which of the addresses that a repository names are its own.
    fn choose(&mut self, repository: &str, remotes: &BTreeSet<String>, named: &[&Named]) {
        for remote in remotes {
            self.tops.entry(remote.clone()).or_default().insert(repository.to_owned());
        }
        if named.iter().any(|named| remotes.contains(&named.address)) {
            return;
        }
        let mut missing: BTreeMap<&str, i64> = BTreeMap::new();
        let mut found: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
        for named in named {
            match &named.top {
                Top::Folder(top) => *found.entry(top).or_default().entry(&named.address).or_default() += 1,
                Top::Missing => *missing.entry(&named.address).or_default() += 1,
                Top::Unknown => {}
            }
        }
        let mut first: HashMap<&str, &Named> = HashMap::new();
        for named in named {
            first.entry(&named.address).or_insert(named);
        }
        let is_plain = remotes.is_empty() && first.len() == 1;
        // Nothing speaks against the only address that there is.
        if is_plain && found.is_empty() && missing.is_empty() && named.iter().any(|named| named.is_filled) {
            let tops = self.tops.entry(named[0].address.clone()).or_default();
            tops.insert(repository.to_owned());
        }
        for (top, counts) in found {
            let weight = |address: &str, count: i64| {
                count - MISSING_COUNTS * missing.get(address).copied().unwrap_or_default()
            };
            let most = counts.iter().map(|(address, count)| weight(address, *count)).max();
            for (address, _) in
                counts.iter().filter(|(address, count)| Some(weight(address, **count)) == most)
            {
                if self.tops.entry((*address).to_owned()).or_default().insert(top.to_owned())
                    && !is_plain
                    && let Some(first) = first.get(address)
                {
                    let message =
                        format!("no remote says so, but `{}` is taken for this repository", first.shown);
                    self.assumed.push((first.at, message));
                }
            }
        }
    }

    /// Says what was taken for own without proof, each once.
    pub(super) fn say(self, finder: &mut Finder<'_>) {
        let deployers = finder.deployers();
        let mut said = BTreeSet::new();
        for (at, message) in self.assumed {
            if let Some(root) = deployers.get(&at.file)
                && said.insert(message.clone())
            {
                finder.roots[*root].leave_unjudged(Reason::Assumed, at, message);
            }
        }
    }

    /// Whether an address is this repository.
    pub(super) fn is_here(&self, address: &str) -> bool {
        !is_unknown(address) && self.tops.contains_key(&normalized(address))
    }

    /// Whether an address is this repository, or may be: where nobody knows the address, too.
    pub(super) fn is_ours(&self, address: &str) -> bool {
        is_unknown(address) || self.tops.contains_key(&normalized(address))
    }

    /// The folders that the paths of an address start at, seen from a file; that which holds the file comes first.
    pub(super) fn tops(&self, file: &str, address: &str) -> Vec<&str> {
        let tops = self.tops.get(&normalized(address)).into_iter().flatten();
        let (around, others): (Vec<&str>, Vec<&str>) =
            tops.map(String::as_str).partition(|top| is_below(file, top));
        around.into_iter().rev().chain(others).collect()
    }

    /// The folder at a path of a source.
    pub(super) fn folder(&self, finder: &Finder<'_>, file: &str, address: &str, path: &str) -> Found {
        let is_top = path.trim_matches(['.', '/']).is_empty();
        if is_unknown(address) {
            return match finder.in_repository(file, path).filter(|_| !is_top) {
                Some(folder) => Found::Folder(folder),
                None => Found::Elsewhere,
            };
        }
        let tops = self.tops(file, address);
        if tops.is_empty() {
            return Found::Elsewhere;
        }
        let below = tops.into_iter().map(|top| finder.resolve(&join(top, path)));
        let mut folders = below.filter_map(|standing| match standing {
            Standing::Folder(folder) => Some(folder),
            _ => None,
        });
        let near = || finder.in_repository(file, path).filter(|_| !is_top);
        folders.next().or_else(near).map_or(Found::Missing, Found::Folder)
    }

    /// What a reference of Flux leads to.
    pub(super) fn flux_source(
        &self,
        finder: &Finder<'_>,
        object: &Object<'_>,
        reference: Node<'_>,
    ) -> FluxSource {
        let field = |key: &str| reference.get(key).map(text).filter(|text| !text.is_empty());
        if field("kind").is_some_and(|kind| kind != "GitRepository") {
            return FluxSource::Elsewhere;
        }
        let namespace = field("namespace").or_else(|| finder.namespace(object));
        let all = field("name").and_then(|name| self.declared.get(&name));
        let is_same = |known: &Option<String>| known.is_none() || namespace.is_none() || *known == namespace;
        let same = all.into_iter().flatten().filter(|(known, _)| is_same(known)).take(MOST_OF_A_NAME + 1);
        let addresses: Vec<String> = same.map(|(_, address)| address.clone()).collect();
        // Of too many nobody can tell.
        if addresses.is_empty() || addresses.len() > MOST_OF_A_NAME {
            FluxSource::Undeclared
        } else {
            FluxSource::Git(addresses)
        }
    }

    /// The folder at a path of a source of Flux. A git repository that nothing here declares is taken for this one: it is
    /// worse to judge too little.
    pub(super) fn flux_folder(
        &self,
        finder: &Finder<'_>,
        object: &Object<'_>,
        reference: Option<Node<'_>>,
        path: &str,
    ) -> Found {
        let file = finder.path(object.file());
        if let Some(found) = self.included(finder, object, reference, path) {
            return found;
        }
        let source = reference.map_or(FluxSource::Undeclared, |node| self.flux_source(finder, object, node));
        match source {
            FluxSource::Elsewhere => Found::Elsewhere,
            FluxSource::Git(addresses) => {
                let each = addresses.iter().map(|address| self.folder(finder, file, address, path));
                // Equal names may stand for different clusters: one that is ours is enough.
                let rank = |found: &Found| match found {
                    Found::Folder(_) => 0,
                    Found::Missing => 1,
                    Found::Elsewhere => 2,
                };
                each.min_by_key(rank).unwrap_or(Found::Elsewhere)
            }
            FluxSource::Undeclared => {
                let name = reference.and_then(|reference| reference.get("name")).map(text);
                let is_system = name.as_deref() == Some(FLUX_SYSTEM);
                let is_top = path.trim_matches(['.', '/']).is_empty();
                match finder.in_repository(file, path).filter(|_| is_system || !is_top) {
                    Some(folder) => Found::Folder(folder),
                    None if is_system => Found::Missing,
                    None => Found::Elsewhere,
                }
            }
        }
    }

    /// The folder at a path of a source of Flux that it takes from another one; nothing, where it does not.
    fn included(
        &self,
        finder: &Finder<'_>,
        object: &Object<'_>,
        reference: Option<Node<'_>>,
        path: &str,
    ) -> Option<Found> {
        let file = finder.path(object.file());
        let holding = self.includes.holding(&source_of(finder, object, reference?), path);
        let folders = holding.iter().map(|(include, path)| {
            let known = self.declared.get(&include.name).into_iter().flatten().take(MOST_OF_A_NAME);
            let same = known.filter(|(namespace, _)| {
                namespace.is_none() || include.namespace.is_none() || *namespace == include.namespace
            });
            let mut found = same.map(|(_, address)| self.folder(finder, file, address, path));
            found.find(|found| *found != Found::Elsewhere).unwrap_or(Found::Elsewhere)
        });
        folders.min_by_key(|found| !matches!(found, Found::Folder(_)))
    }

    /// Where in a folder of a source of Flux something stands that it takes from others.
    pub(super) fn included_below(
        &self,
        finder: &Finder<'_>,
        object: &Object<'_>,
        reference: Option<Node<'_>>,
        folder: &str,
    ) -> Vec<&str> {
        let source = reference.map(|reference| source_of(finder, object, reference));
        source.map(|source| self.includes.below(&source, folder)).unwrap_or_default()
    }
}

/// The name of the source that a reference of Flux names, and its namespace as far as known.
pub(super) fn source_of(finder: &Finder<'_>, object: &Object<'_>, reference: Node<'_>) -> Source {
    let namespace = reference.get("namespace").map(text).filter(|text| !text.is_empty());
    let name = reference.get("name").map(text).unwrap_or_default();
    (name, namespace.or_else(|| finder.namespace(object)))
}

impl Named {
    fn new(finder: &Finder<'_>, file: &str, address: &str, at: Span, path: &str) -> Option<Self> {
        if is_unknown(address) {
            return None;
        }
        let path = join("", path);
        let top = match path.as_str() {
            "" => Top::Unknown,
            path => match finder.in_repository(file, path).as_ref().and_then(|at| at.strip_suffix(path)) {
                Some(top) => Top::Folder(top.trim_end_matches('/').to_owned()),
                None => Top::Missing,
            },
        };
        Some(Self {
            repository: finder.index.tree.repository(file).to_owned(),
            address: normalized(address),
            at,
            shown: without_secrets(address),
            top,
            is_filled: false,
        })
    }
}
