//! JUnit's XML, for those who show tests and nothing else: a test for each finding.
//!
//! The elements and attributes are those of `junit-10.xsd` of Jenkins' plugin xunit, the strictest description that
//! there is. What fails the run is a failure, and a finding that does not is skipped, so that a run that ends with 0 is
//! shown as passed.

use std::fmt::Write as _;

use crate::catalog::Catalog;
use crate::finding::{Finding, Report};
use crate::source::SourceMap;

use super::Style;
use super::layout::{counted, one_line};
use super::phrases::{self, headline, is_counted_only, sentence, subject};
use super::place::place;

const NAME: &str = env!("CARGO_PKG_NAME");

/// A test and what became of it.
struct Case {
    name: String,
    class: String,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    /// The element, its type, its message and the lines of its text.
    Not(&'static str, String, String, Vec<String>),
}

/// Writes the report as JUnit's XML.
pub(super) fn render(report: &Report, catalog: &Catalog, sources: &SourceMap, style: &Style) -> String {
    let mut cases: Vec<Case> = Vec::new();
    cases.extend(report.errors.iter().map(|error| {
        let message = report.masks.masked_text(&error.message);
        Case {
            name: "the job is done whole".to_owned(),
            class: error.file.clone().unwrap_or_else(|| NAME.to_owned()),
            outcome: Outcome::Not(
                "error",
                "problem".to_owned(),
                message.clone().into_owned(),
                vec![format!("{}{message}", error.place())],
            ),
        }
    }));
    let findings = report.active().filter(|finding| !is_counted_only(finding));
    cases.extend(findings.map(|finding| case(report, catalog, sources, style, finding)));
    cases.extend(report.summary.unjudged.iter().map(|unjudged| {
        let words = phrases::unjudged(unjudged);
        let outcome = Outcome::Not("skipped", "not-judged".to_owned(), words, Vec::new());
        Case { name: format!("judged: {}", unjudged.what), class: NAME.to_owned(), outcome }
    }));
    // Readers refuse a file without a test.
    let judged = counted(report.summary.objects, "object");
    if !cases.iter().any(|case| case.is("failure") || case.is("error")) {
        let name = format!("{judged} judged, nothing fails");
        cases.push(Case { name, class: NAME.to_owned(), outcome: Outcome::Passed });
    }
    suite(&cases, report.summary.milliseconds)
}

impl Case {
    fn is(&self, element: &str) -> bool {
        matches!(&self.outcome, Outcome::Not(own, ..) if *own == element)
    }
}

fn case(report: &Report, catalog: &Catalog, sources: &SourceMap, style: &Style, finding: &Finding) -> Case {
    let card = catalog.card(finding.rule);
    let place = place(sources, finding.span);
    let fails = style.shown.fails_at.is_some_and(|gate| finding.severity >= gate);
    let subject = subject(finding);
    let joint = if subject.is_empty() { "" } else { ": " };
    let at = format!("{}:{}:{}", place.path, place.line, place.column);
    let text = vec![at, sentence(card.remedy_for(finding)), card.link()];
    let message = format!("{}: {}", finding.severity.word(), headline(report, finding));
    Case {
        name: format!("{} {}{joint}{subject}", card.id, card.name),
        class: place.path.to_owned(),
        outcome: Outcome::Not(
            if fails { "failure" } else { "skipped" },
            finding.rule.to_string(),
            message,
            text,
        ),
    }
}

fn suite(cases: &[Case], milliseconds: u128) -> String {
    let count = |element: &str| cases.iter().filter(|case| case.is(element)).count();
    let counts =
        format!("tests=\"{}\" failures=\"{}\" errors=\"{}\"", cases.len(), count("failure"), count("error"));
    let time = format!("time=\"{}.{:03}\"", milliseconds / 1000, milliseconds % 1000);
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let _ = writeln!(out, "<testsuites name=\"{NAME}\" {counts} {time}>");
    let skipped = count("skipped");
    let _ = writeln!(out, "  <testsuite name=\"{NAME}\" {counts} skipped=\"{skipped}\" {time}>");
    for case in cases {
        let (name, class) = (attribute(&case.name), attribute(&case.class));
        let _ = write!(out, "    <testcase name=\"{name}\" classname=\"{class}\"");
        match &case.outcome {
            Outcome::Passed => out.push_str("/>\n"),
            Outcome::Not(element, of_type, message, text) => {
                let (of_type, message) = (attribute(of_type), attribute(message));
                let _ = write!(out, ">\n      <{element} type=\"{of_type}\" message=\"{message}\"");
                let text = text.iter().map(|line| attribute(line)).collect::<Vec<_>>().join("\n");
                let _ = match text.as_str() {
                    "" => writeln!(out, "/>"),
                    text => writeln!(out, ">{text}</{element}>"),
                };
                out.push_str("    </testcase>\n");
            }
        }
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// Text on one line, without what XML takes for its own or cannot hold.
fn attribute(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(character.escape_unicode()),
            character => out.push(character),
        }
    }
    out
}
