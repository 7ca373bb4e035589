//! Which patterns of a CODEOWNERS file may match a path, found by words that stand in both.
//!
//! It says too much, never too little: a pattern that it does not name matches nothing.

use std::collections::{BTreeSet, HashMap};

/// What a pattern wants of the path: patterns by the longest word that a path must have for them.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnerIndex {
    /// By the folders that the path begins with.
    below: HashMap<String, Vec<usize>>,
    /// By the name of a folder or of the file.
    named: HashMap<String, Vec<usize>>,
    /// By how such a name begins.
    beginning: HashMap<String, Vec<usize>>,
    /// By how such a name ends.
    ending: HashMap<String, Vec<usize>>,
    /// What wants nothing that can be looked up.
    others: Vec<usize>,
}

impl OwnerIndex {
    /// Adds the pattern of a line.
    pub(super) fn add(&mut self, pattern: &str, line: usize) {
        let written = pattern.trim_end_matches('/');
        let parts: Vec<&str> = written.trim_start_matches('/').split('/').collect();
        let is_literal = |part: &&str| !part.is_empty() && !part.contains(SPECIAL);
        // With a slash before its end, a pattern is matched from the root on.
        let from_root = written.contains('/');
        let leading = parts.iter().take_while(|part| is_literal(part)).count();
        let (map, key) = if from_root && leading > 0 {
            (&mut self.below, parts[..leading].join("/"))
        } else if let Some(name) = parts.iter().filter(|part| is_literal(part)).max_by_key(|part| part.len())
        {
            (&mut self.named, (*name).to_owned())
        } else {
            let heads = parts.iter().map(|part| part.split(SPECIAL).next().unwrap_or_default());
            // What stands after the last `*` is at the end, if nothing else is special there.
            let tails = parts.iter().filter_map(|part| Some(part.rsplit_once('*')?.1));
            let head = heads.max_by_key(|head| head.len()).unwrap_or_default();
            let tail = tails
                .filter(|tail| !tail.contains(SPECIAL))
                .max_by_key(|tail| tail.len())
                .unwrap_or_default();
            match (head.len(), tail.len()) {
                (0, 0) => return self.others.push(line),
                (head_length, tail_length) if head_length >= tail_length => {
                    (&mut self.beginning, head.to_owned())
                }
                _ => (&mut self.ending, tail.to_owned()),
            }
        };
        map.entry(key).or_default().push(line);
    }

    /// The lines whose patterns may match a path, the last first.
    pub(super) fn candidates(&self, path: &str) -> Vec<usize> {
        let folders = path.match_indices('/').map(|(slash, _)| &path[..slash]).chain([path]);
        let mut found: Vec<&[usize]> = folders.filter_map(|folder| of(&self.below, folder)).collect();
        for name in path.split('/').collect::<BTreeSet<_>>() {
            found.extend(of(&self.named, name));
            for (at, letter) in name.char_indices() {
                found.extend(of(&self.beginning, &name[..at + letter.len_utf8()]));
                found.extend(of(&self.ending, &name[at..]));
            }
        }
        let mut lines: Vec<usize> = found.into_iter().flatten().chain(&self.others).copied().collect();
        lines.sort_unstable_by(|a, b| b.cmp(a));
        lines.dedup();
        lines
    }
}

/// What is no plain letter in a pattern of .gitignore.
const SPECIAL: [char; 7] = ['*', '?', '[', ']', '{', '}', '\\'];

fn of<'i>(map: &'i HashMap<String, Vec<usize>>, key: &str) -> Option<&'i [usize]> {
    map.get(key).map(Vec::as_slice)
}
