//! The role that a binding names, and what it grants.
//!
//! Who an identity is, and what all its bindings come to, is not decided here.

use std::collections::HashMap;

use super::Grants;
use super::lists::builtin_name;
use crate::graph::place::{ObjectId, Placed, PlacedBinding, SourceId};
use crate::graph::tables::builtin::{Content, builtin, distribution_role};
use crate::graph::tables::permission::{Rule, is_everything};
use crate::source::Span;

/// What is known of the role that a binding names.
#[derive(Clone, Debug)]
pub enum RoleFound<'g> {
    /// Its rules, aggregation included.
    Known {
        /// What it allows.
        rules: Vec<&'g Rule<'g>>,
        /// The objects that say so, the one that is applied first where that is known; none where it is built in. Of
        /// several any may be the one that is applied, so what each of them allows counts.
        objects: Vec<ObjectId>,
        /// Whether it is certain that one of them is what the binding means.
        certain: bool,
        /// Whether these are all of its rules; a platform's role may be known in part.
        complete: bool,
        /// The platform or add-on that brings it along, where it is neither in the run nor made by every API server.
        platform: Option<&'static str>,
    },
    /// It is not in the run: what it grants is unknown, never nothing.
    Unknown,
}

impl<'g> RoleFound<'g> {
    /// A role of which everything is known.
    fn whole(rules: Vec<&'g Rule<'g>>, objects: Vec<ObjectId>) -> Self {
        Self::Known { rules, objects, certain: true, complete: true, platform: None }
    }

    /// Whether it allows everything, or may.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        is_everything(self.rules())
    }

    /// What it allows at least.
    pub fn rules(&self) -> impl Iterator<Item = &'g Rule<'g>> + use<'_, 'g> {
        let rules = match self {
            Self::Known { rules, .. } => rules.as_slice(),
            Self::Unknown => &[],
        };
        rules.iter().copied()
    }

    /// The objects that say so, as in [`RoleFound::Known`].
    #[must_use]
    pub fn objects(&self) -> &[ObjectId] {
        match self {
            Self::Known { objects, .. } => objects,
            Self::Unknown => &[],
        }
    }

    /// Whether it is certain that the binding means one of the objects.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        matches!(self, Self::Known { certain: true, .. })
    }

    /// Whether all that it allows is known.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Known { complete: true, .. })
    }
}

/// What a binding names: bindings with the same key are given the same rules, with the same certainty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RoleKey<'g> {
    /// An item of an operator's bundle.
    Bundle(Span),
    /// The only role object that it can mean: the list of its rules, and whether it is certain that it means it.
    List(usize, bool),
    /// A kind, a namespace and a name, as seen from a source.
    Name(SourceId, &'g str, Option<&'g str>, &'g str),
}

