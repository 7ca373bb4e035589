//! Which exceptions hold, what they hide, and what is to be said of those that do not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;

use super::candidates::Candidates;
use super::limits::{never, refused};
use super::selector::Sought;
use super::terms::Problem;
use super::written::{Reach, Written};
use crate::catalog::Preset;
use crate::config::Settings;
use crate::finding::{ExceptionForm, ExceptionState, Finding, Label, SuppressedBy, Suppression};

/// What became of one exception.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What is wrong with it, the gravest first.
    pub(super) problems: Vec<Problem>,
    pub(super) is_over: bool,
    /// Positions of the findings that it is for.
    pub(super) fits: BTreeSet<usize>,
    /// Positions of those that it hides, or part of which it excepts.
    pub(super) hides: BTreeSet<usize>,
    /// Another exception that is for the same and comes before it.
    pub(super) covered_by: Option<usize>,
}

impl Outcome {
    pub(super) fn holds(&self) -> bool {
        self.problems.is_empty() && !self.is_over
    }

    /// How it fares, whenever it ends.
    pub(super) fn state(&self) -> ExceptionState {
        match () {
            () if !self.problems.is_empty() => ExceptionState::Invalid,
            () if self.is_over => ExceptionState::Expired,
            () if self.hides.is_empty() => ExceptionState::Unused,
            () => ExceptionState::Active,
        }
    }
}

/// Judges all exceptions of a run.
pub(super) struct Judge<'r> {
    pub(super) list: &'r [Written],
    pub(super) settings: &'r Settings,
    pub(super) today: Date,
}

impl Judge<'_> {
    /// What becomes of the exceptions; findings that are excepted are marked.
    pub(super) fn judge(
        &self,
        own: impl Fn(&Written) -> Vec<Problem>,
        findings: &mut [Finding],
        candidates: &[Candidates],
    ) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = self.list.iter().map(|_| Outcome::default()).collect();
        for (outcome, written) in outcomes.iter_mut().zip(self.list) {
            outcome.problems = own(written);
            outcome.is_over = written.terms.last_day().is_some_and(|last| last < self.today);
        }
        let fits = self.fits(findings, candidates);
        self.match_all(findings, candidates, &fits, &mut outcomes);
        for (at, finding) in findings.iter_mut().enumerate() {
            self.except(at, finding, &fits[at], &mut outcomes);
        }
        outcomes
    }

    /// For each part of each finding the exceptions that are for it, by fingerprint too.
    fn fits(&self, findings: &[Finding], candidates: &[Candidates]) -> Vec<Vec<BTreeSet<usize>>> {
        let is_other = |at: &usize, finding: &Finding| {
            fingerprint_of(&self.list[*at]).is_some_and(|wanted| wanted != finding.fingerprint)
        };
        let mut of_prints: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, written) in self.list.iter().enumerate() {
            if let Reach::Selected { selector, .. } = &written.reach
                && let Some(Sought::Fingerprint(print)) = selector.sought()
            {
                of_prints.entry(print).or_default().push(at);
            }
        }
        let of_one = |(finding, candidates): (&Finding, &Candidates)| {
            let of_print = of_prints.get(finding.fingerprint.as_str()).into_iter().flatten().copied();
            let of_print = of_print.filter(|at| self.list[*at].rules.contains(&finding.rule));
            let parts = candidates.parts.iter().map(|part| {
                // Its other keys fit, and the fingerprint must, too.
                let others = part.fits.iter().copied().filter(|at| !is_other(at, finding));
                others.chain(of_print.clone()).collect()
            });
            parts.collect()
        };
        findings.iter().zip(candidates).map(of_one).collect()
    }

    /// Notes what each exception is for, and why it may not be.
    fn match_all(
        &self,
        findings: &[Finding],
        candidates: &[Candidates],
        fits: &[Vec<BTreeSet<usize>>],
        outcomes: &mut [Outcome],
    ) {
        let mut never_for: BTreeMap<usize, Problem> = BTreeMap::new();
        for (at, finding) in findings.iter().enumerate() {
            for (part, fits) in candidates[at].parts.iter().zip(&fits[at]) {
                for one in fits {
                    let written = &self.list[*one];
                    if let Some(problem) = never(written, finding) {
                        never_for.entry(*one).or_insert(problem);
                        continue;
                    }
                    outcomes[*one].fits.insert(at);
                    if outcomes[*one].holds() {
                        let limits = self.settings.exception_limits(finding.tier);
                        let problem = self
                            .in_strict(written, finding)
                            .or_else(|| refused(written, finding.rule, part.severity, &limits, self.today));
                        outcomes[*one].problems.extend(problem);
                    }
                }
            }
        }
        for (one, problem) in never_for {
            if outcomes[one].fits.is_empty() && outcomes[one].holds() {
                outcomes[one].problems.push(problem);
            }
        }
    }

    /// What is wrong with a comment where the tier of a finding is strict.
    fn in_strict(&self, written: &Written, finding: &Finding) -> Option<Problem> {
        let is_strict = self.settings.tier(finding.tier).preset == Preset::Strict;
        (is_strict && written.form() == ExceptionForm::Comment).then(|| Problem::no_comments(written.at))
    }

    /// Marks a finding, if each part of it is excepted.
    fn except(&self, at: usize, finding: &mut Finding, fits: &[BTreeSet<usize>], outcomes: &mut [Outcome]) {
        if finding.is_unsuppressible() {
            return;
        }
        let order = |one: &usize| (self.list[*one].rank(), self.list[*one].terms.last_day(), *one);
        let mut winners = Vec::new();
        for fits in fits {
            let holding = fits.iter().copied().filter(|one| outcomes[*one].holds());
            let mut holding: Vec<usize> = holding.collect();
            holding.sort_by_key(order);
            if let Some((first, others)) = holding.split_first() {
                winners.push(*first);
                outcomes[*first].hides.insert(at);
                for other in others {
                    outcomes[*other].covered_by.get_or_insert(*first);
                }
            }
        }
        let ends_first = winners.iter().min_by_key(|one| self.list[**one].terms.last_day());
        match ends_first {
            Some(one) if winners.len() == fits.len() => {
                finding.suppressed = Some(suppression(&self.list[*one]));
            }
            Some(one) => finding.notes.push(format!(
                "Part of it is excepted to {}, and this text makes other objects as well.",
                self.list[*one].terms.last_day().map(|last| last.to_string()).unwrap_or_default()
            )),
            None => {}
        }
        let over = fits.iter().flatten().collect::<BTreeSet<_>>().into_iter();
        for one in over.filter(|one| outcomes[**one].is_over && finding.suppressed.is_none()) {
            let written = &self.list[*one];
            let last = written.terms.last_day().map(|last| last.to_string()).unwrap_or_default();
            finding
                .related
                .push(Label { span: written.end_at(), message: format!("was excepted to {last}") });
        }
    }
}

fn fingerprint_of(written: &Written) -> Option<&str> {
    match &written.reach {
        Reach::Selected { selector, .. } => selector.fingerprint.as_ref().map(|text| text.text.as_str()),
        _ => None,
    }
}

fn suppression(written: &Written) -> Suppression {
    let text = |text: &Option<super::terms::Text>| text.as_ref().map(|text| text.text.trim().to_owned());
    Suppression {
        by: match written.form() {
            ExceptionForm::File => SuppressedBy::Exception,
            ExceptionForm::Annotation | ExceptionForm::Comment => SuppressedBy::Inline,
        },
        until: written.terms.last_day(),
        owner: text(&written.terms.owner),
        reason: text(&written.terms.reason),
        at: Some(written.at),
    }
}
