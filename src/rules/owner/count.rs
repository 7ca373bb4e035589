//! How NHI301 counts those that nobody answers for: by the noun of what is counted.

use std::collections::BTreeMap;

use super::gap::{named, own_identity, workload};
use crate::graph::grant::unowned::{Holder, Member};
use crate::rules::Context;

/// What one of them is called in a count, alone and as one of several.
pub(super) type Noun = (&'static str, &'static str);

const IDENTITY: Noun = ("identity", "identities");
pub(super) const WORKLOAD: Noun = ("workload", "workloads");
const ACCOUNT: Noun = ("account", "accounts");

/// What one of them is called, with its noun. Of workloads of the `default` account each is counted.
pub(super) fn counted(member: &Member<'_, '_>, context: &Context<'_>) -> Vec<(String, Noun)> {
    let what = named(member, context).1;
    match member {
        Member::Identity(unowned) if own_identity(unowned, context).is_some() => vec![(what, IDENTITY)],
        Member::Identity(unowned) => {
            let places = &context.graph.places;
            let others = unowned.others.iter().map(|other| workload(&places.object_of(other).object));
            Some(what).into_iter().chain(others).map(|what| (what, WORKLOAD)).collect()
        }
        Member::Holder(_, Holder::Workload, _) => vec![(what, WORKLOAD)],
        Member::Holder(_, Holder::Account | Holder::Stranger(_), _) => vec![(what, ACCOUNT)],
    }
}

/// How many more there are beside one of some noun, and of what: nothing for none.
pub(super) fn more(first: Noun, names: &BTreeMap<String, Noun>) -> String {
    let Some(noun) = names.values().next() else { return String::new() };
    let word = if names.len() == 1 { noun.0 } else { noun.1 };
    match names.len() {
        count if names.values().any(|other| other != noun) => {
            format!("{count} more identities and workloads")
        }
        count if *noun == first => format!("{count} more {word}"),
        count => format!("{count} {word}"),
    }
}

/// What one of them is called, as a sentence begins with it: without what is known of it besides.
pub(super) fn sentence(what: &str) -> String {
    let what = what.split(", which").next().unwrap_or(what);
    what.strip_prefix("the ").map_or(what.to_owned(), |rest| format!("The {rest}"))
}
