//! The pipeline: texts → rendered texts → trees → graph → rules → findings, and the way back to where people wrote.
//!
//! Severity, order, fingerprints and masks are settled here.

use std::collections::BTreeMap;
use std::io::Read;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::baseline::Baseline;
use crate::catalog::{Catalog, Class};
use crate::config::Settings;
use crate::finding::{Finding, Form, Notice, Origin, Rendered, Report, RuleId, RunError, Summary, Unjudged};
use crate::graph::{Graph, Input, Parsed};
use crate::load::{Loaded, Tree, load};
use crate::render::{self, Rendering, Session, Trail};
use crate::rules::{self, Draft};
use crate::source::{FileId, SourceMap, World};
use crate::yaml::{self, Doc};

mod masks;
mod places;

/// What to read.
#[derive(Clone, Copy)]
pub struct Reading<'r> {
    /// Files, directories, globs, `-`.
    pub paths: &'r [String],
    /// Files above this many bytes are refused.
    pub largest_file: u64,
    /// What renders charts and kustomizations, and how; without it they are read as files.
    pub render: Option<(&'r Session, &'r render::Options)>,
}

impl Reading<'_> {
    fn read(&self, stdin: &mut dyn Read) -> (Loaded, Rendering) {
        let mut loaded = load(self.paths, self.largest_file, stdin);
        // What comes through a pipe is rendered already, and stands nowhere.
        let rendering = self
            .render
            .filter(|_| self.paths.iter().any(|path| path != "-"))
            .map(|(session, options)| render::render(&mut loaded, Tree::of(self.paths), session, options));
        (loaded, rendering.unwrap_or_default())
    }
}

/// What to lint.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    /// What to read.
    pub reading: Reading<'r>,
    /// Findings that were there before.
    pub baseline: Option<&'r Baseline>,
}

/// Lints what the request names. Nothing fails as a whole; what could not be done stands in [`Report::errors`].
pub fn lint(
    request: &Request<'_>,
    settings: &Settings,
    catalog: &Catalog,
    stdin: &mut dyn Read,
) -> (Report, SourceMap) {
    let started = std::time::Instant::now();
    let (loaded, rendering) = request.reading.read(stdin);
    let (documents, notices) = parse(&loaded);
    let graph = build(&loaded, &documents, &settings.prefix);
    let drafts = rules::run(&graph, settings, catalog);
    let told = loaded.notices.iter().chain(&notices).chain(&graph.places.notices);
    let mut findings: Vec<Finding> =
        told.filter_map(|notice| from_notice(notice, settings, catalog)).collect();
    findings.extend(drafts.into_iter().filter_map(|draft| from_draft(draft, &graph, settings, catalog)));
    let mut hiding = masks::masks(&graph, &documents, &findings, &loaded.sources);
    let places =
        places::Places::find(&rendering, &loaded.sources, &documents, request.reading.render, &findings);
    for finding in &mut findings {
        places.follow(finding, &loaded.sources);
    }
    hiding.follow(&places, &findings, &loaded.sources);
    let findings = settle(findings, &loaded.sources);
    let mut report = Report {
        masks: hiding.finish(),
        renderers: rendering
            .renderers
            .iter()
            .map(|known| (known.name.to_owned(), known.version.clone()))
            .collect(),
        summary: summary(&loaded, &documents, &graph),
        errors: sorted(loaded.errors.clone()),
        findings,
    };
    drop(graph);
    drop(documents);
    if let Some(baseline) = request.baseline {
        baseline.apply(&mut report);
    }
    report.summary.milliseconds = started.elapsed().as_millis();
    (report, loaded.sources)
}

