//! The inside of an action, cut into commands and words. No more of the template language is needed.

use super::lexer::{self, BLANKS};

/// How many parentheses around a whole command are looked through.
const DEEPEST: usize = 20;

/// The commands of a pipeline.
pub(in crate::render) fn commands(text: &str) -> Vec<&str> {
    cut(text, |byte| byte == b'|')
}

/// The words of a command: what stands in parentheses is one.
pub(in crate::render) fn words(text: &str) -> Vec<&str> {
    cut(text, |byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Cuts at separators outside strings and parentheses; leaves out what is empty.
fn cut(text: &str, separates: impl Fn(u8) -> bool) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut pieces = Vec::new();
    let (mut start, mut at, mut depth) = (0, 0, 0usize);
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'`' | b'\'' => {
                at = lexer::string_end(bytes, at).unwrap_or(bytes.len()).min(bytes.len());
                continue;
            }
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            byte if depth == 0 && separates(byte) => {
                pieces.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    pieces.push(&text[start..]);
    pieces.into_iter().map(|piece| piece.trim_matches(BLANKS)).filter(|piece| !piece.is_empty()).collect()
}

/// The text of a string that needs no unquoting.
pub(in crate::render) fn string(word: &str) -> Option<&str> {
    let quote = word.chars().next().filter(|quote| matches!(quote, '"' | '`'))?;
    let inside = word[1..].strip_suffix(quote)?;
    let whole = !inside.contains(quote) && (quote == '`' || !inside.contains('\\'));
    whole.then_some(inside)
}

/// What stands in a word that is in parentheses as a whole.
pub(in crate::render) fn inside(word: &str) -> Option<&str> {
    word.strip_prefix('(')?.strip_suffix(')')
}

/// The call of a helper, and what its output goes through.
pub(super) struct Call<'t> {
    /// `include` or `template`, the name, and the argument if there is one.
    pub(super) words: Vec<&'t str>,
    pub(super) filters: Vec<&'t str>,
}

impl Call<'_> {
    /// The helper's name, where it is literal.
    pub(super) fn name(&self) -> Option<&str> {
        string(self.words[1])
    }
}

/// Reads an action as the call of a helper; `block` is one too.
pub(super) fn call(body: &str) -> Option<Call<'_>> {
    let mut pipe = commands(body);
    for _ in 0..DEEPEST {
        let Some(inner) = pipe.first().copied().and_then(inside) else { break };
        if words(pipe[0]).len() != 1 {
            break;
        }
        let mut whole = commands(inner);
        whole.extend_from_slice(&pipe[1..]);
        pipe = whole;
    }
    let words = words(pipe.first()?);
    let is_call = words.len() > 1 && matches!(words[0], "include" | "template" | "block");
    is_call.then(|| Call { filters: pipe[1..].to_vec(), words })
}

/// Whether marks in a text come out of a filter as they went in.
///
/// These only pad, quote, or cut at an end where no mark stands; `trim` is rewritten.
pub(super) fn keeps_marks(filter: &str) -> bool {
    matches!(
        words(filter).as_slice(),
        ["quote" | "squote" | "toString" | "trim"] | ["nindent" | "indent" | "trimSuffix", _]
    )
}

/// The action with the rendered text of a template file replaced by that of its unmarked copy (`@p`).
///
/// `include (print $.Template.BasePath "/x.yaml") .` stands in checksums, which marks would change.
pub(super) fn with_plain_files(body: &str) -> String {
    if !body.contains("Template.") {
        return body.to_owned();
    }
    let bytes = body.as_bytes();
    let mut out = String::with_capacity(body.len() + 16);
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        if matches!(bytes[at], b'"' | b'`' | b'\'') {
            at = lexer::string_end(bytes, at).unwrap_or(bytes.len());
            continue;
        }
        let is_word = bytes[at..].starts_with(b"include")
            && at
                .checked_sub(1)
                .is_none_or(|before| !bytes[before].is_ascii_alphanumeric() && bytes[before] != b'.');
        if !is_word {
            at += 1;
            continue;
        }
        at += "include".len();
        let name = at + (body[at..].len() - body[at..].trim_start_matches(BLANKS).len());
        let Some(end) = closing(bytes, name) else { continue };
        if name > at && body[name..end].contains("Template.") {
            out.push_str(&body[copied..name]);
            out.push_str("(print ");
            out.push_str(&body[name..end]);
            out.push_str(" \"@p\")");
            copied = end;
            at = end;
        }
    }
    out.push_str(&body[copied..]);
    out
}

/// Longer names of files are not written by people, and each `include` looks this far at most.
const LONGEST_NAME: usize = 2000;

/// Where the parenthesis that opens at `at` closes.
fn closing(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'(') {
        return None;
    }
    let limit = bytes.len().min(at + LONGEST_NAME);
    let (mut next, mut depth) = (at, 0usize);
    while next < limit {
        match bytes[next] {
            b'"' | b'`' | b'\'' => {
                next = lexer::string_end(&bytes[..limit], next)?;
                continue;
            }
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(next + 1),
            b')' => depth -= 1,
            _ => {}
        }
        next += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_parentheses_hold_together() {
        assert_eq!(commands("a (b | c) \"|\" | d `|` |e"), ["a (b | c) \"|\"", "d `|`", "e"]);
        assert_eq!(words("dict \"a b\" (x y) .z"), ["dict", "\"a b\"", "(x y)", ".z"]);
        assert_eq!(words("a \"b"), ["a", "\"b"]);
    }

    #[test]
    fn a_call_is_seen_through_parentheses() {
        let found = call("(include \"x\" (dict \"a\" .)) | nindent 4").expect("a call");
        let filters = found.filters.clone();
        assert_eq!((found.name(), found.words[2], filters), (Some("x"), "(dict \"a\" .)", vec!["nindent 4"]));
        assert_eq!(call("include $name .").expect("a call").name(), None);
        for body in ["printf \"%s\" (include \"x\" .)", "include", "", ".Values.a"] {
            assert!(call(body).is_none(), "{body}");
        }
        assert!(call(&format!("{}x{}", "(".repeat(5000), ")".repeat(5000))).is_none());
    }
}
