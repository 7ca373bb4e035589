//! Whether an exception may be for a finding: how grave it is and where it stands decide how long, and who must agree.

use jiff::civil::Date;

use super::terms::{NOT_ALLOWED, Problem, TOO_LONG, days_after, days_between};
use super::written::Written;
use crate::config::{ExceptionLimits, LONGEST_EXCEPTION};
use crate::finding::{Finding, RuleId, Severity};

/// Why an exception may not be for a finding of this severity.
pub(super) fn refused(
    written: &Written,
    rule: RuleId,
    severity: Severity,
    limits: &ExceptionLimits,
    today: Date,
) -> Option<Problem> {
    let (terms, tier) = (&written.terms, &limits.tier);
    let an = match severity {
        Severity::Error => "an error",
        Severity::Warning => "a warning",
        Severity::Info => "an info",
    };
    if limits.non_exemptible.contains(&rule) {
        let message = format!("{rule} may not be excepted in the tier `{tier}`");
        return Some(Problem::new(NOT_ALLOWED, written.at, message));
    }
    let is_renewed = !terms.renewals.is_empty();
    if terms.approver.is_none() && (is_renewed || limits.needs_approver(severity)) {
        let what = if is_renewed { "to renew it" } else { "to except" };
        let message = if is_renewed {
            format!("{what} takes an `approver`")
        } else {
            format!("{what} {an} takes an `approver` in the tier `{tier}`")
        };
        return Some(Problem::new(NOT_ALLOWED, written.at, message));
    }
    if let Some(last) = terms.renewals.last().filter(|_| terms.renewals.len() > limits.renewals as usize) {
        let (times, most) = (terms.renewals.len(), limits.renewals);
        let message =
            format!("it was renewed {times} times; at most {most} are allowed in the tier `{tier}`");
        return Some(Problem::new(TOO_LONG, last.at, message));
    }
    let last = terms.last_day()?;
    let began = terms.began().unwrap_or(today);
    let (lasts, most) = (days_between(began, last), limits.days(severity));
    if lasts > i64::from(most) {
        let end = days_after(began, most);
        let message =
            format!("it lasts {lasts} days; {an} may be excepted for {most} in the tier `{tier}`, to {end}");
        return Some(Problem::new(TOO_LONG, written.end_at(), message));
    }
    let all = days_between(terms.first_day().unwrap_or(began), last);
    (all > i64::from(LONGEST_EXCEPTION)).then(|| {
        let message = format!(
            "it lasts {all} days in all; {LONGEST_EXCEPTION} are the most, however often it is renewed"
        );
        Problem::new(TOO_LONG, written.end_at(), message)
    })
}

/// Why no exception may be for a finding.
pub(super) fn never(written: &Written, finding: &Finding) -> Option<Problem> {
    let reason = if finding.is_live {
        "is a live credential here: revoke it"
    } else if finding.is_unsuppressible() {
        "is a manifest that kubectl refuses: mend it"
    } else {
        return None;
    };
    let message = format!("{} may not be excepted: it {reason}", finding.rule);
    Some(Problem::new(NOT_ALLOWED, written.at, message))
}
