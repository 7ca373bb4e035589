//! What is judged on the bare text: what kubectl refuses although it is YAML, and what it takes although it is not.

use granit_parser::ErrorKind;
use memchr::memmem;

use super::problem::Problem;

/// Bytes that are no text: kubectl's reader refuses them wherever they stand.
pub(super) fn control_character(text: &str, start: usize, end: usize) -> Option<Problem> {
    const BLOCK: usize = 1024;
    let is_control = |byte: &u8| (*byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) || *byte == 0x7f;
    let bytes = &text.as_bytes()[start..end];
    // Whole blocks first: without an early end they are looked at many bytes at a time.
    let any = |block: &[u8]| block.iter().fold(false, |any, byte| any | is_control(byte));
    let block = bytes.chunks(BLOCK).position(any)? * BLOCK;
    let at = start + block + bytes[block..].iter().position(is_control)?;
    let message = "a control character stands here: this is no text, or it is encrypted";
    Some(Problem::syntax(at, at + 1, message))
}

/// What kubectl's splitter refuses: directives, and lines that start with `---` and go on.
pub(super) fn markers(text: &str, start: usize, end: usize) -> Vec<Problem> {
    let piece = &text[start..end];
    let mut problems = directives(piece, start);
    let lines = memmem::find_iter(piece.as_bytes(), "\n---").map(|newline| newline + 1);
    for at in piece.starts_with("---").then_some(0).into_iter().chain(lines) {
        let line = piece[at..].lines().next().unwrap_or_default();
        let rest = line[3..].trim_start();
        if !rest.is_empty() && !rest.starts_with('#') {
            let message = "kubectl takes only a comment after `---`; go on in the next line";
            problems.push(Problem::syntax(start + at, start + at + line.trim_end().len(), message));
        }
    }
    problems
}

fn directives(piece: &str, start: usize) -> Vec<Problem> {
    let head = piece.trim_start_matches('\u{feff}');
    let mut at = start + piece.len() - head.len();
    let mut problems = Vec::new();
    for line in head.split_inclusive('\n') {
        if line.starts_with('%') {
            let message = "kubectl refuses directives; delete this line";
            problems.push(Problem::syntax(at, at + line.trim_end().len(), message));
        } else if !matches!(line.trim_start().bytes().next(), None | Some(b'#')) {
            break;
        }
        at += line.len();
    }
    problems
}

/// The text with something of the same length in the place of what kubectl's reader takes and the library does not:
/// quoted text that goes on in a line indented too little, `\'` in double quotes, a lone dash between brackets.
///
/// All places stay right, and values are cooked from the text as it was. `last` is where the last token before the
/// trouble at `at` ended. `None` if that is no such trouble.
pub(super) fn lenient(parsed: &str, last: usize, at: usize, kind: &ErrorKind) -> Option<String> {
    let mut bytes = parsed.as_bytes().to_vec();
    match kind {
        ErrorKind::PlainScalarStartsWithDashFlowIndicator => {
            let dash = (last..=at).rfind(|&at| bytes.get(at) == Some(&b'-'))?;
            bytes[dash] = b'x';
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            let (open, close) = quoted(&bytes, last)?;
            let escapes: Vec<_> = memmem::find_iter(&bytes[open..close], b"\\'").collect();
            escapes.first()?;
            for escape in escapes {
                bytes[open + escape] = b' ';
            }
        }
        ErrorKind::InvalidQuotedScalarIndent | ErrorKind::TabInIndentation => {
            let (open, close) = quoted(&bytes, last)?;
            if !(open..close).contains(&at) || parsed[open..close].contains("\n...") {
                return None;
            }
            for byte in &mut bytes[open..close] {
                if matches!(byte, b'\n' | b'\r' | b'\t') {
                    *byte = b' ';
                }
            }
        }
        _ => return None,
    }
    String::from_utf8(bytes).ok()
}

/// The library complains of the line after an open quote; the mistake is the quote.
pub(super) fn open_quote(parsed: &str, last: usize, kind: &ErrorKind) -> Option<usize> {
    let bytes = parsed.as_bytes();
    let is_open = *kind == ErrorKind::InvalidQuotedScalarIndent && quoted(bytes, last).is_none();
    if is_open { first_quote(bytes, last) } else { None }
}

/// The tab that the library has just stepped over.
pub(super) fn tab_before(text: &str, at: usize) -> Option<usize> {
    let through = text.as_bytes().get(..=at).unwrap_or(text.as_bytes());
    through.iter().rposition(|&byte| byte == b'\t' || byte == b'\n').filter(|&at| through[at] == b'\t')
}

/// The next quoted scalar after `last`: its first quote and its last.
fn quoted(bytes: &[u8], last: usize) -> Option<(usize, usize)> {
    let open = first_quote(bytes, last)?;
    let quote = bytes[open];
    let mut close = open + 1;
    loop {
        match (*bytes.get(close)?, quote) {
            (b'\\', b'"') => close += 2,
            (b'\'', b'\'') if bytes.get(close + 1) == Some(&b'\'') => close += 2,
            (byte, _) if byte == quote => return Some((open, close)),
            _ => close += 1,
        }
    }
}

/// The quote that opens the next scalar.
fn first_quote(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'"' | b'\'' => return Some(at),
            b'#' => at += memchr::memchr(b'\n', &bytes[at..])?,
            b'&' | b'!' => at += bytes[at..].iter().position(u8::is_ascii_whitespace)?,
            _ => at += 1,
        }
    }
}
