//! What the message of a program is about: the reason, without what may not be shown, and the place that it names.

use super::bad_values::{no_mapping, refused_value};
use super::helm::Release;
use super::helm_error::{helm_error, schema_reasons};
use super::inputs::ChartFiles;
use super::kustomization::named;
use super::kustomize_error::{KustomizeError, kustomize_error};
use super::paths::join;
use super::redacted::{Quotable, redacted};
use super::roots::{Change, Changes, How, Kind, Reason, Root, ValueSet};
use super::{FileIndex, Output, Rendered};
use crate::source::{FileId, Span};
use crate::yaml::{COLON_MISSING, Node, PLACEHOLDER, ProblemKind, is_placeholder};

/// The files of a chart, and of the charts of the tree that are packed into it; none for what is no chart.
pub(super) fn files_of(rendered: &Rendered, root: &Root) -> ChartFiles {
    if root.kind != Kind::Helm {
        return ChartFiles::new();
    }
    let mut files = rendered.charts.files_of(&root.path);
    for packed in root.uses.iter().filter(|used| used.how == How::Packs) {
        let packed = &rendered.roots[packed.root];
        let name = packed.name.as_deref().unwrap_or_default();
        let inside = rendered.charts.files_of(&packed.path).into_iter();
        files.extend(inside.map(|(below, path)| (format!("charts/{name}/{below}"), path)));
    }
    files
}

/// What a program says is wrong, and where, if it says so.
pub(super) struct Blamed {
    pub(super) at: Option<Span>,
    pub(super) reason: String,
}

/// What the message of a program is about; `renderer`: which of the post renderers of a release refused.
pub(super) fn blamed(
    rendered: &Rendered,
    output: &Output,
    (message, renderer): (&str, Option<usize>),
    (files, quotable): (&ChartFiles, &mut Quotable),
    index: &FileIndex<'_>,
) -> Blamed {
    let Some(values) = output.job.task.values() else {
        return blamed_by_kustomize(rendered, output, &redacted(message, quotable), index);
    };
    let release = Release::new(&output.job, values);
    quotable.set_names([release.name, release.namespace]);
    let message = redacted(message, quotable);
    if let Some(changes) = renderer.and_then(|renderer| values.post.get(renderer)) {
        blamed_patch(changes, &message)
    } else {
        let chart = rendered.roots[output.job.root].name.as_deref();
        blamed_by_helm((files, values), chart, message, index)
    }
}

fn blamed_by_helm(
    (files, values): (&ChartFiles, &ValueSet),
    chart: Option<&str>,
    message: String,
    index: &FileIndex<'_>,
) -> Blamed {
    let Some(error) = helm_error(&message) else {
        let at = refused_value(&message, chart, (values, files), index);
        let reason = no_mapping(&message).or_else(|| schema_reasons(&message));
        return Blamed { at, reason: reason.unwrap_or(message) };
    };
    let file = file_of(files, error.path, index);
    if error.unread {
        let name = error.path.rsplit('/').next().unwrap_or_default();
        let unread = |reason: &str| format!("`{name}` cannot be read: {reason}");
        if let Some((at, reason)) = file.and_then(|file| broken_line(file, index)) {
            return Blamed { at: Some(at), reason: unread(&reason) };
        }
        return Blamed {
            at: file.and_then(|file| line_of(file, error.line, index)),
            reason: unread(&error.reason),
        };
    }
    match file.and_then(|file| line_of(file, error.line, index)) {
        Some(at) => Blamed { at: Some(at), reason: error.reason },
        None => Blamed { at: None, reason: format!("{}:{}: {}", error.path, error.line, error.reason) },
    }
}

/// The file that an error of Helm names.
fn file_of(files: &ChartFiles, path: &str, index: &FileIndex<'_>) -> Option<FileId> {
    let own = files.iter().find(|(below, _)| *below == path);
    own.and_then(|(_, path)| index.id(path)).or_else(|| index.id(path))
}

fn line_of(file: FileId, line: u32, index: &FileIndex<'_>) -> Option<Span> {
    let known = index.texts.sources().file(file);
    let start = *known.line_starts().get(line.checked_sub(1)? as usize)? as usize;
    let line = known.line(line);
    let indent = line.len() - line.trim_start().len();
    Some(Span::new(file, start + indent, start + line.trim_end().len().max(indent)))
}

