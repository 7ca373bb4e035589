//! From what a repository holds to what a cluster will run, and the way back to what a person wrote.
//!
//! The way there: `roots` finds what is rendered as a whole, `jobs` lists the renderings (`inflations` those of charts
//! that kustomizations inflate), `session` runs the programs (`helm` and `kustomize` prepare their arguments, `inputs` holds
//! what they read, `child` starts and ends them and caches their output), `render_loop` follows deployers that were
//! rendered, `unrendered` reports what could not be rendered (`helm_error` and `kustomize_error` find the place that a
//! program blames, `redacted` hides values), and `left_values` lists the values that no rendered text shows. The way back:
//! `replay` for kustomizations and `marked` for charts find where each part of a rendered text was written (its `trail`),
//! `provenance` chooses between them.
//!
//! Modules stand in dependency order, as in `src/lib.rs`, here and in the rooms below.
//!
//! It knows no rule. Nothing outside of `child` starts a program or writes a file.

pub mod paths;

pub mod cluster;

pub mod capabilities;

pub mod kustomization;

mod helm_charts;

mod readable;

mod definitions;

mod hooks;

pub mod child;

mod helm_error;

mod trail;

pub mod unknown;

mod file_index;

pub mod marked;

mod strvals;

pub mod roots;

mod shell_functions;

mod envsubst;

mod substitute;

pub mod replay;

mod job;

mod inflations;

mod failed;

pub mod jobs;

mod inputs;

mod redacted;

mod parameters;

mod helm;

mod chart_texts;

mod answers;

mod other_answers;

mod kustomize;

mod generated;

mod kustomize_error;

mod session;

mod given;
mod provenance;

mod bad_values;
mod blame;

mod absent;
mod helmfiles;
mod unrendered;

mod left_tools;
mod left_values;

mod applied;
mod left_parts;

mod render_loop;

mod asking;
mod budget;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use capabilities::Capabilities;
use inflations::{InflatedFiles, id_of};
use inputs::Charts;
use job::{Job, Task};
use jobs::NamedValues;
use render_loop::{LoopResult, RenderLoop, Rendering};
use roots::{Kind, Named, Root, may_hold_roots};

use crate::config::NamedCluster;
use crate::finding::{Engine, Notice, RunError};
use crate::load::{Deployed, GapReason, Read, SkipReason, Skipped, Source, Texts, Tree, add_files, is_below};
use crate::source::{FileId, Span};
use crate::yaml::Document;

pub use applied::{Applied, Destinations};
pub use file_index::FileIndex;
pub use generated::{Generated, Made};
pub use left_values::LeftValues;
pub use provenance::{Place, Provenance, Trails};
pub use session::{RenderError, Session};
pub use trail::{Trail, Written};
pub use unrendered::{NotJudged, not_to_be_rendered};

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
    /// Addresses that are this repository, with the folders that their paths start at.
    pub repositories: Vec<(String, String)>,
    /// The clusters that Argo CD knows; where there are none, they are not known.
    pub clusters: Vec<NamedCluster>,
    /// The minor version of the cluster that charts see, where somebody named it: 34 means 1.34.
    pub kubernetes_minor: Option<u32>,
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
    /// What could not be rendered.
    pub not_judged: Vec<NotJudged>,
    /// What could not be read beyond what the arguments name, and what there is no program for.
    pub errors: Vec<RunError>,
    /// The roots.
    pub roots: Vec<Root>,
    /// What was rendered, by the order of the roots.
    pub outputs: Vec<Output>,
    /// The programs that did it.
    pub renderers: Vec<Renderer>,
    /// Values of charts that none of the outputs shows.
    pub left_values: Vec<LeftValues>,
    /// Values that deployers hold of charts that were rendered whole, in the order of files: their output shows what they make.
    pub shown_values: Vec<Span>,
    /// Values that charts made: they stand in no file.
    pub generated: Generated,
    /// Positions of the outputs, by their texts.
    by_text: HashMap<FileId, usize>,
    charts: Charts,
    /// What charts rendered for kustomizations.
    inflated: InflatedFiles,
    capabilities: Capabilities,
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
    /// What Flux substitutes after rendering.
    filled: Option<substitute::Substituted>,
}

