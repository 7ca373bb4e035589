//! Cuts a stream into documents at the lines that start a document, and between JSON objects that follow each other,
//! before anything is parsed.
//!
//! A marker at the start of a line ends a document even inside block scalars and is illegal inside quoted ones, so
//! the cut is exact and needs no parser. It must not read anything else.

use memchr::memmem;
use serde::de::IgnoredAny;

/// The bytes of one document in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// First byte: that of the document's own `---`, where it has one.
    pub start: usize,
    /// One past the last byte: the start of the next marker, or the end of the text.
    pub end: usize,
    /// The path in the `# Source:` comment that Helm writes above what it rendered.
    pub helm_source: Option<String>,
}

/// The documents of a text, in order; together they cover it.
///
/// A comment belongs to the document in whose piece it stands: one before the first `---` makes a piece of its own,
/// which holds no value. Directives stay with the marker that they stand above.
#[must_use]
pub fn split(text: &str) -> Vec<Piece> {
    let bytes = text.as_bytes();
    let first = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut pieces = Vec::new();
    let mut start = 0;
    for next in json_objects(text) {
        pieces.push(piece(text, start, next));
        start = next;
    }
    for newline in memmem::find_iter(bytes, "\n---") {
        let marker = newline + 1;
        if marker > start && is_marker(bytes, marker) && !only_directives(&text[start.max(first)..marker]) {
            pieces.push(piece(text, start, marker));
            start = marker;
        }
    }
    if start < bytes.len() {
        pieces.push(piece(text, start, bytes.len()));
    }
    pieces
}

/// Where what follows a JSON object at the head of the stream begins. kubectl reads such objects one by one, and from
/// where no further one stands it reads YAML (`YAMLOrJSONDecoder` in apimachinery).
fn json_objects(text: &str) -> Vec<usize> {
    let is_object = |rest: &str| rest.trim_start().starts_with('{');
    let mut starts = Vec::new();
    if !is_object(text) {
        return starts;
    }
    let mut objects = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    while is_object(&text[objects.byte_offset()..]) && matches!(objects.next(), Some(Ok(_))) {
        let rest = &text[objects.byte_offset()..];
        let line = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
        let word = rest.find(|char: char| !char.is_whitespace()).unwrap_or(rest.len());
        starts.push(objects.byte_offset() + word.min(line));
    }
    // Comments below the last one belong to it, and a marker in a line of its own is found by everyone.
    let is_comment = |line: &str| matches!(line.trim_start().bytes().next(), None | Some(b'#'));
    let ends = |last: usize| {
        let next = text[last..].lines().find(|line| !is_comment(line));
        next.is_none_or(|line| line.starts_with("---") && text[..last].ends_with('\n'))
    };
    starts.pop_if(|last| ends(*last));
    starts
}

/// Does a document marker stand at `at`, the start of a line? For kubectl `---#` is one too.
fn is_marker(bytes: &[u8], at: usize) -> bool {
    let after = bytes.get(at + 3);
    after.is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'#'))
}

/// Is there nothing but comments and at least one directive?
fn only_directives(text: &str) -> bool {
    let mut directives = 0;
    for line in text.lines() {
        if line.starts_with('%') {
            directives += 1;
        } else if !line.trim_start().is_empty() && !line.trim_start().starts_with('#') {
            return false;
        }
    }
    directives > 0
}

fn piece(text: &str, start: usize, end: usize) -> Piece {
    Piece { start, end, helm_source: helm_source(&text[start..end]) }
}

/// Helm writes `# Source: chart/templates/file.yaml` above the content of each document.
fn helm_source(text: &str) -> Option<String> {
    text.trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .map(|(index, line)| if index == 0 { line.strip_prefix("---").unwrap_or(line) } else { line })
        .map(str::trim)
        .take_while(|line| line.is_empty() || line.starts_with('#'))
        .find_map(|line| line.strip_prefix("# Source: "))
        .map(|path| path.trim().to_owned())
}
