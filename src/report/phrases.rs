//! Phrases that several formats share: who a finding is about, what to change, how the run went.
//!
//! All of it is masked; [`super::layout`] cleans it where a terminal or a build log reads it.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::finding::{
    Change, Edit, Finding, Fix, Form, Operation, Origin, Report, RuleId, Severity, SuppressedBy, Unjudged,
};
use crate::source::Masks;
use crate::yaml;

use super::layout::counted;

/// `CronJob shop/purge, identity shop/default, cluster prod`: empty where nothing of it is known.
pub(super) fn subject(finding: &Finding) -> String {
    let mut parts = Vec::new();
    if let Some(object) = &finding.object {
        parts.push(object.to_string());
    }
    if let Some(identity) = &finding.identity {
        parts.push(format!("identity {identity}"));
    }
    match finding.clusters.as_slice() {
        [] => {}
        [cluster] => parts.push(format!("cluster {cluster}")),
        clusters => parts.push(format!("clusters {}", clusters.join(", "))),
    }
    parts.join(", ")
}

/// `CronJob shop/purge: message`, masked.
pub(super) fn headline(report: &Report, finding: &Finding) -> String {
    let message = report.masks.masked_text(&finding.message);
    match &finding.object {
        Some(object) => format!("{object}: {message}"),
        None => message.into_owned(),
    }
}

/// The finding's notes and what is known of its origin, masked.
pub(super) fn notes<'r>(report: &'r Report, finding: &'r Finding) -> Vec<Cow<'r, str>> {
    let mut notes: Vec<_> = finding.notes.iter().map(|note| report.masks.masked_text(note)).collect();
    if let Some(rendered) = &finding.rendered {
        let from = match rendered.roots.as_slice() {
            [] => String::new(),
            roots => format!(" from {}", roots.join(", ")),
        };
        let with = match rendered.values.as_slice() {
            [] => String::new(),
            values => format!(" with {}", values.join(", ")),
        };
        let known = matches!(finding.origin, Origin::Exact | Origin::Aligned);
        let there = if known { "" } else { "; mend it there" };
        notes.push(format!("rendered by {}{from}{with}{there}", rendered.by.word()).into());
    }
    notes
}

/// The changes of a fix by meaning, each once: an object may be made for several clusters.
pub(super) fn changes(fix: &Fix) -> impl Iterator<Item = &Change> {
    let mut seen = HashSet::new();
    let key =
        |change: &'_ Change| (change.document.object.clone(), change.path.clone(), change.operation.clone());
    fix.changes.iter().filter(move |change| seen.insert(key(change)))
}

/// What a change does, as an order, and the YAML that it needs if that takes a line of its own; masked.
pub(super) fn order(report: &Report, finding: &Finding, change: &Change) -> (String, Option<String>) {
    let (path, object) = (&change.path, &change.document.object);
    let own = finding.object.as_ref() == Some(object);
    let place = match path.is_root() {
        true if own => "this object".to_owned(),
        true => object.to_string(),
        false if own => format!("`{path}`"),
        false => format!("`{path}` of {object}"),
    };
    let masked = |text: &str| report.masks.masked_text(text.trim_end()).into_owned();
    match &change.operation {
        Operation::Set(value) if is_short(value) => (format!("set {place} to `{}`", masked(value)), None),
        Operation::Set(yaml) => (format!("set {place} to"), Some(masked(yaml))),
        Operation::Insert(yaml) => (format!("add to {place}"), Some(masked(yaml))),
        Operation::Remove => (format!("remove {place}"), None),
        Operation::Rename(key) => (format!("rename {place} to `{}`", masked(key)), None),
        Operation::NewDocument { text, .. } => ("add the document".to_owned(), Some(masked(text))),
    }
}

/// The edits of a fix.
///
/// # Errors
///
/// Why there are none, where there might be some: never would a report repeat a secret.
pub(super) fn edits<'r>(fix: &'r Fix, masks: &Masks) -> Result<&'r [Edit], &'r str> {
    let edits = fix.edits.as_deref().map_err(String::as_str)?;
    let is_secret = |edit: &Edit| {
        let (Edit::Text(yaml::Edit { text, .. }) | Edit::NewFile { text, .. }) = edit;
        masks.masked_text(text) != *text
    };
    if edits.iter().any(is_secret) { Err("It would repeat a secret.") } else { Ok(edits) }
}

/// Whether a value can stand in a sentence: a scalar on one line.
fn is_short(yaml: &str) -> bool {
    let yaml = yaml.trim_end();
    yaml.len() <= 60 && !yaml.contains(['\n', '`', '{', '[', '#']) && !yaml.contains(": ")
}

/// `3 errors, 5 warnings in 12 objects (14 files, 120 ms)`.
pub(super) fn summary(report: &Report) -> String {
    let counts = counts(|severity| report.count(severity));
    let found = if counts.is_empty() { "no findings".to_owned() } else { counts };
    let summary = &report.summary;
    let mut details = vec![counted(summary.files, "file")];
    if summary.skipped > 0 {
        details.push(format!("{} skipped", summary.skipped));
    }
    details.push(duration(summary.milliseconds));
    format!("{found} in {} ({})", counted(summary.objects, "object"), details.join(", "))
}

