//! Which files are applied together: a repository describes several clusters at once, and joining them invents findings.
//!
//! A source of plain files is cut where it repeats an object with other content, at the first path component in which
//! the repeating files differ. Two sources may share a cluster unless both are named and differ, or both define the
//! same object differently.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::load;
use crate::render::cluster::cluster_of_path;
use crate::source::SourceId;

impl SourceId {
    /// Its position among all.
    pub(in crate::graph) fn position(self) -> usize {
        self.0 as usize
    }
}

/// One source.
#[derive(Clone, Debug)]
struct Source {
    /// The directory or file it stands for.
    root: String,
    /// The cluster it is known to be for.
    cluster: Option<String>,
    /// Whether it is the output of a render, which says nothing about what else its cluster holds.
    rendered: bool,
}

/// The sources of a run and which of them may share a cluster.
#[derive(Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
    /// A bit for every source of which part could not be judged, so that nothing can be called missing.
    open: Vec<u64>,
    /// A bit for every pair that cannot share a cluster: it defines some object differently, or is known to be for two.
    apart: Vec<Vec<u64>>,
}

/// Kind, namespace as written, and name.
pub(super) type Key<'p> = (Cow<'p, str>, Option<Cow<'p, str>>, Cow<'p, str>);

/// An object as the cut sees it.
pub(super) struct Definition<'p> {
    /// Position of what it was read with.
    pub(super) source: usize,
    pub(super) path: &'p str,
    pub(super) key: Key<'p>,
    /// It has no namespace, and one cluster has only one of its name: see [`super::build`].
    pub(super) tells_clusters_apart: bool,
    pub(super) content: u64,
    /// The file or folder of the render that its file is part of, which is a source by itself.
    pub(super) render: Option<&'p str>,
}

