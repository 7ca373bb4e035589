//! Which identities a namespace hosts, the strongest of them, and what else than the namespace may guard its pods.

use std::collections::{BTreeSet, HashMap};

use crate::graph::tables::tier::Tier;
use crate::graph::{Graph, Placed, Runner};
use crate::yaml::Node;

/// Groups of policies that may refuse pods.
const POLICIES: [&str; 5] = [
    "kyverno.io",
    "policies.kyverno.io",
    "constraints.gatekeeper.sh",
    "templates.gatekeeper.sh",
    "policies.kubewarden.io",
];

impl<'a> Graph<'a> {
    /// The strongest workload of the namespace that an object declares, with what its account can become; none where
    /// nothing runs there that is at least `least`.
    #[must_use]
    pub fn strongest_in(&self, namespace: &Placed<'_>, least: Tier) -> Option<(&Runner<'a>, Tier)> {
        let name = Some(namespace.object.name.to_string());
        let hosts = self.asked.hosts.get_or_init(|| {
            let mut hosts: HashMap<Option<String>, Vec<usize>> = HashMap::new();
            for (index, runner) in self.runners.iter().enumerate() {
                let at = self.object_of(runner);
                if !at.partial && at.namespace.is_some() {
                    hosts.entry(at.namespace.clone()).or_default().push(index);
                }
            }
            hosts
        });
        let hosted = hosts.get(&name).into_iter().flatten().map(|&index| &self.runners[index]);
        let strong = hosted.filter_map(|runner| {
            let at = self.object_of(runner);
            let near = self.sources.may_share(at.source, namespace.source);
            let standing = self.standing(at, runner.account.name()?).filter(|_| near)?;
            (standing.reachable <= least).then_some((runner, standing.reachable))
        });
        strong.min_by_key(|(_, tier)| *tier)
    }

    /// Whether something else than a namespace's own labels may say which pods are let into it: a platform that does so
    /// by itself, or policies of the run.
    #[must_use]
    pub fn is_policed(&self, namespace: &Placed<'_>) -> bool {
        let policed = self.asked.policed.get_or_init(|| {
            let polices = |placed: &&Placed<'_>| {
                let group = placed.object.group.as_str();
                group.ends_with(".openshift.io") || POLICIES.contains(&group)
            };
            self.objects.iter().filter(polices).map(|placed| placed.source).collect::<BTreeSet<_>>()
        });
        let metadata = ["labels", "annotations"].into_iter();
        let mut keys = metadata
            .filter_map(|list| namespace.object.node.at(&["metadata", list]))
            .flat_map(Node::entries)
            .filter_map(|entry| entry.key.text());
        namespace.object.name.starts_with("openshift")
            || keys.any(|key| key.contains("openshift.io/"))
            || policed.iter().any(|&source| self.sources.may_share(source, namespace.source))
    }
}
