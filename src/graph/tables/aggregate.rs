//! Which roles' rules an aggregated `ClusterRole` ends up with.
//!
//! Does offline what `pkg/controller/clusterroleaggregation` does in a cluster: the rules of an aggregated role are
//! replaced by those of the roles that its selectors find, again and again until nothing changes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use kube_core::labels::{Expression, Selector, SelectorExt};

use super::permission::Rule;
use crate::k8s::Object;
use crate::k8s::binding::rules;
use crate::k8s::selector::{selector, string_entry};
use crate::yaml::Node;

/// What aggregation needs to know of a `ClusterRole`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterRole<'t> {
    /// Its name; no two roles of a cluster share one.
    pub name: Cow<'t, str>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The rules written in it.
    pub rules: Vec<Rule<'t>>,
    /// The selectors of its `aggregationRule`; none where it has no such rule. See [`selector`].
    pub selectors: Option<Vec<Selector>>,
}

impl<'t> ClusterRole<'t> {
    /// Reads a `ClusterRole`; what has the wrong type counts as not written.
    #[must_use]
    pub fn from_object(object: &Object<'t>) -> Self {
        let metadata = object.metadata();
        let labels = metadata.and_then(|metadata| metadata.get("labels"));
        let labels = labels.into_iter().flat_map(Node::entries);
        let aggregation = object.node.get("aggregationRule").filter(|rule| rule.is_map());
        let selectors = aggregation.map(|rule| {
            let written = rule.get("clusterRoleSelectors").into_iter().flat_map(Node::items);
            written.filter_map(selector).collect()
        });
        Self {
            name: object.name.clone(),
            labels: labels.filter_map(string_entry).collect(),
            rules: rules(object.node).map(Rule::from_node).collect(),
            selectors,
        }
    }
}

/// The `ClusterRoles` of one cluster, and which of them feed which.
#[derive(Debug)]
pub struct Aggregation<'r, 't> {
    roles: Vec<&'r ClusterRole<'t>>,
    /// For each role, its selections; empty for roles that are not aggregated.
    selections_of: Vec<Vec<usize>>,
    /// For each different selector, the roles that it finds, in order.
    selections: Vec<Vec<usize>>,
    /// Aggregated roles that keep the rules written in them.
    circular: Vec<bool>,
}

impl<'r, 't> Aggregation<'r, 't> {
    /// Finds out what each selector selects: each different selector once, by an index of the labels.
    #[must_use]
    pub fn new(roles: impl IntoIterator<Item = &'r ClusterRole<'t>>) -> Self {
        let roles: Vec<&ClusterRole<'_>> = roles.into_iter().collect();
        let index = LabelIndex::new(&roles);
        let mut known: BTreeMap<Vec<Expression>, usize> = BTreeMap::new();
        let mut selections = Vec::new();
        let mut selections_of = Vec::with_capacity(roles.len());
        for role in &roles {
            let mut of_role = Vec::new();
            for selector in role.selectors.iter().flatten() {
                let expressions: Vec<Expression> = selector.clone().into_iter().collect();
                of_role.push(*known.entry(expressions).or_insert_with_key(|expressions| {
                    selections.push(index.select(&roles, selector, expressions));
                    selections.len() - 1
                }));
            }
            selections_of.push(of_role);
        }
        let mut this = Self { circular: vec![false; roles.len()], roles, selections_of, selections };
        for role in 0..this.roles.len() {
            let overwritten = this.roles[role].selectors.is_some() && !this.roles[role].rules.is_empty();
            this.circular[role] = overwritten && this.reach(role).binary_search(&role).is_ok();
        }
        this
    }

    /// The roles, by position, whose own rules make up what this role grants: itself unless it is aggregated.
    ///
    /// Rules written in an aggregated role are dropped, as the controller overwrites them. Where such roles aggregate
    /// each other in a circle, what is left of them depends on who came first: there they are kept.
    #[must_use]
    pub fn sources(&self, role: usize) -> Vec<usize> {
        if self.roles[role].selectors.is_none() {
            return vec![role];
        }
        let mut sources = self.reach(role);
        sources.retain(|&source| self.roles[source].selectors.is_none() || self.circular[source]);
        sources
    }

    /// Every rule that the role grants once aggregated.
    #[must_use]
    pub fn rules(&self, role: usize) -> Vec<&'r Rule<'t>> {
        let sources = self.sources(role).into_iter();
        sources.flat_map(|source| &self.roles[source].rules).collect()
    }

    /// The roles that a role's selectors lead to, directly or through others, in order. A role does not select itself.
    fn reach(&self, start: usize) -> Vec<usize> {
        let mut reached = vec![false; self.roles.len()];
        let mut first_visitor: Vec<Option<usize>> = vec![None; self.selections.len()];
        let mut open = vec![start];
        while let Some(role) = open.pop() {
            for &selection in &self.selections_of[role] {
                let selected = &self.selections[selection];
                let newly: &[usize] = match first_visitor[selection] {
                    None => selected,
                    // Passed over when it visited itself, it is found by another.
                    Some(first) if first != role => match selected.binary_search(&first) {
                        Ok(at) => &selected[at..=at],
                        Err(_) => &[],
                    },
                    Some(_) => &[],
                };
                for &found in newly {
                    if found != role && !reached[found] {
                        reached[found] = true;
                        open.push(found);
                    }
                }
                first_visitor[selection].get_or_insert(role);
            }
        }
        (0..reached.len()).filter(|&role| reached[role]).collect()
    }
}

/// Roles by label, so that a selector is matched against the few roles that carry its label.
struct LabelIndex<'r> {
    by_label: HashMap<&'r str, HashMap<&'r str, Vec<usize>>>,
}

impl<'r> LabelIndex<'r> {
    fn new(roles: &[&'r ClusterRole<'_>]) -> Self {
        let mut by_label: HashMap<&str, HashMap<&str, Vec<usize>>> = HashMap::new();
        for (position, role) in roles.iter().enumerate() {
            for (key, value) in &role.labels {
                by_label.entry(key).or_default().entry(value).or_default().push(position);
            }
        }
        Self { by_label }
    }

    /// The roles that a selector finds, in order.
    fn select(
        &self,
        roles: &[&ClusterRole<'_>],
        selector: &Selector,
        expressions: &[Expression],
    ) -> Vec<usize> {
        let narrowest =
            expressions.iter().filter_map(|expression| self.candidates(expression)).min_by_key(Vec::len);
        let candidates = narrowest.unwrap_or_else(|| (0..roles.len()).collect());
        candidates.into_iter().filter(|&role| selector.matches(&roles[role].labels)).collect()
    }

    /// The roles among which all that match are, in order; nothing where the index cannot tell.
    fn candidates(&self, expression: &Expression) -> Option<Vec<usize>> {
        match expression {
            Expression::Equal(key, value) => Some(self.with(key, value).to_vec()),
            Expression::In(key, values) => {
                let mut found: Vec<usize> =
                    values.iter().flat_map(|value| self.with(key, value)).copied().collect();
                found.sort_unstable();
                Some(found)
            }
            _ => None,
        }
    }

    fn with(&self, key: &str, value: &str) -> &[usize] {
        let values = self.by_label.get(key);
        values.and_then(|values| values.get(value)).map_or(&[], Vec::as_slice)
    }
}
