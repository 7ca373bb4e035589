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
            problems.push(Problem::syntax(
                start + at,
                start + at + line.trim_end().len(),
                message,
            ));
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

/// kubectl's reader lets quoted text go on in a line that is indented too little, and takes `\'` for an escape. Such
/// line breaks and backslashes become spaces here: the text keeps its length, so that all places stay right, and
/// values are cooked from the text as it was.
///
/// `last` is where the last token before the trouble at `at` ended. `None` if that is no such trouble.
pub(super) fn join_quoted(parsed: &str, last: usize, at: usize, kind: &ErrorKind) -> Option<String> {
    let escape = *kind == ErrorKind::UnknownQuotedScalarEscape;
    if !escape
        && !matches!(
            kind,
            ErrorKind::InvalidQuotedScalarIndent | ErrorKind::TabInIndentation
        )
    {
        return None;
    }
    let bytes = parsed.as_bytes();
    let open = first_quote(bytes, last)?;
    let quote = bytes[open];
    let mut close = open + 1;
    loop {
        match (*bytes.get(close)?, quote) {
            (b'\\', b'"') => close += 2,
            (b'\'', b'\'') if bytes.get(close + 1) == Some(&b'\'') => close += 2,
            (byte, _) if byte == quote => break,
            _ => close += 1,
        }
    }
    let quoted = &parsed[open..close];
    if !(open..close).contains(&at) || quoted.contains("\n...") {
        return None;
    }
    let mut joined = bytes.to_vec();
    if escape {
        if !quoted.contains("\\'") {
            return None;
        }
        for pair in memmem::find_iter(quoted.as_bytes(), "\\'") {
            joined[open + pair] = b' ';
        }
        return String::from_utf8(joined).ok();
    }
    for byte in &mut joined[open..close] {
        if matches!(byte, b'\n' | b'\r' | b'\t') {
            *byte = b' ';
        }
    }
    String::from_utf8(joined).ok()
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
