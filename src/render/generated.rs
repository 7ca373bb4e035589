//! Values that a chart makes at each rendering by chance: they stand in no file.
//!
//! A chart that names a function of chance is rendered twice, and what differs was made. What is derived from other values
//! (`derivePassword`, `sha256sum`) is the same each time, and known to whoever reads the chart.

use std::collections::HashMap;
use std::sync::Arc;

use super::helm::WholeChart;
use super::inputs::Inputs;
use super::readable::readable;
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
    /// Whether a cluster keeps it: the chart looks for the old one.
    pub is_kept: bool,
}

/// That a chart makes values by chance.
pub(super) struct Chance {
    /// Whether a cluster keeps the first of them.
    pub(super) is_kept: bool,
    /// Whether it reads the clock, which differs from second to second.
    pub(super) is_of_time: bool,
}

/// How many characters of chance make a secret of what stands around them.
const ENOUGH: usize = 8;
/// Longer values, in bytes, are keys and certificates, of which little stays.
const LONGEST: usize = 4096;

impl Made {
    /// Whether chance makes `value`, given the whole text of the second time. A word of the chart with a few characters of
    /// chance behind it is still known to whoever reads the chart.
    #[must_use]
    pub fn is_by_chance(value: &str, again: &str) -> bool {
        if value.len() > LONGEST {
            return !again.contains(value);
        }
        let ends: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
        // The longest part that is there again, by two ends that only move on.
        let (mut start, mut same) = (0, 0);
        for end in 1..ends.len() {
            while start < end && !again.contains(&value[ends[start]..ends[end]]) {
                start += 1;
            }
            same = same.max(end - start);
        }
        let left = ends.len() - 1 - same;
        left >= ENOUGH || left > same
    }
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

/// Whether a chart makes values by chance: whether a template of it names such a function.
pub(super) fn chance(chart: &mut WholeChart, inputs: &Inputs<'_>) -> Option<Chance> {
    chart.unpack(inputs);
    let own = chart.files.iter().filter_map(|(_, path)| inputs.bytes(path));
    let packed = chart.archives.iter().flat_map(|archive| &archive.files).map(|(_, bytes)| bytes.clone());
    let texts = own.chain(packed).map(|bytes| readable(&bytes));
    let (mut is_by_chance, mut is_kept, mut is_of_time) = (false, false, false);
    for text in texts.filter(|text| text.contains("{{")) {
        is_by_chance |= CHANCE.iter().any(|function| text.contains(function));
        is_kept |= text.contains(LOOKUP);
        is_of_time |= reads_clock(&text);
    }
    (is_by_chance || is_of_time).then_some(Chance { is_kept, is_of_time })
}

/// Whether an action of a template calls `now`.
fn reads_clock(text: &str) -> bool {
    let actions = text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0));
    let mut actions = actions.filter(|action| !action.trim_start_matches('-').trim_start().starts_with("/*"));
    let is_part = |c: char| c.is_alphanumeric() || "._$".contains(c);
    actions.any(|action| {
        let unquoted = action.split('"').step_by(2);
        unquoted.flat_map(|code| code.split(|c| !is_part(c))).any(|word| word == "now")
    })
}

#[cfg(test)]
mod tests {
    use super::{Generated, Made, reads_clock};

    #[test]
    fn a_few_characters_of_chance_make_no_secret_of_a_word() {
        for (value, again) in [
            ("plum-ladder-x", "plum-ladder-y"),
            ("xplum-ladder31y", "aplum-ladder31b"),
            ("plum-ladder", "password = plum-ladder, cookie = 7hs8Hs9ks0"),
        ] {
            assert!(!Made::is_by_chance(value, again), "{value}");
        }
        for (value, again) in [
            ("h7Gs0a", "k8Jd1b"),
            ("plum-ladder-h7Gs0aK2", "plum-ladder-k8Jd1bM3"),
            ("sk-h7Gs0aK", "sk-k8Jd1bM"),
        ] {
            assert!(Made::is_by_chance(value, again), "{value}");
        }
    }

    #[test]
    fn a_template_reads_the_clock_by_a_function() {
        for text in ["{{ now | date }}", "{{- dateInZone \"2006\" (now) \"UTC\" }}", "a\n{{now}}"] {
            assert!(reads_clock(text), "{text}");
        }
        for text in [
            "now",
            "{{ .Values.now }}",
            "{{ $now }}",
            "{{ include \"now\" . }}",
            "{{ x }} now {{ y }}",
            "{{- /* now */}}",
            "{{ fail \"set it now please\" }}",
        ] {
            assert!(!reads_clock(text), "{text}");
        }
    }

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
}
