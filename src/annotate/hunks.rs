//! The lines of a file that a pull request shows, from the `patch` that GitHub gives of it.
//!
//! A comment can stand on what was added and on the lines around it, and within one hunk only.

/// GitHub shows so many lines around a change.
const CONTEXT: usize = 3;

/// Lines that stand together in the new version of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    /// The number of the first line.
    start: u32,
    /// Without line breaks.
    lines: Vec<String>,
}

impl Hunk {
    /// The lines from one to another, where all of them are here.
    fn lines(&self, first: u32, last: u32) -> Option<&[String]> {
        let (first, last) = (first.checked_sub(self.start)? as usize, last.checked_sub(self.start)? as usize);
        self.lines.get(first..=last)
    }

    /// Whether the lines around a place are those around another in the whole file, as far as both have some.
    fn is_around(&self, from: usize, linted: &[String], at: usize) -> bool {
        let before = self.lines[..from].iter().rev().zip(linted[..at].iter().rev());
        let behind = self.lines[from..].iter().zip(&linted[at..]);
        before.take(CONTEXT).chain(behind.take(1 + CONTEXT)).all(|(one, other)| one == other)
    }
}

/// The hunks of a patch. What cannot be read ends them: nothing is commented on there.
pub(super) fn hunks(patch: &str) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    for line in patch.split('\n') {
        if line.starts_with("@@") {
            let Some(start) = start_of(line) else { break };
            hunks.push(Hunk { start, lines: Vec::new() });
            continue;
        }
        let Some(hunk) = hunks.last_mut() else { continue };
        if let Some(text) = line.strip_prefix([' ', '+']) {
            hunk.lines.push(text.trim_end_matches('\r').to_owned());
        }
    }
    hunks
}

/// The first line on the right of `@@ -1,2 +3,4 @@`.
fn start_of(header: &str) -> Option<u32> {
    let right = header.split(' ').find_map(|word| word.strip_prefix('+'))?;
    right.split(',').next()?.parse().ok()
}

/// Where lines can be commented on: `wanted` are those that must stand there, where that is known. What was linted may be a
/// merge, in which they have other numbers than in the pull request; `linted` are all lines of that file. None where they
/// are not shown, or not surely the same.
pub(super) fn shown(
    hunks: &[Hunk],
    (first, last): (u32, u32),
    wanted: Option<&[&str]>,
    linted: Option<&[String]>,
) -> Option<(u32, u32)> {
    let here = hunks.iter().find_map(|hunk| hunk.lines(first, last));
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else { return here.map(|_| (first, last)) };
    let is_there = |lines: &[String]| lines.iter().eq(wanted.iter().map(|line| line.trim_end_matches('\r')));
    if here.is_some_and(is_there) {
        return Some((first, last));
    }
    let at = (first as usize).checked_sub(1)?;
    let linted = linted.filter(|linted| linted.get(at..at + wanted.len()).is_some_and(is_there))?;
    let mut found = hunks.iter().flat_map(|hunk| {
        let windows = hunk.lines.windows(wanted.len()).enumerate().filter(|(_, lines)| is_there(lines));
        windows
            .filter(|(from, _)| hunk.is_around(*from, linted, at))
            .map(|(from, _)| hunk.start + from as u32)
    });
    let start = found.next()?;
    found.next().is_none().then(|| (start, start + wanted.len() as u32 - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "@@ -1,3 +1,4 @@ kind: Job\n a\n-b\n+B\n+c\n d\n@@ -10,2 +11,2 @@\n x\n-y\n+z\n\\ No newline at end of file";

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn lines_of_the_right_side_are_shown() {
        let hunks = hunks(PATCH);
        for line in [1, 2, 3, 4, 11, 12] {
            assert_eq!(shown(&hunks, (line, line), None, None), Some((line, line)));
        }
        for line in [0, 5, 10, 13, u32::MAX] {
            assert_eq!(shown(&hunks, (line, line), None, None), None, "{line}");
        }
        assert_eq!(shown(&hunks, (1, 4), None, None), Some((1, 4)));
        assert_eq!(shown(&hunks, (4, 11), None, None), None, "two hunks");
        assert_eq!(shown(&hunks, (2, 3), Some(&["B\r", "c"]), None), Some((2, 3)));
        assert_eq!(shown(&hunks, (2, 3), Some(&["B", "d"]), None), None);
    }

    #[test]
    fn lines_that_moved_are_found_where_there_is_one_such_place() {
        let hunks = hunks(PATCH);
        let merged = lines("new\na\nB\nc\nd\ne\n");
        let moved = |line: u32, wanted: &[&str]| {
            let last = line + wanted.len() as u32 - 1;
            shown(&hunks, (line, last), Some(wanted), Some(&merged))
        };
        assert_eq!(moved(3, &["B"]), Some((2, 2)));
        assert_eq!(moved(4, &["c", "d"]), Some((3, 4)));
        assert_eq!(moved(1, &["new"]), None, "it is not in the pull request");
        assert_eq!(moved(3, &["z"]), None, "it is not what was linted");
        assert_eq!(moved(0, &["B"]), None);
        assert_eq!(shown(&hunks, (3, 3), Some(&["B"]), None), None, "nobody knows what was linted");
        let other = lines("new\nx\nB\nc\n");
        assert_eq!(
            shown(&hunks, (3, 3), Some(&["B"]), Some(&other)),
            None,
            "the same line of another object"
        );
        let twice = super::hunks("@@ -0,0 +1,3 @@\n+a\n+a\n+a");
        let seven = lines(&"a\n".repeat(7));
        assert_eq!(shown(&twice, (7, 7), Some(&["a"]), Some(&seven)), None, "several such places");
    }

    #[test]
    fn what_is_no_patch_shows_nothing() {
        for text in ["", "Binary files differ", "@@ nothing @@\n+a", "+a", "@@ -1 +99999999999 @@\n+a"] {
            assert_eq!(shown(&hunks(text), (1, 1), None, None), None, "{text}");
        }
        let one = hunks("@@ -0,0 +1 @@\n+a");
        assert_eq!(shown(&one, (1, 1), None, None), Some((1, 1)));
    }
}
