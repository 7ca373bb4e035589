//! The flags of `inventory`, as clap reads them.

use clap::{Args, ValueEnum};

use super::shared_flags::RenderFlags;

/// How the inventory is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum InventoryFormat {
    /// A JSON object a line, one for each identity: `nhilint schema inventory` describes it
    #[default]
    Jsonl,
}

/// `nhilint inventory`.
#[derive(Args, Debug)]
#[command(after_help = "\
Files of many repositories are one table: each line says its repository.

Examples:
  nhilint inventory > identities.jsonl
  nhilint inventory . | jq -r 'select(.tier.reachable == \"T0\" and .owner == null) | .id'")]
pub(super) struct InventoryFlags {
    /// Files, directories, globs, or `-` for standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub(super) paths: Vec<String>,

    /// How it is written
    #[arg(long, value_enum, default_value = "jsonl", value_name = "FORMAT")]
    pub(super) format: InventoryFormat,

    /// What the repository is called in each record [default: the address of its remote]
    #[arg(long, value_name = "NAME")]
    pub(super) repository: Option<String>,

    /// The moment that expiry is judged at, as 2027-01-31 [default: now]
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<String>,

    #[command(flatten)]
    pub(super) render: RenderFlags,
}
