//! Why a finding does not count: what somebody decided about it, and until when.

use jiff::civil::Date;

use super::{Label, RuleId};
use crate::source::Span;

/// What takes a finding out of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SuppressedBy {
    /// The baseline lists it: it was there before.
    Baseline,
    /// An exception in a file of exceptions.
    Exception,
    /// An exception in an annotation or a comment.
    Inline,
    /// The revision that the change goes into has it too.
    Base,
}

words!(SuppressedBy {
    Baseline => "baseline", Exception => "exception", Inline => "inline", Base => "base"
});

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// What does it.
    pub by: SuppressedBy,
    /// The last day of it.
    pub until: Option<Date>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Where that is written.
    pub at: Option<Span>,
}

impl Suppression {
    /// By the baseline or the base, which say nothing more.
    #[must_use]
    pub fn known(by: SuppressedBy) -> Self {
        Self { by, until: None, owner: None, reason: None, at: None }
    }
}

/// What is the matter with an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExceptionState {
    /// It holds.
    Active,
    /// It holds and ends within days.
    Soon,
    /// It is over.
    Expired,
    /// Something is wrong with it, and it hides nothing.
    Invalid,
    /// It holds, and there is nothing that it hides.
    Unused,
}

words!(ExceptionState {
    Active => "active", Soon => "soon", Expired => "expired", Invalid => "invalid", Unused => "unused"
});

/// In which form an exception is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExceptionForm {
    /// An item of a file of exceptions.
    File,
    /// An annotation of an object.
    Annotation,
    /// A comment in a manifest or template.
    Comment,
}

words!(ExceptionForm { File => "file", Annotation => "annotation", Comment => "comment" });

/// An exception of a run, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Its id, where it has one.
    pub id: Option<String>,
    /// In which form it is written.
    pub form: ExceptionForm,
    /// Where.
    pub at: Span,
    /// The rules that it is for.
    pub rules: Vec<RuleId>,
    /// What it is for, in words.
    pub target: String,
    /// Who is to mend the flaw.
    pub owner: Option<String>,
    /// Who approved it.
    pub approver: Option<String>,
    /// The ticket.
    pub ticket: Option<String>,
    /// Why it is.
    pub reason: Option<String>,
    /// Its last day.
    pub until: Option<Date>,
    /// Days from today to its last day; below zero once it is over.
    pub days_left: Option<i64>,
    /// What is the matter with it.
    pub state: ExceptionState,
    /// What is wrong with it.
    pub problems: Vec<Label>,
    /// The fingerprints of what it hides; of one that is over, of what it hid.
    pub hides: Vec<String>,
}

/// A finding that a baseline accepts, in words for who reviews it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What it is known by.
    pub fingerprint: String,
    /// The rule.
    pub rule: RuleId,
    /// Which form of the rule.
    pub form: String,
    /// The object: `CronJob shop/purge`; empty where there is none.
    pub object: String,
    /// Where in the object.
    pub field: String,
    /// The file, from the root of the repository.
    pub file: String,
    /// What is wrong; masked.
    pub message: String,
    /// The day that it was accepted on.
    pub since: Date,
}

/// What a baseline did in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaselineUse {
    /// How many findings it accepted.
    pub accepted: usize,
    /// Its entries whose findings are gone.
    pub gone: Vec<Accepted>,
}
