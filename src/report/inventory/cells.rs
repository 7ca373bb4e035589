//! What several formats say of an identity, in words.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::finding::Severity;
use crate::graph::record::{Confidence, Tier};
use crate::inventory::record::{ExceptionUse, Record};
use crate::report::layout::counted;
use crate::report::phrases::counts;

/// The strongest first: by what they can become, then by what they are, then by id.
pub(super) fn strongest_first(records: &[Record]) -> Vec<&Record> {
    let mut all: Vec<&Record> = records.iter().collect();
    all.sort_by_key(|record| {
        (record.tier.reachable, record.tier.direct, Reverse(errors(record)), &record.id)
    });
    all
}

fn errors(record: &Record) -> usize {
    count(record, Severity::Error)
}

/// How many findings of a severity count.
pub(super) fn count(record: &Record, severity: Severity) -> usize {
    let active = record.findings.iter().filter(|finding| finding.suppressed.is_none());
    active.filter(|finding| finding.severity == severity).count()
}

/// `prod/shop/export`: the cluster where it is known, `?` for a namespace that is not.
pub(super) fn name(record: &Record) -> String {
    let cluster = record.cluster.as_ref().map(|cluster| format!("{cluster}:")).unwrap_or_default();
    format!("{cluster}{}/{}", record.namespace.as_deref().unwrap_or("?"), record.name)
}

/// `T2 -> T0`, with how far that can be relied on.
pub(super) fn tier(record: &Record, arrow: &str) -> String {
    let tier = &record.tier;
    let words = if tier.direct == tier.reachable {
        tier.direct.to_string()
    } else {
        format!("{} {arrow} {}", tier.direct, tier.reachable)
    };
    match tier.confidence {
        Confidence::Certain => words,
        other => format!("{words} ({})", other.word()),
    }
}

/// Who answers for it; empty where nobody does.
pub(super) fn owner(record: &Record) -> &str {
    record.owner.as_ref().map(|owner| owner.value.as_str()).unwrap_or_default()
}

/// What runs as it, each object once.
pub(super) fn workloads(record: &Record) -> Vec<String> {
    let mut all: Vec<String> = record
        .workloads
        .iter()
        .map(|workload| format!("{}/{}", workload.at.kind, workload.at.name))
        .collect();
    all.dedup();
    all
}

/// The first of what runs as it, and how many more do.
pub(super) fn first_workload(record: &Record) -> String {
    match workloads(record).as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// How long its longest credential is good for, in seconds.
pub(super) enum Longest {
    /// It has none.
    Without,
    /// So many seconds.
    Seconds(i64),
    /// One does not end.
    Never,
}

pub(super) fn longest(record: &Record) -> Longest {
    let all = record.credentials.iter().map(|credential| credential.effective_seconds);
    let longest = all.map(|seconds| seconds.unwrap_or(i64::MAX)).max();
    match longest {
        None => Longest::Without,
        Some(i64::MAX) => Longest::Never,
        Some(seconds) => Longest::Seconds(seconds),
    }
}

/// `1 hour`, `365 days`, `never ends`; empty where it has none.
pub(super) fn lifetime(record: &Record) -> String {
    let seconds = match longest(record) {
        Longest::Without => return String::new(),
        Longest::Never => return "never ends".to_owned(),
        Longest::Seconds(seconds) => usize::try_from(seconds).unwrap_or_default(),
    };
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let unit = units.into_iter().find(|(size, _)| seconds >= *size && seconds % size == 0);
    let (size, word) = unit.unwrap_or((1, "second"));
    counted(seconds / size, word)
}

/// `2 errors, 1 warning`; empty where nothing counts.
pub(super) fn findings(record: &Record) -> String {
    counts(|severity| count(record, severity))
}

/// `NHI204 until 2026-03-31 (active)`.
pub(super) fn exception(exception: &ExceptionUse) -> String {
    let until = exception.until.as_ref().map(|day| format!(" until {day}")).unwrap_or_default();
    format!("{}{until} ({})", exception.rules.join(" "), exception.state)
}

/// `12 identities: T0 1, T4 11; 3 without owner`.
pub(super) fn summary(records: &[Record]) -> String {
    let mut tiers: BTreeMap<Tier, usize> = BTreeMap::new();
    for record in records {
        *tiers.entry(record.tier.reachable).or_default() += 1;
    }
    let tiers: Vec<String> = tiers.iter().map(|(tier, count)| format!("{tier} {count}")).collect();
    let count = match records.len() {
        1 => "1 identity".to_owned(),
        count => format!("{count} identities"),
    };
    let nobody = match records.iter().filter(|record| record.owner.is_none()).count() {
        0 => String::new(),
        count => format!("; {count} without owner"),
    };
    format!("{count}{}{}{nobody}", if tiers.is_empty() { "" } else { ": " }, tiers.join(", "))
}
