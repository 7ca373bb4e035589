//! A mistake in a card, where its author sees it.

use std::fmt;

/// What is wrong with a card, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as it is shown.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// How many characters are wrong.
    pub width: u32,
    /// What is wrong.
    pub message: String,
    /// The text of the line.
    pub source: String,
}

impl Mistake {
    /// The line of the card with the wrong part marked, for a terminal. Long lines are cut around it.
    #[must_use]
    pub fn excerpt(&self) -> String {
        const BEFORE: usize = 40;
        const SHOWN: usize = 90;
        let column = self.column as usize - 1;
        let indent = self.source.chars().take_while(|letter| *letter == ' ').count();
        let from = if column > SHOWN { column - BEFORE } else { indent.min(column) };
        let text: String = self.source.chars().skip(from).take(SHOWN).collect();
        let text = text.replace('\t', " ");
        let marks = (self.width as usize).min(SHOWN - (column - from).min(SHOWN - 1));
        format!("  | {}\n  | {}{}\n", text.trim_end(), " ".repeat(column - from), "^".repeat(marks))
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}
