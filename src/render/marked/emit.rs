//! Template text written again: without marks it prints the same, with marks it says where each piece comes from.
//!
//! Trim markers are gone from what is written, as [`Parts::printed`] has applied them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::lexer::{self, BLANKS, Kind, Word};
use super::marked_variables::MarkedVariables;
use super::parts::{Parts, Region};
use super::words::{call, keeps_marks, with_plain_files};

/// What a mark stands for: the text in front of which it is printed.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Position among the templates.
    pub(super) template: u32,
    pub(super) region: u32,
    pub(super) token: u32,
    /// Bytes of the template file: one line of text without its blanks, or an action.
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) is_text: bool,
    /// The marked helper that the action prints.
    pub(super) calls: Option<Callee>,
}

/// A helper that is called marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Callee {
    /// Its name; `None` where only the run knows it.
    pub(super) name: Option<String>,
    /// The action that holds the call and its argument: another one where a variable is printed.
    pub(super) token: u32,
}

/// Writes regions of templates, and notes what each mark stands for.
pub(super) struct Emitter<'a> {
    /// The word of the marks: `~nh:7~`.
    pub(super) nonce: &'a str,
    /// The helpers of which there is a marked copy.
    pub(super) known: &'a BTreeSet<&'a str>,
    /// Whether every helper that a computed name can lead to has a marked copy.
    pub(super) dynamic: bool,
    pub(super) marks: Vec<Mark>,
}

/// Where a region that is written comes from.
#[derive(Clone, Copy)]
pub(super) struct Origin<'p, 's> {
    pub(super) parts: &'p Parts<'s>,
    pub(super) template: u32,
    pub(super) region: u32,
}

impl<'p> Origin<'p, '_> {
    fn region(self) -> &'p Region {
        &self.parts.regions[self.region as usize]
    }
}

