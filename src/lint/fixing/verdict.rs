//! Whether fixes did what they should and nothing else, and which of them is to blame where they did not.

use std::collections::{BTreeMap, BTreeSet};

use super::state::{Content, State};
use crate::finding::{Change, Edit, Finding, ObjectName, Operation, RuleId, Severity};
use crate::fix::{About, Chosen};
use crate::graph::place::OUTSIDE_ACCOUNTS;
use crate::source::Span;
use crate::yaml::Path;

/// Something that is wrong after some fixes.
pub(super) struct Fault {
    /// What, as a sentence.
    reason: String,
    /// The positions of the fixes that may have done it; none where that is not known.
    blamed: Option<Vec<usize>>,
    /// Whether it was each of these, whatever the others did.
    is_certain: bool,
}

impl Fault {
    /// Any of the fixes may have done it.
    pub(super) fn unknown(reason: String) -> Self {
        Self { reason, blamed: None, is_certain: false }
    }

    /// It was this one, whatever the others did.
    pub(super) fn of_one(at: usize, reason: String) -> Self {
        Self { reason, blamed: Some(vec![at]), is_certain: true }
    }

    /// The positions of the fixes that have done it for certain, with what it is.
    pub(super) fn certain(&self) -> impl Iterator<Item = (usize, &str)> {
        let blamed = self.blamed.iter().flatten().filter(|_| self.is_certain);
        blamed.map(|at| (*at, self.reason.as_str()))
    }
}

/// What becomes of fixes that did not hold together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Those that are taken back, by position, with the reason.
    pub(super) refused: Vec<(usize, String)>,
    /// Groups that are tried again, the last one first. None is the whole that did not hold.
    pub(super) again: Vec<Vec<usize>>,
}

impl Verdict {
    pub(super) fn of(faults: &[Fault], count: usize) -> Self {
        let mut verdict = Self::default();
        let mut certain = BTreeSet::new();
        for fault in faults.iter().filter(|fault| fault.is_certain) {
            for &at in fault.blamed.iter().flatten() {
                if certain.insert(at) {
                    verdict.refused.push((at, fault.reason.clone()));
                }
            }
        }
        let uncertain: Vec<&Fault> = faults.iter().filter(|fault| !fault.is_certain).collect();
        let left: Vec<usize> = (0..count).filter(|at| !certain.contains(at)).collect();
        let Some(reason) = uncertain.first().map(|fault| &fault.reason) else {
            verdict.again.push(left);
            return verdict;
        };
        let suspects = suspects(&uncertain, &left);
        let blamed: BTreeSet<usize> = suspects.iter().flatten().copied().collect();
        let others: Vec<usize> = left.iter().copied().filter(|at| !blamed.contains(at)).collect();
        let is_unknown = uncertain.iter().any(|fault| fault.blamed.is_none());
        if !certain.is_empty() {
            // What they broke may be all that is wrong.
            verdict.again.push(left);
        } else if left.len() == 1 {
            verdict.refused.push((left[0], reason.clone()));
        } else if is_unknown || (others.is_empty() && suspects.len() < 2) {
            let (first, second) = left.split_at(left.len() / 2);
            verdict.again.extend([second.to_vec(), first.to_vec()]);
        } else {
            verdict.again.extend(suspects.into_iter().rev().chain([others]));
        }
        verdict
    }
}

/// Those of some fixes that may have done something wrong, apart where nothing blames two of them together.
fn suspects(faults: &[&Fault], left: &[usize]) -> Vec<Vec<usize>> {
    let mut groups: Vec<BTreeSet<usize>> = Vec::new();
    for fault in faults {
        let blamed = fault.blamed.iter().flatten().copied().filter(|at| left.contains(at));
        let mut group: BTreeSet<usize> = blamed.collect();
        groups.retain(|known| {
            let is_apart = known.is_disjoint(&group);
            if !is_apart {
                group.extend(known);
            }
            is_apart
        });
        if !group.is_empty() {
            groups.push(group);
        }
    }
    groups.sort_by_key(|group| group.first().copied());
    groups.into_iter().map(|group| group.into_iter().collect()).collect()
}

