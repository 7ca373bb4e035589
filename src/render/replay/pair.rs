//! Which item of a rendered list is which of a replayed one: patches shift and repeat them.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::hash::{Hash as _, Hasher as _};

use super::budget::Budget;
use super::tree::{Node, Value};
use crate::yaml;

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
    rendered: &[yaml::Node<'_>],
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
    rendered: &[yaml::Node<'_>],
    candidates: &[&'r Node],
    budget: &Budget,
    found: &mut [Option<&'r Node>],
) {
    let mut free = vec![true; candidates.len()];
    for (index, (item, candidate)) in rendered.iter().zip(candidates).enumerate() {
        if found[index].is_none() && is_same(*item, candidate, budget) {
            found[index] = Some(candidate);
            free[index] = false;
        }
    }
    for test in 0..3 {
        if found.iter().all(Option::is_some) || budget.is_spent() {
            return;
        }
        let mut by_mark: HashMap<u64, VecDeque<usize>> = HashMap::new();
        for (index, candidate) in candidates.iter().enumerate().filter(|(index, _)| free[*index]) {
            let mark = match test {
                0 => Some(hash_replayed(candidate, budget)),
                _ => identity(|key| candidate.said_at(&[key]).map(std::borrow::Cow::into_owned), test == 2),
            };
            if let Some(mark) = mark {
                by_mark.entry(mark).or_default().push_back(index);
            }
        }
        for (index, item) in
            rendered.iter().enumerate().filter(|(index, _)| found[*index].is_none()).collect::<Vec<_>>()
        {
            let mark = match test {
                0 => Some(hash_rendered(*item, budget)),
                _ => identity(|key| Some(Value::of(item.get(key)?).said()?.into_owned()), test == 2),
            };
            let candidate = mark.and_then(|mark| by_mark.get_mut(&mark)?.pop_front());
            if let Some(candidate) = candidate {
                found[index] = Some(candidates[candidate]);
                free[candidate] = false;
            }
        }
    }
    if rendered.len() == candidates.len() {
        for (index, (item, candidate)) in rendered.iter().zip(candidates).enumerate() {
            let is_like = match candidate.value {
                Value::Map(_) => item.is_map(),
                Value::List(_) => item.is_seq(),
                _ => item.is_scalar(),
            };
            if found[index].is_none() && free[index] && is_like {
                found[index] = Some(candidate);
            }
        }
    }
}

/// The identifying fields that an item has, or only the first of them.
fn identity(field: impl Fn(&str) -> Option<String>, only_first: bool) -> Option<u64> {
    let parts = IDENTITY.iter().filter_map(|key| Some((key, field(key)?)));
    let parts: Vec<_> = parts.take(if only_first { 1 } else { IDENTITY.len() }).collect();
    if parts.is_empty() {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    Some(hasher.finish())
}

fn is_same(rendered: yaml::Node<'_>, replayed: &Node, budget: &Budget) -> bool {
    if !budget.spend(1) {
        return false;
    }
    match &replayed.value {
        Value::Map(map) => {
            let mut count = 0;
            rendered.is_map()
                && rendered.entries().all(|entry| {
                    count += 1;
                    let key = entry.key.text().unwrap_or_default();
                    map.get(key.as_ref()).is_some_and(|value| is_same(entry.value, value, budget))
                })
                && count == map.len()
        }
        Value::List(items) => {
            let mut replayed = items.iter();
            rendered.is_seq()
                && rendered
                    .items()
                    .all(|item| replayed.next().is_some_and(|other| is_same(item, other, budget)))
                && replayed.next().is_none()
        }
        scalar => rendered.is_scalar() && Value::of(rendered).said() == scalar.said(),
    }
}

fn hash_rendered(node: yaml::Node<'_>, budget: &Budget) -> u64 {
    let mut hasher = DefaultHasher::new();
    if !budget.spend(1) {
        return 0;
    }
    if node.is_map() {
        let entries = node.entries().map(|entry| {
            let mut pair = DefaultHasher::new();
            (entry.key.text().unwrap_or_default(), hash_rendered(entry.value, budget)).hash(&mut pair);
            pair.finish()
        });
        ("map", entries.fold(0_u64, u64::wrapping_add)).hash(&mut hasher);
    } else if node.is_seq() {
        let items: Vec<u64> = node.items().map(|item| hash_rendered(item, budget)).collect();
        ("list", items).hash(&mut hasher);
    } else {
        Value::of(node).said().hash(&mut hasher);
    }
    hasher.finish()
}

fn hash_replayed(node: &Node, budget: &Budget) -> u64 {
    let mut hasher = DefaultHasher::new();
    if !budget.spend(1) {
        return 1;
    }
    match &node.value {
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| {
                let mut pair = DefaultHasher::new();
                (&**key, hash_replayed(value, budget)).hash(&mut pair);
                pair.finish()
            });
            ("map", entries.fold(0_u64, u64::wrapping_add)).hash(&mut hasher);
        }
        Value::List(items) => {
            let items: Vec<u64> = items.iter().map(|item| hash_replayed(item, budget)).collect();
            ("list", items).hash(&mut hasher);
        }
        scalar => scalar.said().hash(&mut hasher),
    }
    hasher.finish()
}
