//! Label selectors, written as mappings or as text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use kube_core::labels::{Expression, Selector};

use crate::yaml::{Entry, Node};

/// Reads a label selector; nothing for one with a wrong type: with that left out it might select everything.
#[must_use]
pub fn selector(node: Node<'_>) -> Option<Selector> {
    if !node.is_map() {
        return None;
    }
    let present = |key: &str| node.get(key).filter(|value| !value.is_null());
    let match_labels = match present("matchLabels") {
        Some(labels) => Some(strings(labels)?),
        None => None,
    };
    let match_expressions = match present("matchExpressions") {
        Some(list) if list.is_seq() => Some(list.items().map(requirement).collect::<Option<_>>()?),
        Some(_) => return None,
        None => None,
    };
    well_formed(LabelSelector { match_labels, match_expressions })
}

fn requirement(node: Node<'_>) -> Option<LabelSelectorRequirement> {
    let string = |node: Node<'_>| node.as_str().map(Cow::into_owned);
    let values = node.get("values").filter(|values| values.is_seq());
    Some(LabelSelectorRequirement {
        key: node.get("key").and_then(string)?,
        operator: node.get("operator").and_then(string)?,
        values: values.map(|values| values.items().filter_map(string).collect()),
    })
}

/// A mapping of strings to strings; nothing if it is something else.
fn strings(node: Node<'_>) -> Option<BTreeMap<String, String>> {
    let entries = || node.entries().map(string_entry).collect();
    node.is_map().then(entries)?
}

/// A key and a value that are strings.
pub(crate) fn string_entry(entry: Entry<'_>) -> Option<(String, String)> {
    let value = entry.value.as_str()?.into_owned();
    Some((entry.key.as_str()?.into_owned(), value))
}

/// A label selector ready to match, or nothing where the API server would refuse it.
#[must_use]
pub fn well_formed(written: LabelSelector) -> Option<Selector> {
    let is_well_formed = written.match_expressions.iter().flatten().all(|requirement| {
        let has_values = requirement.values.as_ref().is_some_and(|values| !values.is_empty());
        match requirement.operator.as_str() {
            "In" | "NotIn" => has_values,
            _ => !has_values,
        }
    });
    if is_well_formed { written.try_into().ok() } else { None }
}

/// Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k` (`k8s.io/apimachinery/pkg/labels`); nothing where it is no selector.
#[must_use]
pub fn parse_selector(text: &str) -> Option<Selector> {
    let mut depth = 0;
    let parts = text.split(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).map(expression).collect()
}

fn expression(part: &str) -> Option<Expression> {
    let owned = |text: &str| text.trim().to_owned();
    if let Some((key, list)) = part.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        let (key, word) = key.trim().split_once(char::is_whitespace)?;
        let values = list.split(',').map(owned).collect();
        return match word.trim() {
            "in" => Some(Expression::In(owned(key), values)),
            "notin" => Some(Expression::NotIn(owned(key), values)),
            _ => None,
        };
    }
    if let Some((key, value)) = part.split_once("!=") {
        return Some(Expression::NotEqual(owned(key), owned(value)));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Some(Expression::Equal(owned(key), owned(value)));
    }
    let (key, absent) = part.strip_prefix('!').map_or((part, false), |key| (key.trim(), true));
    let is_key = !key.is_empty() && !key.contains(char::is_whitespace);
    let of_key = if absent { Expression::DoesNotExist } else { Expression::Exists };
    is_key.then(|| of_key(key.to_owned()))
}
