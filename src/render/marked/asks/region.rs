//! Templates as the actions that Helm runs: of files, of helpers, and of texts that are printed as templates.

use std::ops::Range;

use super::super::lexer::{self, Kind, Token, Word};
use super::super::parts::Parts;

/// An action of a template.
pub(super) struct Action<'t> {
    /// Where it stands in its file.
    pub(super) whole: Range<usize>,
    pub(super) word: Word,
    /// What is evaluated.
    pub(super) body: &'t str,
    /// The variables that it sets.
    pub(super) sets: Vec<&'t str>,
    /// Whether these are new.
    pub(super) declares: bool,
    pub(super) prints: bool,
    /// `else if`, `else with`: it opens no scope of its own.
    pub(super) is_else: bool,
}

/// The text of a file, or of a helper.
pub(super) struct Region<'t> {
    pub(super) file: usize,
    pub(super) name: Option<String>,
    /// Whether it is no template but a text that is printed as one.
    pub(super) is_text: bool,
    pub(super) actions: Vec<Action<'t>>,
}

/// A text that Helm may run.
pub(super) struct Text<'t> {
    pub(super) file: usize,
    pub(super) content: std::borrow::Cow<'t, str>,
    /// Where it stands in its file, if it is not all of it.
    pub(super) place: Option<Range<usize>>,
    pub(super) is_plain: bool,
}

impl Text<'_> {
    /// The parts of it: its own text, and the helpers that it defines.
    pub(super) fn regions(&self) -> Vec<Region<'_>> {
        let text = &*self.content;
        let region = |name, actions| Region { file: self.file, name, is_text: self.is_plain, actions };
        let Some(parts) = Parts::read(text) else {
            let tokens = tokens(text);
            return vec![region(None, tokens.iter().filter_map(|token| self.action(token)).collect())];
        };
        let parts = parts.regions.iter().map(|part| {
            let tokens = part.tokens.iter().map(|token| &parts.tokens[*token as usize]);
            region(part.name.clone(), tokens.filter_map(|token| self.action(token)).collect())
        });
        parts.collect()
    }

    fn action(&self, token: &Token) -> Option<Action<'_>> {
        if !matches!(token.kind, Kind::Print | Kind::Control) {
            return None;
        }
        let mut body = &self.content[token.body.clone()];
        let mut word = token.word;
        if word != Word::None {
            body = rest(body);
        }
        if word == Word::Else {
            // `else if` and `else with` ask again.
            for (again, name) in [(Word::If, "if"), (Word::With, "with")] {
                if body.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '\t', '\n', '('])) {
                    (word, body) = (again, rest(body));
                }
            }
        }
        let set = lexer::assignment(body);
        let sets = set.as_ref().map(|found| found.names.clone()).unwrap_or_default();
        let declares = set.as_ref().is_some_and(|found| found.declares);
        let body = set.map_or(body, |found| found.value);
        let whole = self.place.clone().unwrap_or_else(|| token.whole.clone());
        let prints = token.kind == Kind::Print || word == Word::Block;
        Some(Action { whole, word, body, sets, declares, prints, is_else: token.word == Word::Else })
    }
}

/// What comes after the first word.
fn rest(body: &str) -> &str {
    let end = body.find(|c: char| !c.is_alphanumeric()).unwrap_or(body.len());
    body[end..].trim_start()
}

/// The tokens of a text; of one that is no template, those of the actions in it.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    if let Some(tokens) = lexer::lex(text) {
        return tokens;
    }
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("{{").map(|start| at + start) {
        let Some(end) = text[start..].find("}}").map(|end| start + end + 2) else { break };
        let shifted = |range: &Range<usize>| range.start + start..range.end + start;
        for token in lexer::lex(&text[start..end]).unwrap_or_default() {
            let (whole, body) = (shifted(&token.whole), shifted(&token.body));
            found.push(Token { whole, body, ..token });
        }
        at = if found.last().is_some_and(|token: &Token| token.whole.start == start) {
            end
        } else {
            start + 2
        };
    }
    found
}

/// The names, and the strings, of a body.
pub(super) fn names(body: &str) -> impl Iterator<Item = &str> {
    name_places(body).filter_map(|place| body.get(place))
}

/// Where they stand.
pub(super) fn name_places(body: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = body.as_bytes();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            if matches!(bytes[at], b'"' | b'`' | b'\'') {
                at = lexer::string_end(bytes, at).unwrap_or(bytes.len()).min(bytes.len());
                return Some(start..at);
            }
            while at < bytes.len() && is_name(bytes[at]) {
                at += 1;
            }
            if at > start {
                return Some(start..at);
            }
            at += 1;
        }
        None
    })
}

/// `group/version`, with or without a kind.
pub(super) fn is_api_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let is_version = |part: &&str| {
        part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    };
    let is_word = |part: &&str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
    };
    matches!(parts.len(), 2 | 3) && parts[1..2].iter().all(is_version) && parts.iter().all(is_word)
}
