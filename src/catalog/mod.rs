//! Rule cards: the texts and settings of each rule, parsed from the files under `rules/`.
//!
//! Holds the types and the parser, and no card: `rules` owns the table and hands the texts in.

mod examples;
mod levels;
pub mod pattern;

pub mod drawing;
pub mod own;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

pub use examples::{Example, Examples, Files};
pub use levels::{Class, Form, Levels, Preset};
pub use own::{Mistake, Own};

use crate::finding::{Applicability, RuleId};

/// What the engine hands to a rule's check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LooksAt {
    /// Every Kubernetes object.
    Object,
    /// Every pod template.
    Workload,
    /// Every container of every pod template.
    Container,
    /// Every identity; only for rules that users write.
    Identity,
    /// The run as a whole.
    Graph,
    /// Nothing: the engine itself finds it (broken manifests, exceptions).
    Engine,
}

/// A setting of a rule.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Its value unless a preset says otherwise; its type is the type of every other value.
    pub default: serde_json::Value,
    /// Its value in the strict preset.
    #[serde(default)]
    pub strict: Option<serde_json::Value>,
    /// The only words that a list may hold; without them its items are patterns.
    #[serde(default)]
    pub words: Vec<String>,
    /// Whether the items of a list are values that stand for themselves only.
    #[serde(default)]
    pub exact: bool,
    /// What it does, with units.
    pub meaning: String,
}

/// Where people read about the program; `Cargo.toml` alone says it.
pub const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// All texts and settings of a rule.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Card {
    /// `NHI101`; stable for ever.
    #[serde(deserialize_with = "rule_id")]
    pub id: RuleId,
    /// `dedicated-service-account`.
    pub name: String,
    /// `identity`, `secret`, `owner`, `token`, `rbac`, `governance`: the folder of its check.
    #[serde(default = "own::family")]
    pub family: String,
    /// What it finds, in one line, for tables: no capital, no stop.
    pub finds: String,
    /// Its forms and what they are worth.
    #[serde(default)]
    pub forms: BTreeMap<String, Form>,
    /// The version that brought it; empty for rules that users write.
    #[serde(default)]
    pub since: String,
    /// What the engine hands to it.
    #[serde(deserialize_with = "own::one_or_many")]
    pub looks_at: Vec<LooksAt>,
    /// How far the fixes of its forms may be trusted, at best.
    #[serde(default)]
    pub fix: Fixes,
    /// Its settings.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// The risk, in two or three sentences.
    pub why: String,
    /// The remedy, in one sentence.
    #[serde(rename = "do")]
    pub remedy: String,
    /// By form, what helps in its place: the remedy of the others would be no way out.
    #[serde(default, rename = "do-for")]
    pub remedies: BTreeMap<String, String>,
    /// `OWASP-NHI-2025/NHI9`; the vocabulary is `rules/standards.yaml`.
    #[serde(default)]
    pub standards: Vec<String>,
    /// Further reading.
    #[serde(default)]
    pub references: Vec<String>,
    /// Pairs of manifests, which are tests too.
    #[serde(default)]
    pub examples: Examples,
    /// What it checks, where a user wrote it; as it is written.
    #[serde(default)]
    cel: Option<serde_json::Value>,
    /// What it checks, where a user wrote it.
    #[serde(skip)]
    pub own: Option<Own>,
}

impl Card {
    /// Where the rule is explained to people: its section in the rule book of the repository.
    #[must_use]
    pub fn link(&self) -> String {
        let own = self.own.as_ref().map(|_| self.references.iter().find(|link| link.starts_with("https://")));
        match own {
            None => format!("{HOME}/blob/HEAD/rules/README.md#{}", self.anchor()),
            Some(Some(link)) => link.clone(),
            Some(None) => format!("{HOME}/blob/HEAD/docs/own-rules.md"),
        }
    }

    /// The remedy of a finding: its own, that of its form, or that of the rule.
    #[must_use]
    pub fn remedy_for<'c>(&'c self, finding: &'c crate::finding::Finding) -> &'c str {
        let of_form = || self.remedies.get(finding.form.0).map_or(self.remedy.as_str(), String::as_str);
        finding.remedy.unwrap_or_else(of_form)
    }

    /// The name of the rule's section in the rule book, as GitHub makes it of the heading.
    #[must_use]
    pub fn anchor(&self) -> String {
        format!("{}-{}", self.id.to_string().to_lowercase(), self.name)
    }
}

fn rule_id<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<RuleId, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

/// How far the fixes of a rule may be trusted: `none`, a word for all its forms, or a word for each form that has one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Fixes {
    /// A word for all.
    All(Trust),
    /// A word for each; the others have none.
    Forms(BTreeMap<String, Trust>),
}

