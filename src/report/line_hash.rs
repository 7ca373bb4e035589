//! The hash of a line by which GitHub knows an alert again after the lines above it have moved.
//!
//! It is `primaryLocationLineHash` of SARIF's `partialFingerprints`, as GitHub's uploader computes it
//! (`src/fingerprints.ts` of github/codeql-action): a rolling hash of the hundred UTF-16 code units that follow the
//! start of the line, without spaces and tabs, with the number of times that this hash came up in the file so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many code units are hashed.
const BLOCK: usize = 100;
/// Base of the hash, modulo 2^64.
const BASE: u64 = 37;
/// What the end of the file counts as, once.
const END: u16 = u16::MAX;

/// The hashes of the lines in `wanted` (from 1), as `1f2e3d:1`.
pub(super) fn line_hashes(text: &str, wanted: &BTreeSet<u32>) -> BTreeMap<u32, String> {
    let mut hasher = Hasher {
        window: [0; BLOCK],
        starts: [None; BLOCK],
        at: 0,
        hash: 0,
        base_to_block: BASE.wrapping_pow(BLOCK as u32),
        counts: HashMap::new(),
        wanted,
        found: BTreeMap::new(),
    };
    let mut line = 0;
    let mut line_starts = true;
    let mut after_return = false;
    for unit in text.encode_utf16().chain([END]) {
        let is_space = unit == u16::from(b' ') || unit == u16::from(b'\t');
        let is_second_half = after_return && unit == u16::from(b'\n');
        after_return = !is_space && unit == u16::from(b'\r');
        if is_space || is_second_half {
            continue;
        }
        let unit = if after_return { u16::from(b'\n') } else { unit };
        let start = line_starts.then(|| {
            line += 1;
            line
        });
        line_starts = unit == u16::from(b'\n');
        hasher.push(unit, start);
    }
    for _ in 0..BLOCK {
        hasher.push(0, None);
    }
    hasher.found
}

/// The last hundred code units, in a ring, and which of them start a line.
struct Hasher<'w> {
    window: [u16; BLOCK],
    starts: [Option<u32>; BLOCK],
    at: usize,
    hash: u64,
    base_to_block: u64,
    counts: HashMap<u64, u32>,
    wanted: &'w BTreeSet<u32>,
    found: BTreeMap<u32, String>,
}

impl Hasher<'_> {
    /// Takes a code unit; the one that leaves the window may have started a line, whose hash is then complete.
    fn push(&mut self, unit: u16, start: Option<u32>) {
        if let Some(line) = std::mem::replace(&mut self.starts[self.at], start) {
            let count = self.counts.entry(self.hash).or_default();
            *count += 1;
            if self.wanted.contains(&line) {
                self.found.insert(line, format!("{:x}:{count}", self.hash));
            }
        }
        let leaving = u64::from(std::mem::replace(&mut self.window[self.at], unit));
        self.hash = self
            .hash
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(leaving.wrapping_mul(self.base_to_block));
        self.at = (self.at + 1) % BLOCK;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &str) -> Vec<String> {
        line_hashes(text, &(1..99).collect()).into_values().collect()
    }

    /// Values of GitHub's own tests.
    #[test]
    fn lines_are_hashed_as_github_does() {
        assert_eq!(hashes(""), ["c129715d7a2bc9a3:1"]);
        let short = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        assert_eq!(hashes(" a\nb\n  \t\tc\n d"), short);
        let long = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        let text = " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n";
        assert_eq!(hashes(text), long);
        assert_eq!(hashes(&text.replace('\n', "\r")), long);
        assert_eq!(hashes(&text.replace('\n', "\r\n")), long);
    }

    #[test]
    fn equal_lines_are_numbered_and_only_wanted_ones_kept() {
        let text = "x\n".repeat(300);
        let wanted = [7, 9].into();
        let found: Vec<(u32, String)> = line_hashes(&text, &wanted).into_iter().collect();
        let [(7, seventh), (9, ninth)] = found.as_slice() else { panic!("{found:?}") };
        let (hash, count) = seventh.split_once(':').expect("a hash has a number");
        assert_eq!(count, "7");
        assert_eq!(ninth, &format!("{hash}:9"));
    }
}
