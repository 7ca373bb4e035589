//! What is to be said of exceptions: that they are over, wrong or of no use.

use std::cell::Cell;
use std::collections::HashMap;

use jiff::civil::Date;

use super::Input;
use super::judge::Outcome;
use super::removal::{removal, too_many};
use super::terms::{Text, days_between};
use super::written::{Reach, Written};
use crate::catalog::Class;
use crate::finding::{Exception, ExceptionState, Finding, Form, Label, RuleId};
use crate::k8s::Object;

/// A finding that counts again is named as long as there are no more than that.
const SHOWN: usize = 8;

/// Of how many bytes of text removals are proved in a run, which takes some half a second: of 50 in a list of 400 entries.
const MOST_PROVED: usize = 4 << 20;

/// The exceptions of a run and what became of them.
pub(super) struct Policy<'r> {
    pub(super) input: Input<'r>,
    pub(super) list: &'r [Written],
    pub(super) places: &'r HashMap<usize, Finding>,
    pub(super) outcomes: &'r [Outcome],
    pub(super) findings: &'r [Finding],
    pub(super) today: Date,
    pub(super) is_whole: bool,
    /// How many bytes of text were read again so far, to prove what removes exceptions.
    pub(super) proved: Cell<usize>,
}

impl Policy<'_> {
    fn state(&self, at: usize) -> ExceptionState {
        let soon = self.input.settings.number(RuleId::EXCEPTION_EXPIRED, "soonDays");
        let is_soon = self.days_left(at).is_some_and(|left| left <= soon);
        match self.outcomes[at].state() {
            // What is not looked at may be there.
            ExceptionState::Unused if self.is_known_to_be_unused(at) => ExceptionState::Unused,
            ExceptionState::Unused | ExceptionState::Active if is_soon => ExceptionState::Soon,
            ExceptionState::Unused => ExceptionState::Active,
            state => state,
        }
    }

    fn days_left(&self, at: usize) -> Option<i64> {
        Some(days_between(self.today, self.list[at].terms.last_day()?))
    }

    /// How an exception fares, for lists.
    pub(super) fn known(&self, at: usize) -> Exception {
        let (written, outcome) = (&self.list[at], &self.outcomes[at]);
        let text = |text: &Option<Text>| text.as_ref().map(|text| text.text.trim().to_owned());
        let concerned = if outcome.is_over { &outcome.fits } else { &outcome.hides };
        let problems = outcome.problems.iter();
        Exception {
            id: written.id.clone(),
            form: written.form(),
            at: written.at,
            rules: written.rules.clone(),
            target: written.target(),
            owner: text(&written.terms.owner),
            approver: text(&written.terms.approver),
            ticket: text(&written.terms.ticket),
            reason: text(&written.terms.reason),
            until: written.terms.last_day(),
            days_left: self.days_left(at),
            state: self.state(at),
            problems: problems.map(|one| Label { span: one.at, message: one.message.clone() }).collect(),
            hides: concerned.iter().map(|at| self.findings[*at].fingerprint.clone()).collect(),
        }
    }

    /// The finding about an exception, if there is anything to say.
    pub(super) fn remark(&self, at: usize) -> Option<Finding> {
        match self.state(at) {
            ExceptionState::Active => None,
            ExceptionState::Invalid => self.invalid(at),
            ExceptionState::Expired => self.expired(at),
            ExceptionState::Soon => self.soon(at),
            ExceptionState::Unused => self.unused(at),
        }
    }

    fn invalid(&self, at: usize) -> Option<Finding> {
        let (first, others) = self.outcomes[at].problems.split_first()?;
        let mut finding = self.finding(RuleId::EXCEPTION_INVALID, first.form, at, first.message.clone())?;
        // The place of an annotation was moved; that of its parts is the same.
        if self.places.contains_key(&at) {
            finding.notes.extend(others.iter().map(|one| format!("Also: {}.", one.message)));
        } else {
            finding.span = first.at;
            let labels = others.iter().map(|one| Label { span: one.at, message: one.message.clone() });
            finding.related.extend(labels);
        }
        finding.label = "excepts nothing".into();
        let name = self.list[at].name();
        finding.notes.insert(0, format!("It hides nothing: {name} must be right to count."));
        Some(finding)
    }

    fn expired(&self, at: usize) -> Option<Finding> {
        let written = &self.list[at];
        let last = written.terms.last_day()?;
        let message = format!("{} ended on {last}", written.name());
        let mut finding = self.finding(RuleId::EXCEPTION_EXPIRED, Form("expired"), at, message)?;
        if !self.places.contains_key(&at) {
            finding.span = written.end_at();
        }
        let again: Vec<&Finding> = self.outcomes[at].fits.iter().map(|one| &self.findings[*one]).collect();
        finding.label = match again.iter().filter(|finding| finding.suppressed.is_none()).count() {
            0 => "nothing is left that it was for".into(),
            1 => "a finding counts again".into(),
            count => format!("{count} findings count again"),
        };
        let again = again.into_iter().filter(|finding| finding.suppressed.is_none()).take(SHOWN);
        finding
            .related
            .extend(again.map(|one| Label { span: one.span, message: format!("{} counts again", one.rule) }));
        Some(finding)
    }

    fn soon(&self, at: usize) -> Option<Finding> {
        let written = &self.list[at];
        let last = written.terms.last_day()?;
        let message = format!("{} ends on {last}", written.name());
        let mut finding = self.finding(RuleId::EXCEPTION_EXPIRED, Form("soon"), at, message)?;
        if !self.places.contains_key(&at) {
            finding.span = written.end_at();
        }
        finding.label = match self.days_left(at)? {
            0 => "today is its last day".into(),
            1 => "tomorrow is its last day".into(),
            days => format!("in {days} days"),
        };
        Some(finding)
    }

    fn unused(&self, at: usize) -> Option<Finding> {
        let written = &self.list[at];
        let other = self.outcomes[at].covered_by.map(|other| &self.list[other]);
        let message = match other {
            Some(other) => format!("{} is not needed: {} comes first", written.name(), other.name()),
            None => format!("{} hides nothing", written.name()),
        };
        let mut finding = self.finding(RuleId::EXCEPTION_UNUSED, Form("unused"), at, message)?;
        finding.label = "can go".into();
        let other = other.map(|other| Label { span: other.at, message: "comes first".into() });
        finding.related.extend(other);
        // A proof reads all of the text again, and a list can hold thousands that go.
        let text = self.input.texts.sources().file(written.at.file).text().len();
        let proved = self.proved.get() + text;
        self.proved.set(proved);
        finding.fixes.extend(if proved - text > MOST_PROVED {
            Some(too_many())
        } else {
            removal(written, self.places.get(&at), self.input.texts)
        });
        Some(finding)
    }

    /// Whether all was judged that an exception may be for.
    fn is_known_to_be_unused(&self, at: usize) -> bool {
        let Input { catalog, settings, graph, .. } = self.input;
        let written = &self.list[at];
        let runs = |rule: &RuleId| settings.runs(catalog.card(*rule));
        if !written.rules.iter().all(runs) {
            return false;
        }
        if self.outcomes[at].covered_by.is_some() {
            return true;
        }
        match &written.reach {
            Reach::Object(_) => true,
            Reach::Line { is_template, .. } => self.is_whole || !is_template,
            Reach::Selected { covers: true, .. } if self.is_whole => true,
            // Part of the tree was looked at: only what is there can be known to have no flaw.
            Reach::Selected { selector, .. } => graph.places.objects.iter().any(|placed| {
                let is_named = |object: &Object<'_>| {
                    let is = |wanted: &Option<Text>, found: &str| {
                        wanted.as_ref().is_some_and(|wanted| wanted.text == found)
                    };
                    is(&selector.kind, &object.kind) && is(&selector.name, &object.name)
                };
                let namespace = selector.namespace.as_ref().map(|namespace| namespace.text.as_str());
                is_named(&placed.object) && placed.namespace.as_deref() == namespace
            }),
        }
    }

    /// A finding about an exception, unless the settings switch that off.
    fn finding(&self, rule: RuleId, form: Form, at: usize, message: String) -> Option<Finding> {
        let Input { catalog, settings, .. } = self.input;
        let severity = settings.severity(catalog.card(rule), form.0, Class::Service)?;
        let written = &self.list[at];
        let mut finding = Finding::new(rule, form, severity, written.at, message);
        if let Some(place) = self.places.get(&at) {
            finding.object.clone_from(&place.object);
            finding.rendered.clone_from(&place.rendered);
            finding.related.clone_from(&place.related);
            finding.origin = place.origin;
        }
        let owner = written.terms.owner.iter().map(|owner| format!("Its owner is `{}`.", owner.text.trim()));
        let reason = written.terms.reason.iter().map(|reason| format!("Its reason: {}", reason.text.trim()));
        finding.notes = owner.chain(reason).collect();
        Some(finding)
    }
}
