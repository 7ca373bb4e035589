//! Names and values in text that configures something: YAML, JSON, properties, INI, environment files, simple XML.
//!
//! It reads lines, not formats: a file that is broken, or half a template, still says `password: x`.

use std::ops::Range;

/// A name and where its value stands, without quotes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pair<'a> {
    pub(super) name: &'a str,
    pub(super) value: Range<usize>,
    /// Whether quotes stand around the value.
    pub(super) quoted: bool,
}

/// The pairs of a text, in order.
pub(super) fn pairs(text: &str) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let before = pairs.len();
        json(text, start..start + line.len(), &mut pairs);
        if pairs.len() == before {
            pairs.extend(plain(text, start..start + line.len()));
        }
        start += line.len();
    }
    pairs
}

/// `"name": "value"`, as often as it stands in a line.
fn json<'a>(text: &'a str, line: Range<usize>, pairs: &mut Vec<Pair<'a>>) {
    let bytes = text.as_bytes();
    let mut at = line.start;
    while let Some(name) = quoted(bytes, at, line.end) {
        at = name.end + 1;
        let colon = skip_blanks(bytes, at, line.end);
        if bytes.get(colon) != Some(&b':') || colon >= line.end {
            continue;
        }
        let opening = skip_blanks(bytes, colon + 1, line.end);
        if bytes.get(opening) != Some(&b'"') || opening >= line.end {
            continue;
        }
        let Some(value) = quoted(bytes, opening, line.end) else {
            return;
        };
        at = value.end + 1;
        pairs.push(Pair { name: &text[name], value, quoted: true });
    }
}

/// The inside of the next string in double quotes.
fn quoted(bytes: &[u8], from: usize, end: usize) -> Option<Range<usize>> {
    let start = from + memchr::memchr(b'"', bytes.get(from..end)?)? + 1;
    let mut at = start;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..end)?)?;
        if bytes[at] == b'"' {
            return Some(start..at);
        }
        at += 2;
    }
}

fn skip_blanks(bytes: &[u8], from: usize, end: usize) -> usize {
    (from..end).find(|at| !matches!(bytes[*at], b' ' | b'\t')).unwrap_or(end)
}

/// `name: value`, `name = value`, `export name=value`, `<name>value</name>`, `name value`.
fn plain(text: &str, line: Range<usize>) -> Option<Pair<'_>> {
    let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let mut rest = text[line].trim();
    for word in ["- ", "export ", "set ", "ENV ", "ARG "] {
        rest = rest.strip_prefix(word).map_or(rest, str::trim_start);
    }
    let is_xml = rest.starts_with('<');
    rest = rest.strip_prefix(['<', '\'', '"']).unwrap_or(rest);
    // Properties have names such as `address."A.#".size`.
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-\"#*[]/".contains(c);
    let (name, rest) = rest.split_at(rest.find(|c| !is_name(c))?);
    let rest = rest.strip_prefix('\'').unwrap_or(rest);
    let name = name.trim_end_matches('"');
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
        return None;
    }
    if is_xml {
        let value = rest.strip_prefix('>')?.split_once("</")?.0;
        let start = offset(value);
        return Some(Pair { name, value: start..start + value.len(), quoted: true });
    }
    let after = rest.trim_start();
    let value = if let Some(value) = ["=>", ":=", "="].iter().find_map(|sign| after.strip_prefix(sign)) {
        value
    } else if let Some(value) = after.strip_prefix(':') {
        // `http://…` is no pair.
        value
            .strip_prefix([' ', '\t', '"', '\''])
            .map_or(value, |_| value)
            .strip_prefix("//")
            .map_or(Some(value), |_| None)?
    } else {
        // `requirepass x`
        Some(after).filter(|value| after.len() < rest.len() && !value.contains(char::is_whitespace))?
    };
    Some(unquoted(name, value.trim(), offset))
}

fn unquoted<'a>(name: &'a str, value: &'a str, offset: impl Fn(&str) -> usize) -> Pair<'a> {
    let start = offset(value);
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote)
            && let Some(length) = inner.find(quote)
        {
            return Pair { name, value: start + 1..start + 1 + length, quoted: true };
        }
    }
    let bare = value.split(" #").next().unwrap_or_default().trim_end_matches([',', ';', ' ', '\t']);
    Pair { name, value: start..start + bare.len(), quoted: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(&str, &str)> {
        pairs(text).into_iter().map(|pair| (pair.name, &text[pair.value])).collect()
    }

    #[test]
    fn reads_every_way_to_write_a_pair() {
        for (text, expected) in [
            ("password: x", ("password", "x")),
            ("  - password: 'a b' # why", ("password", "a b")),
            ("db.password = x", ("db.password", "x")),
            ("export TOKEN=\"x y\"", ("TOKEN", "x y")),
            ("token=a=b", ("token", "a=b")),
            ("password=x # why", ("password", "x")),
            ("\"password\" = 'x'", ("password", "x")),
            ("a.\"B.#\".token=x", ("a.\"B.#\".token", "x")),
            ("'password' => 'x',", ("password", "x")),
            ("password := x;", ("password", "x")),
            ("<password>x</password>", ("password", "x")),
            ("requirepass x", ("requirepass", "x")),
            ("key: ünïcode", ("key", "ünïcode")),
        ] {
            assert_eq!(read(text), [expected], "{text}");
        }
    }

    #[test]
    fn reads_all_pairs_of_a_json_line() {
        let text = r#"{"a":"1","b": {"password" : "x\"y"}, "c": 3, "d": "open"#;
        assert_eq!(read(text), [("a", "1"), ("password", "x\\\"y")]);
    }

    #[test]
    fn leaves_other_lines() {
        for text in ["", "\n\n", "a b c", "https://host/path", "= x", "<a", "word", "\"open"] {
            assert_eq!(read(text), [], "{text}");
        }
    }
}
