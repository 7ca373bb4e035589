//! Which sources are known to be for different clusters, as bits: one row for each source.

use std::collections::{BTreeMap, HashMap};

use crate::render::cluster::one_of_several;

/// The positions of the bits that are set in a row.
pub(super) fn ones(row: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    row.enumerate().flat_map(|(word, bits)| {
        let next = |left: &u64| Some(left & (left - 1)).filter(|left| *left != 0);
        let all = std::iter::successors(Some(bits).filter(|bits| *bits != 0), next);
        all.map(move |left| word * 64 + left.trailing_zeros() as usize)
    })
}

/// Marks that sources with different words never share a cluster; each comes with its position. An environment may be that
/// of each of its clusters (`prod` and `prod-eu`).
pub(super) fn keep_apart(named: &[(usize, &str)], apart: &mut [Vec<u64>]) {
    let words = apart.len().div_ceil(64);
    let mut all = vec![0u64; words];
    let mut same: HashMap<&str, Vec<u64>> = HashMap::new();
    for (at, name) in named {
        let (word, bit) = (at / 64, 1 << (at % 64));
        all[word] |= bit;
        same.entry(name).or_insert_with(|| vec![0; words])[word] |= bit;
    }
    let mut with_kin = same.clone();
    let add = |to: &mut [u64], bits: &[u64]| to.iter_mut().zip(bits).for_each(|(to, bits)| *to |= bits);
    let several = same.iter().filter_map(|(name, bits)| Some((*name, bits, one_of_several(name)?)));
    for (name, bits, word) in several {
        if let (Some(of_word), Some(kin)) = (same.get(word), with_kin.get_mut(name)) {
            add(kin, of_word);
        }
        if let Some(kin) = with_kin.get_mut(word) {
            add(kin, bits);
        }
    }
    for (at, name) in named {
        let own = &with_kin[name];
        for ((bits, all), own) in apart[*at].iter_mut().zip(&all).zip(own) {
            *bits |= all & !own;
        }
    }
}

/// Marks what one chart makes of different values. The choices come with the position of the source.
pub(super) fn keep_choices_apart<'s>(
    choices: impl Iterator<Item = (usize, &'s (String, String))>,
    apart: &mut [Vec<u64>],
) {
    let mut of_charts: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
    for (at, (chart, answer)) in choices {
        of_charts.entry(chart).or_default().push((at, answer));
    }
    for answers in of_charts.values() {
        keep_apart(answers, apart);
    }
}
