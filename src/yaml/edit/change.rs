//! What an edit is, why there is none, and how edits are applied.

use std::cmp::Reverse;
use std::fmt;

use crate::source::{FileId, Span};

/// Bytes of a file that become other bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Edit {
    /// The bytes that are replaced; empty where text is only added.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// Why a place cannot be edited with certainty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The tree was read from another text: a value that holds YAML, or the file as it was before.
    OtherText,
    /// kubectl refuses the document.
    Broken,
    /// The value is written elsewhere and comes through an alias.
    Alias,
    /// The value is written elsewhere and comes through a merge key.
    Merge,
    /// An anchor in or above the place has an alias elsewhere.
    Shared,
    /// There is no such entry or item.
    Missing,
    /// The place holds a value of another type.
    OtherType,
    /// The mapping has the key already.
    Exists,
    /// The mapping has the key twice.
    Twice,
    /// The new text cannot be used.
    Unusable,
    /// The place is written in a way that this module does not edit.
    Layout,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherText => {
                "this is not the text of the file itself: it stands inside a value, or the file has changed"
            }
            Self::Broken => "the document has a syntax error; correct that first",
            Self::Alias => "the value comes through an alias (`*`); edit it where its anchor (`&`) is",
            Self::Merge => "the value comes through a merge key (`<<`); edit it where it is written",
            Self::Shared => "an alias (`*`) elsewhere repeats this text, and would change too",
            Self::Missing => "there is no such place in the document",
            Self::OtherType => "the document has a value of another type at this place",
            Self::Exists => "the mapping already has this key",
            Self::Twice => "the mapping has this key twice; delete one of them first",
            Self::Unusable => {
                "the new text is not one YAML value of the needed type, without anchors and tags"
            }
            Self::Layout => {
                "the text is written in an unusual way here (tabs, `?` keys, tags); edit it by hand"
            }
        })
    }
}

impl std::error::Error for Refusal {}

impl Edit {
    /// The order in which [`apply`] does the edits of one file.
    #[must_use]
    pub fn rank(&self) -> impl Ord + use<> {
        (self.span.start, self.span.end, Reverse(indentation(&self.text)))
    }
}

/// Two edits that change the same bytes, as positions in the list of edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap(pub usize, pub usize);

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "edits {} and {} change the same text", self.0, self.1)
    }
}

impl std::error::Error for Overlap {}

/// The text with all edits done; all are of this one file.
///
/// Equal edits are done once. Of texts that are added at one place, those of inner collections come first: where they end
/// those around them end too. Others keep the order of the list.
///
/// # Errors
///
/// Two edits that change the same bytes, or one that leaves the text or splits a character (it is named twice).
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, Overlap> {
    let mut order: Vec<usize> = (0..edits.len()).filter(|&at| !edits[..at].contains(&edits[at])).collect();
    order.sort_by_key(|&at| edits[at].rank());
    let mut out = String::with_capacity(text.len());
    let (mut done, mut last) = (0, 0);
    for at in order {
        let range = edits[at].span.range();
        if range.start < done {
            return Err(Overlap(last.min(at), last.max(at)));
        }
        let kept = text.get(done..range.start).filter(|_| text.get(range.clone()).is_some());
        out.push_str(kept.ok_or(Overlap(at, at))?);
        out.push_str(&edits[at].text);
        (done, last) = (range.end, at);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Ok(out)
}

/// The columns before the first word of a text that begins with a line break; none for another.
fn indentation(text: &str) -> usize {
    let lines = text.trim_start_matches(['\r', '\n']);
    if lines.len() == text.len() { 0 } else { lines.len() - lines.trim_start_matches(' ').len() }
}

/// A new document at the end of the file, after a `---`; before the last `---` of a file that ends in one.
///
/// The file ends in a line break afterwards if it did before. An empty file gets the document alone.
#[must_use]
pub fn append_document(text: &str, file: FileId, document: &str) -> Edit {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let is_blank = text.trim_start_matches('\u{feff}').trim().is_empty();
    let mut lines: Vec<&str> = document.trim_end().lines().collect();
    if !is_blank && !lines.first().is_some_and(|first| first.starts_with("---")) {
        lines.insert(0, "---");
    }
    let mut new = lines.join(newline);
    let end = open_marker(text);
    if end.is_some() || text.ends_with('\n') || is_blank {
        new.push_str(newline);
    } else {
        new.insert_str(0, newline);
    }
    let end = end.unwrap_or(text.len());
    Edit { span: Span::new(file, end, end), text: new }
}

/// Where the last line begins, if it is a `---` that nothing but blank lines stands behind.
fn open_marker(text: &str) -> Option<usize> {
    let text = text.trim_end();
    let start = text.rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].trim_start_matches('\u{feff}');
    let start = text.len() - line.len();
    let is_marker = line.strip_prefix("---").map(str::trim_start);
    is_marker
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('#') && rest.len() < line.len() - 3)
        .then_some(start)
}
