//! What could not be rendered: as notices, as what a report counts, as errors of the run, and as gaps in the sources.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::absent::{missing, subject};
use super::blame::{Blamed, blamed, files_of, wants_dependency};
use super::cluster::cluster_of_values;
use super::inputs::ChartFiles;
use super::jobs::{DEFAULTS, NamedValues, Task};
use super::kustomization::is_kustomization_file;
use super::redacted::Quotable;
use super::roots::{Kind, Reason, Refusal, Root, deploys};
use super::session::RenderError;
use super::{FileIndex, Output, Rendered, helmfiles};
use crate::finding::{Engine, Form, Label, Notice, RunError};
use crate::load::{Gap, GapReason, Read, SkipReason, Skipped, Tree, is_below};
use crate::source::{SourceMap, Span};
use crate::yaml::Document;

/// How many other places one notice names.
const SHOWN: usize = 4;

/// A message is about as long.
const LONGEST: usize = 110;

/// Something that a deployer or an argument names and that was not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotJudged {
    /// What kind of thing it is, in words.
    pub what: &'static str,
    /// The thing.
    pub example: String,
    /// Whether a notice says so at its place.
    pub is_noticed: bool,
}

impl NotJudged {
    fn noticed(what: &'static str, example: String) -> Self {
        Self { what, example, is_noticed: true }
    }

    fn unnoticed(what: &'static str, example: String) -> Self {
        Self { what, example, is_noticed: false }
    }
}

/// What is taken as the files that it is, as nothing is to be rendered.
#[must_use]
pub fn not_to_be_rendered(read: &Read) -> Vec<NotJudged> {
    let documents = read.sources.iter().flat_map(|source| &source.documents);
    let deployers = documents.filter(|document| deploys(document)).map(|document| document.span().file);
    let is_folder = |path: &str| path.rsplit('/').next() == Some("Chart.yaml") || is_kustomization_file(path);
    let files = read.texts.sources().files();
    let folders = files.filter(|(_, file)| is_folder(file.path())).map(|(id, _)| id);
    let files = folders.chain(deployers).map(|file| read.texts.sources().file(file).path().to_owned());
    let what = "charts, kustomizations and deployers, as --no-render was asked for";
    files.map(|file| NotJudged::unnoticed(what, file)).collect()
}

/// What a reason is called in the summary, and whether something is wrong or is only not in this tree.
fn meaning(reason: Reason, kind: Kind) -> (Form, &'static str) {
    match reason {
        Reason::RemoteBase if kind.is_folder() => {
            (Form::UNRESOLVED, "kustomizations that build on what stands elsewhere")
        }
        Reason::RemoteBase => (Form::UNRESOLVED, "deployers of what stands elsewhere"),
        Reason::RemoteChart => (Form::UNRESOLVED, "charts that stand elsewhere"),
        Reason::MissingDependency => (Form::UNRESOLVED, "charts with a dependency that stands elsewhere"),
        Reason::NeedsCluster if kind == Kind::Helm => {
            (Form::UNRESOLVED, "charts that print by the answers of a cluster")
        }
        Reason::ManyValues => (Form::UNRESOLVED, "charts with more sets of values than are rendered"),
        Reason::NeedsCluster => (Form::UNRESOLVED, "deployers that ask the cluster"),
        Reason::Overridden => (Form::UNRESOLVED, "deployers with changes that are not applied here"),
        Reason::Assumed => (Form::UNRESOLVED, "repositories that are taken for this one without proof"),
        Reason::OtherRevision => (Form::UNRESOLVED, "deployers of another revision than what is here"),
        Reason::Unmerged => (Form::UNRENDERED, "deployers of changes that nobody has merged"),
        Reason::Templated => (Form::UNRESOLVED, "deployers with placeholders that are filled elsewhere"),
        Reason::ExecPlugin
        | Reason::HelmCharts
        | Reason::OutsideTheTree
        | Reason::MissingPath
        | Reason::MissingValues
        | Reason::Cycle
        | Reason::Malformed
        | Reason::TooLarge => (Form::UNRENDERED, broken(kind)),
    }
}

