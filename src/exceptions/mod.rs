//! Exceptions: who lets which flaw be, why, and until when.
//!
//! They stand in a file of the repository, in annotations of objects and in comments. One that holds takes findings out of
//! the counts and leaves them in the report. One that is over, wrong or of no use is a finding itself. Where several are
//! for one finding, the narrowest form comes first and of equal ones the one that ends first.

mod template;
mod terms;

mod selector;

mod written;

mod inline;

mod annotation;
mod comment;
mod file;

mod limits;

mod candidates;

mod judge;

mod removal;

mod policy;

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use candidates::Candidates;
pub use file::{EXCEPTIONS, ExceptionFile, read};

use annotation::Carried;
use candidates::{Finder, Part};
use judge::Judge;
use policy::Policy;
use terms::Problem;
use written::{Reach, Written};

use crate::catalog::{Catalog, Preset};
use crate::config::Settings;
use crate::finding::{Exception, Finding, Fix, Form, Label, RuleId, RunError, Severity};
use crate::graph::Graph;
use crate::graph::place::environment;
use crate::load::Texts;
use crate::rules::Draft;
use crate::source::{SourceMap, Span};

/// What exceptions are read from.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The files that list them.
    pub files: &'a [ExceptionFile],
    /// Every text of the run.
    pub texts: &'a Texts,
    /// The objects that may carry some.
    pub graph: &'a Graph<'a>,
    /// What the user asked for.
    pub settings: &'a Settings,
    /// The rules.
    pub catalog: &'a Catalog,
    /// The working directory.
    pub here: &'a Path,
    /// Whether what there is to be rendered is rendered in this run.
    pub renders: bool,
}

/// The exceptions of a run.
pub struct Exceptions<'a> {
    input: Input<'a>,
    list: Vec<Written>,
    carried: Carried,
    /// Where each exception of an annotation is written, and the findings about it stand.
    places: HashMap<usize, Finding>,
    /// For each the first one that is written at the same place with the same words: a base makes several objects.
    first: Vec<usize>,
    errors: Vec<RunError>,
}

impl<'a> Exceptions<'a> {
    /// Reads the exceptions of a run.
    #[must_use]
    pub fn of(input: Input<'a>) -> Self {
        let Input { texts, catalog, settings, .. } = input;
        let mut reader =
            file::Reader { texts, catalog, ids: BTreeSet::new(), found: Vec::new(), errors: Vec::new() };
        input.files.iter().for_each(|file| reader.file(file));
        let (mut list, errors) = (reader.found, reader.errors);
        let are_off = settings.preset == Preset::Strict;
        comment::read(texts, catalog, are_off, &mut list);
        let carried = Carried::read(input.graph, &settings.prefix, catalog, &mut list);
        let first = (0..list.len()).collect();
        Self { input, list, carried, places: HashMap::new(), first, errors }
    }

    /// What is wrong with the files that list them.
    #[must_use]
    pub fn errors(&self) -> &[RunError] {
        &self.errors
    }

    /// What people wrote into them, and where.
    pub fn texts(&self) -> impl Iterator<Item = (&str, Span)> {
        let texts = self.list.iter().flat_map(|written| written.terms.texts());
        texts.map(|text| (text.text.as_str(), text.at))
    }

    /// The exceptions that the object of a finding carries.
    #[must_use]
    pub fn carried(&self, draft: &Draft) -> Candidates {
        let (Some(source), false) = (draft.source, self.list.is_empty()) else {
            return Candidates::default();
        };
        let object = &draft.object;
        let mut fits: BTreeSet<usize> = self.carried.of(source, object).into_iter().collect();
        fits.retain(|at| self.list[*at].rules.contains(&draft.finding.rule));
        let places = &self.input.graph.places;
        let mut known =
            places.lookup(source, &object.kind, object.namespace.as_deref(), &object.name).into_iter();
        let environment = known.next().and_then(|id| places.environment_of(&places[id]));
        Candidates { parts: vec![Part { fits, environment, severity: Severity::Info }] }
    }

