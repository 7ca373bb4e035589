//! What roles grant once aggregation is done.
//!
//! Knows roles by the sources they stand in: a built-in role that one cluster's files widen stays as it is in another.
//! Who an identity is, and what all its bindings come to, is not decided here.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use kube_core::labels::{Expression, Selector};

use super::Grants;
use crate::graph::place::{ObjectId, Placed, PlacedBinding, Places, SourceId};
use crate::graph::tables::aggregate::{Aggregation, ClusterRole};
use crate::graph::tables::builtin::{Content, builtin, distribution_role};
use crate::graph::tables::permission::{Rule, is_everything};
use crate::k8s::binding::{is_role, rules};
use crate::source::Span;

/// What is known of the role that a binding names.
#[derive(Clone, Debug)]
pub enum RoleFound<'g> {
    /// Its rules, aggregation included.
    Known {
        /// What it allows.
        rules: Vec<&'g Rule<'g>>,
        /// The objects that say so; none where it is built in, several where variants
        /// of it differ and only one of them applies.
        objects: Vec<ObjectId>,
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
        Self::Known { rules, objects, complete: true, platform: None }
    }

    /// Whether it certainly allows everything; of several variants, each.
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

    /// Whether all that it allows is known.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Known { complete: true, .. })
    }
}

/// What takes the rules of a role in by aggregation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taker {
    /// A role object.
    Object(ObjectId),
    /// A built-in role, in the cluster that a source describes.
    BuiltIn(SourceId, &'static str),
}

/// What the roles of a run grant.
#[derive(Debug, Default)]
pub(super) struct Roles<'a> {
    /// Rules that roles have together: roles that are aggregated from the same roles share a list.
    lists: Vec<Vec<Rule<'a>>>,
    /// By role object, its list.
    of_objects: HashMap<ObjectId, usize>,
    /// The rules of operators' bundles, by the item that holds them.
    of_bundles: HashMap<Span, Vec<Rule<'a>>>,
    /// Built-in roles that the files beside a source widen or narrow.
    of_built_in: HashMap<(SourceId, &'static str), usize>,
    /// By list, the roles that have it by aggregation.
    takers: Vec<Vec<Taker>>,
    /// The lists that the rules of a role object are part of by aggregation.
    taken_by: HashMap<ObjectId, Vec<usize>>,
    /// How many roles were looked at for aggregation.
    effort: usize,
    /// The aggregated roles of which it is not known what they grant, as there is too much to aggregate.
    pub(super) cut: Vec<ObjectId>,
}

/// How many roles are looked at for aggregation in a run.
const MOST: usize = 1 << 20;

impl<'a> Roles<'a> {
    /// Reads every role of a run.
    pub(super) fn read(places: &Places<'a>) -> Self {
        let roles = places.objects.iter().filter(|placed| is_role(&placed.object));
        let written: BTreeMap<ObjectId, ClusterRole<'a>> =
            roles.map(|placed| (placed.id, ClusterRole::from_object(&placed.object))).collect();
        let bundles = places.bindings.iter().filter_map(|placed| placed.binding.bundle);
        let of_bundles =
            bundles.map(|item| (item.span(), rules(item).map(Rule::from_node).collect())).collect();
        let mut this = Self { of_bundles, ..Self::default() };
        let mut wanted: BTreeMap<SourceId, Wanted> = BTreeMap::new();
        for (&object, role) in &written {
            if role.selectors.is_some() && places[object].object.is_cluster_scoped() {
                let of_source = wanted.entry(places[object].source).or_default();
                of_source.objects.push(object);
            } else {
                let list = this.add(role.rules.clone());
                this.of_objects.insert(object, list);
            }
        }
        for placed in &places.bindings {
            let named = builtin().cluster_role(&placed.binding.role_name);
            if let Some(role) = named.filter(|role| role.selectors.is_some()) {
                let source = places[placed.object].source;
                let name = builtin_name(role);
                wanted.entry(source).or_default().built_in.insert(name);
            }
        }
        let feeding = feeding(places, &written);
        for (source, wanted) in wanted {
            this.aggregate(places, &written, &feeding, source, &wanted);
        }
        this
    }

