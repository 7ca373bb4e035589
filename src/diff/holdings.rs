//! What an identity holds beside permissions: tokens and keys, secrets, identities in clouds.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Pair, Places, listed, place};
use super::record::{Bucket, Direction};
use crate::graph::record::{Location, Tier};
use crate::inventory::record::{Cloud, Credential, CredentialKind, Record, Secret};

/// The rows about one identity.
pub(super) fn rows(pair: &Pair<'_>, drafts: &mut Vec<Draft>) {
    mounted(pair, drafts);
    credentials(pair, drafts);
    secrets(pair, drafts);
    clouds(pair, drafts);
}

/// Whether its pods hold its token.
fn mounted(pair: &Pair<'_>, drafts: &mut Vec<Draft>) {
    let (before, after) = (pair.base.token_mounted, pair.head.token_mounted);
    let runs = |record: &Record| !record.workloads.is_empty();
    if before == after || pair.is_gone || pair.is_new && pair.head.tier.reachable == Tier::T4 {
        return;
    }
    let words = |known: Option<bool>| match known {
        Some(true) => "its pods hold its token",
        Some(false) => "no pod of it holds its token",
        None => "nobody knows whether its pods hold its token",
    };
    let direction = match (before, after) {
        (_, None) => Direction::Unknown,
        // It is known now, and nobody knows whether it was otherwise.
        (None, Some(_)) => Direction::Same,
        (_, Some(true)) => Direction::Rises,
        // Where nothing runs as it any more, nothing was closed.
        (_, Some(false)) if !runs(pair.head) => return,
        (_, Some(false)) => Direction::Falls,
    };
    let before = (!pair.is_new).then(|| words(before).to_owned());
    let draft = pair.draft(Bucket::Credential, "token", (before, Some(words(after).to_owned())), direction);
    let injected = |record: &Record| {
        let all = record.credentials.iter();
        let mut all = all.filter(|one| one.kind == CredentialKind::InjectedToken);
        all.next().map(|one| Places::new(Some(&one.location), []))
    };
    drafts.push(draft.at(injected(pair.base), injected(pair.head)));
}

/// What is compared of credentials: those of one kind, for one receiver.
#[derive(Default)]
struct Handed<'r> {
    count: usize,
    /// The longest lifetime; none does not end.
    seconds: Option<i64>,
    line: Option<&'r Location>,
}

fn credentials(pair: &Pair<'_>, drafts: &mut Vec<Draft>) {
    let (base, head) = (handed(pair.base), handed(pair.head));
    let keys: BTreeSet<_> = base.keys().chain(head.keys()).collect();
    for key in keys {
        let (before, after) = (base.get(key), head.get(key));
        let (kind, what, audience) = key;
        let direction = match (before, after) {
            (None, _) => Direction::Rises,
            (_, None) => Direction::Falls,
            (Some(before), Some(after)) => match worth(after).cmp(&worth(before)) {
                std::cmp::Ordering::Greater => Direction::Rises,
                std::cmp::Ordering::Less => Direction::Falls,
                std::cmp::Ordering::Equal => continue,
            },
        };
        let words = |one: &Handed<'_>| words(*kind, what, audience, one);
        let words = (before.map(words), after.map(words));
        let places = |one: Option<&Handed<'_>>| one.map(|one| Places::new(one.line, []));
        let draft = pair.draft(Bucket::Credential, kind.word(), words, direction);
        drafts.push(draft.at(places(before), places(after)));
    }
}

type Key = (CredentialKind, String, String);