    /// Findings that stand where exceptions are written: annotations are to be moved to where a person wrote them, and what
    /// stands near any of them is searched for secrets, as it may be shown.
    #[must_use]
    pub fn places(&self) -> Vec<Finding> {
        let place = |written: &Written| {
            let (rule, form) = (RuleId::EXCEPTION_EXPIRED, Form("expired"));
            let place = Finding::new(rule, form, Severity::Info, written.at, String::new());
            let Reach::Object(object) = &written.reach else {
                let parts = written.parts().map(|span| Label { span, message: String::new() });
                return Finding { related: parts.collect(), ..place };
            };
            let removal = written.removal.clone();
            let fix = removal.map(|(trust, change)| Fix::new(removal::TITLE.into(), trust, vec![change]));
            Finding { object: Some(object.clone()), fixes: fix.into_iter().collect(), ..place }
        };
        self.list.iter().map(place).collect()
    }

    /// Takes those findings back.
    pub fn follow(&mut self, places: Vec<Finding>) {
        let mut known = HashMap::new();
        for (at, (written, place)) in self.list.iter_mut().zip(places).enumerate() {
            if matches!(written.reach, Reach::Object(_)) {
                written.move_to(place.span);
                let key = (place.span, written.rules.clone(), written.terms.clone());
                self.first[at] = *known.entry(key).or_insert(at);
                self.places.insert(at, place);
            }
        }
    }

    /// Finds what else may be for a finding, once it stands where a person wrote. More than are tried for one finding are
    /// an error of the run.
    pub fn find(&mut self, findings: &[Finding], candidates: &mut [Candidates], sources: &SourceMap) {
        if self.list.is_empty() {
            return;
        }
        let finder = Finder::of(&self.list);
        let mut crowded = None;
        for (finding, candidates) in findings.iter().zip(candidates) {
            if candidates.parts.is_empty() {
                let path = sources.file(finding.span.file).path();
                let environment = environment::of_path(path).map(environment::canonical);
                let (fits, severity) = (BTreeSet::new(), finding.severity);
                candidates.parts.push(Part { fits, environment, severity });
            }
            for part in &mut candidates.parts {
                part.severity = finding.severity;
                part.fits = part.fits.iter().map(|at| self.first[*at]).collect();
                if !finder.add(finding, part, sources, self.input.here) {
                    crowded.get_or_insert(finding);
                }
            }
        }
        self.errors.extend(crowded.map(|finding| {
            let message = format!(
                "more exceptions select the finding of {} here than are tried: write one that is for it, and remove the others",
                finding.rule
            );
            let file = sources.file(finding.span.file).path().to_owned();
            RunError { file: Some(file), line: Some(sources.positions(finding.span).0.line), message }
        }));
    }

    /// Marks what is excepted. What there is to say of the exceptions, and how each of them fares; `is_whole` is whether
    /// all that the run names was read.
    #[must_use]
    pub fn settle(
        &self,
        findings: &mut [Finding],
        candidates: &[Candidates],
        is_whole: bool,
    ) -> (Vec<Finding>, Vec<Exception>) {
        if self.list.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let today = today(self.input.settings);
        let judge = Judge { list: &self.list, settings: self.input.settings, today };
        let outcomes = judge.judge(|written| self.problems(written, today), findings, candidates);
        let is_unread = |finding: &Finding| {
            let forms = [Form::UNRENDERED, Form::SYNTAX, Form::TOO_LARGE];
            finding.rule == RuleId::UNGOVERNED_MANIFEST && forms.contains(&finding.form)
        };
        let is_whole = is_whole && self.input.renders && !findings.iter().any(is_unread);
        let policy = Policy {
            input: self.input,
            list: &self.list,
            places: &self.places,
            outcomes: &outcomes,
            findings,
            today,
            is_whole,
            proved: Cell::new(0),
        };
        let single = (0..self.list.len()).filter(|at| self.first[*at] == *at);
        let (findings, known): (Vec<_>, Vec<_>) =
            single.map(|at| (policy.remark(at), policy.known(at))).unzip();
        (findings.into_iter().flatten().collect(), known)
    }

    /// What is wrong with an exception, whatever it is for.
    fn problems(&self, written: &Written, today: Date) -> Vec<Problem> {
        let names = written.rules.iter().map(|rule| self.input.catalog.card(*rule).name.as_str());
        let names: Vec<&str> = names.collect();
        let mut problems = written.problems.clone();
        // What cannot be read at all has no terms to miss.
        let is_read = written.problems.iter().all(|problem| problem.form != terms::MALFORMED);
        if is_read {
            problems.extend(written.terms.problems(written.at, &names, today));
        }
        problems
    }
}

/// The day of a run.
fn today(settings: &Settings) -> Date {
    settings.now.to_zoned(TimeZone::UTC).date()
}
