//! What to do with the comments that are there, and which to add. Comments are known by their marker, which holds no line:
//! a comment that is outdated or resolved has none any more.

use std::collections::{BTreeMap, BTreeSet};

use super::body::gone;
use super::place::{Anchor, Comment};
use super::report::Trust;
use super::text::is_same;

/// A comment of ours that is there.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: u64,
    pub(super) key: String,
    pub(super) body: String,
    /// Where it stands now; None where it is outdated.
    pub(super) lines: Option<(u32, u32)>,
    /// Whether somebody answered it.
    pub(super) is_answered: bool,
}

/// What to do.
#[derive(Debug, Default)]
pub(super) struct Plan<'c> {
    /// To be added, each with its lines.
    pub(super) added: Vec<(&'c Comment, &'c Anchor)>,
    /// The text to give to a comment.
    pub(super) edited: Vec<(u64, String)>,
    pub(super) removed: Vec<u64>,
    /// Findings that a comment shows once this is done; those that are added too.
    pub(super) shown: BTreeSet<&'c str>,
    /// Findings for which there is no room.
    pub(super) left_out: usize,
}

/// Compares what is there with what should be. `most` is how many comments may stand there in all; those that are there
/// already stay. What a stranger's report does not name any more is not removed.
pub(super) fn plan<'c>(known: &[Known], wanted: &'c [Comment], most: usize, trust: Trust) -> Plan<'c> {
    let mut plan = Plan::default();
    let by_key: BTreeMap<&str, &Comment> =
        wanted.iter().map(|comment| (comment.key.as_str(), comment)).collect();
    for old in known {
        let comment =
            by_key.get(old.key.as_str()).filter(|comment| !plan.shown.contains(comment.key.as_str()));
        let Some(comment) = comment else {
            let closing = gone(&old.key);
            if trust == Trust::Own && !old.is_answered {
                plan.removed.push(old.id);
            } else if !is_same(&old.body, &closing) {
                plan.edited.push((old.id, closing));
            }
            continue;
        };
        plan.shown.insert(&comment.key);
        let stands = comment.anchor.as_ref().map(|anchor| (anchor.first, anchor.last));
        let is_there = old.lines.is_some() && old.lines == stands;
        let body = if is_there { &comment.body } else { &comment.elsewhere };
        if !is_same(&old.body, body) {
            plan.edited.push((old.id, body.clone()));
        }
    }
    let mut room = most.saturating_sub(plan.shown.len());
    for comment in wanted {
        let Some(anchor) = &comment.anchor else { continue };
        if plan.shown.contains(comment.key.as_str()) {
            continue;
        }
        if room == 0 {
            plan.left_out += 1;
            continue;
        }
        room -= 1;
        plan.shown.insert(&comment.key);
        plan.added.push((comment, anchor));
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment(key: &str, lines: Option<(u32, u32)>) -> Comment {
        let anchor = lines.map(|(first, last)| Anchor { path: "a.yaml".into(), first, last });
        Comment { key: key.into(), anchor, body: format!("{key} here"), elsewhere: format!("{key} there") }
    }

    fn known(id: u64, key: &str, body: &str, lines: Option<(u32, u32)>, is_answered: bool) -> Known {
        Known { id, key: key.into(), body: body.into(), lines, is_answered }
    }

    #[test]
    fn what_is_there_stays_and_what_is_gone_goes() {
        let wanted = [
            comment("same", Some((1, 1))),
            comment("moved", Some((5, 6))),
            comment("outdated", Some((7, 7))),
            comment("hidden", None),
            comment("new", Some((9, 9))),
        ];
        let there = [
            known(1, "same", "same here\r\n", Some((1, 1)), false),
            known(2, "moved", "moved here", Some((4, 6)), true),
            known(3, "outdated", "outdated there", None, false),
            known(4, "hidden", "hidden here", Some((3, 3)), false),
            known(5, "gone", "gone here", Some((2, 2)), false),
            known(6, "answered", "answered here", Some((2, 2)), true),
            known(7, "closed", &gone("closed"), None, true),
            known(8, "same", "same here", Some((1, 1)), false),
        ];
        let plan = plan(&there, &wanted, 30, Trust::Own);
        assert_eq!(plan.removed, [5, 8], "and the second of two for one finding");
        let edited = [(2, "moved there".into()), (4, "hidden there".into()), (6, gone("answered"))];
        assert_eq!(plan.edited, edited);
        let added: Vec<&str> = plan.added.iter().map(|(comment, _)| comment.key.as_str()).collect();
        assert_eq!((added, plan.left_out, plan.shown.len()), (vec!["new"], 0, 5));
    }

    #[test]
    fn a_review_has_room_for_some() {
        let wanted: Vec<Comment> =
            (1..40).map(|line| comment(&format!("k{line}"), Some((line, line)))).collect();
        let there = [known(1, "k39", "k39 here", Some((39, 39)), false)];
        for (most, added, left_out) in [(0, 0, 38), (1, 0, 38), (2, 1, 37), (39, 38, 0), (40, 38, 0)] {
            let plan = plan(&there, &wanted, most, Trust::Own);
            assert_eq!((plan.added.len(), plan.left_out), (added, left_out), "{most}");
        }
    }

    #[test]
    fn a_stranger_removes_nothing() {
        let there = [known(1, "a", "a here", Some((1, 1)), false), known(2, "b", &gone("b"), None, false)];
        let plan = plan(&there, &[], 30, Trust::Stranger);
        assert_eq!((plan.removed.len(), plan.edited), (0, vec![(1, gone("a"))]));
    }
}
