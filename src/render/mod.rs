//! From what a repository holds to what a cluster will run, and the way back to what a person wrote.
//!
//! The way there: `roots` finds what is rendered as a whole, `jobs` says for whom, `session` asks the programs (`helm`
//! and `kustomize` know how, `materials` what they read, `child` starts and ends them and keeps what they printed),
//! `rounds` follows what is deployed by what was rendered, `unrendered` says what could not be rendered (`blame` and
//! `redacted`: in whose words). The way back: `replay` for kustomizations and `marked` for charts lay a `trail` over the
//! rendered text, `provenance` chooses between them.
//!
//! Modules stand in dependency order, as in `src/lib.rs`, here and in the rooms below.
//!
//! It knows no rule. Nothing outside of `child` starts a program or writes a file.

pub mod paths;

pub mod cluster;

pub mod capabilities;

pub mod kustomization;

mod hooks;

pub mod child;

mod blame;

mod trail;

mod shelf;

pub mod marked;

pub mod roots;

mod substitute;

pub mod replay;

pub mod jobs;

mod materials;

mod redacted;

mod helm;

mod kustomize;

mod session;

mod provenance;

mod unrendered;

mod rounds;

use std::collections::{BTreeSet, HashMap, HashSet};

use jobs::{Job, NamedValues, Task};
use materials::Charts;
use roots::{Kind, Root, may_hold_roots, read_bases};
use rounds::{Rendering, Rounds};

use crate::finding::{Engine, Notice};
use crate::load::{GapReason, Read, SkipReason, Skipped, Source, Texts, Tree, add_files, is_below};
use crate::source::FileId;
use crate::yaml::{Doc, Document};

pub use provenance::{Place, Provenance};
pub use session::{RenderError, Session};
pub use shelf::Shelf;
pub use trail::{Trail, Written};

/// What renders charts and kustomizations, and how.
#[derive(Clone, Copy)]
pub struct Setup<'s> {
    /// The programs and the cache; several runs may share them.
    pub session: &'s Session,
    /// What the user asked for.
    pub options: &'s Options,
}

/// What is rendered how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Value files that the user names for charts.
    pub values: Vec<NamedValues>,
    /// The minor version of the cluster that charts see: 34 means 1.34.
    pub kubernetes_minor: u32,
}

/// A program that rendered something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renderer {
    /// Which one.
    pub engine: Engine,
    /// As it says itself.
    pub version: String,
}

/// What will be applied: the second stage of a run. What is rendered stands in the place of what it was made from; the
/// stage before stays as it is.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The texts that were read, and those that were rendered.
    pub texts: Texts,
    /// What is linted, by what is applied together.
    pub sources: Vec<Source>,
    /// What is wrong with files as files, and what could not be rendered.
    pub notices: Vec<Notice>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// The roots.
    pub roots: Vec<Root>,
    /// What was rendered, by the order of the roots.
    pub outputs: Vec<Output>,
    /// The programs that did it.
    pub renderers: Vec<Renderer>,
    /// Positions of the outputs, by their texts.
    by_text: HashMap<FileId, usize>,
    charts: Charts,
    versions: helm::Versions,
}

/// One job and what came of it.
#[derive(Debug)]
pub struct Output {
    /// The job.
    pub job: Job,
    /// What rendered it; nothing for files and for what failed.
    pub by: Option<Engine>,
    /// The rendered text.
    pub file: Option<FileId>,
    /// Its position among [`Rendered::sources`].
    pub source: Option<usize>,
    /// Why there is none.
    pub error: Option<RenderError>,
    /// Dependencies that a chart was rendered without.
    pub missing: Vec<String>,
    /// The way back through what Flux filled in after rendering.
    filled: Option<substitute::Filled>,
}

impl Rendered {
    /// What was read, as it stands: nothing is rendered.
    #[must_use]
    pub fn plain(read: &Read) -> Self {
        Self {
            texts: read.texts.clone(),
            sources: read.sources.clone(),
            notices: read.notices.clone(),
            skipped: read.skipped.clone(),
            ..Self::default()
        }
    }

