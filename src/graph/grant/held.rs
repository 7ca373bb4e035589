//! Through which bindings the rules of a role object are held.

use super::Grants;
use super::roles::Taker;
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

/// A binding through which the rules of a role object are held.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a, 'g> {
    /// The binding.
    pub binding: &'g PlacedBinding<'a>,
    /// The built-in role that it names, where that takes the rules in by aggregation.
    pub through: Option<&'static str>,
    /// Whether the role object is the only one that it can mean.
    pub certain: bool,
}

/// A role object that takes others in, a built-in role that does, and the binding that names it.
pub(super) type HeldByList = (Option<ObjectId>, Option<&'static str>, BindingId);

impl<'a> Grants<'a> {
    /// The bindings that name a role object.
    pub fn bindings_of<'g>(&'g self, role: &'g Placed<'a>) -> impl Iterator<Item = &'g PlacedBinding<'a>> {
        let cluster = role.object.is_cluster_scoped();
        self.naming(&role.object.name).filter(move |placed| {
            let (binding, at) = (&placed.binding, &self.places[placed.object]);
            (&*binding.role_kind == "ClusterRole") == cluster
                && if cluster {
                    self.places.sources.may_share(at.source, role.source)
                } else {
                    self.places.same_namespace(at, role)
                }
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
        for &list in self.roles.lists_with(index) {
            held.extend(
                self.held_by_list(list).iter().filter(|held| held.0 != Some(index)).map(|held| Held {
                    binding: &self.places[held.2],
                    through: held.1,
                    certain: true,
                }),
            );
        }
        held.retain(|held| held.binding.binding.subjects.iter().any(Subject::is_non_human));
        held
    }

    /// The bindings of the roles that have a list by aggregation, those for the whole cluster first: no more than can be read.
    /// Each with the role object and with the built-in role that it names.
    fn held_by_list(&self, list: usize) -> &[HeldByList] {
        let by_list = self.held_by_list.get_or_init(|| {
            let lists = self.roles.takers().iter();
            lists.map(|takers| self.held_by_takers(takers)).collect()
        });
        &by_list[list]
    }

    fn held_by_takers(&self, takers: &[Taker]) -> Vec<HeldByList> {
        const MOST: usize = 256;
        let mut held = Vec::new();
        for taker in takers {
            match *taker {
                Taker::Object(object) => held.extend(
                    self.held_directly(object).into_iter().map(|held| (Some(object), None, held.binding.id)),
                ),
                Taker::BuiltIn(source, name) => {
                    let takes = |placed: &&PlacedBinding<'_>| {
                        self.places[placed.object].source == source
                            && &*placed.binding.role_kind == "ClusterRole"
                    };
                    held.extend(
                        self.naming(name).filter(takes).map(|binding| (None, Some(name), binding.id)),
                    );
                }
            }
        }
        held.retain(|held| self.places[held.2].binding.subjects.iter().any(Subject::is_non_human));
        held.sort_by_key(|held| !self.places[held.2].binding.cluster_wide);
        held.truncate(MOST);
        held
    }

    fn held_directly<'g>(&'g self, index: ObjectId) -> Vec<Held<'a, 'g>> {
        let held = |binding: &'g PlacedBinding<'a>| {
            let objects = self.role_objects(binding);
            let may_mean = binding.binding.bundle.is_none() && objects.contains(&index);
            may_mean.then(|| Held { binding, through: None, certain: objects.len() == 1 })
        };
        self.bindings_of(&self.places[index]).filter_map(held).collect()
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
