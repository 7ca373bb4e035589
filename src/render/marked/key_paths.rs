//! The path of keys that each line of printed YAML stands at, within the text that one action printed.
//!
//! `toYaml .Values.resources | nindent 8` prints a block: its lines' paths lead on from the path of the action.

use std::collections::HashMap;
use std::rc::Rc;

/// A path below an action.
pub(super) type KeyPath = Rc<[Rc<str>]>;

/// Deeper lines keep the path of this depth.
const DEEPEST: usize = 60;

struct Level {
    column: usize,
    key: Rc<str>,
    is_item: bool,
}

/// The paths of lines; `runs` says for each which action printed its beginning.
pub(super) fn paths<'t>(lines: impl Iterator<Item = (&'t str, Option<u32>)>) -> Vec<KeyPath> {
    let mut paths = Vec::new();
    let mut stack: Vec<Level> = Vec::new();
    // How many items each list has had, by its column and the path to it.
    let mut counts: HashMap<(usize, Vec<Rc<str>>), usize> = HashMap::new();
    let mut run = None;
    for (line, owner) in lines {
        let text = line.trim_start_matches(' ');
        if !text.is_empty() && run != Some(owner) {
            stack.clear();
            counts.clear();
            run = Some(owner);
        }
        if !text.is_empty() && !text.starts_with('#') {
            step(&mut stack, &mut counts, line.len() - text.len(), text);
        }
        paths.push(stack.iter().map(|level| Rc::clone(&level.key)).collect());
    }
    paths
}

fn step(
    stack: &mut Vec<Level>,
    counts: &mut HashMap<(usize, Vec<Rc<str>>), usize>,
    indent: usize,
    text: &str,
) {
    let (mut column, mut rest) = (indent, text);
    let mut items = false;
    while rest == "-" || rest.starts_with("- ") {
        items = true;
        while stack.last().is_some_and(|top| top.column > column || (top.column == column && top.is_item)) {
            stack.pop();
        }
        if stack.len() < DEEPEST {
            let around: Vec<Rc<str>> = stack.iter().map(|level| Rc::clone(&level.key)).collect();
            let count = counts.entry((column, around)).or_default();
            let key = count.to_string().into();
            *count += 1;
            stack.push(Level { column, key, is_item: true });
        }
        let inner = rest[1..].trim_start_matches(' ');
        column += rest.len() - inner.len();
        rest = inner;
    }
    let key = key(rest);
    if !items {
        let ends = |top: &Level| top.column > indent || (top.column == indent && key.is_some());
        while stack.last().is_some_and(ends) {
            stack.pop();
        }
    }
    if let Some(key) = key.filter(|_| stack.len() < DEEPEST) {
        stack.push(Level { column, key: key.into(), is_item: false });
    }
}

/// The key that a line begins with, without quotes.
pub(super) fn key(text: &str) -> Option<&str> {
    let ends = |rest: &str| {
        rest.strip_prefix(':').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    };
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote) {
            let end = inside.find(quote)?;
            return ends(&inside[end + 1..]).then_some(&inside[..end]);
        }
    }
    let end = text.find(':').filter(|end| *end > 0)?;
    (!text.starts_with('#') && ends(&text[end..])).then_some(&text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_counted_and_runs_begin_anew() {
        let text = "a:\n  b: 1\n  \"c\":\n  - x\n  - d: 2\n    e: 3\n  - - y\nf: 4\ng: 5";
        let lines = text.lines().enumerate().map(|(at, line)| (line, Some(u32::from(at == 8))));
        let shown: Vec<String> = paths(lines).iter().map(|path| path.join(".")).collect();
        assert_eq!(shown, ["a", "a.b", "a.c", "a.c.0", "a.c.1.d", "a.c.1.e", "a.c.2.0", "f", "g"]);
    }
}
