//! What is written of a run, and where, as clap reads it.

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use crate::report::{Detail, Format, GroupBy, Shown};

/// What findings are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum GroupChoice {
    /// By rule
    Rule,
    /// By identity; without one by chart, kustomization or folder
    Identity,
    /// By file
    File,
    /// By who answers for the object
    Owner,
}

/// How a run is reported.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct OutputFlags {
    /// How standard output is written [default: github in a step of GitHub Actions, else text]
    #[arg(long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(Format::WORDS))]
    format: Option<String>,

    /// Write to FILE too; its name says the format (.json, .sarif, .rdjson, .md, .xml, .html, .txt), or `sarif=FILE` does. May be repeated
    #[arg(long, value_name = "[FORMAT=]FILE")]
    pub(super) output: Vec<String>,

    /// Show excerpts, reasons and fixes of every finding [default: where there are at most ten]
    #[arg(long, short, group = "detail")]
    pub(super) verbose: bool,

    /// Show only what fails the run, one line each
    #[arg(long, short, group = "detail", conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// Show only how often each form of each rule was found
    #[arg(long, group = "detail", conflicts_with_all = ["verbose", "quiet"])]
    pub(super) statistics: bool,

    /// What findings are grouped by [default: identity]
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with = "detail")]
    pub(super) group_by: Option<GroupChoice>,

    /// Show every group of findings, and all of it
    #[arg(long, conflicts_with = "detail")]
    pub(super) all: bool,

    /// Print what `-` reads as it came where nothing fails, and nothing where something does; the report goes to standard error
    #[arg(long, conflicts_with_all = ["write_baseline", "fix", "unsafe_fixes", "diff"])]
    pub(super) passthrough: bool,
}

impl OutputFlags {
    /// What text shows; what fails the run is not known here.
    pub(super) fn shown(&self) -> Shown {
        let detail = if self.verbose {
            Detail::Whole
        } else if self.quiet {
            Detail::Failing
        } else if self.statistics {
            Detail::Counts
        } else {
            Detail::Fitting
        };
        let group_by = self.group_by.map(|by| match by {
            GroupChoice::Rule => GroupBy::Rule,
            GroupChoice::Identity => GroupBy::Identity,
            GroupChoice::File => GroupBy::File,
            GroupChoice::Owner => GroupBy::Owner,
        });
        Shown { detail, group_by, all: self.all, ..Shown::default() }
    }

    /// How standard output is written. What text alone can show is asked of text.
    pub(super) fn format(&self) -> Result<Format, String> {
        if let Some(word) = &self.format {
            return word.parse();
        }
        let is_step = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let annotates = is_step && self.shown() == Shown::default();
        Ok(if annotates { Format::Github } else { Format::Text })
    }

    /// The files to write, each in its format.
    pub(super) fn files(&self) -> Result<Vec<(Format, String)>, String> {
        self.output.iter().map(|output| self.file(output)).collect()
    }

    fn file(&self, output: &str) -> Result<(Format, String), String> {
        if let Some((word, file)) = output.split_once('=').filter(|(word, _)| Format::WORDS.contains(word)) {
            return Ok((word.parse()?, file.to_owned()));
        }
        let name = output.to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        let asked = self.format()?;
        let format = if ends(&[".sarif", ".sarif.json"]) {
            Format::Sarif
        } else if ends(&[".rdjson", ".rdjson.json"]) {
            Format::Rdjson
        } else if ends(&["gl-code-quality-report.json"]) {
            Format::Gitlab
        } else if ends(&[".json"]) {
            // Three of the formats are JSON as well.
            if matches!(asked, Format::Sarif | Format::Rdjson | Format::Gitlab) {
                asked
            } else {
                Format::Json
            }
        } else if ends(&[".md", ".markdown"]) {
            Format::Markdown
        } else if ends(&[".xml"]) {
            Format::Junit
        } else if ends(&[".html", ".htm"]) {
            Format::Html
        } else if ends(&[".txt", ".text", ".log"]) {
            Format::Text
        } else {
            let words = Format::WORDS.join(", ");
            return Err(format!(
                "`--output {output}`: no format is known by this name; write `--output FORMAT={output}` with one of {words}"
            ));
        };
        Ok((format, output.to_owned()))
    }
}
