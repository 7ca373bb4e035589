//! The trail of a clean output: its documents and lines paired with the marked ones, and what each mark leads to.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::below::{self, Below};
use super::calls::Scene;
use super::chart::Place;
use super::emit::Mark;
use super::raw::{self, Printed, RawDocument};
use super::show::{Line, Shower, Shown};
use super::values::Values;
use super::{Marked, Raws, align};
use crate::finding::Origin;
use crate::render::{Trail, Written};
use crate::source::Span;

/// What may be spent on reading expressions; beyond it actions name nothing.
const BUDGET: u64 = 60_000_000;

/// How the lines of an output were found; blank ones and the heads of documents are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines whose template line is known.
    pub exact: usize,
    /// Lines that are only most like a template line.
    pub aligned: usize,
    /// Lines of which only the template is known.
    pub file: usize,
    /// Lines that show a value whose place was found.
    pub values: usize,
    /// Lines of which only a place around the value was found.
    pub parents: usize,
    /// Lines that show a value that is set nowhere.
    pub nowhere: usize,
}

impl Tally {
    fn count(&mut self, origin: Origin, shown: Option<Shown>) {
        match origin {
            Origin::Exact => self.exact += 1,
            _ => self.aligned += 1,
        }
        match shown {
            Some(Shown::Value) => self.values += 1,
            Some(Shown::Parent) => self.parents += 1,
            Some(Shown::Nowhere) => self.nowhere += 1,
            None => {}
        }
    }
}

/// Follows marks.
pub(super) struct Tracer<'a, 's> {
    marked: &'a Marked<'a, 's>,
    values: &'a Values<'s>,
    raws: Raws,
    budget: Cell<u64>,
    tally: RefCell<Tally>,
}

/// How a line of the clean output was found: in which line of the raw document, and whether that is it.
#[derive(Clone, Copy)]
struct Pair {
    line: usize,
    origin: Origin,
}

impl<'a, 's> Tracer<'a, 's> {
    pub(super) fn new(marked: &'a Marked<'a, 's>, values: &'a Values<'s>, output: &str) -> Self {
        let helper = |mark: &Mark| {
            let template = &marked.templates[mark.template as usize];
            template.parts.regions[mark.region as usize].name.as_deref()
        };
        let raws = raw::read(output, marked.chart.name(), &marked.nonce, &marked.marks, &helper);
        Self { marked, values, raws, budget: Cell::new(BUDGET), tally: RefCell::default() }
    }

    pub(super) fn trail(&self, clean: &str) -> (Trail, Tally) {
        let mut steps = Vec::new();
        let mut by_source: BTreeMap<&str, Vec<Printed<'_>>> = BTreeMap::new();
        for document in raw::printed(clean, self.marked.chart.name()) {
            by_source.entry(document.source).or_default().push(document);
        }
        for (source, documents) in by_source {
            self.source(source, &documents, clean, &mut steps);
        }
        // Whatever stands before the first document.
        steps.extend(self.chart_itself().map(|written| (0, written)));
        (Trail::new(steps), *self.tally.borrow())
    }

    /// What there is to show of a document when nothing else is known.
    fn chart_itself(&self) -> Option<Written> {
        let span = self.marked.chart.name_at()?;
        Some(Written { span, origin: Origin::Unknown, also: Vec::new() })
    }