/// What makes a file no YAML, and where: Helm often names a line behind it, which is innocent.
fn broken_line(file: FileId, index: &FileIndex<'_>) -> Option<(Span, String)> {
    let broken = index.documents(file).iter().find(|document| document.doc().broken)?;
    let problem = broken.problems().iter().find(|problem| problem.kind == ProblemKind::Syntax)?;
    let known = index.texts.sources().file(file);
    let number = known.position(problem.start as u32).line;
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(known.line(number));
    // Text without a `:` goes on to the next line, and only there a reader stumbles over it.
    let is_text = |line: &str| {
        let text = line.trim();
        let is_entry = text.contains(": ") || text.ends_with(':') || text.starts_with(['-', '#', '"', '\'']);
        !text.is_empty() && indent(line) == own && !is_entry
    };
    let first = (1..number).rev().take_while(|above| is_text(known.line(*above))).last();
    let (at, reason) = match first.and_then(|first| line_of(file, first, index)) {
        Some(at) => (at, COLON_MISSING),
        None => (Span::new(file, problem.start, problem.end), problem.message.as_str()),
    };
    let line = known.line(known.position(at.start).line);
    let reason = if is_placeholder(line) { PLACEHOLDER } else { reason };
    Some((at, reason.to_owned()))
}

/// The patch of a post renderer that kustomize stumbled over: the one whose object it names, else the first.
fn blamed_patch(changes: &Changes, message: &str) -> Blamed {
    let patches = || changes.list.iter().filter(|change| change.field.starts_with("patches"));
    let is_named = |change: &&Change| {
        let value = &change.value;
        let patch = value.get("patch").unwrap_or(value).as_str().unwrap_or_default();
        let of_target = value.get("target").and_then(|target| target.get("name")?.as_str());
        let signs = ["name: ", "\"name\":\""];
        let of_patch = signs.iter().find_map(|sign| {
            let (_, rest) = patch.split_once(sign)?;
            rest.split(|c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c)).next()
        });
        let mut names = of_target.into_iter().chain(of_patch).filter(|name| !name.is_empty());
        names.any(|name| message.contains(name))
    };
    let found = patches().find(is_named).or_else(|| patches().next());
    Blamed { at: found.map(|change| change.at), reason: kustomize_error(message).reason.to_owned() }
}

/// The place where one of the kustomizations that take part names what kustomize stumbled over.
fn blamed_by_kustomize(rendered: &Rendered, output: &Output, message: &str, index: &FileIndex<'_>) -> Blamed {
    let KustomizeError { reason, names } = kustomize_error(message);
    let parts = output.job.parts(&rendered.roots);
    let files = parts.iter().filter_map(|part| Some(rendered.roots[*part].at?.file));
    let roots =
        files.filter_map(|file| index.documents(file).iter().find_map(|document| document.doc().root()));
    let named: Vec<_> = roots.flat_map(named).collect();
    let place = |name: &&str| {
        let mut fitting = named.iter().filter(|named| named.text == **name);
        // Of several that name the same it is not known which is meant.
        fitting.next().filter(|_| fitting.next().is_none()).map(|named| named.node.span())
    };
    Blamed { at: names.iter().find_map(place), reason: reason.to_owned() }
}

/// Whether a chart failed for want of a dependency that stands elsewhere: of a template that it defines, or of its
/// values (`text/template`, `exec.go`).
pub(super) fn wants_dependency(root: &Root, error: &str, index: &FileIndex<'_>) -> bool {
    if root.refusal.as_ref().map(|refusal| refusal.reason) != Some(Reason::MissingDependency) {
        return false;
    }
    let lists = ["Chart.yaml", "requirements.yaml"].map(|list| join(&root.path, list));
    let lists = lists.iter().filter_map(|list| index.helm_value(index.id(list)?)?.get("dependencies"));
    let dependencies: Vec<Node<'_>> = lists.flat_map(Node::items).collect();
    let names = |key: &'static str| dependencies.iter().filter_map(move |one| one.get(key)?.text());
    let mut names = names("name").chain(names("alias"));
    error.contains("template: no template \"")
        || error.contains("nil pointer evaluating")
            && names.any(|name| error.contains(&format!(".Values.{name}.")))
}
