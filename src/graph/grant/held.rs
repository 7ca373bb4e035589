//! Through which bindings the rules of a role object are held.

use super::Grants;
use super::lists::Taker;
use crate::graph::place::{BindingId, ObjectId, Placed, PlacedBinding};
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

/// Through how many bindings of roles that aggregate it a role object is held, those for the whole cluster first: no more
/// than can be read.
const MOST_AGGREGATED: usize = 256;

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

/// A binding of a role that has a list of rules by aggregation.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldByList {
    /// The role object that it names; none where the role is built in.
    object: Option<ObjectId>,
    through: Option<&'static str>,
    binding: BindingId,
    certain: bool,
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

    fn naming<'g>(&'g self, role: &str) -> impl Iterator<Item = &'g PlacedBinding<'a>> + use<'a, 'g> {
        let bound = self.bound.get(role).into_iter().flatten();
        bound.map(|&at| &self.places[at])
    }

    /// The bindings that give the rules of a role object to an identity, aggregation included.
    #[must_use]
    pub fn held_through<'g>(&'g self, role: &Placed<'_>) -> Vec<Held<'a, 'g>> {
        let index = role.id;
        let mut held = self.held_directly(index);
        let lists = || self.roles.lists_with(index).iter().map(|&list| self.held_by_list(list));
        let is_wide = |held: &&HeldByList| self.places[held.binding].binding.cluster_wide;
        let wide = lists().flat_map(|list| list.iter().take_while(is_wide));
        let others = lists().flat_map(|list| list.iter().skip_while(is_wide));
        let of_others = wide.chain(others).filter(|held| held.object != Some(index)).take(MOST_AGGREGATED);
        held.extend(of_others.map(|held| Held {
            binding: &self.places[held.binding],
            through: held.through,
            certain: held.certain,
        }));
        held.retain(|held| held.binding.binding.subjects.iter().any(Subject::is_non_human));
        held
    }

    /// The bindings of the roles that have a list by aggregation, those for the whole cluster first.
    fn held_by_list(&self, list: usize) -> &[HeldByList] {
        let by_list = self.held_by_list.get_or_init(|| {
            let lists = self.roles.takers().iter();
            lists.map(|takers| self.held_by_takers(takers)).collect()
        });
        &by_list[list]
    }

    fn held_by_takers(&self, takers: &[Taker]) -> Vec<HeldByList> {
        let mut held = Vec::new();
        for taker in takers {
            match *taker {
                Taker::Object(object) => {
                    held.extend(self.held_directly(object).into_iter().map(|held| HeldByList {
                        object: Some(object),
                        through: None,
                        binding: held.binding.id,
                        certain: held.certain,
                    }));
                }
                Taker::BuiltIn(source, name) => {
                    let takes = |placed: &&PlacedBinding<'_>| {
                        self.places[placed.object].source == source
                            && &*placed.binding.role_kind == "ClusterRole"
                    };
                    held.extend(self.naming(name).filter(takes).map(|binding| HeldByList {
                        object: None,
                        through: Some(name),
                        binding: binding.id,
                        certain: true,
                    }));
                }
            }
        }
        held.retain(|held| self.places[held.binding].binding.subjects.iter().any(Subject::is_non_human));
        held.sort_by_key(|held| (!self.places[held.binding].binding.cluster_wide, !held.certain));
        // One more, as a role that aggregates itself is not held through itself.
        held.truncate(MOST_AGGREGATED + 1);
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
