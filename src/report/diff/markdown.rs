//! A diff for a pull request: the verdict, a table for each bucket, the ways drawn.
//!
//! GitHub takes 65,536 characters of a comment, and draws no Mermaid text above 50,000 characters and no more than 500
//! edges (mermaid `maxTextSize`, `maxEdges`). What does not fit is counted.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{counts, place, revisions, sentence};
use crate::diff::record::{Became, Bucket, Diff, Direction, Row};
use crate::graph::record::StepRecord;
use crate::report::layout::counted;
use crate::report::markup::{cell, code, prose};
use crate::report::phrases::shortened;
use crate::report::reach::drawn_ways;

/// Bytes of the whole, below what a comment may have, so that others can add to it.
const BYTES: usize = 60_000;
/// Bytes of the drawing.
const DRAWN: usize = 12_000;
/// Ways that are drawn: more are no drawing that anybody reads.
const WAYS: usize = 8;
/// Characters of a cell.
const LONGEST: usize = 300;
/// New findings that are listed.
const FINDINGS: usize = 20;

/// Writes it.
#[must_use]
pub fn render(diff: &Diff) -> String {
    let mut out = format!("## Privilege: {}\n\n{}\n\n", diff.verdict.word(), sentence(diff));
    let _ = writeln!(out, "From {}. {}", code(&revisions(diff)), counts(diff));
    let drawing = drawing(diff);
    let findings = findings(diff);
    let room = BYTES.saturating_sub(drawing.len() + findings.len());
    let mut left_out = 0;
    for bucket in Bucket::ALL {
        let rows: Vec<&Row> = diff.rows.iter().filter(|row| row.bucket == bucket).collect();
        left_out += table(&mut out, bucket, &rows, room);
    }
    if left_out > 0 {
        let rest = counted(left_out, "more row");
        let _ = writeln!(out, "\n{rest}: `nhilint diff --format json` has all of them.");
    }
    out + &drawing + &findings
}

/// As many rows as there is room for; how many there is none for.
fn table(out: &mut String, bucket: Bucket, rows: &[&Row], room: usize) -> usize {
    /// For the heading, and for the line that counts what does not fit.
    const AROUND: usize = 300;
    if rows.is_empty() || out.len() + AROUND > room {
        return rows.len();
    }
    let _ = writeln!(out, "\n### {}\n\n| | Identity | Before | After | Cause | Rules |", bucket.heading());
    out.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for (index, row) in rows.iter().enumerate() {
        let line = line(row);
        if out.len() + line.len() + AROUND > room {
            return rows.len() - index;
        }
        out.push_str(&line);
    }
    0
}

fn line(row: &Row) -> String {
    let direction = match row.direction {
        Direction::Rises => "▲",
        Direction::Falls => "▼",
        Direction::Unknown => "?",
        Direction::Same => "=",
    };
    let became = match row.became {
        Became::Changed | Became::Added | Became::Removed => String::new(),
        other => format!(" {}", other.word()),
    };
    let what = if row.bucket == Bucket::Identity { String::new() } else { format!(": {}", row.what) };
    let text = |text: &Option<String>| match text {
        Some(text) => cell(&prose(&shortened(text, LONGEST))),
        None => "–".to_owned(),
    };
    let elsewhere = if row.elsewhere { " (elsewhere)" } else { "" };
    let cause = place(row).map(|place| cell(&code(&place))).unwrap_or_default();
    format!(
        "| {direction}{became} | {}{what} | {} | {} | {cause}{elsewhere} | {} |\n",
        cell(&code(&shortened(&row.identity, LONGEST))),
        text(&row.before),
        text(&row.after),
        row.rules.join(", "),
    )
}

/// The ways of identities that rise, as far as a drawing of them can be read.
fn drawing(diff: &Diff) -> String {
    let mut seen = BTreeSet::new();
    let ways: Vec<&[StepRecord]> = diff
        .rows
        .iter()
        .filter(|row| row.direction == Direction::Rises && !row.path.is_empty() && seen.insert(&row.id))
        .map(|row| &row.path[..])
        .collect();
    let mut shown = ways.len().min(WAYS);
    while shown > 0 {
        let drawing = drawn_ways(&ways[..shown]);
        if drawing.len() <= DRAWN {
            let rest = ways.len() - shown;
            let rest = if rest > 0 {
                format!("\n{} not drawn.\n", counted(rest, "more way"))
            } else {
                String::new()
            };
            return format!("\n### What they can become\n\n```mermaid\n{drawing}```\n{rest}");
        }
        shown -= 1;
    }
    String::new()
}

fn findings(diff: &Diff) -> String {
    if diff.new_findings.is_empty() {
        return String::new();
    }
    let mut out = "\n### New findings\n\n| | Rule | What | Where |\n| --- | --- | --- | --- |\n".to_owned();
    for finding in diff.new_findings.iter().take(FINDINGS) {
        let place = format!("{}:{}", finding.location.file, finding.location.line);
        let what = prose(&shortened(&finding.message, LONGEST));
        let severity = finding.severity.word();
        let _ =
            writeln!(out, "| {severity} | {} | {} | {} |", finding.rule, cell(&what), cell(&code(&place)));
    }
    if diff.new_findings.len() > FINDINGS {
        let more = counted(diff.new_findings.len() - FINDINGS, "more new finding");
        let _ = writeln!(out, "\n{more}: `nhilint check --base` shows all of them.");
    }
    out
}
