//! Which lines a change touches.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::rc::Rc;

use similar::{ChangeTag, TextDiff};

use crate::load::Files;

/// The lines of one file that are not the same on both sides, from 1.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Those that are gone, as numbered before.
    pub base: BTreeSet<u32>,
    /// Those that are new, as numbered now.
    pub head: BTreeSet<u32>,
}

/// Compares files when first asked for them.
#[derive(Debug)]
pub struct Touched<'f> {
    base: &'f Files,
    head: &'f Files,
    known: RefCell<HashMap<String, Rc<Lines>>>,
}

impl<'f> Touched<'f> {
    /// Between two trees of one repository.
    #[must_use]
    pub fn between(base: &'f Files, head: &'f Files) -> Self {
        Self { base, head, known: RefCell::default() }
    }

    /// Whether any line of a file is touched.
    #[must_use]
    pub fn is_touched(&self, path: &str) -> bool {
        let lines = self.lines(path);
        !lines.base.is_empty() || !lines.head.is_empty()
    }

    /// The lines of a file. What is on one side only is touched as a whole.
    #[must_use]
    pub fn lines(&self, path: &str) -> Rc<Lines> {
        if let Some(known) = self.known.borrow().get(path) {
            return Rc::clone(known);
        }
        let hash = |files: &Files| files.hash(Path::new(path));
        let is_same = hash(self.base).is_some_and(|known| hash(self.head).as_ref() == Some(&known));
        let text = |files: &Files| {
            let bytes = files.bytes(Path::new(path)).ok();
            bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
        };
        let lines = if is_same { Lines::default() } else { compared(&text(self.base), &text(self.head)) };
        let lines = Rc::new(lines);
        self.known.borrow_mut().insert(path.to_owned(), Rc::clone(&lines));
        lines
    }
}

fn compared(before: &str, now: &str) -> Lines {
    let mut lines = Lines::default();
    if before == now {
        return lines;
    }
    let number = |index: Option<usize>| u32::try_from(index? + 1).ok();
    for change in TextDiff::from_lines(before, now).iter_all_changes() {
        match change.tag() {
            ChangeTag::Delete => lines.base.extend(number(change.old_index())),
            ChangeTag::Insert => lines.head.extend(number(change.new_index())),
            ChangeTag::Equal => {}
        }
    }
    lines
}
