//! What stands near the places of findings: nothing else of a file can be shown.

use std::collections::HashMap;
use std::ops::Range;

use crate::finding::{Finding, Fix};
use crate::source::{FileId, SourceMap};

/// Lines on both sides of a place that count; excerpts show fewer.
const NEAR: usize = 8;

/// The bytes near findings, by file: sorted, without overlaps.
pub(super) fn shown<'f>(
    findings: impl Iterator<Item = &'f Finding>,
    sources: &SourceMap,
) -> HashMap<FileId, Vec<Range<usize>>> {
    let mut shown: HashMap<FileId, Vec<Range<usize>>> = HashMap::new();
    let spans = findings.flat_map(|finding| {
        let related = finding.related.iter().map(|label| label.span);
        let edits = finding.fixes.iter().flat_map(Fix::text_edits).map(|edit| edit.span);
        related.chain(edits).chain([finding.span])
    });
    for span in spans {
        let file = sources.file(span.file);
        let starts = file.line_starts();
        let line = |offset: u32| starts.partition_point(|&start| start <= offset).saturating_sub(1);
        let first = starts[line(span.start).saturating_sub(NEAR)] as usize;
        let last = starts.get(line(span.end) + NEAR + 1);
        let end = last.map_or(file.text().len(), |&start| start as usize);
        shown.entry(span.file).or_default().push(first..end);
    }
    #[expect(clippy::iter_over_hash_type, reason = "each file's ranges are merged by themselves")]
    for ranges in shown.values_mut() {
        ranges.sort_unstable_by_key(|range| (range.start, range.end));
        ranges.dedup_by(|next, before| {
            let touches = next.start <= before.end;
            if touches {
                before.end = before.end.max(next.end);
            }
            touches
        });
    }
    shown
}
