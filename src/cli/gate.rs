//! How strictly a run judges, as clap reads it.

use clap::ValueEnum;

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
