//! Which identity of the base is which of the head: by id, else by what it runs and may do.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::place;
use crate::inventory::record::{Record, Workload};
use crate::k8s::Image;

/// Two sets of templates are the same where they share so much of both, in percent.
const ALIKE: usize = 80;

/// More identities that hold the same are not compared with each other one by one.
const MOST: usize = 200;

/// The identities of both sides, by their positions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Matched {
    /// The same by name.
    pub(super) same: Vec<(usize, usize)>,
    /// The same under another name.
    pub(super) renamed: Vec<(usize, usize)>,
    pub(super) gone: Vec<usize>,
    pub(super) new: Vec<usize>,
}

/// Finds them. Both are sorted by id.
pub(super) fn matched(base: &[Record], head: &[Record]) -> Matched {
    let mut found = Matched::default();
    let mut left: (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let (base_names, head_names) = (by_name(base), by_name(head));
    let names: BTreeSet<&str> = base_names.keys().chain(head_names.keys()).copied().collect();
    for name in names {
        let of = |names: &BTreeMap<&str, Vec<usize>>| names.get(name).cloned().unwrap_or_default();
        let (mut before, mut after) = (of(&base_names), of(&head_names));
        // Variants of one name are told apart by what they are applied with, then by what they hold.
        let tests: [fn(&Record, &Record) -> bool; 3] =
            [|a, b| a.id == b.id, |a, b| a.root == b.root, |a, b| held(a) == held(b)];
        for is_same in tests {
            before.retain(|&one| {
                let at = after.iter().position(|&other| is_same(&base[one], &head[other]));
                if let Some(at) = at {
                    found.same.push((one, after.remove(at)));
                }
                at.is_none()
            });
        }
        let count = before.len().min(after.len());
        found.same.extend(before.drain(..count).zip(after.drain(..count)));
        left.0.extend(before);
        left.1.extend(after);
    }
    renamed(base, head, left, &mut found);
    found.same.sort_unstable_by_key(|(_, head)| *head);
    found.renamed.sort_unstable_by_key(|(_, head)| *head);
    found.gone.sort_unstable();
    found.new.sort_unstable();
    found
}

/// By the id without what tells variants apart.
fn by_name(records: &[Record]) -> BTreeMap<&str, Vec<usize>> {
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        let name = record.id.split(['@', '#']).next().unwrap_or_default();
        found.entry(name).or_default().push(at);
    }
    found
}

/// What an identity may do and is in clouds, seen from its own namespace.
fn held(record: &Record) -> BTreeSet<String> {
    let rules = record.permissions.rules.iter();
    let rules = rules.map(|rule| format!("{} {}", place(record, rule.namespace.as_deref()), rule.words()));
    let unknown = record.permissions.unknown.iter().map(|role| format!("? {} {}", role.role_kind, role.role));
    let cloud = record.cloud.iter().map(|cloud| format!("{} {}", cloud.provider, cloud.identity));
    rules.chain(unknown).chain(cloud).collect()
}

/// What a template runs, whatever it is called.
fn template(workload: &Workload) -> String {
    let images = workload.containers.iter().map(|container| Image::parse(&container.image).repository);
    let images: Vec<&str> = images.collect();
    format!("{} {} {}", workload.at.kind, workload.schedule.as_deref().unwrap_or_default(), images.join(" "))
}

fn renamed(base: &[Record], head: &[Record], left: (Vec<usize>, Vec<usize>), found: &mut Matched) {
    let templates = |record: &Record| record.workloads.iter().map(template).collect::<BTreeSet<String>>();
    let mut by_held: BTreeMap<BTreeSet<String>, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for at in left.0 {
        by_held.entry(held(&base[at])).or_default().0.push(at);
    }
    for at in left.1 {
        by_held.entry(held(&head[at])).or_default().1.push(at);
    }
    for (holds, (before, after)) in by_held {
        let mut pairs = Vec::new();
        if before.len() <= MOST && after.len() <= MOST {
            let after: Vec<_> = after.iter().map(|&at| (at, templates(&head[at]))).collect();
            for &one in &before {
                let own = templates(&base[one]);
                for (other, theirs) in &after {
                    let alike = likeness(&base[one], &head[*other], (&own, theirs), holds.is_empty());
                    pairs.extend((alike >= ALIKE).then_some((std::cmp::Reverse(alike), one, *other)));
                }
            }
        }
        pairs.sort_unstable();
        let (mut ones, mut others) = (BTreeSet::from_iter(before), BTreeSet::from_iter(after));
        for (_, one, other) in pairs {
            if ones.contains(&one) && others.contains(&other) {
                ones.remove(&one);
                others.remove(&other);
                found.renamed.push((one, other));
            }
        }
        found.gone.extend(ones);
        found.new.extend(others);
    }
}

/// How much of both sets of templates is the same, in percent. What runs nothing is known by its name or by what it holds.
fn likeness(
    one: &Record,
    other: &Record,
    (own, theirs): (&BTreeSet<String>, &BTreeSet<String>),
    holds_nothing: bool,
) -> usize {
    if own.is_empty() && theirs.is_empty() {
        let is_same = one.name == other.name || (!holds_nothing && one.namespace == other.namespace);
        return if is_same { 100 } else { 0 };
    }
    let shared = own.intersection(theirs).count();
    let alike = shared * 100 / own.union(theirs).count();
    // Of several that are alike, the one in the same place is it.
    let is_near = one.name == other.name || one.namespace == other.namespace;
    if is_near { alike } else { alike.saturating_sub(1) }
}