/// `12 in the baseline, 3 excepted (next ends 2027-01-31); 2 entries of the baseline are gone`, if there are any.
pub(super) fn suppressed(report: &Report) -> Option<String> {
    let by = |wanted: fn(SuppressedBy) -> bool| {
        let suppressions = report.findings.iter().filter_map(|finding| finding.suppressed.as_ref());
        suppressions.filter(move |suppression| wanted(suppression.by))
    };
    let known = by(|by| by == SuppressedBy::Baseline).count();
    let before = by(|by| by == SuppressedBy::Base).count();
    let excepted = by(|by| !matches!(by, SuppressedBy::Baseline | SuppressedBy::Base));
    let next = excepted.clone().filter_map(|suppression| suppression.until).min();
    let gone = report.baseline.as_ref().map_or(0, |baseline| baseline.gone.len());
    let mut parts = Vec::new();
    if before > 0 {
        parts.push(format!("{before} there before the change"));
    }
    if known > 0 {
        parts.push(format!("{known} in the baseline"));
    }
    match (excepted.count(), next) {
        (0, _) => {}
        (count, Some(next)) => parts.push(format!("{count} excepted (next ends {next})")),
        (count, None) => parts.push(format!("{count} excepted")),
    }
    if gone > 0 {
        let entries = if gone == 1 { "entry" } else { "entries" };
        parts.push(format!("{gone} {entries} of the baseline gone (--write-baseline drops them)"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `judged as well: 3 hidden files …`, if there are any.
pub(super) fn hidden(report: &Report) -> Option<String> {
    let (count, example) = report.summary.hidden.as_ref()?;
    let files = counted(*count, "hidden file");
    Some(format!("judged as well: {files} that nothing names, for example {example}"))
}

/// How many findings are only counted, if any are.
pub(super) fn counted_only(report: &Report) -> Option<String> {
    let count = report.active().filter(|finding| is_counted_only(finding)).count();
    let infos = counted(count, "info");
    (count > 0).then(|| format!("{infos} of what is not judged: --format json has the places"))
}

/// `12 errors, 3 warnings`, those that there are; `count` counts a severity.
pub(crate) fn counts(count: impl Fn(Severity) -> usize) -> String {
    let all = [Severity::Error, Severity::Warning, Severity::Info];
    let counts = all.into_iter().map(|severity| (count(severity), severity.word()));
    let counts: Vec<String> =
        counts.filter(|(count, _)| *count > 0).map(|(count, word)| counted(count, word)).collect();
    counts.join(", ")
}

/// Why the run does not end with 0, if so. `fails_at`: the lowest severity that fails it.
pub(super) fn exit(report: &Report, fails_at: Option<Severity>) -> Option<String> {
    if !report.errors.is_empty() {
        let problems = counted(report.errors.len(), "problem");
        return Some(format!("exit 2: {problems} kept the job from being done whole"));
    }
    let gate = fails_at?;
    let failing = counts(|severity| if severity >= gate { report.count(severity) } else { 0 });
    let reason = || format!("exit 1: {failing} at or above --fail-on {}", gate.word());
    (!failing.is_empty()).then(reason)
}

/// Whether a finding is an info on what stands elsewhere: people read how many there are of a kind, and not each.
pub(super) fn is_counted_only(finding: &Finding) -> bool {
    finding.rule == RuleId::UNGOVERNED_MANIFEST
        && finding.form == Form::UNRESOLVED
        && finding.severity == Severity::Info
}

/// `Helm templates (3), for example charts/shop/templates/web.yaml`.
pub(super) fn unjudged(unjudged: &Unjudged) -> String {
    let example = match unjudged.example.as_str() {
        "" => String::new(),
        example => format!(", for example {example}"),
    };
    format!("{} ({}){example}", unjudged.what, unjudged.count)
}

fn duration(milliseconds: u128) -> String {
    if milliseconds < 10_000 {
        format!("{milliseconds} ms")
    } else {
        format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
    }
}

/// `text` as a sentence: with a capital, unless it starts with a name or a value, and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    let first = text.split_whitespace().next().unwrap_or_default();
    let is_word = first.chars().all(|character| character.is_ascii_lowercase());
    let mut sentence = String::with_capacity(text.len() + 1);
    let mut characters = text.chars();
    if let Some(character) = characters.next().filter(|_| is_word) {
        sentence.push(character.to_ascii_uppercase());
        sentence.push_str(characters.as_str());
    } else {
        sentence.push_str(text);
    }
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// `text` with at most `longest` characters; dots show that something was cut off.
pub(crate) fn shortened(text: &str, longest: usize) -> Cow<'_, str> {
    if text.chars().nth(longest).is_none() {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(longest - 3).collect();
    Cow::Owned(kept + "...")
}
