//! The role that a binding names, and what it grants.
//!
//! Who an identity is, and what all its bindings come to, is not decided here.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::Grants;
use super::lists::{Roles, builtin_name};
use crate::graph::place::{ObjectId, Placed, PlacedBinding, Places, SourceId};
use crate::graph::tables::builtin::{Content, beyond_floor, builtin, distribution_role};
use crate::graph::tables::permission::{ALL, Request, Rule, is_everything};
use crate::graph::tables::primitive::{Primitive, unlimited};

/// What is known of the role that a binding names.
#[derive(Clone, Debug)]
pub enum RoleFound<'g> {
    /// Its rules, aggregation included.
    Known {
        /// What it allows.
        rules: RoleRules<'g>,
        /// The objects that say so, the one that is applied first where that is known; none where it is built in. Of
        /// several any may be the one that is applied, so what each of them allows counts.
        objects: &'g [ObjectId],
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

/// The rules of a role. Roles with the same rules share them, and what is found of them.
#[derive(Clone, Copy, Debug)]
pub struct RoleRules<'g> {
    roles: &'g Roles<'g>,
    set: &'g RuleSet,
}

impl<'g> RoleRules<'g> {
    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = &'g Rule<'g>> + use<'g> {
        self.set.lists.iter().flat_map(move |&list| self.roles.rules(list))
    }
}

/// Lists of rules that a role grants together, and what is found of them when it is first asked for.
#[derive(Debug, Default)]
struct RuleSet {
    /// Its position among all.
    number: usize,
    lists: Vec<usize>,
    everything: OnceLock<bool>,
    beyond_floor: OnceLock<bool>,
    follows: OnceLock<bool>,
    deploys: OnceLock<bool>,
    unlimited: [OnceLock<Vec<(&'static Primitive, &'static str)>>; 2],
}

impl<'g> RoleFound<'g> {
    /// What it allows at least.
    pub fn rules(&self) -> impl Iterator<Item = &'g Rule<'g>> + use<'g> {
        let rules = match self {
            Self::Known { rules, .. } => Some(*rules),
            Self::Unknown => None,
        };
        rules.into_iter().flat_map(RoleRules::iter)
    }

    /// What tells roles apart that give different things where they are bound: their rules, and whether those are certain.
    pub(in crate::graph) fn key(&self) -> Option<(usize, bool)> {
        match self {
            Self::Known { rules, certain, platform, .. } => {
                Some((rules.set.number, *certain && platform.is_none()))
            }
            Self::Unknown => None,
        }
    }

    fn fact(&self, known: fn(&RuleSet) -> &OnceLock<bool>, find: impl FnOnce(RoleRules<'g>) -> bool) -> bool {
        match self {
            Self::Known { rules, .. } => *known(rules.set).get_or_init(|| find(*rules)),
            Self::Unknown => false,
        }
    }

    /// Whether it allows everything, or may.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.fact(|set| &set.everything, |rules| is_everything(rules.iter()))
    }

    /// Whether it allows anything beyond what every account may do anyway.
    #[must_use]
    pub fn is_beyond_floor(&self) -> bool {
        self.fact(|set| &set.beyond_floor, |rules| beyond_floor(rules.iter()))
    }

    /// Whether it lets somebody list or watch.
    #[must_use]
    pub fn follows(&self) -> bool {
        let follows =
            |rule: &Rule<'_>| rule.verbs.iter().any(|verb| matches!(&**verb, ALL | "list" | "watch"));
        self.fact(|set| &set.follows, |rules| rules.iter().any(follows))
    }

    /// Whether it lets somebody change workloads.
    #[must_use]
    pub fn deploys(&self) -> bool {
        let writes = |rule: &Rule<'_>| {
            let resources = ["deployments", "statefulsets", "daemonsets"].into_iter();
            let pairs =
                resources.flat_map(|resource| ["patch", "update", "create"].map(|verb| (verb, resource)));
            let mut requests = pairs.map(|(verb, resource)| Request::resource(verb, "apps", resource));
            requests
                .any(|request| rule.allows(&rule.names.first().map_or(request, |name| request.named(name))))
        };
        self.fact(|set| &set.deploys, |rules| rules.iter().any(writes))
    }

    /// The primitives that it shows for every name, each with the resource that shows it: see [`unlimited`].
    #[must_use]
    pub fn unlimited(&self, cluster_wide: bool) -> &'g [(&'static Primitive, &'static str)] {
        match self {
            Self::Known { rules, .. } => {
                let known = &rules.set.unlimited[usize::from(cluster_wide)];
                known.get_or_init(|| {
                    let shown = unlimited(rules.iter(), cluster_wide).into_iter();
                    shown.map(|(primitive, shown)| (primitive, shown.resource)).collect()
                })
            }
            Self::Unknown => &[],
        }
    }

    /// The objects that say so, as in [`RoleFound::Known`].
    #[must_use]
    pub fn objects(&self) -> &'g [ObjectId] {
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

/// What a binding means.
#[derive(Debug)]
struct Meaning {
    /// Position among the sets of rules.
    set: usize,
    objects: Vec<ObjectId>,
    certain: bool,
    complete: bool,
    platform: Option<&'static str>,
}

/// What the bindings of a run mean: those that name the same role in the same place share it.
#[derive(Debug, Default)]
pub(super) struct Meanings {
    /// By position of the binding; none where the role is not known.
    of_bindings: Vec<Option<usize>>,
    all: Vec<Meaning>,
    sets: Vec<RuleSet>,
    known_sets: HashMap<Vec<usize>, usize>,
}

