//! Colour, wrapping and cleaning of text for people.
//!
//! Knows nothing of findings. What stems from the input is cleaned before it reaches a terminal or a build log, as
//! both obey commands that stand in the text.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::finding::Severity;

use super::Style;

/// Longer lines of prose are hard to read, however wide the terminal is.
const LONGEST_PROSE: usize = 100;

/// Colours by meaning, as ANSI codes that every terminal theme maps to something legible.
#[derive(Clone, Copy)]
pub(super) enum Paint {
    Error,
    Warning,
    Info,
    Good,
    Strong,
    Faint,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Self::Error => "1;31",
            Self::Warning => "1;33",
            Self::Info => "1;36",
            Self::Good => "32",
            Self::Strong => "1",
            Self::Faint => "2",
        }
    }
}

impl From<Severity> for Paint {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Info => Self::Info,
        }
    }
}

/// `text` in a colour, where there are colours.
pub(super) fn paint(style: &Style, paint: Paint, text: &str) -> String {
    if style.color && !text.is_empty() {
        format!("\u{1b}[{}m{text}\u{1b}[0m", paint.code())
    } else {
        text.to_owned()
    }
}

/// `text` as a hyperlink, where there are hyperlinks.
pub(super) fn link(style: &Style, address: &str, text: &str) -> String {
    if style.links { format!("\u{1b}]8;;{address}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\") } else { text.to_owned() }
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Prose after a heading such as `  = help: `, wrapped at the style's width and indented under its first word.
///
/// `heading` counts as printed in `columns` columns, as it may hold colours.
pub(super) fn prose(out: &mut String, style: &Style, heading: &str, columns: usize, text: &str) {
    out.push_str(heading);
    let width = style.width.min(LONGEST_PROSE);
    wrap(out, width, Columns { used: columns, indent: columns }, text);
}

/// Where wrapped text begins.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    /// Columns of the first line that are written already.
    pub(super) used: usize,
    /// Blanks before each further line.
    pub(super) indent: usize,
}

/// Words wrapped at a width. A word is never broken: where it does not fit it stands further left, and a word that is
/// longer than a line has one of its own.
pub(super) fn wrap(out: &mut String, width: usize, columns: Columns, text: &str) {
    words(out, width, columns, text);
    out.push('\n');
}

/// The same without the end of the last line: how many columns of it are used.
pub(super) fn words(out: &mut String, width: usize, columns: Columns, text: &str) -> usize {
    let Columns { mut used, indent } = columns;
    let mut is_first = true;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        let blank = usize::from(!is_first);
        if used > 0 && used + blank + length > width {
            let indent = [indent, indent.min(2)].into_iter().find(|indent| indent + length <= width);
            let indent = indent.unwrap_or_default();
            out.truncate(out.trim_end_matches(' ').len());
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            let _ = write!(out, "{:indent$}", "");
            used = indent;
        } else if !is_first {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
        is_first = false;
    }
    used
}

/// A block of text, each line indented.
pub(super) fn block(out: &mut String, indent: usize, text: &str) {
    for line in text.trim_end().lines() {
        if line.is_empty() {
            out.push('\n');
        } else {
            let _ = writeln!(out, "{:indent$}{line}", "");
        }
    }
}

/// What a terminal or a build log would obey, replaced by `?`, byte for byte, so that spans keep their places.
///
/// Line breaks and tabs stay. Replaced are control characters, those that nobody sees or that turn the direction of
/// text, and the bracket of `##[`, with which the GitHub runner starts a command anywhere in a line.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    replaced(text, &|character, out| out.extend(std::iter::repeat_n('?', character.len_utf8())))
}

/// The same, with `\u{7}` in the place of a character: a reader sees which it was.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    replaced(text, &|character, out| out.extend(character.escape_unicode()))
}

fn replaced<'t>(text: &'t str, replace: &dyn Fn(char, &mut String)) -> Cow<'t, str> {
    if !text.contains(is_obeyed) && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let ends_line = character == '\r' && characters.peek() == Some(&'\n');
        if is_obeyed(character) && !ends_line {
            replace(character, &mut clean);
        } else if character == '[' && clean.ends_with("##") {
            clean.push('?');
        } else {
            clean.push(character);
        }
    }
    Cow::Owned(clean)
}

/// [`escaped`], and on one line.
pub(crate) fn one_line(text: &str) -> String {
    escaped(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A whole output in which no line begins with `::`, with which the GitHub runner starts a command: it ignores blanks
/// before it (actions/runner, `ActionCommand.cs`).
pub(super) fn without_commands(text: String) -> String {
    if !text.contains("::") {
        return text;
    }
    let line = |line: &str| match line.trim_start().strip_prefix("::") {
        Some(rest) => format!("{}?:{rest}", &line[..line.len() - "::".len() - rest.len()]),
        None => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}

/// Control characters, and those that are not seen: marks of direction, of no width, and of a language.
pub(super) fn is_obeyed(character: char) -> bool {
    let is_unseen = matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    );
    is_unseen || (character.is_control() && !matches!(character, '\n' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_keeps_every_byte_in_its_place() {
        let text = "a\u{1b}[31m\rb\r\n\tc\u{85}é\u{202e}## [ ##[add-mask]x";
        let clean = clean(text);
        assert_eq!(clean, "a?[31m?b\r\n\tc??é???## [ ##?add-mask]x");
        assert_eq!(clean.len(), text.len());
        assert_eq!(super::clean("plain\r\n"), "plain\r\n");
    }

    #[test]
    fn what_is_not_seen_is_written_out() {
        let text = "a\u{200b}b\u{feff}\u{2028}\u{7}\u{e0041} c\r\n";
        assert_eq!(one_line(text), "a\\u{200b}b\\u{feff}\\u{2028}\\u{7}\\u{e0041} c");
        assert_eq!(clean(text).len(), text.len());
    }

    #[test]
    fn no_line_begins_a_command() {
        let text = "::a::b\n \u{a0}::c\nd ::e\n::".to_owned();
        assert_eq!(without_commands(text), "?:a::b\n \u{a0}?:c\nd ::e\n?:");
    }

    #[test]
    fn prose_is_wrapped_under_its_first_word() {
        let style = Style { width: 40, ..Style::plain() };
        let mut out = String::new();
        prose(&mut out, &style, "  = help: ", 10, "one two three four five six seven eight");
        assert_eq!(out, "  = help: one two three four five six\n          seven eight\n");
    }

    #[test]
    fn no_word_is_broken() {
        let style = Style { width: 20, ..Style::plain() };
        let mut out = String::new();
        prose(&mut out, &style, "  = help: ", 10, "see shop/rbac.yaml:12 a/path/that/is/longer/than/a/line");
        assert_eq!(out, "  = help: see\n  shop/rbac.yaml:12\na/path/that/is/longer/than/a/line\n");
        out.clear();
        prose(&mut out, &style, "    ", 4, "seventeen-letters");
        assert_eq!(out, "  seventeen-letters\n");
    }
}