impl Output {
    /// What pulls it in: where things come from of which no more is known.
    fn at(&self, roots: &[Root]) -> Option<Span> {
        match &self.job.task {
            Task::Inflate(set) => set.by.map(|(_, at)| at),
            _ => roots.get(self.job.root)?.at,
        }
    }
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
        let mut named = Named::of(read, tree);
        named.repositories.clone_from(&setup.options.repositories);
        named.clusters.clone_from(&setup.options.clusters);
        let capabilities = Capabilities::new(&read.sources, setup.options.kubernetes_minor);
        let charts = Charts::default();
        let render_loop =
            RenderLoop { read, tree, setup, capabilities: &capabilities, charts: &charts, named };
        let LoopResult { named, roots, renderings, too_deep, asked } = render_loop.run();
        let Named { texts, notices, skipped, errors, .. } = named;
        let mut rendered = Self { texts, errors, roots, charts, capabilities, ..Self::plain(read) };
        rendered.notices.extend(notices);
        rendered.skipped.extend(skipped);
        let path = |file| rendered.texts.sources().file(file).path().to_owned();
        rendered.skipped.extend(too_deep.map(|file| Skipped::new(SkipReason::DeployersBeyond, path(file))));
        for (job, rendering) in budget::keep(&mut rendered.roots, &rendered.texts, renderings) {
            rendered.add(job, rendering);
        }
        let used = rendered.outputs.iter().filter_map(|output| output.by).collect();
        rendered.renderers = setup.session.renderers(&used);
        rendered.leave_out_what_is_rendered();
        left_parts::add(&mut rendered);
        // Places can only be shown in texts that are known.
        add_files(&mut rendered.texts, tree, rendered.charts.files());
        answers::leave_unjudged(&mut rendered.roots, &asked, rendered.texts.sources());
        rendered.note_unfilled();
        unrendered::add(&mut rendered, tree, &setup.options.values);
        left_values::add(&mut rendered, tree);
        rendered
    }

    /// Makes a source of what was rendered.
    fn add(&mut self, mut job: Job, rendering: Rendering) {
        let (mut text, error) = match rendering.transpose() {
            Ok(text) => (text, None),
            Err(broken) => (None, Some(broken)),
        };
        // What post renderers changed is not applied as it was, but leads the way back.
        for (task, file, by) in text.iter_mut().flat_map(|text| std::mem::take(&mut text.before)) {
            let job = Job { task: std::mem::replace(&mut job.task, task), ..job.clone() };
            self.by_text.insert(file, self.outputs.len());
            let (source, error, missing, filled) = Default::default();
            self.outputs.push(Output { job, by: Some(by), file: Some(file), source, error, missing, filled });
        }
        let documents = match (&text, &job.task) {
            (_, Task::Inflate(_)) | (None, Task::Kustomize(_) | Task::Helm(_) | Task::PostRender(..)) => None,
            (Some(text), _) => Some(text.documents.clone()),
            (None, Task::Files(files)) => Some(documents_of(&self.texts, files)),
        };
        let deployer = job.deployed_by(&self.roots);
        let applies_helm_tests = deployer.is_some_and(|deployer| deployer.runs_tests);
        let deployed = match deployer {
            Some(deployer) if deployer.local => Deployed::Here,
            Some(_) => Deployed::Elsewhere,
            None => Deployed::ByNobody,
        };
        let source = documents.map(|documents| {
            self.sources.push(Source {
                root: self.roots[job.root].path.clone(),
                cluster: job.cluster.clone(),
                deployed,
                deployer: deployer.and_then(|deployer| deployer.at),
                applies_helm_tests,
                namespace: job.namespace.clone(),
                assumed: job.assumed.clone(),
                whole: true,
                documents,
                ..Source::default()
            });
            self.sources.len() - 1
        });
        let (file, by, missing, filled) = text.map_or_else(Default::default, |text| {
            self.generated.extend(text.generated);
            (Some(text.file), Some(text.by), text.missing, text.filled)
        });
        self.inflated.extend(id_of(&job).zip(file));
        self.by_text.extend(file.map(|file| (file, self.outputs.len())));
        self.outputs.push(Output { job, by, file, source, error, missing, filled });
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
        let mut named: HashSet<&str> = HashSet::new();
        for output in self.outputs.iter().filter(|output| output.source.is_some()) {
            match &output.job.task {
                Task::Files(files) => taken.extend(files),
                Task::Kustomize(changes) => named.extend(changes.files.iter().map(String::as_str)),
                Task::Helm(_) | Task::Inflate(_) | Task::PostRender(..) => {}
            }
        }
        let files = self.texts.sources().files().filter(|(_, file)| !file.is_rendered());
        taken.extend(files.filter(|(_, file)| named.contains(file.path())).map(|(id, _)| id));
        taken.extend(self.targets(&taken));
        let in_chart = |path: &str| charts.iter().any(|chart| is_below(path, chart));
        for source in self.sources.iter_mut().filter(|source| !source.whole) {
            source.documents.retain(|document| !taken.contains(&document.span().file));
            source.gaps.retain(|gap| gap.reason != GapReason::HelmTemplate || !in_chart(&gap.example));
        }
        self.skipped
            .retain(|skipped| skipped.reason != SkipReason::HelmTemplate || !in_chart(&skipped.example));
    }

    /// The files that symbolic links among some files lead to: they are judged through the link.
    fn targets(&self, files: &HashSet<FileId>) -> Vec<FileId> {
        let sources = self.texts.sources();
        let targets: BTreeSet<&str> =
            files.iter().filter_map(|file| self.texts.target(sources.file(*file).path())).collect();
        let named = sources.files().filter(|(_, file)| targets.contains(file.path()));
        if targets.is_empty() { Vec::new() } else { named.map(|(file, _)| file).collect() }
    }

    /// The programs that rendered something, with their versions.
    #[must_use]
    pub fn programs(&self) -> Vec<(Engine, String)> {
        self.renderers.iter().map(|known| (known.engine, known.version.clone())).collect()
    }

    /// The words that stand for namespaces that nobody knows.
    #[must_use]
    pub fn unknown_namespaces(&self) -> BTreeSet<String> {
        self.sources.iter().flat_map(|source| source.assumed.namespaces.iter().cloned()).collect()
    }

    /// A text for people, without such words.
    #[must_use]
    pub fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        unknown::shown(text, &self.unknown_namespaces())
    }

    /// The output that a rendered text belongs to.
    #[must_use]
    pub fn output(&self, file: FileId) -> Option<&Output> {
        self.by_text.get(&file).map(|index| &self.outputs[*index])
    }
}

/// The documents of some files that were read, in their order.
fn documents_of(texts: &Texts, files: &[FileId]) -> Vec<Document> {
    let files: BTreeSet<FileId> = files.iter().copied().collect();
    files.into_iter().flat_map(|file| texts.documents(file)).cloned().collect()
}
