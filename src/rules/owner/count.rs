//! How NHI301 counts those that nobody answers for: by the noun of what is counted.

use std::collections::{BTreeMap, BTreeSet};

use super::gap::{named, own_identity, workload};
use crate::graph::Placed;
use crate::graph::grant::unowned::{Holder, Member};
use crate::rules::Context;

/// What one of them is called in a count, alone and as one of several.
pub(super) type Noun = (&'static str, &'static str);

const IDENTITY: Noun = ("identity", "identities");
const WORKLOAD: Noun = ("workload", "workloads");
const ACCOUNT: Noun = ("account", "accounts");

/// Those of one name. Two documents may write one object; what the API server names (`generateName`) is another object
/// wherever it says something else.
pub(super) struct Counted {
    noun: Noun,
    contents: BTreeSet<u64>,
}

/// By what they are called.
pub(super) struct Names(BTreeMap<String, Counted>);

impl Names {
    /// Those that nobody answers for, the first of them taken out; its noun.
    pub(super) fn beside(what: &str, members: &[Member<'_, '_>], context: &Context<'_>) -> (Noun, Self) {
        let mut names: BTreeMap<String, Counted> = BTreeMap::new();
        for (name, noun, content) in members.iter().flat_map(|member| counted(member, context)) {
            let entry = names.entry(name).or_insert_with(|| Counted { noun, contents: BTreeSet::new() });
            entry.contents.insert(content);
        }
        let noun = names.get(what).map_or(WORKLOAD, |first| first.noun);
        if let Some(first) = names.get_mut(what) {
            first.contents.pop_first();
        }
        names.retain(|_, counted| !counted.contents.is_empty());
        (noun, Self(names))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many more there are beside one of some noun, and of what: nothing for none.
    pub(super) fn more(&self, first: Noun) -> String {
        more(first, self.0.values())
    }

    /// What they are called, at most so many; the rest is counted.
    pub(super) fn listed(&self, most: usize) -> String {
        let of_one = |(name, counted): (&String, &Counted)| match counted.contents.len() {
            1 => name.clone(),
            several => format!("{name} ({several} of them)"),
        };
        let rest = self.0.values().skip(most);
        let rest = rest.clone().next().map(|one| more(one.noun, rest));
        let shown: Vec<String> = self.0.iter().take(most).map(of_one).chain(rest).collect();
        shown.join("; ")
    }
}

/// What one of them is called, with its noun and what tells it from others of that name. Of workloads of the `default`
/// account each is counted.
fn counted(member: &Member<'_, '_>, context: &Context<'_>) -> Vec<(String, Noun, u64)> {
    let what = named(member, context).1;
    let at = member.placed(&context.graph.grants);
    match member {
        Member::Identity(unowned) if own_identity(unowned, context).is_some() => vec![(what, IDENTITY, 0)],
        Member::Identity(unowned) => {
            let places = &context.graph.places;
            let others = unowned.others.iter().map(|other| places.object_of(other));
            let others = others.map(|at| (workload(&at.object), WORKLOAD, content(at)));
            Some((what, WORKLOAD, content(at))).into_iter().chain(others).collect()
        }
        Member::Holder(_, Holder::Workload, _) => vec![(what, WORKLOAD, content(at))],
        Member::Holder(_, Holder::Account | Holder::Stranger(_), _) => vec![(what, ACCOUNT, 0)],
    }
}

fn content(at: &Placed<'_>) -> u64 {
    if at.object.name.ends_with('*') { at.content() } else { 0 }
}

fn more<'n>(first: Noun, all: impl Iterator<Item = &'n Counted> + Clone) -> String {
    let Some(noun) = all.clone().next().map(|one| one.noun) else { return String::new() };
    let count: usize = all.clone().map(|one| one.contents.len()).sum();
    let word = if count == 1 { noun.0 } else { noun.1 };
    let nouns: BTreeSet<&str> = all.map(|one| one.noun.1).collect();
    if nouns.len() > 1 {
        let nouns: Vec<&str> = nouns.into_iter().collect();
        return format!("{count} more {}", listed(&nouns));
    }
    if noun == first { format!("{count} more {word}") } else { format!("{count} {word}") }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(words: &[&str]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => words.concat(),
    }
}

/// What one of them is called, as a sentence begins with it: without what is known of it besides.
pub(super) fn sentence(what: &str) -> String {
    let what = what.split(", which").next().unwrap_or(what);
    what.strip_prefix("the ").map_or(what.to_owned(), |rest| format!("The {rest}"))
}
