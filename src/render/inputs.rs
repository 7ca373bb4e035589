//! What renderers read: the files of each root, a hash of them, and what charts learn of the cluster.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sha2::{Digest, Sha256};

use super::capabilities::Capabilities;
use super::file_index::FileIndex;
use super::inflations::{InflatedFiles, Inflating};
use super::job::{Job, Task};
use super::paths::folder_of;
use super::replay::Inflations;
use super::roots::{Kind, MOST_FILES, Root};

/// A chart of more bytes is not rendered.
const LARGEST_CHART: u64 = 256 << 20;

/// The files of a chart: paths below its folder → where they stand.
pub(super) type ChartFiles = Vec<(String, String)>;

/// The files of a kustomization: where they stand → what is in them.
pub(super) type KustomizationFiles<'m> = BTreeMap<Cow<'m, str>, Cow<'m, [u8]>>;

/// What renderers read.
pub(super) struct Inputs<'m> {
    pub(super) roots: &'m [Root],
    pub(super) index: FileIndex<'m>,
    pub(super) charts: &'m Charts,
    /// What charts learn of the cluster.
    pub(super) capabilities: &'m Capabilities,
    /// The charts that kustomizations inflate.
    pub(super) inflating: Inflating<'m>,
    /// What they rendered.
    pub(super) inflated: &'m InflatedFiles,
}

/// A chart that is looked up by whoever asks first.
type LookedUp = Arc<OnceLock<Result<Hashed, String>>>;

/// The charts that were looked up, by folder: each once a run.
#[derive(Debug, Default)]
pub(super) struct Charts(Mutex<BTreeMap<String, LookedUp>>);

impl Charts {
    /// The files of every chart that was looked up: to be rendered, or put into another.
    pub(super) fn files(&self) -> BTreeSet<String> {
        let charts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = charts.values().filter_map(|chart| chart.get()?.as_ref().ok());
        known.flat_map(|chart| chart.files.iter().map(|(_, path)| path.clone())).collect()
    }

    /// The files of one of them.
    pub(super) fn files_of(&self, folder: &str) -> ChartFiles {
        let charts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = charts.get(folder).and_then(|chart| chart.get()?.as_ref().ok());
        known.map(|hashed| hashed.files.clone()).unwrap_or_default()
    }
}

/// The files of a chart with the hash of their paths and contents.
#[derive(Clone, Debug)]
pub(super) struct Hashed {
    pub(super) files: ChartFiles,
    pub(super) hash: [u8; 32],
    /// Whether Helm would see the same: see [`crate::load::Below`].
    pub(super) plain: bool,
    /// Whether it creates more than definitions by its `crds/`, once somebody asks.
    pub(super) creates: Arc<OnceLock<bool>>,
}

impl<'m> Inputs<'m> {
    /// What the charts of a kustomization rendered, by the folders that inflate them.
    ///
    /// # Errors
    ///
    /// Where it cannot be built like that; the message.
    pub(super) fn inflations(&self, job: &Job) -> Result<Inflations, String> {
        self.inflating.of(job, self.inflated)
    }

    /// All that a kustomization may read: paths and contents, sorted.
    ///
    /// # Errors
    ///
    /// Where that is too much, in words.
    pub(super) fn of_kustomization(&self, job: &Job) -> Result<KustomizationFiles<'m>, String> {
        let (roots, sources, tree) = (self.roots, self.index.texts.sources(), self.index.tree);
        let mut files = KustomizationFiles::new();
        let bytes = |path: &str| Cow::Owned(tree.bytes(path, LARGEST_CHART).unwrap_or_default());
        for part in job.parts(roots).into_iter().map(|part| &roots[part]) {
            let read = part.reads.iter().map(|id| sources.file(*id));
            files
                .extend(read.map(|file| (Cow::Borrowed(file.path()), Cow::Borrowed(file.text().as_bytes()))));
            files.extend(part.further.iter().map(|path| (Cow::Borrowed(path.as_str()), bytes(path))));
            if part.has_plugins {
                // kustomize keeps plugins below the folder of the kustomization (`api/internal/loader/loadrestrictions.go`).
                let below = tree.below(&part.path, MOST_FILES);
                if below.too_many {
                    return Err(format!("its plugins may read more than {MOST_FILES} files"));
                }
                for path in below.files {
                    files.entry(Cow::Owned(path)).or_insert_with_key(|path| bytes(path));
                }
            }
        }
        if let Task::Kustomize(changes) = &job.task {
            files.extend(changes.files.iter().map(|path| (Cow::Owned(path.clone()), bytes(path))));
        }
        Ok(files)
    }

    /// The files below a folder and their hash; looked up once.
    ///
    /// # Errors
    ///
    /// Where they are too many or too large, in words.
    pub(super) fn of_chart(&self, folder: &str) -> Result<Hashed, String> {
        let chart = {
            let mut charts = self.charts.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(charts.entry(folder.to_owned()).or_default())
        };
        // Not under the lock: other threads find other charts meanwhile.
        chart.get_or_init(|| self.chart(folder)).clone()
    }

    fn chart(&self, folder: &str) -> Result<Hashed, String> {
        let prefix = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let below = self.index.tree.below(folder, MOST_FILES);
        if below.too_many {
            return Err(format!("the chart holds more than {MOST_FILES} files"));
        }
        let mut hash = Sha256::new();
        let mut left = LARGEST_CHART;
        let mut files = ChartFiles::new();
        for path in below.files {
            let too_large = || format!("the chart holds more than {} MiB", LARGEST_CHART >> 20);
            let bytes = self.index.tree.bytes(&path, left).ok_or_else(too_large)?;
            left -= bytes.len() as u64;
            let below = path.get(prefix..).unwrap_or_default().to_owned();
            absorb(&mut hash, &below, &bytes);
            files.push((below, path));
        }
        let hash = hash.finalize().into();
        Ok(Hashed { files, hash, plain: below.plain, creates: Arc::default() })
    }

    /// The chart of that name in the folder beside another chart: collections of charts publish what they depend on.
    pub(super) fn chart_beside(&self, folder: &str, name: &str) -> Option<&'m Root> {
        // A chart that wraps another of its name is not what it wraps.
        let is_beside = |root: &&Root| folder_of(&root.path) == folder_of(folder) && root.path != folder;
        let mut charts = self.roots.iter().filter(|root| root.kind == Kind::Helm).filter(is_beside);
        charts.find(|root| root.name.as_deref() == Some(name))
    }

    /// The bytes of a file of the tree.
    pub(super) fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.index.tree.bytes(path, LARGEST_CHART)
    }

    /// The working directory.
    pub(super) fn here(&self) -> &Path {
        self.index.tree.files().here()
    }

    /// Whether programs can be given folders of the tree as they are.
    pub(super) fn is_disk(&self) -> bool {
        self.index.tree.files().is_disk()
    }

    /// A path of the tree for programs, wherever they run.
    pub(super) fn absolute(&self, path: &Path) -> io::Result<PathBuf> {
        std::path::absolute(self.here().join(path))
    }
}

/// The hash of paths and contents.
pub(super) fn hashed(files: &KustomizationFiles<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (path, bytes) in files {
        absorb(&mut hash, path, bytes);
    }
    hash.finalize().into()
}

fn absorb(hash: &mut Sha256, path: &str, bytes: &[u8]) {
    for part in [path.as_bytes(), bytes] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
}