impl Sources {
    /// Cuts what was read into sources, and returns the source of each definition too. `gaps` are what could not be
    /// judged, as position in `read` and path: nothing can be called missing in the source that one would stand in.
    pub(super) fn cut(
        read: &[load::Source],
        gaps: &[(usize, &str)],
        definitions: &[Definition<'_>],
    ) -> (Self, Vec<SourceId>) {
        let cuts = cuts(definitions);
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
        for ((position, root), id) in &mut ids {
            *id = sources.len() as u32;
            let key = (*position, root.clone());
            let rendered = rendered.contains(&key);
            open_bits.push(open.contains(&key));
            let whole = &read[*position];
            let root = if root.is_empty() { whole.root.clone() } else { root.clone() };
            let below = root.split('/').skip(above).collect::<Vec<_>>().join("/");
            let cluster = whole.cluster.clone().or_else(|| cluster_of_path(&below));
            sources.push(Source { root, cluster, rendered });
        }
        let placed: Vec<SourceId> = definitions
            .iter()
            .map(|definition| SourceId(ids[&home(definition.source, definition.path)]))
            .collect();
        let mut apart = conflicts(sources.len(), definitions, &placed);
        keep_clusters_apart(&sources, &mut apart);
        (Self { list: sources, open: bits(&open_bits), apart }, placed)
    }

    /// Whether two sources may live in the same cluster.
    #[must_use]
    pub fn may_share(&self, a: SourceId, b: SourceId) -> bool {
        a == b || self.apart[a.0 as usize][b.0 as usize / 64] & (1 << (b.0 % 64)) == 0
    }

    /// Whether a namespace of two sources may be one namespace; where its name is not known, only within one source.
    #[must_use]
    pub fn may_share_namespace(&self, namespace: Option<&str>, a: SourceId, b: SourceId) -> bool {
        a == b || namespace.is_some() && self.may_share(a, b)
    }

    /// Whether a third source that may share a cluster with `from` may share none with `source`.
    #[must_use]
    pub fn is_contested(&self, source: SourceId, from: SourceId) -> bool {
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
        let rows: Vec<Vec<u64>> = sources.iter().map(|&source| beside(source)).collect();
        let clear = |row: &Vec<u64>| {
            (0..sources.len())
                .filter(|at| row[at / 64] & (1 << (at % 64)) != 0)
                .all(|at| row.iter().zip(&rows[at]).all(|(mine, other)| mine & !other == 0))
        };
        let found: Vec<SourceId> =
            sources.iter().zip(&rows).filter(|(_, row)| clear(row)).map(|(&source, _)| source).collect();
        if found.is_empty() { sources.to_vec() } else { found }
    }

    /// Whether two sources are renders that are not known to be for one cluster, though they may be.
    #[must_use]
    pub fn are_unrelated_renders(&self, a: SourceId, b: SourceId) -> bool {
        !self.stand_together(a, b) && self.is_render(a) && self.is_render(b)
    }

    /// Whether two sources that may share a cluster certainly do. Plain files of one run are applied together; a render
    /// shares a cluster only where both are known to be for the same one.
    #[must_use]
    pub fn stand_together(&self, a: SourceId, b: SourceId) -> bool {
        let named = self.cluster(a).is_some() && self.cluster(a) == self.cluster(b);
        a == b || named || !(self.is_render(a) || self.is_render(b))
    }

    fn is_render(&self, source: SourceId) -> bool {
        self.list[source.0 as usize].rendered
    }

    /// The cluster that a source is known to be for.
    #[must_use]
    pub fn cluster(&self, source: SourceId) -> Option<&str> {
        self.list[source.0 as usize].cluster.as_deref()
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
        let named: HashSet<&String> = self.list.iter().filter_map(|source| source.cluster.as_ref()).collect();
        named.len()
    }
}

/// A bit for every one that is true.
fn bits(all: &[bool]) -> Vec<u64> {
    let word = |chunk: &[bool]| chunk.iter().rev().fold(0, |word, &bit| word << 1 | u64::from(bit));
    all.chunks(64).map(word).collect()
}

/// How many leading path components all roots share.
fn shared_folders(read: &[load::Source]) -> usize {
    let [load::Source { root: first, .. }, rest @ ..] = read else { return 0 };
    let shared = |other: &load::Source| {
        first.split('/').zip(other.root.split('/')).take_while(|(a, b)| a == b).count()
    };
    rest.iter().map(shared).min().unwrap_or_else(|| if first == "." { 0 } else { first.split('/').count() })
}

/// The longest cut that holds a file; empty where its source is not cut there.
fn cut_of<'p>(source: usize, path: &'p str, cuts: &HashSet<(usize, &str)>) -> &'p str {
    if cuts.contains(&(source, path)) {
        return path;
    }
    let folders = path.rmatch_indices('/').map(|(slash, _)| &path[..slash]);
    folders.into_iter().find(|folder| cuts.contains(&(source, folder))).unwrap_or("")
}

/// What a file of rendered text is part of: with one file for each template (`helm template --output-dir`) all files of
/// the chart were made by one render, else the file is one by itself. `template` is Helm's path of the template.
pub(super) fn render_of<'p>(path: &'p str, template: &str) -> &'p str {
    let below_chart = template.split_once('/').map_or(template, |(_, below)| below);
    let chart = path.strip_suffix(below_chart);
    let file = template.rsplit('/').next().unwrap_or(template);
    let folder = path.strip_suffix(file);
    match chart.or(folder) {
        Some("") => "",
        Some(root) => root.strip_suffix('/').unwrap_or(path),
        None => path,
    }
}

fn cuts<'p>(definitions: &[Definition<'p>]) -> HashSet<(usize, &'p str)> {
    type Files<'p> = Vec<(&'p str, u64)>;
    let mut by_key: HashMap<(usize, &Key<'p>), Files<'p>> = HashMap::new();
    let mut cuts = HashSet::new();
    for definition in definitions {
        if let Some(render) = definition.render {
            cuts.insert((definition.source, render));
        } else if !definition.key.2.is_empty() {
            let files = by_key.entry((definition.source, &definition.key)).or_default();
            files.push((definition.path, definition.content));
        }
    }
    #[expect(clippy::iter_over_hash_type, reason = "the cuts are a set: order cannot show")]
    for ((source, _), mut files) in by_key {
        files.sort_unstable_by(|a, b| a.0.split('/').cmp(b.0.split('/')));
        cut(source, &files, &mut cuts);
    }
    cuts
}

