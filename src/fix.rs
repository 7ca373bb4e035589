//! Which fixes of a report are done together, and the texts that they make. Texts in, texts out.

use std::collections::BTreeMap;

use crate::finding::{Applicability, Edit, Finding, Fix, ObjectName, Report, RuleId};
use crate::source::{FileId, SourceMap};
use crate::yaml::{self, edit::apply};

/// What a finding is about, in this run and in the next. Findings of an object that is written twice in a file share it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    rule: RuleId,
    form: &'static str,
    path: String,
    object: Option<ObjectName>,
    field: Option<String>,
}

impl About {
    /// That of a finding.
    #[must_use]
    pub fn of(finding: &Finding, sources: &SourceMap) -> Self {
        Self {
            rule: finding.rule,
            form: finding.form.0,
            path: sources.file(finding.span.file).path().to_owned(),
            object: finding.object.clone(),
            field: finding.path.as_ref().map(ToString::to_string),
        }
    }
}

/// A fix and the finding that it mends.
#[derive(Clone, Debug)]
pub struct Chosen<'r> {
    /// The finding.
    pub finding: &'r Finding,
    /// One of its fixes.
    pub fix: &'r Fix,
    /// What tells it from the fixes of others.
    pub about: About,
}

/// The fixes that can be done, the first of each finding whose edits are trusted as far as `most`: the worst findings first,
/// then by rule and place.
#[must_use]
pub fn candidates<'r>(report: &'r Report, sources: &SourceMap, most: Applicability) -> Vec<Chosen<'r>> {
    let is_fit = |fix: &&Fix| fix.applicability <= most && !fix.edits().is_empty();
    let of = |finding: &'r Finding| {
        let fix = finding.fixes.iter().find(is_fit)?;
        Some(Chosen { finding, fix, about: About::of(finding, sources) })
    };
    let mut found: Vec<Chosen<'_>> = report.active().filter_map(of).collect();
    let path = |chosen: &Chosen<'_>| sources.file(chosen.finding.span.file).path();
    found.sort_by(|a, b| {
        let key = |chosen: &Chosen<'_>| (std::cmp::Reverse(chosen.finding.severity), chosen.finding.rule);
        key(a)
            .cmp(&key(b))
            .then_with(|| (path(a), a.finding.span.start).cmp(&(path(b), b.finding.span.start)))
    });
    found
}

/// Those of some fixes that do not write at the same place: of two that do, the first.
#[must_use]
pub fn apart<'r>(candidates: impl IntoIterator<Item = Chosen<'r>>) -> Vec<Chosen<'r>> {
    let mut taken = Taken::default();
    candidates.into_iter().filter(|chosen| taken.take(chosen.fix.edits())).collect()
}

/// The places that chosen fixes write.
#[derive(Default)]
struct Taken<'r> {
    /// By file and start.
    texts: BTreeMap<FileId, BTreeMap<u32, &'r yaml::Edit>>,
    files: BTreeMap<&'r str, &'r str>,
}

impl<'r> Taken<'r> {
    /// Takes the places of a fix where all of them are free or hold the same.
    fn take(&mut self, edits: &'r [Edit]) -> bool {
        let is_free = edits.iter().all(|edit| match edit {
            Edit::Text(edit) => self.is_free(edit),
            Edit::NewFile { path, text } => self.files.get(path.as_str()).is_none_or(|known| known == text),
        });
        if is_free {
            for edit in edits {
                match edit {
                    Edit::Text(edit) => {
                        self.texts.entry(edit.span.file).or_default().entry(edit.span.start).or_insert(edit);
                    }
                    Edit::NewFile { path, text } => _ = self.files.insert(path, text),
                }
            }
        }
        is_free
    }

    fn is_free(&self, edit: &yaml::Edit) -> bool {
        let Some(known) = self.texts.get(&edit.span.file) else { return true };
        // Insertions at one place stand behind each other.
        let overlaps = |other: &yaml::Edit| {
            other.span.start < edit.span.end && edit.span.start < other.span.end
                || (other.span.start == edit.span.start && (other.span != edit.span || !is_insertion(edit)))
        };
        let before = known.range(..edit.span.end.max(edit.span.start + 1)).next_back();
        before.is_none_or(|(_, other)| *other == edit || !overlaps(other))
    }
}

fn is_insertion(edit: &yaml::Edit) -> bool {
    edit.span.start == edit.span.end
}

/// The texts of the files that fixes change, by path.
///
/// # Errors
///
/// A sentence, where the edits do not fit together.
pub fn texts(chosen: &[Chosen<'_>], sources: &SourceMap) -> Result<BTreeMap<String, String>, String> {
    let mut by_file: BTreeMap<FileId, Vec<yaml::Edit>> = BTreeMap::new();
    let mut made = BTreeMap::new();
    for edit in chosen.iter().flat_map(|chosen| chosen.fix.edits()) {
        match edit {
            Edit::Text(edit) => by_file.entry(edit.span.file).or_default().push(edit.clone()),
            Edit::NewFile { path, text } => _ = made.insert(path.clone(), text.clone()),
        }
    }
    for (file, edits) in by_file {
        let file = sources.file(file);
        let text = apply(file.text(), &edits).map_err(|overlap| format!("`{}`: {overlap}", file.path()))?;
        made.insert(file.path().to_owned(), text);
    }
    Ok(made)
}
