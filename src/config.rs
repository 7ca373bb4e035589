//! What the user asked for, checked: presets, chosen rules, parameters. Severity is decided here and nowhere else.
//!
//! It reads no file; the settings file has its own reader later.

mod exceptions;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use jiff::Timestamp;

use crate::catalog::pattern::Patterns;
use crate::catalog::{Card, Catalog, Class, Preset};
use crate::finding::{RuleId, Severity};

pub use exceptions::{Approver, ExceptedAt, ExceptionLimits, LONGEST_EXCEPTION};

/// The prefix of our annotations, in one place.
pub const ANNOTATION_PREFIX: &str = "nhilint.dev/";

/// The newest Kubernetes minor version (of major 1) whose tables are built in.
pub const NEWEST_KUBERNETES: u32 = 34;

/// What a run is to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The set of levels.
    pub preset: Preset,
    /// Only these rules, if given; a rule that is off in the preset is switched on.
    pub select: Option<BTreeSet<RuleId>>,
    /// Not these.
    pub ignore: BTreeSet<RuleId>,
    /// The minor version of the cluster that the manifests are for (34 means 1.34).
    pub kubernetes_minor: u32,
    /// Whether it is an error that something was named and not judged.
    pub fail_on_unjudged: bool,
    /// The moment that expiry is judged at.
    pub now: Timestamp,
    /// Prefix of our annotations, with the final slash.
    pub prefix: String,
    /// The files with exceptions; where none are named, `.nhi/exceptions.yaml` of each repository.
    pub exception_files: Option<Vec<String>>,
    params: Vec<Parameter>,
}

/// A parameter of a rule with its value.
#[derive(Clone, Debug)]
struct Parameter {
    rule: RuleId,
    name: String,
    value: serde_json::Value,
    /// The value as patterns, compiled when a rule first needs them.
    patterns: OnceLock<Patterns>,
}

impl Settings {
    /// The settings of a preset, with the parameters of the cards.
    #[must_use]
    pub fn new(catalog: &Catalog, preset: Preset, now: Timestamp) -> Self {
        let value = |param: &crate::catalog::Param| match (&param.strict, preset) {
            (Some(strict), Preset::Strict) => strict.clone(),
            _ => param.default.clone(),
        };
        let params = catalog
            .cards()
            .iter()
            .flat_map(|card| {
                card.params.iter().map(move |(name, param)| Parameter {
                    rule: card.id,
                    name: name.clone(),
                    value: value(param),
                    patterns: OnceLock::new(),
                })
            })
            .collect();
        Self {
            preset,
            select: None,
            ignore: BTreeSet::new(),
            kubernetes_minor: NEWEST_KUBERNETES,
            fail_on_unjudged: preset == Preset::Strict,
            now,
            prefix: ANNOTATION_PREFIX.to_owned(),
            exception_files: None,
            params,
        }
    }

    /// What a form of a rule is worth for a class of workload; `None` is off.
    #[must_use]
    pub fn severity(&self, card: &Card, form: &str, class: Class) -> Option<Severity> {
        if self.ignore.contains(&card.id) {
            return None;
        }
        debug_assert!(card.forms.contains_key(form), "{}: add `{form}` to `forms` of its card", card.id);
        let form = card.forms.get(form)?;
        let selected = self.select.as_ref().map(|selected| selected.contains(&card.id));
        if selected == Some(false) {
            return None;
        }
        let off = || {
            let classes = [Class::Job, Class::Service];
            card.forms
                .values()
                .all(|form| classes.iter().all(|&class| form.level(self.preset, class).is_none()))
        };
        let level = form.level(self.preset, class);
        // A rule that is chosen by name is wanted, even where the preset leaves the whole of it off.
        if level.is_none() && selected == Some(true) && off() { form.first_on(class) } else { level }
    }

    /// Whether any form of a rule can be reported: no work for a rule that is off.
    #[must_use]
    pub fn runs(&self, card: &Card) -> bool {
        let on = |form: &String| {
            [Class::Job, Class::Service].iter().any(|&class| self.severity(card, form, class).is_some())
        };
        card.forms.keys().any(on)
    }

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
        let known = self.params.iter().find(|param| param.rule == rule && param.name == name);
        known.expect("a rule reads only parameters of its card")
    }
}

fn strings(list: &serde_json::Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str)
}
