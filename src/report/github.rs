//! Workflow commands: one a finding, which GitHub Actions shows as an annotation on the line.
//!
//! The runner keeps the first ten of a kind in each step, so the worst come first. Every command is one line, and
//! nothing of the input is written outside a command: the runner would obey it. Escaping and the ten are facts of
//! the runner's source (actions/runner, `ActionCommand.cs` and `ExecutionContext.cs`).

use std::fmt::Write as _;

use crate::catalog::Catalog;
use crate::finding::{Finding, Report, RunError, Severity};
use crate::source::SourceMap;

use super::layout;
use super::phrases::{self, headline, is_counted_only, sentence, shortened};
use super::place::place;

/// The runner cuts a message after this many characters.
const LONGEST: usize = 4096;

/// Writes the report as workflow commands.
pub(super) fn render(report: &Report, catalog: &Catalog, sources: &SourceMap) -> String {
    let mut out = String::new();
    for error in &report.errors {
        out.push_str(&run_error(report, error));
    }
    for unjudged in &report.summary.unjudged {
        let properties = [("title", "nhilint did not judge everything".to_owned())];
        out.push_str(&line("notice", &properties, &format!("Not judged: {}.", phrases::unjudged(unjudged))));
    }
    let mut findings: Vec<&Finding> = report.active().filter(|one| !is_counted_only(one)).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in findings {
        out.push_str(&command(report, catalog, sources, finding));
    }
    out
}

fn command(report: &Report, catalog: &Catalog, sources: &SourceMap, finding: &Finding) -> String {
    let card = catalog.card(finding.rule);
    let place = place(sources, finding.span);
    let mut message = format!("{} {}", sentence(&headline(report, finding)), sentence(&card.remedy));
    if let Some(fix) = one_line_fix(report, finding) {
        let _ = write!(message, " {}", sentence(&format!("fix: {fix}")));
    }
    let mut properties = vec![("title", format!("{} {}", card.id, card.name))];
    if place.path == "-" {
        let _ = write!(message, " Standard input, line {}.", place.line);
    } else {
        let numbers = [
            ("line", place.line),
            ("endLine", place.line),
            ("col", place.column),
            ("endColumn", place.end_column),
        ];
        let numbers = numbers.map(|(name, number)| (name, number.to_string()));
        properties.splice(..0, [("file", place.path.to_owned())].into_iter().chain(numbers));
    }
    let word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    line(word, &properties, &message)
}

/// A fix that is one edit, where its order fits on a line.
fn one_line_fix(report: &Report, finding: &Finding) -> Option<String> {
    finding.fixes.iter().find_map(|fix| {
        let [change] = fix.changes.as_slice() else { return None };
        phrases::edits(fix, &report.masks).ok().filter(|edits| edits.len() == 1)?;
        match phrases::order(report, finding, change) {
            (order, None) => Some(order),
            (order, Some(yaml)) => (!yaml.contains('\n')).then(|| format!("{order}: `{yaml}`")),
        }
    })
}

fn run_error(report: &Report, error: &RunError) -> String {
    let mut properties = Vec::new();
    if let Some(file) = &error.file {
        properties.push(("file", file.clone()));
        if let Some(number) = error.line {
            properties.push(("line", number.to_string()));
        }
    }
    properties.push(("title", "nhilint could not do the job whole".to_owned()));
    line("error", &properties, &report.masks.masked_text(&error.message))
}

fn line(word: &str, properties: &[(&str, String)], message: &str) -> String {
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", escaped_property(value))).collect();
    let message = escaped(&shortened(&layout::escaped(message), LONGEST));
    format!("::{word} {}::{message}\n", properties.join(","))
}

/// A message, as the runner unescapes it.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, as the runner unescapes it.
fn escaped_property(text: &str) -> String {
    escaped(&layout::escaped(text)).replace(':', "%3A").replace(',', "%2C")
}
