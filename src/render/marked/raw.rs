//! What Helm printed, read back: documents, and in the raw text the marks.
//!
//! With one template that is not YAML and `--debug`, Helm prints every template's text as it came out of the engine
//! (`renderResources` in `pkg/action/action.go`), in no order, and behind it the hooks that it had sorted before.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use memchr::memmem;

use super::emit::Mark;

/// A document or raw file of Helm's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Printed<'t> {
    /// What `# Source:` says.
    pub(super) source: &'t str,
    /// Byte of its `---`.
    pub(super) head: usize,
    /// Byte of the first line behind the `# Source:` comment.
    pub(super) start: usize,
    pub(super) text: &'t str,
}

/// The documents of an output. A template may hold a `# Source:` of its own: only those of the chart `name` count.
pub(super) fn printed<'t>(text: &'t str, name: &str) -> Vec<Printed<'t>> {
    let mut heads: Vec<Printed<'t>> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
        let is_marker = text[at..].starts_with("---") && text[at + 3..end].trim().is_empty();
        if is_marker && let Some(rest) = text[end..].strip_prefix("# Source: ") {
            let line = rest.split('\n').next().unwrap_or_default();
            let source = line.trim();
            if source.strip_prefix(name).is_some_and(|rest| rest.starts_with('/')) {
                let start = (end + "# Source: ".len() + line.len() + 1).min(text.len());
                heads.push(Printed { source, head: at, start, text: "" });
                at = start;
                continue;
            }
        }
        at = end;
    }
    let ends: Vec<usize> = heads.iter().skip(1).map(|next| next.head).chain([text.len()]).collect();
    for (head, end) in heads.iter_mut().zip(ends) {
        head.text = text[head.start..end.max(head.start)].trim_end_matches('\n');
    }
    heads
}

/// The lines of a text, without their breaks and the blanks before these.
pub(super) fn lines(text: &str, start: usize) -> Vec<Range<usize>> {
    let mut at = start;
    let line = |line: &str| {
        let found = at..at + line.trim_end().len();
        at += line.len();
        found
    };
    text.split_inclusive('\n').map(line).collect()
}

/// The raw text of one template, without its marks.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) text: String,
    /// Where each mark stood, and which; by place.
    pub(super) breaks: Vec<(u32, u32)>,
    /// For each break the one that calls the helper it stands in.
    pub(super) callers: Vec<Option<u32>>,
    /// For the mark of each loop its turns: the number of breaks before, and the key.
    turns: HashMap<u32, Vec<(u32, String)>>,
    /// The lines of each document, as bytes of `text`.
    pub(super) documents: Vec<Vec<Range<usize>>>,
}

/// How a mark's helper is known: none for the text of a file.
pub(super) type HelperOf<'a> = &'a dyn Fn(&Mark) -> Option<&'a str>;

/// The raw texts of all templates, by their full names.
pub(super) fn read(
    output: &str,
    name: &str,
    nonce: &str,
    marks: &[Mark],
    helper: HelperOf<'_>,
) -> BTreeMap<String, Raw> {
    let mut all = BTreeMap::new();
    for found in printed(output, name) {
        // What comes a second time is a hook that Helm had sorted already.
        all.entry(found.source.to_owned()).or_insert_with(|| Raw::read(found.text, nonce, marks, helper));
    }
    all
}

impl Raw {
    fn read(text: &str, nonce: &str, marks: &[Mark], helper: HelperOf<'_>) -> Self {
        let word = format!("~{nonce}:");
        let mut raw = Self {
            text: String::with_capacity(text.len()),
            breaks: Vec::new(),
            callers: Vec::new(),
            turns: HashMap::new(),
            documents: Vec::new(),
        };
        let mut copied = 0;
        for at in memmem::find_iter(text.as_bytes(), word.as_bytes()) {
            let Some((number, turn, end)) = mark(text, at + word.len()) else { continue };
            if number as usize >= marks.len() {
                continue;
            }
            raw.text.push_str(&text[copied..at]);
            copied = end;
            match turn {
                Some(turn) => raw.turns.entry(number).or_default().push((raw.breaks.len() as u32, turn)),
                None => raw.breaks.push((raw.text.len() as u32, number)),
            }
        }
        raw.text.push_str(&text[copied..]);
        raw.find_callers(marks, helper);
        raw.documents = documents(&raw.text);
        raw
    }

