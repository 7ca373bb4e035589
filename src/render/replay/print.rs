//! Trees as text: JSON as Go writes it, for hashes, and YAML, for linting.

use std::fmt::Write as _;

use super::tree::{Node, Value};
use crate::yaml::plain;

/// As Go's `encoding/json` writes it: sorted, without blanks, `<`, `>` and `&` escaped.
pub(super) fn json(node: &Node) -> String {
    match &node.value {
        Value::Map(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(key, value)| format!("{}:{}", json_text(key), json(value))).collect();
            format!("{{{}}}", pairs.join(","))
        }
        Value::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(",")),
        Value::Text(text) => json_text(text),
        Value::Null | Value::Opaque => "null".to_owned(),
        scalar => scalar.text().unwrap_or_default().into_owned(),
    }
}

fn json_text(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    if !quoted.contains(['<', '>', '&', '\u{2028}', '\u{2029}', '\u{7f}', '\u{8}', '\u{c}'])
        && !quoted.contains("\\b")
    {
        return quoted;
    }
    let escapes = [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('&', "\\u0026"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ];
    escapes.iter().fold(quoted, |text, (char, escape)| text.replace(*char, escape))
}

/// A YAML document.
pub(super) fn yaml(node: &Node) -> String {
    let mut out = String::new();
    block(node, 0, false, &mut out);
    out
}

/// Writes a value in block style. `inline`: the line is begun, with a dash or a key.
fn block(node: &Node, depth: usize, inline: bool, out: &mut String) {
    match &node.value {
        Value::Map(map) if !map.is_empty() => {
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 || !inline {
                    out.extend(std::iter::repeat_n("  ", depth));
                }
                let separator = if is_block(value) { '\n' } else { ' ' };
                let _ = write!(out, "{}:{separator}", plain(key));
                block(value, depth + 1, !is_block(value), out);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 || !inline {
                    out.extend(std::iter::repeat_n("  ", depth));
                }
                out.push_str("- ");
                block(item, depth + 1, true, out);
            }
        }
        _ => {
            out.push_str(&literal(node, depth).unwrap_or_else(|| scalar(node)));
            out.push('\n');
        }
    }
}

/// Is a value written below its key?
fn is_block(node: &Node) -> bool {
    !node.items().is_empty() || node.as_map().is_some_and(|map| !map.is_empty())
}

/// Text of several lines as a literal block, as kustomize writes it; none for what such a block cannot hold.
fn literal(node: &Node, depth: usize) -> Option<String> {
    let Value::Text(text) = &node.value else { return None };
    let is_held = |c: char| c == '\n' || (c >= ' ' && c != '\u{7f}' && c != '\u{feff}');
    let body = text.trim_end_matches('\n');
    let is_block = body.contains('\n') && !text.starts_with([' ', '\n']);
    if !is_block || !text.chars().all(is_held) || text.lines().any(|line| line.ends_with(' ')) {
        return None;
    }
    let sign = match text.len() - body.len() {
        0 => "-",
        1 => "",
        _ => return None,
    };
    let indent = "  ".repeat(depth.max(1));
    let lines =
        body.split('\n').map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") });
    Some(format!("|{sign}\n{}", lines.collect::<Vec<_>>().join("\n")))
}

fn scalar(node: &Node) -> String {
    match &node.value {
        Value::Map(_) => "{}".to_owned(),
        Value::List(_) => "[]".to_owned(),
        // Bare, as kustomize writes it: what Flux fills in may be a number.
        Value::Text(text) if is_placeholder(text) => text.to_string(),
        Value::Text(text) => plain(text),
        Value::Null | Value::Opaque => "null".to_owned(),
        scalar => scalar.text().unwrap_or_default().into_owned(),
    }
}

/// Whether a text holds `${name}` and can be written without quotes.
fn is_placeholder(text: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "${}_:=-./^,#%?+*[]".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '$' || c == '/');
    text.contains("${") && begins && text.chars().all(safe) && !text.ends_with(':')
}
