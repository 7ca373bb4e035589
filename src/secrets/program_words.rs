//! The words of a command line: where each stands, and which of them are programs.

use std::ops::Range;

use super::commands::Command;

/// A word, without the quotes around it.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    /// The argument that it is part of, and where in it.
    pub(super) argument: usize,
    pub(super) offset: usize,
    pub(super) quoted: bool,
}

impl<'a> Word<'a> {
    pub(super) fn part(self, range: Range<usize>) -> Self {
        Self { text: &self.text[range.clone()], offset: self.offset + range.start, ..self }
    }

    pub(super) fn from(self, start: usize) -> Self {
        self.part(start..self.text.len())
    }

    pub(super) fn unquoted(self) -> Self {
        for quote in ['\'', '"'] {
            if let Some(inner) = self.text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
                return Self { text: inner, offset: self.offset + 1, quoted: true, ..self };
            }
        }
        self
    }

    /// Splits at the first of a character.
    pub(super) fn split(self, at: char) -> Option<(&'a str, Self)> {
        let found = self.text.find(at)?;
        Some((&self.text[..found], self.from(found + 1).unquoted()))
    }
}

/// The first words of a command that are no options: the program, what runs it, and its subcommands.
pub(super) struct Programs<'a>(Vec<(usize, &'a str)>);

impl<'a> Programs<'a> {
    pub(super) fn of(words: &[Word<'a>]) -> Self {
        let name = |word: &Word<'a>| word.text.rsplit('/').next().unwrap_or_default();
        let plain = words.iter().enumerate().filter(|(_, word)| !word.text.starts_with('-'));
        Self(plain.take(6).map(|(at, word)| (at, name(word))).collect())
    }

    pub(super) fn before(&self, at: usize, name: &str) -> bool {
        self.0.iter().any(|(place, program)| *place < at && *program == name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(_, program)| *program == name)
    }

    /// Whether an option gives an interpreter the text of a program.
    pub(super) fn run_text(&self, option: Option<Word<'_>>) -> bool {
        const INTERPRETERS: [&str; 9] =
            ["bun", "deno", "node", "nodejs", "perl", "php", "python", "python3", "ruby"];
        option.is_some_and(|option| ["-c", "-e", "-r", "--eval"].contains(&option.text))
            && INTERPRETERS.iter().any(|name| self.has(name))
    }
}

/// The password in the value of a command's option; `rest` is what follows the option in its word.
pub(super) fn value_of<'a>(
    command: &Command,
    word: Word<'a>,
    rest: &str,
    next: Option<Word<'a>>,
) -> Option<Word<'a>> {
    let value = if rest.is_empty() && !command.glued {
        next?
    } else if command.glued && !rest.is_empty() || rest.starts_with('=') {
        word.from(word.text.len() - rest.trim_start_matches('=').len()).unquoted()
    } else {
        return None;
    };
    let secret = value.text.strip_prefix(command.prefix.as_str())?;
    let value = value.from(value.text.len() - secret.len());
    let password = if command.login { value.split(command.sign)?.1 } else { value };
    Some(password).filter(|password| !password.text.is_empty())
}
