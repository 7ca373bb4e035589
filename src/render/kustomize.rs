//! How kustomize is asked: for a folder of the tree, or for a copy where a deployer changes the kustomization.

use std::path::{Path, PathBuf};

use super::FileIndex;
use super::child::Scratch;
use super::inputs::{Inputs, KustomizationFiles, hashed};
use super::job::Job;
use super::kustomization::FILE_NAMES;
use super::paths::join;
use super::replay::{changed, resource_of_chart};
use super::roots::{Changes, PRINTED};
use crate::source::FileId;

/// A kustomization with all that it reads.
pub(super) struct WholeKustomization<'m> {
    folder: &'m str,
    hash: [u8; 32],
    /// What is copied, where it cannot be built where it stands.
    files: KustomizationFiles<'m>,
    /// How far above the working directory they reach.
    above: usize,
    /// Whether it can be built where it stands.
    pub(super) as_it_stands: bool,
}

impl<'m> WholeKustomization<'m> {
    /// # Errors
    ///
    /// Where it reads too much, or is to be changed and cannot be read; the message.
    pub(super) fn new(job: &'m Job, changes: &Changes, inputs: &Inputs<'m>) -> Result<Self, String> {
        let folder = job.folder(inputs.roots);
        let mut files = inputs.of_kustomization(job)?;
        let charts = inputs.inflations(job)?;
        if changes.list.is_empty() && charts.is_empty() && inputs.is_disk() {
            let (files, hash) = (KustomizationFiles::new(), hashed(&files));
            return Ok(Self { folder, hash, files, above: 0, as_it_stands: true });
        }
        let unchanged = Changes::default();
        for part in job.parts(inputs.roots) {
            let root = &inputs.roots[part];
            let (folder, changes) =
                if part == job.root { (folder, changes) } else { (root.path.as_str(), &unchanged) };
            let charts = charts.get(folder);
            if changes.list.is_empty() && charts.is_none() {
                continue;
            }
            let charts = charts.map(|charts| add_charts(&mut files, folder, charts, inputs));
            let text = changed(folder, changes, charts.as_deref(), &inputs.index);
            let text = text.ok_or("the kustomization that is to be changed cannot be read")?;
            let written = || root.at.map(|at| inputs.index.path(at.file).to_owned());
            let made = changes.folder.as_ref().map(|folder| join(folder, FILE_NAMES[0]));
            files.insert(made.or_else(written).unwrap_or_default().into(), text.into_bytes().into());
        }
        let ups = |path: &str| path.split('/').take_while(|part| *part == "..").count();
        let above = files.keys().map(|path| ups(path)).max().unwrap_or_default();
        let hash = hashed(&files);
        Ok(Self { folder, hash, files, above, as_it_stands: false })
    }

    /// A kustomization of post renderers, over what Helm printed.
    ///
    /// # Errors
    ///
    /// Where it cannot be put together; the message.
    pub(super) fn over(printed: &'m str, changes: &Changes, index: &FileIndex<'_>) -> Result<Self, String> {
        let text =
            changed("", changes, None, index).ok_or("what the post renderers change cannot be read")?;
        let files = KustomizationFiles::from([
            (FILE_NAMES[0].into(), text.into_bytes().into()),
            (PRINTED.into(), printed.as_bytes().into()),
        ]);
        let hash = hashed(&files);
        Ok(Self { folder: "", hash, files, above: 0, as_it_stands: false })
    }

    /// All that a build of it depends on, the program aside.
    pub(super) fn key(&self) -> [Vec<u8>; 2] {
        [self.folder.as_bytes().to_vec(), self.hash.to_vec()]
    }

    /// The folder to build, seen from the working directory or from the copy.
    pub(super) fn argument(&self) -> String {
        let folder = if self.as_it_stands { self.folder.to_owned() } else { self.lowered(self.folder) };
        // A name that begins with a dash is no option.
        Path::new(".").join(folder).to_string_lossy().into_owned()
    }

    /// Copies it below the folder `name` of the scratch folder.
    ///
    /// # Errors
    ///
    /// Where something cannot be written.
    pub(super) fn copy(&self, scratch: &Scratch, name: &str) -> std::io::Result<PathBuf> {
        let name = Path::new(name).join("copy");
        let place = scratch.folder(&name)?;
        // Seen from a folder that holds nothing else, `..` leads to no file.
        scratch.folder(name.join(self.lowered(self.folder)))?;
        for (path, bytes) in &self.files {
            super::child::write(&place.join(self.lowered(path)), bytes)?;
        }
        Ok(place)
    }

    /// A path below the copy: what stands above the working directory gets folders to stand above.
    fn lowered(&self, path: &str) -> String {
        join(&"up/".repeat(self.above), path.trim_start_matches('/'))
    }
}

/// Adds what charts rendered to the folder of a kustomization; the names of the files, which are new there.
fn add_charts(
    files: &mut KustomizationFiles<'_>,
    folder: &str,
    charts: &[FileId],
    inputs: &Inputs<'_>,
) -> Vec<String> {
    let mut names = Vec::new();
    for text in charts.iter().map(|chart| resource_of_chart(*chart, &inputs.index)) {
        if text.is_empty() {
            continue;
        }
        let mut name = format!("chart-{}.yaml", names.len());
        while files.contains_key(&*join(folder, &name)) {
            name.insert(0, '_');
        }
        files.insert(join(folder, &name).into(), text.into_bytes().into());
        names.push(name);
    }
    names
}
