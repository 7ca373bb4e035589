//! The flags of `diff`, as clap reads them.

use clap::{Args, ValueEnum};

use super::gate::Gate;
use super::shared_flags::{ColorChoice, RenderFlags};

/// How a diff is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum DiffFormat {
    /// For people
    #[default]
    Text,
    /// For a pull request, with drawings of the ways
    Markdown,
    /// For programs: `nhilint schema diff` describes it
    Json,
}

/// `nhilint diff`.
#[derive(Args, Debug)]
#[command(after_help = "\
Both revisions are read from git, nothing is checked out. A change begins at the newest commit that
BASE and HEAD have in common. The settings are those of the base: a change does not choose its judge.

Exit codes: 0 nobody can do more and no new finding is at or above --fail-on, 1 the verdict is
`increased` or `unknown` or there is such a finding, 2 the job could not be done whole. With
--fail-on never it is 0 or 2.

Examples:
  nhilint diff main
  nhilint diff origin/main --format markdown >> \"$GITHUB_STEP_SUMMARY\"
  nhilint diff v1.4 v1.5 --format json | jq -r .verdict")]
pub(super) struct DiffFlags {
    /// The revision that the change goes into
    pub(super) base: String,

    /// The revision with the change [default: the working tree as it is]
    pub(super) head: Option<String>,

    /// Only files below PATH; may be repeated [default: the working directory]
    #[arg(long, value_name = "PATH")]
    pub(super) path: Vec<String>,

    /// How it is written
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(super) format: DiffFormat,

    /// Lowest severity of a new finding that fails the run
    #[arg(long, value_enum, default_value = "error", value_name = "SEVERITY")]
    pub(super) fail_on: Gate,

    /// The moment that expiry is judged at, as 2027-01-31 [default: now]
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<String>,

    /// When to colour
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(super) color: ColorChoice,

    #[command(flatten)]
    pub(super) render: RenderFlags,
}
