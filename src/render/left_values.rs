//! The values of charts that are not rendered, or not whole: a chart from elsewhere, a dependency that is not here, a
//! chart that fails, a chart of another tool. What they hold is judged as it is written, as no rendered text shows it; and
//! those that one does show.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::left_tools::{OfTool, of_tools};
use super::paths::join;
use super::roots::{Given, INLINE_OF_KUSTOMIZE, Inline, Kind, Part, Root, ValueSet};
use super::{Output, Rendered};
use crate::load::{Tree, add_files};
use crate::source::{FileId, Span};
use crate::yaml::Node;

/// Values that no rendered text shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftValues {
    /// The file that they stand in.
    pub file: FileId,
    /// The value that holds them, where that is part of the file only.
    pub within: Option<Span>,
    /// Of them only what stands below these keys, where the rest is rendered.
    pub below: Option<Vec<String>>,
    /// Whether a rendered text may show some of them: then only what is written in them counts, not what they refer to.
    pub is_shown: bool,
    /// What they are for: its kind, as objects of Kubernetes have one, and its name.
    pub of: (&'static str, String),
}

/// Which values they are: of what root, which set, and below which keys.
struct Left<'r> {
    root: &'r Root,
    set: &'r ValueSet,
    below: Option<Vec<String>>,
    /// Whether those of the chart itself are among them.
    own: bool,
}

/// Finds them. The files are added to the texts.
pub(super) fn add(rendered: &mut Rendered, tree: &Tree) {
    let none = ValueSet::default();
    let (left, tools) = (left(rendered, &none), of_tools(rendered));
    let of_tools = tools.iter().flat_map(|tool| tool.value_files.iter().cloned());
    let files: BTreeSet<String> = left.iter().flat_map(Left::files).chain(of_tools).collect();
    let mut texts = rendered.texts.clone();
    add_files(&mut texts, tree, files);
    let by_path: BTreeMap<&str, FileId> = {
        let written = texts.sources().files().filter(|(_, file)| !file.is_rendered());
        written.map(|(id, file)| (file.path(), id)).collect()
    };
    // Each is judged once, whoever else takes it too.
    let mut found = BTreeMap::new();
    for left in &left {
        let files = left.files();
        let files = files.iter().filter_map(|path| Some((*by_path.get(path.as_str())?, None)));
        let inline = left.set.inline.iter().filter(|inline| is_text(inline));
        for (file, within) in files.chain(inline.map(|inline| (inline.at.file, Some(inline.at)))) {
            found.entry((file, within, left.below.clone())).or_insert_with(|| (false, name_of(left.root)));
        }
    }
    for (root, at) in inline_of_kustomizations(&rendered.roots) {
        found.entry((at.file, Some(at), None)).or_insert_with(|| (true, name_of(root)));
    }
    for OfTool { file, value_files, of } in tools {
        found.entry((file, None, None)).or_insert_with(|| (true, of.clone()));
        for file in value_files.iter().filter_map(|path| by_path.get(path.as_str())) {
            found.entry((*file, None, None)).or_insert_with(|| (false, of.clone()));
        }
    }
    let found = found.into_iter().map(|((file, within, below), (is_shown, of))| LeftValues {
        file,
        within,
        below,
        is_shown,
        of,
    });
    rendered.left_values = found.collect();
    rendered.texts = texts;
    rendered.shown_values = shown(&rendered.outputs);
}

fn is_text(inline: &Inline) -> bool {
    matches!(inline.given, Given::Text(_))
}

/// The values that kustomizations hold themselves: they stand in no object, so that nothing else judges what no template
/// uses.
fn inline_of_kustomizations(roots: &[Root]) -> impl Iterator<Item = (&Root, Span)> {
    roots.iter().enumerate().flat_map(|(index, root)| {
        let own = root.values.iter().filter(move |set| set.by.is_some_and(|by| by.0 == index));
        let inline = own.flat_map(|set| &set.inline);
        let inline = inline.filter(|inline| inline.field == INLINE_OF_KUSTOMIZE && is_text(inline));
        inline.map(move |inline| (root, inline.at))
    })
}

