//! The inventory as Markdown: what to attach to a review.

use std::fmt::Write as _;

use super::cells::{findings, first_workload, lifetime, name, owner, strongest_first, summary, tier};
use crate::inventory::record::Record;
use crate::report::fitting_summary;
use crate::report::markup::{cell, code};

/// GitHub drops a summary of more than 1,048,576 bytes.
const BYTES: usize = 1_000_000;

/// Writes it, the strongest first, as far as a summary takes it.
pub(super) fn render(records: &[Record]) -> String {
    let mut out = format!("## Non-human identities\n\n{}\n\n", summary(records));
    if !records.is_empty() {
        out.push_str("| Identity | Can reach | Owner | Environment | Runs as it | Longest credential | Cloud | Findings |\n");
        out.push_str("|---|---|---|---|---|---|---|---|\n");
    }
    for record in strongest_first(records) {
        let cloud: Vec<String> = record.cloud.iter().map(|cloud| code(&cloud.identity)).collect();
        let shown = |text: &str| if text.is_empty() { String::new() } else { code(text) };
        let owner = if record.owner.is_some() { code(owner(record)) } else { "nobody".to_owned() };
        let cells = [
            code(&name(record)),
            tier(record, "→"),
            owner,
            shown(record.environment.as_deref().unwrap_or_default()),
            shown(&first_workload(record)),
            lifetime(record),
            cloud.join(", "),
            findings(record),
        ];
        let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    fitting_summary(&out, BYTES)
}
