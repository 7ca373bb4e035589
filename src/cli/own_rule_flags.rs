//! The flags of rules that users write.

use clap::{Args, Subcommand, ValueEnum};

/// Where rules of users stand.
#[derive(Args, Debug, Default)]
pub(super) struct OwnRuleFlags {
    /// Take the rules in DIR too: YAML cards whose `cel` is true where all is right. May be repeated
    #[arg(long = "rules", value_name = "DIR")]
    pub(super) folders: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesWhat {
    /// Run the examples of rules of your own: what is drawn under `bad` is found, and nothing in `good`
    Test {
        /// Folders or cards
        #[arg(required = true, value_name = "DIR")]
        folders: Vec<String>,
    },
    /// Print rules of your own for the cluster to enforce; those that look at more than `object` cannot be
    Export {
        /// What they become
        #[arg(long, value_enum, value_name = "FORMAT")]
        format: ExportFormat,

        /// Folders or cards
        #[arg(required = true, value_name = "DIR|CARD")]
        folders: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ExportFormat {
    /// A ValidatingAdmissionPolicy and its binding
    Vap,
}
