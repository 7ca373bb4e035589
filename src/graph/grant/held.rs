//! Through which bindings the rules of a role object are held.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::Grants;
use super::lists::Taker;
use crate::graph::place::{BindingId, ByName, ObjectId, Placed, PlacedBinding, SourceId};
use crate::k8s::binding::{Subject, is_role};

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

/// Through so many bindings a role object is followed in any case, those for the whole cluster first.
const FEW: usize = 256;

/// Where roles are held through more, so many bindings are followed in a run.
const MOST: usize = 1 << 19;

/// The bindings that name a role: those for machines first, and of these those for the whole cluster.
#[derive(Debug, Default)]
pub(super) struct Naming {
    pub(super) all: Vec<BindingId>,
    of_sources: HashMap<SourceId, Vec<BindingId>>,
    of_views: HashMap<SourceId, Vec<BindingId>>,
}

/// Bindings by the role that they name, by whether that is a ClusterRole, and by namespace and name.
pub(super) type Named = [ByName<Naming>; 2];

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
    /// Files the bindings by the role that they name.
    pub(super) fn file_by_role(&mut self) {
        let places = Arc::clone(&self.places);
        let machine = |bound: &PlacedBinding<'_>| bound.binding.subjects.iter().any(Subject::is_non_human);
        let named = places.bindings.iter().filter(|placed| placed.binding.bundle.is_none());
        let mut sorted: Vec<&PlacedBinding<'_>> = named.collect();
        sorted.sort_by_cached_key(|placed| (!machine(placed), !placed.binding.cluster_wide));
        for placed in sorted {
            let at = &places[placed.object];
            let cluster = &*placed.binding.role_kind == "ClusterRole";
            let namespace = at.namespace.as_deref().filter(|_| !cluster);
            let naming = self.named[usize::from(cluster)].entry(namespace, &placed.binding.role_name);
            naming.all.push(placed.id);
            naming.of_sources.entry(at.source).or_default().push(placed.id);
            naming.of_views.entry(places.sources.view(at.source)).or_default().push(placed.id);
        }
    }

    fn naming(&self, role: &Placed<'_>) -> Option<&Naming> {
        let cluster = role.object.is_cluster_scoped();
        let namespace = role.namespace.as_deref().filter(|_| !cluster);
        self.named[usize::from(cluster)].get(namespace, &role.object.name)
    }

    /// The bindings that name a role object: those of its own source, then those of others.
    pub fn bindings_of<'g>(&'g self, role: &'g Placed<'a>) -> impl Iterator<Item = &'g PlacedBinding<'a>> {
        self.naming_beside(role).chain(self.naming_from_afar(role))
    }

    fn naming_beside<'g>(
        &'g self,
        role: &Placed<'_>,
    ) -> impl Iterator<Item = &'g PlacedBinding<'a>> + use<'a, 'g> {
        let own = self.naming(role).and_then(|naming| naming.of_sources.get(&role.source));
        own.into_iter().flatten().map(|&at| &self.places[at])
    }

    fn naming_from_afar<'g>(&'g self, role: &'g Placed<'_>) -> impl Iterator<Item = &'g PlacedBinding<'a>> {
        let known = role.object.is_cluster_scoped() || role.namespace.is_some();
        let all = self.naming(role).filter(|_| known).into_iter().flat_map(|naming| &naming.all);
        all.map(|&at| &self.places[at]).filter(|placed| {
            let source = self.places[placed.object].source;
            source != role.source && self.places.sources.may_define(source, role.source)
        })
    }

    /// Whether something may give the rules of a role object in the whole cluster: `RoleBindings` do not.
    #[must_use]
    pub fn reaches_cluster(&self, role: &Placed<'a>) -> bool {
        let mut bindings = self.bindings_of(role).peekable();
        role.object.is_cluster_scoped()
            && (bindings.peek().is_none() || bindings.any(|bound| bound.binding.cluster_wide))
    }

    /// The bindings that give the rules of a role object to an identity, aggregation included.
    #[must_use]
    pub fn held_through<'g>(&'g self, role: &Placed<'_>) -> Vec<Held<'a, 'g>> {
        let index = role.id;
        let most = if self.held_by_too_many().contains(&index) { FEW } else { usize::MAX };
        let mut held: Vec<Held<'_, '_>> = self.held_directly(index).take(most).collect();
        let mut of_lists: Vec<&HeldByList> = Vec::new();
        for &list in self.roles.lists_with(index) {
            let others = self.held_by_list(list).iter().filter(|held| held.object != Some(index));
            of_lists.extend(others.take(most - of_lists.len().min(most)));
        }
        // As the files stand, whichever list it is.
        of_lists.sort_by_key(|held| {
            let at = held.object.unwrap_or(self.places[held.binding].object);
            (self.places[at].source, held.object.is_none(), held.object)
        });
        held.extend(of_lists.into_iter().map(|held| Held {
            binding: &self.places[held.binding],
            through: held.through,
            certain: held.certain,
        }));
        held.retain(|held| held.binding.binding.subjects.iter().any(Subject::is_non_human));
        held
    }

    /// The role objects that are held through more bindings than are followed.
    pub(super) fn held_by_too_many(&self) -> &BTreeSet<ObjectId> {
        self.held_by_too_many.get_or_init(|| {
            let mut effort = 0;
            let roles = self.places.objects.iter().filter(|placed| is_role(&placed.object));
            let too_many = roles.filter(|role| {
                let beside = self.naming(role).and_then(|naming| naming.of_sources.get(&role.source));
                let lists = self.roles.lists_with(role.id).iter().map(|&list| self.held_by_list(list).len());
                let count = beside.map_or(0, Vec::len) + lists.sum::<usize>();
                effort += if count > FEW { count } else { 0 };
                count > FEW && effort > MOST
            });
            too_many.map(|role| role.id).collect()
        })
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
                    held.extend(self.held_directly(object).map(|held| HeldByList {
                        object: Some(object),
                        through: None,
                        binding: held.binding.id,
                        certain: held.certain,
                    }));
                }
                Taker::BuiltIn(source, name) => {
                    let naming = self.named[1].get(None, name);
                    let named = naming.and_then(|naming| naming.of_views.get(&source));
                    let mut named: Vec<BindingId> = named.into_iter().flatten().copied().collect();
                    named.sort_by_key(|&binding| self.places[self.places[binding].object].source);
                    held.extend(named.into_iter().map(|binding| HeldByList {
                        object: None,
                        through: Some(name),
                        binding,
                        certain: true,
                    }));
                }
            }
        }
        held.retain(|held| self.places[held.binding].binding.subjects.iter().any(Subject::is_non_human));
        held.sort_by_key(|held| !self.places[held.binding].binding.cluster_wide);
        held
    }

    fn held_directly(&self, index: ObjectId) -> impl Iterator<Item = Held<'a, '_>> {
        let role = &self.places[index];
        let held = self.naming_beside(role).chain(self.naming_from_afar(role).take(MOST_BINDINGS));
        held.map(|binding| {
            let source = self.places[binding.object].source;
            let certain = !self.places.sources.share_a_word_only(source, role.source);
            Held { binding, through: None, certain }
        })
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
        // Those for machines come first.
        let mut firsts = self.naming_beside(role).take(1).chain(self.naming_from_afar(role).take(1));
        if firsts.any(machine) {
            RoleUse::Bound
        } else if ["admin", "edit", "view"].iter().any(aggregates) {
            RoleUse::Aggregated
        } else {
            RoleUse::Dormant
        }
    }
}
