//! Which files are applied together: a repository describes several clusters at once, and joining them invents findings.
//!
//! Who deploys a source says which cluster it is for; where nobody does, its path may. Sources of two named clusters
//! share none, and those of one certainly share it. Other sources may share one, unless they define an object differently.
//! What refers to an object by its name may mean each definition that is not of another named cluster: a difference
//! somewhere hides no definition.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::apart::{keep_apart, keep_choices_apart, ones};
use super::cuts::{Definition, Key, cut_of, cuts, shared_folders};
use super::views::{Sight, Views};
use crate::load::{self, Assumed, Deployed};
use crate::render::cluster::{cluster_of_path, is_environment, may_be_one, one_of_several};
use crate::source::SourceId;

/// One source.
#[derive(Clone, Debug)]
struct Source {
    /// The directory or file it stands for.
    root: String,
    /// The cluster it is known to be for.
    cluster: Option<String>,
    /// The number of those that are certainly in its cluster; none where nothing but an environment in its path names it.
    company: Option<u32>,
    /// Whether it is the output of a render, which says nothing about what else its cluster holds.
    rendered: bool,
    /// What is assumed of it.
    assumed: Assumed,
}

impl Source {
    fn sight<'s>(&'s self, apart: &'s [u64]) -> Sight<'s> {
        let Self { cluster, company, rendered, assumed, .. } = self;
        Sight { apart, cluster: cluster.as_deref(), company: *company, rendered: *rendered, assumed }
    }
}

/// The sources of a run and which of them may share a cluster.
#[derive(Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
    /// A bit for every source of which part could not be judged, so that nothing can be called missing.
    open: Vec<u64>,
    /// A bit for every pair that cannot share a cluster: it defines some object differently, or is known to be for two.
    apart: Vec<Vec<u64>>,
    views: Views,
    /// How many clusters they name.
    clusters: usize,
}

