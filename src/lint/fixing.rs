//! Fixes, tried in memory: what is left of them is written once, at the end, by whoever asked.
//!
//! Each round does the fixes that do not meet, then parses, renders and lints again. A fix after which its finding stays,
//! another one as bad comes, rendering fails, or an object changes that it did not name is taken back, with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Request, Run};
use crate::baseline::Baseline;
use crate::catalog::Catalog;
use crate::finding::{Applicability, Edit, Finding, ObjectName, Operation, Report};
use crate::fix::{Chosen, FixKey, apart, candidates, texts};
use crate::k8s::applied;
use crate::source::{SourceMap, Span};

/// More rounds than that are not made: what is left then is shown as a finding.
const ROUNDS: usize = 10;

/// What came of fixing.
pub struct Fixed {
    /// The files that change, by path.
    pub files: BTreeMap<String, FixedFile>,
    /// The fixes that were done, in order.
    pub done: Vec<Done>,
    /// The fixes that were not done, with the reason as a sentence.
    pub refused: Vec<(Done, String)>,
    /// What is left to be said of the tree after it.
    pub report: Report,
    /// The texts that the report is about.
    pub sources: SourceMap,
}

/// A file that changes.
pub struct FixedFile {
    /// Its text; none for a new file.
    pub before: Option<String>,
    /// What it becomes.
    pub after: String,
    /// The same two with secrets masked.
    pub shown: (Option<String>, String),
}

/// A fix, as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// `path:line`, before anything was changed in this round.
    pub place: String,
    /// The rule and its form: `NHI101 unset`.
    pub rule: String,
    /// What it does.
    pub title: String,
}

/// Which fixes are wanted, and what for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// How far they must be trusted at least.
    pub most: Applicability,
    /// Whether the files will be written: then those that may not be are left alone.
    pub writes: bool,
}

/// Tries the wanted fixes of a request; `run` and `report` are what it is without them.
#[must_use]
pub fn fix(
    request: Request<'_>,
    catalog: &Catalog,
    baseline: Option<&Baseline>,
    (run, report): (&Run<'_>, &Report),
    wanted: Wanted,
) -> Fixed {
    let mut fixing = Fixing {
        request,
        catalog,
        baseline,
        wanted,
        texts: BTreeMap::new(),
        left: BTreeSet::new(),
        done: Vec::new(),
        refused: Vec::new(),
    };
    let first = State::of(run, report.clone());
    let mut last = None;
    for _ in 0..ROUNDS {
        let state = last.as_ref().unwrap_or(&first);
        let keys = fixing.round(state);
        if keys.is_empty() {
            break;
        }
        last = fixing.attempt(state, keys).or(last);
    }
    fixing.finish(&first, last)
}

/// A tree, as a run has read it.
#[derive(Clone)]
struct State {
    report: Report,
    sources: SourceMap,
    objects: Objects,
    /// Where each object stands.
    places: Vec<(Span, ObjectName)>,
}

/// The contents of all objects, by name; several may have one.
type Objects = BTreeMap<(String, ObjectName), Vec<u64>>;

impl State {
    fn of(run: &Run<'_>, report: Report) -> Self {
        let (mut objects, mut places) = (Objects::new(), Vec::new());
        for parsed in run.documents() {
            let root = run.rendered().sources[parsed.source].root.clone();
            for object in applied(parsed.doc) {
                let name = ObjectName {
                    api_version: object.api_version.to_string(),
                    kind: object.kind.to_string(),
                    namespace: object.namespace.as_deref().map(str::to_owned),
                    name: object.name.to_string(),
                };
                places.push((object.node.span(), name.clone()));
                objects.entry((root.clone(), name)).or_default().push(object.node.content_hash());
            }
        }
        objects.values_mut().for_each(|contents| contents.sort_unstable());
        Self { report, sources: run.sources().clone(), objects, places }
    }

    /// The text of a file and the same with secrets masked.
    fn text(&self, path: &str) -> Option<(String, String)> {
        let mut files = self.sources.files().filter(|(_, file)| !file.is_rendered());
        let (_, file) = files.find(|(_, file)| file.path() == path)?;
        Some((file.text().to_owned(), self.masked(path, file.text())))
    }

    /// A text of a file with secrets masked.
    fn masked(&self, path: &str, text: &str) -> String {
        let mut files = self.sources.files().filter(|(_, file)| !file.is_rendered());
        match files.find(|(_, file)| file.path() == path && file.text() == text) {
            Some((id, _)) => self.report.masks.masked(id, text, 0, text.len()),
            None => self.report.masks.masked_text(text).into_owned(),
        }
    }
}

struct Fixing<'r> {
    request: Request<'r>,
    catalog: &'r Catalog,
    baseline: Option<&'r Baseline>,
    wanted: Wanted,
    /// The texts of the files that were changed so far.
    texts: BTreeMap<String, String>,
    /// The fixes that are not tried again.
    left: BTreeSet<FixKey>,
    done: Vec<Done>,
    refused: Vec<(Done, String)>,
}

