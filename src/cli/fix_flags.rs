//! Which fixes are wanted, as clap reads it.

use clap::Args;

use crate::finding::Applicability;
use crate::lint::{Effort, Wanted};

/// What becomes of fixes.
#[derive(Args, Debug)]
pub(super) struct FixFlags {
    /// Write fixes that cannot change what runs into the files; each is proved by rendering and linting again
    #[arg(long, group = "fixing")]
    pub(super) fix: bool,

    /// Print what --fix would change as a unified diff, and write nothing
    #[arg(long, group = "fixing", conflicts_with = "fix")]
    pub(super) diff: bool,

    /// With --fix or --diff: also fixes that may change what runs or what is granted
    #[arg(long, requires = "fixing")]
    pub(super) unsafe_fixes: bool,
}

impl FixFlags {
    /// Which fixes are to be tried, if any.
    pub(super) fn wanted(&self) -> Option<Wanted> {
        let most = if self.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
        (self.fix || self.diff).then(|| Wanted { most, writes: self.fix, effort: Effort::default() })
    }
}
