//! From a scalar as it is written to the text that it means: escapes, folded lines, block scalars.
//!
//! It works on the text of one scalar that the parser has accepted; on anything else it gives some text and does not
//! panic.

use std::borrow::Cow;

use super::tree::{Kind, RawNode, flag};

/// The text that a scalar means. `end` is where its document ends.
pub(super) fn cook<'t>(text: &'t str, node: &RawNode, end: usize) -> Cow<'t, str> {
    let written = &text[node.start as usize..node.end as usize];
    let cooked = node.flags & flag::COOK != 0;
    match node.kind {
        Kind::Plain if cooked => Cow::Owned(fold(written, node.kind)),
        Kind::Single | Kind::Double => {
            let inner = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
            if cooked { Cow::Owned(fold(inner, node.kind)) } else { Cow::Borrowed(inner) }
        }
        Kind::Literal | Kind::Folded => Cow::Owned(block(text, node, end)),
        _ => Cow::Borrowed(written),
    }
}

/// Plain and quoted scalars, without their quotes: line breaks fold into spaces, escapes become what they stand for.
fn fold(written: &str, kind: Kind) -> String {
    let bytes = written.as_bytes();
    let mut out = String::with_capacity(written.len());
    // What an escape wrote is not trimmed before a line break.
    let mut keep = 0;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' | b'\r' => {
                let trimmed = out[keep..].trim_end_matches([' ', '\t']).len();
                out.truncate(keep + trimmed);
                let breaks = skip_breaks(bytes, &mut at);
                if breaks == 1 {
                    out.push(' ');
                }
                out.extend(std::iter::repeat_n('\n', breaks - 1));
                keep = out.len();
            }
            b'\\' if kind == Kind::Double => {
                at += 1;
                if matches!(bytes.get(at), Some(b'\n' | b'\r')) {
                    let breaks = skip_breaks(bytes, &mut at);
                    out.extend(std::iter::repeat_n('\n', breaks - 1));
                } else {
                    out.push(escape(written, &mut at));
                }
                keep = out.len();
            }
            b'\'' if kind == Kind::Single => {
                out.push('\'');
                at += 2;
            }
            _ => {
                let from = at;
                at += 1;
                while at < bytes.len() && !matches!(bytes[at], b'\n' | b'\r' | b'\\' | b'\'') {
                    at += 1;
                }
                out.push_str(&written[from..at]);
            }
        }
    }
    out
}

/// Steps over line breaks and the blanks around them; how many breaks there were (at least one).
fn skip_breaks(bytes: &[u8], at: &mut usize) -> usize {
    let mut breaks = 0;
    while let Some(byte) = bytes.get(*at) {
        match byte {
            b'\n' => breaks += 1,
            b'\r' if !bytes[*at + 1..].starts_with(b"\n") && !bytes[*at + 1..].starts_with(b"\r\n") => {
                breaks += 1;
            }
            b'\r' | b' ' | b'\t' => {}
            _ => break,
        }
        *at += 1;
    }
    breaks.max(1)
}

/// One escape of a double-quoted scalar; `at` stands after the backslash.
pub(super) fn escape(written: &str, at: &mut usize) -> char {
    let Some(letter) = written[*at..].chars().next() else {
        return char::REPLACEMENT_CHARACTER;
    };
    *at += letter.len_utf8();
    match letter {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        'x' => code_point(hex(written, at, 2)),
        'u' => surrogates(written, at),
        'U' => code_point(hex(written, at, 8)),
        other => other,
    }
}

