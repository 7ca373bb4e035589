//! A finished run in words: one pure file a format.
//!
//! Nothing here judges, reads the disk or prints; a format never changes what was found. Everything that stems from
//! the input goes through the report's masks, so that no secret value leaves the process. Names of objects and files
//! are not masked: they are what a reader needs to find the place.

use std::str::FromStr;

use crate::catalog::Catalog;
use crate::finding::Report;
use crate::source::{SourceMap, without_logins};

mod hunk;
mod layout;
mod line_hash;
mod place;
pub mod rendered;

mod excerpt;
mod phrases;

mod book;
mod github;
mod json;
mod picture;

pub mod access;
mod rdjson;
pub mod roots;
pub mod rules;
mod sarif;
mod text;
pub mod vap;

pub mod reach;

pub use layout::counted;

/// Where people read about the program.
const HOME: &str = "https://nhilint.dev";

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
    /// Diagnostics with suggestions, as reviewdog reads them.
    Rdjson,
}

words!(Format {
    Text => "text", Json => "json", Sarif => "sarif", Github => "github", Rdjson => "rdjson"
});

impl Format {
    /// Every format, in the order of the help text.
    pub const ALL: [Self; 5] = [Self::Text, Self::Json, Self::Sarif, Self::Github, Self::Rdjson];

    /// The words of [`Format::ALL`], for the command line.
    pub const WORDS: [&'static str; 5] = ["text", "json", "sarif", "github", "rdjson"];
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
}

impl Style {
    /// For a log, a pipe or a file: no colour, ASCII, 100 columns.
    #[must_use]
    pub fn plain() -> Self {
        Self { color: false, unicode: false, width: 100, links: false, snippets: true }
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

/// Writes a report. Only [`Format::Text`] uses the style.
#[must_use]
pub fn render(
    format: Format,
    report: &Report,
    catalog: &Catalog,
    sources: &SourceMap,
    style: &Style,
) -> String {
    match format {
        Format::Text => text::render(report, catalog, sources, style),
        Format::Json => json::render(report, catalog, sources),
        Format::Sarif => sarif::render(report, catalog, sources),
        Format::Github => github::render(report, catalog, sources),
        Format::Rdjson => rdjson::render(report, catalog, sources),
    }
}
