//! Fills the arena from the events of `granit-parser`, the only place that names the library.
//!
//! The library's spans are mended on the way: those of block collections come from their children, those of scalars in
//! `leaf`. It must not judge what the document means (that is `check`).

use granit_parser::{ErrorKind, Event, Parser, Span as Mark, StructureStyle};

use super::message;
use super::problem::{self, Problem, ProblemKind, Problems};
use super::raw;
use super::tree::{Kind, Tag, Tree, flag};

/// What is nested deeper is left out and said, so that every walk of a tree may recurse.
pub(super) const MAX_DEPTH: usize = 512;

/// kubectl refuses what is nested deeper (`max_flow_level` and `max_indents` in goyaml's `scannerc.go`).
const KUBECTL_DEPTH: usize = 10_000;

/// How much may be read again for the sake of text that only kubectl's reader takes.
const RETRY_BYTES: usize = 64 << 20;

/// Reads `text[start..end]`; what was read before a syntax error stays.
pub(super) fn build(text: &str, start: usize, end: usize) -> (Tree, Problems) {
    if let Some(problem) = raw::control_character(text, start, end) {
        let mut problems = Problems::default();
        problems.push(problem);
        return (Tree::default(), problems);
    }
    let mut patched: Option<String> = None;
    // Reading again is bounded by bytes, not only by times.
    let mut retries = (RETRY_BYTES / (end - start).max(1)).clamp(2, 200);
    loop {
        let mut builder = Builder {
            text,
            base: start,
            limit: end,
            tree: Tree::for_text(end - start),
            open: Vec::new(),
            left_out: 0,
            anchors: Vec::new(),
            last: start,
            problems: Problems::default(),
        };
        let parsed = patched.as_deref().unwrap_or(&text[start..end]);
        let Some((kind, at)) = builder.run(parsed) else {
            builder.problems.extend(raw::markers(text, start, end));
            return (builder.tree, builder.problems);
        };
        let last = builder.last - start;
        let lenient = (retries > 0).then(|| raw::lenient(parsed, last, at - start, &kind)).flatten();
        if lenient.is_none() {
            match raw::open_quote(parsed, last, &kind) {
                Some(quote) => builder.syntax_error(&ErrorKind::UnclosedQuotedScalar, start + quote),
                None => builder.syntax_error(&kind, at),
            }
            builder.problems.extend(raw::markers(text, start, end));
            return (builder.tree, builder.problems);
        }
        patched = lenient;
        retries -= 1;
    }
}

pub(super) struct Open {
    pub(super) node: usize,
    flow: bool,
    /// Does the next child stand as a key?
    pub(super) key: bool,
}

pub(super) struct Builder<'t> {
    pub(super) text: &'t str,
    base: usize,
    pub(super) limit: usize,
    pub(super) tree: Tree,
    pub(super) open: Vec<Open>,
    /// How many collections are open that are nested too deeply to be kept.
    left_out: usize,
    /// Node of each anchor, by the library's number.
    anchors: Vec<u32>,
    /// End of the last scalar, alias or bracket.
    pub(super) last: usize,
    problems: Problems,
}

