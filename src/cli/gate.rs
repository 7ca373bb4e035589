//! How strictly a run judges, as clap reads it.

use clap::{Args, ValueEnum};

use crate::finding::Severity;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PresetChoice {
    /// What a legacy repository can adopt in an hour
    Baseline,
    /// The default
    Recommended,
    /// The target for production
    Strict,
    /// Everything as info; nothing fails
    Audit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Gate {
    /// Exit 1 on errors
    Error,
    /// Exit 1 on warnings and errors
    Warning,
    /// Exit 1 on any finding
    Info,
    /// Never exit 1
    Never,
}

impl Gate {
    /// The lowest severity that fails the run.
    pub(super) fn lowest(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct BaseFlags {
    /// Report only what is new since the change began from REV (`origin/main`); the rest is counted
    #[arg(long, value_name = "REV")]
    pub(super) base: Option<String>,

    /// Judge git's index as the next commit will have it, and report only what that commit brings; done at once where
    /// nothing is staged that could matter
    #[arg(long, conflicts_with_all = ["base", "fix", "unsafe_fixes", "diff", "write_baseline"])]
    pub(super) staged: bool,
}
