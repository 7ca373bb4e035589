//! The examples of a card.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer};

use crate::finding::RuleId;

/// Manifests: with the flaw, drawn under its text, without it, and what only resembles it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// What was there before, for rules that compare two revisions; `bad` and `good` are what a change makes of it.
    #[serde(default)]
    pub before: Option<Files>,
    /// One file, or a mapping of file names to texts.
    pub bad: Files,
    /// The remedy; the rule is silent on it. Where each finding has an edit, it is `bad` with these, byte for byte. Absent
    /// where only the flaw is worth showing.
    #[serde(default)]
    pub good: Option<Files>,
    /// What is like the flaw and none of it: the rule is silent on it.
    #[serde(default)]
    pub silent: Option<Files>,
    /// Arguments of `check` that the example needs: `--preset strict`.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// Expected findings that cannot be drawn (block scalars, JSON), as `/field/path: words`.
    #[serde(default)]
    pub expect: BTreeMap<String, String>,
}

/// The texts of an example.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Files {
    /// A single manifest.
    One(String),
    /// Several, by file name.
    Many(BTreeMap<String, String>),
}

impl Files {
    /// File names and texts; a single manifest is `manifest.yaml`.
    #[must_use]
    pub fn texts(&self) -> Vec<(&str, &str)> {
        match self {
            Self::One(text) => vec![("manifest.yaml", text)],
            Self::Many(files) => files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect(),
        }
    }
}

/// Reads the examples of a rule.
pub(super) type Read = fn(RuleId) -> Vec<Example>;

/// The examples of a card. Most runs ask for none, so they may be read when they are first asked for.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    /// The rule, and what reads its examples.
    later: Option<(RuleId, Read)>,
    read: OnceLock<Vec<Example>>,
}

impl Examples {
    pub(super) fn later(rule: RuleId, read: Read) -> Self {
        Self { later: Some((rule, read)), read: OnceLock::new() }
    }
}

impl Deref for Examples {
    type Target = [Example];

    fn deref(&self) -> &[Example] {
        self.read.get_or_init(|| self.later.map(|(rule, read)| read(rule)).unwrap_or_default())
    }
}

impl PartialEq for Examples {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<'de> Deserialize<'de> for Examples {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { later: None, read: Vec::deserialize(deserializer)?.into() })
    }
}
