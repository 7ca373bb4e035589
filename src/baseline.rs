//! The baseline: fingerprints of findings that were there before the gate, so that it is green on its first day.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::finding::{Report, Suppression};

/// What a baseline file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The version of the format.
    version: u32,
    /// Fingerprints, sorted.
    fingerprints: BTreeSet<String>,
}

const VERSION: u32 = 1;

impl Baseline {
    /// The baseline that accepts every finding of a report that may be accepted.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let accepted = report.findings.iter().filter(|finding| !finding.is_unsuppressible());
        Self { version: VERSION, fingerprints: accepted.map(|finding| finding.fingerprint.clone()).collect() }
    }

    /// Reads a baseline file.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let baseline: Self = serde_json::from_str(text)
            .map_err(|error| format!("not a baseline: {error}; write one with --write-baseline"))?;
        if baseline.version != VERSION {
            return Err(format!(
                "baseline of version {}; this nhilint reads version {VERSION}",
                baseline.version
            ));
        }
        Ok(baseline)
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }

    /// Marks the findings that it accepts.
    pub fn apply(&self, report: &mut Report) {
        for finding in &mut report.findings {
            if !finding.is_unsuppressible() && self.fingerprints.contains(&finding.fingerprint) {
                finding.suppressed = Some(Suppression::baseline());
            }
        }
    }
}
