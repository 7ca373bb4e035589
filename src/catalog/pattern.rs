//! Lists of patterns as users write them, and names with `*` in our own tables.

use std::collections::{BTreeSet, HashMap, HashSet};

use globset::{Glob, GlobSet, GlobSetBuilder};

/// Patterns with a number each, whose only wildcard is `*`: of N of them a text is compared with those that begin as it does.
/// A set of N automata takes N times as long for each letter.
#[derive(Clone, Debug, Default)]
struct Stars {
    /// By what stands before the first `*`, the rest of the pattern from that on.
    by_start: HashMap<String, Vec<(String, usize)>>,
    /// How many bytes stand there.
    lengths: BTreeSet<usize>,
}

impl Stars {
    /// Takes a pattern, if it is one of these; two stars in a row mean something else.
    fn take(&mut self, pattern: &str, number: usize) -> bool {
        let is_plain = !pattern.contains(['?', '[', ']', '{', '}', '\\']) && !pattern.contains("**");
        let Some(star) = pattern.find('*').filter(|_| is_plain) else { return false };
        let (start, rest) = pattern.split_at(star);
        self.by_start.entry(start.to_owned()).or_default().push((rest.to_owned(), number));
        self.lengths.insert(star);
        true
    }

    /// The numbers of those that a text fits.
    fn with<'s>(&'s self, text: &'s str) -> impl Iterator<Item = usize> {
        let starts = self.lengths.iter().filter_map(|&length| text.split_at_checked(length));
        let begun = starts.filter_map(|(start, rest)| Some((self.by_start.get(start)?, rest)));
        begun.flat_map(|(patterns, left)| {
            patterns.iter().filter(move |(rest, _)| matches(rest, left)).map(|(_, number)| *number)
        })
    }
}

/// A list of patterns, compiled: `*` stands for any text, `/` included, `?` for one character, `[ab]` for one of several
/// and `{a,b}` for one of several texts. A text that is written in the list is always in it.
#[derive(Clone, Debug)]
pub struct Patterns {
    written: HashSet<String>,
    stars: Stars,
    globs: GlobSet,
}

impl Patterns {
    /// Compiles patterns; what is no pattern stands for itself only.
    #[must_use]
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Self {
        let mut stars = Stars::default();
        let written: HashSet<String> =
            patterns.into_iter().map(|pattern| pattern.as_ref().to_owned()).collect();
        let others = written.iter().filter(|pattern| is_pattern(pattern) && !stars.take(pattern, 0));
        let globs = set(others.filter_map(|pattern| Glob::new(pattern).ok()));
        Self { written, stars, globs }
    }

    /// Compiles patterns for the end of a path, from any of its parts on: `fluent-bit`, `calico/*`.
    #[must_use]
    pub fn of_ends<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Self {
        let written: HashSet<String> =
            patterns.into_iter().map(|pattern| pattern.as_ref().to_owned()).collect();
        let glob = |end: &String| Glob::new(&format!("**/{end}")).ok();
        let globs = set(written.iter().filter_map(glob));
        Self { written, stars: Stars::default(), globs }
    }

    /// What keeps a text from being a pattern, in words.
    #[must_use]
    pub fn error(pattern: &str) -> Option<String> {
        Glob::new(pattern).err().map(|error| error.kind().to_string())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// Whether a text fits one of them.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        self.written.contains(text) || self.stars.with(text).next().is_some() || self.globs.is_match(text)
    }
}

/// Whether something in a text stands for other text.
fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{', '\\'])
}

fn set(globs: impl IntoIterator<Item = Glob>) -> GlobSet {
    let mut all = GlobSetBuilder::new();
    for glob in globs {
        all.add(glob);
    }
    all.build().unwrap_or_default()
}

/// Many lists of patterns, each with a number: which of them have a text is asked once, and not of each.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    written: HashMap<String, Vec<usize>>,
    stars: Stars,
    globs: GlobSet,
    /// By glob, the number of its list.
    of_globs: Vec<usize>,
}

impl Lists {
    /// Takes the lists in.
    #[must_use]
    pub fn new<'p>(lists: impl Iterator<Item = (usize, &'p Patterns)>) -> Self {
        let mut this = Self::default();
        let mut globs = Vec::new();
        let written = lists.flat_map(|(number, one)| one.written.iter().map(move |text| (number, text)));
        for (number, pattern) in written {
            this.written.entry(pattern.clone()).or_default().push(number);
            if is_pattern(pattern)
                && !this.stars.take(pattern, number)
                && let Ok(glob) = Glob::new(pattern)
            {
                globs.push(glob);
                this.of_globs.push(number);
            }
        }
        this.globs = set(globs);
        this
    }

    /// Adds the numbers of the lists that have a text.
    pub fn with(&self, text: &str, found: &mut BTreeSet<usize>) {
        found.extend(self.written.get(text).into_iter().flatten());
        found.extend(self.stars.with(text));
        found.extend(self.globs.matches(text).into_iter().map(|glob| self.of_globs[glob]));
    }
}

/// Whether `name` is what `pattern` says; each `*` in it stands for any text, the empty one included.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(start) else {
        return false;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        // The leftmost place leaves the most for what follows.
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    left.ends_with(end)
}