/// Why a root is not judged: a file whose name lacks what the own values of a chart leave empty (`values-.yaml`) is not
/// missing, it is not known.
fn reason_of(root: &Root, refusal: &Refusal) -> Reason {
    let lacks_a_part = |name: &str| {
        let mut parts = name.trim_matches('/').split('/').filter(|part| !matches!(*part, "." | ".."));
        parts.any(|part| {
            part.is_empty() || part.contains("-.") || part.ends_with('-') || part.starts_with('-')
        })
    };
    let named = refusal.message.split('`').nth(1).unwrap_or_default();
    match refusal.reason {
        Reason::MissingValues | Reason::MissingPath if root.assumed.own_values && lacks_a_part(named) => {
            Reason::Templated
        }
        reason => reason,
    }
}

/// The reason for people.
fn words_of(root: &Root, refusal: &Refusal) -> String {
    if reason_of(root, refusal) == refusal.reason {
        return refusal.message.clone();
    }
    let named = refusal.message.split('`').nth(1).unwrap_or_default();
    format!("`{named}` lacks a part that the chart leaves empty by its own values")
}

/// What is broken here is called.
fn broken(kind: Kind) -> &'static str {
    match kind {
        Kind::Kustomize => "kustomizations that cannot be built",
        Kind::Helm => "charts that cannot be rendered",
        Kind::Application | Kind::FluxKustomization | Kind::HelmRelease | Kind::Files => {
            "deployers that cannot be followed"
        }
    }
}

/// Adds what could not be rendered, and the gaps that it leaves in the sources. `named`: the values that arguments name.
pub(super) fn add(rendered: &mut Rendered, tree: &Tree, named: &[NamedValues]) {
    add_refusals(rendered);
    add_parts(rendered);
    add_failures(rendered, tree, named);
    add_without_program(rendered);
    helmfiles::add(rendered);
    let whole = with_output(rendered, |output| {
        let mut parts = output.job.parts(&rendered.roots).into_iter();
        output.file.is_some()
            && output.by != Some(Engine::Replay)
            && output.missing.is_empty()
            && parts.all(|part| rendered.roots[part].unjudged.is_empty())
    });
    let tried = with_output(rendered, |_| true);
    for index in 0..rendered.roots.len() {
        let root = &rendered.roots[index];
        let stands_alone = root.refusal.is_some() || tried.contains(&index);
        if root.kind.is_folder() && root.part.is_none() && stands_alone && !whole.contains(&index) {
            add_gap(rendered, index);
        }
    }
    for output in rendered.outputs.iter().filter(|output| output.by == Some(Engine::Replay)) {
        let path = rendered.roots[output.job.root].path.clone();
        rendered.skipped.push(Skipped::new(SkipReason::BuiltWithoutKustomize, path));
    }
}

/// The roots of some outputs.
fn with_output(rendered: &Rendered, kept: impl Fn(&Output) -> bool) -> BTreeSet<usize> {
    rendered.outputs.iter().filter(|output| kept(output)).map(|output| output.job.root).collect()
}

/// What is not rendered as something else is not, and where it stands: kustomizations and charts before what deploys them.
type Dependents = BTreeMap<Dependent, Span>;

/// Whether it deploys, whether an ApplicationSet makes it, and what it is called.
type Dependent = (bool, bool, Kind, String);

