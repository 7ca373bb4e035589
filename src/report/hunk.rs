//! The edits of a fix as pieces of a unified diff, secrets masked.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::unified::{Side, hunks as unified};
use crate::finding::Edit;
use crate::source::{FileId, Masks, SourceMap};
use crate::yaml;

/// Lines around a change.
const CONTEXT: usize = 2;

/// What the edits do, one piece of a diff for all that stand together.
pub(super) fn hunks(edits: &[Edit], masks: &Masks, sources: &SourceMap) -> String {
    let mut by_file: BTreeMap<FileId, Vec<&yaml::Edit>> = BTreeMap::new();
    let (mut changed, mut made) = (String::new(), String::new());
    for edit in edits {
        match edit {
            Edit::Text(edit) => by_file.entry(edit.span.file).or_default().push(edit),
            Edit::NewFile { path, text } => {
                let side = |text| Side { text, shown: text, above: 0 };
                let _ = write!(made, "--- /dev/null\n+++ {path}\n{}", unified(side(""), side(text), CONTEXT));
            }
        }
    }
    for (file, mut edits) in by_file {
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let path = sources.file(file).path();
        let _ = write!(changed, "--- {path}\n+++ {path}\n{}", of_file(file, &edits, masks, sources));
    }
    changed + &made
}

/// What sorted edits of one file do to the lines that they stand in.
fn of_file(id: FileId, edits: &[&yaml::Edit], masks: &Masks, sources: &SourceMap) -> String {
    let [Some(first), Some(last)] = [edits.first(), edits.last()] else { return String::new() };
    let file = sources.file(id);
    let (text, starts) = (file.text(), file.line_starts());
    let line = |offset: u32| file.position(offset).line as usize - 1;
    let above = line(first.span.start).saturating_sub(CONTEXT);
    let start = starts[above] as usize;
    let end = starts.get(line(last.span.end) + CONTEXT + 1).map_or(text.len(), |start| *start as usize);
    let masked = masks.masked(id, text, start, end);
    let (mut after, mut shown, mut at) = (String::new(), String::new(), start);
    for edit in edits {
        let kept = at.min(edit.span.start as usize)..edit.span.start as usize;
        after.extend([&text[kept.clone()], &edit.text]);
        shown.extend([masked.get(kept.start - start..kept.end - start).unwrap_or_default(), &edit.text]);
        at = edit.span.end as usize;
    }
    after.push_str(&text[at..end.max(at)]);
    shown.push_str(masked.get(at - start..end.max(at) - start).unwrap_or_default());
    // People read it: they need no line ends of Windows.
    let [masked, shown] = [masked, shown].map(|shown| shown.replace("\r\n", "\n"));
    let before = Side { text: &text[start..end], shown: &masked, above };
    unified(before, Side { text: &after, shown: &shown, above }, CONTEXT)
}
