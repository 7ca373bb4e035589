//! What is rendered may deploy more: an Application that a chart makes, an object of Flux in a kustomization.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::jobs::{Job, Task, jobs};
use super::materials::{Charts, Materials};
use super::roots::{Kind, Known, Nested, Root, deploys, find};
use super::session::{Broken, Printed, Session};
use super::substitute::{Filled, substitute};
use super::{Options, Shelf, helm, hooks, shelve};
use crate::load::{Loaded, Tree};
use crate::source::{Document, FileId, Span};
use crate::yaml;

/// How deep deployers are followed that were rendered by what others deploy.
const ROUNDS: usize = 6;

/// How many rendered deployers are followed.
const MOST_NESTED: usize = 5_000;

/// A rendered text.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) file: FileId,
    pub(super) by: &'static str,
    pub(super) documents: Vec<Document>,
    /// Dependencies that the chart was rendered without.
    pub(super) missing: Vec<String>,
    /// The way back through what Flux filled in.
    pub(super) filled: Option<Filled>,
}

/// What each rendered text with deployers comes from.
type Chains<'n> = HashMap<FileId, &'n BTreeSet<(Kind, String)>>;

/// What came of a job; nothing for files, which are deployed as they stand.
pub(super) type Made = Option<Result<Text, Broken>>;

/// What a run renders with.
pub(super) struct Workshop<'w> {
    pub(super) tree: &'w Tree,
    pub(super) session: &'w Session,
    pub(super) options: &'w Options,
    pub(super) versions: &'w helm::Versions,
    pub(super) charts: &'w Charts,
}

impl Workshop<'_> {
    /// The roots of a run, and all that is rendered of them, round after round until nothing new deploys anything.
    pub(super) fn all(&self, loaded: &mut Loaded) -> (Vec<Root>, Vec<(Job, Made)>) {
        let mut made: HashMap<String, Made> = HashMap::new();
        let mut known = Known::default();
        let mut round = 1;
        loop {
            let roots = find(loaded, self.tree, &known);
            shelve(loaded, self.tree, roots.iter().flat_map(|root| root.further.iter().cloned()).collect());
            let chains: Chains<'_> = known.nested.iter().map(|nested| (nested.file, &nested.chain)).collect();
            let todo = jobs(&roots, &self.options.values, &|deployer, target| {
                let chain = roots[deployer].at.and_then(|at| chains.get(&at.file));
                chain.is_some_and(|chain| chain.contains(&(roots[target].kind, roots[target].path.clone())))
            });
            let keys: Vec<String> = todo.iter().map(|job| key(job, &roots)).collect();
            self.make(loaded, &roots, todo.iter().zip(&keys), &mut made);
            let rendered: Vec<(&Job, &Text)> = todo
                .iter()
                .zip(&keys)
                .filter_map(|(job, key)| Some((job, made.get(key)?.as_ref()?.as_ref().ok()?)))
                .collect();
            let (nested, mut beyond) = nested(loaded, &roots, &rendered, &chains);
            let mut next = Known { nested, hidden: hidden(&roots, &rendered) };
            next.hidden.extend(&known.hidden);
            let new = next.nested.iter().map(|nested| nested.file).find(|file| !chains.contains_key(file));
            let is_known =
                new.is_none() && next.nested.len() == known.nested.len() && next.hidden == known.hidden;
            if is_known || round == ROUNDS {
                beyond = beyond.or(new);
                if let Some(file) = beyond {
                    let path = loaded.sources.file(file).path().to_owned();
                    loaded.skipped.push(("deployers that were rendered, beyond what is followed", path));
                }
                let took = |(job, key)| (job, made.get(&key).cloned().flatten());
                return (roots, todo.into_iter().zip(keys).map(took).collect());
            }
            known = next;
            round += 1;
        }
    }

    /// Renders what was not rendered in a round before.
    fn make<'j>(
        &self,
        loaded: &mut Loaded,
        roots: &[Root],
        todo: impl Iterator<Item = (&'j Job, &'j String)>,
        made: &mut HashMap<String, Made>,
    ) {
        let new: Vec<_> = todo.filter(|(_, key)| !made.contains_key(*key)).collect();
        let wanted: Vec<&Job> = new.iter().map(|(job, _)| *job).collect();
        let printed = {
            let materials = Materials::new(roots, &loaded.sources, self.tree, self.charts);
            let shelf = Shelf::new(&loaded.sources, self.tree);
            self.session.run(&wanted, &materials, &shelf, self.versions)
        };
        for ((job, key), printed) in new.into_iter().zip(printed) {
            let text = printed.map(|printed| printed.map(|printed| admit(loaded, roots, job, printed)));
            made.insert(key.clone(), text);
        }
    }
}

