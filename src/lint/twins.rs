//! One written line that makes several objects (an anchor, a shared base, a folder that many deploy): what is found in
//! each of them is one finding, about the one that makes it most severe.
//!
//! Thousands may deploy one folder, so each is joined without going through those before it.

use std::collections::{HashMap, HashSet};
use std::mem;

use crate::finding::{
    BY_HAND, Change, Edit, Engine, Finding, Fix, Form, Label, ObjectName, Operation, fingerprint,
};
use crate::render::marked::{ALIASED, SWITCH};
use crate::source::Span;
use crate::yaml::Path;

/// What was joined into a finding so far.
#[derive(Default)]
pub(super) struct Twins {
    /// The other objects.
    pub(super) objects: Vec<ObjectName>,
    /// The parts of the finding, once another is joined into it.
    parts: Option<Parts>,
    /// What those are for whose cluster has no known word.
    unnamed: Vec<Unnamed>,
    /// The roots of those whose cluster is known.
    named_roots: HashSet<String>,
}

/// What a finding is for that is of no named cluster.
struct Unnamed {
    name: String,
    /// The folder that the name is from, if it is from one.
    folder: Option<String>,
}

/// What the finding has of its own, and what it has by now.
struct Parts {
    /// How many related places are its own.
    related: usize,
    had_edits: bool,
    fixes: Vec<FixParts>,
}

/// What a fix does by now.
#[derive(Default)]
struct FixParts {
    /// What is written there, by place, field and, for a new document, what it begins with.
    writing: HashMap<(Option<Span>, Path, String), Vec<Operation>>,
    changes: HashSet<Change>,
    edits: EditParts,
}

/// The edits of a fix by now.
#[derive(Default)]
struct EditParts {
    all: HashSet<Edit>,
    /// What becomes of each stretch of text that is replaced, where it is one thing.
    replaced: HashMap<Span, Vec<String>>,
    /// The texts of new files.
    files: HashMap<String, Vec<String>>,
}

impl Twins {
    /// Joins a finding into the one before it, which it is like.
    pub(super) fn join(&mut self, twin: &mut Finding, mut other: Finding) {
        if self.parts.is_none() {
            self.note(twin);
        }
        self.note(&other);
        if other.severity > twin.severity {
            self.end(twin);
            mem::swap(twin, &mut other);
        }
        let parts = self.parts.get_or_insert_with(|| Parts {
            related: twin.related.len(),
            had_edits: twin.fixes.iter().any(Fix::may_edit),
            fixes: twin.fixes.iter().map(FixParts::of).collect(),
        });
        twin.tier = twin.tier.min(other.tier);
        twin.is_live |= other.is_live;
        parts.join_fixes(&mut twin.fixes, &other.fixes);
        // What a baseline accepts of a chart it does not accept of one more who deploys it.
        if other.form == Form::UNRENDERED && other.fingerprint != twin.fingerprint {
            twin.fingerprint = fingerprint(&[&twin.fingerprint, &other.fingerprint]);
        }
        if let (Some(twin), Some(other)) = (&mut twin.rendered, other.rendered) {
            twin.roots.extend(other.roots);
            // Without a name it was seen with the usual values; a rendering by another answer adds to the name of its set.
            let is_new =
                |values: &String| !twin.values.iter().any(|known| values.starts_with(known.as_str()));
            let other_is_usual = other.values.is_empty();
            let further: Vec<String> = other.values.into_iter().filter(is_new).collect();
            if other_is_usual {
                twin.values.clear();
            } else if !twin.values.is_empty() {
                twin.values.extend(further);
            }
        }
        twin.clusters.extend(other.clusters);
        // What switches another object on tells nothing of this one, and the alias of another is one of many.
        let is_own = |label: &Label| label.message.starts_with(SWITCH) || label.message == ALIASED;
        twin.related.extend(other.related.into_iter().filter(|label| !is_own(label)));
        self.objects.extend(other.object);
    }

    /// Notes what a finding is for, before anything is joined into it.
    fn note(&mut self, finding: &Finding) {
        if finding.clusters.is_empty() {
            self.unnamed.extend(name_of_unnamed(finding));
        } else if let Some(rendered) = &finding.rendered {
            self.named_roots.extend(rendered.roots.iter().cloned());
        }
    }

    /// Ends the joining: each thing once.
    pub(super) fn end(&mut self, twin: &mut Finding) {
        let Some(parts) = self.parts.take() else { return };
        if parts.had_edits && twin.fixes.is_empty() {
            twin.fixes.push(Fix::by_hand(
                BY_HAND,
                "The objects that are made from this text need different changes.",
            ));
        }
        if let Some(rendered) = &mut twin.rendered {
            rendered.roots.sort();
            rendered.roots.dedup();
        }
        // Beside clusters that are named each is one; alone they may all be for the same. A folder that goes to named
        // clusters too is no name of a cluster.
        if !twin.clusters.is_empty() {
            let is_shared = |folder: &String| self.named_roots.contains(folder);
            let apart = self.unnamed.iter().filter(|one| !one.folder.as_ref().is_some_and(is_shared));
            twin.clusters.extend(apart.map(|one| one.name.clone()));
        }
        twin.clusters.sort();
        twin.clusters.dedup();
        let further = twin.related.split_off(parts.related);
        let mut known: HashSet<Label> = twin.related.iter().cloned().collect();
        twin.related.extend(further.into_iter().filter(|label| known.insert(label.clone())));
    }
}

