//! Fixes, tried in memory: what is left of them is written once, at the end, by whoever asked.
//!
//! Each round does the fixes that do not meet, then parses, renders and lints again. A fix after which its finding stays,
//! another one as bad comes, rendering fails, or an object changes that it did not name is taken back, with the reason. What
//! was taken back is tried again once nothing else is left to do, so that a second run would do no more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

mod state;

mod verdict;

use state::State;
use verdict::{Fault, Verdict, faults};

use super::{Request, Run};
use crate::baseline::Baseline;
use crate::catalog::Catalog;
use crate::finding::{Applicability, Edit, Report};
use crate::fix::{About, Chosen, apart, candidates, texts};
use crate::source::SourceMap;

/// What came of fixing.
pub struct Fixed {
    /// The files that change, by path.
    pub files: BTreeMap<String, FixedFile>,
    /// The fixes that were done, in order.
    pub done: Vec<Done>,
    /// The fixes that were not done, with the reason as a sentence.
    pub refused: Vec<(Done, String)>,
    /// How many fixes were not tried, as there were too many tries before.
    pub untried: usize,
    /// What is left to be said of the tree after it.
    pub report: Report,
    /// The texts that the report is about.
    pub sources: SourceMap,
}

/// A file that changes.
pub struct FixedFile {
    /// Its text; none for a new file.
    pub before: Option<String>,
    /// What it becomes; empty where it goes.
    pub after: String,
    /// The same two with secrets masked, line by line.
    pub shown: (String, String),
}

impl FixedFile {
    /// Whether nothing is left of it.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.before.is_some() && self.after.is_empty()
    }
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
    /// How much may be tried.
    pub effort: Effort,
}

/// How much is tried before no more tries are begun: both must be used up, as small trees take many tries in no time, and
/// of the largest some are made all the same.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How often the tree is linted again.
    pub tries: usize,
    /// How many documents are linted in all tries together.
    pub documents: usize,
}

