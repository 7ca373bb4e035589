//! What an identity may do, and how strong that makes it.

use std::collections::BTreeSet;

use super::draft::{Draft, Pair, Places, place};
use super::record::{Bucket, Direction};
use crate::graph::record::{BindingRecord, Confidence, GrantRecord, PowerRecord, Tier, main_powers};
use crate::inventory::record::{Record, Strength};

/// So many rules of roles are spelled out in one row.
const SPELLED: usize = 3;

/// The rows about one identity.
pub(super) fn rows(pair: &Pair<'_>, drafts: &mut Vec<Draft>) {
    if !pair.is_new && !pair.is_gone {
        drafts.extend(tier(pair));
    }
    let gained = powers(pair, (pair.base, pair.head), true, drafts);
    let lost = powers(pair, (pair.head, pair.base), false, drafts);
    rules(pair, (pair.base, pair.head), &gained, true, drafts);
    rules(pair, (pair.head, pair.base), &lost, false, drafts);
}

/// `T2`, `T2, reaches T0 (possible)`.
pub(super) fn tier_words(tier: &Strength) -> String {
    let Strength { direct, reachable, confidence, .. } = tier;
    let doubt = match confidence {
        Confidence::Certain => String::new(),
        other => format!(" ({})", other.word()),
    };
    if direct == reachable {
        format!("{direct}{doubt}")
    } else {
        format!("{direct}, reaches {reachable}{doubt}")
    }
}

fn tier(pair: &Pair<'_>) -> Option<Draft> {
    let (before, after) = (&pair.base.tier, &pair.head.tier);
    let rank = |tier: &Strength| (tier.reachable, tier.confidence == Confidence::Possible, tier.direct);
    let direction = match rank(after).cmp(&rank(before)) {
        std::cmp::Ordering::Less => Direction::Rises,
        std::cmp::Ordering::Greater => Direction::Falls,
        std::cmp::Ordering::Equal => return None,
    };
    let words = (Some(tier_words(before)), Some(tier_words(after)));
    let draft = pair.draft(Bucket::Privilege, "tier", words, direction);
    let way = if direction == Direction::Rises { &after.path[..] } else { &[] };
    Some(draft.along(way).at(Some(Places::of_path(&before.path)), None))
}

/// Whether one permission is part of another, which stands in another record.
fn is_part(power: &PowerRecord, of: &PowerRecord, (own, other): (&Record, &Record)) -> bool {
    let reaches = of.scope == "cluster"
        || (power.scope == of.scope
            && place(own, power.namespace.as_deref()) == place(other, of.namespace.as_deref()));
    let names = of.names.is_empty()
        || (!power.names.is_empty() && power.names.iter().all(|name| of.names.contains(name)));
    let same = of.primitive == power.primitive && names && (of.certain || !power.certain);
    reaches && (same || of.is_everything())
}

/// The permissions that `there` has and `here` lacks; the bindings that give them.
fn powers(
    pair: &Pair<'_>,
    (here, there): (&Record, &Record),
    is_gain: bool,
    drafts: &mut Vec<Draft>,
) -> BTreeSet<Via> {
    let known = &here.permissions.primitives;
    let is_new = |power: &&PowerRecord| !known.iter().any(|of| is_part(power, of, (there, here)));
    let new: Vec<&PowerRecord> =
        main_powers(&there.permissions.primitives).into_iter().filter(is_new).collect();
    // What one binding gives is one row.
    let mut groups: Vec<(Vec<Via>, Vec<&PowerRecord>)> = Vec::new();
    for power in new {
        let vias: Vec<Via> = power.via.iter().map(via).collect();
        match groups.iter_mut().find(|(known, _)| *known == vias) {
            Some((_, group)) => group.push(power),
            None => groups.push((vias, vec![power])),
        }
    }
    for (_, group) in &groups {
        let is_alike = |other: &&PowerRecord| group.iter().any(|power| power.primitive == other.primitive);
        let other = all_words(main_powers(known).into_iter().filter(is_alike));
        let own = all_words(group.iter().copied());
        let (words, direction) =
            if is_gain { ((other, own), Direction::Rises) } else { ((own, other), Direction::Falls) };
        let vias = &group[0].via;
        let lines = vias.first().and_then(|via| via.location.as_ref());
        let places = Some(Places::new(lines, vias.iter().flat_map(|via| via.objects.iter().copied())));
        let draft = pair.draft(Bucket::Privilege, "permission", words, direction);
        drafts.push(if is_gain { draft.at(None, places) } else { draft.at(places, None) });
    }
    groups.into_iter().flat_map(|(vias, _)| vias).collect()
}

