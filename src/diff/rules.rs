//! The rules that need two revisions: NHI513, and what is left over for NHI106.

use std::collections::BTreeMap;

use super::compare::{Change, Side};
use super::meeting::Subject;
use super::record::{Became, Bucket, Direction, Row};
use crate::catalog::{Catalog, Class};
use crate::finding::{Finding, Form, IdentityName, Label, RuleId, fingerprint};
use crate::graph::orphan::USED_BY;
use crate::graph::record::{Location, Tier};
use crate::rules::tier_of_text;
use crate::source::{FileId, SourceMap, Span};

/// The rule of what rises.
const INCREASE: RuleId = RuleId(513);

/// The rule of what is left over.
const ORPHAN: RuleId = RuleId(106);

/// A message has at most so many characters; the rest stands in the notes.
const LONGEST: usize = 110;

/// So many further rows of one form are listed.
const LISTED: usize = 6;

/// What these rules find in a change, and notes it in the rows that it is about.
///
/// No exception and no baseline is for them: what a change brings is there once.
#[must_use]
pub fn findings(change: &mut Change, head: &Side<'_, '_, '_>, catalog: &Catalog) -> Vec<Finding> {
    let mut groups: BTreeMap<(RuleId, &'static str, Option<String>), Vec<usize>> = BTreeMap::new();
    for (at, row) in change.rows.iter().enumerate() {
        let subject = row.id.as_ref().and_then(|id| change.subjects.get(id));
        if let Some((rule, form)) = form(row, subject, head) {
            groups.entry((rule, form, row.id.clone())).or_default().push(at);
        }
    }
    let finder = Finder { head, catalog, files: by_path(head.run.sources()) };
    let mut found = Vec::new();
    for ((rule, form, id), rows) in groups {
        let subject = id.as_ref().and_then(|id| change.subjects.get(id));
        let of_group: Vec<&Row> = rows.iter().map(|&at| &change.rows[at]).collect();
        let Some(finding) = finder.finding((rule, form), id.as_deref(), subject, &of_group) else { continue };
        found.push(finding);
        for at in rows {
            change.rows[at].rules.push(rule.to_string());
        }
    }
    found
}

/// Which form of which rule a row is.
fn form(row: &Row, subject: Option<&Subject>, head: &Side<'_, '_, '_>) -> Option<(RuleId, &'static str)> {
    if row.became == Became::LeftOver {
        // Where something could not be judged, the workload may be there.
        let subject = subject.filter(|subject| subject.holds)?;
        let is_known = head.report.errors.is_empty() && !is_used_elsewhere(subject, head);
        return is_known.then_some((ORPHAN, "left-over"));
    }
    if row.direction != Direction::Rises {
        return None;
    }
    let is_new = subject.is_some_and(|subject| subject.is_new);
    let is_strong = subject.is_some_and(|one| one.tiers.1 <= Tier::T1 && one.tiers.1 < one.tiers.0);
    let form = match row.bucket {
        Bucket::Identity if is_new && is_strong => "tier",
        Bucket::Exception => "exception",
        // Rules judge what is new; what somebody gets besides is seen here alone.
        _ if is_new => return None,
        Bucket::Privilege if row.what == "tier" && is_strong => "tier",
        Bucket::Privilege | Bucket::Cloud => "permission",
        Bucket::Secret => "secret",
        Bucket::Credential => "credential",
        Bucket::Accountability => "owner",
        Bucket::Identity | Bucket::Exposure | Bucket::Unknown | Bucket::Policy => return None,
    };
    Some((INCREASE, form))
}

/// Whether the account says that something outside the input uses it, or the settings do.
fn is_used_elsewhere(subject: &Subject, head: &Side<'_, '_, '_>) -> bool {
    let (namespace, name) = (subject.name.0.as_deref(), subject.name.1.as_str());
    let settings = head.run.settings();
    let shown = IdentityName::account(namespace, name).to_string();
    if settings.lists(ORPHAN, "managedElsewhere", &shown) {
        return true;
    }
    let key = format!("{}{USED_BY}", settings.prefix);
    let accounts = head.known.graph.places.objects.iter().filter(|at| {
        at.object.is("", "ServiceAccount") && at.object.name == name && at.namespace.as_deref() == namespace
    });
    accounts.into_iter().any(|at| at.object.annotation(&key).or_else(|| at.object.label(&key)).is_some())
}

fn by_path(sources: &SourceMap) -> BTreeMap<&str, FileId> {
    let written = sources.files().filter(|(_, file)| !file.is_rendered());
    written.map(|(id, file)| (file.path(), id)).collect()
}

struct Finder<'s, 'r, 'a> {
    head: &'s Side<'s, 'r, 'a>,
    catalog: &'s Catalog,
    files: BTreeMap<&'s str, FileId>,
}

