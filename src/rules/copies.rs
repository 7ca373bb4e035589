//! Rendered text that was committed beside what it is rendered from: what is wrong with it is reported once, where a
//! person would mend it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Draft;
use crate::finding::{Form, Label, ObjectName, RuleId};
use crate::graph::Graph;
use crate::source::FileId;

/// An object of fewer is a likeness, and no copy.
const FEWEST: usize = 2;

/// An object and a number for its content.
type Content = (ObjectName, u64);

/// What two findings about one object have in common.
type Key = (RuleId, Form, Content, String, String);

/// The objects of a run that stand in committed copies of what it renders.
struct Copies {
    objects: HashMap<(FileId, ObjectName), u64>,
    /// Files that hold all objects of a rendering, and the objects that they have in common.
    files: HashMap<FileId, HashSet<Content>>,
}

impl Copies {
    fn of(graph: &Graph<'_>) -> Self {
        let mut objects = HashMap::new();
        let mut contents: BTreeMap<FileId, BTreeSet<Content>> = BTreeMap::new();
        for placed in &graph.places.objects {
            objects.insert((placed.file, placed.named()), placed.content());
            contents.entry(placed.file).or_default().insert((placed.named(), placed.content()));
        }
        let is_rendered = |file: &FileId| graph.places.is_rendered_file(*file);
        let mut holders: HashMap<&Content, Vec<FileId>> = HashMap::new();
        for (file, all) in contents.iter().filter(|(file, _)| !is_rendered(file)) {
            for one in all {
                holders.entry(one).or_default().push(*file);
            }
        }
        let mut files: HashMap<FileId, HashSet<Content>> = HashMap::new();
        let renders = contents.iter().filter(|(file, all)| is_rendered(file) && all.len() >= FEWEST);
        for (_, render) in renders {
            let first = render.first().and_then(|first| holders.get(first));
            for file in first.into_iter().flatten().filter(|file| render.is_subset(&contents[file])) {
                files.entry(*file).or_default().extend(render.iter().cloned());
            }
        }
        Self { objects, files }
    }

    fn key(&self, draft: &Draft) -> Option<Key> {
        let content = *self.objects.get(&(draft.finding.span.file, draft.object.clone()))?;
        let path = draft.finding.path.as_ref().map(ToString::to_string).unwrap_or_default();
        let content = (draft.object.clone(), content);
        Some((draft.finding.rule, draft.finding.form, content, path, draft.subject.clone()))
    }

    /// What a finding in a copy has in common with that on the source.
    fn key_in_copy(&self, draft: &Draft) -> Option<Key> {
        let copied = self.files.get(&draft.finding.span.file)?;
        self.key(draft).filter(|(_, _, content, ..)| copied.contains(content))
    }
}

/// Removes the findings in committed copies of what the run renders; their places become related places.
pub(super) fn once(drafts: Vec<Draft>, graph: &Graph<'_>) -> Vec<Draft> {
    let is_rendered = |draft: &Draft| graph.places.is_rendered_file(draft.finding.span.file);
    // A finding in a copy is dropped for one on the rendered text only.
    if drafts.iter().all(|draft| !is_rendered(draft)) {
        return drafts;
    }
    let copies = Copies::of(graph);
    if copies.files.is_empty() {
        return drafts;
    }
    let (copied, mut kept): (Vec<Draft>, Vec<Draft>) =
        drafts.into_iter().partition(|draft| copies.key_in_copy(draft).is_some());
    let mut known: HashMap<Key, usize> = HashMap::new();
    for (index, draft) in kept.iter().enumerate() {
        if is_rendered(draft)
            && let Some(key) = copies.key(draft)
        {
            known.entry(key).or_insert(index);
        }
    }
    for copy in copied {
        let source = copies.key_in_copy(&copy).and_then(|key| known.get(&key)).map(|&index| &mut kept[index]);
        match source.filter(|source| (source.step, source.class) == (copy.step, copy.class)) {
            Some(source) => {
                let message = "the same, in a committed copy of what is rendered".to_owned();
                source.finding.related.push(Label { span: copy.finding.span, message });
            }
            None => kept.push(copy),
        }
    }
    kept
}
