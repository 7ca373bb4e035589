//! What of a baseline a run has looked at: of the rest nobody knows whether it is still there.

use std::collections::HashSet;
use std::path::Path;

use super::Run;
use crate::baseline::Baseline;
use crate::catalog::Catalog;
use crate::exceptions::EXCEPTIONS;
use crate::finding::{Accepted, Finding, Form, Report, RuleId};
use crate::load::{from_folder, is_below};

/// What a run has looked at.
pub struct Judged<'r> {
    /// Whether all could be read and rendered.
    is_whole: bool,
    files: HashSet<String>,
    folders: Vec<String>,
    rules: Vec<RuleId>,
    run: &'r Run<'r>,
}

impl<'r> Judged<'r> {
    /// What a run has looked at for a report. What could not be read or rendered when the baseline was written is no news.
    #[must_use]
    pub fn of(run: &'r Run<'r>, report: &Report, catalog: &Catalog, baseline: &Baseline) -> Self {
        let is_unread = |finding: &Finding| {
            finding.rule == RuleId::UNGOVERNED_MANIFEST
                && [Form::UNRENDERED, Form::SYNTAX, Form::TOO_LARGE].contains(&finding.form)
                && !baseline.has(&finding.fingerprint)
        };
        let request = &run.request;
        let folders = request.paths.iter().filter(|path| request.files.is_folder(Path::new(path)));
        let written = run.sources().files().filter(|(_, file)| !file.is_rendered());
        let rules = catalog.cards().iter().filter(|card| request.settings.runs(card));
        Self {
            is_whole: report.errors.is_empty()
                && (request.render.is_some() || run.rendered.not_judged.is_empty())
                && !report.findings.iter().any(is_unread),
            files: written.map(|(_, file)| run.path_in_repository(file.path())).collect(),
            folders: folders.map(|path| run.path_in_repository(path)).collect(),
            rules: rules.map(|card| card.id).collect(),
            run,
        }
    }

    /// Whether that which an entry is about was looked at.
    #[must_use]
    pub fn has(&self, entry: &Accepted) -> bool {
        let is_inside = |folder: &String| is_below(&entry.file, if folder == "." { "" } else { folder });
        self.is_whole
            && self.rules.contains(&entry.rule)
            && (self.files.contains(&entry.file) || self.folders.iter().any(is_inside))
    }

    /// A path from the root of its repository.
    #[must_use]
    pub fn path_in_repository(&self, path: &str) -> String {
        self.run.path_in_repository(path)
    }
}

impl Run<'_> {
    /// The address of the repository that the first argument stands in: its first remote, without user names and
    /// passwords.
    #[must_use]
    pub fn repository(&self) -> Option<&str> {
        let first = self.request.paths.first().filter(|path| *path != "-")?;
        self.tree.remotes(if first == "." { "" } else { first }).first().map(String::as_str)
    }

    /// Where the exceptions of the repository of a file stand.
    #[must_use]
    pub fn exceptions_path(&self, file: &str) -> String {
        match self.tree.repository(file) {
            "" => EXCEPTIONS.to_owned(),
            folder => format!("{folder}/{EXCEPTIONS}"),
        }
    }

    /// A path from the root of its repository; one that leads out of it stays as it is.
    fn path_in_repository(&self, path: &str) -> String {
        let repository = self.tree.repository(if path == "." { "" } else { path });
        let folder = if repository.is_empty() { "." } else { repository };
        from_folder(self.request.files.here(), folder, path).unwrap_or_else(|| path.to_owned())
    }
}
