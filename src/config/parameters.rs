//! The parameters of rules, as the cards, the preset and the user have them.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::Settings;
use super::choice::Given;
use crate::catalog::pattern::Patterns;
use crate::catalog::{Catalog, Param, Preset};
use crate::finding::RuleId;

/// Every parameter of every rule.
#[derive(Clone, Debug)]
pub(super) struct Parameters(Vec<Parameter>);

/// A parameter of a rule with its value.
#[derive(Clone, Debug)]
struct Parameter {
    rule: RuleId,
    name: String,
    value: serde_json::Value,
    /// The value as patterns, compiled when a rule first needs them.
    patterns: OnceLock<Patterns>,
}

impl PartialEq for Parameters {
    /// Whether rules see the same.
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().map(|param| &param.value).eq(other.0.iter().map(|param| &param.value))
    }
}

impl Parameters {
    /// Those of the cards, as a preset has them.
    pub(super) fn of(catalog: &Catalog, preset: Preset) -> Self {
        let value = |param: &Param| match (&param.strict, preset) {
            (Some(strict), Preset::Strict) => strict.clone(),
            _ => param.default.clone(),
        };
        let of_card = catalog.cards().iter().flat_map(|card| {
            card.params.iter().map(move |(name, param)| Parameter {
                rule: card.id,
                name: name.clone(),
                value: value(param),
                patterns: OnceLock::new(),
            })
        });
        Self(of_card.collect())
    }

    /// Takes what the user gives.
    pub(super) fn give(&mut self, rule: RuleId, name: &str, given: Given) {
        let Some(param) = self.0.iter_mut().find(|param| param.rule == rule && param.name == name) else {
            return;
        };
        match (&mut param.value, given) {
            (serde_json::Value::Object(known), Given::Set(serde_json::Value::Object(set))) => {
                known.extend(set);
            }
            (serde_json::Value::Array(known), Given::Add(items)) => known.extend(items),
            (known, Given::Set(value)) => *known = value,
            (_, Given::Add(_)) => {}
        }
        param.patterns = OnceLock::new();
    }
}

impl Settings {
    /// A parameter that is a number.
    ///
    /// # Panics
    ///
    /// When the rule's card has no such number: a slip of its author that the rule's own examples show.
    #[must_use]
    pub fn number(&self, rule: RuleId, name: &str) -> i64 {
        self.param(rule, name).as_i64().expect("the card says that this parameter is a number")
    }

    /// One number of a parameter that maps names to numbers.
    ///
    /// # Panics
    ///
    /// When the rule's card has no such number, as [`number`](Self::number).
    #[must_use]
    pub fn number_of(&self, rule: RuleId, name: &str, key: &str) -> i64 {
        self.param(rule, name)
            .get(key)
            .and_then(serde_json::Value::as_i64)
            .expect("the card gives this parameter a number under every name")
    }

    /// A parameter that is a list of strings.
    #[must_use]
    pub fn list(&self, rule: RuleId, name: &str) -> Vec<&str> {
        strings(self.param(rule, name)).collect()
    }

    /// A parameter that is a list of patterns; a leading `P/` means the prefix of our annotations.
    #[must_use]
    pub fn patterns(&self, rule: RuleId, name: &str) -> &Patterns {
        let parameter = self.parameter(rule, name);
        parameter.patterns.get_or_init(|| {
            Patterns::new(strings(&parameter.value).map(|pattern| match pattern.strip_prefix("P/") {
                Some(own) => Cow::Owned(globset::escape(&self.prefix) + own),
                None => Cow::Borrowed(pattern),
            }))
        })
    }

    /// A parameter that is a list of patterns for the end of a path, as of images.
    #[must_use]
    pub fn ends(&self, rule: RuleId, name: &str) -> &Patterns {
        let parameter = self.parameter(rule, name);
        parameter.patterns.get_or_init(|| Patterns::of_ends(strings(&parameter.value)))
    }

    /// A parameter that is a list of patterns for whole names, or for their beginning or end before or after a `-`.
    #[must_use]
    pub fn parts(&self, rule: RuleId, name: &str) -> &Patterns {
        let parameter = self.parameter(rule, name);
        let around = |part: &str| [part.to_owned(), format!("{part}-*"), format!("*-{part}")];
        parameter.patterns.get_or_init(|| Patterns::new(strings(&parameter.value).flat_map(around)))
    }

    /// Whether a name fits one of the patterns of a parameter.
    #[must_use]
    pub fn lists(&self, rule: RuleId, parameter: &str, name: &str) -> bool {
        self.patterns(rule, parameter).has(name)
    }

    /// A parameter that is a word.
    #[must_use]
    pub fn word(&self, rule: RuleId, name: &str) -> &str {
        self.param(rule, name).as_str().unwrap_or_default()
    }

    /// A parameter that is true or false.
    #[must_use]
    pub fn flag(&self, rule: RuleId, name: &str) -> bool {
        self.param(rule, name).as_bool().unwrap_or_default()
    }

    fn param(&self, rule: RuleId, name: &str) -> &serde_json::Value {
        &self.parameter(rule, name).value
    }

    fn parameter(&self, rule: RuleId, name: &str) -> &Parameter {
        let known = self.params.0.iter().find(|param| param.rule == rule && param.name == name);
        known.expect("a rule reads only parameters of its card")
    }
}

fn strings(list: &serde_json::Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str)
}
