//! What a function is called with.

use std::sync::Arc;

use super::budget::Budget;
use super::fault::Failure;
use super::pattern::Patterns;
use super::value::{Other, Value};

/// One call: of a method, the value before the dot is the first argument.
pub(super) struct Call<'c> {
    pub(super) arguments: &'c [Value],
    pub(super) budget: &'c mut Budget,
    pub(super) patterns: &'c mut Patterns,
}

impl<'c> Call<'c> {
    /// An argument that is there: how many there are was checked before.
    pub(super) fn value(&self, at: usize) -> Result<&'c Value, Failure> {
        self.arguments.get(at).ok_or(Failure::NoOverload)
    }

    pub(super) fn has(&self, at: usize) -> bool {
        self.arguments.len() > at
    }

    pub(super) fn text(&self, at: usize) -> Result<&'c str, Failure> {
        match self.value(at)? {
            Value::Text(text) => Ok(text),
            _ => Err(Failure::NoOverload),
        }
    }

    pub(super) fn int(&self, at: usize) -> Result<i64, Failure> {
        match self.value(at)? {
            Value::Int(number) => Ok(*number),
            _ => Err(Failure::NoOverload),
        }
    }

    /// An int that may be left out.
    pub(super) fn int_or(&self, at: usize, absent: i64) -> Result<i64, Failure> {
        if self.has(at) { self.int(at) } else { Ok(absent) }
    }

    pub(super) fn flag(&self, at: usize) -> Result<bool, Failure> {
        match self.value(at)? {
            Value::Bool(value) => Ok(*value),
            _ => Err(Failure::NoOverload),
        }
    }

    pub(super) fn list(&self, at: usize) -> Result<&'c Arc<Vec<Value>>, Failure> {
        match self.value(at)? {
            Value::List(items) => Ok(items),
            _ => Err(Failure::NoOverload),
        }
    }

    pub(super) fn other(&self, at: usize) -> Result<&'c Other, Failure> {
        match self.value(at)? {
            Value::Other(other) => Ok(other),
            _ => Err(Failure::NoOverload),
        }
    }

    /// A new string, paid for.
    pub(super) fn new_text(&mut self, text: &str) -> Result<Value, Failure> {
        self.budget.pay_text(text.len())?;
        Ok(Value::text(text))
    }
}
