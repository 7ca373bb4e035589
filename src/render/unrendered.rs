//! What could not be rendered, as notices: why, where, and what it leaves open.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::helm_error::{HelmError, helm_error};
use super::paths::join;
use super::redacted::{Quotable, redacted};
use super::roots::{Kind, Reason, Root};
use super::session::RenderError;
use super::{FileIndex, Output, Rendered};
use crate::finding::{Engine, Form, Label, Notice};
use crate::load::{Gap, GapReason, SkipReason, Skipped, Tree, is_below};
use crate::source::{SourceMap, Span};

/// How many other places one notice names.
const SHOWN: usize = 4;

/// A message is about as long.
const LONGEST: usize = 110;

/// Adds what could not be rendered, and the gaps that it leaves in the sources.
pub(super) fn add_notices(rendered: &mut Rendered, tree: &Tree) {
    let notices = [refusals(rendered), parts(rendered), failures(rendered, tree)];
    rendered.notices.extend(notices.into_iter().flatten());
    let whole = with_output(rendered, |output| {
        output.file.is_some() && output.by != Some(Engine::Replay) && output.missing.is_empty()
    });
    let tried = with_output(rendered, |_| true);
    for index in 0..rendered.roots.len() {
        let root = &rendered.roots[index];
        let stands_alone = root.refusal.is_some() || tried.contains(&index);
        if root.kind.is_folder() && root.part.is_none() && stands_alone && !whole.contains(&index) {
            add_gap(rendered, index);
        }
    }
    for output in rendered.outputs.iter().filter(|output| output.by == Some(Engine::Replay)) {
        let path = rendered.roots[output.job.root].path.clone();
        rendered.skipped.push(Skipped::new(SkipReason::BuiltWithoutKustomize, path));
    }
}

/// The roots of some outputs.
fn with_output(rendered: &Rendered, kept: impl Fn(&Output) -> bool) -> BTreeSet<usize> {
    rendered.outputs.iter().filter(|output| kept(output)).map(|output| output.job.root).collect()
}

/// What is known not to render before anything starts.
fn refusals(rendered: &Rendered) -> Vec<Notice> {
    let mut dependents: HashMap<usize, Vec<Span>> = HashMap::new();
    for root in &rendered.roots {
        if let (Some(through), Some(at)) = (root.refusal.as_ref().and_then(|why| why.through), root.at) {
            dependents.entry(through).or_default().push(at);
        }
    }
    let in_part = with_output(rendered, |output| output.file.is_some());
    let roots = rendered.roots.iter().enumerate();
    let notices = roots.filter_map(|(index, root)| {
        refused(root, in_part.contains(&index), dependents.get(&index).map_or(&[], Vec::as_slice))
    });
    notices.collect()
}

/// The parts of roots that are not judged, although the rest is rendered.
fn parts(rendered: &Rendered) -> Vec<Notice> {
    let parts = rendered.roots.iter().flat_map(|root| root.unjudged.iter().map(move |part| (root, part)));
    let notices = parts.filter_map(|(root, part)| {
        let message = format!("not judged: {}", part.message);
        let span = part.at.or(root.at)?;
        Some(Notice { form: form(part.reason), span, message, related: Vec::new() })
    });
    notices.collect()
}

/// What programs refused, or what there is no program for.
fn failures(rendered: &Rendered, tree: &Tree) -> Vec<Notice> {
    let index = FileIndex::new(&rendered.texts, tree);
    let sources = rendered.texts.sources();
    let mut notices = Vec::new();
    let mut quotable: HashMap<usize, Quotable> = HashMap::new();
    let mut without: BTreeMap<Engine, Vec<Span>> = BTreeMap::new();
    for output in &rendered.outputs {
        let root = &rendered.roots[output.job.root];
        match (&output.error, root.at) {
            (Some(RenderError::NoProgram(program)), Some(at)) => {
                without.entry(*program).or_default().push(at);
            }
            (Some(RenderError::Failed(message)), Some(at)) => {
                let quotable = quotable
                    .entry(output.job.root)
                    .or_insert_with(|| Quotable::of(root, &rendered.charts, &index, sources));
                let message = redacted(message, &|piece| quotable.holds(piece));
                let error = helm_error(&message).filter(|_| root.kind == Kind::Helm);
                let template =
                    error.and_then(|error| Some((line_of(root, &error, &index, sources)?, error.reason)));
                notices.push(failed(rendered, output, &message, at, template));
            }
            _ => {}
        }
    }
    notices.extend(without.into_iter().map(|(program, places)| no_program(program.word(), &places)));
    notices
}