/// What is known not to render before anything starts.
fn add_refusals(rendered: &mut Rendered) {
    let (mut dependents, none) = (HashMap::<usize, Dependents>::new(), Dependents::new());
    for root in &rendered.roots {
        if let (Some(through), Some(at)) = (root.refusal.as_ref().and_then(|why| why.through), root.at) {
            // An Application that two texts hold is one.
            let name =
                if root.kind.is_folder() { &root.path } else { root.name.as_ref().unwrap_or(&root.path) };
            let places = dependents.entry(through).or_default();
            places.entry((!root.kind.is_folder(), root.of_set, root.kind, name.clone())).or_insert(at);
        }
    }
    let in_part = with_output(rendered, |output| output.file.is_some());
    let with_sets = charts_with_sets(rendered);
    for (index, root) in rendered.roots.iter().enumerate() {
        let Some(refusal) = &root.refusal else { continue };
        // What only the own values of a chart deploy, where other sets of values render, is worth a note.
        let is_default = |(chart, set): &(String, String)| set == DEFAULTS && with_sets.contains(chart);
        let by_defaults = root.assumed.choices.iter().any(is_default);
        let by_defaults = by_defaults && meaning(refusal.reason, root.kind).0 == Form::UNRENDERED;
        // Who deploys what cannot be rendered is not counted again.
        if by_defaults {
            let notice = refused(root, false, &none, rendered.texts.sources());
            rendered.notices.extend(notice.map(|notice| Notice { form: Form::DEFAULTS, ..notice }));
            continue;
        }
        if refusal.through.is_none() || root.kind.is_folder() {
            let example = format!("{}: {}", root.shown(), refusal.message);
            rendered
                .not_judged
                .push(NotJudged::noticed(meaning(reason_of(root, refusal), root.kind).1, example));
        }
        // What is unread of a document may say it: that it cannot be read is the finding.
        if refusal.reason == Reason::Malformed && root.at.is_some_and(|at| is_broken(rendered, at)) {
            continue;
        }
        let dependents = dependents.get(&index).unwrap_or(&none);
        let sources = rendered.texts.sources();
        rendered.notices.extend(refused(root, in_part.contains(&index), dependents, sources));
    }
}

/// Whether kubectl refuses the document that a place stands in.
fn is_broken(rendered: &Rendered, at: Span) -> bool {
    let around = |document: &&Document| document.span().start <= at.start && at.end <= document.span().end;
    let document = rendered.texts.documents(at.file).iter().find(around);
    document.is_some_and(|document| document.doc().broken)
}

/// The charts that render with a set of values that stands beside them. Their own values alone may lack what each of
/// these sets gives.
fn charts_with_sets(rendered: &Rendered) -> BTreeSet<String> {
    let printed = rendered.outputs.iter().filter(|output| output.file.is_some());
    let choices = printed.flat_map(|output| &output.job.assumed.choices);
    choices.filter(|(_, set)| set != DEFAULTS).map(|(chart, _)| chart.clone()).collect()
}

/// The parts of roots that are not judged, although the rest is rendered.
fn add_parts(rendered: &mut Rendered) {
    for root in &rendered.roots {
        for part in &root.unjudged {
            let (form, what) = meaning(reason_of(root, part), root.kind);
            let example = format!("{}: {}", root.shown(), part.message);
            rendered.not_judged.push(NotJudged::noticed(what, example));
            let Some(span) = part.at.or(root.at) else { continue };
            let message = format!("not judged: {}", words_of(root, part));
            let (subject, missing) = (subject(root, part), missing(root, part));
            let (notes, related) = (Vec::new(), Vec::new());
            rendered.notices.push(Notice { form, span, message, notes, related, subject, missing });
        }
    }
}

