//! What is rendered may deploy more: an Application that a chart makes, an object of Flux in a kustomization.

use std::collections::{BTreeSet, HashMap};

use super::answers::{self, Asked};
use super::capabilities::Capabilities;
use super::generated::Generated;
use super::inflations::{InflatedFiles, Inflating, id_of};
use super::inputs::{Charts, Inputs};
use super::jobs::{Job, NamedValues, Task, jobs, left_out};
use super::roots::{Kind, Known, Named, Nested, Reason, Root, deploys, find};
use super::session::{Printed, RenderError};
use super::substitute::{Substituted, substitute};
use super::{FileIndex, Setup, hooks};
use crate::finding::Engine;
use crate::load::{Read, Tree, add_files};
use crate::source::FileId;
use crate::yaml::Document;

/// How deep deployers are followed that were rendered by what others deploy.
const ROUNDS: usize = 6;

/// How many rendered deployers are followed.
const MOST_NESTED: usize = 5_000;

/// A rendered text.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) file: FileId,
    pub(super) by: Engine,
    pub(super) documents: Vec<Document>,
    /// Dependencies that the chart was rendered without.
    pub(super) missing: Vec<String>,
    /// The values that the chart made.
    pub(super) generated: Generated,
    /// What Flux substituted in it.
    pub(super) filled: Option<Substituted>,
}

/// What each rendered text with deployers comes from.
type Chains<'n> = HashMap<FileId, &'n BTreeSet<(Kind, String)>>;

/// The result of a job; nothing for files, which are deployed as they stand.
pub(super) type Rendering = Option<Result<Text, RenderError>>;

/// What a run renders, and what it renders with.
pub(super) struct RenderLoop<'r> {
    pub(super) read: &'r Read,
    pub(super) tree: &'r Tree,
    pub(super) setup: Setup<'r>,
    pub(super) capabilities: &'r Capabilities,
    pub(super) charts: &'r Charts,
    /// What was read, what is named in it, and what is rendered.
    pub(super) named: Named,
}

/// What all rounds rendered.
pub(super) struct LoopResult {
    pub(super) named: Named,
    pub(super) roots: Vec<Root>,
    pub(super) renderings: Vec<(Job, Rendering)>,
    /// A rendered text whose deployers are not followed: they are too many or too deep.
    pub(super) too_deep: Option<FileId>,
    /// What charts ask a cluster.
    pub(super) asked: Asked,
}

/// What came of some roots.
struct Step {
    todo: Vec<(Job, String)>,
    /// What the next search is to know.
    next: Known,
    /// A text with deployers that the search did not know.
    new: Option<FileId>,
    /// Whether the search knew all that.
    is_known: bool,
    too_deep: Option<FileId>,
    asked: Asked,
}

fn text_of<'d>(done: &'d HashMap<String, Rendering>, key: &str) -> Option<&'d Text> {
    done.get(key)?.as_ref()?.as_ref().ok()
}