impl Sources {
    /// Cuts what was read into sources, and returns the source of each definition too. `gaps` are what could not be
    /// judged, as position in `read` and path: nothing can be called missing in the source that one would stand in.
    pub(super) fn cut(
        read: &[load::Source],
        gaps: &[(usize, &str)],
        definitions: &[Definition<'_>],
    ) -> (Self, Vec<SourceId>) {
        let cuts = cuts(read, definitions);
        let home = |source: usize, path: &str| (source, cut_of(source, path, &cuts).to_owned());
        // Where the run as a whole stands says nothing about its parts.
        let above = shared_folders(read);
        let mut ids: BTreeMap<(usize, String), u32> = BTreeMap::new();
        for definition in definitions {
            ids.insert(home(definition.source, definition.path), 0);
        }
        let open: HashSet<(usize, String)> = gaps.iter().map(|&(source, path)| home(source, path)).collect();
        ids.extend(gaps.iter().map(|&(source, path)| (home(source, path), 0)));
        let rendered: HashSet<(usize, String)> = definitions
            .iter()
            .filter(|definition| definition.render.is_some())
            .map(|definition| home(definition.source, definition.path))
            .collect();
        let (mut sources, mut open_bits) = (Vec::new(), Vec::new());
        let mut companies: HashMap<Option<String>, u32> = HashMap::new();
        for ((position, root), id) in &mut ids {
            *id = sources.len() as u32;
            let key = (*position, root.clone());
            let rendered = rendered.contains(&key);
            open_bits.push(open.contains(&key));
            let whole = &read[*position];
            let root = if root.is_empty() { whole.root.clone() } else { root.clone() };
            let below = root.split('/').skip(above).collect::<Vec<_>>().join("/");
            let by_nobody = whole.deployed == Deployed::ByNobody;
            let by_path = || cluster_of_path(&below).filter(|_| by_nobody);
            let cluster = whole.cluster.clone().or_else(by_path);
            let is_known = match &cluster {
                // The cluster of a set of values is no more than a word in its name.
                Some(cluster) => {
                    !by_nobody || (whole.assumed.choices.is_empty() && !is_environment(&below, cluster))
                }
                None => whole.deployed == Deployed::Here,
            };
            let next = companies.len() as u32;
            let company = is_known.then(|| *companies.entry(cluster.clone()).or_insert(next));
            sources.push(Source { root, cluster, company, rendered, assumed: whole.assumed.clone() });
        }
        let placed: Vec<SourceId> = definitions
            .iter()
            .map(|definition| SourceId(ids[&home(definition.source, definition.path)]))
            .collect();
        let mut apart = conflicts(&sources, definitions, &placed);
        let all = sources.iter().enumerate();
        let clusters = all.clone().filter_map(|(at, source)| Some((at, source.cluster.as_deref()?)));
        keep_apart(&clusters.collect::<Vec<_>>(), &mut apart);
        let choices = all.flat_map(|(at, source)| source.assumed.choices.iter().map(move |one| (at, one)));
        keep_choices_apart(choices, &mut apart);
        let views = Views::of(sources.iter().zip(&apart).map(|(source, apart)| source.sight(apart)));
        let named: HashSet<&String> = sources.iter().filter_map(|source| source.cluster.as_ref()).collect();
        (Self { clusters: named.len(), list: sources, open: bits(&open_bits), apart, views }, placed)
    }

    /// A source that sees the same of all others: which may share its cluster, and which certainly do.
    pub(crate) fn view(&self, source: SourceId) -> SourceId {
        self.views.seeing(source)
    }

    /// A source that may share a cluster with the same others, or certainly does.
    pub(in crate::graph) fn with_same_company(&self, source: SourceId, certainly: bool) -> SourceId {
        if certainly { self.views.sharing_certainly(source) } else { self.views.sharing(source) }
    }

    /// The sources that may share a cluster with one, itself included.
    pub(in crate::graph) fn beside(&self, source: SourceId) -> impl Iterator<Item = SourceId> {
        let all = ones(self.apart[source.position()].iter().map(|apart| !apart));
        all.take_while(|at| *at < self.list.len()).map(|at| SourceId(at as u32))
    }

    /// Of the sources whose bits are set, those that may share a cluster with one of `from`.
    pub(super) fn beside_of(&self, from: &[SourceId], bits: &[u64]) -> impl Iterator<Item = SourceId> {
        let near = |word: usize| from.iter().fold(0, |near, at| near | !self.apart[at.position()][word]);
        let all = bits.iter().enumerate().map(move |(word, bits)| bits & near(word));
        ones(all).map(|at| SourceId(at as u32))
    }

    /// Whether two sources may live in the same cluster.
    #[must_use]
    pub fn may_share(&self, a: SourceId, b: SourceId) -> bool {
        a == b || self.apart[a.0 as usize][b.0 as usize / 64] & (1 << (b.0 % 64)) == 0
    }

    /// Whether a namespace of two sources may be one namespace; where its name is not known, only within one source.
    #[must_use]
    pub fn may_share_namespace(&self, namespace: Option<&str>, a: SourceId, b: SourceId) -> bool {
        a == b || namespace.is_some() && self.may_share(a, b) && !self.share_a_word_only(a, b)
    }

    /// What is the same for all sources that may share a namespace with the same others: a source, and whether it stands
    /// for itself only.
    pub(in crate::graph) fn with_same_namespaces(&self, source: SourceId) -> (SourceId, bool) {
        if self.is_of_a_word(source) { (source, true) } else { (self.views.sharing(source), false) }
    }

    /// Whether a third source that may share a cluster with `from` may share none with `source`. What is for all clusters of
    /// an environment is for each of them.
    #[must_use]
    pub fn is_contested(&self, source: SourceId, from: SourceId) -> bool {
        let clusters = self.cluster(source).zip(self.cluster(from));
        if clusters.is_some_and(|(a, b)| a != b && may_be_one(a, b)) {
            return false;
        }
        let (row, beside) = (&self.apart[source.0 as usize], &self.apart[from.0 as usize]);
        row.iter().zip(beside).any(|(apart, from_it)| apart & !from_it != 0)
    }

    /// Of some sources, those whose neighbours in the list may all share one cluster: what stands beside two variants,
    /// as a base does, is not among them. All of them where that leaves none.
    #[must_use]
    pub fn uncontested(&self, sources: &[SourceId]) -> Vec<SourceId> {
        let words = sources.len().div_ceil(64);
        let beside = |source: SourceId| {
            let mut row = vec![0u64; words];
            for (at, _) in sources.iter().enumerate().filter(|(_, other)| self.may_share(source, **other)) {
                row[at / 64] |= 1 << (at % 64);
            }
            row
        };
        // Of those with the same neighbours the first stands for all; so have sources that may share with the same others.
        let (mut of_view, mut known, mut rows) = (HashMap::new(), HashMap::new(), Vec::new());
        let mut firsts = vec![0u64; words];
        let mut row_of = Vec::with_capacity(sources.len());
        for (at, &source) in sources.iter().enumerate() {
            row_of.push(*of_view.entry(self.views.sharing(source)).or_insert_with(|| {
                let row = beside(source);
                *known.entry(row.clone()).or_insert_with(|| {
                    rows.push(row);
                    firsts[at / 64] |= 1 << (at % 64);
                    rows.len() - 1
                })
            }));
        }
        let is_clear = |row: &Vec<u64>| {
            let neighbours = ones(row.iter().zip(&firsts).map(|(row, first)| row & first));
            let mut neighbours = neighbours.map(|at| &rows[row_of[at]]);
            neighbours.all(|other| row.iter().zip(other).all(|(mine, other)| mine & !other == 0))
        };
        let clear: Vec<bool> = rows.iter().map(is_clear).collect();
        let all = sources.iter().zip(&row_of).filter(|(_, row)| clear[**row]);
        let found: Vec<SourceId> = all.map(|(&source, _)| source).collect();
        if found.is_empty() { sources.to_vec() } else { found }
    }

    /// Whether two sources are renders that are not known to be for one cluster, though they may be.
    #[must_use]
    pub fn are_unrelated_renders(&self, a: SourceId, b: SourceId) -> bool {
        !self.stand_together(a, b) && self.is_render(a) && self.is_render(b)
    }

    /// Whether two sources that may share a cluster certainly do. Plain files of one run are applied together; a render
    /// shares a cluster only where who deploys both, or `clusters/` in their paths, says that it is the same one.
    #[must_use]
    pub fn stand_together(&self, a: SourceId, b: SourceId) -> bool {
        let company = |source: SourceId| self.list[source.0 as usize].company;
        let named = company(a).is_some() && company(a) == company(b);
        a == b || named || !(self.is_render(a) || self.is_render(b))
    }

    /// Whether a definition in one source may be the one that is applied where the other refers to it: they are not known
    /// to be for two clusters. That they differ elsewhere does not matter.
    #[must_use]
    pub fn may_define(&self, a: SourceId, b: SourceId) -> bool {
        let cluster = |source: SourceId| self.list[source.0 as usize].cluster.as_deref();
        let differ = cluster(a).zip(cluster(b)).is_some_and(|(a, b)| !may_be_one(a, b));
        (a == b || !differ) && !self.are_alternatives(a, b)
    }

    /// Whether two sources are what one chart makes of different values.
    fn are_alternatives(&self, a: SourceId, b: SourceId) -> bool {
        let choices = |source: SourceId| &self.list[source.position()].assumed.choices;
        let differs = |(chart, answer): &(String, String)| {
            choices(b).iter().any(|(other, theirs)| other == chart && theirs != answer)
        };
        choices(a).iter().any(differs)
    }

    /// Whether nothing but an environment in the paths of two renders says that they are for one cluster.
    #[must_use]
    pub fn share_a_word_only(&self, a: SourceId, b: SourceId) -> bool {
        let (one, other) = (&self.list[a.0 as usize], &self.list[b.0 as usize]);
        a != b && one.cluster == other.cluster && self.is_of_a_word(a) && self.is_of_a_word(b)
    }

    /// Whether nothing but an environment in its path says which cluster a render is for.
    fn is_of_a_word(&self, source: SourceId) -> bool {
        let source = &self.list[source.position()];
        let is_word = source.cluster.as_deref().is_some_and(|cluster| one_of_several(cluster).is_none());
        is_word && source.company.is_none() && source.rendered
    }

    /// Whether a source is the output of a render, or what a deployer brings.
    #[must_use]
    pub fn is_render(&self, source: SourceId) -> bool {
        self.list[source.0 as usize].rendered
    }

    /// The cluster that a source is known to be for.
    #[must_use]
    pub fn cluster(&self, source: SourceId) -> Option<&str> {
        self.list[source.0 as usize].cluster.as_deref()
    }

    /// Whether it shows only what a chart is by its own values, which nobody deploys so.
    #[must_use]
    pub fn is_of_own_values(&self, source: SourceId) -> bool {
        self.list[source.position()].assumed.own_values
    }

    /// What is assumed of a source.
    pub(in crate::graph) fn assumed(&self, source: SourceId) -> &Assumed {
        &self.list[source.position()].assumed
    }

    /// The directory or file that a source stands for.
    #[must_use]
    pub fn root(&self, source: SourceId) -> &str {
        &self.list[source.0 as usize].root
    }

    /// Whether something may exist beside `source` that could not be looked at: absence cannot be claimed there.
    #[must_use]
    pub fn is_open(&self, source: SourceId) -> bool {
        let apart = &self.apart[source.0 as usize];
        self.open.iter().zip(apart).any(|(open, apart)| open & !apart != 0)
    }

    /// How many there are.
    pub(in crate::graph) fn count(&self) -> usize {
        self.list.len()
    }

    /// Every source.
    pub fn all(&self) -> impl Iterator<Item = SourceId> + use<> {
        (0..self.list.len() as u32).map(SourceId)
    }

    /// How many clusters the run names.
    #[must_use]
    pub fn clusters(&self) -> usize {
        self.clusters
    }
}

/// A bit for every one that is true.
fn bits(all: &[bool]) -> Vec<u64> {
    let word = |chunk: &[bool]| chunk.iter().rev().fold(0, |word, &bit| word << 1 | u64::from(bit));
    all.chunks(64).map(word).collect()
}

/// For each source a bit for every source that defines an object differently. What certainly shares a cluster does so
/// whatever it defines: so do plain files.
fn conflicts(sources: &[Source], definitions: &[Definition<'_>], placed: &[SourceId]) -> Vec<Vec<u64>> {
    let words = sources.len().div_ceil(64);
    let bit_of = |source: usize| (source / 64, 1 << (source % 64));
    let mut companies: HashMap<Option<u32>, Vec<u64>> = HashMap::new();
    for (at, source) in sources.iter().enumerate() {
        let bits = companies.entry(source.company).or_insert_with(|| vec![0; words]);
        bits[bit_of(at).0] |= bit_of(at).1;
    }
    companies.insert(None, vec![0; words]);
    let plain = bits(&sources.iter().map(|source| !source.rendered).collect::<Vec<_>>());
    let nobody = vec![0; words];
    let mut rows = vec![vec![0u64; words]; sources.len()];
    let mut by_key: HashMap<&Key<'_>, BTreeMap<u32, u64>> = HashMap::new();
    for (definition, source) in definitions.iter().zip(placed) {
        // What lives in a namespace that is unknown is compared with nothing outside its source.
        let is_known = definition.key.1.is_some() || definition.tells_clusters_apart;
        if !definition.key.2.is_empty() && is_known {
            by_key.entry(&definition.key).or_default().insert(source.0, definition.content);
        }
    }
    // Plain files are never apart from each other.
    let rendered = |(source, _): (&u32, _)| sources[*source as usize].rendered;
    for contents in by_key.values().filter(|all| all.len() > 1 && all.iter().any(rendered)) {
        let mut everyone = vec![0u64; words];
        let mut same: HashMap<u64, Vec<u64>> = HashMap::new();
        for (&source, content) in contents {
            let (word, bit) = bit_of(source as usize);
            everyone[word] |= bit;
            same.entry(*content).or_insert_with(|| vec![0; words])[word] |= bit;
        }
        for (&source, content) in contents {
            let company = &companies[&sources[source as usize].company];
            let plain = if sources[source as usize].rendered { &nobody } else { &plain };
            for (word, bits) in rows[source as usize].iter_mut().enumerate() {
                *bits |= everyone[word] & !same[content][word] & !company[word] & !plain[word];
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::{Definition, Sources, load};

    fn source(root: &str) -> load::Source {
        load::Source { root: root.to_owned(), ..load::Source::default() }
    }

    fn define<'p>(path: &'p str, name: &'p str, content: u64) -> Definition<'p> {
        let key = ("Role".into(), Some("shop".into()), name.into());
        Definition { source: 0, path, key, tells_clusters_apart: false, content, render: None }
    }

    #[test]
    fn overlays_are_cut_where_they_differ_and_the_base_stays() {
        let definitions = [
            define("repo/base/crd.yaml", "shared", 1),
            define("repo/overlays/dev/role.yaml", "app", 2),
            define("repo/overlays/prod/role.yaml", "app", 3),
            define("repo/overlays/prod/extra.yaml", "extra", 4),
            define("repo/overlays/stage/role.yaml", "app", 2),
        ];
        let (sources, placed) =
            Sources::cut(&[source("repo")], &[(0, "repo/overlays/dev/broken.yaml")], &definitions);
        let roots: Vec<&str> = placed.iter().map(|&id| sources.root(id)).collect();
        assert_eq!(
            roots,
            ["repo", "repo/overlays/dev", "repo/overlays/prod", "repo/overlays/prod", "repo/overlays/stage"]
        );
        assert!(sources.may_share(placed[0], placed[1]), "a base lives beside everything");
        assert!(!sources.may_share(placed[1], placed[2]), "variants never share a cluster");
        assert!(!sources.may_share(placed[1], placed[4]), "named clusters differ");
        let open: Vec<bool> = placed.iter().map(|&id| sources.is_open(id)).collect();
        assert_eq!(
            open,
            [true, true, false, false, false],
            "what is broken in dev may matter beside dev, and nowhere else"
        );
    }

    #[test]
    fn equal_repeats_neither_cut_nor_conflict() {
        let definitions = [define("a/role.yaml", "app", 1), define("b/role.yaml", "app", 1)];
        let (sources, placed) = Sources::cut(&[source(".")], &[], &definitions);
        assert_eq!(placed[0], placed[1]);
        assert_eq!(sources.root(placed[0]), ".");
    }
}
