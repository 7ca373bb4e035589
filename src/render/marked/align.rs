//! Pairs the documents of the clean output with the raw ones, and their lines.
//!
//! Lines that are equal at both ends go together, then lines that stand once on each side, then what is left between
//! two of these if it is as long here as there. Never quadratic.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// The pairs of two lists: positions that go together, rising on both sides.
pub(super) fn pairs<T: Eq + Hash + Copy>(one: &[T], other: &[T]) -> Vec<(usize, usize)> {
    let mut found = Vec::with_capacity(one.len());
    between(one, other, (0, 0), 0, &mut found);
    found
}

/// How often what stands between two pairs is looked at again.
const DEEPEST: usize = 12;

fn between<T: Eq + Hash + Copy>(
    one: &[T],
    other: &[T],
    (first, second): (usize, usize),
    depth: usize,
    found: &mut Vec<(usize, usize)>,
) {
    let head = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    found.extend((0..head).map(|at| (first + at, second + at)));
    let (one, other, first, second) = (&one[head..], &other[head..], first + head, second + head);
    let tail = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let (middle, facing) = (&one[..one.len() - tail], &other[..other.len() - tail]);
    let anchors = if depth < DEEPEST { anchors(middle, facing) } else { Vec::new() };
    if anchors.is_empty() {
        if middle.len() == facing.len() {
            found.extend((0..middle.len()).map(|at| (first + at, second + at)));
        }
    } else {
        let (mut a, mut b) = (0, 0);
        for (x, y) in anchors.into_iter().chain([(middle.len(), facing.len())]) {
            between(&middle[a..x], &facing[b..y], (first + a, second + b), depth + 1, found);
            if x < middle.len() {
                found.push((first + x, second + y));
            }
            (a, b) = (x + 1, y + 1);
        }
    }
    let (from, to) = (first + middle.len(), second + facing.len());
    found.extend((0..tail).map(|at| (from + at, to + at)));
}

/// Lines that stand once on each side, as many as keep their order.
fn anchors<T: Eq + Hash + Copy>(one: &[T], other: &[T]) -> Vec<(usize, usize)> {
    let mut places: HashMap<T, (usize, usize, usize)> = HashMap::new();
    for (at, item) in other.iter().enumerate() {
        let place = places.entry(*item).or_default();
        *place = (place.0 + 1, at, place.2);
    }
    for item in one {
        if let Some(place) = places.get_mut(item) {
            place.2 += 1;
        }
    }
    let lone = one.iter().enumerate().filter_map(|(at, item)| match places.get(item) {
        Some((1, facing, 1)) => Some((at, *facing)),
        _ => None,
    });
    longest_rising(&lone.collect::<Vec<_>>())
}

/// The longest part in which the second numbers rise (patience sorting).
fn longest_rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![None; pairs.len()];
    for (index, (_, facing)) in pairs.iter().enumerate() {
        let place = ends.partition_point(|end| pairs[*end].1 < *facing);
        before[index] = place.checked_sub(1).map(|place| ends[place]);
        if place == ends.len() {
            ends.push(index);
        } else {
            ends[place] = index;
        }
    }
    let mut chain: Vec<_> =
        std::iter::successors(ends.last().copied(), |at| before[*at]).map(|at| pairs[at]).collect();
    chain.reverse();
    chain
}

/// For each clean document the raw one: with the same text, else the same kind and name, else the next of the same
/// template. Both lists hold the lines of documents of one template.
pub(super) fn documents(clean: &[Vec<&str>], raw: &[Vec<&str>]) -> Vec<Option<usize>> {
    let mut chosen = vec![None; clean.len()];
    let mut taken = vec![false; raw.len()];
    pair(clean, raw, &mut chosen, &mut taken, <[&str]>::to_vec);
    pair(clean, raw, &mut chosen, &mut taken, head);
    pair(clean, raw, &mut chosen, &mut taken, |_| Vec::new());
    chosen
}

fn pair<'t>(
    clean: &[Vec<&'t str>],
    raw: &[Vec<&'t str>],
    chosen: &mut [Option<usize>],
    taken: &mut [bool],
    key: impl Fn(&[&'t str]) -> Vec<&'t str>,
) {
    let mut waiting: HashMap<Vec<&str>, VecDeque<usize>> = HashMap::new();
    for (at, lines) in raw.iter().enumerate().filter(|(at, _)| !taken[*at]) {
        waiting.entry(key(lines)).or_default().push_back(at);
    }
    for (lines, chosen) in clean.iter().zip(chosen).filter(|(_, chosen)| chosen.is_none()) {
        *chosen = waiting.get_mut(&key(lines)).and_then(VecDeque::pop_front);
        if let Some(at) = *chosen {
            taken[at] = true;
        }
    }
}

/// The lines that hold the kind and the name.
fn head<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    let first = |starts: &[&str]| {
        let mut lines = lines.iter().copied();
        lines.find(|line| starts.iter().any(|start| line.starts_with(start))).unwrap_or_default()
    };
    vec![first(&["kind:"]), first(&["  name:", "  \"name\":"])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_equal_lines_goes_together_if_it_is_as_long() {
        let found = |one: &str, other: &str| {
            let pairs = pairs(one.as_bytes(), other.as_bytes());
            pairs.iter().map(|(a, b)| format!("{a}{b}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("abc", "abc"), "00 11 22");
        assert_eq!(found("axc", "ayc"), "00 11 22");
        assert_eq!(found("axxc", "ayc"), "00 32");
        assert_eq!(found("axbyc", "awwbzc"), "00 23 34 45");
        assert_eq!(found("", "a"), "");
    }

    #[test]
    fn documents_pair_by_text_then_name_then_order() {
        let clean = [vec!["kind: A", "  name: x", "1"], vec!["kind: B", "  name: y"], vec!["z"]];
        let raw = [vec!["q"], vec!["kind: B", "  name: y"], vec!["kind: A", "  name: x", "2"]];
        assert_eq!(documents(&clean, &raw), [Some(2), Some(1), Some(0)]);
    }
}