/// Adds a rendered text to those of the run.
fn admit(loaded: &mut Loaded, roots: &[Root], job: &Job, printed: Printed) -> Text {
    let root = &roots[job.root];
    let deployer = job.deployer.map(|(deployer, _)| &roots[deployer]);
    let values = deployer.and_then(|deployer| deployer.substitutes.as_ref());
    let filled = values.map(|values| substitute(&printed.text, values));
    let text = filled.as_ref().map_or(printed.text, |filled| filled.text.clone());
    let pieces = yaml::split(&text);
    let path = root.at.map_or_else(|| root.path.clone(), |at| loaded.sources.file(at.file).path().to_owned());
    let file = loaded.sources.add_rendered(path, text);
    let document = |piece: yaml::Piece| Document {
        span: Span::new(file, piece.start, piece.end),
        helm_source: piece.helm_source,
    };
    let mut documents: Vec<Document> = pieces.into_iter().map(document).collect();
    if deployer.is_some_and(|deployer| deployer.kind == Kind::Application) {
        let text = loaded.sources.file(file).shared_text();
        documents.retain(|document| {
            let range = document.span.range();
            !hooks::may_be_dead(&text[range.clone()])
                || !hooks::is_dead(&yaml::parse(file, Arc::clone(&text), range).0)
        });
    }
    Text { file, by: printed.by, documents, missing: printed.missing, filled }
}

/// The rendered documents that deploy something, by the order of the jobs, and the first text of which some are too many.
fn nested(
    loaded: &Loaded,
    roots: &[Root],
    rendered: &[(&Job, &Text)],
    chains: &Chains<'_>,
) -> (Vec<Nested>, Option<FileId>) {
    let mut left = MOST_NESTED;
    let mut found = Vec::new();
    for (job, text) in rendered {
        let whole = loaded.sources.file(text.file).shared_text();
        let holds = |document: &&Document| deploys(text.file, &whole, document.span.range());
        let documents: Vec<Document> = text.documents.iter().filter(holds).take(left + 1).cloned().collect();
        if documents.len() > left {
            return (found, Some(text.file));
        }
        if documents.is_empty() {
            continue;
        }
        left -= documents.len();
        let root = &roots[job.root];
        let mut chain = BTreeSet::from([(root.kind, root.path.clone())]);
        if let Some((deployer, _)) = job.deployer {
            let deployer = &roots[deployer];
            let before = deployer.at.and_then(|at| chains.get(&at.file));
            chain.extend(before.into_iter().flat_map(|chain| chain.iter().cloned()));
            chain.insert((deployer.kind, deployer.name.clone().unwrap_or_default()));
        }
        let (cluster, namespace) = (job.cluster.clone(), job.namespace.clone());
        found.push(Nested { file: text.file, documents, cluster, namespace, chain });
    }
    (found, None)
}

/// The files with deployers that were rendered by something else than what they deploy.
fn hidden(roots: &[Root], rendered: &[(&Job, &Text)]) -> BTreeSet<FileId> {
    let deployers = roots.iter().filter(|root| !root.kind.is_folder()).filter_map(|root| root.at);
    let written: BTreeSet<FileId> = deployers.map(|at| at.file).collect();
    let mut hidden = BTreeSet::new();
    for (job, _) in rendered.iter().filter(|(job, _)| matches!(job.task, Task::Kustomize(_))) {
        let own = job.deployer.and_then(|(deployer, _)| roots[deployer].at).map(|at| at.file);
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
        Task::Helm(set) => {
            let inline = set.inline.iter().map(|inline| (inline.field, &inline.given));
            format!("{:?} {:?} {:?}", set.files, inline.collect::<Vec<_>>(), set.installation)
        }
        Task::Files(files) => format!("{files:?}"),
    };
    let root = &roots[job.root];
    let deployer = job.deployer.map(|(deployer, number)| {
        let deployer = &roots[deployer];
        let values = deployer.substitutes.iter().flatten().map(|(name, (value, _))| (name, value));
        (deployer.kind, &deployer.name, number, values.collect::<Vec<_>>())
    });
    format!("{:?} {:?} {:?} {:?} {deployer:?} {task}", root.kind, root.path, job.cluster, job.namespace)
}
