//! The keys of maps: what can be one, and which are equal.

use std::sync::Arc;

/// A key. Whole numbers of every type are one key where they are one number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that is too large for [`Key::Int`].
    Uint(u64),
    /// A string.
    Text(Arc<str>),
}

impl Key {
    /// The key of an unsigned number.
    pub(super) fn unsigned(number: u64) -> Self {
        i64::try_from(number).map_or(Self::Uint(number), Self::Int)
    }

    /// The key of a number that has no fraction.
    pub(super) fn double(number: f64) -> Option<Self> {
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;
        #[expect(clippy::cast_possible_truncation, reason = "whole and within the range of i64")]
        (number.fract() == 0.0 && (-LIMIT..LIMIT).contains(&number)).then_some(Self::Int(number as i64))
    }
}