/// A root that is known not to render, with those that cannot be rendered because of it.
fn refused(root: &Root, in_part: bool, dependents: &Dependents, sources: &SourceMap) -> Option<Notice> {
    let refusal = root.refusal.as_ref().filter(|refusal| refusal.through.is_none())?;
    let written = refusal.at.or(root.at)?;
    // A path that a template makes of each element in another way is the element's.
    let is_of_element = refusal.reason == Reason::MissingPath && sources.text(written).contains("{{");
    let element = root.element.filter(|_| is_of_element);
    let span = element.unwrap_or(written);
    let message = if in_part && refusal.reason == Reason::MissingDependency {
        format!("rendered without some of it: {}", refusal.message)
    } else {
        format!("not rendered: {}", words_of(root, refusal))
    };
    let form = meaning(reason_of(root, refusal), root.kind).0;
    let (subject, missing) = (subject(root, refusal), missing(root, refusal));
    let (mut related, more) = labels(dependents);
    related.extend(element.map(|_| Label { span: written, message: "the template that takes it".into() }));
    // One line of a template is that of all its Applications: the name leads to the element.
    let of = root.name.as_deref().filter(|_| root.of_set);
    let of = of.map(|name| format!("It is so for the Application `{name}` that the ApplicationSet makes."));
    let notes = of.into_iter().chain(more).collect();
    Some(Notice { form, span, message, notes, related, subject, missing })
}

/// The first of the places that are not rendered for the same reason, and how many there are, where those are not all:
/// several may be made from one written line.
fn labels(places: &Dependents) -> (Vec<Label>, Option<String>) {
    let label = |((_, of_set, _, _), span): (&Dependent, &Span)| {
        let message =
            if *of_set { "an Application of this is not rendered either" } else { "is not rendered either" };
        Label { span: *span, message: message.into() }
    };
    let count = places.len();
    let all = (count > SHOWN).then(|| format!("In all, {count} that build on it are not rendered."));
    (places.iter().take(SHOWN).map(label).collect(), all)
}

/// What programs refused.
fn add_failures(rendered: &mut Rendered, tree: &Tree, named: &[NamedValues]) {
    let index = FileIndex::new(&rendered.texts, tree);
    let sources = rendered.texts.sources();
    let mut known: HashMap<usize, (ChartFiles, Quotable)> = HashMap::new();
    let printed = with_output(rendered, |output| output.file.is_some());
    let (mut notices, mut not_judged) = (Vec::new(), Vec::new());
    for output in &rendered.outputs {
        let root = &rendered.roots[output.job.root];
        let (Some(error), Some(at)) = (&output.error, root.at) else { continue };
        let (message, renderer) = match error {
            RenderError::Failed(message) => (message, None),
            RenderError::PostRenderer(renderer, message) => (message, Some(*renderer)),
            RenderError::NoProgram(_) => continue,
        };
        // The line that wants the dependency is innocent; that it is missing is noticed where it is named.
        if wants_dependency(root, message, &index) {
            continue;
        }
        let (files, quotable) = known.entry(output.job.root).or_insert_with(|| {
            let files = files_of(rendered, root);
            let quotable = Quotable::of(root, &files, &index, sources);
            (files, quotable)
        });
        let blamed = blamed(rendered, output, (message, renderer), (files, quotable), &index);
        let mut notice = failed(rendered, output, at, blamed);
        // Nobody can deploy a chart with own values that it does not render with; the sets beside it are somebody's.
        let set = output.job.set.as_deref().filter(|set| *set != DEFAULTS);
        let is_free = printed.contains(&output.job.root) && is_nobodys(output, root, named);
        if is_free && set.is_none() {
            notice.form = Form::DEFAULTS;
        } else if matches!(&output.job.task, Task::Helm(set) if set.partial) {
            // What it lacks may be among the values that are not known, which are counted.
            notice.form = Form::UNRESOLVED;
        } else if is_free && set.and_then(cluster_of_values).is_none() {
            // Named after no environment, it may be a part that is given with others.
            notice.form = Form::UNRESOLVED;
            let what = "files of values that a chart does not render with alone";
            not_judged.push(NotJudged::noticed(what, root.shown().to_owned()));
        } else {
            not_judged.push(NotJudged::noticed(broken(root.kind), root.shown().to_owned()));
        }
        notices.push(notice);
    }
    rendered.notices.extend(notices);
    rendered.not_judged.extend(not_judged);
}