/// Where the values stand that a deployer gives to a chart that was rendered with them, and with all that it depends on.
fn shown(outputs: &[Output]) -> Vec<Span> {
    let is_whole = |output: &&Output| output.file.is_some() && output.missing.is_empty();
    let of = |output: &Output| {
        let inline = output.job.task.values().filter(|set| set.by.is_some()).map(|set| &set.inline);
        inline.into_iter().flatten().map(|inline| inline.at).collect::<Vec<_>>()
    };
    let (whole, other): (Vec<&Output>, Vec<&Output>) = outputs.iter().partition(is_whole);
    let lost: HashSet<Span> = other.into_iter().flat_map(of).collect();
    let shown: BTreeSet<Span> = whole.into_iter().flat_map(of).filter(|span| !lost.contains(span)).collect();
    shown.into_iter().collect()
}

impl Left<'_> {
    /// The value files.
    fn files(&self) -> Vec<String> {
        let inline = self.set.inline.iter().filter_map(|inline| match &inline.given {
            Given::Values(path) => Some(path.clone()),
            Given::Text(_) | Given::File(..) | Given::Option(..) => None,
        });
        let own = self.own.then(|| join(&self.root.path, "values.yaml"));
        self.set.files.iter().cloned().chain(inline).chain(own).collect()
    }
}

fn left<'r>(rendered: &'r Rendered, none: &'r ValueSet) -> Vec<Left<'r>> {
    let (mut done, mut shown, mut failed) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut left = Vec::new();
    for output in &rendered.outputs {
        let Some(set) = output.job.task.values() else { continue };
        if output.file.is_none() {
            failed.insert(output.job.root);
            continue;
        }
        shown.insert(output.job.root);
        done.extend(set.by);
        let below = keys_of_missing(rendered, output);
        if !below.is_empty() {
            let root = &rendered.roots[output.job.root];
            left.push(Left { root, set, below: Some(below), own: true });
        }
    }
    for (index, root) in rendered.roots.iter().enumerate() {
        let given = root.values.iter().filter(|set| set.by.is_some_and(|by| by.0 == index));
        let given = given.filter(|set| set.by.is_some_and(|by| !done.contains(&by)));
        left.extend(given.map(|set| Left { root, set, below: None, own: false }));
        let is_lost = (root.refusal.is_some() || failed.contains(&index)) && !shown.contains(&index);
        if root.kind == Kind::Helm && root.part != Some(Part::Library) && is_lost {
            left.push(Left { root, set: none, below: None, own: true });
            let beside = root.values.iter().filter(|set| set.by.is_none());
            left.extend(beside.map(|set| Left { root, set, below: None, own: false }));
        }
    }
    left
}

/// The keys of the values for the dependencies that a chart was rendered without.
fn keys_of_missing(rendered: &Rendered, output: &Output) -> Vec<String> {
    let root = &rendered.roots[output.job.root];
    if output.missing.is_empty() {
        return Vec::new();
    }
    let files = rendered.texts.sources().files();
    let lists = ["Chart.yaml", "requirements.yaml"].map(|name| join(&root.path, name));
    let documents = files
        .filter(|(_, file)| !file.is_rendered() && lists.iter().any(|path| path == file.path()))
        .flat_map(|(id, _)| rendered.texts.documents(id));
    let mut keys = Vec::new();
    for document in documents {
        let listed = document.doc().root().and_then(|root| root.get("dependencies"));
        for dependency in listed.into_iter().flat_map(Node::items) {
            let text = |key: &str| dependency.get(key).and_then(Node::text).unwrap_or_default();
            if output.missing.iter().any(|name| *name == text("name")) {
                let alias = text("alias");
                keys.push(if alias.is_empty() { text("name") } else { alias }.into_owned());
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn name_of(root: &Root) -> (&'static str, String) {
    let kind = match root.kind {
        Kind::Kustomize | Kind::FluxKustomization => "Kustomization",
        Kind::Application => "Application",
        Kind::HelmRelease => "HelmRelease",
        Kind::Helm | Kind::Files => "Chart",
    };
    let name = root.name.clone().unwrap_or_else(|| root.shown().to_owned());
    (kind, name)
}
