//! Texts of comments: markers by which they are found again, fences, and lengths.

/// GitHub takes at most so many characters in a comment; bytes are never fewer.
pub const LONGEST_COMMENT: usize = 65_536;

const MARK: &str = "<!-- nhilint:v1 ";
const MARK_END: &str = " -->";

/// What the summary is known by.
pub(super) const SUMMARY: &str = "summary";

/// The last line of a comment of ours. Readers do not see it.
pub(super) fn marker(key: &str) -> String {
    format!("{MARK}{key}{MARK_END}")
}

/// What a comment is known by. Text of the input may hold a marker anywhere but on the last line.
pub(super) fn key_of(body: &str) -> Option<&str> {
    let last = body.trim_end().lines().next_back()?.trim();
    last.strip_prefix(MARK)?.strip_suffix(MARK_END).filter(|key| is_key(key))
}

/// Whether a text can be the key of a marker, such as a fingerprint.
pub(super) fn is_key(key: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'=' | b'.');
    (1..=100).contains(&key.len()) && key.bytes().all(is_plain)
}

/// Whether two bodies say the same: servers change line ends and what is blank at the end.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let lines = |text: &str| text.trim_end().replace("\r\n", "\n");
    lines(one) == lines(other)
}

/// A block of code that nothing in it can end.
pub(super) fn fenced(word: &str, text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{word}\n{text}{end}{fence}\n")
}

/// What of a Markdown text fits into some bytes, in whole lines. A block of code that is cut is closed.
pub(super) fn fitting(text: &str, bytes: usize) -> String {
    const CUT: &str = "\nThe rest does not fit into a comment.\n";
    if text.len() <= bytes {
        return text.to_owned();
    }
    // Room to close a block, whose fence is on a line of what is kept.
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let room = bytes.saturating_sub(CUT.len() + longest + 1);
    let kept = &text[..text.floor_char_boundary(room)];
    let kept = &kept[..kept.rfind('\n').map_or(0, |end| end + 1)];
    let open = kept.lines().fold(None, |open: Option<&str>, line| {
        let fence = &line[..line.len() - line.trim_start_matches('`').len()];
        match open {
            Some(opened) if line == opened => None,
            None if fence.len() >= 3 => Some(fence),
            open => open,
        }
    });
    let close = open.map(|fence| format!("{fence}\n")).unwrap_or_default();
    format!("{kept}{close}{CUT}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_line_is_a_marker() {
        let body = format!("text\n\n{}\n", marker("fp=ab12-2"));
        assert_eq!(key_of(&body), Some("fp=ab12-2"));
        assert_eq!(key_of(&body.replace('\n', "\r\n")), Some("fp=ab12-2"));
        for other in ["", "text", "<!-- nhilint:v1 fp=a --> no", "<!-- nhilint:v1 a --> <!-- b -->"] {
            assert_eq!(key_of(other), None, "{other}");
        }
        assert_eq!(key_of(&format!("{}\nmore", marker("fp=ab12"))), None);
    }

    #[test]
    fn nothing_ends_a_fence() {
        for (text, shown) in [
            ("a: 1", "```x\na: 1\n```\n"),
            ("", "```x\n```\n"),
            ("\n", "```x\n\n```\n"),
            ("a: |\n  ```\n  ````suggestion\n", "`````x\na: |\n  ```\n  ````suggestion\n`````\n"),
        ] {
            assert_eq!(fenced("x", text), shown);
        }
    }

    #[test]
    fn texts_are_cut_at_the_limit_and_not_before() {
        let text = "line\n".repeat(100);
        assert_eq!(fitting(&text, 500), text);
        let cut = fitting(&text, 499);
        assert!(
            cut.len() <= 499 && cut.ends_with("line\n\nThe rest does not fit into a comment.\n"),
            "{cut}"
        );
        let block = format!("before\n````x\n{}````\n", "`` é\n".repeat(200));
        for bytes in 60..block.len() {
            let cut = fitting(&block, bytes);
            assert!(cut.len() <= bytes, "{bytes}");
            assert_eq!(cut.matches("````").count() % 2, 0, "{cut}");
        }
    }
}
