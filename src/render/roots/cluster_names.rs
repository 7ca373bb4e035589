//! Which names and addresses mean the same cluster.

use std::collections::HashMap;

use super::data::entries;
use crate::config::NamedCluster;
use crate::k8s::Object;
use crate::yaml::Node;

/// The cluster that Argo CD runs in, by name and by address.
const LOCAL: [&str; 2] = ["in-cluster", "https://kubernetes.default.svc"];

/// Which names and addresses mean the same cluster: the settings and Argo CD's own Secrets say so.
#[derive(Debug, Default)]
pub(super) struct ClusterNames {
    /// Another word for the same cluster, which comes before it.
    before: HashMap<String, String>,
}

/// Whether an object tells Argo CD of a cluster.
pub(super) fn names_cluster(object: &Object<'_>) -> bool {
    let label = || object.label("argocd.argoproj.io/secret-type").and_then(Node::text);
    object.is("", "Secret") && label().as_deref() == Some("cluster")
}

impl ClusterNames {
    /// Of the settings, and of the Secrets by which Argo CD is told of clusters (Argo CD "Declarative Setup", "Clusters").
    pub(super) fn of(settings: &[NamedCluster], objects: &[Object<'_>]) -> Self {
        let mut names = Self::default();
        names.join(LOCAL[0], LOCAL[1]);
        for cluster in settings {
            names.join(&cluster.name, &cluster.server);
        }
        for object in objects.iter().filter(|object| names_cluster(object)) {
            let held = entries(object.node);
            let last = |key: &str| held.iter().rev().find(|(name, ..)| name == key)?.1.clone();
            if let (Some(name), Some(server)) = (last("name"), last("server")) {
                names.join(&name, &server);
            }
        }
        names
    }

    fn join(&mut self, one: &str, other: &str) {
        let (one, other) = (self.of_all(one).to_owned(), self.of_all(other).to_owned());
        // A name tells more than an address.
        let rank = |word: &str| (word != LOCAL[0], word.contains("://"));
        let one_is_first = (rank(&one), &one) <= (rank(&other), &other);
        if one != other {
            let (first, second) = if one_is_first { (one, other) } else { (other, one) };
            self.before.insert(second, first);
        }
    }

    /// The word for a cluster that all its names lead to.
    pub(super) fn of_all<'n>(&'n self, cluster: &'n str) -> &'n str {
        let mut word = cluster.trim_end_matches('/');
        while let Some(before) = self.before.get(word) {
            word = before;
        }
        word
    }

    /// Whether it is the cluster that Argo CD runs in.
    pub(super) fn is_local(&self, cluster: &str) -> bool {
        self.of_all(cluster) == LOCAL[0]
    }
}
