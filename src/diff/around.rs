//! What surrounds an identity: who answers for it, from where it is reached, what runs as it, and what nobody knows of it.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Pair, Places, listed};
use super::record::{Bucket, Direction};
use crate::graph::record::Location;
use crate::inventory::record::{Origin, Record, Workload};
use crate::k8s::Image;

/// The rows about one identity.
pub(super) fn rows(pair: &Pair<'_>, drafts: &mut Vec<Draft>) {
    if !pair.is_new && !pair.is_gone {
        accountability(pair, drafts);
    }
    exposure(pair, drafts);
    images(pair, drafts);
    unknown(pair, drafts);
}

fn accountability(pair: &Pair<'_>, drafts: &mut Vec<Draft>) {
    let owner = |record: &Record| record.owner.as_ref().map(|owner| owner.value.clone());
    let review = |record: &Record| {
        let review = record.review.as_ref();
        review.and_then(|review| listed([review.last.as_deref(), review.by.as_deref()].into_iter().flatten()))
    };
    let texts: [(&'static str, Option<String>, Option<String>); 4] = [
        ("owner", owner(pair.base), owner(pair.head)),
        ("purpose", pair.base.purpose.clone(), pair.head.purpose.clone()),
        ("dependencies", dependencies(pair.base), dependencies(pair.head)),
        ("review", review(pair.base), review(pair.head)),
    ];
    for (what, before, after) in texts {
        if before == after {
            continue;
        }
        // What nobody answers for is watched by nobody.
        let is_lost = what == "owner" && after.is_none();
        let direction = if is_lost { Direction::Rises } else { Direction::Same };
        let draft = pair.draft(Bucket::Accountability, what, (before, after), direction);
        let line = |record: &Record| {
            let owner = record.owner.as_ref().filter(|_| what == "owner");
            owner.and_then(|owner| owner.location.as_ref()).map(|line| Places::new(Some(line), []))
        };
        drafts.push(draft.at(line(pair.base), line(pair.head)));
    }
    if pair.base.break_glass != pair.head.break_glass {
        let words = |is: bool| is.then(|| "access for emergencies".to_owned());
        let both = (words(pair.base.break_glass), words(pair.head.break_glass));
        drafts.push(pair.draft(Bucket::Accountability, "break-glass", both, Direction::Same));
    }
}

fn dependencies(record: &Record) -> Option<String> {
    listed(record.dependencies.iter().map(String::as_str))
}

fn exposure(pair: &Pair<'_>, drafts: &mut Vec<Draft>) {
    let ways = |record: &Record| {
        let ways = record.workloads.iter().flat_map(|workload| workload.exposed_by.iter().cloned());
        ways.collect::<BTreeSet<String>>()
    };
    let (before, after) = (ways(pair.base), ways(pair.head));
    let direction = if before == after {
        return;
    } else if after.is_subset(&before) {
        Direction::Falls
    } else {
        Direction::Rises
    };
    let words = |ways: &BTreeSet<String>| listed(ways.iter().map(String::as_str));
    drafts.push(pair.draft(Bucket::Exposure, "reached by", (words(&before), words(&after)), direction));
}

/// Where an image is from, and whether it is named by its digest.
type From<'r> = (&'r str, bool, &'r Location);

/// The images of an identity by workload and container.
fn containers(record: &Record) -> BTreeMap<(String, &str), From<'_>> {
    let of = |workload: &'_ Workload| format!("{}/{}", workload.at.kind, workload.at.name);
    let all = record.workloads.iter().flat_map(|workload| {
        workload.containers.iter().map(move |container| {
            let repository = Image::parse(&container.image).repository;
            ((of(workload), container.name.as_str()), (repository, container.pinned, &workload.at.location))
        })
    });
    all.collect()
}

/// Changes of where an image is from. Another version of it is daily work.
fn images(pair: &Pair<'_>, drafts: &mut Vec<Draft>) {
    let (base, head) = (containers(pair.base), containers(pair.head));
    for (key, &(repository, pinned, line)) in &head {
        let Some(&(before, was_pinned, old)) = base.get(key) else { continue };
        let direction = match (before == repository, was_pinned, pinned) {
            (true, true, true) | (true, false, false) => continue,
            // Who can move the tag decides what runs.
            (_, true, false) => Direction::Rises,
            (true, false, true) => Direction::Falls,
            (false, ..) => Direction::Same,
        };
        let words = |repository: &str, pinned: bool| {
            Some(format!("`{repository}` {}", if pinned { "by digest" } else { "by tag" }))
        };
        let both = (words(before, was_pinned), words(repository, pinned));
        let draft = pair.draft(Bucket::Exposure, "image", both, direction);
        drafts.push(draft.at(Some(Places::new(Some(old), [])), Some(Places::new(Some(line), []))));
    }
}

fn unknown(pair: &Pair<'_>, drafts: &mut Vec<Draft>) {
    let roles = |record: &Record| {
        let all = record.permissions.unknown.iter();
        all.map(|role| format!("{} `{}`", role.role_kind, role.role)).collect::<BTreeSet<String>>()
    };
    let (before, after) = (roles(pair.base), roles(pair.head));
    let words = |roles: &BTreeSet<String>| listed(roles.iter().map(String::as_str));
    if before != after {
        // To lose a role of which nobody knows what it gave is to lose something.
        let direction = if after.is_subset(&before) { Direction::Falls } else { Direction::Unknown };
        let draft =
            pair.draft(Bucket::Unknown, "roles not in the input", (words(&before), words(&after)), direction);
        let line = |record: &Record, other: &BTreeSet<String>| {
            let is_new = |role: &&crate::graph::record::UnknownRole| {
                !other.contains(&format!("{} `{}`", role.role_kind, role.role))
            };
            let role = record.permissions.unknown.iter().find(is_new)?;
            Some(Places::new(Some(&role.location), []))
        };
        drafts.push(draft.at(line(pair.base, &after), line(pair.head, &before)));
    }
    let is_declared = |record: &Record| record.origin == Origin::Declared;
    let is_lost = !pair.is_new && is_declared(pair.base) && !is_declared(pair.head) && !pair.is_gone;
    if is_lost || pair.is_new && pair.head.origin == Origin::Unresolved {
        let before = is_lost.then(|| "declared".to_owned());
        let words = (before, Some("nothing declares it".to_owned()));
        drafts.push(pair.draft(Bucket::Unknown, "account", words, Direction::Unknown));
    }
}