/// A root that is known not to render, with those that cannot be rendered because of it.
fn refused(root: &Root, in_part: bool, dependents: &[Span]) -> Option<Notice> {
    let refusal = root.refusal.as_ref().filter(|refusal| refusal.through.is_none())?;
    let span = refusal.at.or(root.at)?;
    let message = if in_part && refusal.reason == Reason::MissingDependency {
        format!("rendered without some of it: {}", refusal.message)
    } else {
        format!("not rendered: {}", refusal.message)
    };
    Some(Notice { form: form(refusal.reason), span, message, related: labels(dependents) })
}

/// The first of the places that are not rendered for the same reason.
fn labels(places: &[Span]) -> Vec<Label> {
    let label = |&span| Label { span, message: "is not rendered either".into() };
    places.iter().take(SHOWN).map(label).collect()
}

/// Whether something is wrong, or is only not in this tree.
fn form(reason: Reason) -> Form {
    match reason {
        Reason::RemoteBase
        | Reason::RemoteChart
        | Reason::MissingDependency
        | Reason::HelmCharts
        | Reason::NeedsCluster
        | Reason::Overridden
        | Reason::Templated => Form::UNRESOLVED,
        Reason::ExecPlugin
        | Reason::OutsideTheTree
        | Reason::MissingPath
        | Reason::MissingValues
        | Reason::Cycle
        | Reason::Malformed
        | Reason::TooLarge => Form::UNRENDERED,
    }
}

/// The line of a template that an error of Helm names.
fn line_of(root: &Root, error: &HelmError<'_>, index: &FileIndex<'_>, sources: &SourceMap) -> Option<Span> {
    let (file, _) = index.text(&join(&root.path, error.path))?;
    let known = sources.file(file);
    let start = *known.line_starts().get(error.line as usize - 1)? as usize;
    let line = known.line(error.line);
    let indent = line.len() - line.trim_start().len();
    Some(Span::new(file, start + indent, start + line.trim_end().len().max(indent)))
}

fn failed(
    rendered: &Rendered,
    output: &Output,
    error: &str,
    at: Span,
    template: Option<(Span, String)>,
) -> Notice {
    let deployer = output.job.deployed_by(&rendered.roots).and_then(|deployer| deployer.at);
    let mut related: Vec<Label> =
        deployer.map(|span| Label { span, message: "is deployed here".into() }).into_iter().collect();
    if template.is_some() {
        related.push(Label { span: at, message: "the chart is not rendered".into() });
    }
    let (at, error) = template.unwrap_or_else(|| (at, error.to_owned()));
    let mut message = format!("not rendered: {}", error.lines().next().unwrap_or_default());
    if message.chars().count() > LONGEST {
        related.push(Label { span: at, message: error.clone() });
        message = message.chars().take(LONGEST).chain(['…']).collect();
    }
    Notice { form: Form::UNRENDERED, span: at, message, related }
}

/// One notice for all that a program is missing for.
fn no_program(program: &str, places: &[Span]) -> Notice {
    let message = match places.len() {
        1 => format!("not rendered: `{program}` is not on the PATH; install it, or give the rendered text"),
        count => {
            format!("not rendered, as are {} more: `{program}` is not on the PATH; install it", count - 1)
        }
    };
    Notice { form: Form::UNRENDERED, span: places[0], message, related: labels(&places[1..]) }
}

/// Notes a gap in the source that a root would be part of.
fn add_gap(rendered: &mut Rendered, root: usize) {
    let root = &rendered.roots[root];
    let Some(at) = root.at else { return };
    let example = rendered.texts.sources().file(at.file).path().to_owned();
    let holds = |place: &str| is_below(&root.path, if place == "." { "" } else { place });
    let sources = rendered.sources.iter_mut().filter(|source| !source.whole);
    let mut around: Vec<_> = sources.filter(|source| holds(&source.root)).collect();
    around.sort_by_key(|source| source.root.len());
    if let Some(source) = around.pop() {
        source.gaps.push(Gap { reason: GapReason::NotRendered, example });
    }
}
