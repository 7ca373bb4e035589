//! Template text as tokens, by the rules of Go's `text/template/parse/lex.go`.
//!
//! It finds where actions begin and end and what kind each is; what stands in them is read elsewhere. Linear, and
//! never fails in the middle: text that Go's lexer would refuse gives nothing at all.

use std::ops::Range;

use memchr::memmem;

/// What a token is to the text that comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Kind {
    /// Printed as it stands, apart from trimmed blanks.
    Text,
    /// An action that prints.
    Print,
    /// An action that prints nothing: a keyword, or an assignment.
    Control,
    /// `{{/* … */}}`.
    Comment,
}

/// The keyword that an action begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Word {
    None,
    If,
    Else,
    End,
    Range,
    With,
    Define,
    Block,
    Break,
    Continue,
}

impl Word {
    /// Does it open a scope that an `end` closes, where it stands?
    pub(super) fn opens(self) -> bool {
        matches!(self, Self::If | Self::Range | Self::With)
    }

    fn of(body: &str) -> Self {
        let end = body.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(body.len());
        match &body[..end] {
            "if" => Self::If,
            "else" => Self::Else,
            "end" => Self::End,
            "range" => Self::Range,
            "with" => Self::With,
            "define" => Self::Define,
            "block" => Self::Block,
            "break" => Self::Break,
            "continue" => Self::Continue,
            _ => Self::None,
        }
    }
}

/// A piece of template text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::render) struct Token {
    pub(in crate::render) kind: Kind,
    pub(in crate::render) word: Word,
    /// All of it, delimiters included.
    pub(in crate::render) whole: Range<usize>,
    /// What stands between the delimiters, without blanks around it; the text of a text; empty for a comment.
    pub(in crate::render) body: Range<usize>,
    /// `{{- `: blanks before it are cut.
    pub(in crate::render) cuts_before: bool,
    /// ` -}}`: blanks behind it are cut.
    pub(in crate::render) cuts_after: bool,
}

/// The blanks of Go's lexer (`spaceChars`), which trim markers cut.
pub(super) const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The tokens of a text, which they cover; `None` where Go would refuse it: an action, comment or string that does
/// not end.
pub(in crate::render) fn lex(text: &str) -> Option<Vec<Token>> {
    let opening = memmem::Finder::new("{{");
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let action = opening.find(&text.as_bytes()[at..]).map_or(text.len(), |found| at + found);
        if action > at {
            tokens.push(Token {
                kind: Kind::Text,
                word: Word::None,
                whole: at..action,
                body: at..action,
                cuts_before: false,
                cuts_after: false,
            });
        }
        if action == text.len() {
            break;
        }
        let token = lex_action(text, action)?;
        at = token.whole.end;
        tokens.push(token);
    }
    Some(tokens)
}

fn lex_action(text: &str, start: usize) -> Option<Token> {
    let bytes = text.as_bytes();
    let cuts_before =
        bytes.get(start + 2) == Some(&b'-') && bytes.get(start + 3).is_some_and(|byte| is_blank(*byte));
    let inside = start + if cuts_before { 3 } else { 2 };
    let first = skip_blanks(bytes, inside);
    if bytes[first..].starts_with(b"/*") {
        let after = first + 2 + memmem::find(&bytes[first + 2..], b"*/")? + 2;
        let marker = skip_blanks(bytes, after);
        let cuts_after = marker > after && bytes.get(marker) == Some(&b'-');
        let end = marker + usize::from(cuts_after);
        bytes[end..].starts_with(b"}}").then_some(())?;
        return Some(Token {
            kind: Kind::Comment,
            word: Word::None,
            whole: start..end + 2,
            body: first..first,
            cuts_before,
            cuts_after,
        });
    }
    let (end, cuts_after) = action_end(bytes, inside)?;
    let whole = start..end + if cuts_after { 4 } else { 2 };
    let inner = &text[inside..end];
    let from = inside + (inner.len() - inner.trim_start_matches(BLANKS).len());
    let body = from..from.max(inside + inner.trim_end_matches(BLANKS).len());
    let word = Word::of(&text[body.clone()]);
    let silent = word != Word::None || assignment(&text[body.clone()]).is_some();
    let kind = if silent { Kind::Control } else { Kind::Print };
    Some(Token { kind, word, whole, body, cuts_before, cuts_after })
}

/// Where the body of an action ends, and whether a trim marker (a blank and `-`) stands there.
fn action_end(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    loop {
        match *bytes.get(at)? {
            b'}' if bytes.get(at + 1) == Some(&b'}') => return Some((at, false)),
            byte if is_blank(byte) && bytes[at + 1..].starts_with(b"-}}") => return Some((at, true)),
            b'"' | b'`' | b'\'' => at = string_end(bytes, at)?,
            _ => at += 1,
        }
    }
}

/// Where the string that begins at `at` ends, quotes included. Only raw strings span lines.
pub(super) fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = bytes[at];
    if quote == b'`' {
        return memchr::memchr(b'`', &bytes[at + 1..]).map(|end| at + 1 + end + 1);
    }
    let mut next = at + 1;
    loop {
        match *bytes.get(next)? {
            b'\\' => next += 2,
            b'\n' => return None,
            byte if byte == quote => return Some(next + 1),
            _ => next += 1,
        }
    }
}

/// An action or the rest of one that assigns: `$a := …`, `$a = …`, `$k, $v := …`.
pub(in crate::render) struct Assignment<'t> {
    /// The names, with their `$`: at most a key and a value.
    pub(in crate::render) names: Vec<&'t str>,
    /// `:=`.
    pub(in crate::render) declares: bool,
    /// What is assigned.
    pub(in crate::render) value: &'t str,
}

/// Reads an assignment, if `body` is one.
pub(in crate::render) fn assignment(body: &str) -> Option<Assignment<'_>> {
    let mut names = Vec::new();
    let mut rest = body;
    loop {
        let name = rest.strip_prefix('$')?;
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
        names.push(&rest[..=end]);
        rest = name[end..].trim_start_matches(BLANKS);
        match rest.strip_prefix(',') {
            Some(more) if names.len() < 2 => rest = more.trim_start_matches(BLANKS),
            _ => break,
        }
    }
    let declares = rest.starts_with(":=");
    let value = rest.strip_prefix(":=").or_else(|| rest.strip_prefix('='))?;
    Some(Assignment { names, declares, value: value.trim_matches(BLANKS) })
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|byte| is_blank(*byte)) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let tokens = lex(text).expect("a template");
        tokens.iter().map(|token| format!("{:?} {}", token.kind, &text[token.body.clone()])).collect()
    }

    #[test]
    fn keywords_and_assignments_print_nothing() {
        assert_eq!(
            shown("{{if .a}}{{ $x := 1 }}{{ $x = 2 }}{{ $x }}{{ $k, $v := .}}{{iffy}}{{ end }}"),
            [
                "Control if .a",
                "Control $x := 1",
                "Control $x = 2",
                "Print $x",
                "Control $k, $v := .",
                "Print iffy",
                "Control end"
            ]
        );
    }
}
