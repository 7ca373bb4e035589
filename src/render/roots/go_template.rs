//! The Go templates of ApplicationSets: conditions, loops, variables and pipelines. What is not understood has no
//! answer, so that nothing is guessed.

use serde_json::{Map, Value};

use super::go_functions::{LONGEST, call, is_true, printed};
use crate::render::marked::{Kind, Token, Word, assignment, commands, inside, lex, string, words};

/// The parameters of one generated Application.
pub(super) type Parameters = Map<String, Value>;

/// Stands for what is not known in a text: no manifest has this character.
pub(super) const UNKNOWN: char = '\u{f8ff}';

/// How deep parentheses and blocks may stand in each other.
const DEEPEST: usize = 20;

/// How many actions one template may run.
const MOST_STEPS: usize = 100_000;

/// What a name that is no parameter is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Nothing, where what it would stand in is there.
    Nothing,
    /// An error.
    Error,
    /// Something that is not known here: it prints [`UNKNOWN`].
    Unknown,
}

/// The text with everything in it answered; none where something is not understood or not known.
pub(super) fn fill(text: &str, parameters: &Parameters, missing: Missing) -> Option<String> {
    if !text.contains("{{") {
        return Some(text.to_owned());
    }
    let tokens = lex(text)?;
    let mut run = Run {
        text,
        tokens: &tokens,
        parameters,
        missing,
        filled: String::new(),
        variables: Vec::new(),
        left: MOST_STEPS,
    };
    let end = run.block(0, None, 0)?;
    (end == tokens.len()).then_some(run.filled)
}

/// A template that is filled.
struct Run<'t> {
    text: &'t str,
    tokens: &'t [Token],
    parameters: &'t Parameters,
    missing: Missing,
    filled: String,
    variables: Vec<(String, Value)>,
    /// What is left of [`MOST_STEPS`].
    left: usize,
}

/// What `.` is; nothing for all parameters.
type Dot<'v> = Option<&'v Value>;

