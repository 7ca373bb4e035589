//! A template file as its parts: the file's own text and each helper it defines.
//!
//! Trim markers are applied here, once and for all: they cut blanks of the neighbouring text and depend on nothing
//! else (`text/template`: "{{- " and " -}}"), so what is left can be cut anywhere without changing what is printed.

use std::ops::Range;

use super::lexer::{self, BLANKS, Kind, Token, Word};

/// A template file that was read.
#[derive(Debug)]
pub(super) struct Parts<'s> {
    pub(super) text: &'s str,
    pub(super) tokens: Vec<Token>,
    /// The file's own text first, then its helpers in order.
    pub(super) regions: Vec<Region>,
    /// For each token that opens a scope, the token that ends it.
    ends: Vec<u32>,
    /// For each token, the one that opens the innermost scope around it.
    around: Vec<u32>,
    /// Whether each token stands behind an `else` of that scope.
    is_else: Vec<bool>,
}

/// The text of a file, or of a helper.
#[derive(Debug)]
pub(super) struct Region {
    /// `None` for the file itself.
    pub(super) name: Option<String>,
    /// Positions of its tokens, in order.
    pub(super) tokens: Vec<u32>,
    /// Whether a variable is changed (`=`) in it: then what is in closed scopes counts too.
    pub(super) changes: bool,
}

const NONE: u32 = u32::MAX;

/// A region that is being read.
struct Open {
    region: usize,
    /// What opens them, and whether their `else` has come.
    scopes: Vec<(u32, bool)>,
}

impl<'s> Parts<'s> {
    /// Reads a template file; `None` where Go would refuse it, or where a name is too odd to be written again.
    pub(super) fn read(text: &'s str) -> Option<Self> {
        let tokens = lexer::lex(text)?;
        let mut regions = vec![Region { name: None, tokens: Vec::new(), changes: false }];
        let (mut ends, mut around) = (vec![NONE; tokens.len()], vec![NONE; tokens.len()]);
        let mut is_else = vec![false; tokens.len()];
        let mut stack = vec![Open { region: 0, scopes: Vec::new() }];
        for (index, token) in tokens.iter().enumerate() {
            let number = index as u32;
            let top = stack.last_mut()?;
            let region = &mut regions[top.region];
            match token.word {
                Word::End => {
                    if let Some((opening, _)) = top.scopes.pop() {
                        ends[opening as usize] = number;
                        region.tokens.push(number);
                    } else {
                        stack.pop();
                        continue;
                    }
                }
                Word::Define => {}
                Word::Else => {
                    region.tokens.push(number);
                    if let Some((_, has_come)) = top.scopes.last_mut() {
                        *has_come = true;
                    }
                }
                _ => region.tokens.push(number),
            }
            (around[index], is_else[index]) = top.scopes.last().copied().unwrap_or((NONE, false));
            let body = &text[token.body.clone()];
            if token.kind == Kind::Control && lexer::assignment(body).is_some_and(|found| !found.declares) {
                region.changes = true;
            }
            if token.word.opens() {
                top.scopes.push((number, false));
            }
            if matches!(token.word, Word::Define | Word::Block) {
                let name = Some(first_string(body)?.to_owned());
                stack.push(Open { region: regions.len(), scopes: Vec::new() });
                regions.push(Region { name, tokens: Vec::new(), changes: false });
            }
        }
        let whole = matches!(stack.as_slice(), [file] if file.scopes.is_empty());
        whole.then_some(Self { text, tokens, regions, ends, around, is_else })
    }

    /// What stands between the delimiters of an action, or a text as it is written.
    pub(super) fn body(&self, token: u32) -> &'s str {
        &self.text[self.tokens[token as usize].body.clone()]
    }

    /// The part of a text token that Go prints: without the blanks that the actions beside it cut.
    pub(super) fn printed(&self, token: u32) -> Range<usize> {
        let index = token as usize;
        let Range { mut start, mut end } = self.tokens[index].body;
        if index > 0 && self.tokens[index - 1].cuts_after {
            let text = &self.text[start..end];
            start = end - text.trim_start_matches(BLANKS).len();
        }
        if self.tokens.get(index + 1).is_some_and(|next| next.cuts_before) {
            end = start + self.text[start..end].trim_end_matches(BLANKS).len();
        }
        start..end
    }

    /// The token that ends the scope which a token opens.
    pub(super) fn end_of(&self, token: u32) -> u32 {
        self.ends[token as usize]
    }

    /// The tokens that open the scopes around a token, in the same part, innermost first.
    pub(super) fn around(&self, token: u32) -> impl Iterator<Item = u32> {
        let next = |token: &u32| Some(self.around[*token as usize]).filter(|around| *around != NONE);
        std::iter::successors(next(&token), next)
    }

    /// The tokens that open the scopes around a token, as above, and whether it stands where what they ask holds.
    pub(super) fn branches(&self, token: u32) -> impl Iterator<Item = (u32, bool)> {
        let inside = std::iter::once(token).chain(self.around(token));
        self.around(token).zip(inside).map(|(opening, inside)| (opening, !self.is_else[inside as usize]))
    }
}

/// The first string of a body, if it needs no unquoting.
fn first_string(body: &str) -> Option<&str> {
    let start = body.find(['"', '`'])?;
    let end = lexer::string_end(body.as_bytes(), start)?;
    let name = &body[start + 1..end - 1];
    (!name.contains(['\\', '"'])).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_know_where_they_end() {
        let parts = Parts::read("{{ if .a }}{{ range .b }}x{{ end }}y{{ end }}z").expect("a template");
        assert_eq!((parts.end_of(0), parts.end_of(1)), (5, 3));
        let around = |token| parts.around(token).collect::<Vec<_>>();
        assert_eq!(
            [around(0), around(2), around(3), around(4), around(5)],
            [vec![], vec![1, 0], vec![0], vec![0], vec![]]
        );
    }
}
