//! Which kinds of objects the run defines, and what it puts into namespaces.

use std::collections::{BTreeSet, HashMap};

use super::{Placed, Places, SourceId};
use crate::graph::tables::permission::Rule;
use crate::graph::tables::resource::{Scope, resource, resource_of_kind};
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

/// Scopes of custom resources by group and plural, as the sources of the run define them.
pub(super) fn defined(objects: &[Placed<'_>]) -> HashMap<(String, String), Vec<(SourceId, Scope)>> {
    let mut defined: HashMap<_, Vec<_>> = HashMap::new();
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
        let known = defined.entry((group.into_owned(), plural.into_owned())).or_default();
        known.push((placed.source, scope));
    }
    defined
}

impl Places<'_> {
    /// Where objects of a resource stand, as seen from a source; none where nobody in the run says so.
    #[must_use]
    pub fn scope_of(&self, from: SourceId, group: &str, plural: &str) -> Option<Scope> {
        if let Some(known) = resource(group, plural) {
            return Some(known.scope);
        }
        let defined = self.defined.get(&(group.to_owned(), plural.to_owned()))?;
        defined.iter().find(|(source, _)| self.sources.may_share(*source, from)).map(|(_, scope)| *scope)
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
            for written in &rule.resources {
                let plural = written.split('/').next().unwrap_or(written);
                let scopes: Vec<Scope> =
                    rule.groups.iter().filter_map(|group| self.scope_of(from, group, plural)).collect();
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
        let contents = self.contents.get_or_init(|| {
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
