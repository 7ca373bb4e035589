//! The search for roots: parses what was read, asks each reader, and links what they found.

use std::collections::{BTreeSet, HashSet};

use memchr::memmem;
use rayon::prelude::*;

use super::bases::Named;
use super::cluster_names::{ClusterNames, names_cluster};
use super::data::Data;
use super::finder::{Finder, Nested, deployer};
use super::helmfile::Tool;
use super::own::{Own, is_git_repository};
use super::root::Root;
use super::{argo, flux, helm, helmfile, inflation, kustomize, left_out, link, revisions};
use crate::k8s::{Object, applied};
use crate::load::{Read, Texts, Tree};
use crate::render::FileIndex;
use crate::render::kustomization::FILE_NAMES;
use crate::source::FileId;
use crate::yaml::{Doc, Document};

/// The groups of what deploys.
const GROUPS: [&str; 2] = ["argoproj.io", "fluxcd.io"];

/// What stands in a text that writes a group so that only a parser reads it: escapes, lines that go on, `!!binary`.
const HIDDEN: [&str; 6] = ["\\x", "\\u", "\\U", "\\\n", "\\\r", "binary"];

/// Whether anything that was read can be a root, deploy one or give values to a chart; where nothing can, nothing need be
/// parsed for it.
#[must_use]
pub fn may_hold_roots(texts: &Texts) -> bool {
    let words = GROUPS.iter().chain(&HIDDEN).map(memmem::Finder::new).collect::<Vec<_>>();
    texts.sources().files().any(|(_, file)| {
        let name = file.path().rsplit('/').next().unwrap_or_default();
        name == "Chart.yaml"
            || FILE_NAMES.contains(&name)
            || Tool::of(file.path()).is_some()
            || words.iter().any(|word| word.find(file.text().as_bytes()).is_some())
    })
}

/// What is known of what was read, from the rounds before.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What was rendered of it and deploys something, or says where that comes from or goes.
    pub nested: Vec<Nested>,
    /// Files that were rendered: what was rendered of them deploys, not what is written.
    pub hidden: BTreeSet<FileId>,
    /// What was rendered of it and holds values; only where a deployer takes some.
    pub data: Vec<Nested>,
    /// The files that what was rendered was made of: their config maps and secrets are in it.
    pub built: BTreeSet<FileId>,
}

/// Whether a document deploys something, or says where that comes from or which cluster it is for.
#[must_use]
pub fn deploys(document: &Document) -> bool {
    let text = document.text().as_bytes();
    let may = GROUPS.iter().chain(&HIDDEN).any(|word| memmem::find(text, word.as_bytes()).is_some());
    let counts = |object: &Object<'_>| {
        deployer(object).is_some() || is_git_repository(object) || names_cluster(object)
    };
    may && applied(document.doc()).iter().any(counts)
}

/// Finds the roots of what was read, and of what was rendered of it, sorted by path, kind and place. Folders that they
/// deploy are read where nobody has looked through them yet.
#[must_use]
pub fn find(read: &Read, tree: &Tree, named: &mut Named, known: &Known) -> Vec<Root> {
    loop {
        let (roots, of_generators) = find_once(read, tree, named, known);
        let wanted: BTreeSet<&String> = roots.iter().flat_map(|root| &root.wanted).collect();
        let files = roots.iter().flat_map(|root| &root.wanted_files).chain(&of_generators);
        let files: BTreeSet<&String> = files.collect();
        // They may hold what deploys more.
        let is_more = named.add_folders(tree, wanted);
        if !named.add_wanted(tree, &files) && !is_more {
            return roots;
        }
    }
}

/// The roots, and the files that generators want to read.
fn find_once(read: &Read, tree: &Tree, named: &Named, known: &Known) -> (Vec<Root>, BTreeSet<String>) {
    let given = read.sources.iter().flat_map(|source| &source.documents);
    let nested = || known.data.iter().chain(&known.nested);
    let rendered = nested().flat_map(|nested| &nested.documents);
    let mut listed: Vec<_> = given.chain(&named.documents).chain(rendered).collect();
    // By file, whatever argument it belongs to.
    listed.sort_by_key(|document| document.span());
    let docs: Vec<&Doc> = listed.into_par_iter().map(Document::doc).collect();
    let index = FileIndex::new(&named.texts, tree);
    let mut finder = Finder::new(index, &read.walked, &docs, nested(), &named.unreadable);
    finder.clusters = &named.clusters;
    kustomize::register(&mut finder);
    helm::register(&mut finder);
    kustomize::follow(&mut finder);
    helm::follow(&mut finder);
    inflation::follow(&mut finder);
    helmfile::follow(&mut finder);
    let mut objects: Vec<_> = docs.iter().flat_map(|doc| applied(doc)).collect();
    objects.retain(|object| !finder.parts.contains(&object.file()));
    finder.data = Data::of(&objects, &known.built, &|object| {
        let is_rendered = named.texts.sources().file(object.file()).is_rendered();
        (finder.namespace(object), finder.cluster(object.file()), is_rendered)
    });
    finder.cluster_names = ClusterNames::of(&named.clusters, &objects);
    let own = Own::of(&finder, &objects, &known.hidden, &named.repositories);
    let mut rendered = HashSet::new();
    for object in objects.iter().filter(|object| !known.hidden.contains(&object.file())) {
        if !finder.is_new(object, &mut rendered) {
            continue;
        }
        argo::follow(&mut finder, object, &own);
        flux::follow(&mut finder, object, &own);
    }
    left_out::say(&mut finder, &own.left_out);
    revisions::say(&mut finder, &own, &objects);
    own.say(&mut finder);
    let wanted = std::mem::take(&mut finder.wanted_files);
    (link::link(finder, &read.sources, &objects), wanted)
}