/// What is wrong after some fixes; nothing where they hold.
pub(super) fn faults(before: &State, after: &State, chosen: &[Chosen<'_>]) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(error) = after.report.errors.iter().find(|error| !before.report.errors.contains(error)) {
        faults.push(Fault::unknown(format!("After it the run cannot be done whole: {}.", error.message)));
    }
    if outside(after) > outside(before) {
        let reason = "After it nobody knows whether an account that is named is there.".to_owned();
        let blamed = Some(without_account(after, chosen)).filter(|blamed| !blamed.is_empty());
        faults.push(Fault { reason, is_certain: blamed.is_some(), blamed });
    }
    let staying = staying(before, after, chosen);
    if !staying.is_empty() {
        let reason = "The finding stays after it.".to_owned();
        faults.push(Fault { reason, blamed: Some(staying), is_certain: true });
    }
    let known: BTreeSet<&str> =
        before.report.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
    let mut gone = gone(before, after, chosen);
    let new = after.report.active().filter(|finding| !known.contains(finding.fingerprint.as_str()));
    let new = new.filter(|finding| {
        // What is now shown on another object of its file was there before, and so was a worse one of its rule.
        let own = kind_of(finding, after);
        let is_worse = |(rule, _, severity, path): &KindInFile<'_>| {
            (*rule, *path) == (own.0, own.3) && *severity > own.2
        };
        let is_same = gone.get(&own).is_some_and(|count| *count > 0);
        let worse = || gone.iter().rfind(|(kind, count)| **count > 0 && is_worse(kind));
        let moved = if is_same { Some(own) } else { worse().map(|(kind, _)| *kind) };
        moved.and_then(|kind| gone.get_mut(&kind)).map(|count| *count -= 1).is_none()
    });
    faults.extend(new.filter_map(|new| brought(new, before, after, chosen)));
    faults.extend(changed(before, after, chosen));
    faults.extend(changed_field(before, after, chosen));
    faults
}

/// How many accounts are named that may be declared where the run does not see it.
fn outside(state: &State) -> usize {
    let known = state.report.summary.unjudged.iter().find(|one| one.what == OUTSIDE_ACCOUNTS);
    known.map_or(0, |one| one.count)
}

/// The positions of the fixes that name an account which is not rendered with their workload.
fn without_account(after: &State, chosen: &[Chosen<'_>]) -> Vec<usize> {
    let accounts = after.objects.keys().filter(|(_, name)| name.kind == "ServiceAccount");
    let accounts: BTreeSet<(&str, &str)> = accounts.map(|(root, name)| (&**root, &*name.name)).collect();
    let lacks = |change: &Change| {
        let named = match &change.operation {
            Operation::Insert(text) => text.strip_prefix("serviceAccountName: "),
            _ => None,
        };
        let workloads = after.objects.keys().filter(|(_, name)| is_meant(&change.document.object, name));
        let mut roots = workloads.map(|(root, _)| root);
        named.is_some_and(|named| roots.any(|root| !accounts.contains(&(root, named))))
    };
    (0..chosen.len()).filter(|at| chosen[*at].fix.changes.iter().any(lacks)).collect()
}

fn counts(state: &State) -> BTreeMap<About, usize> {
    let mut counts = BTreeMap::new();
    for finding in state.report.active() {
        *counts.entry(About::of(finding, &state.sources)).or_default() += 1;
    }
    counts
}

/// The positions of the fixes whose findings are there afterwards.
fn staying(before: &State, after: &State, chosen: &[Chosen<'_>]) -> Vec<usize> {
    let (known, there) = (counts(before), counts(after));
    let mut mended: BTreeMap<&About, usize> = BTreeMap::new();
    for chosen in chosen {
        *mended.entry(&chosen.about).or_default() += 1;
    }
    let count = |counts: &BTreeMap<About, usize>, about: &About| counts.get(about).copied().unwrap_or(0);
    let stays = |chosen: &Chosen<'_>| {
        let about = &chosen.about;
        count(&there, about) + mended[about] > count(&known, about)
    };
    (0..chosen.len()).filter(|at| stays(&chosen[*at])).collect()
}

/// What kind of finding stands in which file.
type KindInFile<'f> = (RuleId, &'static str, Severity, &'f str);

fn kind_of<'f>(finding: &Finding, state: &'f State) -> KindInFile<'f> {
    let path = state.sources.file(finding.span.file).path();
    (finding.rule, finding.form.0, finding.severity, path)
}

