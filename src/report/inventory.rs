//! The inventory: for people, programs, spreadsheets, and as a page. What is made of records still has to be masked.

mod cells;

mod csv;
mod markdown;
mod table;

use super::Style;
use super::json::line;
use super::page::{Kind, page};
use crate::inventory::record::Record;

/// One JSON object a line; version 1 of [`crate::inventory::JSON_SCHEMA`].
#[must_use]
pub fn json_lines(records: &[Record]) -> String {
    records.iter().map(line).collect()
}

/// A table that fits the terminal.
#[must_use]
pub fn text(records: &[Record], style: &Style) -> String {
    table::render(records, style)
}

/// Comma-separated values (RFC 4180). No cell begins a formula.
#[must_use]
pub fn csv(records: &[Record]) -> String {
    csv::render(records)
}

/// A table in Markdown.
#[must_use]
pub fn markdown(records: &[Record]) -> String {
    markdown::render(records)
}

/// A page to search, sort and filter, made of what [`json_lines`] gave, once it was masked. It needs nothing else.
#[must_use]
pub fn html(json_lines: &str) -> String {
    let records: Vec<&str> = json_lines.lines().filter(|line| !line.trim().is_empty()).collect();
    page(Kind::Identities, &format!("[{}]", records.join(",\n")))
}
