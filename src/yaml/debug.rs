//! What was read, one JSON line a document, in the words of `kubectl`'s own reader: for comparing the two.

use serde_json::json;

use super::{parse, split, to_json};
use crate::source::SourceMap;

/// `{"file", "index", "json"}` or `{"file", "index", "error"}` for each document that kubectl sees.
///
/// It sees no document where there is only white space. A marker counts as text of its document only where no other
/// marker has just ended one (`YAMLReader` in apimachinery), so that an empty document may read as null.
#[must_use]
pub fn debug_lines(path: &str, text: &str) -> String {
    let file = SourceMap::default().add(path, "");
    let mut out = String::new();
    // Has the document before this one been ended by this one's marker?
    let mut ended = false;
    for (index, piece) in split(text).into_iter().enumerate() {
        let body = if ended { body(&text[piece.start..piece.end]) } else { &text[piece.start..piece.end] };
        ended = !body.is_empty();
        if body.trim().is_empty() {
            continue;
        }
        let (doc, problems) = parse(file, text, piece.start..piece.end);
        let line = match problems.first() {
            Some(problem) if doc.broken => json!({"file": path, "index": index, "error": problem.message}),
            _ => json!({"file": path, "index": index, "json": doc.root().map(to_json)}),
        };
        out.push_str(&line.to_string());
        out.push('\n');
    }
    out
}

/// What follows the line of the marker.
fn body(piece: &str) -> &str {
    if !piece.starts_with("---") {
        return piece;
    }
    piece.split_once('\n').map_or("", |(_, body)| body)
}