impl Fixing<'_> {
    /// The fixes that the next round does.
    fn round(&mut self, state: &State) -> Vec<FixKey> {
        let mut open = candidates(&state.report, &state.sources, self.wanted.most);
        open.retain(|chosen| !self.left.contains(&chosen.key()));
        open.retain(|chosen| {
            let refused = self.refused_file(chosen, state);
            if let Some(reason) = &refused {
                self.left.insert(chosen.key());
                self.refused.push((shown(chosen, state), reason.clone()));
            }
            refused.is_none()
        });
        apart(open).iter().map(Chosen::key).collect()
    }

    /// Why a file of a fix may not be written.
    fn refused_file(&self, chosen: &Chosen<'_>, state: &State) -> Option<String> {
        chosen.fix.edits().iter().find_map(|edit| {
            let path = match edit {
                Edit::Text(edit) => state.sources.file(edit.span.file).path(),
                Edit::NewFile { path, .. } => path,
            };
            let is_new = matches!(edit, Edit::NewFile { .. }) && !self.texts.contains_key(path);
            if is_new && self.request.files.kind(Path::new(path)).is_some() {
                return Some(format!("`{path}` is there already."));
            }
            let files = self.request.files;
            let reason = match files.writable(Path::new(path)) {
                Err(reason) => reason,
                Ok(real) if self.wanted.writes && files.is_read_only(&real) => "It may not be written.".into(),
                Ok(_) => return None,
            };
            Some(format!("`{path}`: {reason}"))
        })
    }

    /// Does some fixes, as many of them as hold: where they do not hold together, halves of them are tried. The tree after
    /// it, where anything was done.
    fn attempt(&mut self, first: &State, keys: Vec<FixKey>) -> Option<State> {
        let mut last = None;
        let mut groups = vec![keys];
        while let Some(keys) = groups.pop() {
            let state = last.as_ref().unwrap_or(first);
            let wanted: BTreeSet<&FixKey> = keys.iter().collect();
            let known = candidates(&state.report, &state.sources, self.wanted.most).into_iter();
            let chosen = apart(known.filter(|chosen| wanted.contains(&chosen.key())));
            if chosen.is_empty() {
                continue;
            }
            match self.attempt_together(state, &chosen) {
                Ok((texts, after)) => {
                    self.done.extend(chosen.iter().map(|chosen| shown(chosen, state)));
                    // What a fix did is not undone by another one.
                    self.left.extend(chosen.iter().map(Chosen::key));
                    self.texts = texts;
                    last = Some(after);
                }
                Err(reason) if chosen.len() == 1 => {
                    self.left.insert(chosen[0].key());
                    self.refused.push((shown(&chosen[0], state), reason));
                }
                Err(_) => {
                    let keys: Vec<FixKey> = chosen.iter().map(Chosen::key).collect();
                    let (first, second) = keys.split_at(keys.len() / 2);
                    groups.extend([second.to_vec(), first.to_vec()]);
                }
            }
        }
        last
    }

    fn attempt_together(
        &self,
        before: &State,
        chosen: &[Chosen<'_>],
    ) -> Result<(BTreeMap<String, String>, State), String> {
        let mut texts_after = self.texts.clone();
        texts_after.extend(texts(chosen, &before.sources)?);
        let edited = texts_after.iter().map(|(path, text)| (PathBuf::from(path), text.clone().into_bytes()));
        let files = self.request.files.edited(edited);
        let run = Run::new(Request { files: &files, ..self.request }, &mut std::io::empty());
        let report = run.report(self.catalog, self.baseline);
        let after = State::of(&run, report);
        holds(before, &after, chosen)?;
        Ok((texts_after, after))
    }

    fn finish(self, first: &State, last: Option<State>) -> Fixed {
        let after = last.as_ref().unwrap_or(first);
        let changed = |path: String, text: String| {
            let before = first.text(&path);
            let shown = (before.as_ref().map(|(_, masked)| masked.clone()), after.masked(&path, &text));
            (path, FixedFile { before: before.map(|(text, _)| text), after: text, shown })
        };
        let files = self.texts.into_iter().map(|(path, text)| changed(path, text)).collect();
        let (done, refused) = (self.done, self.refused);
        let State { report, sources, .. } = last.unwrap_or_else(|| first.clone());
        Fixed { files, done, refused, report, sources }
    }
}

