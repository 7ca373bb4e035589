//! Finds where values stand in a text, however many there are.

use std::ops::Range;

/// The values begin with so many bytes at least.
const START: usize = 2;

/// Values to search for, in order, without repeats.
#[derive(Clone, Default)]
pub(crate) struct Values {
    sorted: Vec<String>,
    /// For each the longest other that it begins with, as its position.
    shorter: Vec<Option<usize>>,
    /// A bit for each pair of bytes that some value begins with.
    starts: Vec<u64>,
}

fn pair(bytes: &[u8]) -> Option<(usize, u64)> {
    let pair = usize::from(u16::from_be_bytes(*bytes.first_chunk::<START>()?));
    Some((pair / 64, 1 << (pair % 64)))
}

impl Values {
    /// Of values that have two bytes at least.
    pub(crate) fn of(mut sorted: Vec<String>) -> Self {
        sorted.sort_unstable();
        sorted.dedup();
        let mut starts = vec![0; if sorted.is_empty() { 0 } else { (1 << 16) / 64 }];
        for (word, bit) in sorted.iter().filter_map(|value| pair(value.as_bytes())) {
            starts[word] |= bit;
        }
        let mut this = Self { shorter: Vec::with_capacity(sorted.len()), sorted, starts };
        for at in 0..this.sorted.len() {
            let shorter =
                at.checked_sub(1).and_then(|before| this.begin_of(before, this.sorted[at].as_bytes()));
            this.shorter.push(shorter);
        }
        this
    }

    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Of a value and those that it begins with, the longest that a text begins with.
    fn begin_of(&self, value: usize, text: &[u8]) -> Option<usize> {
        let chain = std::iter::successors(Some(value), |&at| self.shorter[at]);
        chain.into_iter().find(|&at| text.starts_with(self.sorted[at].as_bytes()))
    }

    /// Where they stand in a text: from its start on, and of those that begin in one place the longest.
    pub(crate) fn found<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        let bytes = text.as_bytes();
        let mut from = 0;
        std::iter::from_fn(move || {
            while !self.starts.is_empty() && from + START <= bytes.len() {
                let (start, rest) = (from, &bytes[from..]);
                from += 1;
                let begins = pair(rest).is_some_and(|(word, bit)| self.starts[word] & bit != 0);
                // What a text begins with stands before it in order, and is the last such value or one that begins that.
                let before = || self.sorted.partition_point(|value| value.as_bytes() <= rest).checked_sub(1);
                if begins && let Some(value) = before().and_then(|value| self.begin_of(value, rest)) {
                    from = start + self.sorted[value].len();
                    return Some(start..from);
                }
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Values;

    #[test]
    fn the_first_and_longest_are_found() {
        let values = ["abc", "abcdef", "abd", "bcd", "ü!", "zz"].map(str::to_owned).to_vec();
        let values = Values::of(values);
        for (text, wanted) in [
            ("abcdef", vec!["abcdef"]),
            ("abcdez", vec!["abc"]),
            ("xabdabc", vec!["abd", "abc"]),
            ("aabcd", vec!["abc"]),
            ("bcdzzz", vec!["bcd", "zz"]),
            ("fü!ü", vec!["ü!"]),
            ("ab", vec![]),
            ("", vec![]),
        ] {
            let found: Vec<&str> = values.found(text).map(|range| &text[range]).collect();
            assert_eq!(found, wanted, "{text}");
        }
        assert_eq!(Values::of(Vec::new()).found("abc").count(), 0);
    }
}
