//! The identity diff, as a part of the summary: from the JSON or the Markdown that `nhilint diff` writes.

use std::fmt::Write as _;

use serde_json::Value;

use crate::report::review::{cell, code, shortened};

use super::report::Trust;
use super::text::{fenced, fitting};

/// What a part of a summary may take, in bytes.
const BYTES: usize = 24_000;
/// Rows and columns of the table.
const ROWS: usize = 50;
const COLUMNS: usize = 6;
/// Characters of a cell.
const CELL: usize = 200;

/// What a change does to who can do what, as Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    markdown: String,
}

impl Changes {
    /// Reads a diff: JSON where it begins with a brace, else Markdown.
    ///
    /// # Errors
    ///
    /// Where it is neither, or JSON that has no verdict, in words.
    pub fn read(bytes: &[u8], trust: Trust) -> Result<Self, String> {
        if bytes.len() > trust.largest() {
            return Err(format!("it has more than {} MiB", trust.largest() / (1024 * 1024)));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "it is no text".to_owned())?;
        let text = text.trim_start_matches('\u{feff}').trim();
        let markdown = match (text.starts_with('{'), trust) {
            (true, _) => of_json(text)?,
            // It comes from this job, whose masks and escapes it went through.
            (false, Trust::Own) => without_orders(text),
            (false, Trust::Stranger) => fenced("text", &fitting(text, BYTES / 2)),
        };
        Ok(Self { markdown: fitting(&markdown, BYTES) })
    }

    pub(super) fn markdown(&self) -> &str {
        &self.markdown
    }
}

/// Markdown without comments, which could hold a marker, and without lines that GitLab takes for orders (`/close`).
fn without_orders(text: &str) -> String {
    let lines = text.lines().map(|line| match line.trim_start().strip_prefix('/') {
        Some(rest) => format!("&#47;{rest}\n"),
        None => format!("{}\n", line.replace("<!--", "&lt;!--")),
    });
    lines.collect()
}

fn of_json(text: &str) -> Result<String, String> {
    let hint = "write it with `nhilint diff --format json`";
    let diff: Value = serde_json::from_str(text).map_err(|error| {
        format!("it is no JSON (line {}, column {}); {hint}", error.line(), error.column())
    })?;
    let verdict = match diff["verdict"].as_str() {
        Some("increased") => "**Privilege increased**: somebody can do more than before.",
        Some("decreased") => "**Privilege decreased**: nobody can do more than before.",
        Some("equal") => "**Privilege equal**: everybody can do what they could before.",
        Some("unknown") => "**Privilege unknown**: not everything could be compared.",
        _ => return Err(format!("it has no verdict; {hint}")),
    };
    let rows = diff["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut out = format!("{verdict}\n");
    let Some(first) = rows.iter().find_map(Value::as_object) else { return Ok(out) };
    let columns: Vec<&String> = first.keys().take(COLUMNS).collect();
    let heads = columns.iter().map(|name| format!(" {} |", cell(&code(&shortened(name, CELL)))));
    let _ = writeln!(out, "\n|{}\n|{}", heads.collect::<String>(), " --- |".repeat(columns.len()));
    for row in rows.iter().take(ROWS) {
        let cells = columns
            .iter()
            .map(|name| format!(" {} |", cell(&code(&shortened(&words(&row[name.as_str()]), CELL)))));
        let _ = writeln!(out, "|{}", cells.collect::<String>());
    }
    if rows.len() > ROWS {
        let _ = writeln!(out, "\nand {} more", rows.len() - ROWS);
    }
    Ok(out)
}

/// A value on one line.
fn words(value: &Value) -> String {
    let joined = |parts: &mut dyn Iterator<Item = String>| parts.take(COLUMNS).collect::<Vec<_>>().join(", ");
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => joined(&mut items.iter().map(scalar)),
        Value::Object(fields) => {
            joined(&mut fields.iter().map(|(name, value)| format!("{name} {}", scalar(value))))
        }
        other => other.to_string(),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => "…".to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, trust: Trust) -> Result<String, String> {
        Changes::read(text.as_bytes(), trust).map(|changes| changes.markdown)
    }

    #[test]
    fn json_becomes_a_table() {
        let text = r#"{"verdict": "increased", "rows": [
            {"identity": "shop/purge", "before": null, "after": "T0 | <b>@acme", "cause": {"file": "a.yaml", "line": 3}},
            {"identity": "shop/`x", "more": 1}, 7]}"#;
        let expected = "**Privilege increased**: somebody can do more than before.\n\n\
            | `identity` | `before` | `after` | `cause` |\n| --- | --- | --- | --- |\n\
            | `shop/purge` |  | `T0 \\| <b>@acme` | `file a.yaml, line 3` |\n\
            | `` shop/`x `` |  |  |  |\n|  |  |  |  |\n";
        for trust in [Trust::Own, Trust::Stranger] {
            assert_eq!(read(text, trust).as_deref(), Ok(expected));
            for wrong in ["{", "{}", r#"{"verdict": "fine"}"#, r#"{"verdict": 1}"#] {
                assert!(read(wrong, trust).is_err(), "{wrong}");
            }
            let equal = read(r#"{"verdict": "equal"}"#, trust).expect("a diff");
            assert!(equal.starts_with("**Privilege equal**"), "{equal}");
        }
    }

    #[test]
    fn markdown_of_our_own_is_kept_and_of_strangers_shown_as_text() {
        let text = "### Identities\n\n<!-- nhilint:v1 summary -->\n/close\n@acme ```";
        assert_eq!(
            read(text, Trust::Own).as_deref(),
            Ok("### Identities\n\n&lt;!-- nhilint:v1 summary -->\n&#47;close\n@acme ```\n")
        );
        assert_eq!(read(text, Trust::Stranger), Ok(format!("````text\n{text}\n````\n")));
        let long = read(&"a line\n".repeat(10_000), Trust::Own).expect("a diff");
        assert!(long.len() <= BYTES && long.ends_with("does not fit into a comment.\n"));
    }
}
