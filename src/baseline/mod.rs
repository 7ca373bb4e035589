//! The baseline: findings that were there before the gate, so that it is green on its first day.
//!
//! A finding is known by its fingerprint, whatever file or line it moves to. What else stands in the file is for those who
//! review it.

mod text;

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::civil::Date;

pub use text::Language;

use crate::finding::{Accepted, BaselineUse, Finding, Report, SuppressedBy, Suppression};
use crate::source::SourceMap;

/// What a baseline file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Sorted by rule, form, object and field.
    entries: Vec<Accepted>,
    /// Fingerprints of which nothing else is known.
    bare: BTreeSet<String>,
}

/// How a baseline that is written differs from the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Entries.
    pub all: usize,
    /// Those that were not there before.
    pub new: usize,
    /// Those that were there and are dropped.
    pub dropped: usize,
}

impl Baseline {
    /// The baseline that accepts what counts in a report and may be accepted. Of the baseline before it stay the days of
    /// what is still there, and the entries of what was not looked at. `path` is that of a file from the root of the repository.
    #[must_use]
    pub fn of(
        report: &Report,
        sources: &SourceMap,
        path: impl Fn(&str) -> String,
        today: Date,
        before: &Self,
        is_judged: impl Fn(&Accepted) -> bool,
    ) -> (Self, Written) {
        let known: HashMap<&str, &Accepted> =
            before.entries.iter().map(|entry| (entry.fingerprint.as_str(), entry)).collect();
        let accepted = report.active().filter(|finding| !finding.is_unsuppressible());
        let mut entries: Vec<Accepted> = accepted
            .map(|finding| {
                let since = known.get(finding.fingerprint.as_str()).map_or(today, |entry| entry.since);
                entry(finding, report, path(sources.file(finding.span.file).path()), since)
            })
            .collect();
        let there: HashSet<&str> =
            report.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
        let elsewhere = before.entries.iter();
        let elsewhere = elsewhere.filter(|old| !there.contains(old.fingerprint.as_str()) && !is_judged(old));
        entries.extend(elsewhere.cloned());
        entries.sort_by(|a, b| order(a).cmp(&order(b)));
        let has = |fingerprint: &str| known.contains_key(fingerprint) || before.bare.contains(fingerprint);
        let kept = entries.iter().filter(|entry| has(&entry.fingerprint)).count();
        let old = before.entries.len() + before.bare.len();
        let written = Written { all: entries.len(), new: entries.len() - kept, dropped: old - kept };
        (Self { entries, bare: BTreeSet::new() }, written)
    }

    /// Reads a baseline file.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        text::read(text).map_err(|error| {
            format!("it is not a baseline: {error}; `nhilint check --write-baseline FILE` writes one")
        })
    }

    /// Whether it accepts the finding of a fingerprint.
    #[must_use]
    pub fn has(&self, fingerprint: &str) -> bool {
        self.bare.contains(fingerprint) || self.entries.iter().any(|entry| entry.fingerprint == fingerprint)
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        text::write(self, language)
    }

    /// Marks the findings that it accepts, and notes which of its entries have none any more; `is_judged` is whether that
    /// which an entry is about was looked at.
    pub fn apply(&self, report: &mut Report, is_judged: impl Fn(&Accepted) -> bool) {
        let known: HashSet<&str> = self.entries.iter().map(|entry| entry.fingerprint.as_str()).collect();
        let mut seen = HashSet::new();
        let mut accepted = 0;
        for finding in &mut report.findings {
            seen.insert(finding.fingerprint.as_str());
            let is_known =
                known.contains(finding.fingerprint.as_str()) || self.bare.contains(&finding.fingerprint);
            if is_known && finding.suppressed.is_none() && !finding.is_unsuppressible() {
                finding.suppressed = Some(Suppression::known(SuppressedBy::Baseline));
                accepted += 1;
            }
        }
        let gone = self.entries.iter().filter(|entry| !seen.contains(entry.fingerprint.as_str()));
        let gone = gone.filter(|entry| is_judged(entry)).cloned().collect();
        report.baseline = Some(BaselineUse { accepted, gone });
    }
}

fn entry(finding: &Finding, report: &Report, file: String, since: Date) -> Accepted {
    let field = finding.path.as_ref().map(ToString::to_string).unwrap_or_default();
    Accepted {
        fingerprint: finding.fingerprint.clone(),
        rule: finding.rule,
        form: finding.form.0.to_owned(),
        object: finding.object.as_ref().map(ToString::to_string).unwrap_or_default(),
        field: report.masks.masked_text(&field).into_owned(),
        file,
        message: report.masks.masked_text(&finding.message).into_owned(),
        since,
    }
}

/// Files are left out: moving one moves no entry.
fn order(entry: &Accepted) -> (u64, &str, &str, &str, &str) {
    (entry.rule.0, &entry.form, &entry.object, &entry.field, &entry.fingerprint)
}
