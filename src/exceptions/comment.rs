//! Exceptions in comments: `# nhilint: except NHI204 until 2027-01-31 owner team-x: why it is`, on a line or the line
//! above it.

use super::inline;
use super::template;
use super::terms::{MALFORMED, Problem, Terms};
use super::written::{Reach, Written};
use crate::catalog::Catalog;
use crate::load::Texts;
use crate::source::{File, FileId, Span};

/// What such a comment begins with.
const MARK: &str = "nhilint:";

/// A comment beyond this length is no sentence of a person.
const LONGEST: usize = 2000;

/// Reads the comments of all texts that people wrote. `are_off`: the preset does not take them.
pub(super) fn read(texts: &Texts, catalog: &Catalog, are_off: bool, found: &mut Vec<Written>) {
    let finder = memchr::memmem::Finder::new(MARK);
    for (id, file) in texts.sources().files().filter(|(_, file)| !file.is_rendered()) {
        if finder.find(file.text().as_bytes()).is_some() {
            of_file(id, file, texts, catalog, are_off, found);
        }
    }
}

fn of_file(
    id: FileId,
    file: &File,
    texts: &Texts,
    catalog: &Catalog,
    are_off: bool,
    found: &mut Vec<Written>,
) {
    let documents = texts.documents(id);
    let is_broken = documents.iter().any(|document| document.doc().broken);
    let is_template = is_broken && file.text().contains("{{");
    let spans: Vec<Span> = if is_template {
        let ranges = template::comments(file.text()).into_iter();
        ranges.map(|range| Span::new(id, range.start, range.end)).collect()
    } else {
        let whole = documents.iter().filter(|document| !document.doc().broken);
        whole.flat_map(|document| document.doc().comments().map(|(span, _)| span)).collect()
    };
    let mut lines = Lines { file, below: None };
    for at in spans {
        let text = file.text().get(at.range()).unwrap_or_default();
        let Some(words) = words(text) else { continue };
        let (rules, terms, mut problems) = if words.len() > LONGEST {
            let problem = Problem::new(MALFORMED, at, "the comment is too long to be read");
            (Vec::new(), Terms::default(), vec![problem])
        } else {
            inline::comment(words, at, catalog)
        };
        if are_off {
            problems.insert(0, Problem::no_comments(at));
        }
        let reach = Reach::Line { file: id, line: lines.line_of(at), is_template };
        found.push(Written { id: None, at, rules, terms, reach, problems, removal: None });
    }
}

/// What a comment says to us.
fn words(comment: &str) -> Option<&str> {
    let inside = match comment.strip_prefix("{{") {
        Some(action) => {
            let action = action.strip_suffix("}}").unwrap_or(action).trim_matches(['-', ' ']);
            action.strip_prefix("/*")?.strip_suffix("*/")?
        }
        None => comment.trim_start_matches('#'),
    };
    inside.trim().strip_prefix(MARK).map(str::trim)
}

/// The lines that the comments of a file are for, asked for in the order of writing.
struct Lines<'f> {
    file: &'f File,
    /// A line of a run of comments, and the first line below that is none: a run of many is gone through once.
    below: Option<(u32, u32)>,
}

impl Lines<'_> {
    /// The line that a comment is for: its own, or where nothing else stands on it, the next that is no comment.
    fn line_of(&mut self, at: Span) -> Option<u32> {
        let file = self.file;
        let own = file.position(at.start).line;
        let is_comment = |line: &str| {
            let line = line.trim_start();
            line.starts_with('#') || (line.starts_with("{{") && words(line.trim_end()).is_some())
        };
        if !is_comment(file.line(own)) {
            return Some(own);
        }
        let last = file.line_starts().len() as u32;
        let known = self.below.filter(|(from, below)| (*from..*below).contains(&own));
        let next = match known {
            Some((_, below)) => below,
            None => (own + 1..=last).find(|line| !is_comment(file.line(*line))).unwrap_or(last + 1),
        };
        self.below = Some((known.map_or(own, |(from, _)| from), next));
        Some(next).filter(|next| *next <= last && !file.line(*next).trim().is_empty())
    }
}
