//! Lists of patterns as users write them, and names with `*` in our own tables.

use std::collections::{BTreeSet, HashMap, HashSet};

use aho_corasick::AhoCorasick;
use globset::{Glob, GlobSet, GlobSetBuilder};

/// So many patterns that begin alike are compared with a text one by one.
const FEW: usize = 16;

/// Patterns that begin alike.
#[derive(Clone, Debug, Default)]
struct Begun {
    /// What follows from the first `*` on.
    rests: Vec<(String, usize)>,
    /// The longest text without `*` of each rest, of many: a rest is compared where that occurs. Each of the others has its
    /// number among them.
    parts: Option<(AhoCorasick, Vec<usize>)>,
    /// Those that have none.
    open: Vec<usize>,
}

impl Begun {
    /// Once all are there.
    fn end(&mut self) {
        if self.rests.len() <= FEW {
            return;
        }
        let (mut parts, mut of) = (Vec::new(), Vec::new());
        for (at, (rest, _)) in self.rests.iter().enumerate() {
            match rest.split('*').max_by_key(|part| part.len()).filter(|part| !part.is_empty()) {
                Some(part) => {
                    parts.push(part);
                    of.push(at);
                }
                None => self.open.push(at),
            }
        }
        self.parts = AhoCorasick::new(parts).ok().map(|parts| (parts, of));
    }

    /// The numbers of the patterns that the rest of a text fits.
    fn with(&self, left: &str) -> Vec<usize> {
        let fits = |(rest, number): &(String, usize)| matches(rest, left).then_some(*number);
        let Some((parts, of)) = &self.parts else { return self.rests.iter().filter_map(fits).collect() };
        let there = parts.find_overlapping_iter(left).map(|found| of[found.pattern().as_usize()]);
        let maybe: BTreeSet<usize> = there.chain(self.open.iter().copied()).collect();
        maybe.into_iter().filter_map(|at| fits(&self.rests[at])).collect()
    }
}

/// Patterns with a number each, whose only wildcard is `*`: of N of them a text is compared with those that begin as it does.
/// A set of N automata takes N times as long for each letter.
#[derive(Clone, Debug, Default)]
struct Stars {
    /// By what stands before the first `*`.
    by_start: HashMap<String, Begun>,
    /// How many bytes stand there.
    lengths: BTreeSet<usize>,
}

impl Stars {
    /// Takes a pattern, if it is one of these; two stars in a row mean something else.
    fn take(&mut self, pattern: &str, number: usize) -> bool {
        let is_plain = !pattern.contains(['?', '[', ']', '{', '}', '\\']) && !pattern.contains("**");
        let Some(star) = pattern.find('*').filter(|_| is_plain) else { return false };
        let (start, rest) = pattern.split_at(star);
        self.by_start.entry(start.to_owned()).or_default().rests.push((rest.to_owned(), number));
        self.lengths.insert(star);
        true
    }

    /// The numbers of those that a text fits.
    fn with<'s>(&'s self, text: &'s str) -> impl Iterator<Item = usize> {
        let starts = self.lengths.iter().filter_map(|&length| text.split_at_checked(length));
        let begun = starts.filter_map(|(start, rest)| Some((self.by_start.get(start)?, rest)));
        begun.flat_map(|(patterns, left)| patterns.with(left))
    }

    /// Once all are taken.
    fn end(&mut self) {
        self.by_start.values_mut().for_each(Begun::end);
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
        stars.end();
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
        this.stars.end();
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

#[cfg(test)]
mod tests {
    use super::{FEW, Lists, Patterns, matches};
    use std::collections::BTreeSet;

    #[test]
    fn of_many_patterns_those_are_found_that_fit() {
        let mut written: Vec<String> = (0..3 * FEW).map(|at| format!("*x{at}*y")).collect();
        written.extend(["*".to_owned(), "*x1*".to_owned(), "a*x2".to_owned(), "*é*".to_owned()]);
        let lists: Vec<Patterns> = written.iter().map(|pattern| Patterns::new([pattern])).collect();
        let all = Lists::new(lists.iter().enumerate());
        let some = Patterns::new(written.iter().filter(|pattern| *pattern != "*"));
        for text in ["", "x1y", "ax2", "ax17.x3y", "xx11yé", "y", "x20y and x21"] {
            let fits = |pattern: &str| matches(pattern, text);
            let expected: BTreeSet<usize> = (0..written.len()).filter(|at| fits(&written[*at])).collect();
            let mut found = BTreeSet::new();
            all.with(text, &mut found);
            assert_eq!(found, expected, "{text}");
            assert_eq!(some.has(text), expected.iter().any(|at| written[*at] != "*"), "{text}");
        }
    }
}
