//! Findings and the report of a run: plain data, from the rule to every output format.
//!
//! It must not know who makes a finding nor how it is shown.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::source::{FileId, Span};
use crate::yaml::{Path, Problem, ProblemKind};

mod fingerprint;
mod names;
mod rule_id;
mod suppression;

mod fix;
mod report;

pub use fingerprint::fingerprint;
pub use fix::{Applicability, Change, Copied, Edit, Fix, Operation, Target};
pub(crate) use fix::{BY_HAND, keep};
pub use names::{IdentityName, ObjectName, Principal};
pub use report::{Report, RunError, Strong, Summary, Unjudged};
pub use rule_id::RuleId;
pub use suppression::{
    Accepted, BaselineUse, Exception, ExceptionForm, ExceptionState, SuppressedBy, Suppression,
};

/// Which form of its rule a finding is: a key of the card's `forms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Form(pub &'static str);

impl Form {
    /// Text that kubectl refuses, or silently drops.
    pub const SYNTAX: Self = Self("syntax");
    /// A key that stands twice in its mapping.
    pub const DUPLICATE_KEY: Self = Self("duplicate-key");
    /// A document beyond the limits of nesting and of alias expansion.
    pub const TOO_LARGE: Self = Self("too-large");
    /// An object that is defined twice, differently.
    pub const DUPLICATE_OBJECT: Self = Self("duplicate-object");
    /// A kind, a field or a type of value that the API server does not know.
    pub const UNKNOWN_FIELD: Self = Self("unknown-field");
    /// A chart or kustomization that cannot be rendered, as something is wrong with it.
    pub const UNRENDERED: Self = Self("unrendered");
    /// A chart that renders with the values of somebody, and not with its own.
    pub const DEFAULTS: Self = Self("defaults");
    /// A chart or kustomization that cannot be rendered, as part of it is elsewhere.
    pub const UNRESOLVED: Self = Self("unresolved");
    /// A permission that is limited to names.
    pub const NAMED: Self = Self("named");
    /// A permission that gives nothing until its holder gets another.
    pub const WAITING: Self = Self("waiting");
}

impl Form {
    /// The form of a name that is read while the program runs; it is kept until its end, so names should be few.
    #[must_use]
    pub fn named(name: &str) -> Self {
        static NAMES: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.get(name) {
            return Self(known);
        }
        let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
        names.insert(kept);
        Self(kept)
    }
}

impl From<&'static str> for Form {
    fn from(key: &'static str) -> Self {
        Self(key)
    }
}

/// How much a finding matters. Only `Error` fails the default gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth mending.
    Warning,
    /// Must not be merged.
    Error,
}

words!(Severity { Info => "info", Warning => "warning", Error => "error" });

impl serde::Serialize for Severity {
    /// By its word.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl Severity {
    /// One step up or down, as far as there is one.
    #[must_use]
    pub fn stepped(self, step: i8) -> Self {
        match (self, step) {
            (Self::Info, 1..) | (Self::Error, ..=-1) => Self::Warning,
            (Self::Warning, 1..) => Self::Error,
            (Self::Warning, ..=-1) => Self::Info,
            _ => self,
        }
    }
}

/// A place with a message about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What stands there, lower-case, without a final stop.
    pub message: String,
}

/// How sure the place of a finding is (`origin` in the JSON report).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A person wrote the text that is pointed at.
    Written,
    /// The finding is about rendered text, and this is the text that it was rendered from.
    Exact,
    /// The finding is about rendered text, and this is the text most similar to it.
    Aligned,
    /// The finding is about rendered text, and this is the text that its object was rendered from.
    File,
    /// Nobody knows where it was written: the place is in rendered text of the input, or includes what is elsewhere.
    Unknown,
}

words!(Origin { Written => "written", Exact => "exact", Aligned => "aligned", File => "file", Unknown => "unknown" });

/// What renders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    /// `helm template`.
    Helm,
    /// `kustomize build`.
    Kustomize,
    /// `kubectl kustomize`.
    Kubectl,
    /// This program, which builds plain kustomizations by itself.
    Replay,
}

words!(Engine { Helm => "helm", Kustomize => "kustomize", Kubectl => "kubectl", Replay => "replay" });

/// The render that a finding was seen in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// What rendered it.
    pub by: Engine,
    /// What was rendered; for given Helm output the path in its `# Source:` comment.
    pub roots: Vec<String>,
    /// The sets of values that it was seen with, where a chart that nobody deploys was rendered with several.
    pub values: Vec<String>,
    /// The line of the rendered text, from 1; none where the finding's own place is in it.
    pub line: Option<u32>,
}

