//! Values that a chart makes at each rendering, by chance or by a recipe: they stand in no file.
//!
//! A chart that names a function of chance is rendered twice, and what differs was made.

use std::collections::HashMap;
use std::sync::Arc;

use super::helm::WholeChart;
use super::inputs::Inputs;
use crate::source::FileId;
use crate::yaml::{Document, Node, documents};

/// Functions whose result differs from rendering to rendering (sprig `functions.go`).
const CHANCE: [&str; 10] = [
    "randAlpha",
    "randNumeric",
    "randAscii",
    "randBytes",
    "randInt",
    "uuidv4",
    "shuffle",
    "genPrivateKey",
    "genCA",
    "genS",
];
/// A function that makes a password out of another, always the same.
const RECIPE: &str = "derivePassword ";
/// What reads a value that an earlier rendering left in the cluster.
const LOOKUP: &str = "lookup ";

/// Shorter values are no secrets, and stand elsewhere by accident.
const SHORTEST: usize = 6;

/// The values that were made, as they stand in the rendered text.
#[derive(Clone, Debug, Default)]
pub struct Generated(HashMap<String, Made>);

/// A value that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// What stood there the second time.
    pub again: String,
    /// Whether a cluster keeps it: the chart looks for the old one, or makes the same again.
    pub is_kept: bool,
}

/// How a chart makes values.
pub(super) struct Recipe {
    pub(super) is_kept: bool,
    /// Files of the chart, changed so that recipes give something else: paths below its folder, and texts.
    pub(super) files: Vec<(String, String)>,
}

impl Generated {
    /// What differs between two renderings of a chart.
    pub(super) fn between(first: &str, second: &str, is_kept: bool) -> Self {
        let mut made = HashMap::new();
        let read = |text: &str| documents(FileId::default(), &Arc::from(text));
        let (first, second) = (read(first), read(second));
        let mut add = |one: &Document, other: &Document| {
            if let (Some(one), Some(other)) = (one.doc().root(), other.doc().root()) {
                add_differences(one, other, is_kept, &mut made);
            }
        };
        if first.len() == second.len() {
            first.iter().zip(&second).for_each(|(one, other)| add(one, other));
        }
        Self(made)
    }

    /// Adds those of another text.
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The value, if it was made.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<&Made> {
        self.0.get(text)
    }
}

fn add_differences(one: Node<'_>, other: Node<'_>, is_kept: bool, made: &mut HashMap<String, Made>) {
    if let (Some(text), Some(again)) = (one.text(), other.text()) {
        if text != again && text.len() >= SHORTEST {
            made.insert(text.into_owned(), Made { again: again.into_owned(), is_kept });
        }
        return;
    }
    for entry in one.entries() {
        if let Some(other) = other.get(&entry.key.key()) {
            add_differences(entry.value, other, is_kept, made);
        }
    }
    one.items().zip(other.items()).for_each(|(one, other)| add_differences(one, other, is_kept, made));
}

/// How a chart makes values, if a template of it names such a function.
pub(super) fn recipe(chart: &mut WholeChart, inputs: &Inputs<'_>) -> Option<Recipe> {
    chart.unpack(inputs);
    let own = chart.files.iter().filter_map(|(below, path)| Some((Some(below), inputs.bytes(path)?)));
    let packed = chart.archives.iter().flat_map(|archive| &archive.files);
    let all = own.chain(packed.map(|(_, bytes)| (None, bytes.clone())));
    let texts = all.filter_map(|(path, bytes)| Some((path, String::from_utf8(bytes).ok()?)));
    let (mut is_by_chance, mut looks_up, mut files) = (false, false, Vec::new());
    for (path, text) in texts.filter(|(_, text)| text.contains("{{")) {
        is_by_chance |= CHANCE.iter().any(|function| text.contains(function));
        looks_up |= text.contains(LOOKUP);
        if let Some((path, changed)) = path.zip(other_recipe(&text)) {
            files.push((path.clone(), changed));
        }
    }
    let is_made = is_by_chance || !files.is_empty();
    is_made.then_some(Recipe { is_kept: looks_up || !is_by_chance, files })
}

/// A template whose recipes give something else: `derivePassword 1 …` counts the passwords of a service.
fn other_recipe(text: &str) -> Option<String> {
    let mut pieces = text.split(RECIPE);
    let mut changed = pieces.next()?.to_owned();
    let mut is_changed = false;
    for piece in pieces {
        changed.push_str(RECIPE);
        if piece.starts_with(|first: char| first.is_ascii_digit()) {
            changed.push('1');
            is_changed = true;
        }
        changed.push_str(piece);
    }
    is_changed.then_some(changed)
}

#[cfg(test)]
mod tests {
    use super::{Generated, other_recipe};

    #[test]
    fn what_differs_was_made() {
        let first =
            "kind: Secret\ndata: {a: first-value, b: same-value, c: [short, other-1]}\n---\nkind: A\n";
        let second =
            "kind: Secret\ndata: {a: second-value, b: same-value, c: [other, other-2]}\n---\nkind: A\n";
        let made = Generated::between(first, second, true);
        assert_eq!(made.get("first-value").map(|made| &*made.again), Some("second-value"));
        assert!(made.get("other-1").is_some() && made.get("same-value").is_none());
        assert!(made.get("short").is_none(), "a short value says nothing");
    }

    #[test]
    fn recipes_are_changed_where_they_count() {
        assert_eq!(
            other_recipe("{{ derivePassword 1 \"long\" $x }}").as_deref(),
            Some("{{ derivePassword 11 \"long\" $x }}")
        );
        assert_eq!(other_recipe("{{ derivePassword $n }}"), None);
    }
}
