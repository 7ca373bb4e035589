//! `except`: writes one exception into the file of exceptions, if it would count.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Outcome;
use super::exception_flags::ExceptFlags;
use super::exceptions::chosen;
use super::output::{print, write};
use super::render::Input;
use crate::catalog::Catalog;
use crate::finding::{Finding, Report, RuleId, SuppressedBy};
use crate::lint::{Request, Run};
use crate::load::Files;
use crate::report::message_for_log;
use crate::source::{FileId, SourceMap};
use crate::yaml::{self, edit, plain};

/// What a new file of exceptions begins with.
const HEADER: &str = "apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitems:\n";

/// A shorter beginning of a fingerprint may be a word.
const SHORTEST_FINGERPRINT: usize = 8;

pub(super) fn run(flags: &ExceptFlags, files: &Files, catalog: &Catalog) -> Result<Outcome, String> {
    let chosen = chosen((&flags.to, flags.now.as_deref()), files, &flags.render, catalog)?;
    let today = chosen.settings.now.to_zoned(TimeZone::UTC).date();
    let input = Input::new(files, chosen, &flags.render)?;
    let run = input.run(&flags.paths);
    let report = run.report(catalog, None);
    let finding = find(flags, &report, run.sources(), catalog)?;
    if let Some(known) = &finding.suppressed {
        let until = known.until.map(|until| format!(" to {until}")).unwrap_or_default();
        return Err(format!("it is excepted{until} already; `nhilint exceptions` shows by what"));
    }
    let file = run.sources().file(finding.span.file).path();
    let named = input.settings().exception_files.as_ref().and_then(|files| files.first().cloned());
    let path = named.unwrap_or_else(|| run.exceptions_path(file));
    let known = files.bytes(Path::new(&path)).ok();
    let known = known.map(String::from_utf8).transpose().map_err(|_| format!("`{path}` is no text"))?;
    let id = next_id(known.as_deref().unwrap_or_default(), today);
    // Whoever reviews it sees the object. Where one text makes several, only the fingerprint is for all of them.
    let attempt = |names_object: bool| {
        let entry = entry(flags, finding, &id, today, names_object);
        let text = added(known.as_deref(), &entry).map_err(|reason| format!("`{path}`: {reason}"))?;
        let edited = files.edited([(PathBuf::from(&path), text.clone().into_bytes())]);
        let request = Request { files: &edited, ..input.request(&flags.paths) };
        let after = Run::new(request, &mut std::io::empty()).report(catalog, None);
        prove(&after, finding, &id).map(|()| text)
    };
    let text = attempt(true).or_else(|_| attempt(false))?;
    if let Some(folder) = Path::new(&path).parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("cannot write `{path}`: {error}"))?;
    }
    write(&path, &text)?;
    let line = run.sources().positions(finding.span).0.line;
    let rule = finding.rule;
    let done = format!("{path}: `{id}` excepts {rule} at {file}:{line} to {}", flags.until);
    print(&(message_for_log(&done) + "\n"))
}

/// The finding that is meant.
fn find<'r>(
    flags: &ExceptFlags,
    report: &'r Report,
    sources: &SourceMap,
    catalog: &Catalog,
) -> Result<&'r Finding, String> {
    let wanted = flags.finding.as_str();
    let rule = flags.rule.as_ref().map(|rule| catalog.find(rule).map_err(|unknown| unknown.to_string()));
    let rule: Option<RuleId> = rule.transpose()?;
    let is_hash = wanted.len() >= SHORTEST_FINGERPRINT && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
    let place = wanted.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse::<u32>().ok()?)));
    if !is_hash && place.is_none() {
        return Err(format!(
            "`{wanted}` is neither a fingerprint nor a place; write FILE:LINE, as the report does"
        ));
    }
    let is_meant = |finding: &&Finding| {
        let is_there = place.is_some_and(|(file, line)| {
            let file = file.trim_start_matches("./");
            let at = sources.file(finding.span.file);
            at.path() == file && at.position(finding.span.start).line == line
        });
        rule.is_none_or(|rule| rule == finding.rule)
            && (is_there || (is_hash && finding.fingerprint.starts_with(wanted)))
    };
    let found: Vec<&Finding> = report.findings.iter().filter(is_meant).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(format!(
            "no finding is known as `{wanted}`; `nhilint check --format json` shows fingerprints"
        )),
        several => {
            let mut text = format!(
                "`{wanted}` is {} findings; name the rule with --rule, or a fingerprint:",
                several.len()
            );
            for one in several {
                let message = report.masks.masked_text(&one.message);
                let _ = write!(text, " {} {} ({message})", one.rule, one.fingerprint);
            }
            Err(text)
        }
    }
}

