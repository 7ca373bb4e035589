//! Where the comment about a finding stands, and what it shows of a fix there.

use crate::catalog::Catalog;

use super::body::{Shown, comment};
use super::hunks::{Hunk, shown};
use super::report::{Finding, WholeLines};

/// Lines of a file, on the right side of the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) path: String,
    pub(super) first: u32,
    pub(super) last: u32,
}

/// A comment as it should be.
#[derive(Debug)]
pub(super) struct Comment {
    /// What it is known by, whatever becomes of its lines.
    pub(super) key: String,
    /// None where the change does not show the lines.
    pub(super) anchor: Option<Anchor>,
    /// On the lines of the anchor.
    pub(super) body: String,
    /// Where it stands on others already: a suggestion would replace those.
    pub(super) elsewhere: String,
}

/// A file as the change shows it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shows<'c> {
    pub(super) hunks: &'c [Hunk],
    /// All of its lines as they were linted, where they are known.
    pub(super) linted: Option<&'c [String]>,
}

/// The comment about a finding: on the lines of a fix that the change shows, else on its own line.
pub(super) fn place<'c>(
    finding: &Finding,
    key: String,
    catalog: &Catalog,
    file: &impl Fn(&str) -> Shows<'c>,
) -> Comment {
    let elsewhere = comment(finding, &key, catalog, Shown::Diff);
    let at = |path: &str, (first, last)| Anchor { path: path.to_owned(), first, last };
    let all = || finding.fixes.iter().filter_map(|fix| Some((fix, fix.lines.as_ref()?)));
    // One that stands where the finding is comes first.
    let is_here = |lines: &WholeLines| lines.file == finding.location.file;
    let near = all().filter(|(_, lines)| is_here(lines));
    let mut by_place = near.chain(all().filter(|(_, lines)| !is_here(lines)));
    let suggested =
        by_place.find_map(|(fix, lines)| Some((fix, lines, suggestion(lines, file(&lines.file))?)));
    if let Some((fix, lines, place)) = suggested {
        let body = comment(finding, &key, catalog, Shown::Suggestion(fix, lines));
        return Comment { anchor: Some(at(&lines.file, place)), body, elsewhere, key };
    }
    let (path, line) = (&finding.location.file, finding.location.line);
    let Shows { hunks, linted } = file(path);
    let text =
        linted.and_then(|lines| lines.get((line as usize).checked_sub(1)?)).map(|line| [line.as_str()]);
    let place = shown(hunks, (line, line), text.as_ref().map(<[&str; 1]>::as_slice), linted);
    Comment { anchor: place.map(|place| at(path, place)), body: elsewhere.clone(), elsewhere, key }
}

/// Where a reviewer can take over the lines of a fix: one hunk shows them, as they were linted.
fn suggestion(lines: &WholeLines, Shows { hunks, linted }: Shows<'_>) -> Option<(u32, u32)> {
    // Nobody documents which line ends GitHub writes.
    if lines.before.contains('\r') || lines.after.contains('\r') {
        return None;
    }
    let before: Vec<&str> = lines.before.lines().collect();
    let is_whole = lines.end.checked_sub(lines.start)? as usize + 1 == before.len();
    shown(hunks, (lines.start, lines.end), Some(&before), linted).filter(|_| is_whole)
}
