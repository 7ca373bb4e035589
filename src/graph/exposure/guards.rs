//! What limits the pods of namespaces and nodes: pod security, policies; and which pods are agents of nodes.

use std::collections::BTreeSet;

use super::Exposure;
use crate::catalog::pattern::Patterns;
use crate::graph::place::{Placed, Places, Runner, SourceId};
use crate::graph::tables::image::is_node_agent;
use crate::k8s::Image;
use crate::k8s::container::Container;
use crate::k8s::host::HostAccess;
use crate::k8s::kinds::Run;
use crate::yaml::Node;

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// Groups of policies that may refuse pods.
const POLICIES: [&str; 5] = [
    "kyverno.io",
    "policies.kyverno.io",
    "constraints.gatekeeper.sh",
    "templates.gatekeeper.sh",
    "policies.kubewarden.io",
];

/// Sources with namespaces whose label enforces more than `privileged`.
pub(super) fn enforcing(places: &Places<'_>) -> BTreeSet<SourceId> {
    let enforces = |level: Node<'_>| level.text().is_some_and(|level| level != "privileged");
    let namespaces = places.objects.iter().filter(|placed| placed.object.is("", "Namespace"));
    let enforcing = namespaces.filter(|placed| placed.object.label(ENFORCE).is_some_and(enforces));
    enforcing.map(|placed| placed.source).collect()
}

/// Sources with policies about pods.
pub(super) fn policed(places: &Places<'_>) -> BTreeSet<SourceId> {
    let polices = |placed: &&Placed<'_>| {
        let group = placed.object.group.as_str();
        group.ends_with(".openshift.io") || POLICIES.contains(&group)
    };
    places.objects.iter().filter(polices).map(|placed| placed.source).collect()
}

impl Exposure<'_> {
    /// Whether a label of a namespace beside a source enforces more than `privileged`: then whoever may change the label
    /// may run privileged pods.
    #[must_use]
    pub fn enforces_pod_security(&self, from: SourceId) -> bool {
        self.enforcing.iter().any(|&source| self.places.sources.may_share(source, from))
    }

    /// Whether something else than a namespace's own labels may limit its pods: a platform, or policies of the run.
    #[must_use]
    pub fn is_policed(&self, namespace: &Placed<'_>) -> bool {
        let metadata = ["labels", "annotations"].into_iter();
        let mut keys = metadata
            .filter_map(|list| namespace.object.node.at(&["metadata", list]))
            .flat_map(Node::entries)
            .filter_map(|entry| entry.key.text());
        namespace.object.name.starts_with("openshift")
            || keys.any(|key| key.contains("openshift.io/"))
            || self.policed.iter().any(|&source| self.places.sources.may_share(source, namespace.source))
    }

    /// Whether all that have a way to the node are agents of it, by the table or by what is `listed`, which runs one of
    /// each. `mirrors` hold copies of images of the table.
    #[must_use]
    pub fn is_for_agents(
        &self,
        access: &HostAccess<'_>,
        runner: &Runner<'_>,
        listed: &Patterns,
        mirrors: &[&str],
    ) -> bool {
        let at = self.places.object_of(runner);
        let is_agent = |container: &Container<'_>| {
            let image = container.image();
            // A patch of a DaemonSet may leave the image out.
            is_node_agent(&image, mirrors)
                || (at.partial && image.is_empty())
                || listed.has(Image::parse(&image).repository)
        };
        let on_every_node = runner.workload.run == Run::Node || self.places.is_static_pod(at);
        on_every_node && access.containers.iter().all(is_agent)
    }
}
