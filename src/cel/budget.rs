//! What an expression may cost.

use super::fault::Failure;

/// So many bytes of text cost one unit.
const BYTES: usize = 16;

/// Work that is left. A unit is about a step: a value that is read, an item that is looped over, sixteen bytes that are
/// copied. Nothing is copied or looped over before it is paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    left: u64,
}

impl Budget {
    /// A budget of so many units.
    #[must_use]
    pub fn of(units: u64) -> Self {
        Self { left: units }
    }

    /// What is left of it.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    pub(super) fn pay(&mut self, units: usize) -> Result<(), Failure> {
        let left = self.left.checked_sub(units as u64);
        self.left = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Failure::Spent)
    }

    /// For text of so many bytes.
    pub(super) fn pay_text(&mut self, bytes: usize) -> Result<(), Failure> {
        self.pay(bytes / BYTES + 1)
    }
}
