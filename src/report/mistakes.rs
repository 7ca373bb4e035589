//! Mistakes in files that a person wrote for nhilint: one line each with the place, and the line under it.

use std::fmt::Write as _;

use super::layout::{escaped, one_line};
use crate::config::Mistake;
use crate::source::SourceMap;

/// Longer lines are not shown: the place is enough.
const LONGEST: usize = 160;

/// Mistakes for a person, sorted as they are given.
#[must_use]
pub fn text(mistakes: &[Mistake], sources: &SourceMap) -> String {
    let mut out = String::new();
    for mistake in mistakes {
        let file = sources.file(mistake.span.file);
        let start = file.position(mistake.span.start);
        let message = one_line(&mistake.message);
        let _ = writeln!(out, "{}:{}:{}: error: {message}", one_line(file.path()), start.line, start.column);
        let end = file.position(mistake.span.end);
        let line = file.line(start.line);
        let length = line.chars().count();
        if length == 0 || length > LONGEST {
            continue;
        }
        let column = start.column as usize;
        let last = if end.line == start.line { end.column as usize } else { length + 1 };
        let marks = "^".repeat(last.saturating_sub(column).max(1));
        let number = start.line.to_string();
        let margin = " ".repeat(number.len());
        let _ = writeln!(out, "  {number} | {}", escaped(line).trim_end());
        let _ = writeln!(out, "  {margin} | {}{marks}", " ".repeat(column - 1));
    }
    super::for_log(&out)
}
