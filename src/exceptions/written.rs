//! An exception as somebody wrote it.

use super::selector::Selector;
use super::terms::{INCOMPLETE, MALFORMED, NOT_ALLOWED, Problem, TOO_BROAD, Terms, shown};
use crate::catalog::Catalog;
use crate::finding::{Applicability, Change, ExceptionForm, Form, ObjectName, RuleId};
use crate::source::{FileId, Span};

/// Where it applies.
#[derive(Clone, Debug)]
pub(super) enum Reach {
    /// What is selected, with the folder that its paths begin at, as it is shown.
    Selected { selector: Box<Selector>, folder: String, covers: bool },
    /// The object that carries the annotation.
    Object(ObjectName),
    /// A line, from 1; none where the comment stands above nothing.
    Line { file: FileId, line: Option<u32>, is_template: bool },
}

/// An exception as somebody wrote it.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) id: Option<String>,
    /// The whole of it: what findings about it point at unless they are about a part.
    pub(super) at: Span,
    pub(super) rules: Vec<RuleId>,
    pub(super) terms: Terms,
    pub(super) reach: Reach,
    pub(super) problems: Vec<Problem>,
    /// Of an annotation: what takes it away, and how far that may be trusted.
    pub(super) removal: Option<(Applicability, Change)>,
}

impl Written {
    pub(super) fn form(&self) -> ExceptionForm {
        match self.reach {
            Reach::Selected { .. } => ExceptionForm::File,
            Reach::Object(_) => ExceptionForm::Annotation,
            Reach::Line { .. } => ExceptionForm::Comment,
        }
    }

    /// The order in which exceptions for one finding count: a fingerprint, a file, an annotation, a comment.
    pub(super) fn rank(&self) -> u8 {
        match &self.reach {
            Reach::Selected { selector, .. } => u8::from(selector.fingerprint.is_none()),
            Reach::Object(_) => 2,
            Reach::Line { .. } => 3,
        }
    }

    /// What it is called in messages: its id, or the rules that it is for.
    pub(super) fn name(&self) -> String {
        match &self.id {
            Some(id) => format!("exception `{}`", shown(id)),
            None if self.rules.is_empty() => "the exception".to_owned(),
            None => format!("the exception for {}", self.rule_words()),
        }
    }

    /// `NHI204, NHI301`.
    pub(super) fn rule_words(&self) -> String {
        self.rules.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// What it is for, in words.
    pub(super) fn target(&self) -> String {
        match &self.reach {
            Reach::Selected { selector, .. } => selector.words(),
            Reach::Object(object) => object.to_string(),
            Reach::Line { line: Some(line), .. } => format!("line {line}"),
            Reach::Line { line: None, .. } => "no line".to_owned(),
        }
    }

    /// Where its parts are written, as far as anything may be said of them.
    pub(super) fn parts(&self) -> impl Iterator<Item = Span> {
        let terms = self.terms.texts().map(|text| text.at);
        terms.chain(self.problems.iter().map(|problem| problem.at))
    }

    /// Lets all of it stand at one place.
    pub(super) fn move_to(&mut self, at: Span) {
        self.at = at;
        self.terms.texts_mut().for_each(|text| text.at = at);
        self.problems.iter_mut().for_each(|problem| problem.at = at);
    }

    /// Where its last day is written.
    pub(super) fn end_at(&self) -> Span {
        self.terms.until.as_ref().map_or(self.at, |until| until.at)
    }
}

/// The rules of a list, and what is wrong with it. Only ids and names of single rules are taken.
pub(super) fn rules<'t>(
    words: impl IntoIterator<Item = (&'t str, Span)>,
    at: Span,
    catalog: &Catalog,
) -> (Vec<RuleId>, Vec<Problem>) {
    let (mut rules, mut problems, mut is_empty) = (Vec::new(), Vec::new(), true);
    for (word, at) in words {
        is_empty = false;
        let rule = match catalog.find(word) {
            Ok(rule) => rule,
            Err(unknown) => {
                problems.push(wrong_rule(word, &unknown.to_string(), at));
                continue;
            }
        };
        if (901..=904).contains(&rule.0) {
            let message = format!("{rule} is about exceptions and may not be excepted");
            problems.push(Problem::new(NOT_ALLOWED, at, message));
        } else if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    if is_empty {
        problems.push(Problem::new(INCOMPLETE, at, "the exception names no rule"));
    }
    (rules, problems)
}

fn wrong_rule(word: &str, unknown: &str, at: Span) -> Problem {
    let digits = word.get(3..).unwrap_or_default();
    let is_family = word.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("nhi"))
        && digits.len() < 3
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (form, message): (Form, _) = if word.contains('*') || is_family || word.eq_ignore_ascii_case("all") {
        (TOO_BROAD, format!("`{}` is more than one rule; name each by its id", shown(word)))
    } else {
        (MALFORMED, unknown.replace(word, &shown(word)))
    };
    Problem::new(form, at, message)
}