impl Emitter<'_> {
    /// Appends a region as it stands: what it prints is the same.
    pub(super) fn plain(out: &mut String, from: Origin<'_, '_>) {
        for &token in &from.region().tokens {
            let body = from.parts.body(token);
            match (from.parts.tokens[token as usize].kind, from.parts.tokens[token as usize].word) {
                (Kind::Text, _) => out.push_str(&from.parts.text[from.parts.printed(token)]),
                (Kind::Comment, _) => {}
                (_, Word::Block) => action(out, &with_plain_files(&as_template(body))),
                _ => action(out, &with_plain_files(body)),
            }
        }
    }

    /// Appends a region with a mark in front of each line of text and of each action that prints.
    pub(super) fn marked(&mut self, out: &mut String, from: Origin<'_, '_>) {
        let variables = MarkedVariables::of(from.parts, from.region(), &|name| self.known.contains(name));
        for &token in &from.region().tokens {
            let found = &from.parts.tokens[token as usize];
            let body = from.parts.body(token);
            match (found.kind, found.word) {
                (Kind::Text, _) => self.text(out, from, token),
                (Kind::Comment, _) => {}
                (Kind::Control, Word::Block) => self.print(out, from, token, &as_template(body), &variables),
                (Kind::Print, _) => self.print(out, from, token, body, &variables),
                (Kind::Control, Word::Range) => self.range(out, from, token),
                (Kind::Control, _) => {
                    action(out, &with_plain_files(body));
                    if let Some(assigned) = variables.assigned(token) {
                        action(out, &self.calling(assigned).map_or(assigned.to_owned(), |(body, _)| body));
                    }
                }
            }
        }
    }

    fn text(&mut self, out: &mut String, from: Origin<'_, '_>, token: u32) {
        let range = from.parts.printed(token);
        let mut start = range.start;
        for line in from.parts.text[range].split_inclusive('\n') {
            let content = line.trim_matches(BLANKS);
            // Helm cuts documents there; no one writes anything there that could be found.
            if !content.is_empty() && content != "---" {
                let indent = line.len() - line.trim_start_matches(BLANKS).len();
                out.push_str(&line[..indent]);
                let at = start + indent;
                self.mark(out, from, token, at..at + content.len(), None);
                out.push_str(&line[indent..]);
            } else {
                out.push_str(line);
            }
            start += line.len();
        }
    }

    fn print(
        &mut self,
        out: &mut String,
        from: Origin<'_, '_>,
        token: u32,
        body: &str,
        variables: &MarkedVariables,
    ) {
        let marked = variables.printed(body);
        let plain = with_plain_files(body);
        let (body, calls) = match (marked, self.calling(&plain)) {
            (Some((body, name, holder)), _) => (body, Some(Callee { name: Some(name), token: holder })),
            (None, Some((body, name))) => (body, Some(Callee { name, token })),
            (None, None) => (plain, None),
        };
        let whole = from.parts.tokens[token as usize].whole.clone();
        self.mark(out, from, token, whole, calls);
        action(out, &body);
    }

    /// A loop that says its turns: the index or key, in base 32 as it may hold anything.
    fn range(&mut self, out: &mut String, from: Origin<'_, '_>, token: u32) {
        let body = with_plain_files(from.parts.body(token));
        let rest = body["range".len()..].trim_matches(BLANKS);
        let fresh = |kind: &str| format!("$nh{kind}{token}");
        let (key, value, over) = match lexer::assignment(rest) {
            Some(found) if !found.declares => return action(out, &body),
            Some(found) => match found.names.as_slice() {
                [value] => (fresh("k"), (*value).to_owned(), found.value),
                [key, value] => ((*key).to_owned(), (*value).to_owned(), found.value),
                _ => return action(out, &body),
            },
            None => (fresh("k"), fresh("v"), rest),
        };
        // A number gives no key (Go 1.24), and needs none.
        if over.bytes().all(|byte| byte.is_ascii_digit()) {
            return action(out, &body);
        }
        action(out, &format!("range {key}, {value} := {over}"));
        let whole = from.parts.tokens[token as usize].whole.clone();
        self.mark(out, from, token, whole, None);
        out.pop();
        let _ = write!(out, "={{{{ {key} | toString | b32enc }}}}~");
    }

    fn mark(
        &mut self,
        out: &mut String,
        from: Origin<'_, '_>,
        token: u32,
        at: std::ops::Range<usize>,
        calls: Option<Callee>,
    ) {
        let _ = write!(out, "~{}:{}~", self.nonce, self.marks.len());
        self.marks.push(Mark {
            template: from.template,
            region: from.region,
            token,
            start: at.start as u32,
            end: at.end as u32,
            is_text: from.parts.tokens[token as usize].kind == Kind::Text,
            calls,
        });
    }

    /// An action that only prints a helper, calling its marked copy; and the helper's name.
    fn calling(&self, body: &str) -> Option<(String, Option<String>)> {
        let head = lexer::assignment(body).map_or(0, |found| body.len() - found.value.len());
        let found = call(&body[head..])?;
        if !found.filters.iter().all(|filter| keeps_marks(filter)) {
            return None;
        }
        let name = found.name().map(str::to_owned);
        let written = match &name {
            Some(name) if self.known.contains(name.as_str()) => format!("\"{name}@m\""),
            None if self.dynamic && found.words[0] == "include" => {
                let computed = found.words[1];
                if computed.contains("Template.") || computed.contains(".yaml") {
                    return None;
                }
                format!("(print {computed} \"@m\")")
            }
            _ => return None,
        };
        let mut out = format!("{} {written}", found.words[0]);
        for word in &found.words[2..] {
            let _ = write!(out, " {word}");
        }
        for filter in &found.filters {
            out = if *filter == "trim" { self.trimmed(&out) } else { format!("{out} | {filter}") };
        }
        Some((format!("{}{out}", &body[..head]), name))
    }

    /// `trim` would stop at the first mark: the blanks behind the leading marks go as well.
    fn trimmed(&self, text: &str) -> String {
        let marks = format!("((?:~{}:[0-9]+(?:=[A-Z2-7=]*)?~)*)", self.nonce);
        format!(
            "(regexReplaceAll \"^{marks}\\\\s+{marks}\\\\s*{marks}\\\\s*\" ({text} | trim) \"${{1}}${{2}}${{3}}\")"
        )
    }
}

/// A `block` is a call where it stands.
fn as_template(body: &str) -> String {
    format!("template{}", &body["block".len()..])
}

/// Appends an action. Behind a brace it would be read one brace too early, so the blank between is cut again.
pub(super) fn action(out: &mut String, body: &str) {
    out.push_str(if out.ends_with('{') { " {{- " } else { "{{ " });
    out.push_str(body);
    out.push_str(" }}");
}
