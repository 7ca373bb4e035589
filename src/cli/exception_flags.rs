//! The flags of what concerns exceptions, as clap reads them.

use clap::Args;

use super::shared_flags::{ListFormat, RenderFlags};
use crate::config::Settings;

/// Where exceptions are listed.
#[derive(Args, Debug)]
pub(super) struct ExceptionFlags {
    /// Take the exceptions that are listed in FILE; may be repeated [default: those of the settings, else
    /// .nhi/exceptions.yaml of the repository]
    #[arg(long, value_name = "FILE")]
    pub(super) exceptions: Vec<String>,
}

impl ExceptionFlags {
    /// Takes the named files and not those of the settings.
    pub(super) fn choose(&self, settings: &mut Settings) {
        if !self.exceptions.is_empty() {
            settings.exception_files = Some(self.exceptions.clone());
        }
    }
}

/// `nhilint exceptions`.
#[derive(Args, Debug)]
#[command(after_help = "\
Exceptions stand in `.nhi/exceptions.yaml`, in annotations such as
  nhilint.dev/except.NHI204: \"owner team-x; until 2027-01-31; why it cannot be mended yet\"
and in comments on the line or the line above it:
  # nhilint: except NHI204 until 2027-01-31 owner team-x: why it cannot be mended yet")]
pub(super) struct ExceptionsFlags {
    /// Files, directories, globs, or `-` for standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub(super) paths: Vec<String>,

    /// How the list is printed
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(super) format: ListFormat,

    #[command(flatten)]
    pub(super) from: ExceptionFlags,

    /// The moment that their ends are judged at, as 2027-01-31 [default: now]
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<String>,

    #[command(flatten)]
    pub(super) render: RenderFlags,
}

/// `nhilint except`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  nhilint except apps/export.yaml:19 --until 2027-01-31 --owner team-x --reason \"image 4.x reads no file\"
  nhilint except ba7291fb84268423 --until 2027-01-31 --owner team-x --approver security --reason \"…\"

The entry is tried before it is written: where it would not count, the reason is said and nothing is written.")]
pub(super) struct ExceptFlags {
    /// The finding: its fingerprint or the beginning of it, or the file and line where it stands
    #[arg(value_name = "FINGERPRINT|FILE:LINE")]
    pub(super) finding: String,

    /// What is linted to find it: files, directories, globs
    #[arg(default_value = ".", value_name = "PATH")]
    pub(super) paths: Vec<String>,

    /// Its last day, as 2027-01-31
    #[arg(long, value_name = "DATE")]
    pub(super) until: String,

    /// Who is to mend the flaw
    #[arg(long, value_name = "NAME")]
    pub(super) owner: String,

    /// What keeps it from being mended now
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,

    /// Who approved it
    #[arg(long, value_name = "NAME")]
    pub(super) approver: Option<String>,

    /// The ticket
    #[arg(long, value_name = "TICKET")]
    pub(super) ticket: Option<String>,

    /// The rule, where several findings stand on the line
    #[arg(long, value_name = "RULE")]
    pub(super) rule: Option<String>,

    #[command(flatten)]
    pub(super) to: ExceptionFlags,

    /// The day that it is made, as 2027-01-31 [default: today]
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<String>,

    #[command(flatten)]
    pub(super) render: RenderFlags,
}