fn shown(chosen: &Chosen<'_>, state: &State) -> Done {
    let finding = chosen.finding;
    let file = state.sources.file(finding.span.file);
    Done {
        place: format!("{}:{}", file.path(), file.position(finding.span.start).line),
        rule: format!("{} {}", finding.rule, finding.form.0),
        title: chosen.fix.title.clone(),
    }
}

/// Whether fixes did what they should and nothing else.
///
/// # Errors
///
/// What is wrong, as a sentence.
fn holds(before: &State, after: &State, chosen: &[Chosen<'_>]) -> Result<(), String> {
    if let Some(error) = after.report.errors.iter().find(|error| !before.report.errors.contains(error)) {
        return Err(format!("After it the run cannot be done whole: {}.", error.message));
    }
    let there: BTreeSet<&str> = after.report.active().map(|finding| finding.fingerprint.as_str()).collect();
    if chosen.iter().any(|chosen| there.contains(chosen.finding.fingerprint.as_str())) {
        return Err("The finding stays after it.".into());
    }
    let known: BTreeSet<&str> =
        before.report.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
    let least = chosen.iter().map(|chosen| chosen.finding.severity).min();
    let is_new = |finding: &&Finding| {
        Some(finding.severity) >= least && !known.contains(finding.fingerprint.as_str())
    };
    if let Some(new) = after.report.active().find(is_new) {
        let object = new.object.as_ref().map(|object| format!(" of {object}")).unwrap_or_default();
        return Err(format!("It brings {} {}{object}: {}.", new.rule, new.form.0, new.message));
    }
    others_are_equal(before, &after.objects, chosen)
}

fn others_are_equal(before: &State, after: &Objects, chosen: &[Chosen<'_>]) -> Result<(), String> {
    let changes = || chosen.iter().flat_map(|chosen| &chosen.fix.changes);
    let edits = chosen.iter().flat_map(|chosen| chosen.fix.edits());
    let edited: Vec<Span> = edits
        .filter_map(|edit| match edit {
            Edit::Text(edit) => Some(edit.span),
            Edit::NewFile { .. } => None,
        })
        .collect();
    let holds = |around: Span, span: &Span| {
        around.file == span.file && around.start <= span.start && span.end <= around.end
    };
    // A deployer that gives the value is changed itself.
    let written = before.places.iter().filter(|(around, _)| edited.iter().any(|span| holds(*around, span)));
    let written = written.map(|(_, name)| name);
    let named: Vec<&ObjectName> = changes().map(|change| &change.document.object).chain(written).collect();
    let made: BTreeSet<&str> = changes()
        .filter_map(|change| match &change.operation {
            Operation::NewDocument { text, .. } => text.lines().find_map(|line| line.strip_prefix("kind: ")),
            _ => None,
        })
        .collect();
    // A namespace that only a deployer gives is not written in the object.
    let is_named = |name: &ObjectName| {
        named.iter().any(|one| {
            one.kind == name.kind
                && one.name == name.name
                && (name.namespace.is_none() || one.namespace == name.namespace)
        })
    };
    let changed = before.objects.iter().find(|((root, name), contents)| {
        !is_named(name) && after.get(&(root.clone(), name.clone())) != Some(contents)
    });
    let new = after.keys().find(|key| {
        !before.objects.contains_key(*key) && !is_named(&key.1) && !made.contains(key.1.kind.as_str())
    });
    match changed.map(|(key, _)| key).or(new) {
        Some((_, name)) => Err(format!("It changes {name}, which the finding does not name.")),
        None => Ok(()),
    }
}
