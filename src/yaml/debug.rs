//! What was read, one JSON line a document, in the words of `kubectl`'s own reader: for comparing the two.

use serde_json::json;

use super::{parse, split, to_json};
use crate::source::SourceMap;

/// `{"file", "index", "json"}` or `{"file", "index", "error"}` for each document; empty documents are left out.
#[must_use]
pub fn debug_lines(path: &str, text: &str) -> String {
    let file = SourceMap::default().add(path, "");
    let mut out = String::new();
    for (index, piece) in split(text).into_iter().enumerate() {
        if text[piece.start..piece.end].trim().is_empty() {
            continue;
        }
        let (doc, notices) = parse(file, text, piece.start..piece.end);
        let line = match notices.first() {
            Some(notice) if doc.broken => json!({"file": path, "index": index, "error": notice.message}),
            _ => json!({"file": path, "index": index, "json": doc.root().map(to_json)}),
        };
        out.push_str(&line.to_string());
        out.push('\n');
    }
    out
}
