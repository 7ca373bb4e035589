//! What changes beside identities: exceptions, what is judged by what, and what is not judged.

use std::collections::BTreeMap;

use super::draft::{Draft, Places};
use super::record::{Bucket, Cause, Direction, Row};
use crate::finding::{Exception, Finding, Form, Report, RuleId};
use crate::graph::record::Location;
use crate::lint::PolicyChange;
use crate::source::{SourceMap, Span};

/// Findings that say that something could not be judged.
const NOT_JUDGED: [Form; 4] = [Form::UNRENDERED, Form::UNRESOLVED, Form::SYNTAX, Form::TOO_LARGE];

fn location(sources: &SourceMap, span: Span) -> Location {
    let file = sources.file(span.file);
    Location { file: file.path().to_owned(), line: file.position(span.start).line }
}

fn row(
    bucket: Bucket,
    about: &str,
    what: &'static str,
    words: (Option<String>, Option<String>),
    direction: Direction,
) -> Row {
    Row::new(bucket, (about.to_owned(), None), what, words, direction)
}

/// Exceptions that are new, gone, or not as they were.
pub(super) fn exceptions(
    (base, base_sources): (&Report, &SourceMap),
    (head, head_sources): (&Report, &SourceMap),
) -> Vec<Draft> {
    let (before, after) = (by_key(base), by_key(head));
    let keys: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let draft = |key: &(String, usize)| {
        let (old, new) = (before.get(key), after.get(key));
        let direction = match (old, new) {
            (None, _) => Direction::Rises,
            (_, None) => Direction::Falls,
            (Some(old), Some(new)) => exception_direction(old, new)?,
        };
        let known = *new.or(old)?;
        let texts = (old.map(|one| words(one)), new.map(|one| words(one)));
        let row = row(Bucket::Exception, &known.target, "exception", texts, direction);
        let places = |one: Option<&&Exception>, sources: &SourceMap| {
            one.map(|one| Places::new([&location(sources, one.at)], [])).unwrap_or_default()
        };
        Some(Draft { row, base: places(old, base_sources), head: places(new, head_sources) })
    };
    keys.into_iter().filter_map(draft).collect()
}

/// By id; without one by what it is for. Equal ones are told apart by their number.
fn by_key(report: &Report) -> BTreeMap<(String, usize), &Exception> {
    let mut found: BTreeMap<(String, usize), &Exception> = BTreeMap::new();
    for exception in &report.exceptions {
        let key = exception.id.clone().unwrap_or_else(|| {
            format!("{} {} {}", exception.form.word(), rules(exception), exception.target)
        });
        let number = found.range((key.clone(), 0)..=(key.clone(), usize::MAX)).count();
        found.insert((key, number), exception);
    }
    found
}

fn rules(exception: &Exception) -> String {
    exception.rules.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn words(exception: &Exception) -> String {
    let id = exception.id.as_ref().map(|id| format!("`{id}`: ")).unwrap_or_default();
    let until = exception.until.map_or_else(|| "no end".to_owned(), |until| format!("until {until}"));
    let who = [("owner", &exception.owner), ("approver", &exception.approver)];
    let who = who.iter().filter_map(|(word, name)| Some(format!(", {word} {}", name.as_ref()?)));
    format!("{id}{} for {}, {until}{}", rules(exception), exception.target, who.collect::<String>())
}

/// None where nothing of it changed that matters.
fn exception_direction(old: &Exception, new: &Exception) -> Option<Direction> {
    let is_wider = new.rules.iter().any(|rule| !old.rules.contains(rule)) || new.target != old.target;
    let is_longer = match (old.until, new.until) {
        (Some(_), None) => true,
        (Some(old), Some(new)) => new > old,
        (None, _) => false,
    };
    if is_wider || is_longer {
        return Some(Direction::Rises);
    }
    if new.until != old.until || new.rules.len() < old.rules.len() {
        return Some(Direction::Falls);
    }
    let people = |one: &Exception| (one.owner.clone(), one.approver.clone());
    (people(old) != people(new)).then_some(Direction::Same)
}

/// What could be judged before and cannot be now. `is_new`: whether a finding was not there before.
pub(super) fn not_judged(
    base: &Report,
    (head, sources): (&Report, &SourceMap),
    is_new: impl Fn(&Finding) -> bool,
) -> Vec<Row> {
    let mut rows = Vec::new();
    let says_so = |finding: &&Finding| {
        finding.rule == RuleId::UNGOVERNED_MANIFEST && NOT_JUDGED.contains(&finding.form) && is_new(finding)
    };
    for finding in head.findings.iter().filter(says_so) {
        let at = location(sources, finding.span);
        let texts = (None, Some(finding.message.clone()));
        let mut row = row(Bucket::Unknown, &at.file, "not judged", texts, Direction::Unknown);
        row.cause = Some(Cause { revision: "head", at, touched: finding.on_changed_line == Some(true) });
        row.rules = vec![finding.rule.to_string()];
        rows.push(row);
    }
    for unjudged in &head.summary.unjudged {
        let known = base.summary.unjudged.iter().filter(|known| known.what == unjudged.what);
        let before: usize = known.map(|known| known.count).sum();
        let after: usize =
            head.summary.unjudged.iter().filter(|one| one.what == unjudged.what).map(|one| one.count).sum();
        if after > before && !rows.iter().any(|row| row.identity == unjudged.what) {
            let example = format!("{after}, for example `{}`", unjudged.example);
            let texts = ((before > 0).then(|| before.to_string()), Some(example));
            rows.push(row(Bucket::Unknown, &unjudged.what, "not judged", texts, Direction::Unknown));
        }
    }
    for error in head.errors.iter().filter(|error| !base.errors.contains(error)) {
        let texts = (None, Some(error.message.clone()));
        let about = error.file.as_deref().unwrap_or("the run");
        rows.push(row(Bucket::Unknown, about, "not judged", texts, Direction::Unknown));
    }
    rows
}

/// A change of what changes are judged by.
pub(super) fn policy(change: &PolicyChange) -> Row {
    let words = |is: bool| is.then(|| change.what.to_owned());
    let both = (words(change.became != "added"), words(change.became != "removed"));
    let mut row = row(Bucket::Policy, &change.path, change.what, both, Direction::Same);
    let line = change.text[..change.at].matches('\n').count() as u32 + 1;
    let revision = if change.became == "removed" { "base" } else { "head" };
    row.cause = Some(Cause { revision, at: Location { file: change.path.clone(), line }, touched: true });
    row
}
