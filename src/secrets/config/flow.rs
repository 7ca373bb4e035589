//! Pairs within a line, by a name without quotes: mappings in braces, attributes, arguments, lists of options.

use std::ops::Range;

use super::Pair;
use super::scan::{closing, is_comment, is_name, lines, skip_blanks};
use crate::secrets::names::{Sort, words};

/// Lines longer than this were written by programs.
const LONGEST: usize = 20_000;

/// `{name: x}`, `name="x"`, `a=1, name=x`.
pub(super) fn read<'a>(text: &'a str, pairs: &mut Vec<Pair<'a>>) {
    for line in lines(text) {
        let whole = &text[line.clone()];
        if !is_comment(whole) && line.len() <= LONGEST && whole.contains(['=', '{', ',']) {
            read_line(text, line, pairs);
        }
    }
}

fn read_line<'a>(text: &'a str, line: Range<usize>, pairs: &mut Vec<Pair<'a>>) {
    let bytes = text.as_bytes();
    let is_code = text[line.clone()].contains('(');
    let first = skip_blanks(bytes, line.start, line.end);
    let mut depth = 0_usize;
    // `metric{secret="x"}` of Prometheus: what it matches is no value.
    let mut is_matcher = false;
    let mut at = line.start;
    while at < line.end {
        match bytes[at] {
            b'{' => {
                depth += 1;
                is_matcher = at > line.start && is_name(bytes[at - 1]);
            }
            b'}' => depth = depth.saturating_sub(1),
            byte if is_start(byte) && begins(bytes, line.start, at) => {
                let end = (at..line.end).find(|at| !is_name(bytes[*at])).unwrap_or(line.end);
                let place = Place { line: &line, is_code, depth, is_first: at == first, is_matcher };
                if let Some((name, value)) = is_telling(&text[at..end]).zip(place.value(bytes, at, end)) {
                    pairs.push(Pair { name, value: value.0, quoted: value.1 });
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

/// Names that say what their value is, or that it is one: others are not looked at.
fn is_telling(name: &str) -> Option<&str> {
    let is_pair = || {
        let last = words(name).pop().unwrap_or_default();
        ["default", "key", "name", "property", "string", "value", "variable"].contains(&last.as_str())
    };
    (Sort::of(name).is_some() || is_pair()).then_some(name)
}

/// Whether a name may begin here: not inside another. The dashes of an option are none of its name.
fn begins(bytes: &[u8], start: usize, at: usize) -> bool {
    let dashes = bytes[start..at].iter().rev().take_while(|byte| **byte == b'-').count();
    at == start + dashes || !is_name(bytes[at - dashes - 1])
}

fn is_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Where a name stands in its line.
struct Place<'l> {
    line: &'l Range<usize>,
    is_code: bool,
    /// How many braces are open.
    depth: usize,
    is_first: bool,
    /// Whether the brace before it opens a list of matchers.
    is_matcher: bool,
}

impl Place<'_> {
    /// The value of the name at `start..end`, and whether it is quoted.
    fn value(&self, bytes: &[u8], start: usize, end: usize) -> Option<(Range<usize>, bool)> {
        let before = start.checked_sub(1).map_or(b'\n', |at| bytes[at]);
        let sign = skip_blanks(bytes, end, self.line.end);
        let rest = bytes.get(sign..self.line.end)?;
        let is_after = |signs: &[u8]| {
            let between = bytes[self.line.start..start].trim_ascii_end();
            between.last().is_some_and(|byte| signs.contains(byte))
        };
        let colon = rest.first() == Some(&b':') && (self.depth > 0 || is_after(b",({"));
        let length = match rest {
            [b'=', b'=' | b'~', ..] => return None,
            [b'=', ..] if self.is_matcher && self.depth > 0 => return None,
            [b'=', b'>', ..] | [b':' | b'+', b'=', ..] => 2,
            [b'=', ..] => 1,
            [b':', b' ' | b'\t' | b'"' | b'\'', ..] if colon => 1,
            _ => return None,
        };
        let from = skip_blanks(bytes, sign + length, self.line.end);
        let quote = *bytes.get(from).filter(|_| from < self.line.end)?;
        if matches!(quote, b'"' | b'\'') {
            let close = closing(bytes, from + 1, self.line.end, quote, 0)?;
            return Some((from + 1..close, true));
        }
        // Without quotes it is a value where it cannot be the text of a program.
        let is_list =
            b" \t,;&?{[:\"'-=".contains(&before) && !self.is_first && !self.is_code && from == end + 1;
        let is_mapping = (colon || !self.is_code) && self.depth > 0 && b" \t,{".contains(&before);
        if !is_list && !is_mapping {
            return None;
        }
        let ends = |byte: &u8| {
            byte.is_ascii_whitespace() && !(is_mapping && colon)
                || matches!(byte, b',' | b'"' | b'\'' | b'\n')
                || !is_mapping && b";&".contains(byte)
        };
        if matches!(quote, b'{' | b'[') {
            return None; // a mapping of its own
        }
        let stop = (from..self.line.end).find(|at| ends(&bytes[*at])).unwrap_or(self.line.end);
        let mut value = &bytes[from..stop];
        while let [inner @ .., b'}' | b']' | b' ' | b'\t' | b'\r'] = value
            && (value.ends_with(b" ") || !inner.contains(&b'{'))
        {
            value = inner;
        }
        (!value.is_empty()).then_some((from..from + value.len(), false))
    }
}
