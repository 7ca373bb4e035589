//! Through which bindings the rules of a role object are held.

use super::Grants;
use super::roles::Taker;
use crate::graph::place::{ObjectId, Placed, PlacedBinding};
use crate::k8s::binding::Subject;

/// What a role is to identities, which decides how much a flaw in it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleUse {
    /// Bound to at least one identity.
    Bound,
    /// Labelled so that a built-in role takes its rules in.
    Aggregated,
    /// Bound to people only, or to nobody in the input.
    Dormant,
}

/// How many bindings of other sources are looked at for one role object, those first that give it to most.
const MOST_BINDINGS: usize = 64;

/// A binding through which the rules of a role object are held.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a, 'g> {
    /// The binding.
    pub binding: &'g PlacedBinding<'a>,
    /// The built-in role that it names, where that takes the rules in by aggregation.
    pub through: Option<&'static str>,
    /// Whether role and binding are for one cluster by more than an environment in their paths.
    pub certain: bool,
}

impl<'a> Grants<'a> {
    /// The bindings that name a role object.
    pub fn bindings_of<'g>(&'g self, role: &'g Placed<'a>) -> impl Iterator<Item = &'g PlacedBinding<'a>> {
        let cluster = role.object.is_cluster_scoped();
        self.naming(&role.object.name).filter(move |placed| {
            let (binding, at) = (&placed.binding, &self.places[placed.object]);
            let known = cluster || role.namespace.is_some();
            (&*binding.role_kind == "ClusterRole") == cluster
                && (cluster || at.namespace == role.namespace)
                && (at.source == role.source
                    || known && self.places.sources.may_define(at.source, role.source))
        })
    }

    /// Whether something may give the rules of a role object in the whole cluster: `RoleBindings` do not.
    #[must_use]
    pub fn reaches_cluster(&self, role: &Placed<'a>) -> bool {
        let mut bindings = self.bindings_of(role).peekable();
        role.object.is_cluster_scoped()
            && (bindings.peek().is_none() || bindings.any(|bound| bound.binding.cluster_wide))
    }

    fn naming<'g>(&'g self, role: &str) -> impl Iterator<Item = &'g PlacedBinding<'a>> + use<'a, 'g> {
        let bound = self.bound.get(role).into_iter().flatten();
        bound.map(|&at| &self.places[at])
    }

    /// The bindings that give the rules of a role object to an identity, aggregation included.
    #[must_use]
    pub fn held_through<'g>(&'g self, role: &Placed<'_>) -> Vec<Held<'a, 'g>> {
        let index = role.id;
        let mut held = self.held_directly(index);
        for taker in self.roles.takers.get(&index).into_iter().flatten() {
            match *taker {
                Taker::Object(object) if object != index => held.extend(self.held_directly(object)),
                Taker::Object(_) => {}
                Taker::BuiltIn(source, name) => {
                    let takes = |placed: &&PlacedBinding<'_>| {
                        self.places[placed.object].source == source
                            && &*placed.binding.role_kind == "ClusterRole"
                    };
                    held.extend(self.naming(name).filter(takes).map(|binding| Held {
                        binding,
                        through: Some(name),
                        certain: true,
                    }));
                }
            }
        }
        held.retain(|held| held.binding.binding.subjects.iter().any(Subject::is_non_human));
        held
    }

    fn held_directly(&self, index: ObjectId) -> Vec<Held<'a, '_>> {
        let role = &self.places[index];
        let source = |binding: &PlacedBinding<'_>| self.places[binding.object].source;
        let named = self.bindings_of(role);
        let (mut held, others): (Vec<_>, Vec<_>) = named.partition(|binding| source(binding) == role.source);
        held.extend(others.into_iter().take(MOST_BINDINGS));
        let certain = |binding| !self.places.sources.share_a_word_only(source(binding), role.source);
        held.into_iter().map(|binding| Held { binding, through: None, certain: certain(binding) }).collect()
    }

    /// What a role object is to identities.
    #[must_use]
    pub fn role_use(&self, role: &Placed<'a>) -> RoleUse {
        let machine = |bound: &PlacedBinding<'_>| bound.binding.subjects.iter().any(Subject::is_non_human);
        let aggregates = |name: &&str| {
            let key = format!("rbac.authorization.k8s.io/aggregate-to-{name}");
            let label = role.object.label(&key);
            label.and_then(crate::yaml::Node::text).is_some_and(|value| value == "true")
        };
        if self.bindings_of(role).any(machine) {
            RoleUse::Bound
        } else if ["admin", "edit", "view"].iter().any(aggregates) {
            RoleUse::Aggregated
        } else {
            RoleUse::Dormant
        }
    }
}
