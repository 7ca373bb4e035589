//! The result of a run: findings, what was read, and what was not judged.

use super::{BaselineUse, Engine, Exception, Finding, IdentityName, Severity};
use crate::source::Masks;

/// Something that was not judged, so that green means green.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unjudged {
    /// What, in words: `Helm templates`, `roles that are not in the input`.
    pub what: String,
    /// How many.
    pub count: usize,
    /// One of them.
    pub example: String,
    /// Whether the arguments or a deployer name it, so that `--fail-on-unjudged` fails on it.
    pub named: bool,
}

/// Something that kept the job from being done whole (exit code 2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunError {
    /// The file, if it is about one.
    pub file: Option<String>,
    /// The line in it, from 1.
    pub line: Option<u32>,
    /// What happened and what to do.
    pub message: String,
}

impl RunError {
    /// `file:line: `, as far as it is known.
    pub(crate) fn place(&self) -> String {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => format!("{file}:{line}: "),
            (Some(file), None) => format!("{file}: "),
            (None, _) => String::new(),
        }
    }
}

/// An identity that is as good as `cluster-admin`, or nearly, or can become one that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strong {
    /// Who.
    pub identity: IdentityName,
    /// Its tier by itself, from 0 to 4, the strongest first.
    pub direct: u8,
    /// The tier that it can reach.
    pub reachable: u8,
    /// Whether nothing outside the input decides it.
    pub is_certain: bool,
    /// What makes it so strong, as the end of a sentence about it.
    pub does: String,
}

/// What was read and linted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files read.
    pub files: usize,
    /// Files or documents that are no Kubernetes objects.
    pub skipped: usize,
    /// YAML or JSON documents read.
    pub documents: usize,
    /// Kubernetes objects in them.
    pub objects: usize,
    /// Identities: accounts that are declared or used.
    pub identities: usize,
    /// What was not judged.
    pub unjudged: Vec<Unjudged>,
    /// Who reaches the tiers 0 and 1, the strongest first.
    pub strongest: Vec<Strong>,
    /// Files that are judged though a name of theirs begins with a dot and nothing names them: how many, and one of them.
    pub hidden: Option<(usize, String)>,
    /// Wall time of the run.
    pub milliseconds: u128,
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Sorted by file, start, rule, form, object, message.
    pub findings: Vec<Finding>,
    /// What kept the job from being done whole.
    pub errors: Vec<RunError>,
    /// What was read and linted.
    pub summary: Summary,
    /// The exceptions of the run, by place.
    pub exceptions: Vec<Exception>,
    /// What the baseline did, where there is one.
    pub baseline: Option<BaselineUse>,
    /// Programs that rendered part of it, with their versions.
    pub renderers: Vec<(Engine, String)>,
    /// What no output may show.
    pub masks: Masks,
}

impl Report {
    /// Findings that count: those not suppressed.
    pub fn active(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.suppressed.is_none())
    }

    /// How many findings of a severity count.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.active().filter(|finding| finding.severity == severity).count()
    }
}
