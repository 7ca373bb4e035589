//! What a change does to identities, as owned data: version 1 of `diff.schema.json`. Fields are added and never renamed.

use serde::Serialize;

use crate::finding::Severity;
use crate::graph::record::{Location, StepRecord};

/// What a change does to what identities may do, as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Somebody may do more, or is easier to become.
    Increased,
    /// Nobody may do more, and somebody less.
    Decreased,
    /// Nobody may do more or less.
    Equal,
    /// Something that the change brings could not be judged.
    Unknown,
}

words!(Verdict { Increased => "increased", Decreased => "decreased", Equal => "equal", Unknown => "unknown" });

/// In which direction one thing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// More can be done.
    Rises,
    /// Nobody knows.
    Unknown,
    /// Less can be done.
    Falls,
    /// As much as before.
    Same,
}

/// What a row is about, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bucket {
    /// Identities that are new, gone, renamed, or left over.
    Identity,
    /// What an identity may do, and what it can become.
    Privilege,
    /// Tokens and keys.
    Credential,
    /// Secrets that are read.
    Secret,
    /// Identities in clouds.
    Cloud,
    /// Who answers for it, what it is for, reviews.
    Accountability,
    /// From where it is reached, and what runs as it.
    Exposure,
    /// Exceptions.
    Exception,
    /// What cannot be judged any more.
    Unknown,
    /// What the change is judged by: settings, exceptions, accepted findings, rules.
    Policy,
}

impl Bucket {
    /// Every one, in order.
    pub const ALL: [Self; 10] = [
        Self::Identity,
        Self::Privilege,
        Self::Credential,
        Self::Secret,
        Self::Cloud,
        Self::Accountability,
        Self::Exposure,
        Self::Exception,
        Self::Unknown,
        Self::Policy,
    ];

    /// What stands above its rows.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Identity => "Identities",
            Self::Privilege => "Privileges",
            Self::Credential => "Credentials",
            Self::Secret => "Secrets",
            Self::Cloud => "Cloud identities",
            Self::Accountability => "Accountability",
            Self::Exposure => "Exposure and images",
            Self::Exception => "Exceptions",
            Self::Unknown => "Not known",
            Self::Policy => "What changes are judged by",
        }
    }
}

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has another name, and is otherwise as it was.
    Renamed,
    /// What used it is gone, and it is still there.
    LeftOver,
    /// It is not as it was.
    Changed,
}

words!(Became {
    Added => "added", Removed => "removed", Renamed => "renamed", LeftOver => "left over", Changed => "changed"
});

/// The line that a person wrote and that caused a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// `head`, or `base` where what was there is gone.
    pub revision: &'static str,
    /// The line.
    #[serde(flatten)]
    pub at: Location,
    /// Whether the change touches the line; where it does not, the line is what the row is about.
    pub touched: bool,
}

/// One thing that a change does to one identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What it is about.
    pub bucket: Bucket,
    /// The identity, as people call it: `shop/export`; of exceptions and policies what they are for.
    pub identity: String,
    /// The id of its record; none where it is no identity.
    pub id: Option<String>,
    /// Of the identity, what: `tier`, `permission`, `token`.
    pub what: &'static str,
    /// What became of it.
    pub became: Became,
    /// What it was, in words; none where it was not there.
    pub before: Option<String>,
    /// What it is, in words; none where it is gone.
    pub after: Option<String>,
    /// In which direction that goes.
    pub direction: Direction,
    /// The way to the strongest thing that the identity can become now, where the row is about that.
    pub path: Vec<StepRecord>,
    /// What caused it.
    pub cause: Option<Cause>,
    /// Whether no file of the identity itself was touched: something elsewhere did it.
    pub elsewhere: bool,
    /// The rules with new findings about that, sorted.
    pub rules: Vec<String>,
}

impl Row {
    /// A row without a cause yet. `identity` with its id; `before` and `after` in words.
    pub(super) fn new(
        bucket: Bucket,
        (identity, id): (String, Option<String>),
        what: &'static str,
        (before, after): (Option<String>, Option<String>),
        direction: Direction,
    ) -> Self {
        let became = match (&before, &after) {
            (None, _) => Became::Added,
            (_, None) => Became::Removed,
            _ => Became::Changed,
        };
        Self {
            bucket,
            identity,
            id,
            what,
            became,
            before,
            after,
            direction,
            path: Vec::new(),
            cause: None,
            elsewhere: false,
            rules: Vec::new(),
        }
    }
}

/// A finding that the change brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewFinding {
    /// The rule.
    pub rule: String,
    /// Which form of it.
    pub form: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The identity or object that it is about.
    pub about: Option<String>,
    /// What it is known by.
    pub fingerprint: String,
    /// Where it stands.
    pub location: Location,
}

/// What a change does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diff {
    /// The version of this format.
    pub version: u8,
    /// The commit that the change began from.
    pub base: String,
    /// The commit that it leads to; none is the working tree.
    pub head: Option<String>,
    /// What it does to privileges, as a whole.
    pub verdict: Verdict,
    /// How many identities there were and are.
    pub identities: [usize; 2],
    /// What it does, in the order of [`Bucket::ALL`], and there the worst first.
    pub rows: Vec<Row>,
    /// The findings that it brings, the worst first.
    pub new_findings: Vec<NewFinding>,
    /// How many findings were there before and still are.
    pub known_findings: usize,
    /// How many are mended.
    pub mended_findings: usize,
}