impl Builder<'_> {
    /// Reads `parsed`, which is the document's text or has its length; a syntax error and its place.
    fn run(&mut self, parsed: &str) -> Option<(ErrorKind, usize)> {
        let options = granit_parser::options! {
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
            max_buffered_comment_events: usize::MAX,
            flow_nesting_limit: KUBECTL_DEPTH + 1,
            block_nesting_limit: KUBECTL_DEPTH + 1,
        };
        let mut ended = false;
        let mut failure = None;
        for event in Parser::new_from_str_with_options(parsed, options) {
            match event {
                Ok((Event::DocumentEnd, _)) => ended = true,
                Ok((Event::DocumentStart(..), mark)) if ended => {
                    self.rest_unread(self.offset(mark.start));
                    break;
                }
                Ok((event, mark)) if self.left_out > 0 => self.leave_out(&event, &mark),
                Ok((event, mark)) => self.event(event, &mark),
                Err(error) if ended => {
                    self.rest_unread(self.offset(*error.marker()));
                    break;
                }
                Err(error) => {
                    failure = Some((error.kind().clone(), self.offset(*error.marker())));
                    break;
                }
            }
        }
        while let Some(open) = self.open.pop() {
            self.close(&open, self.last);
        }
        failure
    }

    /// Passes over an event within what is nested too deeply.
    fn leave_out(&mut self, event: &Event<'_>, mark: &Mark) {
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => self.left_out += 1,
            Event::MappingEnd | Event::SequenceEnd => self.left_out -= 1,
            _ => {}
        }
        self.last = self.last.max(self.offset(mark.end));
    }

    /// Takes one event.
    fn event(&mut self, event: Event<'_>, mark: &Mark) {
        let (start, end) = (self.offset(mark.start), self.offset(mark.end));
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let node = self.scalar(style, mark, &value);
                self.properties(node, anchor, tag.as_deref());
                self.type_scalar(node);
            }
            Event::MappingStart(style, anchor, tag) => {
                self.start(Kind::Map, style, start, anchor, tag.as_deref());
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.start(Kind::Seq, style, start, anchor, tag.as_deref());
            }
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(open) = self.open.pop() {
                    self.close(&open, end);
                }
            }
            Event::Alias(anchor) => {
                let node = self.push(Kind::Alias, start, end);
                self.last = end;
                match self.anchors.get(anchor) {
                    // It stands in what was left out.
                    Some(&u32::MAX) | None => {}
                    Some(&target) if self.tree.node(target).skip == u32::MAX => {
                        let message = "this alias stands inside what it stands for; write the value out";
                        self.problems.push(Problem::syntax(start, end, message));
                    }
                    Some(&target) => self.tree.aliases.push((node as u32, target)),
                }
            }
            Event::UnresolvedAlias(_) => {
                self.push(Kind::Alias, start, end);
                self.last = end;
                let message = "nothing before this in the document has the anchor that this alias names";
                self.problems.push(Problem::syntax(start, end, message));
            }
            Event::Anchor(_, name) => {
                let after = self.text.as_bytes()[..self.limit].get(end);
                let ends = after.is_none_or(|byte| byte.is_ascii_whitespace() || b"?:,]}%@`".contains(byte));
                if !ends || !name.bytes().all(is_name) {
                    let message = "kubectl takes only letters, digits, `-` and `_` in the name of an anchor";
                    self.problems.push(Problem::syntax(start, end, message));
                }
            }
            Event::Comment(..) => self.tree.comments.push((start as u32, end as u32)),
            _ => {}
        }
    }

    pub(super) fn push(&mut self, kind: Kind, start: usize, end: usize) -> usize {
        let node = self.tree.push(kind, start, end);
        if let Some(open) = self.open.last_mut()
            && self.tree.nodes[open.node].kind == Kind::Map
        {
            if open.key {
                self.tree.nodes[node].flags |= flag::KEY;
            }
            open.key = !open.key;
        }
        node
    }

    fn properties(&mut self, node: usize, anchor: usize, tag: Option<&granit_parser::Tag>) {
        if anchor > 0 {
            if self.anchors.len() <= anchor {
                self.anchors.resize(anchor + 1, u32::MAX);
            }
            self.anchors[anchor] = node as u32;
        }
        if let Some(tag) = tag {
            self.tree.nodes[node].flags |= flag::TAG;
            self.tree.tags.push((node as u32, tag_of(tag)));
        }
    }

    fn start(
        &mut self,
        kind: Kind,
        style: StructureStyle,
        start: usize,
        anchor: usize,
        tag: Option<&granit_parser::Tag>,
    ) {
        if self.open.len() == MAX_DEPTH {
            let problem = Problem::syntax(start, start + 1, too_deep());
            self.problems.push(Problem { kind: ProblemKind::TooLarge, ..problem });
            self.push(Kind::Empty, start, start);
            self.left_out = 1;
            return;
        }
        let flow = style == StructureStyle::Flow;
        let node = self.push(kind, start, start);
        if flow {
            self.tree.nodes[node].flags |= flag::FLOW;
            self.last = start + 1;
        }
        self.properties(node, anchor, tag);
        self.open.push(Open { node, flow, key: true });
    }

    /// Ends a collection; a block collection reaches from its first child to the end of its last.
    fn close(&mut self, open: &Open, end: usize) {
        self.tree.close(open.node);
        if open.flow {
            self.tree.nodes[open.node].end = end as u32;
            self.last = end;
            return;
        }
        let children = self.tree.children(open.node as u32);
        let first = self.tree.nodes.get(open.node + 1).map(|first| first.start);
        if let (Some(start), Some(last)) = (first, children.last()) {
            let end = self.tree.node(last).end;
            let node = &mut self.tree.nodes[open.node];
            (node.start, node.end) = (start, end.max(start));
        }
    }

    pub(super) fn offset(&self, marker: granit_parser::Marker) -> usize {
        (self.base + marker.byte_offset().unwrap_or(0)).min(self.limit)
    }

    /// kubectl takes the first document of a piece and drops the others without a word.
    fn rest_unread(&mut self, at: usize) {
        let (start, end) = problem::place(self.text, at, self.base, self.limit);
        let message = "kubectl reads nothing from here on; begin a new document with `---`";
        self.problems.push(Problem { fatal: false, ..Problem::syntax(start, end, message) });
    }

    fn syntax_error(&mut self, kind: &ErrorKind, at: usize) {
        // It was said already where it began.
        if *kind == ErrorKind::RecursionLimitExceeded && self.problems.is_fatal() {
            return;
        }
        let (start, end) = match raw::tab_before(self.text, at) {
            Some(tab) if message::is_tab(kind) => (tab, tab + 1),
            _ => problem::place(self.text, at, self.base, self.limit),
        };
        let problem = match kind {
            ErrorKind::RecursionLimitExceeded => ProblemKind::TooLarge,
            _ => ProblemKind::Syntax,
        };
        let message = match kind {
            ErrorKind::RecursionLimitExceeded => too_deep(),
            _ => message::of(kind),
        };
        self.problems.push(Problem { kind: problem, ..Problem::syntax(start, end, message) });
    }
}

fn too_deep() -> String {
    format!("nested deeper than {MAX_DEPTH} levels; what is deeper is not read")
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn tag_of(tag: &granit_parser::Tag) -> Tag {
    let full = format!("{}{}", tag.handle(), tag.suffix());
    match full.strip_prefix("tag:yaml.org,2002:") {
        Some("str") => Tag::Str,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("bool") => Tag::Bool,
        Some("null") => Tag::Null,
        Some("binary") => Tag::Binary,
        Some("timestamp") => Tag::Timestamp,
        Some("merge") => Tag::Merge,
        _ => Tag::Other,
    }
}