    fn source(&self, source: &str, documents: &[Printed<'_>], clean: &str, steps: &mut Vec<(u32, Written)>) {
        let raw = self.raws.get(source);
        let split: Vec<Vec<std::ops::Range<usize>>> =
            documents.iter().map(|document| raw::lines(document.text, document.start)).collect();
        let texts: Vec<Vec<&str>> =
            split.iter().map(|lines| lines.iter().map(|line| &clean[line.clone()]).collect()).collect();
        let raw_texts: Vec<Vec<&str>> = raw.map_or_else(Vec::new, |raw| {
            raw.documents
                .iter()
                .map(|document| document.lines.iter().map(|line| &raw.text[line.clone()]).collect())
                .collect()
        });
        let chosen = align::documents(&texts, &raw_texts);
        let mut scene = raw.map(|raw| Scene::new(self.marked, self.values, raw, source, &self.budget));
        for (number, document) in documents.iter().enumerate() {
            let file = self.file(source, &texts[number]);
            let before = steps.len();
            let found =
                chosen[number].and_then(|at| Some((&raw?.documents[at], &raw_texts[at], scene.as_mut()?)));
            let pairs = match &found {
                Some((_, raw_lines, _)) => paired(&texts[number], raw_lines),
                None => vec![None; texts[number].len()],
            };
            let found = found.map(|(document, _, scene)| (document, scene));
            self.document(clean, &split[number], &pairs, found, (source, file.as_ref()), steps);
            // The head belongs to the line that writes the kind of this very document, where that is known.
            let kind = texts[number].iter().position(|line| line.starts_with("kind:"));
            let kind = kind.map(|line| split[number][line].start as u32);
            let own = steps[before..].iter().find(|(start, _)| Some(*start) == kind);
            let own =
                own.map(|(_, written)| Written { origin: Origin::File, also: Vec::new(), ..written.clone() });
            steps.extend(own.or(file).map(|written| (document.head as u32, written)));
        }
    }

    /// The steps of the lines of one document.
    fn document(
        &self,
        clean: &str,
        lines: &[std::ops::Range<usize>],
        pairs: &[Option<Pair>],
        found: Option<(&RawDocument, &mut Scene<'_, 's>)>,
        (source, file): (&str, Option<&Written>),
        steps: &mut Vec<(u32, Written)>,
    ) {
        let Some((document, scene)) = found else {
            return self.unmarked(clean, lines, (source, file), steps);
        };
        let raw = scene.raw;
        let first = |line: &std::ops::Range<usize>| {
            let text = &raw.text[line.clone()];
            line.start + (text.len() - text.trim_start().len())
        };
        let owners: Vec<Option<u32>> = document.lines.iter().map(|line| raw.owner(first(line))).collect();
        let begun = document.lines.iter().zip(&owners);
        let below: Vec<Below> = below::paths(begun.map(|(line, owner)| (&raw.text[line.clone()], *owner)));
        let mut shower = Shower::new(scene);
        for (line, pair) in lines.iter().zip(pairs) {
            let text = &clean[line.clone()];
            let known = pair.and_then(|pair| Some((pair, owners[pair.line]?)));
            let Some((Pair { line: at, origin }, owner)) = known else {
                steps.extend(file.filter(|_| !text.is_empty()).map(|file| (line.start as u32, file.clone())));
                self.tally.borrow_mut().file += usize::from(!text.is_empty() && text != "---");
                continue;
            };
            if text.is_empty() {
                continue;
            }
            let facing = Line {
                clean: text,
                start: line.start,
                raw: document.lines[at].clone(),
                below: &below[at],
                origin,
                owner,
            };
            let shown = shower.line(&facing, steps);
            self.tally.borrow_mut().count(origin, shown);
        }
    }

    /// The steps of a document of which no marked text is known.
    fn unmarked(
        &self,
        clean: &str,
        lines: &[std::ops::Range<usize>],
        (source, file): (&str, Option<&Written>),
        steps: &mut Vec<(u32, Written)>,
    ) {
        let texts: Vec<&str> = lines.iter().map(|line| &clean[line.clone()]).collect();
        let alike = lines.iter().zip(self.alike(source, &texts));
        for (line, written) in alike.filter(|(line, _)| !line.is_empty()) {
            match written.as_ref().map(|written| written.origin) {
                Some(Origin::Exact) => self.tally.borrow_mut().exact += 1,
                Some(_) => self.tally.borrow_mut().aligned += 1,
                None => self.tally.borrow_mut().file += 1,
            }
            steps.extend(written.or_else(|| file.cloned()).map(|written| (line.start as u32, written)));
        }
    }

    /// The template line that writes an object's `kind`; the chart's name where no template is known.
    fn file(&self, source: &str, lines: &[&str]) -> Option<Written> {
        let chart = self.marked.chart;
        let Some(path) = chart.path_of(source) else { return self.chart_itself() };
        let file = chart.files.get(path)?;
        let Place::File(id, _) = file.place else {
            let span = chart.dependency_at(path)?;
            return Some(Written { span, origin: Origin::File, also: Vec::new() });
        };
        let kind = lines.iter().find(|line| line.starts_with("kind:")).map_or("kind:", |line| line.trim());
        let mut at = 0;
        let mut best = None;
        for line in file.text.split_inclusive('\n') {
            let content = line.trim();
            let start = at + (line.len() - line.trim_start().len());
            if content == kind {
                best = Some((start, content.len()));
                break;
            }
            if content.starts_with("kind:") && best.is_none() {
                best = Some((start, content.len()));
            }
            at += line.len();
        }
        let (start, length) = best.unwrap_or_else(|| {
            let text = file.text.trim_start();
            (file.text.len() - text.len(), text.lines().next().map_or(0, |line| line.trim_end().len()))
        });
        Some(Written { span: Span::new(id, start, start + length), origin: Origin::File, also: Vec::new() })
    }

    /// Without marks: the template's lines that are most alike. The text of a file that is no template is itself.
    fn alike(&self, source: &str, lines: &[&str]) -> Vec<Option<Written>> {
        let mut found = vec![None; lines.len()];
        let chart = self.marked.chart;
        let Some((path, file)) = chart.path_of(source).and_then(|path| Some((path, chart.files.get(path)?)))
        else {
            return found;
        };
        let Place::File(id, _) = file.place else { return found };
        let is_template = super::chart::template(path).is_some();
        let template = raw::lines(file.text, 0);
        let key = |line: &str| {
            let content = line.trim();
            below::key(content.trim_start_matches("- ")).unwrap_or(content).to_owned()
        };
        let own: Vec<String> = lines.iter().map(|line| key(line)).collect();
        let theirs: Vec<String> = template.iter().map(|line| key(&file.text[line.clone()])).collect();
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
        for (here, there) in align::pairs(&own, &theirs) {
            let line = &template[there];
            let text = &file.text[line.clone()];
            if lines[here].trim().is_empty() || own[here] != theirs[there] {
                continue;
            }
            let start = line.start + (text.len() - text.trim_start().len());
            let exact = !is_template && text == lines[here];
            let origin = if exact { Origin::Exact } else { Origin::Aligned };
            found[here] = Some(Written { span: Span::new(id, start, line.end), origin, also: Vec::new() });
        }
        found
    }
}

/// For each clean line its raw one. Equal is exact, and so is the same key: its value is random.
fn paired(clean: &[&str], raw: &[&str]) -> Vec<Option<Pair>> {
    let mut found = vec![None; clean.len()];
    for (here, there) in align::pairs(clean, raw) {
        let (one, other) = (clean[here], raw[there]);
        let same_key = || {
            one.split_once(':').is_some_and(|(key, _)| other.split_once(':').is_some_and(|(k, _)| k == key))
        };
        let origin = if one == other || same_key() { Origin::Exact } else { Origin::Aligned };
        found[here] = Some(Pair { line: there, origin });
    }
    found
}