/// Something that is wrong with a file, noticed while reading, where no severities are known. `lint` makes a finding of
/// [`RuleId::UNGOVERNED_MANIFEST`] of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Which form of the rule.
    pub form: Form,
    /// Where.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// Facts that help to judge it.
    pub notes: Vec<String>,
    /// Other places that belong to it.
    pub related: Vec<Label>,
    /// What it is about, where that is more than the text at its place: the fingerprint is made of it.
    pub subject: String,
    /// The file that is missing, where one is: several that miss the same are reported together.
    pub missing: Option<String>,
}

impl Notice {
    /// What is wrong with the text of `file`.
    #[must_use]
    pub fn of_text(file: FileId, problem: Problem) -> Self {
        let related = problem.related.into_iter().map(|(start, end, message)| Label {
            span: Span::new(file, start, end),
            message: message.to_owned(),
        });
        Self {
            form: match problem.kind {
                ProblemKind::Syntax => Form::SYNTAX,
                ProblemKind::DuplicateKey => Form::DUPLICATE_KEY,
                ProblemKind::TooLarge => Form::TOO_LARGE,
            },
            span: Span::new(file, problem.start, problem.end),
            message: problem.message,
            notes: Vec::new(),
            related: related.collect(),
            subject: String::new(),
            missing: None,
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule; its name, texts and links are in the catalogue.
    pub rule: RuleId,
    /// Which form of the rule.
    pub form: Form,
    /// How much it matters here.
    pub severity: Severity,
    /// What is wrong: lower-case start, no final stop, values in backticks, about 100 characters.
    pub message: String,
    /// Facts that help to judge it, each a sentence.
    pub notes: Vec<String>,
    /// The tier that it is judged in, by its number in the settings, from the strictest; 0 where there are none.
    pub tier: usize,
    /// The object it is about.
    pub object: Option<ObjectName>,
    /// The identity it is about.
    pub identity: Option<IdentityName>,
    /// The clusters that it was seen in, where the run has several.
    pub clusters: Vec<String>,
    /// What it is for by the name of its values, where its cluster has none that is known.
    pub unnamed: Option<String>,
    /// The place.
    pub span: Span,
    /// The value that it is about, where `span` is that of the key.
    pub value: Option<Span>,
    /// The words under the place: what stands there.
    pub label: String,
    /// Where the value stands within the object.
    pub path: Option<Path>,
    /// How sure the place is.
    pub origin: Origin,
    /// The render it was seen in.
    pub rendered: Option<Rendered>,
    /// Other places that belong to it.
    pub related: Vec<Label>,
    /// Ways to mend it.
    pub fixes: Vec<Fix>,
    /// What helps here, where that is not what the rule says for all.
    pub remedy: Option<&'static str>,
    /// Stable across moves and renames of files.
    pub fingerprint: String,
    /// The file or folder for want of which it is so: several of one are reported together.
    pub missing: Option<String>,
    /// Whether it is a credential of a vendor, which works until it is revoked.
    pub is_live: bool,
    /// Whether it is left out where another finding of its rule says the same at the place that is to be changed.
    pub yields: bool,
    /// Whether its place is on a line that the change touches; only of what is new, where a base is known.
    pub on_changed_line: Option<bool>,
    /// Why it does not count, if so.
    pub suppressed: Option<Suppression>,
    /// Who answers for the object, as far as somebody is named.
    pub owner: Option<String>,
}

impl Finding {
    /// A finding that has only what each one has; the place is text that a person wrote.
    #[must_use]
    pub fn new(rule: RuleId, form: Form, severity: Severity, span: Span, message: String) -> Self {
        Self {
            rule,
            form,
            severity,
            message,
            notes: Vec::new(),
            tier: 0,
            object: None,
            identity: None,
            clusters: Vec::new(),
            unnamed: None,
            span,
            value: None,
            label: String::new(),
            path: None,
            origin: Origin::Written,
            rendered: None,
            related: Vec::new(),
            fixes: Vec::new(),
            remedy: None,
            fingerprint: String::new(),
            missing: None,
            is_live: false,
            yields: false,
            on_changed_line: None,
            suppressed: None,
            owner: None,
        }
    }

    /// Whether neither a baseline nor an exception may accept it: kubectl refuses a broken manifest, or applies half of
    /// it, and a credential of a known form works for whoever reads it.
    #[must_use]
    pub fn is_unsuppressible(&self) -> bool {
        match self.rule.0 {
            901..=904 => true,
            _ if self.is_live => true,
            _ => self.rule == RuleId::UNGOVERNED_MANIFEST && self.form == Form::SYNTAX,
        }
    }
}
