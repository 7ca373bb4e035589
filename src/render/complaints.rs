//! What could not be rendered, as notices: why, where, and what it leaves open.

use std::collections::BTreeMap;

use super::roots::{Kind, Reason, Root};
use super::session::Broken;
use super::{Output, Rendering};
use crate::finding::{Label, Notice};
use crate::load::{Loaded, UNGOVERNED_MANIFEST, is_below};
use crate::source::{Gap, Span};

/// How many other places one notice names.
const SHOWN: usize = 4;

/// A message is about as long.
const LONGEST: usize = 110;

/// Notes what could not be rendered, and leaves the sources open that it would stand in.
pub(super) fn complain(rendering: &Rendering, loaded: &mut Loaded) {
    let mut notices = Vec::new();
    for (index, root) in rendering.roots.iter().enumerate() {
        notices.extend(refused(rendering, index, root));
    }
    let mut without: BTreeMap<&'static str, Vec<Span>> = BTreeMap::new();
    for output in &rendering.outputs {
        let root = &rendering.roots[output.job.root];
        match (&output.error, root.at) {
            (Some(Broken::NoProgram(program)), Some(at)) => without.entry(program).or_default().push(at),
            (Some(Broken::Failed(message)), Some(at)) => notices.push(failed(rendering, output, message, at)),
            _ => {}
        }
    }
    notices.extend(without.into_iter().map(|(program, places)| no_program(program, &places)));
    let is_whole = |index: usize| {
        rendering.outputs.iter().any(|output| {
            output.job.root == index
                && output.file.is_some()
                && output.by != Some("replay")
                && output.missing.is_empty()
        })
    };
    for (index, root) in rendering.roots.iter().enumerate() {
        let stands_alone =
            root.refusal.is_some() || rendering.outputs.iter().any(|output| output.job.root == index);
        if matches!(root.kind, Kind::Kustomize | Kind::Helm)
            && root.part.is_none()
            && stands_alone
            && !is_whole(index)
        {
            open(loaded, root);
        }
    }
    for output in rendering.outputs.iter().filter(|output| output.by == Some("replay")) {
        let path = rendering.roots[output.job.root].path.clone();
        loaded
            .skipped
            .push(("kustomizations that were built without `kustomize`, which is not installed", path));
    }
    loaded.notices.extend(notices);
}

/// A root that is known not to render; what inherits that is named beside.
fn refused(rendering: &Rendering, index: usize, root: &Root) -> Option<Notice> {
    let refusal = root.refusal.as_ref().filter(|refusal| refusal.through.is_none())?;
    let span = refusal.at.or(root.at)?;
    let heirs = rendering
        .roots
        .iter()
        .filter(|heir| heir.refusal.as_ref().is_some_and(|why| why.through == Some(index)));
    let related = heirs.filter_map(|heir| heir.at).take(SHOWN);
    let in_part = rendering.outputs.iter().any(|output| output.job.root == index && output.file.is_some());
    let message = if in_part && refusal.reason == Reason::MissingDependency {
        format!("rendered without some of it: {}", refusal.message)
    } else {
        format!("not rendered: {}", refusal.message)
    };
    Some(Notice {
        rule: UNGOVERNED_MANIFEST,
        form: form(refusal.reason),
        span,
        message,
        related: related.map(|span| Label { span, message: "is not rendered either".into() }).collect(),
    })
}

/// Whether something is wrong, or only elsewhere.
fn form(reason: Reason) -> &'static str {
    match reason {
        Reason::RemoteBase
        | Reason::RemoteChart
        | Reason::MissingDependency
        | Reason::HelmCharts
        | Reason::NeedsCluster
        | Reason::Overridden
        | Reason::Templated => "unresolved",
        Reason::ExecPlugin
        | Reason::OutsideTheTree
        | Reason::MissingPath
        | Reason::MissingValues
        | Reason::Cycle
        | Reason::Malformed
        | Reason::TooLarge => "unrendered",
    }
}

fn failed(rendering: &Rendering, output: &Output, said: &str, at: Span) -> Notice {
    let deployer = output.job.deployer.and_then(|(deployer, _)| rendering.roots[deployer].at);
    let mut related: Vec<Label> =
        deployer.map(|span| Label { span, message: "is deployed here".into() }).into_iter().collect();
    let mut message = format!("not rendered: {}", said.lines().next().unwrap_or_default());
    if message.chars().count() > LONGEST {
        related.push(Label { span: at, message: said.to_owned() });
        message = message.chars().take(LONGEST).chain(['…']).collect();
    }
    Notice { rule: UNGOVERNED_MANIFEST, form: "unrendered", span: at, message, related }
}

/// One notice for all that a program is missing for.
fn no_program(program: &str, places: &[Span]) -> Notice {
    let message = match places.len() {
        1 => format!("not rendered: `{program}` is not on the PATH; install it, or give the rendered text"),
        count => {
            format!("not rendered, as are {} more: `{program}` is not on the PATH; install it", count - 1)
        }
    };
    let related = places[1..].iter().take(SHOWN);
    let related = related.map(|&span| Label { span, message: "is not rendered either".into() }).collect();
    Notice { rule: UNGOVERNED_MANIFEST, form: "unrendered", span: places[0], message, related }
}

/// Leaves the source open that a root would be part of.
fn open(loaded: &mut Loaded, root: &Root) {
    let Some(at) = root.at else { return };
    let example = loaded.sources.file(at.file).path().to_owned();
    let holds = |place: &str| is_below(&root.path, if place == "." { "" } else { place });
    let sources = loaded.world.sources.iter_mut().filter(|source| !source.whole);
    let mut around: Vec<_> = sources.filter(|source| holds(&source.root)).collect();
    around.sort_by_key(|source| source.root.len());
    if let Some(source) = around.pop() {
        source.gaps.push(Gap { what: format!("{} that was not rendered", root.kind.word()), example });
    }
}
