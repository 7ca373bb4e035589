//! A run: files → what was read → what is rendered → graph → findings, and the way back to where people wrote.
//!
//! Each stage is made once from those before it and changes none of them. Severity, order, fingerprints and masks are
//! settled here.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Instant;

use rayon::prelude::*;

use crate::baseline::Baseline;
use crate::catalog::{Catalog, Class, Preset};
use crate::config::Settings;
use crate::finding::{Finding, Form, Notice, Origin, Report, RuleId, RunError, Severity, Summary, Unjudged};
use crate::graph::{Graph, Input, Parsed};
use crate::k8s::applied;
use crate::load::{self, Files, Read, Tree};
use crate::render::{Provenance, Rendered, Setup, not_to_be_rendered};
use crate::rules::{self, Draft};
use crate::source::{FileId, SourceMap};
use fingerprint::fingerprint;
use texts::InTexts;
use unjudged::NotJudgedByKind;

mod places;

mod broken_text;
mod fingerprint;
mod near;

mod names;

mod hiding;

mod proposals;
mod search;

mod edits;

mod fields;

mod linked;

mod masks;

mod texts;

mod unjudged;

mod unknown;

pub mod example;
mod fixing;

pub use fixing::{Done, Fixed, FixedFile, Wanted, fix};

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
}

/// What was read and rendered of a request. Several runs can live side by side, over one tree or several.
pub struct Run<'r> {
    request: Request<'r>,
    started: Instant,
    tree: Tree,
    read: Read,
    rendered: Rendered,
}

