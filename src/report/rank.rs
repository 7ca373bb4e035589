//! Which findings a reader must see first, where only some of them fit.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::finding::{Finding, Form, Report, RuleId, Severity, Strong};

use super::phrases::is_counted_only;

/// After all tiers.
const NO_TIER: u8 = u8::MAX;

/// The findings that are listed, the worst first: by severity, then what a change brings, its own lines before others,
/// then by what the identity can reach. Each rule is there once for each identity before any of them is there again.
pub(super) fn ranked(report: &Report) -> Vec<&Finding> {
    let strongest = by_name(report);
    let mut seen: HashMap<(Severity, RuleId, Form, String), usize> = HashMap::new();
    let listed = report.active().filter(|finding| !is_counted_only(finding));
    let mut ranked: Vec<_> = listed
        .map(|finding| {
            let who = name(finding);
            let tier = tier(finding, who.as_deref().and_then(|name| strongest.get(name).copied()));
            let about = who.unwrap_or_else(|| finding.message.clone());
            let turn = seen.entry((finding.severity, finding.rule, finding.form, about)).or_default();
            *turn += 1;
            ((Reverse(finding.severity), change(finding), tier, *turn, weight(finding.rule)), finding)
        })
        .collect();
    // What is equal stays in the order of its places.
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, finding)| finding).collect()
}

/// On a line that the change touches, brought by the change, or of no change that is known.
fn change(finding: &Finding) -> u8 {
    match finding.on_changed_line {
        Some(true) => 0,
        Some(false) => 1,
        None => 2,
    }
}

/// What the identity can reach and what it is; a credential that works is as good as the strongest.
fn tier(finding: &Finding, strong: Option<&Strong>) -> (u8, u8) {
    match strong {
        _ if finding.is_live => (0, 0),
        Some(strong) => (strong.reachable, strong.direct),
        None => (NO_TIER, NO_TIER),
    }
}

/// One name in several clusters is one.
fn name(finding: &Finding) -> Option<String> {
    finding.identity.as_ref().map(|identity| identity.clone().in_cluster(None).to_string())
}

/// The strongest identities by the names that groups have; of several the strongest.
pub(super) fn by_name(report: &Report) -> HashMap<String, &Strong> {
    let mut names = HashMap::new();
    for strong in &report.summary.strongest {
        names.entry(strong.identity.clone().in_cluster(None).to_string()).or_insert(strong);
    }
    names
}

/// Where a rule stands among those of one severity: first what an identity may do, then what gives it away.
pub(crate) fn weight(rule: RuleId) -> (u8, RuleId) {
    let family = match rule.0 / 100 {
        // Everything, and the way there.
        5 if matches!(rule.0, 501 | 508 | 512) => 0,
        5 => 1,
        7 => 2,
        2 | 4 | 6 => 3,
        1 => 4,
        _ => 5,
    };
    (family, rule)
}
