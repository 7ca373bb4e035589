//! What an exception says of itself: who, why, since when and until when.

use jiff::Span as Duration;
use jiff::civil::Date;

use crate::catalog::hint;
use crate::finding::Form;
use crate::load::names_nobody;
use crate::source::Span;

/// A shorter reason says nothing to who reviews it.
const SHORTEST_REASON: usize = 15;

/// Reasons that are none, however long.
const NO_REASONS: [&str; 6] = ["legacy", "todo", "temporary", "accepted", "false positive", "because"];

/// Of a text that somebody wrote, no more than that is repeated in a message.
const SHOWN: usize = 40;

/// Something that is wrong with an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// The form of NHI902.
    pub(super) form: Form,
    pub(super) at: Span,
    pub(super) message: String,
}

/// Something is missing, or says nothing.
pub(super) const INCOMPLETE: Form = Form("incomplete");
/// Something cannot be understood.
pub(super) const MALFORMED: Form = Form("malformed");
/// It is for more than one thing.
pub(super) const TOO_BROAD: Form = Form("too-broad");
/// It lasts too long, or was renewed too often.
pub(super) const TOO_LONG: Form = Form("too-long");
/// It is for what may not be excepted, or in a form that may not be used, or nobody has approved it.
pub(super) const NOT_ALLOWED: Form = Form("not-allowed");

impl Problem {
    pub(super) fn new(form: Form, at: Span, message: impl Into<String>) -> Self {
        Self { form, at, message: message.into() }
    }

    /// A comment where only a file or an annotation counts.
    pub(super) fn no_comments(at: Span) -> Self {
        let message = "comments except nothing in the strict preset; let it stand in `.nhi/exceptions.yaml`";
        Self::new(NOT_ALLOWED, at, message)
    }
}

/// A value, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) at: Span,
}

/// The keys of [`Terms`] that hold one text.
pub(super) const KEYS: [&str; 7] =
    ["owner", "approver", "ticket", "reason", "created", "until", "compensating"];

/// What an exception says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Terms {
    pub(super) owner: Option<Text>,
    pub(super) approver: Option<Text>,
    pub(super) ticket: Option<Text>,
    pub(super) reason: Option<Text>,
    pub(super) created: Option<Text>,
    pub(super) until: Option<Text>,
    pub(super) compensating: Option<Text>,
    pub(super) renewals: Vec<Text>,
}

impl Terms {
    /// Where the value of one of [`KEYS`] is kept.
    pub(super) fn slot(&mut self, key: &str) -> Option<&mut Option<Text>> {
        Some(match key {
            "owner" => &mut self.owner,
            "approver" => &mut self.approver,
            "ticket" => &mut self.ticket,
            "reason" => &mut self.reason,
            "created" => &mut self.created,
            "until" => &mut self.until,
            "compensating" => &mut self.compensating,
            _ => return None,
        })
    }