impl Finder<'_, '_, '_> {
    fn finding(
        &self,
        (rule, form): (RuleId, &'static str),
        id: Option<&str>,
        subject: Option<&Subject>,
        rows: &[&Row],
    ) -> Option<Finding> {
        let first = rows.first()?;
        let in_head = rows.iter().filter_map(|row| row.cause.as_ref()).find(|one| one.revision == "head");
        let own = subject.and_then(|subject| subject.line.as_ref());
        let line = if rule == ORPHAN { own } else { in_head.map(|cause| &cause.at).or(own) };
        let span = self.span(line?)?;
        let settings = self.head.run.settings();
        let tier = tier_of_text(&self.head.known.graph, settings, span.file);
        let card = self.catalog.card(rule);
        let severity = settings.tier(tier).severity(card, form, Class::Service)?;
        let mut finding = Finding::new(rule, Form(form), severity, span, message(form, first));
        finding.tier = tier;
        label(form).clone_into(&mut finding.label);
        finding.identity = subject.map(|one| IdentityName::account(one.name.0.as_deref(), &one.name.1));
        finding.fingerprint = fingerprint(&[&rule.to_string(), form, id.unwrap_or(&first.identity)]);
        self.explain(&mut finding, rows);
        Some(finding)
    }

    /// What it was before, what else rises, and by which way.
    fn explain(&self, finding: &mut Finding, rows: &[&Row]) {
        for row in rows.iter().take(LISTED) {
            let before = row.before.as_deref().unwrap_or("nothing");
            let after = row.after.as_deref().unwrap_or("nothing");
            finding.notes.push(format!("{} before: {before}. Now: {after}.", capital(row.what)));
        }
        if rows.len() > LISTED {
            finding.notes.push(format!("{} more rise.", rows.len() - LISTED));
        }
        for step in rows.iter().flat_map(|row| &row.path) {
            finding.notes.push(format!("The way there: {} {}.", step.from.name, step.words));
        }
        for cause in rows.iter().filter_map(|row| row.cause.as_ref()) {
            let span = self.span(&cause.at).filter(|_| cause.revision == "head");
            match span.filter(|span| *span != finding.span) {
                Some(span) => {
                    finding.related.push(Label { span, message: "this line takes part".to_owned() });
                }
                None if cause.revision == "base" => {
                    finding
                        .notes
                        .push(format!("The change takes `{}:{}` away.", cause.at.file, cause.at.line));
                }
                None => {}
            }
        }
        finding.notes.dedup();
        finding.related.sort_by_key(|label| label.span);
        finding.related.dedup();
    }

    /// A line without its indentation.
    fn span(&self, at: &Location) -> Option<Span> {
        let file = *self.files.get(at.file.as_str())?;
        let known = self.head.run.sources().file(file);
        let line = known.line(at.line);
        let start = *known.line_starts().get(at.line as usize - 1)? as usize;
        let start = start + (line.len() - line.trim_start().len());
        Some(Span::new(file, start, start + line.trim().len()))
    }
}

fn message(form: &str, row: &Row) -> String {
    let (who, after) = (&row.identity, row.after.as_deref().unwrap_or_default());
    let whole = match form {
        "tier" if row.before.is_none() => format!("`{who}` is new and can become {}", strength(after)),
        "tier" => {
            format!("`{who}` becomes stronger: {} before, {after} now", row.before.as_deref().unwrap_or("T4"))
        }
        "permission" if row.bucket == Bucket::Cloud => format!("`{who}` becomes {after}"),
        "permission" if after.starts_with("may ") => format!("`{who}` {after} from now on"),
        "permission" => format!("`{who}` becomes stronger: {after}"),
        "secret" => format!("`{who}` reads {after} from now on"),
        "credential" => format!("`{who}` gets a credential: {after}"),
        "owner" => format!("nobody answers for `{who}` any more"),
        "exception" => format!("this change excepts {after}"),
        _ => format!("the last workload of `{who}` goes, and what it held stays"),
    };
    match whole.char_indices().nth(LONGEST) {
        None => whole,
        // What follows stands in the notes.
        Some(_) => match form {
            "permission" => format!("`{who}` may do more from now on"),
            "secret" => format!("`{who}` reads one more Secret from now on"),
            "credential" => format!("`{who}` gets one more credential"),
            "exception" => "this change adds or widens an exception".to_owned(),
            _ => "an identity becomes stronger by this change".to_owned(),
        },
    }
}

/// The `T0` of `T2, reaches T0 (possible), CronJob/export`.
fn strength(words: &str) -> &str {
    let reached = words.split_once("reaches ").map_or(words, |(_, reached)| reached);
    reached.split([',', ' ']).next().unwrap_or_default()
}

fn label(form: &str) -> &'static str {
    match form {
        "left-over" => "it is still here",
        "exception" => "hides findings from now on",
        "owner" => "without an owner from now on",
        _ => "this is what makes it so",
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