/// Cuts a sorted run of files that define one object, wherever their contents differ.
fn cut<'p>(source: usize, files: &[(&'p str, u64)], cuts: &mut HashSet<(usize, &'p str)>) {
    let ([first, .., last], true) = (files, files.windows(2).any(|pair| pair[0].1 != pair[1].1)) else {
        return;
    };
    if first.0 == last.0 {
        return;
    }
    let shared: usize =
        first.0.split('/').zip(last.0.split('/')).take_while(|(a, b)| a == b).map(|(a, _)| a.len() + 1).sum();
    let branch = |path: &'p str| &path[..path[shared..].find('/').map_or(path.len(), |slash| shared + slash)];
    for part in files.chunk_by(|a, b| branch(a.0) == branch(b.0)) {
        cuts.insert((source, branch(part[0].0)));
        cut(source, part, cuts);
    }
}

/// Marks what is known to be for different clusters.
fn keep_clusters_apart(sources: &[Source], apart: &mut [Vec<u64>]) {
    let words = sources.len().div_ceil(64);
    let mut named = vec![0u64; words];
    let mut of_cluster: HashMap<&str, Vec<u64>> = HashMap::new();
    for (at, source) in sources.iter().enumerate() {
        if let Some(cluster) = &source.cluster {
            let (word, bit) = (at / 64, 1 << (at % 64));
            named[word] |= bit;
            of_cluster.entry(cluster).or_insert_with(|| vec![0; words])[word] |= bit;
        }
    }
    for (source, row) in sources.iter().zip(apart) {
        let Some(cluster) = &source.cluster else { continue };
        let own = &of_cluster[cluster.as_str()];
        for ((bits, named), own) in row.iter_mut().zip(&named).zip(own) {
            *bits |= named & !own;
        }
    }
}

fn conflicts(count: usize, definitions: &[Definition<'_>], placed: &[SourceId]) -> Vec<Vec<u64>> {
    let words = count.div_ceil(64);
    let mut rows = vec![vec![0u64; words]; count];
    let mut by_key: HashMap<&Key<'_>, BTreeMap<u32, u64>> = HashMap::new();
    for (definition, source) in definitions.iter().zip(placed) {
        // What lives in a namespace that is unknown is compared with nothing outside its source.
        let is_known = definition.key.1.is_some() || definition.tells_clusters_apart;
        if !definition.key.2.is_empty() && is_known {
            by_key.entry(&definition.key).or_default().insert(source.0, definition.content);
        }
    }
    for contents in by_key.values().filter(|contents| contents.len() > 1) {
        let mut everyone = vec![0u64; words];
        let mut same: HashMap<u64, Vec<u64>> = HashMap::new();
        for (&source, content) in contents {
            let (word, bit) = (source as usize / 64, 1 << (source % 64));
            everyone[word] |= bit;
            same.entry(*content).or_insert_with(|| vec![0; words])[word] |= bit;
        }
        for (&source, content) in contents {
            for (word, bits) in rows[source as usize].iter_mut().enumerate() {
                *bits |= everyone[word] & !same[content][word];
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::{Definition, Sources, load, render_of};

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
    fn the_files_of_one_render_are_one_source() {
        let template = "shop/templates/jobs/job.yaml";
        for (path, root) in [
            ("out/shop/templates/jobs/job.yaml", "out/shop"),
            ("rendered/prod/job.yaml", "rendered/prod"),
            ("rendered/prod.yaml", "rendered/prod.yaml"),
            ("rendered/my-job.yaml", "rendered/my-job.yaml"),
            ("job.yaml", ""),
        ] {
            assert_eq!(render_of(path, template), root, "{path}");
        }
    }

    #[test]
    fn equal_repeats_neither_cut_nor_conflict() {
        let definitions = [define("a/role.yaml", "app", 1), define("b/role.yaml", "app", 1)];
        let (sources, placed) = Sources::cut(&[source(".")], &[], &definitions);
        assert_eq!(placed[0], placed[1]);
        assert_eq!(sources.root(placed[0]), ".");
    }
}
