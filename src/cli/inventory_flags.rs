//! The flags of `inventory`, as clap reads them.

use std::path::Path;

use clap::{Args, ValueEnum};

use super::shared_flags::{ColorChoice, RenderFlags};

/// How the inventory is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum InventoryFormat {
    /// A table that fits the terminal
    #[default]
    Text,
    /// A JSON object a line, one for each identity: `nhilint schema inventory` describes it
    Jsonl,
    /// For spreadsheets: RFC 4180, no cell begins a formula
    Csv,
    /// A table in Markdown
    Markdown,
    /// One page that needs nothing else: search, sort, filter, and the way to the strongest permission drawn
    Html,
}

/// `nhilint inventory`.
#[derive(Args, Debug)]
#[command(after_help = "\
Files of many repositories are one table: each line says its repository.

Examples:
  nhilint inventory
  nhilint inventory . --output identities.html --output identities.csv
  nhilint inventory . --format jsonl | jq -r 'select(.tier.reachable == \"T0\" and .owner == null) | .id'")]
pub(super) struct InventoryFlags {
    /// Files, directories, globs, or `-` for standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub(super) paths: Vec<String>,

    /// How it is written
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(super) format: InventoryFormat,

    /// Write to FILE too; its name says the format (.jsonl, .csv, .md, .html, .txt), or `csv=FILE` does. May be repeated
    #[arg(long, value_name = "[FORMAT=]FILE")]
    pub(super) output: Vec<String>,

    /// What the repository is called in each record [default: the address of its remote]
    #[arg(long, value_name = "NAME")]
    pub(super) repository: Option<String>,

    /// The moment that expiry is judged at, as 2027-01-31 [default: now]
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<String>,

    /// When to colour
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(super) color: ColorChoice,

    #[command(flatten)]
    pub(super) render: RenderFlags,
}

impl InventoryFlags {
    /// The files to write, each in its format.
    pub(super) fn files(&self) -> Result<Vec<(InventoryFormat, &str)>, String> {
        self.output.iter().map(|output| file(output)).collect()
    }
}

fn file(output: &str) -> Result<(InventoryFormat, &str), String> {
    let word = |word: &str| InventoryFormat::from_str(word, false).ok();
    if let Some((format, file)) =
        output.split_once('=').and_then(|(format, file)| Some((word(format)?, file)))
    {
        return Ok((format, file));
    }
    let extension =
        Path::new(output).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let format = match extension.to_ascii_lowercase().as_str() {
        "jsonl" | "ndjson" => InventoryFormat::Jsonl,
        "csv" => InventoryFormat::Csv,
        "md" | "markdown" => InventoryFormat::Markdown,
        "html" | "htm" => InventoryFormat::Html,
        "txt" | "text" | "log" => InventoryFormat::Text,
        _ => {
            let words = "text, jsonl, csv, markdown, html";
            return Err(format!(
                "`--output {output}`: no format is known by this name; write `--output FORMAT={output}` with one of {words}"
            ));
        }
    };
    Ok((format, output))
}
