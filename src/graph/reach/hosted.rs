//! Which identities a namespace hosts, and the strongest of them.

use std::collections::HashMap;

use super::Reach;
use crate::graph::place::{Placed, Places, Runner, RunnerId};
use crate::graph::tables::tier::Tier;

/// The workloads that run in each namespace.
pub(super) fn hosts(places: &Places<'_>) -> HashMap<String, Vec<RunnerId>> {
    let mut hosts: HashMap<String, Vec<RunnerId>> = HashMap::new();
    for runner in &places.runners {
        let at = places.object_of(runner);
        if let (Some(namespace), false) = (&at.namespace, at.partial) {
            hosts.entry(namespace.clone()).or_default().push(runner.id);
        }
    }
    hosts
}

impl<'a> Reach<'a> {
    /// The strongest workload of the namespace that an object declares, with what its account can become; none where
    /// nothing runs there that is at least `least`.
    #[must_use]
    pub fn strongest_in(&self, namespace: &Placed<'_>, least: Tier) -> Option<(&Runner<'a>, Tier)> {
        let hosted = self.hosts.get(&*namespace.object.name).into_iter().flatten();
        let hosted = hosted.map(|&runner| &self.places[runner]);
        let strong = hosted.filter_map(|runner| {
            let at = self.places.object_of(runner);
            let near = self.places.sources.may_share(at.source, namespace.source);
            let standing = self.standing(at, runner.account.name()?).filter(|_| near)?;
            (standing.reachable <= least).then_some((runner, standing.reachable))
        });
        strong.min_by_key(|(_, tier)| *tier)
    }
}
