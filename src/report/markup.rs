//! Text of the input as Markdown that shows it and does nothing else: no link, no picture, no HTML, nobody is mentioned.
//!
//! Escapes differ between GitHub, GitLab and others, and what they turn into links differs too. In a code span all of
//! them show what stands there, so that each word with a character that may mean something is in one.

use std::fmt::Write as _;

use super::layout::one_line;

/// Text as a code span, on one line.
pub(crate) fn code(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        return text;
    }
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let blank = if longest > 0 { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// A sentence of ours with words of the input: what stands in backticks stays there.
pub(crate) fn prose(text: &str) -> String {
    let text = one_line(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        // One of them is of the input, and nobody knows which.
        return code(&text);
    }
    let mut out = String::with_capacity(text.len());
    for (index, part) in parts.into_iter().enumerate() {
        if index % 2 == 1 {
            out.push_str(&code(part));
            continue;
        }
        for piece in part.split_inclusive(' ') {
            let word = piece.trim_end_matches(' ');
            out.push_str(&plain_or_code(word));
            out.push_str(&piece[word.len()..]);
        }
    }
    out
}

/// The text of a cell: a bar would end it, even in a code span.
pub(crate) fn cell(markdown: &str) -> String {
    // After a backslash no reader of tables takes an escaped bar for one.
    markdown.replace("\\|", "\\¦").replace('|', "\\|")
}

/// A word as it is where it cannot mean anything, else as code; marks at its end stay outside.
fn plain_or_code(word: &str) -> String {
    let inside = word.trim_end_matches(['.', ',', ';', ':', ')', '!', '?', '%']);
    let is_plain = |character: char| {
        character.is_alphanumeric()
            || !character.is_ascii()
            || matches!(character, '/' | '(' | '\'' | '"' | '-')
    };
    if inside.chars().all(is_plain) && !inside.contains("//") {
        return word.to_owned();
    }
    let mut out = code(inside);
    let _ = write!(out, "{}", &word[inside.len()..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_input_do_nothing() {
        for (text, shown) in [
            ("`default` of shop is bound", "`default` of shop is bound"),
            ("asks @acme/team, now", "asks `@acme/team`, now"),
            ("see https://evil.example/?a=b.", "see `https://evil.example/?a=b`."),
            ("www.evil.example (or) #12", "`www.evil.example` (or) `#12`"),
            ("<img src=x> and [a](b)", "`<img` `src=x>` and `[a](b`)"),
            ("one `tick [a](b)", "`` one `tick [a](b) ``"),
            ("it's 3, not 4!", "it's 3, not 4!"),
            ("a\u{1b}[2J\nb", "`a\\u{1b}[2J` b"),
            ("*bold* _it_ ~no~", "`*bold*` `_it_` `~no~`"),
        ] {
            assert_eq!(prose(text), shown);
        }
    }

    #[test]
    fn a_code_span_ends_where_it_should() {
        assert_eq!(code("a``b"), "``` a``b ```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(" \n"), "");
        assert_eq!(code("a\\"), "`a\\`");
    }

    #[test]
    fn a_bar_does_not_end_a_cell() {
        assert_eq!(cell("`a|b`"), "`a\\|b`");
        assert_eq!(cell("`a\\|b`"), "`a\\¦b`");
    }
}