impl Meanings {
    pub(super) fn of(places: &Places<'_>, roles: &mut Roles<'_>) -> Self {
        let mut this = Self::default();
        let mut known: HashMap<(SourceId, &str, Option<&str>, &str), Option<usize>> = HashMap::new();
        for placed in &places.bindings {
            let (binding, at) = (&placed.binding, &places[placed.object]);
            let namespace = at.namespace.as_deref().filter(|_| &*binding.role_kind != "ClusterRole");
            let key = (at.source, &*binding.role_kind, namespace, &*binding.role_name);
            let meaning = if let Some(&meaning) = known.get(&key).filter(|_| binding.bundle.is_none()) {
                meaning
            } else {
                let meaning = this.find(places, roles, placed).map(|meaning| {
                    this.all.push(meaning);
                    this.all.len() - 1
                });
                if binding.bundle.is_none() {
                    known.insert(key, meaning);
                }
                meaning
            };
            this.of_bindings.push(meaning);
        }
        this
    }

    fn set(&mut self, lists: Vec<usize>) -> usize {
        let number = self.sets.len();
        *self.known_sets.entry(lists).or_insert_with_key(|lists| {
            self.sets.push(RuleSet { number, lists: lists.clone(), ..RuleSet::default() });
            number
        })
    }

    /// A role of which everything is known.
    fn whole(&mut self, list: usize, objects: Vec<ObjectId>) -> Meaning {
        Meaning { set: self.set(vec![list]), objects, certain: true, complete: true, platform: None }
    }

    fn find(
        &mut self,
        places: &Places<'_>,
        roles: &mut Roles<'_>,
        placed: &PlacedBinding<'_>,
    ) -> Option<Meaning> {
        let (binding, at) = (&placed.binding, &places[placed.object]);
        if let Some(item) = binding.bundle {
            return Some(self.whole(*roles.of_bundles.get(&item.span())?, vec![placed.object]));
        }
        let cluster = &*binding.role_kind == "ClusterRole";
        let namespace = at.namespace.as_deref().filter(|_| !cluster);
        let objects = places.lookup(at.source, &binding.role_kind, namespace, &binding.role_name);
        if !objects.is_empty() {
            return Some(self.written(places, roles, at, cluster, objects));
        }
        if !cluster {
            let role = builtin().role(namespace?, &binding.role_name)?;
            return Some(self.whole(roles.list_of(vec![role.rules.as_slice()]), Vec::new()));
        }
        if let Some(role) = builtin().cluster_role(&binding.role_name) {
            let name = builtin_name(role);
            let list = match roles.of_built_in.get(&(places.sources.view(at.source), name)) {
                Some(&list) => list,
                None => roles.list_of(builtin().parts(name).unwrap_or_default()),
            };
            return Some(self.whole(list, Vec::new()));
        }
        let role = distribution_role(&binding.role_name).filter(|role| role.content != Content::Unknown)?;
        let complete = role.content == Content::Full;
        let known = self.whole(roles.list_of(vec![role.rules.as_slice()]), Vec::new());
        Some(Meaning { complete, platform: Some(role.platform), ..known })
    }

    /// What the role objects say that a binding may mean. Those count of which not just a word in a path says that they are
    /// for its cluster, where there are such. What every API server brings comes with them: it gives a role of that name
    /// back what a file takes away (kubernetes `pkg/registry/rbac/reconciliation`).
    fn written(
        &mut self,
        places: &Places<'_>,
        roles: &mut Roles<'_>,
        at: &Placed<'_>,
        cluster: bool,
        mut objects: Vec<ObjectId>,
    ) -> Meaning {
        let by_word = |object: &ObjectId| places.sources.share_a_word_only(at.source, places[*object].source);
        let certain = !objects.iter().all(by_word);
        objects.retain(|object| !certain || !by_word(object));
        let complete = objects.iter().all(|object| roles.of_objects.contains_key(object));
        let own = objects.iter().filter_map(|object| roles.of_objects.get(object)).copied();
        let mut lists: Vec<usize> = own.collect();
        let name = &*places[objects[0]].object.name;
        if let Some(parts) = Some(name).filter(|_| cluster).and_then(|name| builtin().parts(name)) {
            lists.push(roles.list_of(parts));
        }
        Meaning { set: self.set(lists), objects, certain, complete, platform: None }
    }
}

impl<'a> Grants<'a> {
    /// What is known of the role that a binding names: in its own source, beside it, or built in.
    #[must_use]
    pub fn role_of<'g>(&'g self, placed: &PlacedBinding<'_>) -> RoleFound<'g> {
        let Some(meaning) = self.meanings.of_bindings[placed.id.position()] else {
            return RoleFound::Unknown;
        };
        let Meaning { set, objects, certain, complete, platform } = &self.meanings.all[meaning];
        RoleFound::Known {
            rules: RoleRules { roles: &self.roles, set: &self.meanings.sets[*set] },
            objects,
            certain: *certain,
            complete: *complete,
            platform: *platform,
        }
    }

    /// Whether what a binding gives reaches outside of namespaces, too: see `Places::reaches_outside`.
    #[must_use]
    pub fn reaches_outside(&self, bound: &PlacedBinding<'_>) -> Option<bool> {
        let RoleFound::Known { rules, complete: true, .. } = self.role_of(bound) else {
            return None;
        };
        let view = self.places.sources.view(self.places[bound.object].source);
        let key = (view, rules.set.number);
        let known = self.outside.lock().ok().and_then(|known| known.get(&key).copied());
        known.unwrap_or_else(|| {
            let found = self.places.reaches_outside(view, rules.iter());
            if let Ok(mut known) = self.outside.lock() {
                known.insert(key, found);
            }
            found
        })
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
        match self.places.definitions(from, "ClusterRole", None, name).next() {
            Some(object) => Some(self.rules_at(object).collect()),
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