/// The first of some permissions, each once, and how many there are more.
fn all_words<'p>(powers: impl Iterator<Item = &'p PowerRecord>) -> Option<String> {
    let mut all: Vec<&str> = Vec::new();
    for power in powers {
        if !all.contains(&power.words.as_str()) {
            all.push(&power.words);
        }
    }
    let shown = all.iter().take(SPELLED).copied().collect::<Vec<_>>().join("; ");
    match all.len() {
        0 => None,
        count if count > SPELLED => Some(format!("{shown}; {} more", count - SPELLED)),
        _ => Some(shown),
    }
}

/// Kind and name of a binding.
type Via = (String, String);

fn via(binding: &BindingRecord) -> Via {
    (binding.kind.clone(), binding.name.clone())
}

/// What rules of roles allow beyond that, each binding once.
fn rules(
    pair: &Pair<'_>,
    (here, there): (&Record, &Record),
    shown: &BTreeSet<Via>,
    is_gain: bool,
    drafts: &mut Vec<Draft>,
) {
    let is_known = |rule: &&GrantRecord| shown.contains(&via(&rule.via));
    let allowed = |rule: &GrantRecord| is_allowed(rule, (here, there));
    let new: Vec<&GrantRecord> =
        there.permissions.rules.iter().filter(|rule| !is_known(rule) && !allowed(rule)).collect();
    let key = |rule: &GrantRecord| (rule.namespace.clone(), via(&rule.via));
    for group in new.chunk_by(|a, b| key(a) == key(b)) {
        let first = group[0];
        let place = match &first.namespace {
            None => "in the whole cluster".to_owned(),
            Some(namespace) => format!("in `{namespace}`"),
        };
        let mut all: Vec<String> = group.iter().take(SPELLED).map(|rule| rule.words()).collect();
        if group.len() > SPELLED {
            all.push(format!("{} more rules", group.len() - SPELLED));
        }
        let words = Some(format!("may {} {place}", all.join("; ")));
        let places = Some(Places::new(first.via.location.as_ref(), first.via.objects.iter().copied()));
        drafts.push(if is_gain {
            pair.draft(Bucket::Privilege, "permission", (None, words), Direction::Rises).at(None, places)
        } else {
            pair.draft(Bucket::Privilege, "permission", (words, None), Direction::Falls).at(places, None)
        });
    }
}

/// Whether all that a rule of `there` allows is allowed by `here` too, by whatever rules.
fn is_allowed(rule: &GrantRecord, (here, there): (&Record, &Record)) -> bool {
    let within = |other: &&GrantRecord| {
        let (own, of) = (place(there, rule.namespace.as_deref()), place(here, other.namespace.as_deref()));
        of == "*" || own == of
    };
    let around: Vec<&GrantRecord> = here.permissions.rules.iter().filter(within).collect();
    let urls = rule.non_resource_urls.iter().all(|url| {
        let has =
            |other: &&&GrantRecord| other.non_resource_urls.iter().any(|known| known == url || known == "*");
        let near: Vec<&&GrantRecord> = around.iter().filter(has).collect();
        all_verbs(rule, &near)
    });
    urls && rule.api_groups.iter().all(|group| {
        rule.resources.iter().all(|resource| {
            let near: Vec<&&GrantRecord> =
                around.iter().filter(|other| has_resource(other, group, resource, rule)).collect();
            all_verbs(rule, &near)
        })
    })
}

fn has_resource(other: &GrantRecord, group: &str, resource: &str, rule: &GrantRecord) -> bool {
    let has = |list: &[String], word: &str| list.iter().any(|known| known == word || known == "*");
    // `*/scale` is every resource's (kubernetes `pkg/apis/rbac/v1/evaluation_helpers.go`, `ResourceMatches`).
    let below = resource.split_once('/').map(|(_, below)| format!("*/{below}"));
    let resources =
        has(&other.resources, resource) || below.is_some_and(|below| other.resources.contains(&below));
    let names = other.resource_names.is_empty()
        || (!rule.resource_names.is_empty()
            && rule.resource_names.iter().all(|name| other.resource_names.contains(name)));
    has(&other.api_groups, group) && resources && names
}

fn all_verbs(rule: &GrantRecord, near: &[&&GrantRecord]) -> bool {
    let has = |verb: &String| {
        near.iter().any(|other| other.verbs.iter().any(|known| known == verb || known == "*"))
    };
    rule.verbs.iter().all(has)
}

/// Whether an identity can do anything, or nobody knows.
pub(super) fn can_do_something(record: &Record) -> bool {
    record.tier.reachable < Tier::T4
        || !record.permissions.rules.is_empty()
        || !record.permissions.unknown.is_empty()
        || !record.cloud.is_empty()
}
