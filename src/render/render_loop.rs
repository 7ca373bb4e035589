//! What is rendered may deploy more: an Application that a chart makes, an object of Flux in a kustomization.

use std::collections::{BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::answers::Asked;
use super::capabilities::Capabilities;
use super::failed::Failed;
use super::generated::Generated;
use super::inflations::{InflatedFiles, Inflating, id_of};
use super::inputs::{Charts, Inputs};
use super::jobs::{Job, NamedValues, Task, Wanted, jobs, left_out};
use super::roots::{Changes, Kind, Known, Named, Nested, PRINTED, Reason, Root, deploys, find, holds_values};
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
    /// The texts before it, of which post renderers made it: the task that made the next one of each, and what printed it.
    pub(super) before: Vec<(Task, FileId, Engine)>,
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

pub(super) fn text_of<'d>(done: &'d HashMap<String, Rendering>, key: &str) -> Option<&'d Text> {
    done.get(key)?.as_ref()?.as_ref().ok()
}

/// Whether the rendering of a key failed, and not for want of a program: then nothing else can be rendered either.
fn has_failed(done: &HashMap<String, Rendering>, key: &str) -> bool {
    let error = done.get(key).and_then(|done| done.as_ref()?.as_ref().err());
    error.is_some_and(|error| !matches!(error, RenderError::NoProgram(_)))
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
        let comes_from = |deployer: usize, target: usize| {
            let chain = roots[deployer].at.and_then(|at| chains.get(&at.file));
            chain.is_some_and(|chain| chain.contains(&(roots[target].kind, roots[target].path.clone())))
        };
        let mut todo = self.render_all(roots, is_final, &comes_from, done);
        let asked = if is_final { self.ask(roots, &mut todo, done) } else { Asked::new() };
        let rendered: Vec<(&Job, &Text)> =
            todo.iter().filter_map(|(job, key)| Some((job, text_of(done, key)?))).collect();
        let rendered: Vec<_> = rendered.into_iter().filter(|(job, _)| id_of(job).is_none()).collect();
        let (nested, too_deep) = nested(roots, &rendered, &chains);
        let mut next = Known { nested, hidden: hidden(roots, &rendered), ..Known::default() };
        next.hidden.extend(&known.hidden);
        if roots.iter().any(|root| root.takes_values) {
            next.data = data(&rendered);
            next.built = built(roots, &rendered);
        }
        let new = next.nested.iter().map(|nested| nested.file).find(|file| !chains.contains_key(file));
        let files = |known: &Known| known.data.iter().map(|data| data.file).collect::<Vec<_>>();
        let is_known = new.is_none()
            && next.nested.len() == known.nested.len()
            && (&next.hidden, &next.built) == (&known.hidden, &known.built)
            && files(&next) == files(known);
        Step { todo, next, new, is_known, too_deep, asked }
    }

    /// Renders what is to be rendered, and by itself what those that failed build on.
    fn render_all(
        &mut self,
        roots: &[Root],
        with_sets: bool,
        comes_from: &dyn Fn(usize, usize) -> bool,
        done: &mut HashMap<String, Rendering>,
    ) -> Vec<(Job, String)> {
        /// What is built on so deep is judged as it stands.
        const DEEPEST: usize = 8;
        let asked: Vec<&str> = self.read.sources.iter().map(|source| source.root.as_str()).collect();
        let named = &self.setup.options.values;
        let plan = |failed: &Failed| -> Vec<(Job, String)> {
            let jobs = jobs(roots, &Wanted { named, asked: &asked, with_sets, failed }, comes_from);
            jobs.into_iter().map(|job| (key(&job, roots), job)).map(|(key, job)| (job, key)).collect()
        };
        let mut failed = Failed::default();
        let mut todo = plan(&failed);
        let wanted: HashSet<String> = todo.iter().map(|(_, key)| key.clone()).collect();
        for _ in 0..DEEPEST {
            self.render(roots, &todo, done);
            let now = Failed::of(todo.iter().filter(|(_, key)| has_failed(done, key)).map(|(job, _)| job));
            if now == failed {
                break;
            }
            todo = plan(&now);
            failed = now;
        }
        // That a part fails by itself says no more than that the whole does.
        todo.retain(|(_, key)| wanted.contains(key) || text_of(done, key).is_some());
        todo
    }

    /// Renders what was not rendered in a round before.
    pub(super) fn render(
        &mut self,
        roots: &[Root],
        todo: &[(Job, String)],
        done: &mut HashMap<String, Rendering>,
    ) {
        let mut inflated = InflatedFiles::new();
        // Kustomizations take what their charts rendered.
        let (charts, others): (Vec<_>, Vec<_>) =
            todo.iter().map(|(job, key)| (job, key)).partition(|(job, _)| id_of(job).is_some());
        for part in [charts, others] {
            let new = part.iter().copied().filter(|(_, key)| !done.contains_key(*key));
            let (jobs, keys): (Vec<&Job>, Vec<&String>) = new.unzip();
            let inputs = self.inputs(roots, &inflated);
            let printed = jobs.iter().zip(self.setup.session.run(&jobs, &inputs));
            let mut rendered: Vec<Rendering> = printed
                .map(|(job, printed)| {
                    printed.map(|printed| printed.map(|printed| self.add(roots, job, printed)))
                })
                .collect();
            self.post_render(roots, &jobs, &mut rendered);
            done.extend(keys.into_iter().cloned().zip(rendered));
            inflated
                .extend(part.iter().filter_map(|(job, key)| Some((id_of(job)?, text_of(done, key)?.file))));
        }
    }

    /// What renderers read.
    pub(super) fn inputs<'i>(&'i self, roots: &'i [Root], inflated: &'i InflatedFiles) -> Inputs<'i> {
        Inputs {
            roots,
            index: FileIndex::new(&self.named.texts, self.tree),
            charts: self.charts,
            capabilities: self.capabilities,
            inflating: Inflating::new(roots),
            inflated,
        }
    }

    /// Lets post renderers change what Helm printed: the first of all releases, then the second of those that have one.
    fn post_render(&mut self, roots: &[Root], jobs: &[&Job], rendered: &mut [Rendering]) {
        for stage in 0.. {
            let changes = |job: &'_ Job| match &job.task {
                Task::Helm(set) => set.post.get(stage).cloned(),
                _ => None,
            };
            let todo = jobs.iter().zip(rendered.iter_mut()).filter_map(|(job, rendered)| {
                Some((*job, changes(job)?, rendered.as_ref()?.as_ref().ok()?.clone(), rendered))
            });
            let todo: Vec<(&Job, Changes, Text, &mut Rendering)> = todo.collect();
            if todo.is_empty() {
                return;
            }
            let one = |(_, changes, text, _): &(&Job, Changes, Text, &mut Rendering)| {
                let passes = |document: &&Document| !hooks::is_hook(document);
                let passing: Vec<&str> = text.documents.iter().filter(passes).map(Document::text).collect();
                if passing.iter().all(|text| text.trim_matches(['-', '\n', ' ']).is_empty()) {
                    return None;
                }
                let index = FileIndex::of_one(&self.named.texts, self.tree, PRINTED, text.file);
                let is_all = passing.len() == text.documents.len();
                Some(self.setup.session.post_render(&passing.join("\n---\n"), is_all, changes, &index))
            };
            let printed: Vec<_> = todo.par_iter().with_max_len(1).map(one).collect();
            for ((job, changes, before, rendering), printed) in todo.into_iter().zip(printed) {
                // Nothing passes through it.
                let Some(printed) = printed else { continue };
                let printed = printed.map_err(|error| match error {
                    RenderError::Failed(message) => RenderError::PostRenderer(stage, message),
                    other => other,
                });
                *rendering = Some(printed.map(|printed| {
                    let mut text = self.add(roots, job, printed);
                    let hooks = before.documents.into_iter().filter(hooks::is_hook);
                    text.documents.extend(hooks);
                    (text.missing, text.generated) = (before.missing, before.generated);
                    text.before = before.before;
                    text.before.push((Task::PostRender(changes, before.file), before.file, before.by));
                    text
                }));
            }
        }
    }

    /// Adds a rendered text to those of the run.
    fn add(&mut self, roots: &[Root], job: &Job, printed: Printed) -> Text {
        let root = &roots[job.root];
        let deployer = job.deployed_by(roots);
        let filled = job.substitutes().map(|given| substitute(&printed.text, given));
        let text = filled.as_ref().map_or(printed.text, |filled| filled.text.as_str().into());
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
            before: Vec::new(),
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

/// The rendered documents that hold values, by the order of the jobs.
fn data(rendered: &[(&Job, &Text)]) -> Vec<Nested> {
    let texts = rendered.iter().map(|(job, text)| {
        let documents = text.documents.iter().filter(|document| holds_values(document)).cloned().collect();
        let Job { cluster, namespace, assumed, .. } = (*job).clone();
        let chain = BTreeSet::new();
        Nested { file: text.file, documents, cluster, astray: false, namespace, assumed, chain }
    });
    texts.filter(|data| !data.documents.is_empty()).collect()
}

/// The files that what was rendered was made of.
fn built(roots: &[Root], rendered: &[(&Job, &Text)]) -> BTreeSet<FileId> {
    let parts: BTreeSet<usize> = rendered.iter().flat_map(|(job, _)| job.parts(roots)).collect();
    parts.into_iter().flat_map(|part| &roots[part].reads).copied().collect()
}

/// The files that were rendered by something else than what they deploy.
fn hidden(roots: &[Root], rendered: &[(&Job, &Text)]) -> BTreeSet<FileId> {
    let mut hidden = BTreeSet::new();
    for (job, _) in rendered.iter().filter(|(job, _)| matches!(job.task, Task::Kustomize(_))) {
        let own = job.deployed_by(roots).and_then(|deployer| deployer.at).map(|at| at.file);
        let reads = job.parts(roots).into_iter().flat_map(|part| &roots[part].reads).copied();
        hidden.extend(reads.filter(|file| Some(*file) != own));
    }
    hidden
}

/// What tells a job from all others, from round to round; without places, which differ for what is rendered.
pub(super) fn key(job: &Job, roots: &[Root]) -> String {
    let task = match &job.task {
        Task::Kustomize(changes) => {
            let list = changes.list.iter().map(|change| (change.field, change.merge, &change.value));
            let given = changes.substitutes.iter().map(|given| {
                let values = given.values.iter().map(|(name, (value, _))| (name, value));
                (values.collect::<Vec<_>>(), given.unknown.is_empty(), given.always)
            });
            let (list, given): (Vec<_>, Vec<_>) = (list.collect(), given.collect());
            format!("{list:?} {:?} {:?} {given:?} {:?}", changes.folder, changes.files, job.set)
        }
        Task::Helm(set) | Task::Inflate(set) => {
            let inline = set.inline.iter().map(|inline| (inline.field, &inline.given));
            let post = set.post.iter().flat_map(|changes| &changes.list);
            let post = post.map(|change| (change.field, &change.value));
            let (inline, post): (Vec<_>, Vec<_>) = (inline.collect(), post.collect());
            format!("{:?} {inline:?} {:?} {post:?}", set.files, set.installation)
        }
        Task::PostRender(..) => String::new(),
        Task::Files(files) => format!("{files:?}"),
    };
    let root = &roots[job.root];
    let deployer = job.deployer.map(|(deployer, number)| {
        let deployer = &roots[deployer];
        (deployer.kind, &deployer.name, &deployer.path, number)
    });
    format!("{:?} {:?} {:?} {:?} {deployer:?} {task}", root.kind, root.path, job.cluster, job.namespace)
}
