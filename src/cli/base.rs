//! `--base` and `--staged`: only what a change brings. The revision that it goes into is linted too, from git's objects.

use std::collections::{BTreeMap, BTreeSet};

use super::own_rules::listed;
use super::render::Input;
use super::settings::{Chosen, shown, top};
use crate::catalog::Catalog;
use crate::diff::{Change, Side, Touched, findings};
use crate::exceptions::EXCEPTIONS;
use crate::finding::{Finding, Report, SuppressedBy, Suppression};
use crate::lint::{Known, PolicyChange, Request, Run, add, new_exceptions};
use crate::load::{Files, merge_base};
use crate::render::{Applied, Destinations};
use crate::source::{SourceMap, Span};

/// The files that a change began from.
pub(super) struct Base {
    files: Files,
    commit: String,
}

impl Base {
    /// Those of the newest commit that a revision has in common with another, or with what is checked out.
    pub(super) fn open(files: &Files, revision: &str, head: Option<&str>) -> Result<Self, String> {
        let commit = merge_base(files.here(), revision, head.unwrap_or("HEAD"))?;
        Ok(Self { files: Files::revision(files.here(), &commit)?, commit })
    }

    /// The same, as `--base` names it.
    pub(super) fn of_flag(files: &Files, revision: &str) -> Result<Self, String> {
        Self::open(files, revision, None).map_err(|reason| format!("`--base {revision}`: {reason}"))
    }

    /// The last commit, by its files.
    pub(super) fn head(files: Files) -> Self {
        Self { files, commit: "HEAD".to_owned() }
    }

    /// The files.
    pub(super) fn files(&self) -> &Files {
        &self.files
    }

    /// The commit.
    pub(super) fn commit(&self) -> &str {
        &self.commit
    }

    /// The files that say how a run judges and that are not as they were.
    pub(super) fn policy(
        &self,
        files: &Files,
        chosen: &Chosen,
        rules: &[String],
        baseline: Option<&str>,
    ) -> Vec<PolicyChange> {
        let here = files.here();
        let settings = [&self.files, files].into_iter().filter_map(|files| chosen.found.path(files));
        let exceptions = match &chosen.settings.exception_files {
            Some(named) => named.clone(),
            None => top(files)
                .map(|top| top.join(EXCEPTIONS))
                .into_iter()
                .map(|path| shown(&path, here))
                .collect(),
        };
        let named = settings.map(|path| ("settings", shown(&path, here)));
        let named = named.chain(exceptions.into_iter().map(|path| ("exceptions", path)));
        // A folder that is not there on one side has no rules there.
        let rules =
            [&self.files, files].into_iter().flat_map(|files| listed(rules, files).unwrap_or_default());
        let named = named.chain(rules.map(|path| ("rules", path)));
        let named = named.chain(baseline.map(|path| ("accepted findings", path.to_owned())));
        let named: BTreeSet<(&str, String)> = named.collect();
        let read = |files: &Files, path: &str| files.bytes(&here.join(path)).ok();
        let change = |(what, path): (&'static str, String)| {
            let (before, now) = (read(&self.files, &path), read(files, &path));
            PolicyChange::of(what, path, before, now)
        };
        named.into_iter().filter_map(change).collect()
    }

    /// Reads and renders what `paths` name there.
    pub(super) fn run<'r>(&'r self, input: &'r Input<'_>, paths: &'r [String]) -> Run<'r> {
        let request = Request { files: &self.files, policy: &[], ..input.request(paths) };
        Run::new(request, &mut std::io::empty())
    }

    /// Adds what is found only where both sides are known, and marks what was there before.
    pub(super) fn compare(
        &self,
        report: &mut Report,
        (before, known_before): (&Run<'_>, &Known<'_>),
        (run, known): (&Run<'_>, &Known<'_>),
        catalog: &Catalog,
    ) -> Compared {
        let old = before.report_of(known_before, before.settings(), catalog);
        let touched = Touched::between(&self.files, run.files());
        let was = Side { run: before, known: known_before, report: &old };
        let is = Side { run, known, report };
        let mut change = Change::between(&was, &is, &touched);
        let mut brought = findings(&mut change, &is, catalog);
        brought.extend(new_exceptions(&report.exceptions, &old.exceptions));
        let applied = [before, run].map(|run| run.rendered().applied(|_| true));
        let mut known: BTreeMap<String, Before> = BTreeMap::new();
        for finding in &old.findings {
            let found = Before {
                fact: fact(finding, before.sources()),
                place: weakest([finding.span], before.sources(), &applied[0]),
                clusters: clusters(finding, before.sources(), &applied[0]),
                related: weakest(
                    finding.related.iter().map(|label| label.span),
                    before.sources(),
                    &applied[0],
                ),
            };
            let held = known.entry(finding.fingerprint.clone()).or_insert_with(|| found.clone());
            held.place = held.place.max(found.place);
            held.related = held.related.max(found.related);
            held.clusters.extend(found.clusters);
            held.fact = found.fact;
        }
        for (was, is) in change.renamed() {
            if let Some(held) = known.get(was).cloned() {
                known.insert(is.clone(), held);
            }
        }
        add(&mut report.findings, brought.clone(), run.sources());
        let compared = Compared { known, applied, brought };
        compared.mark(report, run.sources(), &touched);
        compared
    }

