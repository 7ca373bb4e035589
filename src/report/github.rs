//! Workflow commands: one a finding, which GitHub Actions shows as an annotation on the line.
//!
//! The runner keeps the first ten of a kind in each step, so the worst nine come first, and the tenth counts the rest.
//! Every command is one line, and nothing of the input is written outside a command: the runner would obey it. Escaping
//! and the ten are facts of the runner's source (actions/runner, `ActionCommand.cs` and `ExecutionContext.cs`).

use std::fmt::Write as _;

use crate::catalog::Catalog;
use crate::finding::{Finding, Report, RunError, Severity};
use crate::source::SourceMap;

use super::layout::{self, counted};
use super::phrases::{self, headline, sentence, shortened};
use super::place::place;
use super::rank::ranked;

/// The runner cuts a message after this many characters.
const LONGEST: usize = 4096;

/// So many of a kind the runner shows of each step.
const MOST: usize = 10;
/// So many of what kept the job from being done whole are shown where not all fits.
const PROBLEMS: usize = 3;

/// Writes the report as workflow commands.
pub(super) fn render(report: &Report, catalog: &Catalog, sources: &SourceMap) -> String {
    let ranked = ranked(report);
    let mut out = String::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let before: Vec<String> = match severity {
            Severity::Error => report.errors.iter().map(|error| run_error(report, error)).collect(),
            Severity::Warning => Vec::new(),
            Severity::Info => not_judged(report).into_iter().collect(),
        };
        let findings: Vec<&Finding> =
            ranked.iter().copied().filter(|finding| finding.severity == severity).collect();
        let all = before.len() + findings.len();
        let (room, problems) = if all > MOST { (MOST - 1, PROBLEMS) } else { (MOST, MOST) };
        // Where there is nothing else they have all the room.
        let problems = problems.max(room.saturating_sub(findings.len())).min(before.len());
        let findings = &findings[..findings.len().min(room - problems)];
        out.extend(before.into_iter().take(problems));
        out.extend(findings.iter().map(|finding| command(report, catalog, sources, finding)));
        out.extend(more(severity, all - problems - findings.len()));
    }
    out
}

/// How many of a kind are not shown.
pub(crate) fn more(severity: Severity, count: usize) -> Option<String> {
    let more = counted(count, &format!("more {}", severity.word()));
    let message = format!("{more}: see the summary, which `--output markdown=$GITHUB_STEP_SUMMARY` writes.");
    (count > 0).then(|| line(word(severity), &[("title", env!("CARGO_PKG_NAME").to_owned())], &message))
}

/// All of what was not judged, as one command: the rest of them are for findings.
fn not_judged(report: &Report) -> Option<String> {
    let kinds: Vec<String> = report.summary.unjudged.iter().map(phrases::unjudged).collect();
    let properties = [("title", "nhilint did not judge everything".to_owned())];
    (!kinds.is_empty()).then(|| line("notice", &properties, &format!("Not judged: {}.", kinds.join("; "))))
}

fn command(report: &Report, catalog: &Catalog, sources: &SourceMap, finding: &Finding) -> String {
    let card = catalog.card(finding.rule);
    let place = place(sources, finding.span);
    let mut message =
        format!("{} {}", sentence(&headline(report, finding)), sentence(card.remedy_for(finding)));
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
    line(word(finding.severity), &properties, &message)
}

/// The command of a severity.
pub(crate) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    }
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

pub(crate) fn line(word: &str, properties: &[(&str, String)], message: &str) -> String {
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