/// What a finding is for that is of no named cluster: `lab` of `values-lab.yaml` or of the folder `overlays/lab`.
fn name_of_unnamed(finding: &Finding) -> Option<Unnamed> {
    let rendered = finding.rendered.as_ref()?;
    let of_folder = || {
        let [root] = rendered.roots.as_slice() else { return None };
        let name = root.rsplit('/').next().filter(|_| rendered.by != Engine::Helm)?;
        let is_name = name != "base" && !name.contains('.');
        is_name.then(|| Unnamed { name: name.to_owned(), folder: Some(root.clone()) })
    };
    let by_values = finding.unnamed.clone().map(|name| Unnamed { name, folder: None });
    by_values.or_else(of_folder)
}

impl Parts {
    /// The proposals for one text that makes several objects: what is needed for all of them. Where they would write
    /// different things at one place there is none.
    fn join_fixes(&mut self, fixes: &mut Vec<Fix>, others: &[Fix]) {
        let mut kept = Vec::with_capacity(fixes.len());
        for (mut fix, mut parts) in mem::take(fixes).into_iter().zip(mem::take(&mut self.fixes)) {
            let other = others.iter().find(|other| other.title == fix.title);
            if other.is_some_and(|other| parts.join(&mut fix, other)) {
                kept.push(fix);
                self.fixes.push(parts);
            }
        }
        *fixes = kept;
    }
}

impl FixParts {
    fn of(fix: &Fix) -> Self {
        let mut parts = Self { edits: EditParts::of(fix.edits()), ..Self::default() };
        fix.changes.iter().for_each(|change| parts.note(change));
        parts
    }

    fn note(&mut self, change: &Change) {
        self.changes.insert(change.clone());
        if matches!(change.operation, Operation::Set(_) | Operation::NewDocument { .. }) {
            let writing = self.writing.entry(written_at(change)).or_default();
            // Two are enough to differ from any.
            if writing.len() < 2 && !writing.contains(&change.operation) {
                writing.push(change.operation.clone());
            }
        }
    }

    /// Adds the changes of another; false where the two write different things at one place.
    fn join(&mut self, fix: &mut Fix, other: &Fix) -> bool {
        for change in &other.changes {
            if self.changes.contains(change) {
                continue;
            }
            let writing = self.writing.get(&written_at(change));
            if writing.is_some_and(|writing| writing.iter().any(|known| *known != change.operation)) {
                return false;
            }
            self.note(change);
            fix.changes.push(change.clone());
        }
        self.edits.join(&mut fix.edits, &other.edits);
        true
    }
}

impl EditParts {
    fn of(edits: &[Edit]) -> Self {
        let mut parts = Self::default();
        for edit in edits {
            parts.note(edit);
        }
        parts
    }

    /// The texts at the place of an edit, if only one of them can be.
    fn texts(&mut self, edit: &Edit) -> Option<&mut Vec<String>> {
        match edit {
            Edit::Text(edit) if edit.span.start < edit.span.end => {
                Some(self.replaced.entry(edit.span).or_default())
            }
            Edit::Text(_) => None,
            Edit::NewFile { path, .. } => Some(self.files.entry(path.clone()).or_default()),
        }
    }

    fn note(&mut self, edit: &Edit) {
        self.all.insert(edit.clone());
        let text = text_of(edit);
        if let Some(texts) = self.texts(edit)
            && texts.len() < 2
            && !texts.iter().any(|known| known == text)
        {
            texts.push(text.to_owned());
        }
    }

    /// The edits for all objects that one text makes.
    fn join(&mut self, edits: &mut Result<Vec<Edit>, String>, others: &Result<Vec<Edit>, String>) {
        let (Ok(known), Ok(new)) = (&mut *edits, others) else {
            if edits.is_ok() {
                edits.clone_from(others);
            }
            return;
        };
        for edit in new {
            let text = text_of(edit);
            if self.texts(edit).is_some_and(|texts| texts.iter().any(|known| known != text)) {
                *edits = Err("The objects that this text makes need different values.".into());
                return;
            }
            if !self.all.contains(edit) {
                self.note(edit);
                known.push(edit.clone());
            }
        }
    }
}

/// Where a change writes: a place, a field and, of the new documents that belong there, which.
fn written_at(change: &Change) -> (Option<Span>, Path, String) {
    let document = match &change.operation {
        // Its version, its kind and its name.
        Operation::NewDocument { text, .. } => text.lines().take(4).collect(),
        _ => String::new(),
    };
    (change.at, change.path.clone(), document)
}

fn text_of(edit: &Edit) -> &str {
    match edit {
        Edit::Text(edit) => &edit.text,
        Edit::NewFile { text, .. } => text,
    }
}
