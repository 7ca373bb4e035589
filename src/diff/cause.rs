//! The line that caused a row: of all lines that take part, the first that the change touches.

use std::collections::BTreeSet;

use super::draft::{Draft, Places};
use super::record::Cause;
use super::touched::Touched;
use crate::graph::record::{Location, Recorder};
use crate::graph::{Graph, ObjectId};
use crate::render::Provenance;
use crate::source::{FileId, Span};
use crate::yaml::Node;

/// So many lines of the objects of one row are looked at.
const MOST: usize = 4000;

/// One side, as far as lines are concerned.
pub(super) struct Lines<'s, 'a> {
    pub(super) graph: &'s Graph<'a>,
    pub(super) recorder: Recorder<'s, 'a>,
    pub(super) provenance: &'s Provenance,
    /// The files that people wrote, by path.
    pub(super) files: Vec<&'s str>,
    /// `base` or `head`.
    pub(super) revision: &'static str,
}

impl Lines<'_, '_> {
    /// Every line of some objects, and what else took part in it.
    fn of_objects(&self, objects: &[ObjectId]) -> Vec<Location> {
        let mut spans = Vec::new();
        for &object in objects {
            leaves(self.graph.places[object].object.node, &mut spans);
        }
        let mut found = Vec::new();
        for span in spans {
            found.push(self.recorder.location(span));
            let place = self.provenance.place(span.file);
            let written = place.and_then(|place| place.trail.at(span.start));
            let also = written.into_iter().flat_map(|written| &written.also);
            found.extend(also.map(|label| self.recorder.location(label.span)));
        }
        found
    }

    fn touched(&self, at: &Location, touched: &Touched<'_>) -> bool {
        let lines = touched.lines(&at.file);
        if self.revision == "head" { lines.head.contains(&at.line) } else { lines.base.contains(&at.line) }
    }

    /// The first line that the change touches.
    fn first(&self, places: &Places, touched: &Touched<'_>) -> Option<Cause> {
        let is_touched = |at: &Location| self.touched(at, touched);
        let line = places.lines.iter().find(|at| is_touched(at)).cloned();
        let at = line.or_else(|| self.of_objects(&places.objects).into_iter().find(is_touched))?;
        Some(Cause { revision: self.revision, at, touched: true })
    }

    /// The first touched line of the files that are nearest to where a thing is written or applied. Values and
    /// kustomizations switch things on that they do not write.
    fn near(&self, places: &Places, root: &str, touched: &Touched<'_>) -> Option<Cause> {
        let from: BTreeSet<&str> = places.lines.iter().map(|at| at.file.as_str()).chain([root]).collect();
        let changed = self.files.iter().filter_map(|file| {
            let lines = touched.lines(file);
            let line = *if self.revision == "head" { &lines.head } else { &lines.base }.first()?;
            let nearness = from.iter().map(|from| shared(from, file)).max()?;
            (nearness > 0).then_some((std::cmp::Reverse(nearness), *file, line))
        });
        let (_, file, line) = changed.min()?;
        let at = Location { file: file.to_owned(), line };
        Some(Cause { revision: self.revision, at, touched: true })
    }
}

/// How many folders two paths have in common; files at the top have the top in common.
fn shared(one: &str, other: &str) -> usize {
    if one == other {
        return usize::MAX;
    }
    let folders = |path: &'_ str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (one, mut other) = (folders(one), folders(other));
    other.pop();
    let count = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    if other.is_empty() { 1 } else { count }
}

/// Finds the cause of a row, and whether it stands elsewhere than the identity itself.
pub(super) fn settle(
    draft: &mut Draft,
    root: &str,
    (base, head): (&Lines<'_, '_>, &Lines<'_, '_>),
    own: &BTreeSet<&str>,
    touched: &Touched<'_>,
) {
    let unsure = |places: &Places, side: &Lines<'_, '_>| {
        let at = places.lines.iter().find(|at| side.files.contains(&at.file.as_str())).cloned()?;
        Some(Cause { revision: side.revision, at, touched: false })
    };
    let cause = head
        .first(&draft.head, touched)
        .or_else(|| base.first(&draft.base, touched))
        .or_else(|| head.near(&draft.head, root, touched))
        .or_else(|| base.near(&draft.base, root, touched))
        .or_else(|| unsure(&draft.head, head))
        .or_else(|| unsure(&draft.base, base));
    let is_own = own.iter().any(|file| touched.is_touched(file));
    draft.row.elsewhere = !own.is_empty() && !is_own && cause.as_ref().is_some_and(|cause| cause.touched);
    draft.row.cause = cause;
}

fn leaves(node: Node<'_>, found: &mut Vec<Span>) {
    if found.len() >= MOST {
        return;
    }
    if node.is_map() {
        for entry in node.entries() {
            found.push(entry.key.span());
            leaves(entry.value, found);
        }
    } else if node.is_seq() {
        node.items().for_each(|item| leaves(item, found));
    } else {
        found.push(node.span());
    }
}

/// The texts that some rows need the way back of.
pub(super) fn files(graph: &Graph<'_>, drafts: &[&Places]) -> BTreeSet<FileId> {
    let objects = drafts.iter().flat_map(|places| places.objects.iter());
    objects.map(|&object| graph.places[object].file).collect()
}

#[cfg(test)]
mod tests {
    use super::shared;

    #[test]
    fn files_are_near_by_the_folders_that_they_share() {
        for (one, other, count) in [
            ("charts/shop/templates/a.yaml", "charts/shop/values.yaml", 2),
            ("overlays/prod", "overlays/prod/kustomization.yaml", 2),
            ("apps/a.yaml", "charts/b.yaml", 0),
            ("a.yaml", "b.yaml", 1),
        ] {
            assert_eq!(shared(one, other), count, "{one} {other}");
        }
    }
}