/// An id that no other exception of a file has.
fn next_id(text: &str, today: Date) -> String {
    let start = format!("EX-{}-", today.year());
    let used = text.match_indices(&start).filter_map(|(at, _)| {
        let digits: String = text[at + start.len()..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok()
    });
    format!("{start}{:03}", used.max().unwrap_or_default() + 1)
}

fn entry(flags: &ExceptFlags, finding: &Finding, id: &str, today: Date, names_object: bool) -> String {
    let mut entry = format!("id: {id}\nrules: [{}]\n", finding.rule);
    if let Some(object) = finding.object.as_ref().filter(|_| names_object) {
        let _ = write!(entry, "match: {{kind: {}, name: {}", plain(&object.kind), plain(&object.name));
        let namespace = object.namespace.iter().map(|namespace| format!(", namespace: {}", plain(namespace)));
        let _ = writeln!(entry, "{}}}", namespace.collect::<String>());
    }
    let _ = writeln!(entry, "fingerprint: {}", plain(&finding.fingerprint));
    let optional = [("approver", &flags.approver), ("ticket", &flags.ticket)];
    let optional = optional.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?)));
    let all = [("reason", flags.reason.as_str()), ("owner", &flags.owner)].into_iter().chain(optional);
    for (key, value) in all {
        let _ = writeln!(entry, "{key}: {}", value_of(value));
    }
    let _ = writeln!(entry, "created: {today}\nuntil: {}", flags.until);
    entry
}

/// A text as a value. Words between which nothing stands but blanks need no quotes.
fn value_of(text: &str) -> String {
    let is_plain =
        |word: &str| plain(word) == word || word.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let mut words = text.split(' ');
    let first = words.next().unwrap_or_default();
    if plain(first) == first
        && words.clone().next().is_some()
        && words.all(|word| !word.is_empty() && is_plain(word))
    {
        text.to_owned()
    } else {
        plain(text)
    }
}

/// The text of a file of exceptions with one more.
fn added(known: Option<&str>, entry: &str) -> Result<String, String> {
    let Some(text) = known.filter(|text| !text.trim().is_empty()) else {
        return Ok(format!("{HEADER}  - {}\n", entry.trim_end().replace('\n', "\n    ")));
    };
    let (doc, problems) = yaml::parse(FileId::default(), text, 0..text.len());
    if let Some(problem) = problems.first() {
        return Err(problem.message.clone());
    }
    let items = doc.root().and_then(|root| root.get("items"));
    let items = items.ok_or("it has no `items`; add the key and try again")?;
    let edited = edit::insert(text, items, entry).map_err(|refusal| refusal.to_string())?;
    edit::apply(text, &[edited]).map_err(|_| "it cannot be edited".into())
}

/// Whether the finding is excepted by the new entry; else why not.
fn prove(after: &Report, finding: &Finding, id: &str) -> Result<(), String> {
    let is_excepted = |known: &Finding| {
        let by = known.suppressed.as_ref().map(|suppressed| suppressed.by);
        known.fingerprint == finding.fingerprint && by == Some(SuppressedBy::Exception)
    };
    if after.findings.iter().any(is_excepted) {
        return Ok(());
    }
    let written = after.exceptions.iter().find(|exception| exception.id.as_deref() == Some(id));
    let problems = written.map(|exception| exception.problems.as_slice()).unwrap_or_default();
    let reason = match problems.first() {
        Some(problem) => after.masks.masked_text(&problem.message).into_owned(),
        None if written.is_some_and(|exception| exception.days_left.is_some_and(|left| left < 0)) => {
            "its last day is over".into()
        }
        None => "the finding stays".into(),
    };
    Err(format!("such an exception would not count, and nothing is written: {reason}"))
}
