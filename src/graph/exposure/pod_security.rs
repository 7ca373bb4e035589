//! Whether namespaces of the run are held to a pod security standard.

use crate::graph::{Graph, SourceId};
use crate::yaml::Node;

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

impl Graph<'_> {
    /// Whether a namespace beside a source says that more than `privileged` is enforced in it: then whoever may change
    /// the label may run privileged pods.
    #[must_use]
    pub fn enforces_pod_security(&self, from: SourceId) -> bool {
        let enforcing = self.asked.enforcing.get_or_init(|| {
            let holding = self.objects.iter().filter(|placed| placed.object.is("", "Namespace"));
            let enforces = |level: Node<'_>| level.text().is_some_and(|level| level != "privileged");
            let holding = holding.filter(|placed| placed.object.label(ENFORCE).is_some_and(enforces));
            let mut sources: Vec<SourceId> = holding.map(|placed| placed.source).collect();
            sources.dedup();
            sources
        });
        enforcing.iter().any(|&source| self.sources.may_share(source, from))
    }
}
