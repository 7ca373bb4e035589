//! The order of findings, those that report the same joined, and what each is known by.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use super::brief;
use super::proposals;
use crate::exceptions::{Candidates, Exceptions};
use crate::finding::{Exception, Finding, Form, ObjectName, Origin, fingerprint};
use crate::render::marked::SWITCH;
use crate::source::SourceMap;

/// A finding and the exceptions that may be for it.
pub(super) type Found = (Finding, Candidates);

/// Sorts, joins findings that report the same of one place, and makes every fingerprint unique.
pub(super) fn settle(mut found: Vec<Found>, sources: &SourceMap) -> Vec<Found> {
    for finding in found.iter_mut().map(|(finding, _)| finding).filter(|one| one.fingerprint.is_empty()) {
        let text = sources.text(finding.span);
        let line = text.lines().next().unwrap_or_default();
        finding.fingerprint =
            fingerprint(&[&finding.rule.to_string(), finding.form.0, &finding.message, line]);
    }
    found.sort_by(|(a, _), (b, _)| order(a, b, sources));
    let mut settled: Vec<Found> = Vec::with_capacity(found.len());
    let mut objects = Vec::new();
    for (finding, candidates) in found {
        let twin = settled.last_mut().filter(|(last, _)| is_twin(last, &finding));
        if let Some((twin, known)) = twin {
            objects.extend(join(twin, finding));
            known.join(candidates);
        } else {
            tell_also_made(settled.last_mut(), &mut objects);
            settled.push((finding, candidates));
        }
    }
    tell_also_made(settled.last_mut(), &mut objects);
    for (finding, _) in &mut settled {
        brief::shorten(finding);
    }
    let mut ordinals: BTreeMap<String, usize> = BTreeMap::new();
    for (finding, _) in &mut settled {
        let ordinal = ordinals.entry(finding.fingerprint.clone()).or_default();
        *ordinal += 1;
        if *ordinal > 1 {
            finding.fingerprint = fingerprint(&[&finding.fingerprint, &ordinal.to_string()]);
        }
    }
    settled
}

/// Settled findings with what is said of exceptions among them, and how the exceptions fare.
pub(super) fn excepted(
    found: Vec<Found>,
    exceptions: &Exceptions<'_>,
    is_whole: bool,
    sources: &SourceMap,
) -> (Vec<Finding>, Vec<Exception>) {
    let (mut findings, candidates): (Vec<Finding>, Vec<Candidates>) = found.into_iter().unzip();
    let (of_exceptions, known) = exceptions.settle(&mut findings, &candidates, is_whole);
    add(&mut findings, of_exceptions, sources);
    (findings, known)
}

/// Adds what was found later to the findings of a report, each in its place.
pub fn add(findings: &mut Vec<Finding>, further: Vec<Finding>, sources: &SourceMap) {
    if further.is_empty() {
        return;
    }
    let further = further.into_iter().map(|finding| (finding, Candidates::default())).collect();
    findings.extend(settle(further, sources).into_iter().map(|(finding, _)| finding));
    findings.sort_by(|a, b| order(a, b, sources));
}

/// The order of a report: by file and place, then by rule, form, object and message.
pub(super) fn order(a: &Finding, b: &Finding, sources: &SourceMap) -> Ordering {
    let key = |finding: &Finding| (sources.file(finding.span.file).path().to_owned(), finding.span.start);
    let rest = |f: &Finding| (f.rule, f.form, f.object.clone(), f.message.clone());
    key(a).cmp(&key(b)).then_with(|| rest(a).cmp(&rest(b)))
}

/// Whether two findings report the same of one place. Where the place is that of a whole object, or of all that is
/// rendered, they do so only if they are about the same field.
fn is_twin(one: &Finding, other: &Finding) -> bool {
    let coarse = matches!(other.origin, Origin::File | Origin::Unknown) && other.rendered.is_some();
    one.rule == other.rule
        && one.form == other.form
        && one.span == other.span
        // One chart fails in several ways; what is elsewhere is so for all that one template generates.
        && (![Form::UNRENDERED, Form::DEFAULTS, Form::UNKNOWN_FIELD].contains(&one.form)
            || one.message == other.message)
        && (!coarse || (one.object == other.object && one.path == other.path))
}

/// The other objects of a finding whose twins are joined.
fn tell_also_made(last: Option<&mut Found>, objects: &mut Vec<ObjectName>) {
    let Some((finding, _)) = last.filter(|_| !objects.is_empty()) else { return };
    let mut known: HashSet<&ObjectName> = finding.object.iter().collect();
    let names: Vec<String> =
        objects.iter().filter(|object| known.insert(object)).map(ToString::to_string).collect();
    if !names.is_empty() {
        finding.notes.push(format!("This text also makes {}.", brief::listed(&names)));
    }
    objects.clear();
}

/// One written line, several objects (an anchor, a shared base): one finding, about the one that makes it most severe.
/// Returns the other object.
fn join(twin: &mut Finding, mut other: Finding) -> Option<ObjectName> {
    if other.severity > twin.severity {
        std::mem::swap(twin, &mut other);
    }
    twin.tier = twin.tier.min(other.tier);
    twin.is_live |= other.is_live;
    proposals::join(&mut twin.fixes, &other.fixes);
    // What a baseline accepts of a chart it does not accept of one more who deploys it.
    if other.form == Form::UNRENDERED && other.fingerprint != twin.fingerprint {
        twin.fingerprint = fingerprint(&[&twin.fingerprint, &other.fingerprint]);
    }
    if let (Some(twin), Some(other)) = (&mut twin.rendered, other.rendered) {
        twin.roots.extend(other.roots);
        twin.roots.sort();
        twin.roots.dedup();
        // Without a name it was seen with the usual values; a rendering by another answer adds to the name of its set.
        let is_new = |values: &String| !twin.values.iter().any(|known| values.starts_with(known.as_str()));
        let other_is_usual = other.values.is_empty();
        let further: Vec<String> = other.values.into_iter().filter(is_new).collect();
        if other_is_usual {
            twin.values.clear();
        } else if !twin.values.is_empty() {
            twin.values.extend(further);
        }
    }
    twin.clusters.extend(other.clusters);
    twin.clusters.sort();
    twin.clusters.dedup();
    for label in other.related {
        // What switches another object on tells nothing of this one.
        if !label.message.starts_with(SWITCH) && !twin.related.contains(&label) {
            twin.related.push(label);
        }
    }
    other.object
}
