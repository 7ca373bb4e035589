//! Regular expressions in the syntax of RE2, run in linear time.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

use super::budget::Budget;
use super::fault::Failure;

/// A compiled expression may take so many bytes.
const LARGEST: usize = 256 * 1024;

/// What compiling costs, beside the length.
const COMPILING: usize = 200;

/// Patterns that were compiled: most are constants, which are asked for again for every object.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    known: HashMap<String, Regex>,
}

/// More patterns are not kept.
const MOST_KEPT: usize = 64;

impl Patterns {
    /// A pattern, compiled and paid for once.
    pub(super) fn get(&mut self, pattern: &str, budget: &mut Budget) -> Result<Regex, Failure> {
        if let Some(known) = self.known.get(pattern) {
            return Ok(known.clone());
        }
        budget.pay(COMPILING + 8 * pattern.len())?;
        let compiled = compile(pattern)?;
        if self.known.len() < MOST_KEPT {
            self.known.insert(pattern.to_owned(), compiled.clone());
        }
        Ok(compiled)
    }
}

/// Pays for running a pattern over a text.
pub(super) fn pay(pattern: &str, text: &str, budget: &mut Budget) -> Result<(), Failure> {
    budget.pay((text.len() / 16 + 1).saturating_mul(pattern.len() / 4 + 1))
}

/// Compiles a pattern.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(&translated(pattern))
        .size_limit(LARGEST)
        .dfa_size_limit(LARGEST)
        .nest_limit(50)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "this regular expression is too large".to_owned(),
        _ => "this is no regular expression of RE2".to_owned(),
    })
}

/// In RE2 `\d`, `\w`, `\s` and `\b` know ASCII only, and a class holds no classes.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut letters = pattern.chars().peekable();
    let (mut in_class, mut first) = (false, false);
    while let Some(letter) = letters.next() {
        let was_first = std::mem::take(&mut first);
        match letter {
            '\\' => match letters.next() {
                Some('d') => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('s') => out.push_str(if in_class { r"\t\n\f\r " } else { r"[\t\n\f\r ]" }),
                Some('S') => out.push_str(r"[^\t\n\f\r ]"),
                Some('b') if !in_class => out.push_str("(?-u:\\b)"),
                Some('B') if !in_class => out.push_str("(?-u:\\B)"),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            '[' if !in_class => {
                (in_class, first) = (true, true);
                out.push('[');
                if letters.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            '[' if letters.peek() == Some(&':') => out.push('['),
            '[' => out.push_str("\\["),
            // `[]a]` holds a bracket.
            ']' if was_first => out.push_str("\\]"),
            ']' => {
                in_class = out.ends_with(':')
                    && in_class
                    && out.rfind("[:").is_some_and(|at| !out[at + 2..].contains(']'));
                out.push(']');
            }
            '&' | '~' if in_class => out.extend(['\\', letter]),
            other => out.push(other),
        }
    }
    out
}

#[test]
fn patterns_mean_what_they_mean_to_re2() {
    let matches = |pattern: &str, text: &str| compile(pattern).expect("a pattern").is_match(text);
    assert!(matches(r"^\d+$", "12") && !matches(r"^\d+$", "١٢"));
    assert!(matches(r"^[\w.-]+$", "a_b.c-d") && !matches(r"^\w$", "ä"));
    assert!(matches(r"^[[:alpha:]]+[0-9]$", "ab1"));
    assert!(matches(r"^[a&&b]$", "&") && matches(r"^[]a]$", "]") && matches("^[[a]$", "["));
    assert!(compile("(").is_err() && compile("((a{1000}){1000}){1000}").is_err());
}