fn handed(record: &Record) -> BTreeMap<Key, Handed<'_>> {
    let mut found: BTreeMap<Key, Handed<'_>> = BTreeMap::new();
    let counts = |one: &&Credential| one.kind != CredentialKind::InjectedToken;
    for one in record.credentials.iter().filter(counts) {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let what = match (one.kind, text(&one.what).split_once('/')) {
            (CredentialKind::StaticToken, Some((namespace, name))) => {
                format!("{}/{name}", place(record, Some(namespace)))
            }
            _ => text(&one.what),
        };
        let known = found
            .entry((one.kind, what, text(&one.audience)))
            .or_insert(Handed { seconds: Some(0), ..Handed::default() });
        known.seconds = known.seconds.zip(one.effective_seconds).map(|(one, other)| one.max(other));
        known.count += 1;
        known.line = known.line.or(Some(&one.location));
    }
    found
}

/// The more it is worth, the greater: what does not end, then by its lifetime, then by how many there are.
fn worth(one: &Handed<'_>) -> (bool, i64, usize) {
    // Two pods with one kind of token hold no more than one pod does.
    let count = if one.seconds.is_none() { one.count } else { 0 };
    (one.seconds.is_none(), one.seconds.unwrap_or_default(), count)
}

fn words(kind: CredentialKind, what: &str, audience: &str, one: &Handed<'_>) -> String {
    let life = match one.seconds {
        None => "does not end".to_owned(),
        Some(seconds) => lifetime(seconds),
    };
    let audience = if audience.is_empty() { String::new() } else { format!(" for `{audience}`") };
    let times = if one.count > 1 { format!(" ({} times)", one.count) } else { String::new() };
    match kind {
        CredentialKind::StaticToken => {
            format!("token in Secret `{}`, {life}", what.trim_start_matches("./"))
        }
        CredentialKind::Literal => format!("{what} as text{times}"),
        CredentialKind::CloudToken => format!("token for {what}, {life}"),
        CredentialKind::CreatedToken => format!("token made in a script, {life}"),
        CredentialKind::ProjectedToken | CredentialKind::InjectedToken => {
            format!("projected token{audience}, {life}")
        }
    }
}

/// `1 h`, `365 days`, `90 s`.
fn lifetime(seconds: i64) -> String {
    match seconds {
        seconds if seconds % 86_400 == 0 && seconds > 0 => format!("{} days", seconds / 86_400),
        seconds if seconds % 3600 == 0 && seconds > 0 => format!("{} h", seconds / 3600),
        seconds => format!("{seconds} s"),
    }
}

/// How one Secret is read.
#[derive(Default)]
struct Reading<'r> {
    vias: BTreeSet<&'static str>,
    /// The entries; none is all of them.
    keys: Option<BTreeSet<&'r str>>,
    store: &'static str,
    line: Option<&'r Location>,
}

fn secrets(pair: &Pair<'_>, drafts: &mut Vec<Draft>) {
    let (base, head) = (read(pair.base), read(pair.head));
    let keys: BTreeSet<_> = base.keys().chain(head.keys()).collect();
    for key in keys {
        let (before, after) = (base.get(key), head.get(key));
        let Some(direction) = secret_direction(before, after) else { continue };
        let words = |one: &Reading<'_>| secret_words(key, one);
        let places = |one: Option<&Reading<'_>>| one.map(|one| Places::new(one.line, []));
        let words = (before.map(words), after.map(words));
        drafts.push(pair.draft(Bucket::Secret, "secret", words, direction).at(places(before), places(after)));
    }
}

fn read(record: &Record) -> BTreeMap<(String, &str), Reading<'_>> {
    let mut found: BTreeMap<(String, &str), Reading<'_>> = BTreeMap::new();
    for Secret { namespace, name, via, keys, store, location, .. } in &record.secrets {
        let namespace = place(record, Some(namespace.as_deref().unwrap_or("?"))).to_owned();
        let known = found.entry((namespace, name)).or_insert_with(|| Reading {
            keys: Some(BTreeSet::new()),
            store,
            ..Reading::default()
        });
        known.vias.insert(via);
        known.line = known.line.or(Some(location));
        if keys.is_empty() {
            known.keys = None;
        } else if let Some(known) = &mut known.keys {
            known.extend(keys.iter().map(String::as_str));
        }
    }
    found
}

