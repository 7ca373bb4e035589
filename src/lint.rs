//! A run: files → what was read → what is rendered → graph → findings, and the way back to where people wrote.
//!
//! Each stage is made once from those before it and changes none of them. Severity, order, fingerprints and masks are
//! settled here.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rayon::prelude::*;

use crate::baseline::Baseline;
use crate::catalog::Catalog;
use crate::config::Settings;
use crate::exceptions::{self, Candidates, ExceptionFile, Exceptions};
use crate::finding::{Finding, Notice, Report, RunError, Strong};
use crate::graph::place::owner::KnownOwners;
use crate::graph::{DeclaredAccounts, Graph, Input, Parsed, Reach};
use crate::load::{self, Files, Read, Tree};
use crate::render::{Provenance, Rendered, Setup, not_to_be_rendered};
use crate::rules::{self, Draft};
use crate::source::{FileId, SourceMap};
use earlier::{Earlier, KnownPlaces};
use judge::{from_draft, from_notice};
use searched::Searcher;
use settle::{Found, excepted, settle};
use texts::InTexts;
use unjudged::{NotJudgedByKind, not_judged};

mod brief;

mod accounts;
mod actions;
mod broken_text;
pub mod example;
mod fields;
mod judge;
mod judged;
mod linked;
mod near;
mod owned;
mod places;
mod texts;
mod twins;
mod unknown;

mod edits;
mod names;
mod proposals;
mod summary;

mod settle;

mod applied;
mod once;
mod sharing;

mod hiding;
mod policy;
mod unjudged;

mod search;
mod searched;

mod earlier;
mod fixing;

mod masks;

pub use fixing::{Done, Effort, Fixed, FixedFile, Wanted, fix};
pub use judged::Judged;
pub use policy::{PolicyChange, new_exceptions};
pub use settle::add;

/// What to read, and what for.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    /// The tree.
    pub files: &'r Files,
    /// Files, directories, globs, `-`.
    pub paths: &'r [String],
    /// Files above this many bytes are refused.
    pub largest_file: u64,
    /// What renders charts and kustomizations; without it they are read as files.
    pub render: Option<Setup<'r>>,
    /// What the user asked for.
    pub settings: &'r Settings,
    /// What of that is not as it was at the base.
    pub policy: &'r [PolicyChange],
    /// The accounts that are declared at the base, where there is one.
    pub before: Option<&'r DeclaredAccounts>,
}

/// The graph of a run, what it was built from, and what every identity of it can become.
#[derive(Debug)]
pub struct Known<'a> {
    /// The documents that are linted.
    pub documents: &'a [Parsed<'a>],
    /// The graph.
    pub graph: Graph<'a>,
    /// What every identity can become.
    pub reach: Reach<'a>,
}

/// What was read and rendered of a request. Several runs can live side by side, over one tree or several.
pub struct Run<'r> {
    request: Request<'r>,
    started: Instant,
    tree: Tree,
    read: Read,
    exceptions: Vec<ExceptionFile>,
    policy: Vec<FileId>,
    rendered: Rendered,
    earlier: KnownPlaces,
    found: Mutex<KnownPlaces>,
}

/// Drafts with the exceptions that their objects carry, who is strongest, what failed, and what was too much.
type Drafted = (Vec<(Draft, Candidates)>, Vec<Strong>, Vec<RunError>, Vec<Notice>);

impl<'r> Run<'r> {
    /// Reads and renders what the request names. Nothing fails as a whole: what could not be done stands in
    /// [`Run::errors`].
    pub fn new(request: Request<'r>, stdin: &mut dyn io::Read) -> Self {
        Self::over(request, Earlier::default(), stdin)
    }

    /// The same, with what an earlier run over nearly the same tree read and found.
    fn over(request: Request<'r>, mut earlier: Earlier, stdin: &mut dyn io::Read) -> Self {
        let started = Instant::now();
        let tree = Tree::of(request.files, request.paths);
        let mut read = load::read_into(
            std::mem::take(&mut earlier.texts),
            &tree,
            request.paths,
            request.largest_file,
            stdin,
        );
        let (exceptions, errors) =
            exceptions::read(&mut read.texts, &tree, request.settings.exception_files.as_deref());
        read.errors.extend(errors);
        let policy = policy::add(&mut read.texts, request.policy);
        // What comes through a pipe is rendered already, and stands nowhere.
        let setup = request.render.filter(|_| request.paths.iter().any(|path| path != "-"));
        let mut rendered = match setup {
            Some(setup) => Rendered::of(&read, &tree, setup),
            None => Rendered::plain(&read),
        };
        if request.render.is_none() {
            rendered.not_judged = not_to_be_rendered(&read);
        }
        let (earlier, found) = (earlier.found, Mutex::default());
        Self { request, started, tree, read, exceptions, policy, rendered, earlier, found }
    }

