//! The functions: those of the language, of its extensions, and of Kubernetes 1.34.

mod conversion;
pub(super) mod lists;
mod net;
mod optional;
mod quantity;
mod sets;
mod texts;
mod time;
mod url;
mod version;

mod format;
mod named;

use std::ops::RangeInclusive;

use super::arguments::Call;
use super::fault::Failure;
use super::value::Value;

/// A function: several may share a name, for other types.
#[derive(Debug)]
pub(super) struct Function {
    /// `sets.contains`, `startsWith`.
    pub(super) name: &'static str,
    /// Whether it is written after a value and a dot.
    pub(super) is_method: bool,
    /// How many arguments it takes, the value before the dot included.
    pub(super) arguments: RangeInclusive<usize>,
    /// What it does.
    pub(super) run: fn(&mut Call<'_>) -> Result<Value, Failure>,
}

/// A function that is written before its arguments.
const fn global(
    name: &'static str,
    arguments: RangeInclusive<usize>,
    run: fn(&mut Call<'_>) -> Result<Value, Failure>,
) -> Function {
    Function { name, is_method: false, arguments, run }
}

/// A function that is written after its first argument.
const fn method(
    name: &'static str,
    arguments: RangeInclusive<usize>,
    run: fn(&mut Call<'_>) -> Result<Value, Failure>,
) -> Function {
    Function { name, is_method: true, arguments, run }
}

const LIBRARIES: &[&[Function]] = &[
    conversion::FUNCTIONS,
    format::FUNCTIONS,
    lists::FUNCTIONS,
    named::FUNCTIONS,
    net::FUNCTIONS,
    optional::FUNCTIONS,
    quantity::FUNCTIONS,
    sets::FUNCTIONS,
    texts::FUNCTIONS,
    time::FUNCTIONS,
    url::FUNCTIONS,
    version::FUNCTIONS,
];

/// The functions of a name.
pub(super) fn named(name: &str) -> impl Iterator<Item = &'static Function> {
    LIBRARIES.iter().flat_map(|library| library.iter()).filter(move |function| function.name == name)
}

/// The names of all functions, sorted.
#[must_use]
pub fn names() -> Vec<&'static str> {
    let all = LIBRARIES.iter().flat_map(|library| library.iter());
    let mut names: Vec<&str> = all.map(|function| function.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}
