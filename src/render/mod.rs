//! From what a repository holds to what a cluster will run, and the way back to what a person wrote.
//!
//! The way there: `roots` finds what is rendered as a whole, `jobs` says for whom, `session` asks the programs (`helm`
//! and `kustomize` know how, `materials` what they read, `child` keeps them on a leash and remembers what they said),
//! `rounds` follows what is deployed by what was rendered, `complaints` says what could not be rendered (`blame` and
//! `hushed`: in whose words). The way back: `replay` for kustomizations and
//! `marked` for charts lay a `trail` over the rendered text, `provenance` chooses between them.
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

mod hushed;

mod helm;

mod kustomize;

mod session;

mod provenance;

mod complaints;

mod rounds;

use std::collections::{BTreeSet, HashMap, HashSet};

use jobs::{Job, NamedValues, Task};
use materials::Charts;
use roots::{Kind, Root, may_hold_roots, reach_out};
use rounds::{Made, Workshop};

use crate::load::{Loaded, Tree, is_below};
use crate::source::{FileId, Source};
use crate::yaml;

pub use session::{Broken, Session};
pub use shelf::Shelf;
pub use trail::{Trail, Written};

/// What is rendered how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Value files that the user names for charts.
    pub values: Vec<NamedValues>,
    /// The minor version of the cluster that charts are told of: 34 means 1.34.
    pub kubernetes_minor: u32,
}

/// A program that rendered something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renderer {
    /// `helm`, `kustomize`, `kubectl`; `replay` for what was rendered without a program.
    pub name: &'static str,
    /// As it says itself.
    pub version: String,
}

/// What became of the roots of a run.
#[derive(Debug, Default)]
pub struct Rendering {
    /// The roots.
    pub roots: Vec<Root>,
    /// What was rendered, by the order of the roots.
    pub outputs: Vec<Output>,
    /// The programs that did it.
    pub renderers: Vec<Renderer>,
    /// Positions of the outputs, by their texts.
    texts: HashMap<FileId, usize>,
    tree: Tree,
    charts: Charts,
    versions: helm::Versions,
}

/// One job and what came of it.
#[derive(Debug)]
pub struct Output {
    /// The job.
    pub job: Job,
    /// `helm`, `kustomize`, `kubectl`, `replay`; nothing for files and for what failed.
    pub by: Option<&'static str>,
    /// The rendered text.
    pub file: Option<FileId>,
    /// Its position among the sources of the world.
    pub pool: Option<usize>,
    /// Why there is none.
    pub error: Option<Broken>,
    /// Dependencies that a chart was rendered without.
    pub missing: Vec<String>,
    /// The way back through what Flux filled in after rendering.
    filled: Option<substitute::Filled>,
}

/// Renders the roots among what was read, and puts the results in the place of what they were made from.
///
/// Files that a rendered root reads are taken out of the world: they are judged through it. What cannot be rendered
/// stays, is noticed, and leaves its source open.
pub fn render(loaded: &mut Loaded, tree: Tree, session: &Session, options: &Options) -> Rendering {
    if !may_hold_roots(loaded) {
        return Rendering::default();
    }
    reach_out(loaded, &tree);
    let versions = versions(loaded, options.kubernetes_minor);
    let charts = Charts::default();
    let workshop = Workshop { tree: &tree, session, options, versions: &versions, charts: &charts };
    let (roots, made) = workshop.all(loaded);
    let mut rendering = Rendering { roots, tree, charts, versions, ..Rendering::default() };
    for (job, made) in made {
        let output = rendering.admit(loaded, job, made);
        if let Some(file) = output.file {
            rendering.texts.insert(file, rendering.outputs.len());
        }
        rendering.outputs.push(output);
    }
    let used: BTreeSet<_> = rendering.outputs.iter().filter_map(|output| output.by).collect();
    rendering.renderers = session.renderers(&used.into_iter().collect::<Vec<_>>());
    rendering.take_over(loaded);
    complaints::complain(&rendering, loaded);
    rendering
}

fn versions(loaded: &Loaded, minor: u32) -> helm::Versions {
    let is_definition = |text: &str| text.contains("CustomResourceDefinition");
    let documents = loaded.world.sources.iter().flat_map(|source| &source.documents);
    let docs: Vec<yaml::Doc> = documents
        .filter(|document| is_definition(loaded.sources.text(document.span)))
        .map(|document| {
            let file = document.span.file;
            yaml::parse(file, loaded.sources.file(file).shared_text(), document.span.range()).0
        })
        .collect();
    helm::Versions { kubernetes: format!("1.{minor}.0"), api: capabilities::api_versions(minor, docs.iter()) }
}

impl Rendering {
    /// Makes a source of what was rendered.
    fn admit(&self, loaded: &mut Loaded, job: Job, made: Made) -> Output {
        let mut output =
            Output { job, by: None, file: None, pool: None, error: None, missing: Vec::new(), filled: None };
        let documents = match made {
            None => {
                let Task::Files(files) = &output.job.task else { return output };
                let files: HashSet<FileId> = files.iter().copied().collect();
                let written = loaded.world.sources.iter().filter(|source| !source.whole);
                let all = written.flat_map(|source| &source.documents);
                all.filter(|document| files.contains(&document.span.file)).cloned().collect()
            }
            Some(Err(broken)) => {
                output.error = Some(broken);
                return output;
            }
            Some(Ok(text)) => {
                (output.file, output.by, output.filled) = (Some(text.file), Some(text.by), text.filled);
                output.missing = text.missing;
                text.documents
            }
        };
        output.pool = Some(loaded.world.sources.len());
        loaded.world.sources.push(Source {
            root: self.roots[output.job.root].path.clone(),
            cluster: output.job.cluster.clone(),
            namespace: output.job.namespace.clone(),
            whole: true,
            documents,
            ..Source::default()
        });
        output
    }

    /// Takes what is judged through a root out of the other sources.
    fn take_over(&self, loaded: &mut Loaded) {
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
            if let (Task::Files(files), Some(_)) = (&output.job.task, output.pool) {
                taken.extend(files);
            }
        }
        let in_chart = |path: &str| charts.iter().any(|chart| is_below(path, chart));
        for source in loaded.world.sources.iter_mut().filter(|source| !source.whole) {
            source.documents.retain(|document| !taken.contains(&document.span.file));
            source.gaps.retain(|gap| gap.what != "Helm template" || !in_chart(&gap.example));
        }
        loaded.skipped.retain(|(what, path)| !what.starts_with("Helm templates") || !in_chart(path));
        // Places can only be shown in texts that are known.
        shelve(loaded, &self.tree, self.charts.files());
    }
}

/// Reads texts that are no manifests: templates, and what config maps are made from.
fn shelve(loaded: &mut Loaded, tree: &Tree, paths: BTreeSet<String>) {
    let written = loaded.sources.files().filter(|(_, file)| !file.is_rendered());
    let known: HashSet<String> = written.map(|(_, file)| file.path().to_owned()).collect();
    for path in paths.into_iter().filter(|path| !known.contains(path)) {
        let bytes = tree.bytes(&path, crate::load::LARGEST_FILE);
        if let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
            loaded.sources.add(path, text);
        }
    }
}
