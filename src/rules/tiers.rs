//! In which tier an object is, and so how strictly it is judged.

use std::collections::HashMap;

use super::Draft;
use crate::config::{Settings, Standing};
use crate::graph::Graph;
use crate::graph::place::ObjectId;
use crate::graph::place::environment::{canonical, of_namespace, of_path};
use crate::source::FileId;

/// The tiers of the objects of a run.
pub(super) struct Tiers<'t> {
    graph: &'t Graph<'t>,
    settings: &'t Settings,
}

impl<'t> Tiers<'t> {
    pub(super) fn new(graph: &'t Graph<'t>, settings: &'t Settings) -> Self {
        Self { graph, settings }
    }

    /// Of what the rules of a group of tiers found, that which is in one of them.
    pub(super) fn of_group(&self, mut found: Vec<Draft>, group: &[(usize, &Settings)]) -> Vec<Draft> {
        if !self.settings.has_tiers() {
            return found;
        }
        let mut known: HashMap<(Option<ObjectId>, FileId), usize> = HashMap::new();
        for draft in &mut found {
            let file = draft.finding.span.file;
            draft.tier = *known.entry((draft.at, file)).or_insert_with(|| self.of(draft.at, file));
        }
        found.retain(|draft| group.iter().any(|(tier, _)| *tier == draft.tier));
        found
    }

    /// The number of the tier of an object, or of the text of a file.
    pub(super) fn of(&self, object: Option<ObjectId>, file: FileId) -> usize {
        let places = &self.graph.places;
        let placed = object.map(|object| &places[object]);
        let path = places.path(placed.map_or(file, |placed| placed.file));
        let namespace = placed.and_then(|placed| placed.namespace.as_deref());
        let declared = placed.zip(namespace).and_then(|(at, name)| places.environment_of_namespace(at, name));
        let by_name = namespace.and_then(of_namespace);
        let words = [of_path(path), by_name].into_iter().flatten().map(canonical).chain(declared);
        let standing = Standing {
            namespace,
            namespace_labels: placed
                .zip(namespace)
                .map(|(at, name)| places.labels_of_namespace(at, name))
                .unwrap_or_default(),
            environments: words.collect(),
            path: &self.settings.folder.seen(path),
        };
        let own = placed.and_then(|placed| places.declared_environment(&placed.object)).map(|(word, _)| word);
        self.settings.tier_of(&standing, own)
    }
}