/// How many findings are gone that no fix was for.
fn gone<'s>(before: &'s State, after: &State, chosen: &[Chosen<'_>]) -> BTreeMap<KindInFile<'s>, usize> {
    let there: BTreeSet<&str> = after.report.active().map(|finding| finding.fingerprint.as_str()).collect();
    let mended: BTreeSet<&str> = chosen.iter().map(|chosen| chosen.finding.fingerprint.as_str()).collect();
    let mut gone = BTreeMap::new();
    for finding in before.report.active() {
        let fingerprint = finding.fingerprint.as_str();
        if !there.contains(fingerprint) && !mended.contains(fingerprint) {
            *gone.entry(kind_of(finding, before)).or_default() += 1;
        }
    }
    gone
}

/// A finding that was not there before, where it is as bad as one that was mended.
fn brought(new: &Finding, before: &State, after: &State, chosen: &[Chosen<'_>]) -> Option<Fault> {
    let path = after.sources.file(new.span.file).path();
    let writes = |edit: &Edit| match edit {
        Edit::Text(edit) => before.sources.file(edit.span.file).path() == path,
        Edit::NewFile { path: made, .. } => made == path,
    };
    let concerns = |chosen: &Chosen<'_>| {
        let mut changes = chosen.fix.changes.iter();
        let about = changes.any(|change| Some(&change.document.object) == new.object.as_ref());
        about || chosen.fix.edits().iter().any(writes)
    };
    let near: Vec<usize> = (0..chosen.len()).filter(|at| concerns(&chosen[*at])).collect();
    // A lesser finding may come in the place of a worse one, but no pod starts with an account that is not there.
    let is_lesser = |chosen: &Chosen<'_>| new.severity < chosen.finding.severity && new.rule != RuleId(103);
    let is_fine = match near.as_slice() {
        [] => chosen.iter().all(is_lesser),
        near => near.iter().any(|at| is_lesser(&chosen[*at])),
    };
    let object = new.object.as_ref().map(|object| format!(" of {object}")).unwrap_or_default();
    let reason = format!("It brings {} {}{object}: {}.", new.rule, new.form.0, new.message);
    (!is_fine).then(|| Fault { reason, blamed: (!near.is_empty()).then_some(near), is_certain: false })
}

/// A field that changed and that no fix names, of an object that one names.
fn changed_field(before: &State, after: &State, chosen: &[Chosen<'_>]) -> Option<Fault> {
    for (key, old) in &before.objects {
        let (name, Some(new)) = (&key.1, after.objects.get(key)) else { continue };
        let about = |change: &&Change| is_meant(&change.document.object, name);
        let names = |at: &usize| chosen[*at].fix.changes.iter().any(|change| about(&change));
        let blamed: Vec<usize> = (0..chosen.len()).filter(|_| old != new).filter(names).collect();
        if blamed.is_empty() {
            continue;
        }
        let changes = blamed.iter().flat_map(|at| &chosen[*at].fix.changes).filter(about);
        let meant: Vec<Path> = changes.flat_map(paths).collect();
        let left = old.iter().filter(|one| !new.contains(one));
        let made = new.iter().filter(|one| !old.contains(one));
        let mut differences = left.zip(made).flat_map(|(one, other)| one.differences(other));
        if let Some(path) = differences.find(|path| !meant.iter().any(|meant| meant.meets(path))) {
            let reason = format!("It changes `{path}` of {name}, which it is not about.");
            return Some(Fault { reason, blamed: Some(blamed), is_certain: false });
        }
    }
    None
}

/// The fields that a change is meant to touch.
fn paths(change: &Change) -> Vec<Path> {
    let path = change.path.clone();
    match &change.operation {
        Operation::Insert(text) if !text.starts_with(['{', '-']) => {
            // An entry of a mapping.
            let key = text.split_once(':').map_or(text.as_str(), |(key, _)| key);
            vec![path.key(key)]
        }
        Operation::Rename(name) => {
            path.parent().map(|parent| parent.key(name)).into_iter().chain([path]).collect()
        }
        Operation::Set(_) | Operation::Insert(_) | Operation::Remove => vec![path],
        Operation::NewDocument { .. } => Vec::new(),
    }
}

/// Whether a fix that names an object means another: a namespace that only a deployer gives is not written in the object.
fn is_meant(one: &ObjectName, name: &ObjectName) -> bool {
    one.kind == name.kind
        && one.name == name.name
        && (name.namespace.is_none() || one.namespace == name.namespace)
}

/// Objects that changed, or came, though no finding names them.
fn changed(before: &State, after: &State, chosen: &[Chosen<'_>]) -> Option<Fault> {
    let named = named(before, chosen);
    let renamed: Vec<ObjectName> = chosen.iter().flat_map(|chosen| renamed(&chosen.fix.changes)).collect();
    let made: BTreeSet<&str> = chosen
        .iter()
        .flat_map(|chosen| &chosen.fix.changes)
        .filter_map(|change| match &change.operation {
            Operation::NewDocument { text, .. } => text.lines().find_map(|line| line.strip_prefix("kind: ")),
            _ => None,
        })
        .collect();
    let all = named.into_iter().chain(&renamed);
    let is_named = |name: &ObjectName| all.clone().any(|one| is_meant(one, name));
    let grew = |old: &Vec<Content>, new: &Vec<Content>| old.iter().all(|content| new.contains(content));
    let is_changed = |key: &(String, ObjectName), old: &Vec<Content>| match after.objects.get(key) {
        Some(new) => new != old && !(made.contains(key.1.kind.as_str()) && grew(old, new)),
        None => true,
    };
    let changed = before
        .objects
        .iter()
        .find(|(key, old)| !is_named(&key.1) && is_changed(key, old))
        .map(|(key, _)| key);
    let new = after.objects.keys().find(|key| {
        !before.objects.contains_key(*key) && !is_named(&key.1) && !made.contains(key.1.kind.as_str())
    });
    let (_, name) = changed.or(new)?;
    let alike = |at: &usize| {
        let mut changes = chosen[*at].fix.changes.iter();
        changes.any(|change| change.document.object.kind == name.kind)
    };
    let blamed: Vec<usize> = (0..chosen.len()).filter(alike).collect();
    Some(Fault {
        reason: format!("It changes {name}, which the finding does not name."),
        blamed: (!blamed.is_empty()).then_some(blamed),
        is_certain: false,
    })
}

/// The objects that fixes name, and the deployers that give the values which they edit.
fn named<'s>(before: &'s State, chosen: &[Chosen<'s>]) -> Vec<&'s ObjectName> {
    let edits = chosen.iter().flat_map(|chosen| chosen.fix.text_edits());
    let edited: Vec<Span> = edits.map(|edit| edit.span).collect();
    let holds = |around: Span, span: &Span| {
        around.file == span.file && around.start <= span.start && span.end <= around.end
    };
    let written = before.places.iter().filter(|(around, ..)| edited.iter().any(|span| holds(*around, span)));
    let changes = chosen.iter().flat_map(|chosen| &chosen.fix.changes);
    let objects: Vec<&ObjectName> = changes.map(|change| &change.document.object).collect();
    let known: BTreeSet<(&str, &str)> = objects.iter().map(|name| (&*name.kind, &*name.name)).collect();
    let sources = before.places.iter().filter(|(_, name, _)| known.contains(&(&*name.kind, &*name.name)));
    let sources: BTreeSet<usize> = sources.map(|(_, _, source)| *source).collect();
    let deployers = sources.into_iter().flat_map(|source| before.deployers_of(source));
    objects.into_iter().chain(written.map(|(_, name, _)| name)).chain(deployers).collect()
}

/// What objects are called whose kind a fix changes: another one is applied in their place.
fn renamed(changes: &[Change]) -> impl Iterator<Item = ObjectName> {
    let (kind, metadata) = (Path::default().key("kind"), Path::default().key("metadata"));
    changes.iter().filter_map(move |change| {
        let Operation::Set(other) = &change.operation else { return None };
        if change.path != kind {
            return None;
        }
        let same = changes.iter().filter(|one| one.document == change.document && one.path == metadata);
        let mut given = same.filter_map(|one| match &one.operation {
            Operation::Insert(text) => text.strip_prefix("namespace: "),
            _ => None,
        });
        let object = change.document.object.clone();
        let namespace = given.next().map(str::to_owned).or(object.namespace);
        Some(ObjectName { kind: other.clone(), namespace, ..object })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(blamed: Option<&[usize]>, is_certain: bool) -> Fault {
        Fault { reason: "it is wrong".to_owned(), blamed: blamed.map(<[usize]>::to_vec), is_certain }
    }

    /// Whatever is wrong, less is tried next, so that trying ends.
    #[test]
    fn what_is_tried_again_is_less_than_before() {
        for count in 1..5_usize {
            for (blamed, is_certain) in [(None, false), (Some(&[0][..]), false), (Some(&[0]), true)] {
                let verdict = Verdict::of(&[fault(blamed, is_certain)], count);
                assert!(verdict.again.iter().all(|group| group.len() < count), "{count} {verdict:?}");
                let all = verdict.refused.len() + verdict.again.iter().map(Vec::len).sum::<usize>();
                assert_eq!(all, count, "{verdict:?}");
            }
        }
    }

    /// What nothing blames together is tried apart, and the rest first.
    #[test]
    fn who_is_blamed_alone_is_tried_alone() {
        let faults = [&[0, 1][..], &[4], &[1, 2]].map(|blamed| fault(Some(blamed), false));
        assert_eq!(Verdict::of(&faults, 6).again, [vec![4], vec![0, 1, 2], vec![3, 5]]);
    }
}
