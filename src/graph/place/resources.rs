//! Which kinds of objects the run defines, and what it puts into namespaces.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Placed, Places, SourceId};
use crate::graph::tables::permission::Rule;
use crate::graph::tables::resource::{Scope, resource, resource_of_kind, resources_served};
use crate::yaml::Node;

fn definitions<'p, 'a>(objects: &'p [Placed<'a>]) -> impl Iterator<Item = &'p Placed<'a>> {
    objects.iter().filter(|placed| &*placed.object.kind == "CustomResourceDefinition")
}

/// Sources that define kinds of an API group.
pub(super) fn groups(objects: &[Placed<'_>]) -> HashMap<String, Vec<SourceId>> {
    let mut groups: HashMap<String, Vec<SourceId>> = HashMap::new();
    for placed in definitions(objects) {
        if let Some(group) = placed.object.node.at(&["spec", "group"]).and_then(Node::as_str) {
            groups.entry(group.into_owned()).or_default().push(placed.source);
        }
    }
    groups
}

/// Scopes of custom resources by plural and group, as the sources of the run define them.
pub(super) type Defined = HashMap<String, BTreeMap<String, Vec<(SourceId, Scope)>>>;

pub(super) fn defined(objects: &[Placed<'_>]) -> Defined {
    let mut defined = Defined::new();
    for placed in definitions(objects) {
        let text = |path: &[&str]| placed.object.node.at(path).and_then(Node::text);
        let (Some(group), Some(plural)) = (text(&["spec", "group"]), text(&["spec", "names", "plural"]))
        else {
            continue;
        };
        // Before apiextensions.k8s.io/v1, none is namespaced.
        let scope = match text(&["spec", "scope"]).as_deref() {
            Some("Cluster") => Scope::Cluster,
            Some("Namespaced") | None => Scope::Namespaced,
            Some(_) => continue,
        };
        let known = defined.entry(plural.into_owned()).or_default().entry(group.into_owned()).or_default();
        known.push((placed.source, scope));
    }
    defined
}

impl Places<'_> {
    /// Where objects of the resources with a plural stand that some groups have, as seen from a source; nothing for those
    /// of which nobody in the run says so.
    pub fn scopes_of(
        &self,
        from: SourceId,
        groups: &HashSet<&str>,
        plural: &str,
    ) -> impl Iterator<Item = Scope> {
        let own = resources_served(groups, plural).map(|known| known.scope);
        let defined = self.defined.get(plural).into_iter().flatten();
        let others = defined
            .filter(move |(group, _)| groups.contains(group.as_str()) && resource(group, plural).is_none());
        let beside = move |(_, defined): (_, &Vec<(SourceId, Scope)>)| {
            defined.iter().find(|(source, _)| self.sources.may_share(*source, from)).map(|(_, scope)| *scope)
        };
        own.chain(others.filter_map(beside))
    }

    /// Whether rules that grant something in namespaces reach outside of them, too, as seen from a source; nothing where
    /// they grant what is not known, or nothing in namespaces.
    #[must_use]
    pub(in crate::graph) fn reaches_outside<'r>(
        &self,
        from: SourceId,
        rules: impl Iterator<Item = &'r Rule<'r>>,
    ) -> Option<bool> {
        let (mut inside, mut outside) = (false, false);
        for rule in rules {
            outside |= !rule.urls.is_empty();
            let groups: HashSet<&str> = rule.groups.iter().map(AsRef::as_ref).collect();
            for written in &rule.resources {
                let plural = written.split('/').next().unwrap_or(written);
                let scopes: Vec<Scope> = self.scopes_of(from, &groups, plural).collect();
                match scopes.as_slice() {
                    [] => return None,
                    scopes if scopes.contains(&Scope::Cluster) => outside = true,
                    _ => inside = true,
                }
            }
        }
        inside.then_some(outside)
    }

    /// The resources of Kubernetes' own that the run puts into a namespace, sorted.
    #[must_use]
    pub fn deployed_into(&self, from: SourceId, namespace: &str) -> Vec<&'static str> {
        let contents = self.memos.contents.get_or_init(|| {
            let mut contents: HashMap<String, BTreeSet<(&'static str, SourceId)>> = HashMap::new();
            for placed in &self.objects {
                let known = resource_of_kind(&placed.object.group, &placed.object.kind);
                if let (Some(namespace), Some(known)) = (&placed.namespace, known) {
                    contents.entry(namespace.clone()).or_default().insert((known.plural, placed.source));
                }
            }
            contents
        });
        let here = contents.get(namespace).into_iter().flatten();
        let here = here.filter(|(_, source)| self.sources.may_share(*source, from));
        here.map(|(plural, _)| *plural).collect::<BTreeSet<_>>().into_iter().collect()
    }
}
