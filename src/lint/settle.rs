//! The order of findings, those that report the same joined, and what each is known by.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use super::accounts;
use super::brief;
use super::twins::Twins;
use crate::exceptions::{Candidates, Exceptions};
use crate::finding::{Exception, Finding, Form, ObjectName, Origin, fingerprint};
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
    let mut twins = Twins::default();
    for (finding, candidates) in found {
        match settled.last_mut() {
            Some((twin, known)) if is_twin(twin, &finding) => {
                twins.join(twin, finding);
                known.join(candidates);
                continue;
            }
            Some((last, _)) => tell_also_made(last, &mut twins, sources),
            None => {}
        }
        settled.push((finding, candidates));
    }
    if let Some((last, _)) = settled.last_mut() {
        tell_also_made(last, &mut twins, sources);
    }
    for (finding, _) in &mut settled {
        accounts::keep_users(finding, sources);
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

/// Ends the joining of twins: names the other objects of the finding.
fn tell_also_made(finding: &mut Finding, twins: &mut Twins, sources: &SourceMap) {
    twins.end(finding);
    let objects = std::mem::take(&mut twins.objects);
    accounts::propose_apart(finding, objects.len(), sources);
    let mut known: HashSet<&ObjectName> = finding.object.iter().collect();
    let names: Vec<String> =
        objects.iter().filter(|object| known.insert(object)).map(ToString::to_string).collect();
    if !names.is_empty() {
        finding.notes.push(format!(
            "A change here also changes {}, and all else that is made from it.",
            brief::listed(&names)
        ));
    }
}
