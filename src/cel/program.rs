//! An expression that was read, and can be evaluated.

use std::sync::Mutex;

use super::budget::Budget;
use super::evaluate::Evaluation;
use super::fault::Fault;
use super::parser::parse;
use super::pattern::Patterns;
use super::syntax::{Expression, Kind};
use super::value::Value;

/// An expression over variables of given names.
#[derive(Debug)]
pub struct Program {
    text: String,
    root: Expression,
    names: Vec<String>,
    /// Patterns that it compiled.
    patterns: Mutex<Patterns>,
}

impl PartialEq for Program {
    /// The same text over the same variables.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.names == other.names
    }
}

impl Program {
    /// Reads an expression over variables of these names.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn parse(text: &str, names: &[&str]) -> Result<Self, Fault> {
        Ok(Self {
            text: text.to_owned(),
            root: parse(text, names)?,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            patterns: Mutex::default(),
        })
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The type of its value, where no other is possible; and where that is decided.
    #[must_use]
    pub fn known_type(&self) -> Option<(&'static str, std::ops::Range<usize>)> {
        Some((self.root.known_type?, self.root.at.clone()))
    }

    /// Whether it reads a variable, and where it does first.
    #[must_use]
    pub fn first_use(&self, name: &str) -> Option<std::ops::Range<usize>> {
        let number = self.names.iter().position(|known| known == name)?;
        let mut found: Vec<_> = Vec::new();
        visit(&self.root, &mut |node| {
            if matches!(node.kind, Kind::Global(global) if global == number) {
                found.push(node.at.clone());
            }
        });
        found.into_iter().min_by_key(|at| at.start)
    }

    /// What it is worth where the variables have these values, in the order of their names.
    ///
    /// # Errors
    ///
    /// What cannot be done, and where in the expression.
    ///
    /// # Panics
    ///
    /// Where there are not as many values as names: a slip of the caller.
    pub fn evaluate(&self, values: &[Value], budget: &mut Budget) -> Result<Value, Fault> {
        assert_eq!(values.len(), self.names.len(), "a value for each name");
        let mut patterns = self.patterns.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut evaluation =
            Evaluation { globals: values, locals: Vec::new(), budget, patterns: &mut patterns };
        evaluation.value(&self.root)
    }
}

/// Every node.
fn visit(node: &Expression, see: &mut impl FnMut(&Expression)) {
    see(node);
    let mut all = |nodes: &[&Expression]| nodes.iter().for_each(|node| visit(node, see));
    match &node.kind {
        Kind::Constant(_) | Kind::Global(_) | Kind::Local(_) => {}
        Kind::Field { of, .. } | Kind::Has { of, .. } | Kind::Not(of) | Kind::Negate(of) => all(&[of]),
        Kind::Index { of, at, .. } => all(&[of, at]),
        Kind::List(items) => items.iter().for_each(|(item, _)| all(&[item])),
        Kind::Map(entries) => entries.iter().for_each(|(key, value, _)| all(&[key, value])),
        Kind::Binary(_, a, b) => all(&[a, b]),
        Kind::And(operands) | Kind::Or(operands) | Kind::Call { arguments: operands, .. } => {
            for operand in operands {
                all(&[operand]);
            }
        }
        Kind::Choice(parts) => parts.iter().for_each(|part| all(&[part])),
        Kind::Loop(looped) => {
            all(&[&looped.range, &looped.body]);
            looped.filter.iter().for_each(|filter| all(&[filter]));
        }
        Kind::OptionalMap { of, body, .. } => all(&[of, body]),
    }
}