    /// Aggregates once what is wanted in the cluster that a source describes.
    fn aggregate(
        &mut self,
        places: &Places<'a>,
        written: &BTreeMap<ObjectId, ClusterRole<'a>>,
        feeding: &[ObjectId],
        source: SourceId,
        wanted: &Wanted,
    ) {
        let near = |object: &&ObjectId| places.sources.may_share(source, places[**object].source);
        let objects: Vec<ObjectId> = feeding.iter().filter(near).copied().collect();
        // A file that defines a role replaces the built-in one of its name, and no other.
        let own: BTreeSet<&str> = objects.iter().map(|index| &*written[index].name).collect();
        let others = builtin().cluster_roles.iter();
        let others: Vec<&ClusterRole<'static>> = others.filter(|role| !own.contains(&*role.name)).collect();
        let of_files = objects.iter().map(|index| &written[index]);
        let aggregation = Aggregation::new(of_files.chain(others.iter().copied()));
        let mut lists: HashMap<usize, usize> = HashMap::new();
        let mut list_of = |this: &mut Self, position: usize, taker: Taker| {
            let set = aggregation.set_of(position)?;
            let list = match lists.get(&set) {
                Some(&list) => list,
                None => this.take_in(&aggregation, set, &objects)?,
            };
            lists.insert(set, list);
            this.takers[list].push(taker);
            Some(list)
        };
        let wanted_objects: HashSet<ObjectId> = wanted.objects.iter().copied().collect();
        for (position, &object) in objects.iter().enumerate().filter(|(_, one)| wanted_objects.contains(one))
        {
            match list_of(self, position, Taker::Object(object)) {
                Some(list) => drop(self.of_objects.insert(object, list)),
                None => self.cut.push(object),
            }
        }
        for (position, role) in others.iter().enumerate() {
            let name = builtin_name(role);
            if !objects.is_empty() && wanted.built_in.contains(name) {
                match list_of(self, objects.len() + position, Taker::BuiltIn(source, name)) {
                    Some(list) => drop(self.of_built_in.insert((source, name), list)),
                    None => self.cut.extend(objects.first()),
                }
            }
        }
    }

    fn add(&mut self, rules: Vec<Rule<'a>>) -> usize {
        self.lists.push(rules);
        self.takers.push(Vec::new());
        self.lists.len() - 1
    }

    /// The list of rules of the roles that a set of selections takes in; none where that is too much.
    fn take_in(
        &mut self,
        aggregation: &Aggregation<'_, 'a>,
        set: usize,
        objects: &[ObjectId],
    ) -> Option<usize> {
        if aggregation.is_cut() || self.effort > MOST {
            return None;
        }
        let sources = aggregation.sources_of_set(set);
        self.effort += objects.len();
        let list = self.add(aggregation.rules_of(&sources).cloned().collect());
        for object in sources.iter().filter_map(|&source| objects.get(source)) {
            self.taken_by.entry(*object).or_default().push(list);
        }
        Some(list)
    }

    /// The rules of a role object, aggregation included; none where they are not known.
    fn of_object(&self, object: ObjectId) -> Option<&[Rule<'a>]> {
        self.of_objects.get(&object).map(|&list| self.lists[list].as_slice())
    }

    /// The lists that the rules of a role object are part of by aggregation.
    pub(super) fn lists_with(&self, object: ObjectId) -> &[usize] {
        self.taken_by.get(&object).map_or(&[], Vec::as_slice)
    }

    /// By list, the roles that have it by aggregation.
    pub(super) fn takers(&self) -> &[Vec<Taker>] {
        &self.takers
    }
}

/// The aggregated roles whose rules are needed in one source.
#[derive(Default)]
struct Wanted {
    objects: Vec<ObjectId>,
    built_in: BTreeSet<&'static str>,
}

