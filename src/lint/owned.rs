//! Who answers for what a finding is about.

use crate::config::Settings;
use crate::finding::RuleId;
use crate::graph::Graph;
use crate::graph::place::owner::{KnownOwners, Level, OwnerKeys};
use crate::rules::Draft;

/// Finds owners as NHI301 does.
pub(super) struct Owners<'g> {
    pub(super) graph: &'g Graph<'g>,
    settings: &'g Settings,
    known: KnownOwners,
}

impl<'g> Owners<'g> {
    pub(super) fn new(graph: &'g Graph<'g>, settings: &'g Settings) -> Self {
        Self { graph, settings, known: KnownOwners::default() }
    }

    /// The nearest owner of the object that a draft is about.
    pub(super) fn of(&self, draft: &Draft) -> Option<String> {
        let (places, object) = (&self.graph.places, &draft.object);
        let keys = OwnerKeys { keys: self.settings.patterns(RuleId(301), "keys"), known: &self.known };
        let found = places.lookup(draft.source?, &object.kind, object.namespace.as_deref(), &object.name);
        let at = &places[*found.first()?];
        let owners = match places.runners_of(at.id).first() {
            Some(runner) => places.owners_of(runner, keys),
            None => places.owners_of_object(at, Level::ServiceAccount, keys),
        };
        owners.into_iter().next().map(|owner| owner.value)
    }
}
