//! Who answers for what a finding is about.

use std::collections::HashMap;

use crate::config::Settings;
use crate::finding::RuleId;
use crate::graph::place::owner::{KnownOwners, Level, OwnerKeys};
use crate::graph::{Graph, ObjectId};
use crate::rules::Draft;

/// Finds owners as NHI301 does.
pub(super) struct Owners<'g> {
    graph: &'g Graph<'g>,
    keys: OwnerKeys<'g>,
    /// By object: most have several findings.
    found: HashMap<ObjectId, Option<String>>,
}

impl<'g> Owners<'g> {
    /// `known`: what the rules found of the owners of files.
    pub(super) fn new(graph: &'g Graph<'g>, settings: &'g Settings, known: &'g KnownOwners) -> Self {
        let keys = OwnerKeys { keys: settings.patterns(RuleId(301), "keys"), map: &settings.owners, known };
        Self { graph, keys, found: HashMap::new() }
    }

    /// The nearest owner of the object that a draft is about.
    pub(super) fn of(&mut self, draft: &Draft) -> Option<String> {
        let object = draft.at?;
        if let Some(owner) = self.found.get(&object) {
            return owner.clone();
        }
        let owner = self.owner(object);
        self.found.insert(object, owner.clone());
        owner
    }

    fn owner(&self, object: ObjectId) -> Option<String> {
        let places = &self.graph.places;
        let at = &places[object];
        let owners = match places.runners_of(object).first() {
            Some(runner) => places.owners_of(runner, self.keys),
            None => places.owners_of_object(at, Level::ServiceAccount, self.keys),
        };
        owners.into_iter().next().map(|owner| owner.value)
    }
}
