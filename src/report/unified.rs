//! Unified diffs, as `diff -u` and git print them. What is compared is the text; what is shown of it may be masked.

use std::fmt::Write as _;

use similar::{ChangeTag, DiffOp, TextDiff};

/// A text and the same as it is shown, line by line.
#[derive(Clone, Copy, Debug)]
pub struct Side<'t> {
    /// What is compared.
    pub text: &'t str,
    /// What is shown.
    pub shown: &'t str,
    /// How many lines of its file stand before it.
    pub above: usize,
}

/// The hunks of what differs, with some lines around each.
#[must_use]
pub fn hunks(before: Side<'_>, after: Side<'_>, context: usize) -> String {
    let diff = TextDiff::from_lines(before.text, after.text);
    let shown = [before, after].map(|side| side.shown.split('\n').collect::<Vec<_>>());
    let mut out = String::new();
    for group in diff.grouped_ops(context) {
        let [Some(first), Some(last)] = [group.first(), group.last()] else { continue };
        let old = range(first.old_range().start, last.old_range().end, before.above);
        let new = range(first.new_range().start, last.new_range().end, after.above);
        let _ = writeln!(out, "@@ -{old} +{new} @@");
        for change in group.iter().flat_map(|op: &DiffOp| diff.iter_changes(op)) {
            let line = match change.tag() {
                ChangeTag::Insert => change.new_index().and_then(|at| shown[1].get(at)),
                ChangeTag::Delete | ChangeTag::Equal => change.old_index().and_then(|at| shown[0].get(at)),
            };
            let line = line.copied().unwrap_or_default();
            let end = if change.missing_newline() { "\n\\ No newline at end of file" } else { "" };
            let _ = writeln!(out, "{}{line}{end}", change.tag());
        }
    }
    out
}

/// Lines as the head of a hunk has them: the first, from 1, and how many unless it is one.
fn range(start: usize, end: usize, above: usize) -> String {
    match end - start {
        // An empty range stands after a line.
        0 => format!("{},0", start + above),
        1 => format!("{}", start + above + 1),
        count => format!("{},{count}", start + above + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{Side, hunks};

    #[test]
    fn a_part_of_a_file_has_the_numbers_of_the_file_and_shows_what_may_be_shown() {
        let side = |text, shown, above| Side { text, shown, above };
        let before = side("a: 1\nb: secret\n", "a: 1\nb: ******\n", 7);
        let after = side("a: 1\nc: 2\nb: secret\n", "a: 1\nc: 2\nb: ******\n", 8);
        assert_eq!(hunks(before, after, 2), "@@ -8,2 +9,3 @@\n a: 1\n+c: 2\n b: ******\n");
    }

    #[test]
    fn lines_are_counted_as_git_does() {
        let side = |text| Side { text, shown: text, above: 0 };
        assert_eq!(hunks(side(""), side("a\n"), 3), "@@ -0,0 +1 @@\n+a\n");
        let open = "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n";
        assert_eq!(hunks(side("a"), side("b"), 3), open);
    }
}
