//! Whether a way leads out of what one team answers for, or out of one environment.

use super::{Identity, Reach, Standing};
use crate::graph::Graph;
use crate::graph::place::environment;
use crate::graph::place::owner::{Level, OwnerKeys};

impl Reach {
    /// Whether the last identity on the way has another owner, or is of another environment, than the first.
    #[must_use]
    pub fn crosses(&self, graph: &Graph<'_>, standing: &Standing, keys: &OwnerKeys<'_>) -> bool {
        let Some(last) = standing.path.last() else { return false };
        let (from, to) = (&self.net.identities[standing.identity], &self.net.identities[last.from]);
        let environment =
            |identity: &Identity| identity.namespace.as_deref().and_then(environment::of_namespace);
        let owner = |identity: &Identity| owner(identity, graph, keys);
        let environments = environment(from).zip(environment(to));
        environments.is_some_and(|(own, other)| own != other)
            || owner(from).zip(owner(to)).is_some_and(|(own, other)| own != other)
    }
}

fn owner(identity: &Identity, graph: &Graph<'_>, keys: &OwnerKeys<'_>) -> Option<String> {
    let owners = match (identity.runners.first(), identity.declared) {
        (Some(&runner), _) => graph.owners_of(&graph.runners[runner], keys),
        (None, Some(at)) => graph.owners_of_object(&graph.objects[at], Level::ServiceAccount, keys),
        (None, None) => Vec::new(),
    };
    owners.into_iter().next().map(|owner| owner.value)
}
