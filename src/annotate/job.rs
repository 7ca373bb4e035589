//! What is to be shown, and how a run ended.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;

use crate::catalog::Catalog;
use crate::report::review::weight;

use super::changes::Changes;
use super::commands::commands;
use super::report::{Finding, Report, Trust};
use super::summary::{self, Counts};

/// What is shown on a change.
#[derive(Clone, Copy)]
pub struct Job<'j> {
    /// What `check` found.
    pub report: &'j Report,
    /// What the change does to identities.
    pub changes: Option<&'j Changes>,
    /// Who made both.
    pub trust: Trust,
    /// The rules.
    pub catalog: &'j Catalog,
    /// The commit that was linted.
    pub head: &'j str,
    /// The text of a file as it was linted, by its path from the root of the repository, where it can be read.
    pub linted: &'j dyn Fn(&str) -> Option<String>,
}

impl fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("head", &self.head).field("trust", &self.trust).finish_non_exhaustive()
    }
}

impl Job<'_> {
    /// The findings, the worst first, each with the key that its comment is known by.
    pub(super) fn ranked(&self) -> Vec<(&Finding, String)> {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let keyed = self.report.findings.iter().map(|finding| {
            let count = seen.entry(&finding.fingerprint).or_default();
            *count += 1;
            let turn = if *count > 1 { format!("-{count}") } else { String::new() };
            (finding, format!("fp={}{turn}", finding.fingerprint))
        });
        let mut ranked: Vec<_> = keyed.collect();
        let change = |finding: &Finding| match finding.on_changed_line {
            Some(true) => 0,
            Some(false) => 1,
            None => 2,
        };
        // What is equal stays in the order of its places.
        ranked.sort_by_key(|(finding, _)| (Reverse(finding.severity), change(finding), weight(finding.rule)));
        ranked
    }

    /// The text of the summary.
    pub(super) fn summary(&self, shown: Option<Counts>) -> String {
        let ranked: Vec<&Finding> = self.ranked().into_iter().map(|(finding, _)| finding).collect();
        summary::body(self.report, &ranked, self.changes, self.catalog, (self.head, self.trust, shown))
    }

    /// Whether there is a summary where none is there yet.
    pub(super) fn needs_summary(&self) -> bool {
        summary::is_worth_it(self.report, self.changes)
    }
}

/// How a run ended. It never fails: where comments cannot be written the findings are shown elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// What was done and what was not, a line each.
    pub notes: Vec<String>,
    /// What to show where comments could not be written.
    pub fallback: Option<Fallback>,
}

/// What is shown where comments could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallback {
    /// Workflow commands for standard output, which GitHub Actions shows as annotations.
    pub commands: String,
    /// Markdown for the summary of the step.
    pub summary: String,
}

impl Done {
    /// Nothing was written, and it is no matter.
    #[must_use]
    pub fn nothing(reason: &str) -> Self {
        Self { notes: vec![format!("nothing was written: {reason}")], fallback: None }
    }

    /// Comments cannot be written.
    #[must_use]
    pub fn fallen_back(job: &Job<'_>, notes: Vec<String>) -> Self {
        let ranked: Vec<&Finding> = job.ranked().into_iter().map(|(finding, _)| finding).collect();
        let fallback = Fallback { commands: commands(&ranked), summary: job.summary(None) };
        Self { notes, fallback: Some(fallback) }
    }
}