impl Run<'_> {
    /// Runs what follows up to the `else` or `end` that closes it; the position of that, or the end.
    fn block(&mut self, mut at: usize, dot: Dot<'_>, depth: usize) -> Option<usize> {
        let known = self.variables.len();
        while let Some(token) = self.tokens.get(at) {
            self.left = self.left.checked_sub(1)?;
            let body = &self.text[token.body.clone()];
            match (token.kind, token.word) {
                (Kind::Text, _) => self.print_text(at),
                (Kind::Print, _) => self.print(body, dot)?,
                (Kind::Comment, _) => {}
                (Kind::Control, Word::If | Word::With | Word::Range) => {
                    (depth < DEEPEST).then_some(())?;
                    at = self.branches(at, dot, depth + 1)?;
                }
                (Kind::Control, Word::Else | Word::End) => break,
                (Kind::Control, Word::None) => self.assign(body, dot)?,
                (Kind::Control, _) => return None,
            }
            at += 1;
            if self.filled.len() > LONGEST {
                return None;
            }
        }
        self.variables.truncate(known);
        Some(at)
    }

    /// Text without the blanks that its neighbours cut.
    fn print_text(&mut self, at: usize) {
        let mut text = &self.text[self.tokens[at].body.clone()];
        if at.checked_sub(1).is_some_and(|before| self.tokens[before].cuts_after) {
            text = text.trim_start();
        }
        if self.tokens.get(at + 1).is_some_and(|next| next.cuts_before) {
            text = text.trim_end();
        }
        self.filled.push_str(text);
    }

    fn print(&mut self, body: &str, dot: Dot<'_>) -> Option<()> {
        match self.pipeline(body, dot, 0) {
            // As Go prints it.
            Some(Value::Null) => self.filled.push_str("<no value>"),
            Some(value) => self.filled.push_str(&printed(&value)?),
            None if self.missing == Missing::Unknown => self.filled.push(UNKNOWN),
            None => return None,
        }
        Some(())
    }

    fn assign(&mut self, body: &str, dot: Dot<'_>) -> Option<()> {
        let assignment = assignment(body)?;
        let [name] = assignment.names[..] else { return None };
        let value = self.pipeline(assignment.value, dot, 0)?;
        if assignment.declares {
            self.variables.push((name.to_owned(), value));
        } else {
            self.variables.iter_mut().rev().find(|(known, _)| known == name)?.1 = value;
        }
        Some(())
    }

    /// Runs the branch of a block that counts; the position of its `end`.
    fn branches(&mut self, opening: usize, dot: Dot<'_>, depth: usize) -> Option<usize> {
        let known = self.variables.len();
        let (mut at, mut is_met) = (opening, false);
        while self.tokens[at].word != Word::End {
            if !is_met {
                is_met = self.branch(at, dot, depth)?;
            }
            at = self.closing(at)?;
        }
        self.variables.truncate(known);
        Some(at)
    }

    /// Runs the branch that begins at a position, if it counts.
    fn branch(&mut self, at: usize, dot: Dot<'_>, depth: usize) -> Option<bool> {
        let body = &self.text[self.tokens[at].body.clone()];
        let body = body.strip_prefix("else").unwrap_or(body).trim_start();
        let end = body.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(body.len());
        let (word, rest) = body.split_at(end);
        match word {
            "" => self.block(at + 1, dot, depth).map(|_| true),
            "range" => self.each(rest, at, dot, depth),
            "if" | "with" => {
                let value = self.subject(rest, dot)?;
                if is_true(&value) {
                    let inner = if word == "with" { Some(&value) } else { dot };
                    self.block(at + 1, inner, depth)?;
                }
                Some(is_true(&value))
            }
            _ => None,
        }
    }

    /// What a condition asks about; a variable that is declared there stays for the block.
    fn subject(&mut self, body: &str, dot: Dot<'_>) -> Option<Value> {
        let body = body.trim();
        let Some(assignment) = assignment(body) else { return self.pipeline(body, dot, 0) };
        let [name] = assignment.names[..] else { return None };
        let value = self.pipeline(assignment.value, dot, 0)?;
        self.variables.push((name.to_owned(), value.clone()));
        Some(value)
    }

    /// Runs a block for each item; whether there is any.
    fn each(&mut self, body: &str, at: usize, dot: Dot<'_>, depth: usize) -> Option<bool> {
        let body = body.trim();
        let assignment = assignment(body);
        let value = self.pipeline(assignment.as_ref().map_or(body, |assignment| assignment.value), dot, 0)?;
        let items: Vec<(Value, Value)> = match value {
            Value::Null => Vec::new(),
            Value::Array(items) => {
                items.into_iter().enumerate().map(|(at, item)| (at.into(), item)).collect()
            }
            Value::Object(entries) => {
                let mut entries: Vec<_> = entries.into_iter().collect();
                entries.sort_by(|(one, _), (other, _)| one.cmp(other));
                entries.into_iter().map(|(key, value)| (key.into(), value)).collect()
            }
            _ => return None,
        };
        let known = self.variables.len();
        let names = assignment.map(|assignment| assignment.names).unwrap_or_default();
        for (key, item) in &items {
            match names[..] {
                [value] => self.variables.push((value.to_owned(), item.clone())),
                [index, value] => {
                    self.variables.push((index.to_owned(), key.clone()));
                    self.variables.push((value.to_owned(), item.clone()));
                }
                _ => {}
            }
            self.block(at + 1, Some(item), depth)?;
            self.variables.truncate(known);
        }
        Some(!items.is_empty())
    }

    /// The `else` or `end` that belongs to the block or `else` at a position.
    fn closing(&mut self, at: usize) -> Option<usize> {
        let mut open = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(at + 1) {
            self.left = self.left.checked_sub(1)?;
            match token.word {
                Word::If | Word::With | Word::Range | Word::Define | Word::Block => open += 1,
                Word::Else | Word::End if open == 0 => return Some(at),
                Word::End => open -= 1,
                _ => {}
            }
        }
        None
    }

    fn pipeline(&self, text: &str, dot: Dot<'_>, depth: usize) -> Option<Value> {
        let mut piped: Option<Value> = None;
        for command in commands(text) {
            let words = words(command);
            let (first, rest) = words.split_first()?;
            let mut arguments = Vec::with_capacity(rest.len() + 1);
            for word in rest {
                arguments.push(self.term(word, dot, depth)?);
            }
            arguments.extend(piped.take());
            let is_name = first.starts_with(|c: char| c.is_ascii_alphabetic());
            piped = Some(match (*first, arguments.is_empty()) {
                ("true" | "false", true) => self.term(first, dot, depth)?,
                _ if is_name => call(first, &arguments)?,
                (_, true) => self.term(first, dot, depth)?,
                _ => return None,
            });
        }
        piped
    }

    fn term(&self, word: &str, dot: Dot<'_>, depth: usize) -> Option<Value> {
        if let Some(inner) = inside(word) {
            return (depth < DEEPEST).then(|| self.pipeline(inner, dot, depth + 1)).flatten();
        }
        // A field of what parentheses answer.
        let field = word.starts_with('(').then(|| word.rsplit_once(").")).flatten();
        if let Some((inner, path)) = field.filter(|(_, path)| !path.contains(['"', '`', ')'])) {
            let value = (depth < DEEPEST).then(|| self.pipeline(&inner[1..], dot, depth + 1)).flatten()?;
            return self.field(Some(&value), path);
        }
        if let Some(variable) = word.strip_prefix('$') {
            let (name, path) = variable.split_once('.').unwrap_or((variable, ""));
            if name.is_empty() {
                return self.field(None, path);
            }
            let known = self.variables.iter().rev().find(|(known, _)| known[1..] == *name)?;
            return self.field(Some(&known.1), path);
        }
        if let Some(path) = word.strip_prefix('.') {
            return self.field(dot, path);
        }
        match word {
            "true" | "false" => Some(Value::Bool(word == "true")),
            _ if word.starts_with('"') => serde_json::from_str(word).ok(),
            _ if word.starts_with('`') => string(word).map(Value::from),
            _ => word.parse::<i64>().ok().map(Value::from),
        }
    }

    /// What stands at the end of a path of names. What is missing is nothing, where what it would stand in is there.
    fn field(&self, of: Dot<'_>, path: &str) -> Option<Value> {
        let mut names = path.split('.').filter(|name| !name.is_empty());
        let mut value = match of {
            Some(value) => value,
            None => match names.next() {
                Some(name) => match self.parameters.get(name) {
                    Some(value) => value,
                    None if self.missing != Missing::Nothing || names.next().is_some() => return None,
                    None => return Some(Value::Null),
                },
                None => return Some(Value::Object(self.parameters.clone())),
            },
        };
        while let Some(name) = names.next() {
            value = match value.as_object()?.get(name) {
                Some(value) => value,
                None if self.missing != Missing::Nothing || names.next().is_some() => return None,
                None => return Some(Value::Null),
            };
        }
        Some(value.clone())
    }
}
