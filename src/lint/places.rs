//! From places in rendered text to the places where people wrote, for findings only.

use std::collections::{BTreeSet, HashMap};

use crate::finding::{Change, Finding, Label, Operation, Origin, Rendered};
use crate::graph::Parsed;
use crate::render::{Options, Rendering, Session, Trail};
use crate::source::{FileId, SourceMap, Span};

/// The trails of the rendered texts that findings stand in.
pub(super) struct Places {
    trails: HashMap<FileId, Place>,
    /// The line that each place of a finding has in its rendered text.
    lines: HashMap<Span, u32>,
}

/// One rendered text.
struct Place {
    trail: Trail,
    by: &'static str,
    root: String,
    /// What pulls it in, for what the trail does not know.
    at: Span,
}

impl Places {
    /// Lays the trails that the findings need.
    pub(super) fn find(
        rendering: &Rendering,
        sources: &SourceMap,
        documents: &[Parsed<'_>],
        render: Option<(&Session, &Options)>,
        findings: &[Finding],
    ) -> Self {
        let related = findings.iter().flat_map(|finding| finding.related.iter().map(|label| label.span));
        let changed = findings.iter().flat_map(|finding| &finding.fixes).flat_map(|fix| &fix.changes);
        let spans: BTreeSet<Span> = findings
            .iter()
            .map(|finding| finding.span)
            .chain(related)
            .chain(changed.filter_map(|change| change.at))
            .collect();
        let rendered = |span: &&Span| sources.file(span.file).is_rendered();
        let lines =
            spans.iter().filter(rendered).map(|span| (*span, sources.positions(*span).0.line)).collect();
        let files: BTreeSet<FileId> = spans.iter().filter(rendered).map(|span| span.file).collect();
        Self { trails: trails(rendering, sources, documents, render, &files), lines }
    }

    /// Whether no finding was led away from where it was found.
    pub(super) fn is_empty(&self) -> bool {
        self.trails.is_empty()
    }

    /// Where a span of rendered text was written; nothing for other text.
    pub(super) fn written(&self, span: Span) -> Vec<Span> {
        let place = self.trails.get(&span.file);
        place
            .map(|place| place.trail.within(span.start, span.end).map(|written| written.span).collect())
            .unwrap_or_default()
    }

    /// Leads a finding to where a person wrote what it is about.
    pub(super) fn follow(&self, finding: &mut Finding, sources: &SourceMap) {
        for label in &mut finding.related {
            if let Some(place) = self.trails.get(&label.span.file) {
                label.span = place.trail.narrow(label.span, sources).map_or(place.at, |(span, _)| span);
            }
        }
        for change in finding.fixes.iter_mut().flat_map(|fix| &mut fix.changes) {
            self.follow_change(change, sources);
        }
        let Some(place) = self.trails.get(&finding.span.file) else { return };
        let line = self.lines.get(&finding.span).copied();
        finding.rendered = Some(Rendered { by: place.by.to_owned(), roots: vec![place.root.clone()], line });
        let (narrow, key) = place.trail.narrow(finding.span, sources).unzip();
        let narrow = narrow.unwrap_or(place.at);
        // A value that was written elsewhere than its key is what is to be changed.
        let value = finding.value.and_then(|value| place.trail.at(value.start));
        let value = value.filter(|value| {
            value.origin == Origin::Exact && key.is_none_or(|key| key.span.file != value.span.file)
        });
        if key.is_some() && value.is_some() {
            finding.related.push(Label { span: narrow, message: "the key that it is stored under".into() });
        }
        (finding.origin, finding.span) = match (value, key) {
            (Some(value), _) => (value.origin, value.span),
            (None, Some(key)) => (key.origin, narrow),
            (None, None) => (Origin::Unknown, place.at),
        };
        finding.related.extend(value.or(key).into_iter().flat_map(|written| written.also.iter().cloned()));
        let mut seen = BTreeSet::new();
        finding
            .related
            .retain(|label| label.span != finding.span && seen.insert((label.span, label.message.clone())));
    }

    /// Leads a change to where a person wrote what it is about; a new document goes to the file of that.
    fn follow_change(&self, change: &mut Change, sources: &SourceMap) {
        let Some(place) = change.at.and_then(|at| self.trails.get(&at.file)) else { return };
        let written = change.at.and_then(|at| place.trail.narrow(at, sources));
        change.at = written.map(|(span, _)| span);
        if let Operation::NewDocument { file, .. } = &mut change.operation {
            sources.file(change.at.unwrap_or(place.at).file).path().clone_into(file);
        }
    }
}

/// Tells the source map where every rendered text was written, for outputs that only show places.
pub(super) fn lead(
    rendering: &Rendering,
    sources: &SourceMap,
    documents: &[Parsed<'_>],
    render: Option<(&Session, &Options)>,
) {
    let files = sources.files().filter(|(_, file)| file.is_rendered()).map(|(id, _)| id).collect();
    let mut trails: Vec<_> = trails(rendering, sources, documents, render, &files).into_iter().collect();
    trails.sort_unstable_by_key(|(file, _)| *file);
    for (file, place) in trails {
        let known = place.trail.steps().iter().map(|(start, written)| (*start, written.span));
        sources.lead(file, [(0, place.at)].into_iter().chain(known).collect());
    }
}

fn trails(
    rendering: &Rendering,
    sources: &SourceMap,
    documents: &[Parsed<'_>],
    render: Option<(&Session, &Options)>,
    files: &BTreeSet<FileId>,
) -> HashMap<FileId, Place> {
    let Some((session, _)) = render else { return HashMap::new() };
    let docs: Vec<_> = documents.iter().map(|parsed| &parsed.doc).collect();
    let trails = rendering.trails(files, sources, &docs, session);
    let place = |(file, trail)| {
        let output = rendering.output(file)?;
        let root = &rendering.roots[output.job.root];
        Some((file, Place { trail, by: output.by?, root: root.shown().to_owned(), at: root.at? }))
    };
    trails.into_iter().filter_map(place).collect()
}