    /// Renders the roots among what was read.
    ///
    /// Files that a rendered root reads are left out: they are judged through it. What cannot be rendered stays, is
    /// noticed, and leaves its source open.
    #[must_use]
    pub fn of(read: &Read, tree: &Tree, setup: Setup<'_>) -> Self {
        if !may_hold_roots(&read.texts) {
            return Self::plain(read);
        }
        let (texts, bases) = read_bases(&read.texts, tree);
        let versions = versions(&read.sources, setup.options.kubernetes_minor);
        let charts = Charts::default();
        let rounds = Rounds { read, tree, setup, versions: &versions, charts: &charts, bases: &bases, texts };
        let rounds::Rendered { texts, roots, made, beyond } = rounds.all();
        let mut rendered = Self { texts, roots, charts, versions, ..Self::plain(read) };
        if let Some(file) = beyond {
            let path = rendered.texts.sources().file(file).path().to_owned();
            rendered.skipped.push(Skipped::new(SkipReason::DeployersBeyond, path));
        }
        for (job, made) in made {
            rendered.admit(&read.sources, job, made);
        }
        let used: BTreeSet<_> = rendered.outputs.iter().filter_map(|output| output.by).collect();
        rendered.renderers = setup.session.renderers(&used.into_iter().collect::<Vec<_>>());
        rendered.leave_out_what_is_rendered();
        // Places can only be shown in texts that are known.
        add_files(&mut rendered.texts, tree, rendered.charts.files());
        unrendered::add_notices(&mut rendered, tree);
        rendered
    }

    /// Makes a source of what was rendered.
    fn admit(&mut self, read: &[Source], job: Job, made: Rendering) {
        let mut output = Output {
            job,
            by: None,
            file: None,
            source: None,
            error: None,
            missing: Vec::new(),
            filled: None,
        };
        let documents = match made {
            None => match &output.job.task {
                Task::Files(files) => Some(documents_of(read, files)),
                Task::Kustomize(_) | Task::Helm(_) => None,
            },
            Some(Err(broken)) => {
                output.error = Some(broken);
                None
            }
            Some(Ok(text)) => {
                (output.file, output.by, output.filled) = (Some(text.file), Some(text.by), text.filled);
                output.missing = text.missing;
                self.by_text.insert(text.file, self.outputs.len());
                Some(text.documents)
            }
        };
        if let Some(documents) = documents {
            output.source = Some(self.sources.len());
            self.sources.push(Source {
                root: self.roots[output.job.root].path.clone(),
                cluster: output.job.cluster.clone(),
                namespace: output.job.namespace.clone(),
                whole: true,
                documents,
                ..Source::default()
            });
        }
        self.outputs.push(output);
    }

    /// Takes what is judged through a root out of the other sources.
    fn leave_out_what_is_rendered(&mut self) {
        let rendered = self.outputs.iter().filter(|output| output.file.is_some());
        let parts: BTreeSet<usize> = rendered.flat_map(|output| output.job.parts(&self.roots)).collect();
        let mut taken: HashSet<FileId> = HashSet::new();
        let mut charts = Vec::new();
        for part in parts {
            taken.extend(&self.roots[part].reads);
            if self.roots[part].kind == Kind::Helm {
                charts.push(self.roots[part].path.as_str());
            }
        }
        for output in &self.outputs {
            if let (Task::Files(files), Some(_)) = (&output.job.task, output.source) {
                taken.extend(files);
            }
        }
        let in_chart = |path: &str| charts.iter().any(|chart| is_below(path, chart));
        for source in self.sources.iter_mut().filter(|source| !source.whole) {
            source.documents.retain(|document| !taken.contains(&document.span().file));
            source.gaps.retain(|gap| gap.reason != GapReason::HelmTemplate || !in_chart(&gap.example));
        }
        self.skipped
            .retain(|skipped| skipped.reason != SkipReason::HelmTemplate || !in_chart(&skipped.example));
    }

    /// The output that a rendered text belongs to.
    #[must_use]
    pub fn output(&self, file: FileId) -> Option<&Output> {
        self.by_text.get(&file).map(|index| &self.outputs[*index])
    }
}

/// The documents of some files that were read.
fn documents_of(read: &[Source], files: &[FileId]) -> Vec<Document> {
    let files: HashSet<FileId> = files.iter().copied().collect();
    let all = read.iter().flat_map(|source| &source.documents);
    all.filter(|document| files.contains(&document.span().file)).cloned().collect()
}

/// What charts see of the cluster: its version, and the API of what the run defines.
fn versions(sources: &[Source], minor: u32) -> helm::Versions {
    let documents = sources.iter().flat_map(|source| &source.documents);
    let definitions = documents.filter(|document| document.text().contains("CustomResourceDefinition"));
    let docs: Vec<&Doc> = definitions.map(Document::doc).collect();
    helm::Versions {
        kubernetes: format!("1.{minor}.0"),
        api: capabilities::api_versions(minor, docs.into_iter()),
    }
}
