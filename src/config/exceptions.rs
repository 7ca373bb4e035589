//! How long exceptions may last, and what they may be for, by tier.

use std::collections::BTreeSet;

use super::read;
use super::shape::Mistake;
use super::{STANDARD, Settings};
use crate::catalog::Catalog;
use crate::finding::{RuleId, Severity};
use crate::yaml::Node;

/// Who must have approved an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approver {
    /// Nobody, unless it is renewed.
    Never,
    /// Somebody, where it is for an error.
    ForErrors,
    /// Somebody, whatever it is for.
    Always,
}

/// What exceptions may be in a tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionLimits {
    /// The name of the tier.
    pub tier: String,
    /// Days that an exception for an error may last from when it was made, or renewed.
    pub error_days: u32,
    /// The same for a warning.
    pub warning_days: u32,
    /// The same for an info.
    pub info_days: u32,
    /// How often one may be renewed.
    pub renewals: u32,
    /// Who must have approved it.
    pub approver: Approver,
    /// Rules that may not be excepted here.
    pub non_exemptible: BTreeSet<RuleId>,
}

/// Days that an exception may last in all, however often it is renewed.
pub const LONGEST_EXCEPTION: u32 = 365;

/// Days for errors, warnings and infos, and so on.
fn limits(days: (u32, u32, u32), renewals: u32, approver: Approver) -> ExceptionLimits {
    let (error_days, warning_days, info_days) = days;
    let (tier, non_exemptible) = (String::new(), BTreeSet::new());
    ExceptionLimits { tier, error_days, warning_days, info_days, renewals, approver, non_exemptible }
}

impl ExceptionLimits {
    /// The limits of a built-in tier; of one that is not built in, those of `standard`.
    #[must_use]
    pub fn of_tier(tier: &str) -> Self {
        let limits = match tier {
            "sandbox" => limits((180, 365, 365), 4, Approver::Never),
            "restricted" => Self {
                non_exemptible: [201, 401, 501].into_iter().map(RuleId).collect(),
                ..limits((30, 90, 180), 1, Approver::Always)
            },
            "ephemeral" => limits((7, 30, 90), 0, Approver::ForErrors),
            _ => limits((90, 180, 365), 2, Approver::ForErrors),
        };
        Self { tier: tier.to_owned(), ..limits }
    }

    /// Takes what the settings say about a tier.
    pub(super) fn of_settings(
        tier: &str,
        given: Option<Node<'_>>,
        catalog: &Catalog,
        mistakes: &mut Vec<Mistake>,
    ) -> Self {
        let mut limits = Self::of_tier(tier);
        let Some(given) = given else { return limits };
        let number = |node: Option<Node<'_>>| {
            node.and_then(Node::as_i64).and_then(|number| u32::try_from(number).ok())
        };
        let days = |severity: &str| number(given.at(&["maxDays", severity]));
        limits.error_days = days("error").unwrap_or(limits.error_days);
        limits.warning_days = days("warning").unwrap_or(limits.warning_days);
        limits.info_days = days("info").unwrap_or(limits.info_days);
        limits.renewals = number(given.get("renewals")).unwrap_or(limits.renewals);
        limits.approver = match read::text(given, "approver").as_deref() {
            Some("never") => Approver::Never,
            Some("errors") => Approver::ForErrors,
            Some("always") => Approver::Always,
            _ => limits.approver,
        };
        if given.get("nonExemptible").is_some() {
            limits.non_exemptible =
                read::rules(given, "nonExemptible", catalog, mistakes).into_iter().collect();
        }
        limits
    }

    /// Days that an exception for a finding of this severity may last.
    #[must_use]
    pub fn days(&self, severity: Severity) -> u32 {
        match severity {
            Severity::Error => self.error_days,
            Severity::Warning => self.warning_days,
            Severity::Info => self.info_days,
        }
    }

    /// Whether somebody must have approved an exception for a finding of this severity.
    #[must_use]
    pub fn needs_approver(&self, severity: Severity) -> bool {
        match self.approver {
            Approver::Never => false,
            Approver::ForErrors => severity == Severity::Error,
            Approver::Always => true,
        }
    }
}

impl Settings {
    /// What exceptions may be in a tier, by its number.
    #[must_use]
    pub fn exception_limits(&self, tier: usize) -> ExceptionLimits {
        let Some(tier) = self.tiers.get(tier) else { return ExceptionLimits::of_tier(STANDARD) };
        tier.exceptions.clone()
    }
}
