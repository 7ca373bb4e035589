//! One credential, one finding: what two rules say of one value, or one rule of its key and of its value, is said once.

use super::settle::order;
use crate::finding::{Finding, Label, RuleId};
use crate::source::{SourceMap, Span};

/// Rules about credentials that are written down, the one whose remedy goes furthest first: the Secret, other objects, what
/// pods are given.
const WRITTEN: [RuleId; 3] = [RuleId(203), RuleId(202), RuleId(201)];

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

fn is_same(one: &Finding, other: &Finding, sources: &SourceMap) -> bool {
    let is_open = |finding: &Finding| WRITTEN.contains(&finding.rule) && finding.suppressed.is_none();
    is_open(one) && is_open(other) && is_of_one_value(one.span, other.span, sources)
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
        (std::cmp::Reverse(finding.severity), place)
    };
    if rank(&other) < rank(twin) {
        std::mem::swap(twin, &mut other);
    }
    let message = format!("the same: {} ({})", other.message, other.rule);
    twin.related.push(Label { span: other.span, message });
    twin.related.append(&mut other.related);
    if let Some(object) = other.object.filter(|object| twin.object.as_ref() != Some(object)) {
        twin.notes.push(format!("It also stands in {object}."));
    }
    twin.clusters.append(&mut other.clusters);
    twin.clusters.sort();
    twin.clusters.dedup();
}