    /// The files that it reads.
    #[must_use]
    pub fn files(&self) -> &'r Files {
        self.request.files
    }

    /// What will be applied.
    #[must_use]
    pub fn rendered(&self) -> &Rendered {
        &self.rendered
    }

    /// The texts.
    #[must_use]
    pub fn sources(&self) -> &SourceMap {
        self.rendered.texts.sources()
    }

    /// What kept the job from being done whole.
    #[must_use]
    pub fn errors(&self) -> Vec<RunError> {
        let mut errors = [&*self.read.errors, &self.rendered.errors].concat();
        errors.extend(self.read.codeowners.iter().filter_map(load::Codeowners::error));
        errors.sort();
        errors.dedup();
        errors
    }

    /// The documents that are linted, as trees.
    #[must_use]
    pub fn documents(&self) -> Vec<Parsed<'_>> {
        let sources = self.rendered.sources.iter().enumerate();
        let listed: Vec<_> =
            sources.flat_map(|(at, source)| source.documents.iter().map(move |one| (at, one))).collect();
        let parsed =
            listed.into_par_iter().map(|(source, document)| Parsed { document, source, doc: document.doc() });
        parsed.collect()
    }

    /// The identities and what they are joined to.
    #[must_use]
    pub fn graph<'a>(&'a self, documents: &'a [Parsed<'a>]) -> Graph<'a> {
        Graph::build(Input {
            documents,
            sources: &self.rendered.sources,
            texts: self.sources(),
            codeowners: &self.read.codeowners,
            owners_files: &self.read.owners_files,
            prefix: &self.request.settings.prefix,
            workloads: &self.request.settings.workloads,
            owners: &self.request.settings.owners,
            folder: &self.request.settings.folder,
            left_values: &self.rendered.left_values,
            shown_values: &self.rendered.shown_values,
            values: &self.rendered.texts,
            generated: &self.rendered.generated,
        })
    }

    /// The graph with what every identity can become.
    #[must_use]
    pub fn known<'a>(&'a self, documents: &'a [Parsed<'a>]) -> Known<'a> {
        let graph = self.graph(documents);
        let reach = graph.reach();
        Known { documents, graph, reach }
    }

    /// What the user asked for.
    #[must_use]
    pub fn settings(&self) -> &'r Settings {
        self.request.settings
    }

    /// The way back from everything that was rendered.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        self.way_back(&self.rendered.rendered_files())
    }

    /// What was found so far, for a run over nearly the same tree.
    fn found(&self) -> MutexGuard<'_, KnownPlaces> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The way back from some rendered texts.
    #[must_use]
    pub fn way_back(&self, files: &BTreeSet<FileId>) -> Provenance {
        let Some(setup) = self.request.render else { return Provenance::default() };
        let found = self.rendered.provenance(files, &self.tree, setup.session, &self.earlier.trails);
        self.found().trails = found.trails(self.sources());
        found
    }

    /// Runs the rules. `baseline`: findings that were there before.
    #[must_use]
    pub fn report(&self, catalog: &Catalog, baseline: Option<&Baseline>) -> Report {
        let mut report = self.report_by(self.request.settings, catalog);
        if let Some(baseline) = baseline {
            self.compare(&mut report, catalog, baseline);
        }
        report
    }

    /// Marks the findings of a report of this run that were there before.
    pub fn compare(&self, report: &mut Report, catalog: &Catalog, baseline: &Baseline) {
        let judged = Judged::of(self, report, catalog, baseline);
        baseline.apply(report, |entry| judged.has(entry));
    }

    /// Runs the rules by other settings of levels, parameters, tiers, owners and exclusions.
    #[must_use]
    pub fn report_by(&self, settings: &Settings, catalog: &Catalog) -> Report {
        let documents = self.documents();
        self.report_of(&self.known(&documents), settings, catalog)
    }

    /// The same for a graph that was built of this run.
    #[must_use]
    pub fn report_of(&self, known: &Known<'_>, settings: &Settings, catalog: &Catalog) -> Report {
        let sources = self.sources();
        let (documents, graph) = (known.documents, &known.graph);
        let mut exceptions = self.exceptions(graph, settings, catalog);
        let (drafts, mut strongest, failed, cut) = self.drafts(known, &mut exceptions, settings, catalog);
        let in_texts = InTexts::of(documents, &self.rendered);
        let (unknown_fields, hidden) = fields::notices(graph);
        let further = in_texts.notices.iter().chain(&unknown_fields).chain(&cut);
        let noticed = self.noticed(graph, further, settings, catalog);
        let of_rules = drafts
            .into_iter()
            .filter_map(|(draft, carried)| Some((from_draft(draft, graph, settings, catalog)?, carried)));
        let noticed = noticed.into_iter().map(|finding| (finding, Candidates::default()));
        let (mut findings, mut candidates): (Vec<Finding>, Vec<Candidates>) = noticed.chain(of_rules).unzip();
        findings.extend(exceptions.places());
        let searcher = Searcher::new(&self.earlier.searched, sources);
        let mut hiding = masks::masks(graph, documents, &findings, sources, &searcher);
        for span in hidden {
            hiding.span(span);
        }
        let given = self.rendered.secret_values();
        hiding.given(&given, graph, sources);
        let places = places::Places::of(&findings, sources, |files| self.way_back(files));
        self.follow(&mut findings, &places, graph);
        sharing::part(&mut findings);
        masks::follow(&mut hiding, &places, &findings, &self.rendered.texts, &searcher);
        self.found().searched = searcher.into_searched();
        exceptions.follow(findings.split_off(candidates.len()));
        masks::of_exceptions(&mut hiding, &exceptions);
        exceptions.find(&findings, &mut candidates, sources);
        let mut unjudged = NotJudgedByKind::of(&self.rendered, &in_texts.unread, graph);
        let own = self.errors();
        let is_whole = own.is_empty();
        let not_judged = not_judged(&unjudged, settings, catalog);
        let errors = [own, failed, exceptions.errors().to_vec(), not_judged].concat();
        let masks = hiding.finish(&findings, sources);
        let mut found: Vec<Found> = findings.into_iter().zip(candidates).collect();
        unjudged.exclude(&mut found, settings, &self.rendered, self.request.paths);
        sharing::leave_lenders(&mut found);
        let unjudged = unjudged.listed(|text| masks.masked_text(text).into_owned());
        if !given.is_empty() {
            hiding::hide_in_all(&mut found, &mut strongest, &masks);
        }
        found.extend(policy::found(self.request.policy, &self.policy));
        let (findings, known) =
            excepted(applied::tell(settle(found, sources), &self.rendered), &exceptions, is_whole, sources);
        let findings = once::each_missing_file(once::each_credential(findings, sources));
        Report {
            masks,
            exceptions: known,
            baseline: None,
            renderers: self.rendered.programs(),
            summary: self.summary(documents, graph, unjudged, strongest),
            errors,
            findings,
        }
    }

    /// What the rules find, each with the exceptions that its object carries, who is strongest, and what was too much.
    fn drafts(
        &self,
        Known { graph, reach, .. }: &Known<'_>,
        exceptions: &mut Exceptions<'_>,
        settings: &Settings,
        catalog: &Catalog,
    ) -> Drafted {
        let known = KnownOwners::default();
        let (mut drafts, failed) = rules::run(graph, (reach, &known), self.request.before, settings, catalog);
        let carried: Vec<Candidates> = drafts.iter().map(|draft| exceptions.carried(draft)).collect();
        let words = unknown::Words(self.rendered.unknown_namespaces());
        let mut owners = owned::Owners::new(graph, settings, &known);
        for draft in &mut drafts {
            draft.finding.owner = owners.of(draft);
            words.hide(draft);
        }
        let strongest = summary::strongest(graph, reach, &words);
        (drafts.into_iter().zip(carried).collect(), strongest, failed, reach.notices())
    }

    /// What was noticed of texts, of what was rendered and of how objects stand together.
    fn noticed<'n>(
        &'n self,
        graph: &'n Graph<'_>,
        further: impl Iterator<Item = &'n Notice>,
        settings: &Settings,
        catalog: &Catalog,
    ) -> Vec<Finding> {
        let tier = |notice: &Notice| rules::tier_of_text(graph, settings, notice.span.file);
        let finding = |notice: &Notice| from_notice(notice, tier(notice), settings, catalog);
        let notices = self.rendered.notices.iter().chain(further).chain(&graph.places.notices);
        let mut findings: Vec<Finding> = notices.filter_map(finding).collect();
        findings.extend(graph.grants.notices().iter().filter_map(finding));
        findings
    }

    fn exceptions<'a>(
        &'a self,
        graph: &'a Graph<'a>,
        settings: &'a Settings,
        catalog: &'a Catalog,
    ) -> Exceptions<'a> {
        Exceptions::of(exceptions::Input {
            files: &self.exceptions,
            texts: &self.rendered.texts,
            graph,
            settings,
            catalog,
            here: self.request.files.here(),
            renders: self.request.render.is_some() || self.rendered.not_judged.is_empty(),
        })
    }

    /// Moves findings and what they propose to where a person wrote.
    fn follow(&self, findings: &mut [Finding], places: &places::Places, graph: &Graph<'_>) {
        let sources = self.sources();
        let editor = edits::Editor::new(&self.rendered.texts, places);
        let proposals = proposals::Proposals::new(graph, places, &editor);
        let mut linked = linked::Linked::new(self.request.files, sources);
        for finding in findings {
            proposals.settle(finding);
            editor.edit(finding);
            places.follow(finding, &self.rendered.texts);
            linked.follow(finding);
        }
    }
}
