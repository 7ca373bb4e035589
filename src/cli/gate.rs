//! How strictly a run judges, as clap reads it.

use clap::{Args, ValueEnum};

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

#[derive(Args, Debug)]
pub(super) struct BaseFlags {
    /// Report only what is new since the change began from REV (`origin/main`); the rest is counted
    #[arg(long, value_name = "REV")]
    pub(super) base: Option<String>,
}