impl<'r> Run<'r> {
    /// Reads and renders what the request names. Nothing fails as a whole: what could not be done stands in
    /// [`Run::errors`].
    pub fn new(request: Request<'r>, stdin: &mut dyn io::Read) -> Self {
        let started = Instant::now();
        let tree = Tree::of(request.files, request.paths);
        let read = load::read(&tree, request.paths, request.largest_file, stdin);
        // What comes through a pipe is rendered already, and stands nowhere.
        let setup = request.render.filter(|_| request.paths.iter().any(|path| path != "-"));
        let mut rendered = match setup {
            Some(setup) => Rendered::of(&read, &tree, setup),
            None => Rendered::plain(&read),
        };
        if request.render.is_none() {
            rendered.not_judged = not_to_be_rendered(&read);
        }
        Self { request, started, tree, read, rendered }
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
            left_values: &self.rendered.left_values,
            shown_values: &self.rendered.shown_values,
            values: &self.rendered.texts,
            generated: &self.rendered.generated,
        })
    }

    /// The way back from everything that was rendered.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        self.way_back(&self.rendered.rendered_files())
    }

    fn way_back(&self, files: &BTreeSet<FileId>) -> Provenance {
        match self.request.render {
            Some(setup) => self.rendered.provenance(files, &self.tree, setup.session),
            None => Provenance::default(),
        }
    }

    /// Runs the rules. `baseline`: findings that were there before.
    #[must_use]
    pub fn report(&self, catalog: &Catalog, baseline: Option<&Baseline>) -> Report {
        let (settings, sources) = (self.request.settings, self.sources());
        let documents = self.documents();
        let graph = self.graph(&documents);
        let (mut drafts, failed) = rules::run(&graph, settings, catalog);
        let words = unknown::Words(self.rendered.unknown_namespaces());
        for draft in &mut drafts {
            words.hide(draft);
        }
        let in_texts = InTexts::of(&documents, &self.rendered);
        let in_grants = graph.grants.notices();
        let in_graph = graph.places.notices.iter().chain(&in_grants);
        let (unknown_fields, hidden) = fields::notices(&graph);
        let notices = self.rendered.notices.iter().chain(&in_texts.notices);
        let notices = notices.chain(in_graph).chain(&unknown_fields);
        let notices = notices.filter_map(|notice| from_notice(notice, settings, catalog));
        let mut findings: Vec<Finding> = notices.collect();
        findings.extend(drafts.into_iter().filter_map(|draft| from_draft(draft, &graph, settings, catalog)));
        let mut hiding = masks::masks(&graph, &documents, &findings, sources);
        for span in hidden {
            hiding.span(span);
        }
        let given = self.rendered.secret_values();
        hiding.given(&given, &graph, sources);
        let places = places::Places::of(&findings, sources, |files| self.way_back(files));
        self.follow(&mut findings, &places, &graph);
        masks::follow(&mut hiding, &places, &findings, &self.rendered.texts);
        let unjudged = NotJudgedByKind::of(&self.rendered, &in_texts.unread, &graph);
        let mut errors = [self.errors(), failed].concat();
        if settings.fail_on_unjudged {
            let card = catalog.card(RuleId::UNGOVERNED_MANIFEST);
            let reported = settings.severity(card, Form::UNRESOLVED.0, Class::Service).is_some();
            errors.extend(unjudged.errors(reported));
        }
        let masks = hiding.finish(&findings, sources);
        let unjudged = unjudged.listed(|text| masks.masked_text(text).into_owned());
        for finding in findings.iter_mut().filter(|_| !given.is_empty()) {
            hiding::hide_names(finding, &masks);
        }
        let mut report = Report {
            masks,
            renderers: self
                .rendered
                .renderers
                .iter()
                .map(|known| (known.engine, known.version.clone()))
                .collect(),
            summary: self.summary(&documents, &graph, unjudged),
            errors,
            findings: settle(findings, sources),
        };
        if let Some(baseline) = baseline {
            baseline.apply(&mut report);
        }
        report.summary.milliseconds = self.started.elapsed().as_millis();
        report
    }

    /// Moves findings and what they propose to where a person wrote.
    fn follow(&self, findings: &mut [Finding], places: &places::Places, graph: &Graph<'_>) {
        let sources = self.sources();
        let proposals = proposals::Proposals::new(graph, places, sources);
        let editor = edits::Editor::new(&self.rendered.texts, places);
        let mut linked = linked::Linked::new(self.request.files, sources);
        for finding in findings {
            proposals.settle(finding);
            editor.edit(finding);
            places.follow(finding, sources);
            linked.follow(finding);
        }
    }

    fn summary(&self, documents: &[Parsed<'_>], graph: &Graph<'_>, unjudged: Vec<Unjudged>) -> Summary {
        let is_read = |parsed: &&Parsed<'_>| parsed.doc.root().is_some() || parsed.doc.broken;
        Summary {
            files: self.sources().files().filter(|(_, file)| !file.is_rendered()).count(),
            skipped: graph.places.foreign + self.rendered.skipped.len(),
            documents: documents.iter().filter(is_read).count(),
            objects: graph.places.objects.len(),
            identities: graph.places.identities(),
            unjudged,
            hidden: self.hidden(documents),
            milliseconds: 0,
        }
    }

    /// The files with objects that are judged for themselves and stand in a hidden folder, or are hidden themselves.
    fn hidden(&self, documents: &[Parsed<'_>]) -> Option<(usize, String)> {
        let mut files = BTreeSet::new();
        for parsed in documents {
            let source = &self.rendered.sources[parsed.source];
            let path = self.sources().file(parsed.doc.file).path();
            let root = if source.root == "." { "" } else { &source.root };
            let inside = path.strip_prefix(root).unwrap_or(path);
            let is_hidden = inside.split('/').any(|name| name.starts_with('.') && name != "..");
            if is_hidden && !source.whole && !applied(parsed.doc).is_empty() {
                files.insert(path);
            }
        }
        Some((files.len(), (*files.first()?).to_owned()))
    }
}

fn from_notice(notice: &Notice, settings: &Settings, catalog: &Catalog) -> Option<Finding> {
    let card = catalog.card(RuleId::UNGOVERNED_MANIFEST);
    let severity = settings.severity(card, notice.form.0, Class::Service)?;
    let must_judge = settings.fail_on_unjudged && matches!(notice.form, Form::UNRENDERED | Form::UNRESOLVED);
    let severity = if must_judge { Severity::Error } else { severity };
    let finding = Finding::new(card.id, notice.form, severity, notice.span, notice.message.clone());
    let fingerprint = match notice.subject.as_str() {
        "" => String::new(),
        subject => fingerprint(&[&card.id.to_string(), notice.form.0, subject]),
    };
    let (notes, related) = (notice.notes.clone(), notice.related.clone());
    Some(Finding { notes, related, fingerprint, ..finding })
}

fn from_draft(draft: Draft, graph: &Graph<'_>, settings: &Settings, catalog: &Catalog) -> Option<Finding> {
    let Draft { mut finding, object, .. } = draft;
    let severity = settings.severity(catalog.card(finding.rule), finding.form.0, draft.class)?;
    let is_audit = settings.preset == Preset::Audit;
    finding.severity = if is_audit { severity } else { severity.stepped(draft.step) };
    let sources = &graph.places.sources;
    let cluster = draft.source.and_then(|source| sources.cluster(source)).filter(|_| sources.clusters() > 1);
    for change in finding.fixes.iter_mut().flat_map(|fix| &mut fix.changes) {
        change.document.cluster = sources.cluster(change.document.source).map(str::to_owned);
    }
    finding.notes.dedup();
    let known = draft.known_as.as_ref().unwrap_or(&object);
    finding.fingerprint = fingerprint(&[
        &finding.rule.to_string(),
        finding.form.0,
        &known.kind,
        known.namespace.as_deref().unwrap_or_default(),
        &known.name,
        &finding.path.as_ref().map(ToString::to_string).unwrap_or_default(),
        &draft.subject,
        cluster.unwrap_or_default(),
    ]);
    finding.object = Some(object);
    finding.identity = finding.identity.map(|identity| identity.in_cluster(cluster));
    finding.clusters = cluster.map(str::to_owned).into_iter().collect();
    Some(finding)
}

/// Sorts, joins findings that report the same of one place, and makes every fingerprint unique.
fn settle(mut findings: Vec<Finding>, sources: &SourceMap) -> Vec<Finding> {
    for finding in findings.iter_mut().filter(|finding| finding.fingerprint.is_empty()) {
        let text = sources.text(finding.span);
        let line = text.lines().next().unwrap_or_default();
        finding.fingerprint =
            fingerprint(&[&finding.rule.to_string(), finding.form.0, &finding.message, line]);
    }
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (sources.file(finding.span.file).path().to_owned(), finding.span.start);
        let rest = |f: &Finding| (f.rule, f.form, f.object.clone(), f.message.clone());
        key(a).cmp(&key(b)).then_with(|| rest(a).cmp(&rest(b)))
    });
    let mut settled: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let twin = settled.last_mut().filter(|last| is_twin(last, &finding));
        match twin {
            Some(twin) => join(twin, finding),
            None => settled.push(finding),
        }
    }
    let mut ordinals: BTreeMap<String, usize> = BTreeMap::new();
    for finding in &mut settled {
        let ordinal = ordinals.entry(finding.fingerprint.clone()).or_default();
        *ordinal += 1;
        if *ordinal > 1 {
            finding.fingerprint = fingerprint(&[&finding.fingerprint, &ordinal.to_string()]);
        }
    }
    settled
}

