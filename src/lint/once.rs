//! One cause, one finding: what two rules say of one value, or one rule of its key and of its value, and what is so for want
//! of one file.

use std::collections::{BTreeMap, HashMap};

use super::brief;
use super::settle::order;
use crate::finding::{Finding, Form, Label, RuleId, Severity, fingerprint};
use crate::source::{SourceMap, Span};

/// Rules about credentials that are written down, the one whose remedy goes furthest first: the Secret, other objects, what
/// pods are given.
const WRITTEN: [RuleId; 3] = [RuleId(203), RuleId(202), RuleId(201)];

/// A key of a cloud: what it is. That it is written down, or in the environment, is said where it is found so.
const CLOUD_KEY: RuleId = RuleId(601);

/// Given by a Secret as a variable.
const GIVEN: RuleId = RuleId(204);

/// So many findings before one are compared with it: what stands on one line is reported together.
const NEAR: usize = 8;

/// Joins findings that stand in the order of a report. What an exception covers says nothing for the others.
pub(super) fn each_credential(findings: Vec<Finding>, sources: &SourceMap) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let is_near = |other: &&mut Finding| other.span.file == finding.span.file;
        let before = kept.iter_mut().rev().take_while(is_near).take(NEAR);
        match before.into_iter().find(|other| is_same(other, &finding, sources)) {
            Some(twin) => join(twin, finding),
            None => kept.push(finding),
        }
    }
    kept.sort_by(|a, b| order(a, b, sources));
    kept
}

/// Joins what cannot be judged for want of one file. One more of them is news: what they are known by changes with it.
pub(super) fn each_missing_file(findings: Vec<Finding>) -> Vec<Finding> {
    let mut first: HashMap<(String, Form, Severity), usize> = HashMap::new();
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut joined: BTreeMap<usize, usize> = BTreeMap::new();
    for mut finding in findings {
        let cause = finding.missing.clone().filter(|_| finding.suppressed.is_none());
        let Some(missing) = cause else {
            kept.push(finding);
            continue;
        };
        let at = *first.entry((missing, finding.form, finding.severity)).or_insert(kept.len());
        if at == kept.len() {
            kept.push(finding);
            continue;
        }
        let twin = &mut kept[at];
        twin.related.push(Label { span: finding.span, message: "the same is missing here".into() });
        twin.related.append(&mut finding.related);
        twin.clusters.append(&mut finding.clusters);
        twin.fingerprint = fingerprint(&[&twin.fingerprint, &finding.fingerprint]);
        *joined.entry(at).or_default() += 1;
    }
    for (at, count) in joined {
        let more = if count == 1 { "one more place".to_owned() } else { format!("{count} more places") };
        kept[at].notes.push(format!("The same is missing in {more}."));
        kept[at].clusters.sort();
        kept[at].clusters.dedup();
        brief::shorten(&mut kept[at]);
    }
    kept
}

fn is_same(one: &Finding, other: &Finding, sources: &SourceMap) -> bool {
    let is_open = |finding: &Finding| WRITTEN.contains(&finding.rule) && finding.suppressed.is_none();
    let of_one_value = || is_of_one_value(one.span, other.span, sources);
    is_open(one) && is_open(other) && of_one_value() || is_same_key(one, other) && of_one_value()
}

/// Whether one says of the key of a cloud what it is, and the other where it should not be, as gravely.
fn is_same_key(one: &Finding, other: &Finding) -> bool {
    let is_place = |rule: RuleId| rule == GIVEN || WRITTEN.contains(&rule);
    let rules =
        one.rule == CLOUD_KEY && is_place(other.rule) || other.rule == CLOUD_KEY && is_place(one.rule);
    let are_open = one.suppressed.is_none() && other.suppressed.is_none();
    rules && are_open && one.severity == other.severity && one.object == other.object
}

/// Whether two places are that of one value: they begin on one line and overlap, or one is the key before it.
fn is_of_one_value(one: Span, other: Span, sources: &SourceMap) -> bool {
    let (first, second) = if one.start <= other.start { (one, other) } else { (other, one) };
    let line = |span: Span| sources.file(span.file).position(span.start).line;
    if second.start < first.end {
        return line(first) == line(second);
    }
    let between = sources.file(first.file).text().get(first.end as usize..second.start as usize);
    between.is_some_and(|text| {
        text.trim_start_matches(['"', '\'']).starts_with(':')
            && text.chars().all(|c| [' ', ':', '"', '\''].contains(&c))
    })
}

/// The graver of two stays, and the other becomes a related place.
fn join(twin: &mut Finding, mut other: Finding) {
    let rank = |finding: &Finding| {
        let place = WRITTEN.iter().position(|rule| *rule == finding.rule);
        (std::cmp::Reverse(finding.severity), finding.rule == CLOUD_KEY, place)
    };
    if rank(&other) < rank(twin) {
        std::mem::swap(twin, &mut other);
    }
    let message = format!("the same: {} ({})", other.message, other.rule);
    if other.rule == CLOUD_KEY {
        // A key that becomes one of a cloud is news.
        twin.fingerprint = fingerprint(&[&twin.fingerprint, &other.fingerprint]);
        twin.notes.append(&mut other.notes);
    }
    twin.related.push(Label { span: other.span, message });
    twin.related.append(&mut other.related);
    if let Some(object) = other.object.filter(|object| twin.object.as_ref() != Some(object)) {
        twin.notes.push(format!("It also stands in {object}."));
    }
    twin.clusters.append(&mut other.clusters);
    twin.clusters.sort();
    twin.clusters.dedup();
}