    /// Marks the findings of what was mended as those of the run were.
    pub(super) fn compare_mended(
        &self,
        report: &mut Report,
        (now, then): (&SourceMap, &SourceMap),
        files: &Files,
        compared: &Compared,
    ) {
        let moved = compared.brought.iter().filter_map(|finding| moved(finding, then, now));
        add(&mut report.findings, moved.collect(), now);
        compared.mark(report, now, &Touched::between(&self.files, files));
    }
}

/// How files are applied, by path.
type Paths = BTreeMap<String, Destinations>;

/// What was found before under a fingerprint.
#[derive(Clone)]
struct Before {
    /// What may become worse under it.
    fact: Option<String>,
    /// How the file of the place was applied, and that of the related places which is applied least.
    place: Applied,
    related: Applied,
    /// The clusters that deployers name for it.
    clusters: BTreeSet<String>,
}

/// How the file is applied that is applied least; as far as possible where there is none.
fn weakest(spans: impl IntoIterator<Item = Span>, sources: &SourceMap, applied: &Paths) -> Applied {
    let paths = spans.into_iter().map(|span| sources.file(span.file).path());
    paths
        .map(|path| applied.get(path).map(|one| one.how).unwrap_or_default())
        .min()
        .unwrap_or(Applied::Deployed)
}

/// The clusters that deployers name for the file of a finding.
fn clusters(finding: &Finding, sources: &SourceMap, applied: &Paths) -> BTreeSet<String> {
    let known = applied.get(sources.file(finding.span.file).path());
    known.map(|one| one.clusters.clone()).unwrap_or_default()
}

/// What a base says of a run.
pub(super) struct Compared {
    /// What was there before, by fingerprint.
    known: BTreeMap<String, Before>,
    /// How files are applied before and now.
    applied: [Paths; 2],
    /// What only both sides together show.
    brought: Vec<Finding>,
}

impl Compared {
    /// Marks the findings that were there before, and those of the others that stand on a line that the change touches.
    /// Findings are known by what they are about: one that moved is not new.
    fn mark(&self, report: &mut Report, sources: &SourceMap, touched: &Touched<'_>) {
        for finding in &mut report.findings {
            let is_known = |before: &Before| {
                before.fact == fact(finding, sources)
                    && !self.is_newly_applied(finding, before, sources, touched)
            };
            if self.known.get(&finding.fingerprint).is_some_and(is_known) {
                // What somebody decided about it says more.
                finding.suppressed.get_or_insert_with(|| Suppression::known(SuppressedBy::Base));
                continue;
            }
            let lines = touched.lines(sources.file(finding.span.file).path());
            let (start, end) = sources.positions(finding.span);
            finding.on_changed_line = Some(lines.head.range(start.line..=end.line).next().is_some());
        }
    }
}

impl Compared {
    /// Whether what a finding is about was there before, and is applied only now: it came into a folder that somebody
    /// deploys, or somebody deploys its folder now.
    fn is_newly_applied(
        &self,
        finding: &Finding,
        before: &Before,
        sources: &SourceMap,
        touched: &Touched<'_>,
    ) -> bool {
        let [then, now] = &self.applied;
        let related = || finding.related.iter().map(|label| label.span);
        // What stood there as it stands now, and was applied so, is no news where a copy of it went.
        let is_news = |span: Span| {
            let path = sources.file(span.file).path();
            let [then, now] = [then, now].map(|applied| applied.get(path).map(|one| one.how));
            then.unwrap_or_default() < now.unwrap_or_default() || touched.is_touched(path)
        };
        let place = weakest([finding.span], sources, now);
        !clusters(finding, sources, now).is_subset(&before.clusters)
            || (place > before.place && is_news(finding.span))
            || (weakest(related(), sources, now) > before.related
                && place >= before.place
                && related().any(is_news))
    }
}

/// What a finding is about beside its fingerprint: a secret, which may be another one now, or how long a token lives.
fn fact(finding: &Finding, sources: &SourceMap) -> Option<String> {
    match finding.rule.0 {
        201 | 202 | 203 | 401 | 601 => {
            let text = sources.text(finding.value.unwrap_or(finding.span));
            Some(text.trim_matches(['"', '\'', ' ']).to_owned())
        }
        402 => Some(finding.message.clone()),
        _ => None,
    }
}

/// A finding of the texts before they were mended, on the same line of those after it.
fn moved(finding: &Finding, then: &SourceMap, now: &SourceMap) -> Option<Finding> {
    let path = then.file(finding.span.file).path();
    let (file, text) = now.files().find(|(_, file)| file.path() == path && !file.is_rendered())?;
    let line = then.positions(finding.span).0.line as usize;
    let start = *text.line_starts().get(line - 1).or(text.line_starts().last())? as usize;
    let end = text.text()[start..].find('\n').map_or(text.text().len(), |length| start + length);
    Some(Finding { span: Span::new(file, start, end), related: Vec::new(), ..finding.clone() })
}
