//! The inventory for programs.

use super::json::line;
use crate::inventory::record::Record;
use crate::source::Masks;

/// One JSON object a line; version 1 of [`crate::inventory::JSON_SCHEMA`].
#[must_use]
pub fn json_lines(records: &[Record], masks: &Masks) -> String {
    let lines: String = records.iter().map(line).collect();
    masks.masked_text(&lines).into_owned()
}
