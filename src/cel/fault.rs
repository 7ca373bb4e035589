//! What goes wrong with an expression, and where in it.

use std::ops::Range;

/// What is wrong, at bytes of the expression. No value is named: it may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The bytes of the expression.
    pub at: Range<usize>,
    /// What is wrong, lower-case, without a final stop.
    pub message: String,
    /// Whether the budget is spent: then nothing may go on as if this were one value of many.
    pub is_spent: bool,
    /// A name that is not known, and those that are.
    pub unknown: Option<(String, Vec<String>)>,
}

impl Fault {
    pub(super) fn new(at: &Range<usize>, message: impl Into<String>) -> Self {
        Self { at: at.clone(), message: message.into(), is_spent: false, unknown: None }
    }

    /// A name that is not known.
    pub(super) fn unknown(at: &Range<usize>, what: &str, name: &str, known: Vec<String>) -> Self {
        Self { unknown: Some((name.to_owned(), known)), ..Self::new(at, format!("unknown {what} `{name}`")) }
    }
}

/// Why a function has no result. Its place is that of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// What is wrong with the arguments, in words.
    Wrong(String),
    /// The function takes no such types.
    NoOverload,
    /// The budget is spent.
    Spent,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Wrong(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::Wrong(message.to_owned())
    }
}
