//! The exceptions of a repository as a list: for people and as JSON.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json::pretty;
use super::layout::{counted, one_line};
use super::place::place;
use crate::finding::{Exception, ExceptionState, Finding, Report};
use crate::source::{SourceMap, Span};

/// The text lists so many findings of an exception, and counts the rest.
const SHOWN: usize = 5;

/// The states in the order of a summary.
const STATES: [ExceptionState; 5] = [
    ExceptionState::Active,
    ExceptionState::Soon,
    ExceptionState::Expired,
    ExceptionState::Invalid,
    ExceptionState::Unused,
];

struct List<'r> {
    report: &'r Report,
    sources: &'r SourceMap,
    findings: HashMap<&'r str, &'r Finding>,
}

impl<'r> List<'r> {
    fn of(report: &'r Report, sources: &'r SourceMap) -> Self {
        let findings =
            report.findings.iter().map(|finding| (finding.fingerprint.as_str(), finding)).collect();
        Self { report, sources, findings }
    }

    fn masked(&self, text: &str) -> String {
        self.report.masks.masked_text(text).into_owned()
    }

    fn at(&self, span: Span) -> String {
        let place = place(self.sources, span);
        one_line(&format!("{}:{}", place.path, place.line))
    }

    fn hidden(&self, exception: &'r Exception) -> impl Iterator<Item = &'r Finding> {
        exception.hides.iter().filter_map(|fingerprint| self.findings.get(fingerprint.as_str()).copied())
    }
}

/// The list for people, the ones that end first above.
#[must_use]
pub fn text(report: &Report, sources: &SourceMap) -> String {
    let list = List::of(report, sources);
    let mut exceptions: Vec<&Exception> = report.exceptions.iter().collect();
    exceptions.sort_by_key(|exception| (exception.until, list.at(exception.at)));
    let mut out = String::new();
    for exception in &exceptions {
        list.write(exception, &mut out);
    }
    let count = |state: &ExceptionState| exceptions.iter().filter(|one| one.state == *state).count();
    let counts = STATES.iter().map(|state| (count(state), state.word())).filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    let _ = writeln!(out, "{}{counts}", counted(exceptions.len(), "exception"));
    out
}

impl List<'_> {
    fn write(&self, exception: &Exception, out: &mut String) {
        let days = match (exception.until, exception.days_left) {
            (Some(until), Some(left @ 0..)) => {
                format!("{}, to {until}", counted(usize::try_from(left).unwrap_or_default(), "day") + " left")
            }
            (Some(until), Some(left)) => {
                format!("over for {}, since {until}", counted(left.unsigned_abs() as usize, "day"))
            }
            _ => "no end".to_owned(),
        };
        let rules: Vec<String> = exception.rules.iter().map(ToString::to_string).collect();
        let name = exception.id.as_deref().unwrap_or(exception.form.word());
        let head = format!(
            "{name}: {} ({days}) {} for {}",
            exception.state.word(),
            rules.join(", "),
            exception.target
        );
        let _ = writeln!(out, "{}", one_line(&self.masked(&head)));
        let people =
            [("owner", &exception.owner), ("approver", &exception.approver), ("ticket", &exception.ticket)];
        let people = people.iter().filter_map(|(word, name)| Some(format!(", {word} {}", name.as_ref()?)));
        let place = format!("  {}{}", self.at(exception.at), people.collect::<String>());
        let _ = writeln!(out, "{}", one_line_in(&self.masked(&place)));
        if let Some(reason) = &exception.reason {
            let _ = writeln!(out, "  {}", one_line(&self.masked(reason)));
        }
        for problem in &exception.problems {
            let _ = writeln!(out, "  wrong: {}", one_line(&self.masked(&problem.message)));
        }
        let verb = if exception.state == ExceptionState::Expired { "counts again" } else { "hides" };
        for finding in self.hidden(exception).take(SHOWN) {
            let text =
                format!("{} {} {}", self.at(finding.span), finding.rule, self.masked(&finding.message));
            let _ = writeln!(out, "  {verb}: {}", one_line(&text));
        }
        if exception.hides.len() > SHOWN {
            let _ = writeln!(out, "  and {} more", exception.hides.len() - SHOWN);
        }
        out.push('\n');
    }

    fn place(&self, span: Span) -> Value {
        let place = place(self.sources, span);
        json!({"file": place.path, "line": place.line, "column": place.column})
    }

    fn value(&self, exception: &Exception) -> Value {
        let masked = |text: &Option<String>| text.as_ref().map(|text| self.masked(text));
        let rules: Vec<String> = exception.rules.iter().map(ToString::to_string).collect();
        let hides = self.hidden(exception).map(|finding| {
            json!({
                "fingerprint": finding.fingerprint,
                "rule": finding.rule.to_string(),
                "severity": finding.severity.word(),
                "message": self.masked(&finding.message),
                "location": self.place(finding.span),
            })
        });
        let problems = exception.problems.iter().map(
            |problem| json!({"message": self.masked(&problem.message), "location": self.place(problem.span)}),
        );
        json!({
            "id": masked(&exception.id),
            "form": exception.form.word(),
            "state": exception.state.word(),
            "rules": rules,
            "target": self.masked(&exception.target),
            "owner": masked(&exception.owner),
            "approver": masked(&exception.approver),
            "ticket": masked(&exception.ticket),
            "reason": masked(&exception.reason),
            "until": exception.until.map(|until| until.to_string()),
            "daysLeft": exception.days_left,
            "location": self.place(exception.at),
            "problems": problems.collect::<Vec<_>>(),
            "hides": hides.collect::<Vec<_>>(),
        })
    }
}

/// One line with its two blanks at the beginning.
fn one_line_in(text: &str) -> String {
    format!("  {}", one_line(text.trim_start()))
}

/// The same for programs, by place.
#[must_use]
pub fn json(report: &Report, sources: &SourceMap) -> String {
    let list = List::of(report, sources);
    let exceptions: Vec<Value> = report.exceptions.iter().map(|exception| list.value(exception)).collect();
    pretty(&json!({"version": 1, "exceptions": exceptions}))
}
