//! Pairs of XML and its kin: elements, attributes, and elements that are called by an attribute.

use std::ops::Range;

use super::Pair;
use super::scan::{closing, is_name, skip_blanks};

/// A longer text is no value.
const LONGEST: usize = 4096;
/// Attributes that call their element.
const CALLED: [&str; 4] = ["key", "name", "property", "setting"];

/// `<password>x</password>`, `password="x"`, `<entry key="password">x</entry>`, `<property name="password" value="x"/>`.
pub(super) fn read<'a>(text: &'a str, pairs: &mut Vec<Pair<'a>>) {
    let bytes = text.as_bytes();
    if !text.contains("</") && !text.contains("/>") {
        return;
    }
    let mut at = 0;
    while let Some(open) = bytes.get(at..).and_then(|rest| memchr::memchr(b'<', rest)).map(|found| at + found)
    {
        at = open + 1;
        if text[open..].starts_with("<!--") {
            at = text[open..].find("-->").map_or(bytes.len(), |end| open + end);
            continue;
        }
        let end =
            (at..bytes.len()).find(|at| !is_name(bytes[*at]) && bytes[*at] != b':').unwrap_or(bytes.len());
        let name = text[at..end].rsplit(':').next().unwrap_or_default();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let (attributes, close) = attributes(text, end);
        at = close;
        let called = attributes.iter().find(|pair| CALLED.contains(&pair.name));
        let called = called.map(|pair| &text[pair.value.clone()]);
        let value = attributes.iter().find(|pair| pair.name == "value");
        if let Some(value) = value {
            pairs.push(Pair { name: called.unwrap_or(name), value: value.value.clone(), quoted: true });
        }
        if let Some(inside) = inside(text, close) {
            pairs.extend([Some(name), called].into_iter().flatten().map(|name| Pair {
                name,
                value: inside.clone(),
                quoted: true,
            }));
        }
        pairs.extend(attributes);
    }
}

/// The attributes of a tag, and where the tag ends.
fn attributes(text: &str, mut at: usize) -> (Vec<Pair<'_>>, usize) {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    loop {
        let start = (at..bytes.len()).find(|at| !bytes[*at].is_ascii_whitespace()).unwrap_or(bytes.len());
        let end =
            (start..bytes.len()).find(|at| !is_name(bytes[*at]) && bytes[*at] != b':').unwrap_or(bytes.len());
        if end == start || bytes.get(end) != Some(&b'=') {
            return (found, end);
        }
        let opening = skip_blanks(bytes, end + 1, bytes.len());
        let Some(quote) = bytes.get(opening).copied().filter(|byte| matches!(byte, b'"' | b'\'')) else {
            return (found, opening);
        };
        let Some(close) = closing(bytes, opening + 1, bytes.len(), quote, 0) else {
            return (found, opening);
        };
        found.push(Pair { name: &text[start..end], value: opening + 1..close, quoted: true });
        at = close + 1;
    }
}

/// The text between a tag and the next, where there is some.
fn inside(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?.strip_prefix('>')?;
    let (rest, end) = match rest.trim_start().strip_prefix("<![CDATA[") {
        Some(data) => (&data[..data.floor_char_boundary(LONGEST)], "]]>"),
        None => (rest, "</"),
    };
    let value = &rest[..rest.find('<').filter(|_| end == "</").or_else(|| rest.find(end))?];
    let is_closed = rest[value.len()..].starts_with(end);
    let value = value.trim();
    let start = value.as_ptr() as usize - text.as_ptr() as usize;
    (is_closed && !value.is_empty()).then_some(start..start + value.len())
}
