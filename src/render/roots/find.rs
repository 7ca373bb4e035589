//! The search for roots: parses what was read, asks each reader, and links what they found.

use std::collections::{BTreeSet, HashSet};

use memchr::memmem;
use rayon::prelude::*;

use super::finder::{Finder, Nested, deployer};
use super::root::Root;
use super::{argo, flux, helm, kustomize, link};
use crate::k8s::applied;
use crate::load::{Source, Texts, Tree};
use crate::render::FileIndex;
use crate::render::kustomization::FILE_NAMES;
use crate::source::FileId;
use crate::yaml::{Doc, Document};

/// The groups of what deploys.
const GROUPS: [&str; 2] = ["argoproj.io", "fluxcd.io"];

/// What stands in a text that writes a group so that only a parser reads it: escapes, lines that go on, `!!binary`.
const HIDDEN: [&str; 6] = ["\\x", "\\u", "\\U", "\\\n", "\\\r", "binary"];

/// Whether anything that was read can be a root or deploy one; where nothing can, nothing need be parsed for it.
#[must_use]
pub fn may_hold_roots(texts: &Texts) -> bool {
    let words = GROUPS.iter().chain(&HIDDEN).map(memmem::Finder::new).collect::<Vec<_>>();
    texts.sources().files().any(|(_, file)| {
        let name = file.path().rsplit('/').next().unwrap_or_default();
        name == "Chart.yaml"
            || FILE_NAMES.contains(&name)
            || words.iter().any(|word| word.find(file.text().as_bytes()).is_some())
    })
}

/// What is known of what was read, from the rounds before.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What was rendered of it and deploys something.
    pub nested: Vec<Nested>,
    /// Files whose deployers were rendered: those count, not what is written.
    pub hidden: BTreeSet<FileId>,
}

/// Whether a document deploys something.
#[must_use]
pub fn deploys(document: &Document) -> bool {
    let text = document.text().as_bytes();
    let may = GROUPS.iter().chain(&HIDDEN).any(|word| memmem::find(text, word.as_bytes()).is_some());
    may && applied(document.doc()).iter().any(|object| deployer(object).is_some())
}

/// Where roots are searched for.
#[derive(Clone, Copy, Debug)]
pub struct Search<'r> {
    /// The texts.
    pub texts: &'r Texts,
    /// What the arguments name.
    pub sources: &'r [Source],
    /// Documents that are only built on.
    pub bases: &'r [Document],
    /// What else can be read.
    pub tree: &'r Tree,
}

/// Finds the roots of what was read, and of what was rendered of it, sorted by path, kind and place.
#[must_use]
pub fn find(search: &Search<'_>, known: &Known) -> Vec<Root> {
    let read = search.sources.iter().flat_map(|source| &source.documents);
    let rendered = known.nested.iter().flat_map(|nested| &nested.documents);
    let mut listed: Vec<_> = read.chain(search.bases).chain(rendered).collect();
    // By file, whatever argument it belongs to.
    listed.sort_by_key(|document| document.span());
    let docs: Vec<&Doc> = listed.into_par_iter().map(Document::doc).collect();
    let mut finder = Finder::new(FileIndex::new(search.texts, search.tree), &docs, &known.nested);
    kustomize::register(&mut finder);
    helm::register(&mut finder);
    kustomize::follow(&mut finder);
    helm::follow(&mut finder);
    let mut objects: Vec<_> = docs.iter().flat_map(|doc| applied(doc)).collect();
    objects.retain(|object| !finder.parts.contains(&object.file()));
    let own = argo::own_repositories(&finder, &objects);
    let mut rendered = HashSet::new();
    for object in objects.iter().filter(|object| !known.hidden.contains(&object.file())) {
        if !finder.is_new(object, &mut rendered) {
            continue;
        }
        argo::follow(&mut finder, object, &own);
        flux::follow(&mut finder, object);
    }
    link::link(finder, search.sources, &objects)
}