/// Reads what `paths` name and shows its graph, without running a rule. What could not be read is handed over too.
pub fn look<R>(
    reading: &Reading<'_>,
    stdin: &mut dyn Read,
    see: impl FnOnce(&Graph<'_>, &SourceMap) -> R,
) -> (R, Vec<RunError>) {
    let (loaded, rendering) = reading.read(stdin);
    let (documents, _) = parse(&loaded);
    places::lead(&rendering, &loaded.sources, &documents, reading.render);
    let seen = see(&build(&loaded, &documents, crate::config::ANNOTATION_PREFIX), &loaded.sources);
    (seen, sorted(loaded.errors.clone()))
}

/// What a run would lint.
pub struct Seen<'s> {
    /// The documents, by source.
    pub world: &'s World,
    /// The texts.
    pub sources: &'s SourceMap,
    /// The documents as trees.
    pub docs: &'s [&'s Doc],
    /// What became of charts and kustomizations.
    pub rendering: &'s Rendering,
    /// Where rendered texts were written, if that was asked for.
    pub trails: &'s [(FileId, Trail)],
}

/// Reads what `reading` names and shows what would be linted. What could not be read is handed over too.
pub fn show<R>(
    reading: &Reading<'_>,
    origins: bool,
    stdin: &mut dyn Read,
    see: impl FnOnce(&Seen<'_>) -> R,
) -> (R, Vec<RunError>) {
    let (loaded, rendering) = reading.read(stdin);
    let (documents, _) = parse(&loaded);
    let docs: Vec<&Doc> = documents.iter().map(|parsed| &parsed.doc).collect();
    let files = loaded.sources.files().filter(|(_, file)| file.is_rendered()).map(|(id, _)| id).collect();
    let trails = match reading.render.filter(|_| origins) {
        Some((session, _)) => rendering.trails(&files, &loaded.sources, &docs, session),
        None => Vec::new(),
    };
    let seen = Seen {
        world: &loaded.world,
        sources: &loaded.sources,
        docs: &docs,
        rendering: &rendering,
        trails: &trails,
    };
    (see(&seen), sorted(loaded.errors.clone()))
}

fn build<'a>(loaded: &'a Loaded, documents: &'a [Parsed<'a>], prefix: &'a str) -> Graph<'a> {
    Graph::build(Input {
        documents,
        world: &loaded.world,
        sources: &loaded.sources,
        codeowners: &loaded.codeowners,
        prefix,
    })
}

fn sorted(mut errors: Vec<RunError>) -> Vec<RunError> {
    errors.sort();
    errors.dedup();
    errors
}

