//! Things that many sources name alike, found by which sources may share a cluster.
//!
//! Where each of N renders asks for what the others hold too, going through all of it costs N × N, though each sees little.

use std::collections::HashMap;

use super::sources::Sources;
use crate::source::SourceId;

/// Of so many, each is asked for.
const FEW: usize = 32;

/// So many are put in order. Where more are near, whoever asks mostly needs only the first of them.
const MOST: usize = 256;

/// Values in their order, each with its source.
#[derive(Clone, Debug)]
pub(in crate::graph) struct BySource<T> {
    all: Vec<(SourceId, T)>,
    /// Where there are many, the positions of each source.
    positions: HashMap<SourceId, Vec<usize>>,
    /// A bit for every source that has positions.
    bits: Vec<u64>,
}

impl<T> Default for BySource<T> {
    fn default() -> Self {
        Self { all: Vec::new(), positions: HashMap::new(), bits: Vec::new() }
    }
}

impl<T> BySource<T> {
    pub(in crate::graph) fn push(&mut self, source: SourceId, value: T) {
        self.all.push((source, value));
        if self.all.len() > FEW {
            let new = if self.bits.is_empty() { 0 } else { self.all.len() - 1 };
            (new..self.all.len()).for_each(|position| self.file(position));
        }
    }

    fn file(&mut self, position: usize) {
        let source = self.all[position].0;
        let (word, bit) = (source.position() / 64, source.position() % 64);
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        self.bits[word] |= 1 << bit;
        self.positions.entry(source).or_default().push(position);
    }

    /// All of them.
    pub(in crate::graph) fn iter(&self) -> impl Iterator<Item = &T> {
        self.all.iter().map(|(_, value)| value)
    }

    /// In their order, at least those of sources that may share a cluster with `from`, or of `from` alone where `alone`.
    /// Others may be among them: whoever asks judges each.
    pub(in crate::graph) fn around<'s>(
        &'s self,
        sources: &Sources,
        from: SourceId,
        alone: bool,
    ) -> impl Iterator<Item = &'s T> + use<'s, T> {
        let is_filed = !self.bits.is_empty();
        let own = self.positions.get(&from).filter(|_| alone).map_or(&[][..], Vec::as_slice);
        let few = if alone { None } else { self.few_near(sources, &[from]) };
        let rest = if few.is_some() || alone && is_filed { &[] } else { self.all.as_slice() };
        let found = own.iter().copied().chain(few.unwrap_or_default());
        found.map(|position| &self.all[position].1).chain(rest.iter().map(|(_, value)| value))
    }

    /// The same for some sources at once, where few of many are near them.
    pub(in crate::graph) fn few_around(&self, sources: &Sources, from: &[SourceId]) -> Option<Vec<&T>> {
        let few = self.few_near(sources, from)?;
        Some(few.into_iter().map(|position| &self.all[position].1).collect())
    }

    fn few_near(&self, sources: &Sources, from: &[SourceId]) -> Option<Vec<usize>> {
        if self.bits.is_empty() {
            return None;
        }
        let mut found = Vec::new();
        for source in sources.beside_of(from, &self.bits) {
            let own = &self.positions[&source];
            if found.len() + own.len() > MOST {
                return None;
            }
            found.extend(own);
        }
        found.sort_unstable();
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{BySource, FEW, MOST};
    use crate::graph::place::cuts::Definition;
    use crate::graph::place::sources::Sources;
    use crate::load;
    use crate::source::SourceId;

    /// Renders of one role, which is written in so many ways: those that differ share no cluster.
    fn renders(count: usize, ways: usize) -> Sources {
        let paths: Vec<String> = (0..count).map(|at| format!("f{at:04}/a.yaml")).collect();
        let definitions: Vec<Definition<'_>> = (0..count)
            .map(|at| Definition {
                source: 0,
                path: &paths[at],
                key: ("Role".into(), Some("shop".into()), "mill".into()),
                tells_clusters_apart: false,
                content: (at % ways) as u64,
                render: Some(&paths[at][..5]),
            })
            .collect();
        Sources::cut(&[load::Source::default()], &[], &definitions).0
    }

    /// Two of each source, not in the order of sources.
    fn values(count: u32) -> BySource<(SourceId, u32)> {
        let mut all = BySource::default();
        for value in 0..2 * count {
            let source = SourceId(value * 7 % count);
            all.push(source, (source, value));
        }
        all
    }

    #[test]
    fn what_is_near_is_found_in_order_whatever_there_is() {
        let few = FEW as u32 / 4;
        for (count, ways) in [(few, 2), (200, 200), (200, 20), (1000, 2)] {
            let (sources, all) = (renders(count as usize, ways), values(count));
            for from in sources.all() {
                let near = |value: &&(SourceId, u32)| sources.may_share(value.0, from);
                let expected: Vec<_> = all.iter().filter(near).collect();
                let found: Vec<_> = all.around(&sources, from, false).filter(near).collect();
                assert_eq!(found, expected, "{count} sources of {ways} ways");
                let own = |value: &&(SourceId, u32)| value.0 == from;
                let expected: Vec<_> = all.iter().filter(own).collect();
                let found: Vec<_> = all.around(&sources, from, true).filter(own).collect();
                assert_eq!(found, expected, "{count} sources of {ways} ways, alone");
            }
        }
    }

    #[test]
    fn of_many_only_what_is_near_is_gone_through() {
        let (sources, all) = (renders(1000, 500), values(1000));
        let from = SourceId(3);
        assert_eq!(all.around(&sources, from, false).count(), 4, "two of each of two sources");
        assert_eq!(all.around(&sources, from, true).count(), 2);
        let two = all.few_around(&sources, &[from, SourceId(4)]).expect("they are few");
        assert!(two.is_sorted_by_key(|(_, value)| value));
        assert_eq!(two.len(), 8);
        // Where more are near than are put in order, whoever asks takes the first of all.
        let (sources, all) = (renders(1000, 2), values(1000));
        assert!(all.iter().count() / 2 > MOST);
        assert_eq!(all.few_around(&sources, &[from]), None);
        assert_eq!(all.around(&sources, from, false).count(), 2000);
    }
}