/// Whether two findings report the same of one place. Where the place is that of a whole object, or of all that is
/// rendered, they do so only if they are about the same field.
fn is_twin(one: &Finding, other: &Finding) -> bool {
    let coarse = matches!(other.origin, Origin::File | Origin::Unknown) && other.rendered.is_some();
    one.rule == other.rule
        && one.form == other.form
        && one.span == other.span
        // One chart fails in several ways; what is elsewhere is so for all that one template generates.
        && (![Form::UNRENDERED, Form::DEFAULTS, Form::UNKNOWN_FIELD].contains(&one.form)
            || one.message == other.message)
        && (!coarse || (one.object == other.object && one.path == other.path))
}

/// One written line, several objects (an anchor, a shared base): one finding that names them.
fn join(twin: &mut Finding, other: Finding) {
    if let Some(object) = other.object.filter(|object| Some(object) != twin.object.as_ref()) {
        let note = format!("This text also makes {object}.");
        if !twin.notes.contains(&note) {
            twin.notes.push(note);
        }
    }
    twin.severity = twin.severity.max(other.severity);
    proposals::join(&mut twin.fixes, &other.fixes);
    // What a baseline accepts of a chart it does not accept of one more who deploys it.
    if other.form == Form::UNRENDERED && other.fingerprint != twin.fingerprint {
        twin.fingerprint = fingerprint(&[&twin.fingerprint, &other.fingerprint]);
    }
    if let (Some(twin), Some(other)) = (&mut twin.rendered, other.rendered) {
        twin.roots.extend(other.roots);
        twin.roots.sort();
        twin.roots.dedup();
        // Without a name it was seen with the usual values; a rendering by another answer adds to the name of its set.
        let is_new = |values: &String| !twin.values.iter().any(|known| values.starts_with(known.as_str()));
        let further: Vec<String> = other.values.into_iter().filter(is_new).collect();
        if !twin.values.is_empty() {
            twin.values.extend(further);
        }
    }
    twin.clusters.extend(other.clusters);
    twin.clusters.sort();
    twin.clusters.dedup();
    for label in other.related {
        if !twin.related.contains(&label) {
            twin.related.push(label);
        }
    }
}
