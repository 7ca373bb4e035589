//! Places of values that are given otherwise than as a file: in a block scalar, or as an option.

use crate::source::Span;

/// The lines of a literal block (`|`) in a file, and the same lines as they are read: without their indentation.
#[derive(Debug)]
pub(super) struct Block<'v> {
    text: &'v str,
    whole: &'v str,
    /// First bytes of the lines of `text`, and of the same lines in `whole`.
    own: Vec<usize>,
    outer: Vec<usize>,
}

impl<'v> Block<'v> {
    /// The block scalar that begins at `start` of `whole`, and its value.
    pub(super) fn new(text: &'v str, whole: &'v str, start: usize) -> Self {
        let starts = |text: &str| {
            let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
            std::iter::once(0).chain(newlines).collect::<Vec<_>>()
        };
        let own = starts(text);
        // The first line holds the `|`.
        let below = starts(whole.get(start..).unwrap_or_default()).into_iter().skip(1).take(own.len());
        let outer = below.map(|line| start + line).collect();
        Self { text, whole, own, outer }
    }

    /// A place in the value, as a place in the file.
    pub(super) fn moved(&self, span: Span) -> Span {
        let start = self.place(span.start as usize);
        let end = self.place(span.end as usize).max(start);
        Span::new(span.file, start, end)
    }

    fn place(&self, offset: usize) -> usize {
        let number = self.own.partition_point(|start| *start <= offset) - 1;
        let line = |text: &'v str, start: usize| {
            let line = text.get(start..).unwrap_or_default().split('\n').next().unwrap_or_default();
            line.trim_end_matches('\r')
        };
        let Some(&outer) = self.outer.get(number) else { return self.whole.len() };
        let written = line(self.whole, outer);
        let indent = written.len().saturating_sub(line(self.text, self.own[number]).len());
        outer + (indent + offset - self.own[number]).min(written.len())
    }
}

/// The paths that `a.b=c,d[0]=e` sets (helm `pkg/strvals/parser.go`).
///
/// A backslash takes a sign for what it is, and `{` begins a list that goes to its `}`.
pub(super) fn set_paths(argument: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut path = Vec::new();
    let mut key = String::new();
    let (mut in_value, mut in_list) = (false, false);
    let mut chars = argument.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => key.extend(chars.next().filter(|_| !in_value)),
            '=' if !in_value => {
                in_value = true;
                path.push(std::mem::take(&mut key));
                path.retain(|key: &String| !key.is_empty());
                paths.push(std::mem::take(&mut path));
            }
            '{' | '}' if in_value => in_list = char == '{',
            ',' if in_value && !in_list => in_value = false,
            _ if in_value => {}
            '.' | '[' => path.push(std::mem::take(&mut key)),
            ']' => {}
            _ => key.push(char),
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn lines_of_a_block_are_found_in_their_file() {
        let whole = "spec:\n  values: |\n    a: one\n\n    b:\n      c: \"two\"\n  more: x\n";
        let text = "a: one\n\nb:\n  c: \"two\"\n";
        let file = SourceMap::default().add("a.yaml", whole);
        let block = Block::new(text, whole, whole.find('|').expect("a block"));
        for word in ["one", "b:", "c: \"two\"", "two"] {
            let at = text.find(word).expect("a word");
            let moved = block.moved(Span::new(file, at, at + word.len()));
            assert_eq!(&whole[moved.range()], word);
        }
        assert!(block.moved(Span::new(file, text.len(), text.len() + 50)).range().end <= whole.len());
    }

    #[test]
    fn options_set_paths() {
        let shown =
            |argument: &str| set_paths(argument).iter().map(|path| path.join("/")).collect::<Vec<_>>();
        assert_eq!(shown("a.b=c,d[0].e=f=g"), ["a/b", "d/0/e"]);
        assert_eq!(shown("a\\.b/c={x,y},d=\\,e"), ["a.b/c", "d"]);
        assert!(shown("a.b").is_empty() && shown("").is_empty());
    }
}
