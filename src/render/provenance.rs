//! Lays the trails of rendered texts: by replay for kustomizations, by marked rendering for charts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::helm::{Release, WholeChart};
use super::jobs::Task;
use super::marked::{Chart, Values, mark_without};
use super::materials::Materials;
use super::replay::replay;
use super::roots::{Change, Given, ValueSet};
use super::session::Said;
use super::{Output, Rendering, Session, Shelf, Trail};
use crate::finding::Origin;
use crate::source::{FileId, SourceMap, Span};
use crate::yaml::{self, Doc, Node};

/// How often the template that Helm blames is left unmarked.
const RETRIES: usize = 5;

impl Rendering {
    /// The output that a rendered text belongs to.
    #[must_use]
    pub fn output(&self, file: FileId) -> Option<&Output> {
        self.texts.get(&file).map(|index| &self.outputs[*index])
    }

    /// The trails of some rendered texts; `docs` are the documents of the run.
    #[must_use]
    pub fn trails(
        &self,
        files: &BTreeSet<FileId>,
        sources: &SourceMap,
        docs: &[&Doc],
        session: &Session,
    ) -> Vec<(FileId, Trail)> {
        let shelf = Shelf::new(sources, &self.tree);
        let materials = Materials::new(&self.roots, sources, &self.tree, &self.charts);
        let around = Around { rendering: self, sources, docs, session, shelf: &shelf, materials: &materials };
        let mut laid: BTreeMap<FileId, Trail> = BTreeMap::new();
        let (mut wanted, mut is_nested) = (files.clone(), false);
        // What a rendered Application says was written where that was rendered from.
        while !wanted.is_empty() {
            let outputs = self.outputs.iter().filter_map(|output| Some((output, output.file?)));
            let outputs: Vec<_> = outputs.filter(|(_, file)| wanted.contains(file)).collect();
            let lay = |(output, file): &(&Output, FileId)| (*file, around.trail(output, *file));
            let new: Vec<(FileId, Trail)> = outputs.par_iter().with_max_len(1).map(lay).collect();
            let spans =
                new.iter().flat_map(|(_, trail)| trail.steps()).flat_map(|(_, written)| written.spans());
            wanted = spans.map(|span| span.file).filter(|file| sources.file(*file).is_rendered()).collect();
            is_nested |= !wanted.is_empty();
            laid.extend(new);
            wanted.retain(|file| !laid.contains_key(file));
        }
        if !is_nested {
            return laid.into_iter().collect();
        }
        let whole = |file: &FileId| Some((*file, self.through(laid.get(file)?, &laid, sources)));
        files.iter().filter_map(whole).collect()
    }

    /// A trail that ends where people wrote.
    fn through(&self, trail: &Trail, laid: &BTreeMap<FileId, Trail>, sources: &SourceMap) -> Trail {
        let lead = |span: &mut Span| {
            let mut origin = Origin::Exact;
            // Each text was rendered before those that it deploys.
            while sources.file(span.file).is_rendered() {
                let found = laid.get(&span.file).and_then(|trail| trail.narrow(*span, sources));
                let chart = || self.roots.get(self.output(span.file)?.job.root)?.at;
                match (found, chart()) {
                    (Some((written, place)), _) => (*span, origin) = (written, origin.max(place.origin)),
                    (None, Some(at)) => (*span, origin) = (at, Origin::Unknown),
                    (None, None) => return Origin::Unknown,
                }
            }
            origin
        };
        let steps = trail.steps().iter().map(|(start, written)| {
            let mut written = written.clone();
            written.also.iter_mut().for_each(|label| _ = lead(&mut label.span));
            written.origin = written.origin.max(lead(&mut written.span));
            (*start, written)
        });
        Trail::new(steps.collect())
    }
}

/// What trails are laid with.
struct Around<'a> {
    rendering: &'a Rendering,
    sources: &'a SourceMap,
    docs: &'a [&'a Doc],
    session: &'a Session,
    shelf: &'a Shelf<'a>,
    materials: &'a Materials<'a>,
}

impl Around<'_> {
    fn trail(&self, output: &Output, file: FileId) -> Trail {
        match &output.job.task {
            Task::Kustomize(changes) => self.replayed(output, &changes.list, file),
            Task::Helm(values) => self.marked(output, values, file).unwrap_or_default(),
            Task::Files(_) => Trail::default(),
        }
    }

    fn replayed(&self, output: &Output, changes: &[Change], file: FileId) -> Trail {
        let replay = replay(&self.rendering.roots[output.job.root].path, changes, self.shelf);
        let text = || self.sources.file(file).shared_text();
        let before = output.filled.as_ref().map_or_else(text, |filled| Arc::from(&*filled.before));
        let pieces = yaml::split(&before).into_iter();
        let docs: Vec<Doc> =
            pieces.map(|piece| yaml::parse(file, Arc::clone(&before), piece.start..piece.end).0).collect();
        let trail = replay.trail(&docs);
        match &output.filled {
            Some(filled) => filled.lead(trail),
            None => trail,
        }
    }

    fn marked(&self, output: &Output, set: &ValueSet, file: FileId) -> Option<Trail> {
        let root = &self.rendering.roots[output.job.root];
        let mut whole = WholeChart::new(root, self.materials).ok()?;
        whole.unpack(self.materials);
        let files = whole.files.iter().map(|(below, path)| (below.as_str(), path.as_str()));
        let chart = Chart::of(files, self.shelf, &whole.archives);
        let deployer = output.job.deployer.map(|(deployer, _)| &self.rendering.roots[deployer]);
        let release = Release::new(set, deployer);
        let clean = self.sources.file(file).text();
        let values = self.values(&chart, set);
        let mut unmarked = Vec::new();
        for _ in 0..RETRIES {
            let marked = mark_without(&chart, clean, &unmarked);
            match self.session.raw(&whole, &release, self.materials, &self.rendering.versions, &marked)? {
                Said::Printed(raw) => return Some(marked.trail(clean, &raw, &values)),
                Said::Complained(complaint) => {
                    let blamed = marked.blamed(&complaint);
                    if blamed.is_empty() {
                        break;
                    }
                    unmarked.extend(blamed);
                }
            }
        }
        // By the texts alone.
        Some(mark_without(&chart, clean, &unmarked).trail(clean, "", &values))
    }

    fn values<'v>(&'v self, chart: &Chart<'v>, set: &'v ValueSet) -> Values<'v> {
        let mut values = Values::of(chart);
        for path in &set.files {
            if let Some((id, text)) = self.shelf.text(path) {
                values.file(id, text);
            }
        }
        for inline in &set.inline {
            match &inline.given {
                Given::Text(text) => match self.node(inline.at) {
                    Some(node) if node.is_map() => values.node(node),
                    _ => values.block(text, self.sources.file(inline.at.file).text(), inline.at),
                },
                Given::Option(_, given) | Given::File(given, _) => {
                    let name = given.split_once('=').map_or(given.as_str(), |(name, _)| name);
                    values.one(name.split('.').map(str::to_owned).collect(), inline.at);
                }
            }
        }
        values
    }

    /// The value that is written at a place.
    fn node(&self, at: Span) -> Option<Node<'_>> {
        let doc = self
            .docs
            .iter()
            .find(|doc| doc.span.file == at.file && doc.span.start <= at.start && at.end <= doc.span.end)?;
        doc.nodes(at).into_iter().next()
    }
}