impl RenderLoop<'_> {
    /// The roots of a run, and all that is rendered of them, round after round until nothing new deploys anything.
    pub(super) fn run(mut self) -> LoopResult {
        let mut done: HashMap<String, Rendering> = HashMap::new();
        let mut known = Known::default();
        let mut round = 1;
        let mut is_final = false;
        loop {
            let mut roots = find(self.read, self.tree, &mut self.named, &known);
            let further = roots.iter().flat_map(|root| root.further.iter().cloned()).collect();
            add_files(&mut self.named.texts, self.tree, further);
            let mut step = self.step(&roots, &known, is_final, &mut done);
            if step.is_known && !is_final {
                is_final = true;
                step = self.step(&roots, &known, is_final, &mut done);
            }
            if is_final && (step.is_known || round > ROUNDS) {
                let todo: Vec<&Job> = step.todo.iter().map(|(job, _)| job).collect();
                leave_sets_unjudged(&mut roots, &self.setup.options.values, &todo);
                let rendering = |(job, key): (Job, String)| (job, done.get(&key).cloned().flatten());
                let renderings = step.todo.into_iter().map(rendering).collect();
                let too_deep = step.too_deep.or(step.new);
                return LoopResult { named: self.named, roots, renderings, too_deep, asked: step.asked };
            }
            is_final |= round == ROUNDS;
            known = step.next;
            round += 1;
        }
    }

    /// Renders what is to be rendered of some roots. Which value sets nobody deploys is known once all deployers are:
    /// these are rendered in the final steps, as is what charts print by other answers.
    fn step(
        &mut self,
        roots: &[Root],
        known: &Known,
        is_final: bool,
        done: &mut HashMap<String, Rendering>,
    ) -> Step {
        let chains: Chains<'_> = known.nested.iter().map(|nested| (nested.file, &nested.chain)).collect();
        let asked: Vec<&str> = self.read.sources.iter().map(|source| source.root.as_str()).collect();
        let named = &self.setup.options.values;
        let todo = jobs(roots, named, &asked, is_final, &|deployer, target| {
            let chain = roots[deployer].at.and_then(|at| chains.get(&at.file));
            chain.is_some_and(|chain| chain.contains(&(roots[target].kind, roots[target].path.clone())))
        });
        let mut todo: Vec<(Job, String)> =
            todo.into_iter().map(|job| (key(&job, roots), job)).map(|(key, job)| (job, key)).collect();
        self.render(roots, &todo, done);
        let asked = if is_final { self.ask(roots, &mut todo, done) } else { Asked::new() };
        let rendered: Vec<(&Job, &Text)> =
            todo.iter().filter_map(|(job, key)| Some((job, text_of(done, key)?))).collect();
        let rendered: Vec<_> = rendered.into_iter().filter(|(job, _)| id_of(job).is_none()).collect();
        let (nested, too_deep) = nested(roots, &rendered, &chains);
        let mut next = Known { nested, hidden: hidden(roots, &rendered) };
        next.hidden.extend(&known.hidden);
        let new = next.nested.iter().map(|nested| nested.file).find(|file| !chains.contains_key(file));
        let is_known =
            new.is_none() && next.nested.len() == known.nested.len() && next.hidden == known.hidden;
        Step { todo, next, new, is_known, too_deep, asked }
    }

    /// Renders what charts print by other answers of a cluster, where that differs.
    fn ask(
        &mut self,
        roots: &[Root],
        todo: &mut Vec<(Job, String)>,
        done: &mut HashMap<String, Rendering>,
    ) -> Asked {
        let charts: Vec<&Job> =
            todo.iter().filter(|(_, key)| text_of(done, key).is_some()).map(|(job, _)| job).collect();
        let none = InflatedFiles::new();
        let inputs = self.inputs(roots, &none);
        let mut asked = answers::asked(&charts, &inputs);
        let mut further = Vec::new();
        for (position, (job, base)) in todo.iter_mut().enumerate() {
            if text_of(done, base).is_some() {
                let others = answers::others(job, roots, &asked);
                further.extend(others.into_iter().map(|other| (position, key(&other, roots), other)));
            }
        }
        let jobs: Vec<(Job, String)> =
            further.iter().map(|(_, key, job)| (job.clone(), key.clone())).collect();
        self.render(roots, &jobs, done);
        for (position, key, job) in further {
            let base = text_of(done, &todo[position].1)
                .map(|text| self.named.texts.sources().file(text.file).text());
            match text_of(done, &key).map(|text| self.named.texts.sources().file(text.file).text()) {
                Some(text) if Some(text) != base => todo.push((job, key)),
                Some(_) => {}
                None => answers::note_failure(&mut asked, &job),
            }
        }
        todo.sort_by_key(|(job, _)| (job.root, job.deployer));
        asked
    }

    /// Renders what was not rendered in a round before.
    fn render(&mut self, roots: &[Root], todo: &[(Job, String)], done: &mut HashMap<String, Rendering>) {
        let mut inflated = InflatedFiles::new();
        // Kustomizations take what their charts rendered.
        let (charts, others): (Vec<_>, Vec<_>) =
            todo.iter().map(|(job, key)| (job, key)).partition(|(job, _)| id_of(job).is_some());
        for part in [charts, others] {
            let new = part.iter().copied().filter(|(_, key)| !done.contains_key(*key));
            let (jobs, keys): (Vec<&Job>, Vec<&String>) = new.unzip();
            let inputs = self.inputs(roots, &inflated);
            let printed = self.setup.session.run(&jobs, &inputs);
            for ((job, key), printed) in jobs.into_iter().zip(keys).zip(printed) {
                let text = printed.map(|printed| printed.map(|printed| self.add(roots, job, printed)));
                done.insert(key.clone(), text);
            }
            inflated
                .extend(part.iter().filter_map(|(job, key)| Some((id_of(job)?, text_of(done, key)?.file))));
        }
    }

    /// What renderers read.
    fn inputs<'i>(&'i self, roots: &'i [Root], inflated: &'i InflatedFiles) -> Inputs<'i> {
        Inputs {
            roots,
            index: FileIndex::new(&self.named.texts, self.tree),
            charts: self.charts,
            capabilities: self.capabilities,
            inflating: Inflating::new(roots),
            inflated,
        }
    }

    /// Adds a rendered text to those of the run.
    fn add(&mut self, roots: &[Root], job: &Job, printed: Printed) -> Text {
        let root = &roots[job.root];
        let deployer = job.deployed_by(roots);
        let values = deployer.and_then(|deployer| deployer.substitutes.as_ref());
        let filled = values.map(|values| substitute(&printed.text, values));
        let text = filled.as_ref().map_or(printed.text, |filled| filled.text.clone());
        let written = root.at.map(|at| self.named.texts.sources().file(at.file).path().to_owned());
        let file = self.named.texts.add_rendered(written.unwrap_or_else(|| root.path.clone()), text);
        let mut documents = self.named.texts.documents(file).to_vec();
        if deployer.is_some_and(|deployer| deployer.kind == Kind::Application) {
            let is_dead =
                |document: &Document| hooks::may_be_dead(document.text()) && hooks::is_dead(document.doc());
            documents.retain(|document| !is_dead(document));
        }
        Text {
            file,
            by: printed.by,
            documents,
            missing: printed.missing,
            generated: printed.generated,
            filled,
        }
    }
}

