//! What a change does to identities, in words: the answers of `nhilint diff`.

pub mod markdown;
pub mod text;

use super::json::pretty;
use crate::diff::record::{Diff, Row, Verdict};
use crate::report::layout::counted;

/// JSON Schema of version 1 of the diff, as printed by `nhilint schema diff`.
pub const JSON_SCHEMA: &str = include_str!("diff.schema.json");

/// For programs; version 1 of [`JSON_SCHEMA`].
#[must_use]
pub fn json(diff: &Diff) -> String {
    pretty(diff)
}

/// What the verdict means, as a sentence.
fn sentence(diff: &Diff) -> &'static str {
    match diff.verdict {
        Verdict::Increased => "Somebody can do more, or is easier to become.",
        Verdict::Decreased => "Nobody can do more, and somebody less.",
        Verdict::Equal if diff.rows.is_empty() => "Nothing changes for any identity.",
        Verdict::Equal => "Nobody can do more or less.",
        Verdict::Unknown => "Something that the change brings is not known.",
    }
}

/// From which commit to which.
fn revisions(diff: &Diff) -> String {
    let short = |commit: &str| commit.chars().take(12).collect::<String>();
    let head = diff.head.as_deref().map_or_else(|| "the working tree".to_owned(), short);
    format!("{} to {head}", short(&diff.base))
}

/// How many identities there are, and how findings fare.
fn counts(diff: &Diff) -> String {
    let [before, now] = diff.identities;
    let identities = match (before, now) {
        (before, now) if before == now => format!("{now} identities"),
        (before, now) => format!("{before} identities before, {now} now"),
    };
    let new = counted(diff.new_findings.len(), "new finding");
    format!("{identities}. {new}, {} there before, {} mended.", diff.known_findings, diff.mended_findings)
}

/// `file:line`, and whether that is of the base or not of the change.
fn place(row: &Row) -> Option<String> {
    let cause = row.cause.as_ref()?;
    let was = if cause.revision == "base" { " (before)" } else { "" };
    Some(format!("{}:{}{was}", cause.at.file, cause.at.line))
}