    /// A helper's text belongs to the nearest call of it that is not over: text of the file ends all calls, text of a
    /// helper those that it made.
    fn find_callers(&mut self, marks: &[Mark], helper: HelperOf<'_>) {
        const DEEPEST: usize = 200;
        let mut open: Vec<u32> = Vec::new();
        for number in 0..self.breaks.len() {
            let mark = &marks[self.breaks[number].1 as usize];
            let caller = helper(mark).and_then(|name| {
                let calls = |of: &u32| {
                    let called = marks[self.breaks[*of as usize].1 as usize].calls.as_ref();
                    called.is_some_and(|called| called.name.as_deref().is_none_or(|called| called == name))
                };
                let found = open.iter().rev().take(DEEPEST).position(calls)?;
                open.truncate(open.len() - found);
                open.last().copied()
            });
            if mark.region == 0 {
                open.clear();
            }
            self.callers.push(caller);
            if mark.calls.is_some() {
                open.push(number as u32);
            }
        }
    }

    /// The last break at or before a byte.
    pub(super) fn owner(&self, at: usize) -> Option<u32> {
        let after = self.breaks.partition_point(|(start, _)| *start as usize <= at);
        after.checked_sub(1).map(|index| index as u32)
    }

    /// The turn of a loop, by its mark, that a break stands in.
    pub(super) fn turn(&self, mark: u32, at: u32) -> Option<&str> {
        let turns = self.turns.get(&mark)?;
        let after = turns.partition_point(|(before, _)| *before <= at);
        Some(turns.get(after.checked_sub(1)?)?.1.as_str())
    }
}

/// The number of a mark, its turn, and its end.
fn mark(text: &str, start: usize) -> Option<(u32, Option<String>, usize)> {
    let rest = &text.as_bytes()[start..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = text[start..start + digits].parse().ok()?;
    match rest.get(digits)? {
        b'~' => Some((number, None, start + digits + 1)),
        b'=' => {
            let is_key = |byte: &&u8| matches!(byte, b'A'..=b'Z' | b'2'..=b'7' | b'=');
            let end = start + digits + 1 + rest[digits + 1..].iter().take_while(is_key).count();
            (text.as_bytes().get(end) == Some(&b'~')).then_some(())?;
            Some((number, Some(base32(&text[start + digits + 1..end])), end + 1))
        }
        _ => None,
    }
}

/// RFC 4648, as sprig's `b32enc` writes it.
fn base32(text: &str) -> String {
    let (mut bits, mut held) = (0u32, 0u32);
    let mut bytes = Vec::new();
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => break,
        };
        held = (held << 5 | u32::from(value)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The documents of a text, cut where Helm cuts: `(?:^|\s*\n)---\s*` (`pkg/releaseutil/manifest.go`).
///
/// The blanks behind a marker belong to it, so that of two markers in a row the second is text.
fn documents(text: &str) -> Vec<Vec<Range<usize>>> {
    let bytes = text.as_bytes();
    let skip = |at: usize| at + (text[at..].len() - text[at..].trim_start().len());
    let mut found = Vec::new();
    let first = skip(0);
    let mut start = if text[first..].starts_with("---") { skip(first + 3) } else { first };
    loop {
        let next = memmem::find(&bytes[start..], b"\n---").map(|at| start + at);
        let whole = &text[start..next.unwrap_or(text.len())];
        let indent = whole.len() - whole.trim_start().len();
        if !whole.trim().is_empty() {
            found.push(lines(whole.trim(), start + indent));
        }
        match next {
            Some(next) => start = skip(next + 4),
            None => return found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_chart_names_sources() {
        let text = "---\n# Source: a/x.yaml\nk: 1\n---\n# Source: b/x.yaml\nk: 2\n--- \n# Source: a/y.yaml\nk: 3\n\n";
        let found = printed(text, "a");
        let shown: Vec<_> = found.iter().map(|found| (found.source, found.text)).collect();
        assert_eq!(shown, [("a/x.yaml", "k: 1\n---\n# Source: b/x.yaml\nk: 2"), ("a/y.yaml", "k: 3")]);
        assert_eq!(&text[found[1].start..found[1].start + 4], "k: 3");
    }

    #[test]
    fn the_second_of_two_markers_is_text() {
        let text = "---\n---\na: 1\n \n---\nb: 2\n";
        let shown: Vec<Vec<&str>> = documents(text)
            .iter()
            .map(|lines| lines.iter().map(|line| &text[line.clone()]).collect())
            .collect();
        assert_eq!(shown, [vec!["---", "a: 1"], vec!["b: 2"]]);
    }

    #[test]
    fn keys_of_turns_are_read() {
        assert_eq!([base32("MZXW6==="), base32("GA======"), base32("")], ["foo", "0", ""]);
        assert_eq!(mark("7=GA======~x", 0), Some((7, Some("0".to_owned()), 11)));
        assert_eq!(
            [mark("7x", 0), mark("~", 0), mark("7=a~", 0), mark("99999999999~", 0)],
            [None, None, None, None]
        );
    }
}
