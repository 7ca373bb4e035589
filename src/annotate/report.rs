//! The JSON report of `check`, version 1, as it is read here. Keys that are not known are ignored.

use serde::{Deserialize, Deserializer};

use crate::catalog::{Card, Catalog};
use crate::finding::{Form, RuleId, Severity};

use super::text::is_key;

/// Who made a file that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// This job, from what it checked out.
    Own,
    /// A run that a stranger could change, such as one of a pull request from a fork.
    Stranger,
}

impl Trust {
    /// The largest file that is read, in bytes.
    #[must_use]
    pub fn largest(self) -> usize {
        match self {
            Self::Own => 256 * 1024 * 1024,
            Self::Stranger => 8 * 1024 * 1024,
        }
    }
}

/// A report.
#[derive(Debug, Deserialize)]
pub struct Report {
    version: u32,
    tool: Tool,
    pub(super) summary: Summary,
    pub(super) findings: Vec<Finding>,
    pub(super) errors: Vec<RunError>,
}

#[derive(Debug, Deserialize)]
struct Tool {
    name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    pub(super) files: u64,
    pub(super) objects: u64,
    pub(super) identities: u64,
    pub(super) unjudged: Vec<Unjudged>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Unjudged {
    pub(super) what: String,
    pub(super) count: u64,
    pub(super) example: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct RunError {
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
    pub(super) message: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding {
    #[serde(deserialize_with = "rule")]
    pub(super) rule: RuleId,
    pub(super) name: String,
    form: String,
    #[serde(deserialize_with = "severity")]
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) help: String,
    pub(super) notes: Vec<String>,
    pub(super) object: Option<Object>,
    pub(super) location: Location,
    pub(super) fixes: Vec<Fix>,
    pub(super) fingerprint: String,
    #[serde(default)]
    pub(super) on_changed_line: Option<bool>,
    suppressed: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Object {
    pub(super) kind: String,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) end_line: u32,
    pub(super) end_column: u32,
}

#[derive(Debug, Deserialize)]
pub(super) struct Fix {
    pub(super) title: String,
    pub(super) applicability: String,
    /// Reports of versions that had none are read too.
    #[serde(default)]
    pub(super) diff: Option<String>,
    #[serde(default)]
    pub(super) lines: Option<WholeLines>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WholeLines {
    pub(super) file: String,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) before: String,
    pub(super) after: String,
}

fn rule<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RuleId, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

fn severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
    let word = String::deserialize(deserializer)?;
    let all = [Severity::Error, Severity::Warning, Severity::Info];
    let known = all.into_iter().find(|severity| severity.word() == word);
    known.ok_or_else(|| serde::de::Error::custom("a severity is error, warning or info"))
}

impl Report {
    /// Reads a report. Of a stranger's only what can be checked is taken over: rules, severities, places and names. All
    /// sentences are those of the rules, and there are no fixes.
    ///
    /// # Errors
    ///
    /// Where it is no report of version 1, or too large, in words. They quote nothing of it.
    pub fn read(bytes: &[u8], trust: Trust, catalog: &Catalog) -> Result<Self, String> {
        if bytes.len() > trust.largest() {
            let largest = trust.largest() / (1024 * 1024);
            return Err(format!("it has more than {largest} MiB: lint less, or with --base"));
        }
        let hint = "write it with `nhilint check --output report.json`";
        let mut report: Self = serde_json::from_slice(bytes).map_err(|error| {
            format!("it is no report (line {}, column {}); {hint}", error.line(), error.column())
        })?;
        if report.version != 1 || report.tool.name != env!("CARGO_PKG_NAME") {
            return Err(format!("it is no report of version 1; {hint}"));
        }
        if report.findings.iter().any(|finding| !is_key(&finding.fingerprint)) {
            return Err(format!("a fingerprint in it is none; {hint}"));
        }
        report.findings.retain(|finding| finding.suppressed.is_none() && !finding.is_counted_only());
        if trust == Trust::Stranger {
            report.distrust(catalog);
        }
        Ok(report)
    }

    fn distrust(&mut self, catalog: &Catalog) {
        for finding in &mut self.findings {
            finding.distrust(card(catalog, finding.rule));
        }
        for error in &mut self.errors {
            "see the log of the run that wrote the report".clone_into(&mut error.message);
        }
        let unjudged = self.summary.unjudged.drain(..);
        let count = unjudged.fold(0_u64, |count, unjudged| count.saturating_add(unjudged.count));
        if count > 0 {
            let what = "things of several kinds, which the log of the run names".to_owned();
            self.summary.unjudged.push(Unjudged { what, count, example: String::new() });
        }
    }
}

impl Finding {
    /// Whether it is an info on what stands elsewhere, of which people read how many there are.
    fn is_counted_only(&self) -> bool {
        self.rule == RuleId::UNGOVERNED_MANIFEST
            && self.form == Form::UNRESOLVED.0
            && self.severity == Severity::Info
    }

    fn distrust(&mut self, card: Option<&Card>) {
        let (name, finds, remedy) = match card {
            Some(card) => (card.name.as_str(), card.finds.as_str(), card.remedy.trim()),
            None => ("own-rule", "what a rule of the repository finds", "read the rule."),
        };
        name.clone_into(&mut self.name);
        finds.clone_into(&mut self.message);
        remedy.clone_into(&mut self.help);
        self.notes.clear();
        self.fixes.clear();
        self.object = self.object.take().filter(Object::is_plain);
    }
}

impl Object {
    /// Whether it is named as Kubernetes names objects.
    fn is_plain(&self) -> bool {
        let plain = |text: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':');
            text.len() <= 253 && text.bytes().all(is_plain)
        };
        plain(&self.kind) && plain(&self.name) && self.namespace.as_deref().is_none_or(plain)
    }
}

/// The card of a rule that is built in.
pub(super) fn card(catalog: &Catalog, rule: RuleId) -> Option<&Card> {
    catalog.cards().iter().find(|card| card.id == rule)
}
