//! A finished run in words: one pure file a format.
//!
//! Nothing here judges, reads the disk or prints; a format never changes what was found. Everything that stems from
//! the input goes through the report's masks, so that no secret value leaves the process. Names of objects and files
//! are not masked: they are what a reader needs to find the place.

use std::str::FromStr;

use crate::catalog::Catalog;
use crate::finding::{Report, Severity};
use crate::source::{SourceMap, without_logins};

mod accepted;
mod unified;

mod hunk;
mod layout;
mod line_hash;
mod place;
pub mod rendered;

mod excerpt;
mod phrases;
mod rank;
mod whole_lines;

mod book;
mod github;
mod json;
mod junit;
mod markup;
pub mod mistakes;
mod page;
mod picture;

pub mod access;
pub mod exceptions;
mod gitlab;
pub mod inventory;
mod markdown;
mod rdjson;
pub mod roots;
pub mod rules;
mod sarif;

mod groups;
mod head;
mod overview;

mod brief;
mod short;
mod statistics;
mod text;
pub mod vap;

mod texts;

pub mod reach;

pub mod diff;
#[cfg(feature = "annotate")]
pub(crate) mod review;

pub use layout::counted;
pub use unified::{Side, hunks};

/// JSON Schema of version 1 of the JSON report, as printed by `nhilint schema report`.
pub const JSON_SCHEMA: &str = include_str!("report.schema.json");

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal or a log.
    #[default]
    Text,
    /// For programs: version 1 of our own format, see [`JSON_SCHEMA`].
    Json,
    /// SARIF 2.1.0 as GitHub code scanning reads it.
    Sarif,
    /// Workflow commands, which GitHub Actions turns into annotations.
    Github,
    /// Markdown, for the summary of a job or a note on a change.
    Markdown,
    /// GitLab's Code Quality report.
    Gitlab,
    /// JUnit's XML.
    Junit,
    /// Diagnostics with suggestions, as reviewdog reads them.
    Rdjson,
    /// A page to search and filter, which needs nothing else.
    Html,
}

words!(Format {
    Text => "text", Json => "json", Sarif => "sarif", Github => "github", Markdown => "markdown", Gitlab => "gitlab",
    Junit => "junit", Rdjson => "rdjson", Html => "html"
});

impl Format {
    /// Every format, in the order of the help text.
    pub const ALL: [Self; 9] = [
        Self::Text,
        Self::Json,
        Self::Sarif,
        Self::Github,
        Self::Markdown,
        Self::Gitlab,
        Self::Junit,
        Self::Rdjson,
        Self::Html,
    ];

    /// The words of [`Format::ALL`], for the command line.
    pub const WORDS: [&'static str; 9] =
        ["text", "json", "sarif", "github", "markdown", "gitlab", "junit", "rdjson", "html"];
}

impl FromStr for Format {
    type Err = String;

    /// Reads one of [`Format::WORDS`].
    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|format| format.word() == word)
            .ok_or_else(|| format!("`{word}` is no format; there are {}", Self::WORDS.join(", ")))
    }
}

/// What the place where text is shown can do; `cli` decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent abilities of a terminal")]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// Box-drawing characters; without them text is laid out for logs, with the place first on the line.
    pub unicode: bool,
    /// Columns to wrap prose at.
    pub width: usize,
    /// OSC 8 hyperlinks.
    pub links: bool,
    /// Excerpts of the source under each finding.
    pub snippets: bool,
    /// What of the run is shown.
    pub shown: Shown,
}

/// What of a run text shows; `cli` decides it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// How much of each finding.
    pub detail: Detail,
    /// What findings are grouped by; none: by identity, where they are listed in groups.
    pub group_by: Option<GroupBy>,
    /// Every group, and every line of it.
    pub all: bool,
    /// The lowest severity that fails the run.
    pub fails_at: Option<Severity>,
    /// Whether what kept the job from being done whole is shown elsewhere.
    pub errors_elsewhere: bool,
}

/// How much text says of each finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Everything of a few findings, and one line of each of many.
    #[default]
    Fitting,
    /// Everything: excerpts, why it matters, fixes.
    Whole,
    /// Only findings that fail the run, one line each.
    Failing,
    /// Only counts by rule and form.
    Counts,
    /// What is read before a commit: the worst, one line each, in at most twenty lines.
    Brief,
}

/// What findings are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// Their rule.
    Rule,
    /// Their identity; those without one by what they were rendered from, or by their folder.
    Identity,
    /// Their file.
    File,
    /// Who answers for their object.
    Owner,
}

impl Style {
    /// For a log, a pipe or a file: no colour, ASCII, 100 columns.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            color: false,
            unicode: false,
            width: 100,
            links: false,
            snippets: true,
            shown: Shown::default(),
        }
    }
}

/// An output for a terminal or a log: no line of it begins a command of the GitHub runner, and no address shows a login.
#[must_use]
pub fn for_log(text: &str) -> String {
    layout::without_commands(without_logins(text).into_owned())
}

/// The same for a message: on one line, with what nobody sees written out.
#[must_use]
pub fn message_for_log(text: &str) -> String {
    for_log(&layout::one_line(text))
}

/// Why a run does not end with 0, if so. `fails_at`: the lowest severity that fails it.
#[must_use]
pub fn exit_reason(report: &Report, fails_at: Option<Severity>) -> Option<String> {
    phrases::exit(report, fails_at)
}

/// What of a report as [`Format::Markdown`] fits into some bytes, in whole lines; nothing where that is too little to
/// say anything.
#[must_use]
pub fn fitting_summary(markdown: &str, bytes: usize) -> String {
    markdown::fitting(markdown, bytes)
}

/// Writes a report. Only [`Format::Text`] uses the whole style; [`Format::Markdown`] and [`Format::Junit`] use what fails
/// the run.
#[must_use]
pub fn render(
    format: Format,
    report: &Report,
    catalog: &Catalog,
    sources: &SourceMap,
    style: &Style,
) -> String {
    match format {
        Format::Text => texts::render(report, catalog, sources, style),
        Format::Json => json::render(report, catalog, sources),
        Format::Sarif => sarif::render(report, catalog, sources),
        Format::Github => github::render(report, catalog, sources),
        Format::Markdown => markdown::render(report, catalog, sources, style),
        Format::Gitlab => gitlab::render(report, catalog, sources),
        Format::Junit => junit::render(report, catalog, sources, style),
        Format::Rdjson => rdjson::render(report, catalog, sources),
        Format::Html => page::page(page::Kind::Findings, &json::render(report, catalog, sources)),
    }
}
