//! `--base` and `--staged`: only what a change brings. The revision that it goes into is linted too, from git's objects.

use std::collections::{BTreeMap, BTreeSet};

use similar::{ChangeTag, TextDiff};

use super::own_rules::listed;
use super::render::Input;
use super::settings::{Chosen, shown, top};
use crate::catalog::Catalog;
use crate::exceptions::EXCEPTIONS;
use crate::finding::{Report, SuppressedBy, Suppression};
use crate::graph::DeclaredAccounts;
use crate::lint::{PolicyChange, Request, Run};
use crate::load::{Files, merge_base};
use crate::source::{FileId, SourceMap};

/// The files that a change began from.
pub(super) struct Base {
    files: Files,
}

impl Base {
    /// Those of the newest commit that a revision and what is checked out have in common.
    pub(super) fn open(files: &Files, revision: &str) -> Result<Self, String> {
        let commit =
            merge_base(files.here(), revision).map_err(|reason| format!("`--base {revision}`: {reason}"))?;
        Ok(Self { files: Files::revision(files.here(), &commit)? })
    }

    /// Those of the last commit.
    pub(super) fn of(files: Files) -> Self {
        Self { files }
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

    /// Judges them as the change is judged.
    pub(super) fn judged(self, input: &Input<'_>, paths: &[String], catalog: &Catalog) -> Before {
        let request = Request { files: &self.files, policy: &[], ..input.request(paths) };
        let run = Run::new(request, &mut std::io::empty());
        let documents = run.documents();
        let known = run.known(&documents);
        let accounts = known.graph.places.declared_accounts();
        let findings = run.report_of(&known, input.settings(), catalog, None).findings;
        let known = findings.into_iter().map(|finding| finding.fingerprint).collect();
        Before { files: self.files, known, accounts }
    }
}

/// What was there before a change.
pub(super) struct Before {
    files: Files,
    /// The fingerprints of the findings.
    known: BTreeSet<String>,
    /// The accounts that were declared.
    pub(super) accounts: DeclaredAccounts,
}

impl Before {
    /// Marks the findings that were there before, and those of the others that stand on a line that the change touches.
    /// Findings are known by what they are about: one that moved is not new.
    pub(super) fn mark(&self, report: &mut Report, sources: &SourceMap) {
        let mut touched = BTreeMap::new();
        for finding in &mut report.findings {
            if self.known.contains(&finding.fingerprint) {
                // What somebody decided about it says more.
                finding.suppressed.get_or_insert_with(|| Suppression::known(SuppressedBy::Base));
                continue;
            }
            let file = finding.span.file;
            let lines = touched.entry(file).or_insert_with(|| self.touched(file, sources));
            let (start, end) = sources.positions(finding.span);
            finding.on_changed_line = Some(lines.range(start.line..=end.line).next().is_some());
        }
    }

    /// The lines of a file, from 1, that are not as they were.
    fn touched(&self, file: FileId, sources: &SourceMap) -> BTreeSet<u32> {
        let file = sources.file(file);
        let path = self.files.here().join(file.path());
        let before =
            self.files.bytes(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let diff = TextDiff::from_lines(before.as_str(), file.text());
        let added = diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Insert);
        added.filter_map(|change| Some(u32::try_from(change.new_index()?).ok()? + 1)).collect()
    }
}