impl Default for Fixes {
    /// Of a card that does not say.
    fn default() -> Self {
        Self::All(Trust::None)
    }
}

/// A word of [`Fixes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// There is no fix.
    None,
    /// [`Applicability::Suggest`].
    Suggest,
    /// [`Applicability::Unsafe`].
    Unsafe,
    /// [`Applicability::Safe`].
    Safe,
}

impl Fixes {
    /// How far the fixes of a form may be trusted at best; none where it has no fix.
    #[must_use]
    pub fn of(&self, form: &str) -> Option<Applicability> {
        let trust = match self {
            Self::All(trust) => *trust,
            Self::Forms(forms) => *forms.get(form)?,
        };
        match trust {
            Trust::None => None,
            Trust::Suggest => Some(Applicability::Suggest),
            Trust::Unsafe => Some(Applicability::Unsafe),
            Trust::Safe => Some(Applicability::Safe),
        }
    }
}

/// All cards of a run, sorted by id.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    cards: Vec<Card>,
}

/// A rule was named that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRule {
    /// What was written.
    pub written: String,
    /// The nearest name or id, if one is near.
    pub nearest: Option<String>,
}

impl fmt::Display for UnknownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown rule `{}`", self.written)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => write!(f, "; `nhilint rules` lists them"),
        }
    }
}

impl Catalog {
    /// Parses cards.
    ///
    /// # Errors
    ///
    /// The first card that is not well-formed, in words for its author.
    pub fn parse<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, String> {
        let mut cards = Vec::new();
        for text in texts {
            let card: Card = serde_yaml::from_str(text)
                .map_err(|error| format!("card `{}`: {error}", text.lines().next().unwrap_or_default()))?;
            if card.forms.is_empty() || card.since.is_empty() || card.cel.is_some() || card.id.is_own() {
                return Err(format!(
                    "card `{}`: it has `forms` and `since`, no `cel` and an id of ours",
                    card.id
                ));
            }
            cards.push(card);
        }
        cards.sort_by_key(|card| card.id);
        Ok(Self { cards })
    }

    /// The same with the examples that `read` reads of a rule when they are first asked for.
    #[must_use]
    pub fn with_examples(mut self, read: examples::Read) -> Self {
        for card in &mut self.cards {
            card.examples = Examples::later(card.id, read);
        }
        self
    }

    /// The same with the cards of users.
    ///
    /// # Errors
    ///
    /// Ids and names that stand for another rule already.
    pub fn with_own(mut self, cards: Vec<Card>) -> Result<Self, Vec<Mistake>> {
        let mut wrong = Vec::new();
        for card in cards {
            let taken = |known: &&Card| known.id == card.id || known.name == card.name;
            if let Some(known) = self.cards.iter().find(taken) {
                wrong.extend(card.own.as_ref().map(|own| own.repeats(&card, known)));
            } else {
                self.cards.push(card);
            }
        }
        self.cards.sort_by_key(|card| card.id);
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    /// The cards, sorted by id.
    #[must_use]
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// The card of a rule.
    ///
    /// # Panics
    ///
    /// When the rule has none; every rule that runs has one.
    #[must_use]
    pub fn card(&self, id: RuleId) -> &Card {
        let at = self.cards.binary_search_by_key(&id, |card| card.id);
        &self.cards[at.expect("a rule that emits has a card: tests/it/cards.rs")]
    }

    /// Finds a rule by id (in any case) or by name.
    ///
    /// # Errors
    ///
    /// The name is unknown; the nearest one is offered.
    pub fn find(&self, written: &str) -> Result<RuleId, UnknownRule> {
        let known = |card: &&Card| card.name == written || card.id.to_string().eq_ignore_ascii_case(written);
        if let Some(card) = self.cards.iter().find(known) {
            return Ok(card.id);
        }
        let candidates = self.cards.iter().flat_map(|card| [card.name.clone(), card.id.to_string()]);
        Err(UnknownRule { written: written.to_owned(), nearest: nearest(written, candidates) })
    }
}

/// The candidate with the smallest edit distance, if it is near enough to be a slip of the fingers.
pub fn nearest(written: &str, candidates: impl IntoIterator<Item = String>) -> Option<String> {
    let written = written.to_lowercase();
    let limit = (written.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(&written, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// What helps whoever wrote a word that is not known: the one that was meant, else all that there are.
#[must_use]
pub fn hint(written: &str, known: &[&str]) -> String {
    match nearest(written, known.iter().map(|word| (*word).to_owned())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are `{}`", known.join("`, `")),
    }
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
