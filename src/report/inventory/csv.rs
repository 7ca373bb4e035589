//! The inventory for auditors: a line for each identity, as spreadsheets read it (RFC 4180).

use super::cells::{Longest, count, exception, longest, owner, workloads};
use crate::finding::Severity;
use crate::graph::record::Location;
use crate::inventory::record::Record;
use crate::report::layout::one_line;

/// The columns, in their order. More are added at the end, and none is renamed.
const COLUMNS: [&str; 32] = [
    "repository",
    "id",
    "cluster",
    "namespace",
    "name",
    "origin",
    "environment",
    "namespace_tier",
    "owner",
    "owner_level",
    "purpose",
    "dependencies",
    "workloads",
    "classes",
    "exposed",
    "credentials",
    "longest_credential_seconds",
    "secrets",
    "tier_direct",
    "tier_reachable",
    "confidence",
    "way",
    "cloud",
    "exceptions",
    "review_last",
    "review_due",
    "review_overdue",
    "errors",
    "warnings",
    "findings",
    "break_glass",
    "declared",
];

/// Writes it.
pub(super) fn render(records: &[Record]) -> String {
    let mut out = COLUMNS.join(",") + "\r\n";
    for record in records {
        let cells: Vec<String> = cells(record).iter().map(|cell| quoted(cell)).collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

fn cells(record: &Record) -> [String; 32] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let word = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let review = record.review.as_ref();
    let mut rules: Vec<&str> = record.findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    let credentials = record.credentials.iter().map(|credential| {
        let what = credential.what.as_ref().map(|what| format!(" {what}")).unwrap_or_default();
        format!("{}{what}", credential.kind.word())
    });
    let secrets = record.secrets.iter().map(|secret| {
        format!("{}/{} ({})", secret.namespace.as_deref().unwrap_or("?"), secret.name, secret.store)
    });
    let cloud = record.cloud.iter().map(|cloud| format!("{} {}", cloud.provider, cloud.identity));
    let seconds = match longest(record) {
        Longest::Without => String::new(),
        Longest::Never => "never".to_owned(),
        Longest::Seconds(seconds) => seconds.to_string(),
    };
    [
        text(&record.repository),
        record.id.clone(),
        text(&record.cluster),
        text(&record.namespace),
        record.name.clone(),
        record.origin.word().to_owned(),
        text(&record.environment),
        text(&record.namespace_tier),
        owner(record).to_owned(),
        record.owner.as_ref().map(|owner| owner.level.to_owned()).unwrap_or_default(),
        text(&record.purpose),
        record.dependencies.join("; "),
        workloads(record).join("; "),
        record.classes.join("; "),
        word(record.exposed),
        listed(credentials),
        seconds,
        listed(secrets),
        record.tier.direct.to_string(),
        record.tier.reachable.to_string(),
        record.tier.confidence.word().to_owned(),
        listed(record.tier.path.iter().map(|step| step.words.clone())),
        listed(cloud),
        listed(record.exceptions.iter().map(exception)),
        review.and_then(|review| review.last.clone()).unwrap_or_default(),
        review.and_then(|review| review.by.clone()).unwrap_or_default(),
        review.and_then(|review| review.overdue).map(word).unwrap_or_default(),
        count(record, Severity::Error).to_string(),
        count(record, Severity::Warning).to_string(),
        rules.join("; "),
        word(record.break_glass),
        record.declared.as_ref().map(|Location { file, line }| format!("{file}:{line}")).unwrap_or_default(),
    ]
}

/// Each once, in their order.
fn listed(words: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        if all.last() != Some(&word) {
            all.push(word);
        }
    }
    all.join("; ")
}

/// A cell that spreadsheets take for text: one that would begin a formula begins with an apostrophe (OWASP, "CSV
/// Injection").
fn quoted(cell: &str) -> String {
    let cell = one_line(cell);
    let begins = |first: char| matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%');
    let is_formula = cell.trim_start().starts_with(begins);
    let cell = if is_formula { format!("'{cell}") } else { cell };
    if cell.contains([',', '"', '\r', '\n', ';', '\'']) || cell.trim() != cell {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn cells_are_text() {
        for (cell, shown) in [
            ("team-shop", "team-shop"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            (" =cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("＝1", "\"'＝1\""),
            ("", ""),
        ] {
            assert_eq!(quoted(cell), shown);
        }
        assert!(
            !quoted("a\r\nb\u{1b}[2J").contains(['\r', '\n', '\u{1b}']),
            "one line, and nothing that is obeyed"
        );
        assert!(quoted("\t=1").starts_with(['"', '\\']), "{}", quoted("\t=1"));
    }
}
