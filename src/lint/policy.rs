//! Changes of what a run is judged by: whoever reviews a change must see that it changes its own judge.

use std::collections::HashSet;

use super::settle::Found;
use crate::exceptions::Candidates;
use crate::finding::{Exception, ExceptionForm, Finding, Form, RuleId, Severity};
use crate::load::Texts;
use crate::source::{FileId, Span};

/// The rule of the gate itself.
const GATE: RuleId = RuleId(904);
const CHANGED: Form = Form("policy-changed");

/// A file with settings, exceptions or a baseline that is not as it was at the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChange {
    /// The path, as it is shown.
    pub path: String,
    /// What it holds, in words: `settings`.
    pub what: &'static str,
    /// What became of it: `changed`, `added`, `removed`.
    pub became: &'static str,
    /// Its text, or the text that it had.
    pub text: String,
    /// The first byte that is not as it was.
    pub at: usize,
}

impl PolicyChange {
    /// Compares a file with what it was; none where it is the same.
    #[must_use]
    pub fn of(
        what: &'static str,
        path: String,
        before: Option<Vec<u8>>,
        now: Option<Vec<u8>>,
    ) -> Option<Self> {
        if before == now {
            return None;
        }
        let became = match (&before, &now) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        let is_there = now.is_some();
        let (old, new) = (before.unwrap_or_default(), now.unwrap_or_default());
        let at = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
        let text = String::from_utf8_lossy(if is_there { &new } else { &old }).into_owned();
        // A letter may have several bytes.
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        Some(Self { path, what, became, text, at })
    }
}

/// Adds the texts of changed files, unless they are known.
pub(super) fn add(texts: &mut Texts, changes: &[PolicyChange]) -> Vec<FileId> {
    let mut files = Vec::new();
    for change in changes {
        let known =
            texts.sources().files().find(|(_, file)| file.path() == change.path).map(|(file, _)| file);
        files.push(known.unwrap_or_else(|| texts.add(change.path.clone(), change.text.clone())));
    }
    files
}

/// What is to be said of the changes. No setting takes it back, as it may be among what is changed.
pub(super) fn found(changes: &[PolicyChange], files: &[FileId]) -> Vec<Found> {
    let finding = |(change, file): (&PolicyChange, &FileId)| {
        let start = change.text[..change.at].rfind('\n').map_or(0, |end| end + 1);
        let end = change.text[start..].find('\n').map_or(change.text.len(), |length| start + length);
        let span = Span::new(*file, start, end);
        let message = format!("the {} of nhilint are {} by this change", change.what, change.became);
        let mut finding = Finding::new(GATE, CHANGED, Severity::Warning, span, message);
        finding.notes.push(format!(
            "This run is judged by what the change makes of them: read the change of `{}` first.",
            change.path
        ));
        "first difference".clone_into(&mut finding.label);
        (finding, Candidates::default())
    };
    changes.iter().zip(files).map(finding).collect()
}

/// What is to be said of exceptions beside what they are for that the base does not have; those of files are changes of
/// these.
#[must_use]
pub fn new_exceptions(now: &[Exception], before: &[Exception]) -> Vec<Finding> {
    // Not the place, so that a file that moves brings none.
    let key = |one: &Exception| {
        (
            one.rules.clone(),
            one.owner.clone(),
            one.approver.clone(),
            one.reason.clone(),
            one.until,
            one.hides.clone(),
        )
    };
    let known: HashSet<_> = before.iter().map(key).collect();
    let is_beside = |one: &&Exception| one.form != ExceptionForm::File && !one.hides.is_empty();
    let new = now.iter().filter(is_beside).filter(|one| !known.contains(&key(one)));
    let finding = |one: &Exception| {
        let rules: Vec<String> = one.rules.iter().map(ToString::to_string).collect();
        let message = format!("an exception of {} is added or changed by this change", rules.join(", "));
        let mut finding = Finding::new(GATE, CHANGED, Severity::Warning, one.at, message);
        finding.notes.push(format!("It is for {}; what it hides does not count any more.", one.target));
        "the exception".clone_into(&mut finding.label);
        finding
    };
    new.map(finding).collect()
}