impl Default for Effort {
    /// What `check --fix` and `check --diff` try.
    fn default() -> Self {
        Self { tries: 64, documents: 3_000_000 }
    }
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
        files: BTreeMap::new(),
        done: Vec::new(),
        refused: Vec::new(),
        known: Vec::new(),
        retried: None,
        tries: 0,
        work: 0,
        untried: 0,
    };
    let first = State::of(run, report.clone());
    let mut last = None;
    loop {
        let state = last.as_ref().unwrap_or(&first);
        let keys = fixing.round(state);
        if !keys.is_empty() {
            last = fixing.attempt(state, keys).or(last);
        } else if !fixing.retries() {
            return fixing.finish(&first, last);
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
    left: BTreeSet<About>,
    /// Why files may not be written, by path.
    files: BTreeMap<String, Option<String>>,
    done: Vec<Done>,
    refused: Vec<Refusal>,
    /// Trees in which all of some fixes were wrong for certain, each with the reason.
    known: Vec<(BTreeMap<String, String>, BTreeMap<About, String>)>,
    /// How many fixes were done when those that had been taken back were tried again.
    retried: Option<usize>,
    /// How often the tree was linted again, and how many documents that were.
    tries: usize,
    work: usize,
    /// How many fixes were not tried, as there were too many tries before.
    untried: usize,
}

/// A fix that is not done.
struct Refusal {
    done: Done,
    reason: String,
    /// Its finding, where it was tried; else a file may not be written.
    tried: Option<About>,
}

impl Fixing<'_> {
    /// The fixes that the next round does.
    fn round(&mut self, state: &State) -> Vec<About> {
        if self.untried > 0 {
            return Vec::new();
        }
        let mut open = candidates(&state.report, &state.sources, self.wanted.most);
        open.retain(|chosen| !self.left.contains(&chosen.about));
        open.retain(|chosen| {
            let refused = self.refused_file(chosen, state);
            if let Some(reason) = &refused {
                self.left.insert(chosen.about.clone());
                let (done, reason) = (shown(chosen, state), reason.clone());
                self.refused.push(Refusal { done, reason, tried: None });
            }
            refused.is_none()
        });
        apart(open).iter().map(|chosen| chosen.about.clone()).collect()
    }

    /// Whether what was taken back is to be tried again: since it was, other fixes were done, or it was never tried as one.
    fn retries(&mut self) -> bool {
        let is_again = self.refused.iter().any(|refusal| refusal.tried.is_some());
        if !is_again || self.untried > 0 || self.retried == Some(self.done.len()) {
            return false;
        }
        self.retried = Some(self.done.len());
        self.refused.retain(|refusal| refusal.tried.as_ref().is_none_or(|about| !self.left.remove(about)));
        true
    }

    /// Why a file of a fix may not be written.
    fn refused_file(&mut self, chosen: &Chosen<'_>, state: &State) -> Option<String> {
        chosen.fix.edits().iter().find_map(|edit| {
            let (path, is_new) = match edit {
                Edit::Text(edit) => (state.sources.file(edit.span.file).path(), false),
                Edit::NewFile { path, .. } => (path.as_str(), !self.texts.contains_key(path)),
            };
            if let Some(known) = self.files.get(path) {
                return known.clone();
            }
            let reason =
                self.refused_path(Path::new(path), is_new).map(|reason| format!("`{path}`: {reason}"));
            self.files.insert(path.to_owned(), reason.clone());
            reason
        })
    }

    fn refused_path(&self, path: &Path, is_new: bool) -> Option<String> {
        let files = self.request.files;
        if is_new && files.kind(path).is_some() {
            return Some("It is there already.".into());
        }
        match files.writable(path) {
            Err(reason) => Some(reason),
            Ok(real) if self.wanted.writes && files.is_read_only(&real) => {
                Some("It may not be written.".into())
            }
            Ok(_) => None,
        }
    }

    /// Whether there were too many tries.
    fn is_over(&self) -> bool {
        self.tries >= self.wanted.effort.tries && self.work >= self.wanted.effort.documents
    }

    /// Does some fixes, as many of them as hold: where they do not hold together, those that are not to blame are tried by
    /// themselves. The tree after it, where anything was done.
    fn attempt(&mut self, first: &State, keys: Vec<About>) -> Option<State> {
        let mut last = None;
        let mut groups = vec![keys];
        while let Some(keys) = groups.pop() {
            let state = last.as_ref().unwrap_or(first);
            let wanted: BTreeSet<&About> = keys.iter().collect();
            let known = candidates(&state.report, &state.sources, self.wanted.most).into_iter();
            let chosen = apart(known.filter(|chosen| wanted.contains(&chosen.about)));
            if chosen.is_empty() {
                continue;
            }
            if self.is_over() {
                self.untried += chosen.len();
                continue;
            }
            self.tries += 1;
            let faults = match self.attempt_together(state, &chosen) {
                Ok((texts, after)) => {
                    self.done.extend(chosen.iter().map(|chosen| shown(chosen, state)));
                    self.texts = texts;
                    last = Some(after);
                    continue;
                }
                Err(faults) => faults,
            };
            let verdict = Verdict::of(&faults, chosen.len());
            for (at, reason) in verdict.refused {
                let (done, about) = (shown(&chosen[at], state), chosen[at].about.clone());
                self.left.insert(about.clone());
                self.refused.push(Refusal { done, reason, tried: Some(about) });
            }
            let keys = |group: Vec<usize>| group.into_iter().map(|at| chosen[at].about.clone()).collect();
            groups.extend(verdict.again.into_iter().map(keys));
        }
        last
    }

    /// The texts of changed files and the tree after some fixes, or what is wrong with it.
    fn attempt_together(
        &mut self,
        before: &State,
        chosen: &[Chosen<'_>],
    ) -> Result<(BTreeMap<String, String>, State), Vec<Fault>> {
        let mut changed = self.texts.clone();
        changed.extend(texts(chosen, &before.sources).map_err(|reason| vec![Fault::unknown(reason)])?);
        if let Some(faults) = self.known_faults(&changed, chosen) {
            return Err(faults);
        }
        let edited = changed.iter().map(|(path, text)| (PathBuf::from(path), text.clone().into_bytes()));
        let files = self.request.files.edited(edited);
        let request = Request { files: &files, ..self.request };
        let run = Run::over(request, before.earlier(), &mut std::io::empty());
        let report = run.report(self.catalog, self.baseline);
        let after = State::of(&run, report);
        self.work += after.report.summary.documents;
        let faults = faults(before, &after, chosen);
        if faults.is_empty() {
            return Ok((changed, after));
        }
        let certain = faults.iter().flat_map(Fault::certain);
        let certain = certain.map(|(at, reason)| (chosen[at].about.clone(), reason.to_owned()));
        self.known.push((changed, certain.collect()));
        Err(faults)
    }

    /// What is wrong with a tree that was tried before, where it is each of these fixes for certain.
    fn known_faults(&self, texts: &BTreeMap<String, String>, chosen: &[Chosen<'_>]) -> Option<Vec<Fault>> {
        let (_, reasons) = self.known.iter().find(|(known, _)| known == texts)?;
        let reason = |(at, chosen): (usize, &Chosen<'_>)| {
            reasons.get(&chosen.about).map(|reason| Fault::of_one(at, reason.clone()))
        };
        chosen.iter().enumerate().map(reason).collect()
    }

    fn finish(self, first: &State, last: Option<State>) -> Fixed {
        let after = last.as_ref().unwrap_or(first);
        // What one of the two reports hides is hidden on both sides.
        let hide = |text: String| {
            let text = first.report.masks.masked_text(&text).into_owned();
            after.report.masks.masked_text(&text).into_owned()
        };
        let changed = |path: String, text: String| {
            let before = first.text(&path);
            let shown_before = before.as_ref().map(|(_, masked)| hide(masked.clone())).unwrap_or_default();
            let shown = (shown_before, hide(after.masked(&path, &text)));
            (path, FixedFile { before: before.map(|(text, _)| text), after: text, shown })
        };
        let files = self.texts.into_iter().map(|(path, text)| changed(path, text)).collect();
        let refused = self.refused.into_iter().map(|refusal| (refusal.done, refusal.reason)).collect();
        let State { report, sources, .. } = last.unwrap_or_else(|| first.clone());
        Fixed { files, done: self.done, refused, untried: self.untried, report, sources }
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
