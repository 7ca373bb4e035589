//! Flags of `annotate`, as clap reads them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Where comments are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Host {
    /// A review and a summary on the pull request
    Github,
    /// A note on the merge request
    Gitlab,
}

#[derive(Args, Debug)]
#[command(after_help = "\
GitHub: GITHUB_TOKEN holds the token, which may write pull requests. GITHUB_API_URL, GITHUB_REPOSITORY and
GITHUB_EVENT_PATH are set by the runner. GitLab: GITLAB_TOKEN holds one with the scope `api`; CI_API_V4_URL,
CI_PROJECT_ID and CI_MERGE_REQUEST_IID are set in pipelines of merge requests. HTTPS_PROXY and NO_PROXY count.

Where comments cannot be written, the findings are shown as annotations and in the summary of the step. The exit code
is 0 then too, as `check` alone decides what passes; 2 is for wrong flags and files.

Examples:
  nhilint check --base origin/main --output report.json --fail-on never
  nhilint annotate --report report.json
  nhilint annotate --report artifact/report.json --untrusted --pull-request artifact/pull-request")]
pub(super) struct AnnotateFlags {
    /// What `check --output report.json` wrote
    #[arg(long, value_name = "FILE")]
    pub(super) report: PathBuf,

    /// What `nhilint diff` wrote, as JSON or Markdown, for the summary
    #[arg(long, value_name = "FILE")]
    pub(super) diff: Option<PathBuf>,

    /// The files come from a run that a stranger could change: take over only rules, places and names, and no fixes
    #[arg(long, requires = "pull_request")]
    pub(super) untrusted: bool,

    /// With --untrusted: a file with the number of the pull request, which counts only if the run was about its newest
    /// commit
    #[arg(long, value_name = "FILE", requires = "untrusted")]
    pub(super) pull_request: Option<PathBuf>,

    /// Where comments are written [default: by the environment]
    #[arg(long, value_enum, value_name = "HOST")]
    pub(super) host: Option<Host>,

    /// Whose comments on GitHub are those of earlier runs: who the token belongs to
    #[arg(long, value_name = "LOGIN", default_value = "github-actions[bot]")]
    pub(super) login: String,
}
