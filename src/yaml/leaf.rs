//! Scalars on their way into the arena: where they begin and end, and what must be cooked.

use granit_parser::{ScalarStyle, Span as Mark};

use super::build::{Builder, Open};
use super::cook;
use super::scalar::{self, Typed};
use super::tree::{Kind, flag};

impl Builder<'_> {
    pub(super) fn scalar(&mut self, style: ScalarStyle, mark: &Mark, value: &str) -> usize {
        let (start, end) = (self.offset(mark.start), self.offset(mark.end));
        let kind = match style {
            ScalarStyle::Plain if start == end => Kind::Empty,
            ScalarStyle::Plain => Kind::Plain,
            ScalarStyle::SingleQuoted => Kind::Single,
            ScalarStyle::DoubleQuoted => Kind::Double,
            ScalarStyle::Literal => Kind::Literal,
            ScalarStyle::Folded => Kind::Folded,
        };
        match kind {
            Kind::Empty => {
                let at = self.empty(start);
                self.push(kind, at, at)
            }
            Kind::Literal | Kind::Folded => self.block(kind, mark, value),
            _ => {
                let node = self.push(kind, start, end);
                let written = &self.text.as_bytes()[start..end];
                let escapes = match kind {
                    Kind::Double => memchr::memchr3(b'\\', b'\n', b'\r', written),
                    Kind::Single => memchr::memchr3(b'\'', b'\n', b'\r', &written[1..written.len() - 1]),
                    _ => memchr::memchr2(b'\n', b'\r', written),
                };
                if escapes.is_some() {
                    self.tree.nodes[node].flags |= flag::COOK;
                }
                self.last = end;
                node
            }
        }
    }

    /// Where a value that is not written would stand: after the `:` of its key, after its dash.
    fn empty(&self, given: usize) -> usize {
        let given = given.clamp(self.last, self.limit);
        let is_value = |open: &Open| !open.key && self.tree.nodes[open.node].kind == Kind::Map;
        if self.open.last().is_some_and(is_value)
            && let Some(colon) = self.next_token(self.limit).filter(|&at| self.text.as_bytes()[at] == b':')
        {
            return colon + 1;
        }
        self.last + self.text[self.last..given].trim_end().len()
    }

    /// What comes after the last scalar or bracket and is no white space or comment.
    fn next_token(&self, end: usize) -> Option<usize> {
        let bytes = &self.text.as_bytes()[..end];
        let mut at = self.last;
        loop {
            match bytes.get(at)? {
                b' ' | b'\t' | b'\n' | b'\r' => at += 1,
                b'#' => at += memchr::memchr2(b'\n', b'\r', &bytes[at..])?,
                _ => return Some(at),
            }
        }
    }

    /// A block scalar: from its `|` or `>` to the end of its last line with content.
    fn block(&mut self, kind: Kind, mark: &Mark, value: &str) -> usize {
        let (given, given_end) = (self.offset(mark.start), self.offset(mark.end));
        let start = self.block_start(kind, given).unwrap_or(given);
        let header = cook::header(self.text, start, self.limit);
        let has_content = given > header.end && value.bytes().any(|byte| byte != b'\n');
        // Of a key, the library gives the indentation of its mapping.
        let is_key =
            self.open.last().is_some_and(|open| open.key && self.tree.nodes[open.node].kind == Kind::Map);
        let given_indent = mark.indent.filter(|_| !is_key).unwrap_or(mark.start.col());
        let indent = if has_content { given_indent } else { usize::MAX };
        let mut end = header.indicators_end;
        let mut at = cook::line(self.text, header.end, self.limit).next;
        while has_content && at < given_end {
            let line = cook::line(self.text, at, self.limit);
            if line.start + line.spaces < line.end && line.spaces < indent {
                break;
            }
            if line.start + indent < line.end {
                end = line.end;
            }
            at = line.next.max(at + 1);
        }
        let node = self.push(kind, start, end);
        self.tree.nodes[node].indent = u16::try_from(indent).unwrap_or(u16::MAX);
        self.last = end;
        node
    }

    /// The `|` or `>` of the block scalar whose content the library found at `given`.
    fn block_start(&self, kind: Kind, given: usize) -> Option<usize> {
        let wanted = if kind == Kind::Literal { b'|' } else { b'>' };
        let bytes = &self.text.as_bytes()[..(given + 1).min(self.limit)];
        let mut at = self.last;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'#' => at += memchr::memchr2(b'\n', b'\r', &bytes[at..])?,
                b'&' | b'!' => at += bytes[at..].iter().position(u8::is_ascii_whitespace)?,
                _ if byte == wanted => return Some(at),
                _ => at += 1,
            }
        }
        None
    }

    pub(super) fn type_scalar(&mut self, node: usize) {
        let raw = &mut self.tree.nodes[node];
        if raw.kind == Kind::Plain && raw.flags & (flag::COOK | flag::TAG) == 0 {
            let written = &self.text[raw.start as usize..raw.end as usize];
            if scalar::resolve(written) != Typed::Str {
                raw.flags |= flag::TYPED;
            }
        }
    }
}
