//! A diff for a terminal.

use std::fmt::Write as _;

use super::{counts, place, revisions, sentence};
use crate::diff::record::{Became, Bucket, Diff, Direction, NewFinding, Row, Verdict};
use crate::report::Style;
use crate::report::layout::{Paint, counted, one_line, paint};

/// So many new findings are listed; `check --base` has all of them.
const FINDINGS: usize = 10;

/// The verdict, then the rows by bucket, then the new findings.
#[must_use]
pub fn render(diff: &Diff, style: &Style) -> String {
    let mut out = String::new();
    let colour = match diff.verdict {
        Verdict::Increased => Paint::Error,
        Verdict::Unknown => Paint::Warning,
        Verdict::Decreased | Verdict::Equal => Paint::Good,
    };
    let verdict = paint(style, colour, diff.verdict.word());
    let _ = writeln!(out, "privilege: {verdict}  {} ({})", sentence(diff), revisions(diff));
    for bucket in Bucket::ALL {
        let rows: Vec<&Row> = diff.rows.iter().filter(|row| row.bucket == bucket).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{}", paint(style, Paint::Strong, bucket.heading()));
        for row in rows {
            write_row(&mut out, row, style);
        }
    }
    findings(&mut out, diff, style);
    let _ = writeln!(out, "\n{}", counts(diff));
    out
}

fn write_row(out: &mut String, row: &Row, style: &Style) {
    let (mark, colour) = match row.direction {
        Direction::Rises => ("+", Paint::Error),
        Direction::Falls => ("-", Paint::Good),
        Direction::Unknown => ("?", Paint::Warning),
        Direction::Same => ("=", Paint::Faint),
    };
    let became = match row.became {
        Became::Changed => "",
        other => other.word(),
    };
    let what = if row.bucket == Bucket::Identity { "" } else { row.what };
    let words = [what, became].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let rules = if row.rules.is_empty() { String::new() } else { format!("  {}", row.rules.join(" ")) };
    let name = paint(style, Paint::Strong, &one_line(&row.identity));
    let _ = writeln!(out, "{} {name}  {words}{rules}", paint(style, colour, mark));
    let arrow = if style.unicode { "→" } else { "->" };
    let texts = match (&row.before, &row.after) {
        (Some(before), Some(after)) => format!("{before} {arrow} {after}"),
        (before, after) => after.as_ref().or(before.as_ref()).cloned().unwrap_or_default(),
    };
    let _ = writeln!(out, "    {}", one_line(&texts));
    let last = if style.unicode { "└─ " } else { "`- " };
    for (depth, step) in row.path.iter().enumerate() {
        let sure = if step.certain { "" } else { " (possible)" };
        let _ = writeln!(out, "    {}{last}{}{sure}", "   ".repeat(depth), one_line(&step.words));
    }
    if let Some(place) = place(row) {
        let elsewhere = if row.elsewhere { ", in no file of the identity itself" } else { "" };
        let _ =
            writeln!(out, "    {}", paint(style, Paint::Faint, &format!("{}{elsewhere}", one_line(&place))));
    }
}

fn findings(out: &mut String, diff: &Diff, style: &Style) {
    if diff.new_findings.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", paint(style, Paint::Strong, "New findings"));
    for NewFinding { rule, severity, message, location, .. } in diff.new_findings.iter().take(FINDINGS) {
        let severity = paint(style, (*severity).into(), severity.word());
        let place = one_line(&format!("{}:{}", location.file, location.line));
        let _ = writeln!(out, "  {severity} {rule} {place}: {}", one_line(message));
    }
    if diff.new_findings.len() > FINDINGS {
        let more = counted(diff.new_findings.len() - FINDINGS, "more new finding");
        let _ = writeln!(out, "  {more}: `check --base` shows all of them");
    }
}
