//! Which roles' rules an aggregated `ClusterRole` ends up with.
//!
//! Does offline what `pkg/controller/clusterroleaggregation` does in a cluster: the rules of an aggregated role are
//! replaced by those of the roles that its selectors find, again and again until nothing changes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

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

/// How many roles selectors may find, and aggregated roles may take in, before aggregation is given up: a cluster has some
/// hundreds of roles.
const MOST: usize = 1 << 20;

/// The `ClusterRoles` of one cluster, and which of them feed which.
#[derive(Debug)]
pub struct Aggregation<'r, 't> {
    roles: Vec<&'r ClusterRole<'t>>,
    /// For each role, its set of selections, as its position among `sets`; none for roles that are not aggregated.
    set_of: Vec<Option<usize>>,
    /// Each different set of selections. Roles that have the same one take in the same roles.
    sets: Vec<Vec<usize>>,
    /// For each different selector, the roles that it finds, in order.
    selections: Vec<Vec<usize>>,
    /// Aggregated roles that keep the rules written in them.
    circular: Vec<bool>,
    /// Whether selectors find so many roles that some find none here.
    cut: bool,
}

impl<'r, 't> Aggregation<'r, 't> {
    /// Finds out what each selector selects: each different selector once, by an index of the labels.
    #[must_use]
    pub fn new(roles: impl IntoIterator<Item = &'r ClusterRole<'t>>) -> Self {
        let roles: Vec<&ClusterRole<'_>> = roles.into_iter().collect();
        let index = LabelIndex::new(&roles);
        let mut known: BTreeMap<Vec<Expression>, usize> = BTreeMap::new();
        let mut known_sets: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        let (mut selections, mut found, mut sets) = (Vec::new(), 0, Vec::new());
        let mut set_of = Vec::with_capacity(roles.len());
        for role in &roles {
            let select = |selector: &Selector| {
                let expressions: Vec<Expression> = selector.clone().into_iter().collect();
                *known.entry(expressions).or_insert_with_key(|expressions| {
                    let selected =
                        if found > MOST { Vec::new() } else { index.select(&roles, selector, expressions) };
                    found += selected.len();
                    selections.push(selected);
                    selections.len() - 1
                })
            };
            let set = role.selectors.as_ref().map(|selectors| {
                let set: BTreeSet<usize> = selectors.iter().map(select).collect();
                let set: Vec<usize> = set.into_iter().collect();
                *known_sets.entry(set).or_insert_with_key(|set| {
                    sets.push(set.clone());
                    sets.len() - 1
                })
            });
            set_of.push(set);
        }
        let cut = found > MOST;
        let mut this = Self { circular: vec![false; roles.len()], roles, set_of, sets, selections, cut };
        for (role, in_circle) in this.in_circles().into_iter().enumerate() {
            this.circular[role] = in_circle && !this.roles[role].rules.is_empty();
        }
        this
    }

    /// Whether there is more to aggregate than is followed.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// The roles, by position, whose own rules make up what this role grants: itself unless it is aggregated.
    ///
    /// Rules written in an aggregated role are dropped, as the controller overwrites them. Where such roles aggregate
    /// each other in a circle, what is left of them depends on who came first: there they are kept.
    #[must_use]
    pub fn sources(&self, role: usize) -> Vec<usize> {
        self.set_of[role].map_or_else(|| vec![role], |set| self.sources_of_set(set))
    }

    /// What a role is aggregated from; the same for roles that take in the same roles.
    #[must_use]
    pub fn set_of(&self, role: usize) -> Option<usize> {
        self.set_of[role]
    }

    /// The roles, by position, that are taken in by roles with this set.
    #[must_use]
    pub fn sources_of_set(&self, set: usize) -> Vec<usize> {
        let mut sources = self.reach(set);
        sources.retain(|&source| self.set_of[source].is_none() || self.circular[source]);
        sources
    }

    /// Every rule that the role grants once aggregated.
    #[must_use]
    pub fn rules(&self, role: usize) -> Vec<&'r Rule<'t>> {
        let sources = self.sources(role).into_iter();
        sources.flat_map(|source| &self.roles[source].rules).collect()
    }

    /// The roles that a set of selections leads to, directly or through others, in order.
    fn reach(&self, set: usize) -> Vec<usize> {
        let mut reached = vec![false; self.roles.len()];
        let mut visited = vec![false; self.selections.len()];
        let mut open = self.sets[set].clone();
        while let Some(selection) = open.pop() {
            if std::mem::replace(&mut visited[selection], true) {
                continue;
            }
            for &role in &self.selections[selection] {
                if !std::mem::replace(&mut reached[role], true) {
                    open.extend(self.selections_of(role));
                }
            }
        }
        (0..reached.len()).filter(|&role| reached[role]).collect()
    }

    fn selections_of(&self, role: usize) -> &[usize] {
        self.set_of[role].map_or(&[], |set| self.sets[set].as_slice())
    }

    /// For each role, whether it takes itself in through others: it shares a strongly connected part of the graph of roles
    /// and selections with another role. Roles come first among the nodes of the graph (Tarjan's algorithm).
    fn in_circles(&self) -> Vec<bool> {
        const NEW: usize = usize::MAX;
        let roles = self.roles.len();
        let count = roles + self.selections.len();
        let next = |node: usize, position: usize| match node.checked_sub(roles) {
            Some(selection) => self.selections[selection].get(position).copied(),
            None => self.selections_of(node).get(position).map(|selection| roles + selection),
        };
        let (mut order, mut low, mut open) = (vec![NEW; count], vec![NEW; count], vec![false; count]);
        let (mut stack, mut ordered, mut circles) = (Vec::new(), 0, vec![false; roles]);
        for start in (0..roles).filter(|&role| self.set_of[role].is_some()) {
            let mut walk = vec![(start, 0)];
            while let Some(&mut (node, ref mut position)) = walk.last_mut() {
                if *position == 0 && order[node] == NEW {
                    (order[node], low[node], open[node]) = (ordered, ordered, true);
                    ordered += 1;
                    stack.push(node);
                } else if *position == 0 {
                    walk.pop();
                    continue;
                }
                *position += 1;
                match next(node, *position - 1) {
                    Some(to) if order[to] == NEW => walk.push((to, 0)),
                    Some(to) if open[to] => low[node] = low[node].min(order[to]),
                    Some(_) => {}
                    None => {
                        walk.pop();
                        if let Some(&(above, _)) = walk.last() {
                            low[above] = low[above].min(low[node]);
                        }
                        if low[node] == order[node] {
                            let first = stack.iter().rposition(|&one| one == node).unwrap_or_default();
                            let part = stack.split_off(first);
                            let inside: Vec<usize> =
                                part.iter().copied().filter(|&one| one < roles).collect();
                            for one in part {
                                open[one] = false;
                            }
                            for &role in &inside {
                                circles[role] = inside.len() > 1;
                            }
                        }
                    }
                }
            }
        }
        circles
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
