//! Finds where rendered texts were written: by replay for kustomizations, by marked rendering for charts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use super::helm::{Release, WholeChart};
use super::inflations::Inflating;
use super::inputs::Inputs;
use super::job::Task;
use super::marked::{ALIASED, Chart, Values, mark};
use super::replay::{Inflations, Replay, replay};
use super::roots::{Given, INLINE_OF_KUSTOMIZE, PRINTED, ValueSet};
use super::{FileIndex, Output, Rendered, Session, Trail};
use crate::finding::{Engine, Label, Origin};
use crate::load::Tree;
use crate::source::{FileId, SourceMap, Span};
use crate::yaml::{Doc, Document, Node, documents, to_json};

/// How often the template that an error of Helm names is left unmarked.
const RETRIES: usize = 5;

/// The way back from each rendered text to what a person wrote: the one channel for findings, graphs and answers.
#[derive(Debug, Default)]
pub struct Provenance {
    places: HashMap<FileId, Place>,
}

/// The way back from one rendered text.
#[derive(Debug)]
pub struct Place {
    /// By places in the text.
    pub trail: Arc<Trail>,
    /// What rendered it.
    pub by: Engine,
    /// What was rendered, as people see it.
    pub root: String,
    /// The values that it was rendered with, where there are several sets of them.
    pub values: Option<String>,
    /// What pulls it in: where things come from that the trail does not know.
    pub at: Span,
}

/// The trails that an earlier run found. A run that has its texts need not find them again.
#[derive(Clone, Debug, Default)]
pub struct Trails {
    sources: SourceMap,
    by_text: HashMap<FileId, Arc<Trail>>,
}

impl Trails {
    /// The trail of a text that is the same, and leads to the same texts.
    fn kept(&self, file: FileId, sources: &SourceMap) -> Option<Arc<Trail>> {
        let is_same = |file| sources.is_same(&self.sources, file);
        let trail = self.by_text.get(&file).filter(|_| is_same(file))?;
        let mut spans = trail.steps().iter().flat_map(|(_, written)| written.spans());
        spans.all(|span| is_same(span.file)).then(|| Arc::clone(trail))
    }
}

impl Provenance {
    /// What is known here, for a run over the same texts; `sources` are those of this one.
    #[must_use]
    pub fn trails(&self, sources: &SourceMap) -> Trails {
        let by_text = self.places.iter().map(|(file, place)| (*file, Arc::clone(&place.trail))).collect();
        Trails { sources: sources.clone(), by_text }
    }

    /// Whether nothing was rendered of what it was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Of one rendered text.
    #[must_use]
    pub fn place(&self, file: FileId) -> Option<&Place> {
        self.places.get(&file)
    }

    /// Where a span was written, if it is one of rendered text and that is known; else the span.
    #[must_use]
    pub fn written(&self, span: Span) -> Span {
        let Some(place) = self.place(span.file) else { return span };
        place.trail.at(span.start).map_or(place.at, |written| written.span)
    }
}

impl Rendered {
    /// The way back from some rendered texts.
    #[must_use]
    pub fn provenance(
        &self,
        files: &BTreeSet<FileId>,
        tree: &Tree,
        session: &Session,
        earlier: &Trails,
    ) -> Provenance {
        let place = |(file, trail)| {
            let output = self.output(file)?;
            let root = &self.roots[output.job.root];
            let values = output.job.set.clone();
            Some((file, Place { trail, by: output.by?, root: root.shown().to_owned(), values, at: root.at? }))
        };
        Provenance {
            places: self.trails(files, tree, session, earlier).into_iter().filter_map(place).collect(),
        }
    }

    /// The rendered texts.
    #[must_use]
    pub fn rendered_files(&self) -> BTreeSet<FileId> {
        self.outputs.iter().filter_map(|output| output.file).collect()
    }