/// Says of which charts some sets of values are not judged.
fn leave_sets_unjudged(roots: &mut [Root], named: &[NamedValues], jobs: &[&Job]) {
    for (chart, more) in left_out(roots, named, jobs) {
        let message =
            format!("{more} more sets of values stand beside it; name those that count by `--helm-values`");
        let at = roots[chart].at;
        roots[chart].leave_unjudged(Reason::ManyValues, at, message);
    }
}

/// The rendered documents that deploy something, by the order of the jobs, and the first text of which some are too many.
fn nested(roots: &[Root], rendered: &[(&Job, &Text)], chains: &Chains<'_>) -> (Vec<Nested>, Option<FileId>) {
    let mut left = MOST_NESTED;
    let mut found = Vec::new();
    for (job, text) in rendered {
        let documents = text.documents.iter().filter(|document| deploys(document));
        let documents: Vec<Document> = documents.take(left + 1).cloned().collect();
        if documents.len() > left {
            return (found, Some(text.file));
        }
        if documents.is_empty() {
            continue;
        }
        left -= documents.len();
        let root = &roots[job.root];
        let mut chain = BTreeSet::from([(root.kind, root.path.clone())]);
        if let Some(deployer) = job.deployed_by(roots) {
            let before = deployer.at.and_then(|at| chains.get(&at.file));
            chain.extend(before.into_iter().flat_map(|chain| chain.iter().cloned()));
            chain.insert((deployer.kind, deployer.name.clone().unwrap_or_default()));
        }
        let Job { cluster, namespace, assumed, .. } = (*job).clone();
        let astray = cluster.is_none() && job.deployed_by(roots).is_some_and(|deployer| !deployer.local);
        found.push(Nested { file: text.file, documents, cluster, astray, namespace, assumed, chain });
    }
    (found, None)
}

/// The files with deployers that were rendered by something else than what they deploy.
fn hidden(roots: &[Root], rendered: &[(&Job, &Text)]) -> BTreeSet<FileId> {
    let deployers = roots.iter().filter(|root| !root.kind.is_folder()).filter_map(|root| root.at);
    let written: BTreeSet<FileId> = deployers.map(|at| at.file).collect();
    let mut hidden = BTreeSet::new();
    for (job, _) in rendered.iter().filter(|(job, _)| matches!(job.task, Task::Kustomize(_))) {
        let own = job.deployed_by(roots).and_then(|deployer| deployer.at).map(|at| at.file);
        let reads = job.parts(roots).into_iter().flat_map(|part| &roots[part].reads).copied();
        hidden.extend(reads.filter(|file| Some(*file) != own && written.contains(file)));
    }
    hidden
}

/// What tells a job from all others, from round to round; without places, which differ for what is rendered.
fn key(job: &Job, roots: &[Root]) -> String {
    let task = match &job.task {
        Task::Kustomize(changes) => {
            let changes = changes.list.iter().map(|change| (change.field, change.merge, &change.value));
            format!("{:?}", changes.collect::<Vec<_>>())
        }
        Task::Helm(set) | Task::Inflate(set) => {
            let inline = set.inline.iter().map(|inline| (inline.field, &inline.given));
            format!("{:?} {:?} {:?}", set.files, inline.collect::<Vec<_>>(), set.installation)
        }
        Task::Files(files) => format!("{files:?}"),
    };
    let root = &roots[job.root];
    let deployer = job.deployer.map(|(deployer, number)| {
        let deployer = &roots[deployer];
        let values = deployer.substitutes.iter().flatten().map(|(name, (value, _))| (name, value));
        let path = &deployer.path;
        (deployer.kind, &deployer.name, path, number, values.collect::<Vec<_>>())
    });
    format!("{:?} {:?} {:?} {:?} {deployer:?} {task}", root.kind, root.path, job.cluster, job.namespace)
}
