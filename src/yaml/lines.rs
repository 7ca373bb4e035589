//! Line breaks and tabs that the parser library takes and kubectl's reader does not: it reads YAML 1.1 with libyaml's
//! rules.
//!
//! It uses the places of leaves only, never what they mean.

use super::cook;
use super::problem::Problem;
use super::tree::{Kind, Tree, flag};

/// Looks for them in `text[start..end]`, which was read into `tree`.
pub(super) fn check(text: &str, start: usize, end: usize, tree: &Tree) -> Vec<Problem> {
    let mut problems: Vec<_> = tab(text, start, end, tree).into_iter().collect();
    problems.extend(invisible_break(text, start, end, tree));
    problems.extend(unreadable(text, tree));
    problems.extend(tab_in_block(text, end, tree));
    problems
}

/// A tab before the first word of a line or of a list item, in block notation.
fn tab(text: &str, start: usize, end: usize, tree: &Tree) -> Option<Problem> {
    let bytes = &text.as_bytes()[..end];
    let mut sweep = Sweep { tree, next: 0, leaf: None, flow_end: 0 };
    for tab in memchr::memchr_iter(b'\t', &bytes[start..]).map(|at| start + at) {
        let line = memchr::memrchr2(b'\n', b'\r', &bytes[start..tab]).map_or(start, |at| start + at + 1);
        // A dash begins a line within the line.
        let before = &bytes[line..tab];
        if before.iter().any(|byte| !matches!(byte, b' ' | b'-')) || before.starts_with(b"---") {
            continue;
        }
        sweep.to(tab);
        if sweep.flow_end > tab {
            continue;
        }
        // Quoted text and block scalars take tabs; a plain scalar, which may go on here, where it is indented enough.
        if let Some(leaf) = sweep.leaf {
            let raw = tree.node(leaf);
            let inside = tab < raw.end as usize;
            let goes_on = || inside || text[raw.end as usize..tab].trim().is_empty();
            let taken = match raw.kind {
                Kind::Plain => {
                    inside && before.contains(&b'-')
                        || goes_on() && before.len() > indent_of(text, tree, leaf)
                }
                _ => inside,
            };
            if taken {
                continue;
            }
        }
        let message = "kubectl refuses a tab here, even in an empty line; use spaces";
        return Some(Problem::syntax(tab, tab + 1, message));
    }
    None
}

/// The last leaf and the flow collection at a place; places are asked for in order.
struct Sweep<'t> {
    tree: &'t Tree,
    next: u32,
    leaf: Option<u32>,
    flow_end: usize,
}

impl Sweep<'_> {
    fn to(&mut self, at: usize) {
        while let Some(raw) = self.tree.nodes.get(self.next as usize).filter(|raw| raw.start as usize <= at) {
            match raw.kind {
                Kind::Map | Kind::Seq if raw.flags & flag::FLOW != 0 => {
                    self.flow_end = self.flow_end.max(raw.end as usize);
                }
                Kind::Map | Kind::Seq => {}
                _ => self.leaf = Some(self.next),
            }
            self.next += 1;
        }
    }
}

/// The column of the key or dash that a plain scalar belongs to.
fn indent_of(text: &str, tree: &Tree, leaf: u32) -> usize {
    let start = tree.node(leaf).start as usize;
    let key = leaf.checked_sub(1).map(|key| tree.node(key)).filter(|key| key.flags & flag::KEY != 0);
    let owner = match key {
        Some(key) if tree.node(leaf).flags & flag::KEY == 0 => key.start as usize,
        _ => text[..start].trim_end_matches([' ', '\t']).len().saturating_sub(1),
    };
    let line = memchr::memrchr2(b'\n', b'\r', &text.as_bytes()[..owner]).map_or(0, |at| at + 1);
    owner - line
}

/// A block scalar whose first word comes after a tab, unless its header says how far it is indented.
fn tab_in_block(text: &str, end: usize, tree: &Tree) -> Option<Problem> {
    let blocks = tree.nodes.iter().filter(|raw| matches!(raw.kind, Kind::Literal | Kind::Folded));
    for raw in blocks.filter(|raw| (raw.end as usize) <= end) {
        let header = cook::header(text, raw.start as usize, end);
        let mut line = cook::line(text, cook::line(text, header.end, end).next, end);
        while line.start + line.spaces == line.end && line.next > line.start {
            line = cook::line(text, line.next, end);
        }
        let first = line.start + line.spaces;
        if !header.says_indent && text.as_bytes().get(first) == Some(&b'\t') && first < raw.end as usize {
            let message = "kubectl refuses a tab before the first word; say the indentation, as in `|2`";
            return Some(Problem::syntax(first, first + 1, message));
        }
    }
    None
}

/// YAML 1.1 ends lines at NEL, LS and PS too: outside quotes the two versions read different documents.
fn invisible_break(text: &str, start: usize, end: usize, tree: &Tree) -> Option<Problem> {
    let piece = &text[start..end];
    let mut sweep = Sweep { tree, next: 0, leaf: None, flow_end: 0 };
    let breaks = memchr::memchr2_iter(0xc2, 0xe2, piece.as_bytes());
    for at in breaks.map(|at| start + at) {
        let Some(char @ ('\u{85}' | '\u{2028}' | '\u{2029}')) = text[at..].chars().next() else {
            continue;
        };
        sweep.to(at);
        let quoted = sweep
            .leaf
            .map(|leaf| tree.node(leaf))
            .is_some_and(|raw| matches!(raw.kind, Kind::Single | Kind::Double) && at < raw.end as usize);
        if !quoted {
            let message =
                format!("kubectl ends the line at the invisible {}; delete it", char.escape_unicode());
            return Some(Problem::syntax(at, at + char.len_utf8(), message));
        }
    }
    None
}

/// Keys of two lines, and plain text within `{}` and `[]` that YAML 1.1 reads otherwise: `:80`, `why? so`.
fn unreadable(text: &str, tree: &Tree) -> Option<Problem> {
    let mut flow_end = 0;
    for raw in &tree.nodes {
        if raw.flags & flag::FLOW != 0 {
            flow_end = flow_end.max(raw.end);
        }
        let in_flow = raw.start < flow_end;
        let (start, end) = (raw.start as usize, raw.end as usize);
        let message = match raw.kind {
            Kind::Plain | Kind::Single | Kind::Double
                if raw.flags & flag::KEY != 0
                    && (in_flow || raw.flags & flag::COOK != 0)
                    && is_broken(text, start, end) =>
            {
                "kubectl wants a key and its `:` on one line"
            }
            Kind::Plain if in_flow && (text[start..].starts_with(':') || has_mark(text, start, end)) => {
                "kubectl cannot read this text between brackets; quote it"
            }
            _ => continue,
        };
        return Some(Problem::syntax(start, end, message));
    }
    None
}

/// Is there a line break in a key, or between it and its `:`, though no `?` announces it?
fn is_broken(text: &str, start: usize, end: usize) -> bool {
    let after = text[end..].trim_start();
    let colon = if after.starts_with(':') { text.len() - after.len() } else { end };
    text[start..colon].contains('\n') && !text[..start].trim_end().ends_with('?')
}

/// A `?` before white space.
fn has_mark(text: &str, start: usize, end: usize) -> bool {
    let mut marks = memchr::memchr_iter(b'?', &text.as_bytes()[start..end]);
    marks.any(|at| text.as_bytes().get(start + at + 1).is_none_or(u8::is_ascii_whitespace))
}
