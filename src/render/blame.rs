//! What the message of a program is about: the reason, without what may not be shown, and the place that it names.

use super::helm_error::{HelmError, helm_error, schema_reasons};
use super::inputs::ChartFiles;
use super::kustomization::named;
use super::kustomize_error::{KustomizeError, kustomize_error};
use super::roots::{How, Kind, Root};
use super::{FileIndex, Output, Rendered};
use crate::source::Span;

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

pub(super) fn blamed_by_helm(files: &ChartFiles, message: String, index: &FileIndex<'_>) -> Blamed {
    let error = helm_error(&message);
    let at = error.as_ref().and_then(|error| line_of(files, error, index));
    let reason = match error {
        Some(error) if at.is_some() => error.reason,
        Some(error) => format!("{}:{}: {}", error.path, error.line, error.reason),
        None => schema_reasons(&message).unwrap_or(message),
    };
    Blamed { at, reason }
}

/// The line of a file that an error of Helm names.
fn line_of(files: &ChartFiles, error: &HelmError<'_>, index: &FileIndex<'_>) -> Option<Span> {
    let own = files.iter().find(|(below, _)| below == error.path);
    let (file, _) = own.and_then(|(_, path)| index.text(path)).or_else(|| index.text(error.path))?;
    let known = index.texts.sources().file(file);
    let start = *known.line_starts().get(error.line.checked_sub(1)? as usize)? as usize;
    let line = known.line(error.line);
    let indent = line.len() - line.trim_start().len();
    Some(Span::new(file, start + indent, start + line.trim_end().len().max(indent)))
}

/// The place where one of the kustomizations that take part names what kustomize stumbled over.
pub(super) fn blamed_by_kustomize(
    rendered: &Rendered,
    output: &Output,
    message: &str,
    index: &FileIndex<'_>,
) -> Blamed {
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
