//! What a reader of one document has to say, before it is a notice about a file.

/// Something that kubectl would stumble over: offsets are bytes of the file.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) form: &'static str,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) message: String,
    /// A place that belongs to it, with a word about it.
    pub(super) related: Option<(usize, usize, &'static str)>,
    /// Does kubectl refuse the document for it?
    pub(super) fatal: bool,
}

impl Problem {
    pub(super) fn syntax(start: usize, end: usize, message: impl Into<String>) -> Self {
        Self {
            form: "syntax",
            start,
            end,
            message: message.into(),
            related: None,
            fatal: true,
        }
    }
}

/// A place that can be shown: the character at `at`, or the last one before it where the line has ended.
pub(super) fn place(text: &str, at: usize, start: usize, end: usize) -> (usize, usize) {
    let mut at = at.clamp(start, end);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    if text[at..end].chars().next().is_none_or(char::is_whitespace) {
        let before = text[start..at].trim_end();
        at = start + before.char_indices().next_back().map_or(0, |(index, _)| index);
    }
    let width = text[at..end].chars().next().map_or(0, char::len_utf8);
    (at, at + width)
}
