//! Pairs whose name stands in quotes: JSON, JSON in a string of JSON, dictionaries and calls of programs.

use std::ops::Range;

use super::Pair;
use super::scan::{closing, is_comment, is_name, skip_blanks};

/// Calls that set what they name, or say what it is where nothing does: `define('DB_PASSWORD', 'x')`, `getenv("PW", "x")`.
const SETTERS: [&str; 9] =
    ["define", "env", "getOrDefault", "getenv", "put", "set", "setProperty", "setdefault", "setenv"];
/// … and those whose names alone say less.
const OF_ENVIRONMENT: [&str; 2] = ["ENV.fetch", "environ.get"];

/// A string: its inside, its quote, and the backslashes before that.
struct Quoted {
    inside: Range<usize>,
    quote: u8,
    depth: usize,
}

impl Quoted {
    /// Where the text goes on.
    fn after(&self) -> usize {
        self.inside.end + self.depth + 1
    }
}

/// `"name": "value"`, `'name' => 'value'`, `["name"] = "value"`, as often as it stands in a line.
pub(super) fn read<'a>(text: &'a str, line: Range<usize>, pairs: &mut Vec<Pair<'a>>) {
    let bytes = text.as_bytes();
    if is_comment(&text[line.clone()]) {
        return;
    }
    let mut at = line.start;
    while let Some(name) = next(bytes, at, line.end) {
        at = name.after();
        let is_word =
            bytes[name.inside.clone()].iter().all(|byte| is_name(*byte) || b"/:@[]#*".contains(byte));
        if name.quote == b'\'' && !is_word {
            at = name.inside.start;
            continue;
        }
        let Some(opening) = after_sign(text, &name, line.end) else {
            // A value whose name stands on the line before.
            if text[name.inside.clone()].contains("\\\"") {
                read(text, name.inside, pairs);
            }
            continue;
        };
        let Some(value) = string_at(bytes, opening, line.end).filter(|value| value.depth == name.depth)
        else {
            if bytes[opening..line.end].starts_with(b"\"") {
                return;
            }
            continue;
        };
        at = value.after();
        if text[value.inside.clone()].contains("\\\"") {
            read(text, value.inside.clone(), pairs);
        }
        pairs.push(Pair { name: &text[name.inside], value: value.inside, quoted: true });
    }
}

/// The next string.
fn next(bytes: &[u8], from: usize, end: usize) -> Option<Quoted> {
    let opening = from + memchr::memchr2(b'"', b'\'', bytes.get(from..end)?)?;
    let depth = bytes[from..opening].iter().rev().take_while(|byte| **byte == b'\\').count();
    match string(bytes, opening, end, depth) {
        Some(string) => Some(string),
        // An apostrophe opens nothing.
        None if bytes[opening] == b'\'' => next(bytes, opening + 1, end),
        None => None,
    }
}

/// The string that begins here, backslashes included.
fn string_at(bytes: &[u8], at: usize, end: usize) -> Option<Quoted> {
    let depth = bytes.get(at..end)?.iter().take_while(|byte| **byte == b'\\').count();
    let opening = at + depth;
    matches!(bytes.get(opening), Some(b'"' | b'\'')).then(|| string(bytes, opening, end, depth))?
}

fn string(bytes: &[u8], opening: usize, end: usize, depth: usize) -> Option<Quoted> {
    let quote = bytes[opening];
    let close = closing(bytes, opening + 1, end, quote, depth)?;
    Some(Quoted { inside: opening + 1..close, quote, depth })
}

/// Where the value begins behind the sign that makes a string a name.
fn after_sign(text: &str, name: &Quoted, end: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = skip_blanks(bytes, name.after(), end);
    if bytes.get(at) == Some(&b']') {
        at = skip_blanks(bytes, at + 1, end);
    }
    let rest = &bytes[at.min(end)..end];
    let sign = if [&b"=>"[..], b":="].iter().any(|sign| rest.starts_with(sign)) {
        2
    } else if rest.starts_with(b":")
        || rest.starts_with(b"=") && !rest.starts_with(b"==")
        || rest.starts_with(b",") && is_setter(&text[..name.inside.start - 1 - name.depth])
    {
        1
    } else {
        return None;
    };
    let at = skip_blanks(bytes, at + sign, end);
    (at < end).then_some(at)
}

/// Whether what stands before a string is the beginning of a call that sets it.
fn is_setter(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\t']).strip_suffix('(');
    let word = before.map(|before| before.trim_end_matches([' ', '\t']));
    word.is_some_and(|text| {
        let start = text.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        text.get(start..).is_some_and(|word| SETTERS.contains(&word))
            || OF_ENVIRONMENT.iter().any(|call| text.ends_with(call))
    })
}