fn builtin_name(role: &ClusterRole<'static>) -> &'static str {
    match role.name {
        std::borrow::Cow::Borrowed(name) => name,
        std::borrow::Cow::Owned(_) => "",
    }
}

/// The `ClusterRole` objects that aggregation can touch: aggregated themselves, of a built-in role's name, or with a
/// label that some selector asks for.
fn feeding(places: &Places<'_>, written: &BTreeMap<ObjectId, ClusterRole<'_>>) -> Vec<ObjectId> {
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    let mut any = false;
    let built_in = builtin().cluster_roles.iter();
    let selectors = built_in
        .flat_map(|role| role.selectors.iter().flatten())
        .chain(written.values().flat_map(|role| role.selectors.iter().flatten()));
    let expressions: Vec<Vec<Expression>> =
        selectors.map(|selector: &Selector| selector.clone().into_iter().collect()).collect();
    for selector in &expressions {
        let key = selector.iter().find_map(|expression| match expression {
            Expression::Equal(key, _) | Expression::In(key, _) | Expression::Exists(key) => Some(key),
            _ => None,
        });
        match key {
            Some(key) => drop(asked.insert(key)),
            None => any = true,
        }
    }
    let feeds = |object: &ObjectId| {
        let role = &written[object];
        places[*object].object.is_cluster_scoped()
            && (any
                || role.selectors.is_some()
                || role.labels.keys().any(|key| asked.contains(key.as_str()))
                || builtin().cluster_role(&role.name).is_some())
    };
    written.keys().copied().filter(feeds).collect()
}

/// What a binding names: bindings with the same key are given the same rules, with the same certainty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RoleKey<'g> {
    /// An item of an operator's bundle.
    Bundle(Span),
    /// The only role object that it can mean: the list of its rules, where it stands and where the binding does.
    List(usize, SourceId, SourceId),
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
        match self.role_objects(placed).as_slice() {
            [one] if builtin().cluster_role(&binding.role_name).is_none() => {
                match self.roles.of_objects.get(one) {
                    Some(&list) => RoleKey::List(list, self.places[*one].source, at.source),
                    None => RoleKey::Name(at.source, &binding.role_kind, namespace, &binding.role_name),
                }
            }
            _ => RoleKey::Name(at.source, &binding.role_kind, namespace, &binding.role_name),
        }
    }

    /// The role objects that a binding may mean.
    pub(super) fn role_objects(&self, placed: &PlacedBinding<'_>) -> Vec<ObjectId> {
        let (binding, at) = (&placed.binding, &self.places[placed.object]);
        let namespace = at.namespace.as_deref().filter(|_| &*binding.role_kind != "ClusterRole");
        self.places.lookup(at.source, &binding.role_kind, namespace, &binding.role_name)
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
            let known = objects.iter().map(|&object| self.roles.of_object(object));
            let complete = known.clone().all(|rules| rules.is_some());
            let rules = known.flatten().flatten().collect();
            return RoleFound::Known { rules, objects, complete, platform: None };
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
                Some(&list) => self.roles.lists[list].iter().collect(),
                None => builtin().rules(name).unwrap_or_default(),
            };
            return RoleFound::whole(rules, Vec::new());
        }
        match distribution_role(&binding.role_name) {
            Some(role) if role.content != Content::Unknown => RoleFound::Known {
                rules: role.rules.iter().collect(),
                objects: Vec::new(),
                complete: role.content == Content::Full,
                platform: Some(role.platform),
            },
            _ => RoleFound::Unknown,
        }
    }

    /// The rules of a role object, aggregation included.
    pub(super) fn rules_at(&self, object: ObjectId) -> &[Rule<'a>] {
        self.roles.of_object(object).unwrap_or_default()
    }

    /// The rules of a `ClusterRole` by name, as seen from a source; none where it is neither in the run nor built in.
    #[must_use]
    pub fn cluster_role<'g>(&'g self, from: SourceId, name: &str) -> Option<Vec<&'g Rule<'g>>> {
        let objects = self.places.lookup(from, "ClusterRole", None, name);
        if objects.is_empty() {
            return builtin().rules(name);
        }
        let rules = objects.iter().filter_map(|&object| self.roles.of_object(object));
        Some(rules.flatten().collect())
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
