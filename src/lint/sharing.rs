//! Where two workloads share an account because one helper calls another: the call that only one of them goes through is
//! what is to be changed, and not the helper that makes the name for both.

use std::collections::BTreeMap;

use super::accounts::SHARED_ACCOUNT;
use super::settle::Found;
use crate::finding::{Finding, Label, Origin, Severity};
use crate::render::marked::CALLED;
use crate::source::Span;

/// Moves what is found of a workload to the innermost call that those who take the name directly do not go through.
pub(super) fn part(findings: &mut [Finding]) {
    let mut by_place: BTreeMap<Span, Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        let is_known = matches!(finding.origin, Origin::Exact | Origin::Aligned);
        if finding.rule == SHARED_ACCOUNT && is_known && finding.rendered.is_some() {
            by_place.entry(finding.span).or_default().push(index);
        }
    }
    for group in by_place.into_values().filter(|group| group.len() > 1) {
        let chains: Vec<Vec<Span>> = group.iter().map(|&index| calls(&findings[index])).collect();
        let Some(shortest) = chains.iter().min_by_key(|chain| chain.len()).cloned() else { continue };
        for (&index, chain) in group.iter().zip(&chains).filter(|(_, chain)| chain.len() > shortest.len()) {
            if let Some(&call) = chain.iter().find(|call| !shortest.contains(call)) {
                let finding = &mut findings[index];
                finding.related.retain(|label| label.span != call);
                finding.related.insert(0, Label { span: finding.span, message: "makes the name".into() });
                finding.span = call;
            }
        }
    }
}

/// Leaves out what is found of the workload whose name an account bears, where who borrows it is found as grave: there the
/// name is to be changed. What the settings take out of the count is gone before.
pub(super) fn leave_lenders(found: &mut Vec<Found>) {
    let account = |finding: &Finding| {
        let name = finding.message.split('`').nth(1).unwrap_or_default().to_owned();
        (finding.object.as_ref().and_then(|object| object.namespace.clone()), name)
    };
    let of_rule = |finding: &&Finding| finding.rule == SHARED_ACCOUNT;
    let mut borrowed: BTreeMap<_, Severity> = BTreeMap::new();
    for finding in found.iter().map(|(finding, _)| finding).filter(of_rule).filter(|one| !one.yields) {
        let worst = borrowed.entry(account(finding)).or_insert(finding.severity);
        *worst = finding.severity.max(*worst);
    }
    found.retain(|(finding, _)| {
        let worst = borrowed.get(&account(finding)).filter(|_| finding.yields);
        worst.is_none_or(|worst| *worst < finding.severity)
    });
}

/// The calls that led to what a finding stands on, innermost first.
fn calls(finding: &Finding) -> Vec<Span> {
    finding.related.iter().filter(|label| label.message == CALLED).map(|label| label.span).collect()
}
