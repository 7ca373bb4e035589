//! What would mend a finding: changes by meaning, each of one place of one document.

use super::ObjectName;
use crate::source::{SourceId, Span};
use crate::yaml::{self, Path};

/// How far a fix may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// Behaviour stays the same.
    Safe,
    /// Behaviour or grants may change.
    Unsafe,
    /// A proposal for a person.
    Suggest,
}

words!(Applicability { Safe => "safe", Unsafe => "unsafe", Suggest => "suggest" });

/// The document that a change is about: each cluster may have a variant of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The source that it belongs to.
    pub source: SourceId,
    /// The cluster of that source, where it is known.
    pub cluster: Option<String>,
    /// The object; a new document stands beside it.
    pub object: ObjectName,
}

/// One change by meaning: which document, which field, what becomes of it. Bytes are made where the text was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    /// The document.
    pub document: Target,
    /// The field, as in [`Finding::path`](super::Finding::path); the mapping or list that is added to for `Insert`.
    pub path: Path,
    /// Where a person wrote the value at the path, or what would hold it where there is none yet; `None` where that is
    /// not known.
    pub at: Option<Span>,
    /// What is done.
    pub operation: Operation,
    /// The lines of its text that repeat what stands in other fields.
    pub copied: Vec<Copied>,
}

/// A line of what a change writes whose value is that of another field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Copied {
    /// The line as rendered, without what it is indented by; every such line of the text is meant.
    pub line: String,
    /// What it gives, in words for people.
    pub what: String,
    /// The key or the value of the other field.
    pub from: Span,
}

impl Copied {
    /// A line with the value of a field.
    #[must_use]
    pub fn new(line: String, what: &str, from: Span) -> Self {
        Self { line, what: what.to_owned(), from }
    }
}

/// What a [`Change`] does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// The value becomes this YAML.
    Set(String),
    /// This YAML (an entry of a mapping, an item of a list) is added.
    Insert(String),
    /// The field goes.
    Remove,
    /// The key gets this name.
    Rename(String),
    /// A document is added.
    NewDocument {
        /// The path of the file that it is added to: the one in which the object was written.
        file: String,
        /// The document.
        text: String,
    },
}

impl Operation {
    /// The YAML that it writes.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Set(text) | Self::Insert(text) | Self::Rename(text) | Self::NewDocument { text, .. } => {
                Some(text)
            }
            Self::Remove => None,
        }
    }

    /// The same, to change it.
    pub(crate) fn text_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Set(text) | Self::Insert(text) | Self::Rename(text) | Self::NewDocument { text, .. } => {
                Some(text)
            }
            Self::Remove => None,
        }
    }
}

/// What a fix does to the files of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Edit {
    /// Bytes of a file become others.
    Text(yaml::Edit),
    /// A file is made that is not there yet.
    NewFile {
        /// Its path, as those of [`SourceMap`](crate::source::SourceMap) are written.
        path: String,
        /// All of its text.
        text: String,
    },
}

/// Changes that together mend a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: `give the job an account of its own`.
    pub title: String,
    /// How far it may be trusted.
    pub applicability: Applicability,
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// What the changes do to the files, all of it or nothing. Where it is not certain what a person would write, a
    /// sentence that says why. A suggestion has no edits.
    pub edits: Result<Vec<Edit>, String>,
}

/// The title of a proposal that cannot be written down.
pub(crate) const BY_HAND: &str = "change it by hand, where it is written";

/// Keeps the fixes that can be written down. Where none is left, and one of them was more than a suggestion, `why` stands in
/// their place as a sentence.
pub(crate) fn keep(fixes: &mut Vec<Fix>, why: &str, is_kept: impl FnMut(&mut Fix) -> bool) {
    let title = fixes.iter().find(|fix| fix.may_edit()).map(|fix| fix.title.clone());
    fixes.retain_mut(is_kept);
    if let Some(title) = title.filter(|_| fixes.is_empty()) {
        fixes.push(Fix::by_hand(&title, why));
    }
}

impl Fix {
    /// A fix whose edits are not made yet.
    #[must_use]
    pub fn new(title: String, applicability: Applicability, changes: Vec<Change>) -> Self {
        Self { title, applicability, changes, edits: Ok(Vec::new()) }
    }

    /// What is left of a proposal that cannot be written down; `why` says so as a sentence. A title with names may say
    /// what nobody wrote.
    #[must_use]
    pub fn by_hand(title: &str, why: &str) -> Self {
        let title = if title.contains('`') { BY_HAND } else { title };
        Self { edits: Err(why.to_owned()), ..Self::new(title.to_owned(), Applicability::Suggest, Vec::new()) }
    }

    /// Whether it has words only, and says why.
    pub(crate) fn is_by_hand(&self) -> bool {
        self.changes.is_empty() && self.edits.is_err()
    }

    /// Whether it is more than a suggestion, so that a person expects edits of it.
    pub(crate) fn may_edit(&self) -> bool {
        self.applicability != Applicability::Suggest
    }

    /// Its edits; none where it has words only.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        self.edits.as_deref().unwrap_or_default()
    }

    /// Those of its edits that change a file which is there.
    pub fn text_edits(&self) -> impl Iterator<Item = &yaml::Edit> {
        self.edits().iter().filter_map(|edit| match edit {
            Edit::Text(edit) => Some(edit),
            Edit::NewFile { .. } => None,
        })
    }

    /// Its edits, to change them.
    pub fn edits_mut(&mut self) -> &mut [Edit] {
        self.edits.as_deref_mut().unwrap_or_default()
    }
}
