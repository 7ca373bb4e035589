//! The examples of cards as tests: what is drawn under `bad` is found at its place, and nothing is found in `good`.

use std::path::{Path, PathBuf};

use super::{Request, Run};
use crate::catalog::drawing::{self, Drawn};
use crate::catalog::{Card, Catalog, Example, Preset};
use crate::config::Settings;
use crate::finding::{Finding, RunError};
use crate::load::{Files, LARGEST_FILE};
use crate::source::{SourceMap, Span};

/// Examples stand in no folder of the disk.
const FOLDER: &str = "/nhilint-example";

/// The moment that examples are judged at.
const NOW: &str = "2026-11-22T00:00:00Z";

/// The preset that an example asks for.
#[must_use]
pub fn preset(example: &Example) -> Preset {
    let word = example.arguments.iter().skip_while(|word| *word != "--preset").nth(1);
    match word.map(String::as_str) {
        Some("strict") => Preset::Strict,
        Some("baseline") => Preset::Baseline,
        Some("audit") => Preset::Audit,
        _ => Preset::Recommended,
    }
}

/// What one rule finds in texts.
///
/// # Panics
///
/// Never: the moment of examples is one.
#[must_use]
pub fn findings(
    card: &Card,
    example: &Example,
    texts: &[(&str, &str)],
    catalog: &Catalog,
) -> (Vec<Finding>, Vec<RunError>, SourceMap) {
    let mut settings = Settings::new(catalog, preset(example), NOW.parse().expect("a moment"));
    // What is found about exceptions needs the findings that they are for.
    let further = example.arguments.iter().skip_while(|word| *word != "--select").nth(1);
    let further = further.and_then(|rule| catalog.find(rule).ok());
    settings.select = Some(further.into_iter().chain([card.id]).collect());
    let texts = texts.iter().map(|(name, text)| (Path::new(FOLDER).join(name), text.as_bytes().to_vec()));
    let files = Files::disk(Path::new(FOLDER)).edited(texts.collect::<Vec<(PathBuf, Vec<u8>)>>());
    let paths = [".".to_owned()];
    let request = Request {
        files: &files,
        paths: &paths,
        largest_file: LARGEST_FILE,
        render: None,
        settings: &settings,
        policy: &[],
        before: None,
    };
    let run = Run::new(request, &mut std::io::empty());
    let mut report = run.report(catalog, None);
    report.findings.retain(|finding| finding.rule == card.id);
    for finding in &mut report.findings {
        finding.message = report.masks.masked_text(&finding.message).into_owned();
    }
    (report.findings, report.errors, run.sources().clone())
}

/// Why an example does not hold, each in words; nothing where it does.
#[must_use]
pub fn hold(card: &Card, example: &Example, catalog: &Catalog) -> Vec<String> {
    let mut check = Check { place: format!("{} `{}`", card.id, example.title), wrong: Vec::new() };
    if example.before.is_some() {
        // It needs two revisions; `tests/it/diff/rules.rs` makes them of the examples of our own cards.
        if card.id.is_own() {
            check.add("`before` is for rules that compare two revisions: leave it out");
        }
        return check.wrong;
    }
    let drawn: Vec<(&str, (String, Vec<Drawn>))> =
        example.bad.texts().into_iter().map(|(name, text)| (name, drawing::read(text))).collect();
    let texts: Vec<(&str, &str)> = drawn.iter().map(|(name, (plain, _))| (*name, plain.as_str())).collect();
    let (found, errors, sources) = findings(card, example, &texts, catalog);
    check.errors("bad", &errors);
    let mut expected: Vec<(String, Drawn)> = Vec::new();
    for (name, (_, drawings)) in &drawn {
        expected.extend(drawings.iter().map(|drawing| ((*name).to_owned(), drawing.clone())));
    }
    let is_related = |(_, drawn): &(String, Drawn)| drawn.related;
    let draws_related = expected.iter().any(is_related);
    let mut undrawn = example.expect.clone();
    for finding in &found {
        let path = finding.path.clone().unwrap_or_default().to_string();
        if undrawn.get(&path).is_some_and(|words| finding.message.contains(words.as_str())) {
            undrawn.remove(&path);
            continue;
        }
        check.drawn((finding.span, &finding.message), false, &sources, &mut expected);
        for label in finding.related.iter().filter(|_| draws_related) {
            if expected.iter().any(is_related) {
                check.drawn((label.span, &label.message), true, &sources, &mut expected);
            }
        }
    }
    for (name, drawn) in expected {
        check.add(&format!("bad: nothing was found where this is drawn: {name} {drawn}"));
    }
    for (path, words) in undrawn {
        check.add(&format!("bad: nothing was found at {path}: {words}"));
    }
    if found.is_empty() && errors.is_empty() && check.wrong.is_empty() {
        check.add("bad: nothing was found, and nothing is drawn");
    }
    for (side, files) in [("good", &example.good), ("silent", &example.silent)] {
        let Some(files) = files else { continue };
        let (found, errors, sources) = findings(card, example, &files.texts(), catalog);
        check.errors(side, &errors);
        for finding in found {
            let (start, _) = sources.positions(finding.span);
            check.add(&format!("{side}: line {} column {}: {}", start.line, start.column, finding.message));
        }
    }
    check.wrong
}

struct Check {
    place: String,
    wrong: Vec<String>,
}

impl Check {
    fn add(&mut self, what: &str) {
        self.wrong.push(format!("{}: {what}", self.place));
    }

    fn errors(&mut self, side: &str, errors: &[RunError]) {
        for error in errors {
            self.add(&format!("{side}: {}{}", error.place(), error.message));
        }
    }

    /// Removes the drawing that a place matches, or says that there is none.
    fn drawn(
        &mut self,
        (span, message): (Span, &str),
        related: bool,
        sources: &SourceMap,
        expected: &mut Vec<(String, Drawn)>,
    ) {
        let (start, end) = sources.positions(span);
        let file = sources.file(span.file);
        let matches = |(name, drawn): &(String, Drawn)| {
            file.path().ends_with(name.as_str())
                && drawn.related == related
                && drawn.line == start.line
                && drawn.start == start.column
                && (drawn.end == end.column || end.line != start.line)
                && message.contains(drawn.words.as_str())
        };
        match expected.iter().position(matches) {
            Some(at) => drop(expected.remove(at)),
            None if related => {}
            None => {
                let line = file.line(start.line);
                let name = file.path().rsplit('/').next().unwrap_or_default();
                self.add(&format!(
                    "bad: found, but not drawn, at line {} of {name}; drawn, it is:\n{line}\n{}",
                    start.line,
                    drawing::draw(start.column, end.column, message)
                ));
            }
        }
    }
}
