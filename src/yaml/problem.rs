//! What is wrong with the text of a document.

/// What kind of problem kubectl has with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// kubectl refuses the text, or silently drops part of it.
    Syntax,
    /// A mapping has a key twice.
    DuplicateKey,
    /// It is beyond the limits of nesting and of alias expansion.
    TooLarge,
}

/// Something that kubectl would stumble over. Offsets are bytes of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem it is.
    pub kind: ProblemKind,
    /// Where the place starts.
    pub start: usize,
    /// Where the place ends.
    pub end: usize,
    /// What is wrong.
    pub message: String,
    /// Start and end of a place that belongs to it, and what stands there.
    pub related: Option<(usize, usize, &'static str)>,
    /// Does kubectl refuse the document for it?
    pub(super) fatal: bool,
}

impl Problem {
    pub(super) fn syntax(start: usize, end: usize, message: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Syntax, start, end, message: message.into(), related: None, fatal: true }
    }
}

/// As many are kept of one document.
const MOST: usize = 1000;

/// What was found in one document: no more than can be read, so that hostile text cannot fill the memory.
#[derive(Debug, Default)]
pub(super) struct Problems {
    list: Vec<Problem>,
    dropped: usize,
    fatal: bool,
}

impl Problems {
    pub(super) fn push(&mut self, problem: Problem) {
        // The first that breaks the document is never lost.
        if self.list.len() < MOST || problem.fatal && !self.fatal {
            self.fatal |= problem.fatal;
            self.list.push(problem);
        } else {
            self.dropped += 1;
        }
    }

    /// Does kubectl refuse the document?
    pub(super) fn is_fatal(&self) -> bool {
        self.fatal
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }

    /// All of them in the order of the text; the last says how many were left out.
    pub(super) fn into_sorted(mut self) -> Vec<Problem> {
        self.list.sort_by_key(|problem| (problem.start, problem.end));
        if let (Some(last), 1..) = (self.list.last_mut(), self.dropped) {
            last.message = format!("{}; and {} more in this document", last.message, self.dropped);
        }
        self.list
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        problems.into_iter().for_each(|problem| self.push(problem));
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
