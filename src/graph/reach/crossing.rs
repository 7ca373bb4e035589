//! Whether a path leads to the identities of another team, or of another environment.

use super::{Identity, Reach, Standing};
use crate::graph::place::Places;
use crate::graph::place::environment;
use crate::graph::place::owner::{Level, OwnerKeys};

impl Reach<'_> {
    /// Whether the last identity of the path has another owner, or another environment, than the first.
    #[must_use]
    pub fn crosses(&self, standing: &Standing, keys: OwnerKeys<'_>) -> bool {
        let Some(last) = self.path(standing).last() else { return false };
        let (from, to) = (&self.net[standing.identity], &self.net[last.from]);
        let environment =
            |identity: &Identity| identity.namespace.as_deref().and_then(environment::of_namespace);
        let owner = |identity: &Identity| owner(identity, &self.places, keys);
        let environments = environment(from).zip(environment(to));
        environments.is_some_and(|(own, other)| own != other)
            || owner(from).zip(owner(to)).is_some_and(|(own, other)| own != other)
    }
}

fn owner(identity: &Identity, places: &Places<'_>, keys: OwnerKeys<'_>) -> Option<String> {
    let owners = match (identity.runners.first(), identity.declared) {
        (Some(&runner), _) => places.owners_of(&places[runner], keys),
        (None, Some(at)) => places.owners_of_object(&places[at], Level::ServiceAccount, keys),
        (None, None) => Vec::new(),
    };
    owners.into_iter().next().map(|owner| owner.value)
}
