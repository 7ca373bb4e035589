//! What is known of a chart while its templates are read: what helpers are handed and print, and what is set.

use std::collections::{BTreeMap, BTreeSet};

use super::value::{CHANCE, Value};
use super::versions::Named;

/// What is known; it only grows, so that reading again ends.
#[derive(Debug, Default)]
pub(super) struct State<'t> {
    /// What each helper is handed and prints.
    helpers: BTreeMap<&'t str, Helper>,
    /// The helpers that are called, in the order of the calls.
    pub(super) called: Vec<&'t str>,
    /// Keys that templates set, with what they set.
    pub(super) set: BTreeMap<String, Value>,
    /// What the texts print that are printed as templates.
    pub(super) texts: Value,
    /// The versions of Kubernetes that are compared with that of the cluster.
    pub(super) versions: BTreeSet<Named>,
    /// Whether there is more than when it was asked last.
    has_grown: bool,
}

#[derive(Debug, Default)]
struct Helper {
    is_called: bool,
    handed: Value,
    printed: Value,
}

impl<'t> State<'t> {
    pub(super) fn of(helpers: impl Iterator<Item = &'t str>) -> Self {
        let helpers = helpers.map(|name| (name, Helper::default())).collect();
        Self { helpers, ..Self::default() }
    }

    /// Whether more is known than before.
    pub(super) fn has_grown(&mut self) -> bool {
        std::mem::take(&mut self.has_grown)
    }

    /// The call of a helper; what it prints.
    pub(super) fn call(&mut self, name: &str, handed: &Value) -> Value {
        let Some(name) = self.helpers.get_key_value(name).map(|(name, _)| *name) else {
            return Value::default();
        };
        let helper = self.helpers.entry(name).or_default();
        self.has_grown |= helper.handed.add(handed);
        if !helper.is_called {
            helper.is_called = true;
            self.called.push(name);
            self.has_grown = true;
        }
        helper.printed.clone()
    }

    /// The call of a helper whose name is made: any may be meant.
    pub(super) fn call_any(&mut self, handed: &Value) -> Value {
        let names: Vec<&str> = self.helpers.keys().copied().collect();
        names.into_iter().fold(Value::default(), |all, name| all.or(&self.call(name, handed)))
    }

    /// What a helper is handed.
    pub(super) fn handed(&self, name: &str) -> Value {
        self.helpers.get(name).map(|helper| helper.handed.clone()).unwrap_or_default()
    }

    /// Something that a helper prints. What chooses there is asked about there.
    pub(super) fn print(&mut self, helper: &str, value: &Value) {
        let printed = Value::of(value.all());
        if let Some(helper) = self.helpers.get_mut(helper) {
            self.has_grown |= helper.printed.add(&printed);
        }
    }

    /// Something that a text prints.
    pub(super) fn print_text(&mut self, value: &Value) {
        let printed = Value::of(value.all());
        self.has_grown |= self.texts.add(&printed);
    }

    /// A key that is set. A value that is there or made by chance is no other one by that.
    pub(super) fn keep(&mut self, key: &str, value: &Value) {
        let kept = Value { context: 0, literal: None, ..value.clone() };
        if kept.all() & !CHANCE != 0 || kept.all_chosen() != 0 {
            self.has_grown |= self.set.entry(key.to_owned()).or_default().add(&kept);
        }
    }

    /// What a variable is set to.
    pub(super) fn assign(&mut self, variables: &mut BTreeMap<&'t str, Value>, name: &'t str, value: &Value) {
        if let Some(known) = variables.get_mut(name) {
            self.has_grown |= known.add(value);
        } else {
            variables.insert(name, value.clone());
            self.has_grown = true;
        }
    }
}