fn secret_direction(before: Option<&Reading<'_>>, after: Option<&Reading<'_>>) -> Option<Direction> {
    // What a pull of an image uses no process sees.
    let is_pull = |one: &Reading<'_>| one.vias.iter().all(|via| *via == "pull");
    match (before, after) {
        (None, Some(after)) => Some(if is_pull(after) { Direction::Same } else { Direction::Rises }),
        (Some(before), None) => Some(if is_pull(before) { Direction::Same } else { Direction::Falls }),
        (Some(before), Some(after)) => {
            let env = |one: &Reading<'_>| one.vias.contains("env") || one.vias.contains("envFrom");
            let keys = match (&before.keys, &after.keys) {
                (Some(_), None) => Some(true),
                (None, Some(_)) => Some(false),
                (Some(before), Some(after)) if !after.is_subset(before) => Some(true),
                (Some(before), Some(after)) if before != after => Some(false),
                _ => None,
            };
            let plain = |one: &Reading<'_>| one.store == "plain";
            let change = |before: bool, after: bool| (before != after).then_some(after);
            let changes = [keys, change(env(before), env(after)), change(plain(before), plain(after))];
            if changes.contains(&Some(true)) {
                return Some(Direction::Rises);
            }
            if changes.contains(&Some(false)) {
                return Some(Direction::Falls);
            }
            let same = before.vias == after.vias && before.store == after.store;
            (!same).then_some(Direction::Same)
        }
        (None, None) => None,
    }
}

fn secret_words((namespace, name): &(String, &str), one: &Reading<'_>) -> String {
    let vias = one.vias.iter().copied().collect::<Vec<_>>().join(", ");
    let keys = match &one.keys {
        None => String::new(),
        Some(keys) => format!(" ({})", keys.iter().copied().collect::<Vec<_>>().join(", ")),
    };
    let place = match namespace.as_str() {
        "." => String::new(),
        other => format!("{other}/"),
    };
    let store = if one.store == "unknown" { String::new() } else { format!(", kept {}", one.store) };
    format!("`{place}{name}`{keys} by {vias}{store}")
}

fn clouds(pair: &Pair<'_>, drafts: &mut Vec<Draft>) {
    let key = |cloud: &Cloud| (cloud.provider, cloud.identity.clone());
    let lacks = |one: &Record, cloud: &&Cloud| one.cloud.iter().all(|known| key(known) != key(cloud));
    let new: Vec<&Cloud> = pair.head.cloud.iter().filter(|cloud| lacks(pair.base, cloud)).collect();
    let gone: Vec<&Cloud> = pair.base.cloud.iter().filter(|cloud| lacks(pair.head, cloud)).collect();
    let words = |cloud: &Cloud| format!("`{}` in {}", cloud.identity, cloud.provider);
    let all = |clouds: &[&Cloud]| {
        let words: Vec<String> = clouds.iter().map(|cloud| words(cloud)).collect();
        listed(words.iter().map(String::as_str))
    };
    if new.is_empty() && gone.is_empty() {
        return;
    }
    let direction = if new.is_empty() { Direction::Falls } else { Direction::Rises };
    let places = |clouds: &[&Cloud]| clouds.first().map(|cloud| Places::new(Some(&cloud.location), []));
    let draft = pair.draft(Bucket::Cloud, "cloud identity", (all(&gone), all(&new)), direction);
    drafts.push(draft.at(places(&gone), places(&new)));
}

#[cfg(test)]
mod tests {
    use super::lifetime;

    #[test]
    fn lifetimes_are_told_in_the_largest_unit_that_is_whole() {
        for (seconds, words) in [(31_536_000, "365 days"), (7200, "2 h"), (3607, "3607 s"), (0, "0 s")] {
            assert_eq!(lifetime(seconds), words);
        }
    }
}
