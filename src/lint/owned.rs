//! Who answers for what a finding is about.

use std::collections::HashMap;

use crate::config::Settings;
use crate::finding::{ObjectName, RuleId};
use crate::graph::Graph;
use crate::graph::place::owner::{KnownOwners, Level, OwnerKeys};
use crate::rules::Draft;
use crate::source::SourceId;

/// Finds owners as NHI301 does.
pub(super) struct Owners<'g> {
    graph: &'g Graph<'g>,
    keys: OwnerKeys<'g>,
    /// By object: most have several findings.
    found: HashMap<(SourceId, ObjectName), Option<String>>,
}

impl<'g> Owners<'g> {
    /// `known`: what the rules found of the owners of files.
    pub(super) fn new(graph: &'g Graph<'g>, settings: &'g Settings, known: &'g KnownOwners) -> Self {
        let keys = OwnerKeys { keys: settings.patterns(RuleId(301), "keys"), map: &settings.owners, known };
        Self { graph, keys, found: HashMap::new() }
    }

    /// The nearest owner of the object that a draft is about.
    pub(super) fn of(&mut self, draft: &Draft) -> Option<String> {
        let key = (draft.source?, draft.object.clone());
        if let Some(owner) = self.found.get(&key) {
            return owner.clone();
        }
        let owner = self.owner(key.0, &key.1);
        self.found.insert(key, owner.clone());
        owner
    }

    fn owner(&self, source: SourceId, object: &ObjectName) -> Option<String> {
        let places = &self.graph.places;
        let found = places.lookup(source, &object.kind, object.namespace.as_deref(), &object.name);
        let at = &places[*found.first()?];
        let owners = match places.runners_of(at.id).first() {
            Some(runner) => places.owners_of(runner, self.keys),
            None => places.owners_of_object(at, Level::ServiceAccount, self.keys),
        };
        owners.into_iter().next().map(|owner| owner.value)
    }
}