/// `\uXXXX`, with its second half where JSON writes a character as two.
fn surrogates(written: &str, at: &mut usize) -> char {
    let first = hex(written, at, 4);
    if !(0xd800..0xdc00).contains(&first) || !written[*at..].starts_with("\\u") {
        return code_point(first);
    }
    let mut after = *at + 2;
    let second = hex(written, &mut after, 4);
    if !(0xdc00..0xe000).contains(&second) {
        return char::REPLACEMENT_CHARACTER;
    }
    *at = after;
    code_point(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
}

fn hex(written: &str, at: &mut usize, digits: usize) -> u32 {
    let Some(number) = written.get(*at..*at + digits) else {
        *at = written.len();
        return u32::MAX;
    };
    *at += digits;
    u32::from_str_radix(number, 16).unwrap_or(u32::MAX)
}

fn code_point(number: u32) -> char {
    char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// What stands in the header of a block scalar.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Header {
    /// `-` strips the final line breaks, `+` keeps all of them; neither keeps one.
    chomp: Option<u8>,
    /// Is there a digit?
    pub(super) says_indent: bool,
    /// One past the last of `|`, `>`, `-`, `+` and the digit.
    pub(super) indicators_end: usize,
    /// Where the header's line ends: at its line break, or at the end of the text.
    pub(super) end: usize,
}

/// Reads the header of the block scalar whose `|` or `>` stands at `start`.
pub(super) fn header(text: &str, start: usize, end: usize) -> Header {
    let bytes = &text.as_bytes()[..end];
    let mut header = Header::default();
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'+' | b'-' => header.chomp = Some(byte),
            b'1'..=b'9' => header.says_indent = true,
            _ => break,
        }
        at += 1;
    }
    header.indicators_end = at.min(end);
    while bytes.get(at).is_some_and(|byte| !matches!(byte, b'\n' | b'\r')) {
        at += 1;
    }
    header.end = at.min(end);
    header
}

/// One line of a block scalar.
pub(super) struct Line {
    /// First byte.
    pub(super) start: usize,
    /// The end without the line break.
    pub(super) end: usize,
    /// How many spaces it starts with.
    pub(super) spaces: usize,
    /// First byte of the next line.
    pub(super) next: usize,
}

/// The line that starts at `start`, in a text that ends at `end`.
pub(super) fn line(text: &str, start: usize, end: usize) -> Line {
    let rest = &text.as_bytes()[start..end];
    let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    let width = match &rest[length..] {
        // kubectl's splitter takes one `\r` away.
        [b'\r', b'\r', b'\n', ..] => 3,
        [b'\r', b'\n', ..] => 2,
        [_, ..] => 1,
        [] => 0,
    };
    Line {
        start,
        end: start + length,
        spaces: rest[..length].iter().take_while(|&&byte| byte == b' ').count(),
        next: start + length + width,
    }
}

/// Literal and folded block scalars.
///
/// A last line without a line break counts as one that has it: kubectl's splitter adds what is missing.
fn block(text: &str, node: &RawNode, end: usize) -> String {
    let header = header(text, node.start as usize, end);
    let indent = usize::from(node.indent);
    let mut out = String::new();
    let mut at = line(text, header.end, end).next;
    let (mut breaks, mut first, mut after_indented) = (0, true, false);
    while at < end {
        let line = line(text, at, end);
        let blank = line.start + line.spaces == line.end && line.spaces <= indent;
        // Beyond the last line with content only empty lines belong to it.
        if line.start >= node.end as usize && !blank {
            break;
        }
        at = line.next;
        if blank {
            breaks += 1;
            continue;
        }
        let content = &text[line.start + line.spaces.min(indent)..line.end];
        let indented = content.starts_with([' ', '\t']);
        if node.kind == Kind::Folded && !first && !indented && !after_indented {
            match breaks {
                1 => out.push(' '),
                _ => out.extend(std::iter::repeat_n('\n', breaks - 1)),
            }
        } else {
            out.extend(std::iter::repeat_n('\n', breaks));
        }
        out.push_str(content);
        (breaks, first, after_indented) = (1, false, indented);
    }
    match header.chomp {
        Some(b'-') => {}
        Some(_) => out.extend(std::iter::repeat_n('\n', breaks)),
        None if !first => out.push('\n'),
        None => {}
    }
    out
}
