//! The edits of a fix as pieces of a unified diff, secrets masked.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use similar::TextDiff;

use crate::finding::Edit;
use crate::source::{FileId, Masks, SourceMap};
use crate::yaml;

/// Lines around a change.
const CONTEXT: usize = 2;

/// What the edits do, one piece of a diff for all that stand together.
pub(super) fn hunks(edits: &[Edit], masks: &Masks, sources: &SourceMap) -> String {
    let mut by_file: BTreeMap<FileId, Vec<&yaml::Edit>> = BTreeMap::new();
    let mut out = String::new();
    for edit in edits {
        match edit {
            Edit::Text(edit) => by_file.entry(edit.span.file).or_default().push(edit),
            Edit::NewFile { path, text } => {
                let _ = write!(
                    out,
                    "{}",
                    TextDiff::from_lines("", text).unified_diff().header("/dev/null", path)
                );
            }
        }
    }
    let mut changed = String::new();
    for (file, mut edits) in by_file {
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let path = sources.file(file).path();
        let _ = writeln!(changed, "--- {path}\n+++ {path}");
        let mut first = 0;
        let mut lines = (0, 0);
        while first < edits.len() {
            let count = together(&edits[first..], sources);
            piece(&edits[first..first + count], masks, sources, &mut lines, &mut changed);
            first += count;
        }
    }
    changed + &out
}

/// How many of the first edits stand so near that one piece shows them.
fn together(edits: &[&yaml::Edit], sources: &SourceMap) -> usize {
    let file = sources.file(edits[0].span.file);
    let line = |offset: u32| file.position(offset).line as usize;
    let near = |pair: &[&yaml::Edit]| line(pair[1].span.start) <= line(pair[0].span.end) + 2 * CONTEXT;
    1 + edits.windows(2).take_while(|pair| near(pair)).count()
}

/// Draws a piece. `lines` counts those of the pieces so far, as they were and as they become.
fn piece(
    edits: &[&yaml::Edit],
    masks: &Masks,
    sources: &SourceMap,
    lines: &mut (usize, usize),
    out: &mut String,
) {
    let id = edits[0].span.file;
    let file = sources.file(id);
    let (text, starts) = (file.text(), file.line_starts());
    let line = |offset: u32| file.position(offset).line as usize - 1;
    let (first, last) = (line(edits[0].span.start), line(edits[edits.len() - 1].span.end));
    let from = first.saturating_sub(CONTEXT);
    let start = starts[from] as usize;
    let end = starts.get(last + CONTEXT + 1).map_or(text.len(), |start| *start as usize);
    let (mut before, mut after, mut at) = (String::new(), String::new(), start);
    for edit in edits {
        let kept = masks.masked(id, text, at.min(edit.span.start as usize), edit.span.start as usize);
        let gone = masks.masked(id, text, edit.span.start as usize, edit.span.end as usize);
        before.extend([kept.as_str(), &gone]);
        after.extend([kept.as_str(), &edit.text]);
        at = edit.span.end as usize;
    }
    let rest = masks.masked(id, text, at, end.max(at));
    before.push_str(&rest);
    after.push_str(&rest);
    let diff = TextDiff::from_lines(&before, &after);
    let (old, new) = (before.lines().count(), after.lines().count());
    let number = from + 1;
    let _ = writeln!(out, "@@ -{number},{old} +{},{new} @@", number + lines.1 - lines.0);
    *lines = (lines.0 + old, lines.1 + new);
    for change in diff.iter_all_changes() {
        let _ = writeln!(out, "{}{}", change.tag(), change.value().trim_end_matches(['\n', '\r']));
    }
}