impl<'a> Grants<'a> {
    /// What a binding names.
    pub(in crate::graph) fn role_key<'g>(&'g self, placed: &'g PlacedBinding<'_>) -> RoleKey<'g> {
        let (binding, at) = (&placed.binding, &self.places[placed.object]);
        if let Some(item) = binding.bundle {
            return RoleKey::Bundle(item.span());
        }
        let namespace = at.namespace.as_deref().filter(|_| &*binding.role_kind != "ClusterRole");
        let objects = self.places.lookup(at.source, &binding.role_kind, namespace, &binding.role_name);
        let only = match objects[..] {
            [one] if builtin().cluster_role(&binding.role_name).is_none() => Some(one),
            _ => None,
        };
        match only.and_then(|one| Some((one, *self.roles.of_objects.get(&one)?))) {
            Some((one, list)) => {
                let certain = !self.places.sources.share_a_word_only(at.source, self.places[one].source);
                RoleKey::List(list, certain)
            }
            None => RoleKey::Name(at.source, &binding.role_kind, namespace, &binding.role_name),
        }
    }

    /// What is known of the role that a binding names: in its own source, beside it, or built in.
    #[must_use]
    pub fn role_of<'g>(&'g self, placed: &PlacedBinding<'_>) -> RoleFound<'g> {
        let (binding, at) = (&placed.binding, &self.places[placed.object]);
        if let Some(item) = binding.bundle {
            let rules = self.roles.of_bundles.get(&item.span()).into_iter().flatten().collect();
            return RoleFound::whole(rules, vec![placed.object]);
        }
        let cluster = &*binding.role_kind == "ClusterRole";
        let namespace = at.namespace.as_deref().filter(|_| !cluster);
        let objects = self.places.lookup(at.source, &binding.role_kind, namespace, &binding.role_name);
        if !objects.is_empty() {
            return self.written(at, cluster, objects);
        }
        if !cluster {
            let role = namespace.and_then(|namespace| builtin().role(namespace, &binding.role_name));
            return role.map_or(RoleFound::Unknown, |role| {
                RoleFound::whole(role.rules.iter().collect(), Vec::new())
            });
        }
        if let Some(role) = builtin().cluster_role(&binding.role_name) {
            let name = builtin_name(role);
            let rules = match self.roles.of_built_in.get(&(at.source, name)) {
                Some(&list) => self.roles.rules(list).collect(),
                None => builtin().rules(name).unwrap_or_default(),
            };
            return RoleFound::whole(rules, Vec::new());
        }
        match distribution_role(&binding.role_name) {
            Some(role) if role.content != Content::Unknown => RoleFound::Known {
                rules: role.rules.iter().collect(),
                objects: Vec::new(),
                certain: true,
                complete: role.content == Content::Full,
                platform: Some(role.platform),
            },
            _ => RoleFound::Unknown,
        }
    }

    /// What the role objects say that a binding may mean. Those count of which not just a word in a path says that they are
    /// for its cluster, where there are such. What every API server brings comes with them: it gives a role of that name
    /// back what a file takes away (kubernetes `pkg/registry/rbac/reconciliation`).
    fn written<'g>(&'g self, at: &Placed<'_>, cluster: bool, mut objects: Vec<ObjectId>) -> RoleFound<'g> {
        let by_word =
            |object: &ObjectId| self.places.sources.share_a_word_only(at.source, self.places[*object].source);
        let certain = !objects.iter().all(by_word);
        objects.retain(|object| !certain || !by_word(object));
        let complete = objects.iter().all(|&object| self.roles.is_known(object));
        let own = objects.iter().flat_map(|&object| self.rules_at(object));
        let name = &*self.places[objects[0]].object.name;
        let built_in = Some(name).filter(|_| cluster).and_then(|name| builtin().rules(name));
        let rules = own.chain(built_in.into_iter().flatten()).collect();
        RoleFound::Known { rules, objects, certain, complete, platform: None }
    }

    /// The rules of a role object, aggregation included.
    pub(super) fn rules_at(&self, object: ObjectId) -> impl Iterator<Item = &Rule<'a>> {
        self.roles.of_object(object)
    }

    /// The rules of a `ClusterRole` by name, as seen from a source; none where it is neither in the run nor built in. Of
    /// several definitions all count.
    #[must_use]
    pub fn cluster_role<'g>(&'g self, from: SourceId, name: &str) -> Option<Vec<&'g Rule<'g>>> {
        let objects = self.places.lookup(from, "ClusterRole", None, name);
        let built_in = builtin().rules(name);
        (!objects.is_empty() || built_in.is_some()).then(|| {
            let written = objects.iter().flat_map(|&object| self.rules_at(object));
            written.chain(built_in.into_iter().flatten()).collect()
        })
    }

    /// The rules of a `ClusterRole` as the files beside a source leave it when they are applied, the last one last.
    pub(super) fn applied_role<'g>(&'g self, from: SourceId, name: &str) -> Option<Vec<&'g Rule<'g>>> {
        match self.places.lookup(from, "ClusterRole", None, name).first() {
            Some(object) => Some(self.rules_at(*object).collect()),
            None => builtin().rules(name),
        }
    }

    /// Where a Role stands that a RoleBinding names and cannot see, since it is in another namespace.
    #[must_use]
    pub fn role_elsewhere(&self, placed: &PlacedBinding<'_>) -> Option<&Placed<'a>> {
        let namesakes = self.namesakes.get_or_init(|| {
            let mut namesakes: HashMap<String, Vec<ObjectId>> = HashMap::new();
            let roles = self.places.objects.iter();
            for role in roles.filter(|role| &*role.object.kind == "Role" && !role.partial) {
                namesakes.entry(role.object.name.to_string()).or_default().push(role.id);
            }
            namesakes
        });
        let at = &self.places[placed.object];
        let here = at.namespace.as_deref()?;
        let named = namesakes.get(&*placed.binding.role_name)?.iter().map(|&role| &self.places[role]);
        let mut near = named.filter(|role| role.source == at.source);
        near.find(|role| role.namespace.as_deref().is_some_and(|namespace| namespace != here))
    }
}