fn parse(loaded: &Loaded) -> (Vec<Parsed<'_>>, Vec<Notice>) {
    let pools = loaded.world.sources.iter().enumerate();
    let listed: Vec<_> = pools
        .flat_map(|(pool, source)| source.documents.iter().map(move |document| (pool, document)))
        .collect();
    let parsed: Vec<(Parsed<'_>, Vec<Notice>)> = listed
        .into_par_iter()
        .map(|(pool, document)| {
            let text = loaded.sources.file(document.span.file).shared_text();
            let (doc, problems) = yaml::parse(document.span.file, text, document.span.range());
            let of_text = |problem| Notice::of_text(document.span.file, problem);
            let notices = problems.into_iter().map(of_text).collect();
            (Parsed { doc, helm_source: document.helm_source.as_deref(), pool }, notices)
        })
        .collect();
    let (documents, notices): (Vec<_>, Vec<_>) = parsed.into_iter().unzip();
    (documents, notices.into_iter().flatten().collect())
}

fn from_notice(notice: &Notice, settings: &Settings, catalog: &Catalog) -> Option<Finding> {
    let card = catalog.card(RuleId::UNGOVERNED_MANIFEST);
    Some(Finding {
        rule: card.id,
        form: notice.form,
        severity: settings.severity(card, notice.form.0, Class::Service)?,
        message: notice.message.clone(),
        notes: Vec::new(),
        object: None,
        identity: None,
        clusters: Vec::new(),
        span: notice.span,
        value: None,
        label: String::new(),
        path: None,
        origin: Origin::Written,
        rendered: None,
        related: notice.related.clone(),
        fixes: Vec::new(),
        fingerprint: String::new(),
        suppressed: None,
    })
}

fn from_draft(draft: Draft, graph: &Graph<'_>, settings: &Settings, catalog: &Catalog) -> Option<Finding> {
    let card = catalog.card(draft.rule);
    let severity = settings.severity(card, draft.form.0, draft.class)?;
    let severity = if settings.preset == crate::catalog::Preset::Audit {
        severity
    } else {
        severity.stepped(draft.step)
    };
    let several = graph.places.sources.clusters() > 1;
    let cluster = graph.places.sources.cluster(draft.source).filter(|_| several);
    let mut fixes = draft.fixes;
    for document in fixes.iter_mut().flat_map(|fix| &mut fix.changes).map(|change| &mut change.document) {
        document.cluster = graph.places.sources.cluster(document.source).map(str::to_owned);
    }
    let mut notes = draft.notes;
    notes.dedup();
    Some(Finding {
        rule: draft.rule,
        form: draft.form,
        severity,
        message: draft.message,
        notes,
        fingerprint: fingerprint(&[
            &draft.rule.to_string(),
            draft.form.0,
            &draft.object.kind,
            draft.object.namespace.as_deref().unwrap_or_default(),
            &draft.object.name,
            &draft.path.as_ref().map(ToString::to_string).unwrap_or_default(),
            &draft.subject,
            cluster.unwrap_or_default(),
        ]),
        object: Some(draft.object),
        identity: draft.identity.map(|identity| match cluster {
            Some(cluster) => format!("{cluster}:{identity}"),
            None => identity,
        }),
        clusters: cluster.map(str::to_owned).into_iter().collect(),
        span: draft.span,
        value: draft.value,
        label: draft.label,
        path: draft.path,
        origin: if draft.helm_source.is_some() { Origin::Unknown } else { Origin::Written },
        rendered: draft.helm_source.map(|root| Rendered { by: "helm".into(), roots: vec![root], line: None }),
        related: draft.related,
        fixes,
        suppressed: None,
    })
}

/// Sorts, makes one finding of what is said twice of one place, and tells equal fingerprints apart.
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

/// Whether two findings say the same of one place. Of places that stand for a whole object, or for all that is
/// rendered, they say the same only if they speak of one field.
fn is_twin(one: &Finding, other: &Finding) -> bool {
    let coarse = matches!(other.origin, Origin::File | Origin::Unknown) && other.rendered.is_some();
    one.rule == other.rule
        && one.form == other.form
        && one.span == other.span
        // One chart fails in several ways; what is elsewhere is so for all that one template generates.
        && (one.form != Form::UNRENDERED || one.message == other.message)
        && (!coarse || (one.object == other.object && one.path == other.path))
}

/// One written line, several objects (an anchor, a shared base): one finding that names them.
fn join(twin: &mut Finding, other: Finding) {
    if let Some(object) = other.object.filter(|object| Some(object) != twin.object.as_ref()) {
        let note = format!("the same text makes {object}");
        if !twin.notes.contains(&note) {
            twin.notes.push(note);
        }
    }
    twin.severity = twin.severity.max(other.severity);
    if let (Some(twin), Some(other)) = (&mut twin.rendered, other.rendered) {
        twin.roots.extend(other.roots);
        twin.roots.sort();
        twin.roots.dedup();
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

/// The same on every machine and for every order of work; 32 hexadecimal digits.
fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    format!("{:032x}", u128::from_be_bytes(first))
}

fn summary(loaded: &Loaded, documents: &[Parsed<'_>], graph: &Graph<'_>) -> Summary {
    let mut unjudged: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    let mut count = |what: &'static str, example: String| {
        let entry = unjudged.entry(what).or_insert((0, example.clone()));
        entry.0 += 1;
        entry.1 = entry.1.clone().min(example);
    };
    for (what, example) in loaded.skipped.iter().chain(&graph.places.skipped) {
        count(what, example.clone());
    }
    for (what, example) in graph.grants.unknowns() {
        count(what, example);
    }
    Summary {
        files: loaded.sources.files().filter(|(_, file)| !file.is_rendered()).count(),
        skipped: graph.places.foreign + loaded.skipped.len(),
        documents: documents.iter().filter(|parsed| parsed.doc.root().is_some() || parsed.doc.broken).count(),
        objects: graph.places.objects.len(),
        identities: graph.places.identities(),
        unjudged: unjudged
            .into_iter()
            .map(|(what, (count, example))| Unjudged { what: what.to_owned(), count, example })
            .collect(),
        milliseconds: 0,
    }
}