    fn trails(
        &self,
        files: &BTreeSet<FileId>,
        tree: &Tree,
        session: &Session,
        earlier: &Trails,
    ) -> BTreeMap<FileId, Arc<Trail>> {
        let sources = self.texts.sources();
        let inputs = Inputs {
            roots: &self.roots,
            index: FileIndex::new(&self.texts, tree),
            charts: &self.charts,
            capabilities: &self.capabilities,
            inflating: Inflating::new(&self.roots),
            inflated: &self.inflated,
        };
        let finder = TrailFinder { rendered: self, session, inputs: &inputs };
        let mut found: BTreeMap<FileId, Arc<Trail>> = BTreeMap::new();
        let (mut wanted, mut is_nested) = (files.clone(), false);
        keep(&mut wanted, &mut found, earlier, sources);
        // What a rendered Application says was written where that was rendered from.
        while !wanted.is_empty() {
            let outputs = self.outputs.iter().filter_map(|output| Some((output, output.file?)));
            let outputs: Vec<_> = outputs.filter(|(_, file)| wanted.contains(file)).collect();
            let find = |(output, file): &(&Output, FileId)| (*file, Arc::new(finder.trail(output, *file)));
            let new: Vec<(FileId, Arc<Trail>)> = outputs.par_iter().with_max_len(1).map(find).collect();
            let spans =
                new.iter().flat_map(|(_, trail)| trail.steps()).flat_map(|(_, written)| written.spans());
            wanted = spans.map(|span| span.file).filter(|file| sources.file(*file).is_rendered()).collect();
            is_nested |= !wanted.is_empty();
            found.extend(new);
            wanted.retain(|file| !found.contains_key(file));
            keep(&mut wanted, &mut found, earlier, sources);
        }
        if !is_nested {
            return found;
        }
        let whole = |file: &FileId| Some((*file, Arc::new(self.resolve(found.get(file)?, &found, sources))));
        files.iter().filter_map(whole).collect()
    }

    /// The trail with every place in rendered text replaced by the place that a person wrote.
    fn resolve(&self, trail: &Trail, trails: &BTreeMap<FileId, Arc<Trail>>, sources: &SourceMap) -> Trail {
        let resolve = |span: &mut Span, aliases: &mut Vec<Label>| {
            let mut origin = Origin::Exact;
            // Each text was rendered before those that it deploys.
            while sources.file(span.file).is_rendered() {
                let found = trails.get(&span.file).and_then(|trail| trail.narrow(*span, sources));
                let chart = || self.output(span.file)?.at(&self.roots);
                match (found, chart()) {
                    (Some((written, place)), _) => {
                        aliases.extend(place.also.iter().filter(|label| label.message == ALIASED).cloned());
                        (*span, origin) = (written, origin.max(place.origin));
                    }
                    (None, Some(at)) => (*span, origin) = (at, Origin::Unknown),
                    (None, None) => return Origin::Unknown,
                }
            }
            origin
        };
        let steps = trail.steps().iter().map(|(start, written)| {
            let mut written = written.clone();
            let mut aliases = Vec::new();
            written.origin = written.origin.max(resolve(&mut written.span, &mut aliases));
            written.also.append(&mut aliases);
            written.also.iter_mut().for_each(|label| _ = resolve(&mut label.span, &mut aliases));
            (*start, written)
        });
        Trail::new(steps.collect())
    }
}

/// Takes the trails that an earlier run found.
fn keep(
    wanted: &mut BTreeSet<FileId>,
    found: &mut BTreeMap<FileId, Arc<Trail>>,
    earlier: &Trails,
    sources: &SourceMap,
) {
    wanted.retain(|file| {
        let kept = earlier.kept(*file, sources);
        let is_open = kept.is_none();
        found.extend(kept.map(|trail| (*file, trail)));
        is_open
    });
}

/// The paths of the values that are no mappings.
fn leaves(value: &serde_json::Value) -> Vec<Vec<String>> {
    let serde_json::Value::Object(map) = value else { return vec![Vec::new()] };
    let below = |(key, value)| {
        let paths = leaves(value).into_iter();
        paths.map(move |path| std::iter::once(key).cloned().chain(path).collect())
    };
    map.iter().flat_map(below).collect()
}

/// What finds the trails of rendered texts.
struct TrailFinder<'a> {
    rendered: &'a Rendered,
    session: &'a Session,
    inputs: &'a Inputs<'a>,
}

