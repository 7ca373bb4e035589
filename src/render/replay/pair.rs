//! Which item of a rendered list is which of a replayed one: patches shift and repeat them.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::hash::{Hash as _, Hasher as _};

use super::budget::Budget;
use super::tree::{Node, Value};

/// What tells items apart, the most telling first.
const IDENTITY: [&str; 12] = [
    "name",
    "mountPath",
    "containerPort",
    "port",
    "key",
    "ip",
    "devicePath",
    "path",
    "host",
    "type",
    "topologyKey",
    "kind",
];

/// The replayed item of each rendered one: equal at the same position, equal anywhere, of the same identity, of the
/// same first part of it, at the same position of a list of the same length; first of the own list, then of `older`.
pub(super) fn pair<'r>(
    rendered: &[Node],
    own: &[&'r Node],
    older: &[&'r Node],
    budget: &Budget,
) -> Vec<Option<&'r Node>> {
    let mut found: Vec<Option<&'r Node>> = vec![None; rendered.len()];
    for candidates in [own, older] {
        if found.iter().all(Option::is_some) || budget.is_spent() {
            break;
        }
        pair_with(rendered, candidates, budget, &mut found);
    }
    found
}

fn pair_with<'r>(
    rendered: &[Node],
    candidates: &[&'r Node],
    budget: &Budget,
    found: &mut [Option<&'r Node>],
) {
    let mut free = vec![true; candidates.len()];
    for (index, (item, candidate)) in rendered.iter().zip(candidates).enumerate() {
        if found[index].is_none() && is_same(item, candidate, budget) {
            found[index] = Some(candidate);
            free[index] = false;
        }
    }
    for test in 0..3 {
        if found.iter().all(Option::is_some) || budget.is_spent() {
            return;
        }
        let mark = |node: &Node| if test == 0 { hash(node, budget) } else { identity(node, test == 2) };
        let mut by_mark: HashMap<u64, VecDeque<usize>> = HashMap::new();
        for (index, candidate) in candidates.iter().enumerate().filter(|(index, _)| free[*index]) {
            if let Some(mark) = mark(candidate) {
                by_mark.entry(mark).or_default().push_back(index);
            }
        }
        for (item, found) in rendered.iter().zip(found.iter_mut()).filter(|(_, found)| found.is_none()) {
            let candidate = mark(item).and_then(|mark| by_mark.get_mut(&mark)?.pop_front());
            if let Some(candidate) = candidate {
                *found = Some(candidates[candidate]);
                free[candidate] = false;
            }
        }
    }
    if rendered.len() == candidates.len() {
        for (index, (item, candidate)) in rendered.iter().zip(candidates).enumerate() {
            if found[index].is_none() && free[index] && candidate.value.is_same_shape(&item.value) {
                found[index] = Some(candidate);
            }
        }
    }
}

/// The identifying fields that an item has, or only the first of them.
fn identity(item: &Node, only_first: bool) -> Option<u64> {
    let parts = IDENTITY.iter().filter_map(|key| Some((key, item.text_at(&[key])?)));
    let parts: Vec<_> = parts.take(if only_first { 1 } else { IDENTITY.len() }).collect();
    if parts.is_empty() {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    Some(hasher.finish())
}

fn is_same(one: &Node, other: &Node, budget: &Budget) -> bool {
    budget.spend(1)
        && match (&one.value, &other.value) {
            (Value::Map(one), Value::Map(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(a, b)| a.0 == b.0 && is_same(a.1, b.1, budget))
            }
            (Value::List(one), Value::List(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_same(a, b, budget))
            }
            (one, other) => one.is_same_shape(other) && one.text() == other.text(),
        }
}

/// The same for nodes with the same content; none where the budget ends.
fn hash(node: &Node, budget: &Budget) -> Option<u64> {
    if !budget.spend(1) {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    match &node.value {
        Value::Map(map) => {
            "map".hash(&mut hasher);
            for (key, value) in map {
                (key, hash(value, budget)?).hash(&mut hasher);
            }
        }
        Value::List(items) => {
            "list".hash(&mut hasher);
            for item in items {
                hash(item, budget)?.hash(&mut hasher);
            }
        }
        scalar => scalar.text().hash(&mut hasher),
    }
    Some(hasher.finish())
}