/// Whether a chart was rendered with values that no deployer and no argument names.
fn is_nobodys(output: &Output, root: &Root, named: &[NamedValues]) -> bool {
    let is_named = named.iter().any(|(chart, _)| *chart == root.path);
    matches!(output.job.task, Task::Helm(_)) && output.job.deployer.is_none() && !is_named
}

fn failed(rendered: &Rendered, output: &Output, at: Span, blamed: Blamed) -> Notice {
    let deployer = output.job.deployed_by(&rendered.roots).and_then(|deployer| deployer.at);
    let mut related: Vec<Label> =
        deployer.map(|span| Label { span, message: "is deployed here".into() }).into_iter().collect();
    let Blamed { at: place, reason } = blamed;
    if place.is_some() && output.job.task.values().is_some() {
        related.push(Label { span: at, message: "the chart is not rendered".into() });
    }
    if let Some(set) = output.job.set.as_deref().filter(|set| *set != DEFAULTS) {
        related.push(Label { span: at, message: format!("this is so with {set}") });
    }
    let at = place.unwrap_or(at);
    let mut message = format!("not rendered: {}", reason.lines().next().unwrap_or_default());
    let mut notes = Vec::new();
    if message.chars().count() > LONGEST || reason.contains('\n') {
        notes.push(format!("The whole reason: {reason}"));
    }
    if message.chars().count() > LONGEST {
        message = message.chars().take(LONGEST).chain(['…']).collect();
    }
    let root = &rendered.roots[output.job.root];
    let deployer = output.job.deployed_by(&rendered.roots);
    let deployer = deployer.map(|deployer| format!("{} {:?}", deployer.kind, deployer.name));
    let subject = format!("{} {} {}", root.kind, root.path, deployer.unwrap_or_default());
    Notice { form: Form::UNRENDERED, span: at, message, notes, related, subject, missing: None }
}

/// What there is no program for: the run is not whole.
fn add_without_program(rendered: &mut Rendered) {
    let mut without: BTreeMap<Engine, BTreeSet<usize>> = BTreeMap::new();
    for output in &rendered.outputs {
        if let Some(RenderError::NoProgram(program)) = &output.error {
            without.entry(*program).or_default().insert(output.job.root);
        }
    }
    for (program, roots) in without {
        let all: Vec<&Root> = roots.iter().map(|index| &rendered.roots[*index]).collect();
        let (what, word) = match program {
            Engine::Helm => ("charts, as `helm` is not installed", "helm"),
            _ => ("kustomizations, as `kustomize` is not installed", "kustomize"),
        };
        let more = match all.len() {
            1 => String::new(),
            2 => " and one more".to_owned(),
            count => format!(" and {} more", count - 1),
        };
        let message = format!(
            "not rendered: `{}`{more}: `{word}` is not on the PATH; install it, or accept with --no-render that it is not judged",
            all[0].shown()
        );
        let file = all[0].at.map(|at| rendered.texts.sources().file(at.file).path().to_owned());
        let not_judged = all.iter().map(|root| NotJudged::noticed(what, root.shown().to_owned()));
        rendered.not_judged.extend(not_judged);
        rendered.errors.push(RunError { file, line: None, message });
    }
}

/// Notes a gap in the source that a root would be part of.
fn add_gap(rendered: &mut Rendered, root: usize) {
    let root = &rendered.roots[root];
    let Some(at) = root.at else { return };
    let example = rendered.texts.sources().file(at.file).path().to_owned();
    let holds = |place: &str| is_below(&root.path, if place == "." { "" } else { place });
    let sources = rendered.sources.iter_mut().filter(|source| !source.whole);
    let mut around: Vec<_> = sources.filter(|source| holds(&source.root)).collect();
    around.sort_by_key(|source| source.root.len());
    if let Some(source) = around.pop() {
        source.gaps.push(Gap { reason: GapReason::NotRendered, example });
    }
}
