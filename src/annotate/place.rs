//! Where the comment about a finding stands, and what it shows of a fix there.

use crate::catalog::Catalog;

use super::body::{Shown, comment};
use super::hunks::{Hunk, shown};
use super::report::{Finding, Fix, WholeLines};

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

/// The comment about a finding. `hunks` are those of its file, `linted` are the lines of its file, where they are known.
pub(super) fn place(
    finding: &Finding,
    key: String,
    catalog: &Catalog,
    hunks: &[Hunk],
    linted: Option<&[String]>,
) -> Comment {
    let elsewhere = comment(finding, &key, catalog, Shown::Diff);
    let at = |(first, last)| Anchor { path: finding.location.file.clone(), first, last };
    let suggested = finding.fixes.iter().find_map(|fix| suggestion(finding, fix, hunks, linted));
    if let Some((fix, lines, place)) = suggested {
        let body = comment(finding, &key, catalog, Shown::Suggestion(fix, lines));
        return Comment { anchor: Some(at(place)), body, elsewhere, key };
    }
    let line = finding.location.line;
    let text =
        linted.and_then(|lines| lines.get((line as usize).checked_sub(1)?)).map(|line| [line.as_str()]);
    let anchor = shown(hunks, (line, line), text.as_ref().map(<[&str; 1]>::as_slice), linted).map(at);
    Comment { anchor, body: elsewhere.clone(), elsewhere, key }
}

/// A fix that a reviewer can take over where the finding stands: its lines are shown by one hunk, as they were linted.
fn suggestion<'f>(
    finding: &Finding,
    fix: &'f Fix,
    hunks: &[Hunk],
    linted: Option<&[String]>,
) -> Option<(&'f Fix, &'f WholeLines, (u32, u32))> {
    let lines = fix.lines.as_ref().filter(|lines| lines.file == finding.location.file)?;
    // Nobody documents which line ends GitHub writes.
    if lines.before.contains('\r') || lines.after.contains('\r') {
        return None;
    }
    let before: Vec<&str> = lines.before.lines().collect();
    let is_whole = lines.end.checked_sub(lines.start)? as usize + 1 == before.len();
    let place = shown(hunks, (lines.start, lines.end), Some(&before), linted).filter(|_| is_whole)?;
    Some((fix, lines, place))
}