    /// All that it says.
    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        let Self { owner, approver, ticket, reason, created, until, compensating, renewals } = self;
        let single = [owner, approver, ticket, reason, created, until, compensating];
        single.into_iter().flatten().chain(renewals)
    }

    /// The same, to be moved.
    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut Text> {
        let Self { owner, approver, ticket, reason, created, until, compensating, renewals } = self;
        let single = [owner, approver, ticket, reason, created, until, compensating];
        single.into_iter().flatten().chain(renewals)
    }

    /// Its last day.
    pub(super) fn last_day(&self) -> Option<Date> {
        date(&self.until.as_ref()?.text)
    }

    /// The day that it was made.
    pub(super) fn first_day(&self) -> Option<Date> {
        date(&self.created.as_ref()?.text)
    }

    /// The day that its present time began: that of the last renewal, or that it was made.
    pub(super) fn began(&self) -> Option<Date> {
        let renewed = self.renewals.iter().filter_map(|renewal| date(&renewal.text)).max();
        renewed.or_else(|| self.first_day())
    }

    /// What is wrong with it, whatever it is for. `rules` are the names of its rules.
    pub(super) fn problems(&self, at: Span, rules: &[&str], today: Date) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (name, value) in [("owner", &self.owner), ("reason", &self.reason), ("until", &self.until)] {
            if value.as_ref().is_none_or(|value| value.text.trim().is_empty()) {
                let at = value.as_ref().map_or(at, |value| value.at);
                problems.push(Problem::new(INCOMPLETE, at, format!("the exception has no `{name}`")));
            }
        }
        for (name, value) in [("owner", &self.owner), ("approver", &self.approver)] {
            if let Some(value) = value.as_ref().filter(|value| is_placeholder(&value.text)) {
                let message = format!("the {name} `{}` is nobody", shown(&value.text));
                problems.push(Problem::new(INCOMPLETE, value.at, message));
            }
        }
        let same =
            |text: &Text| self.owner.as_ref().is_some_and(|owner| is_same_person(&owner.text, &text.text));
        match &self.approver {
            Some(nobody) if nobody.text.trim().is_empty() => {
                problems.push(Problem::new(INCOMPLETE, nobody.at, "the `approver` is empty"));
            }
            Some(owner) if same(owner) => {
                let message = "its owner approves it; an `approver` is somebody else";
                problems.push(Problem::new(NOT_ALLOWED, owner.at, message));
            }
            _ => {}
        }
        if let Some(reason) = self.reason.as_ref().filter(|reason| says_nothing(&reason.text, rules)) {
            let message = format!(
                "the reason `{}` says nothing; name what keeps it from being mended",
                shown(&reason.text)
            );
            problems.push(Problem::new(INCOMPLETE, reason.at, message));
        }
        self.check_dates(today, &mut problems);
        problems
    }

    fn check_dates(&self, today: Date, problems: &mut Vec<Problem>) {
        let singles = [&self.created, &self.until].into_iter().flatten();
        for text in singles.chain(&self.renewals).filter(|text| !text.text.trim().is_empty()) {
            if date(&text.text).is_none() {
                let message = format!("`{}` is no date; write it as 2027-01-31", shown(&text.text));
                problems.push(Problem::new(MALFORMED, text.at, message));
            }
        }
        let mut before = None;
        let begun = self.created.iter().map(|text| (text, "was made"));
        for (text, verb) in begun.chain(self.renewals.iter().map(|text| (text, "was renewed"))) {
            let Some(day) = date(&text.text) else { continue };
            if day > today {
                let message = format!("{day}, on which it {verb}, is still to come");
                problems.push(Problem::new(MALFORMED, text.at, message));
            } else if before.is_some_and(|before| day < before) {
                let message = format!("{day}, on which it {verb}, lies before the date above it");
                problems.push(Problem::new(MALFORMED, text.at, message));
            }
            before = Some(day);
        }
        if let (Some(until), Some(last), Some(began)) = (&self.until, self.last_day(), before)
            && last < began
        {
            let message = format!("it ends on {last}, before it began on {began}");
            problems.push(Problem::new(MALFORMED, until.at, message));
        }
    }
}

/// A day, written as 2027-01-31 and not otherwise.
pub(super) fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    text.parse().ok().filter(|day: &Date| day.to_string() == text)
}

/// The day that is so many days after another.
pub(super) fn days_after(day: Date, days: u32) -> Date {
    day.saturating_add(Duration::new().days(days))
}

/// Days from one day to another.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    // Both are within a calendar of ten thousand years.
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

fn is_placeholder(name: &str) -> bool {
    let name = name.trim();
    !name.is_empty() && names_nobody(name)
}

fn says_nothing(reason: &str, rules: &[&str]) -> bool {
    let reason = reason.trim();
    let letters = reason.chars().filter(|c| c.is_alphanumeric()).count();
    let plain = reason.trim_end_matches(['.', '!']).to_lowercase();
    let is_known = NO_REASONS.contains(&plain.as_str()) || rules.contains(&plain.as_str());
    // A reason that is missing is another problem.
    !reason.is_empty() && (letters == 0 || reason.chars().count() < SHORTEST_REASON || is_known)
}

/// A key that is not known.
pub(super) fn unknown_key(key: &str, known: &[&str], at: Span) -> Problem {
    Problem::new(MALFORMED, at, format!("unknown key `{}`; {}", shown(key), hint(key, known)))
}

/// The beginning of a text that somebody wrote, for a message.
pub(super) fn shown(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Whether two names are one, however they are written: `@acme/shop` and `Acme/Shop`.
fn is_same_person(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.trim().trim_start_matches('@').to_lowercase();
    plain(one) == plain(other)
}