impl TrailFinder<'_> {
    fn trail(&self, output: &Output, file: FileId) -> Trail {
        match &output.job.task {
            Task::Kustomize(changes) => {
                let charts = self.inputs.inflations(&output.job).unwrap_or_default();
                let folder = output.job.folder(&self.rendered.roots);
                self.replayed(output, &replay(folder, changes, &charts, &self.inputs.index), file)
            }
            Task::PostRender(changes, printed) => {
                let FileIndex { texts, tree, .. } = self.inputs.index;
                let index = FileIndex::of_one(texts, tree, PRINTED, *printed);
                self.replayed(output, &replay("", changes, &Inflations::new(), &index), file)
            }
            Task::Helm(values) | Task::Inflate(values) => {
                self.marked(output, values, file).unwrap_or_default()
            }
            Task::Files(_) => Trail::default(),
        }
    }

    fn replayed(&self, output: &Output, replay: &Replay, file: FileId) -> Trail {
        let rendered = self.rendered.texts.documents(file);
        let before = output.filled.as_ref().map(|filled| documents(file, &filled.before.as_str().into()));
        // A document in which nothing was filled in is parsed already.
        let same =
            |one: &&Document, other: &Document| one.span() == other.span() && one.text() == other.text();
        let known = |document: &'_ Document| rendered.iter().find(|one| same(one, document)).cloned();
        let before: Option<Vec<Document>> = before.map(|documents| {
            documents.into_iter().map(|document| known(&document).unwrap_or(document)).collect()
        });
        let documents = before.as_deref().unwrap_or(rendered);
        let docs: Vec<&Doc> = documents.iter().map(Document::doc).collect();
        let trail = replay.trail(&docs);
        match &output.filled {
            Some(filled) => filled.trail(trail),
            None => trail,
        }
    }

    fn marked(&self, output: &Output, set: &ValueSet, file: FileId) -> Option<Trail> {
        let root = &self.rendered.roots[output.job.root];
        let mut whole = WholeChart::new(root, self.inputs).ok()?.installed_with(set, self.inputs);
        whole.unpack(self.inputs);
        let files = whole.files.iter().map(|(below, path)| (below.as_str(), path.as_str()));
        let chart = Chart::of(files, &self.inputs.index, &whole.archives);
        let release = Release::new(&output.job, set).of(&whole, self.inputs);
        let clean = self.rendered.texts.sources().file(file).text();
        let values = self.values(&chart, set);
        let mut unmarked = Vec::new();
        for _ in 0..RETRIES {
            let marked = mark(&chart, clean, &unmarked);
            match self.session.render_marked(&whole, &release, self.inputs, &marked)? {
                Ok(raw) => return Some(marked.trail(clean, &raw, &values).0),
                Err(message) => {
                    let blamed = marked.blamed(&message);
                    if blamed.is_empty() {
                        break;
                    }
                    unmarked.extend(blamed);
                }
            }
        }
        // By the texts alone.
        Some(mark(&chart, clean, &unmarked).trail(clean, "", &values).0)
    }

    fn values<'v>(&'v self, chart: &Chart<'v>, set: &'v ValueSet) -> Values<'v> {
        let mut values = Values::of(chart);
        for path in &set.files {
            if let Some((id, _)) = self.inputs.index.text(path) {
                values.file(self.inputs.index.documents(id));
            }
        }
        for inline in &set.inline {
            match &inline.given {
                Given::Values(path) => {
                    if let Some((id, _)) = self.inputs.index.text(path) {
                        values.file(self.inputs.index.documents(id));
                    }
                }
                Given::Text(text) => match self.node(inline.at) {
                    // What was put together, or is part of a larger text, stands nowhere as such.
                    node if inline.field == INLINE_OF_KUSTOMIZE
                        && node.map(|node| to_json(node).to_string()).as_ref() != Some(text) =>
                    {
                        let given = serde_json::from_str(text).unwrap_or_default();
                        for path in leaves(&given) {
                            values.one(path, inline.at);
                        }
                    }
                    Some(node) if node.is_map() => values.node(node),
                    _ => {
                        let Some(doc) = self.doc(inline.at) else { continue };
                        values.block(doc.embedded(inline.at.start, text), text, &doc.text, inline.at);
                    }
                },
                Given::Option(_, given) | Given::File(given, _) => {
                    let name = given.split_once('=').map_or(given.as_str(), |(name, _)| name);
                    values.one(name.split('.').map(str::to_owned).collect(), inline.at);
                }
            }
        }
        values
    }

    /// The document that a place is in.
    fn doc(&self, at: Span) -> Option<&Doc> {
        let around = |span: Span| span.start <= at.start && at.end <= span.end;
        let mut documents = self.rendered.texts.documents(at.file).iter();
        documents.find(|document| around(document.span())).map(Document::doc)
    }

    /// The value that is written at a place.
    fn node(&self, at: Span) -> Option<Node<'_>> {
        self.doc(at)?.nodes(at).into_iter().next()
    }
}
