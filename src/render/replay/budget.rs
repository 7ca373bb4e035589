//! How much work a replay may do: the input is hostile, and everything that copies, walks or compares spends from it.

use std::cell::Cell;

/// Nodes that are made, copied or compared; a step is about a microsecond and a hundred bytes. A root with a hundred
/// thousand fields pays a fifth of it.
const STEPS: u64 = 3_000_000;

/// The depth of trees: walks through them recurse.
pub(super) const DEPTH: usize = 600;

/// What is left to spend.
#[derive(Debug)]
pub(super) struct Budget {
    left: Cell<u64>,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { left: Cell::new(STEPS) }
    }

    /// Takes steps away; false if none are left.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let left = self.left.get().saturating_sub(steps as u64);
        self.left.set(left);
        left > 0
    }

    /// Is nothing left? Then what was made may be cut short anywhere.
    pub(super) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }
}
