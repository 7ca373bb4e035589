//! The trail of a clean output: its documents and lines paired with the marked ones, and what each mark leads to.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;

use super::actions::Actions;
use super::chart::Place;
use super::choose::{Chooser, Line, Steps, ValueFound};
use super::emit::Mark;
use super::key_paths::{self, KeyPath};
use super::raw::{self, Printed, Raw};
use super::values::Values;
use super::{Marked, align};
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
    fn count(&mut self, origin: Origin, value: Option<ValueFound>) {
        match origin {
            Origin::Exact => self.exact += 1,
            _ => self.aligned += 1,
        }
        match value {
            Some(ValueFound::Value) => self.values += 1,
            Some(ValueFound::Parent) => self.parents += 1,
            Some(ValueFound::Nowhere) => self.nowhere += 1,
            None => {}
        }
    }
}

/// Follows marks.
pub(super) struct Tracer<'a, 's> {
    marked: &'a Marked<'a, 's>,
    values: &'a Values<'s>,
    /// By the full name of the template.
    raws: BTreeMap<String, Raw>,
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

    /// The place of a document of which nothing else is known.
    fn chart_itself(&self) -> Option<Written> {
        let span = self.marked.chart.name_at()?;
        Some(Written::at(span, Origin::Unknown))
    }

    fn source(&self, source: &str, documents: &[Printed<'_>], clean: &str, steps: &mut Steps) {
        let raw = self.raws.get(source);
        let split: Vec<Vec<Range<usize>>> =
            documents.iter().map(|document| raw::lines(document.text, document.start)).collect();
        let texts: Vec<Vec<&str>> =
            split.iter().map(|lines| lines.iter().map(|line| &clean[line.clone()]).collect()).collect();
        let raw_texts: Vec<Vec<&str>> = raw.map_or_else(Vec::new, |raw| {
            let text = |line: &Range<usize>| &raw.text[line.clone()];
            raw.documents.iter().map(|lines| lines.iter().map(text).collect()).collect()
        });
        let chosen = align::documents(&texts, &raw_texts);
        let mut actions = raw.map(|raw| Actions::new(self.marked, self.values, raw, source, &self.budget));
        for (number, document) in documents.iter().enumerate() {
            let file = self.file(source, &texts[number]);
            let before = steps.len();
            let found =
                chosen[number].and_then(|at| Some((&raw?.documents[at], &raw_texts[at], actions.as_mut()?)));
            let pairs = match &found {
                Some((_, raw_lines, _)) => paired(&texts[number], raw_lines),
                None => vec![None; texts[number].len()],
            };
            let found = found.map(|(document, _, actions)| (document, actions));
            self.document(clean, &split[number], &pairs, found, (source, file.as_ref()), steps);
            // The head belongs to the line that writes the kind of this very document, where that is known.
            let kind = texts[number].iter().position(|line| line.starts_with("kind:"));
            let kind = kind.map(|line| split[number][line].start as u32);
            let own = steps[before..].iter().find(|(start, _)| Some(*start) == kind);
            let own = own.map(|(_, written)| Written::at(written.span, Origin::File));
            steps.extend(own.or(file).map(|written| (document.head as u32, written)));
        }
    }

    /// The steps of the lines of one document.
    fn document(
        &self,
        clean: &str,
        lines: &[Range<usize>],
        pairs: &[Option<Pair>],
        found: Option<(&Vec<Range<usize>>, &mut Actions<'_, 's>)>,
        (source, file): (&str, Option<&Written>),
        steps: &mut Steps,
    ) {
        let Some((raw_lines, actions)) = found else {
            return self.unmarked(clean, lines, (source, file), steps);
        };
        let raw = actions.raw;
        let first = |line: &Range<usize>| {
            let text = &raw.text[line.clone()];
            line.start + (text.len() - text.trim_start().len())
        };
        let owners: Vec<Option<u32>> = raw_lines.iter().map(|line| raw.owner(first(line))).collect();
        let begun = raw_lines.iter().zip(&owners);
        let below: Vec<KeyPath> =
            key_paths::paths(begun.map(|(line, owner)| (&raw.text[line.clone()], *owner)));
        let mut chooser = Chooser::new(actions, object(clean, lines));
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
                raw: raw_lines[at].clone(),
                below: &below[at],
                origin,
                owner,
            };
            let value = chooser.line(&facing, steps);
            self.tally.borrow_mut().count(origin, value);
        }
    }

    /// The steps of a document of which no marked text is known.
    fn unmarked(
        &self,
        clean: &str,
        lines: &[Range<usize>],
        (source, file): (&str, Option<&Written>),
        steps: &mut Steps,
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
            return chart.dependency_at(path).map(|span| Written::at(span, Origin::File));
        };
        let kind = lines.iter().find(|line| line.starts_with("kind:")).map_or("kind:", |line| line.trim());
        let lines = raw::lines(file.text, 0);
        let content = |line: &&Range<usize>| file.text[(*line).clone()].trim();
        let same = lines.iter().find(|line| content(line) == kind);
        let some = || lines.iter().find(|line| content(line).starts_with("kind:"));
        let first = || lines.iter().find(|line| !content(line).is_empty());
        let (start, length) = same.or_else(some).or_else(first).map_or((file.text.len(), 0), |line| {
            let content = content(&line);
            (line.end - content.len(), content.len())
        });
        Some(Written::at(Span::new(id, start, start + length), Origin::File))
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
        let own: Vec<&str> = lines.iter().map(|line| key(line)).collect();
        let theirs: Vec<&str> = template.iter().map(|line| key(&file.text[line.clone()])).collect();
        for (here, there) in align::pairs(&own, &theirs) {
            let line = &template[there];
            let text = &file.text[line.clone()];
            if lines[here].trim().is_empty() || own[here] != theirs[there] {
                continue;
            }
            let start = line.start + (text.len() - text.trim_start().len());
            let exact = !is_template && text == lines[here];
            let origin = if exact { Origin::Exact } else { Origin::Aligned };
            found[here] = Some(Written::at(Span::new(id, start, line.end), origin));
        }
        found
    }
}

/// The kind and the name of the object in a document.
fn object<'t>(clean: &'t str, lines: &[Range<usize>]) -> (&'t str, &'t str) {
    let texts = lines.iter().map(|line| &clean[line.clone()]);
    let first = |start: &str| texts.clone().find_map(|line| line.strip_prefix(start)).unwrap_or_default();
    let bare = |text: &'t str| text.trim().trim_matches(['"', '\'']);
    (bare(first("kind: ")), bare(first("  name: ")))
}

/// The key of a line, else all of it.
fn key(line: &str) -> &str {
    let content = line.trim();
    key_paths::key(content.trim_start_matches("- ")).unwrap_or(content)
}

/// For each clean line its raw one. Equal is exact, and so is the same key: its value is random.
fn paired(clean: &[&str], raw: &[&str]) -> Vec<Option<Pair>> {
    let mut found = vec![None; clean.len()];
    for (here, there) in align::pairs(clean, raw) {
        let (one, other) = (clean[here], raw[there]);
        let key = |line: &'_ str| line.split_once(':').map(|(key, _)| key.to_owned());
        let origin = if one == other || (key(one).is_some() && key(one) == key(other)) {
            Origin::Exact
        } else {
            Origin::Aligned
        };
        found[here] = Some(Pair { line: there, origin });
    }
    found
}
