//! What roles grant once aggregation is done.
//!
//! Knows roles by the sources they stand in: a built-in role that one cluster's files widen stays as it is in another.
//! Who an identity is, and what all its bindings come to, is not decided here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    /// Those of role objects.
    of_objects: HashMap<ObjectId, Vec<Rule<'a>>>,
    /// The rules of operators' bundles, by the item that holds them.
    of_bundles: HashMap<Span, Vec<Rule<'a>>>,
    /// Built-in roles that the files beside a source widen or narrow.
    of_built_in: HashMap<(SourceId, &'static str), Vec<Rule<'a>>>,
    /// What takes the rules of a role object in.
    pub(super) takers: HashMap<ObjectId, Vec<Taker>>,
}

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
                this.of_objects.insert(object, role.rules.clone());
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
        let near = |object: &&ObjectId| places.sources.may_define(source, places[**object].source);
        let objects: Vec<ObjectId> = feeding.iter().filter(near).copied().collect();
        // A file that defines a role replaces the built-in one of its name, and no other.
        let own: BTreeSet<&str> = objects.iter().map(|index| &*written[index].name).collect();
        let others = builtin().cluster_roles.iter();
        let others: Vec<&ClusterRole<'static>> = others.filter(|role| !own.contains(&*role.name)).collect();
        let of_files = objects.iter().map(|index| &written[index]);
        let aggregation = Aggregation::new(of_files.chain(others.iter().copied()));
        let mut take = |position: usize, taker: Taker| {
            for source in aggregation.sources(position) {
                if let Some(&object) = objects.get(source) {
                    self.takers.entry(object).or_default().push(taker);
                }
            }
            aggregation.rules(position).into_iter().cloned().collect::<Vec<_>>()
        };
        for (position, &object) in objects.iter().enumerate() {
            if wanted.objects.contains(&object) {
                let rules = take(position, Taker::Object(object));
                self.of_objects.insert(object, rules);
            }
        }
        for (position, role) in others.iter().enumerate() {
            let name = builtin_name(role);
            if !objects.is_empty() && wanted.built_in.contains(name) {
                let rules = take(objects.len() + position, Taker::BuiltIn(source, name));
                self.of_built_in.insert((source, name), rules);
            }
        }
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

impl<'a> Grants<'a> {
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
                Some(rules) => rules.iter().collect(),
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
        let own = objects.iter().filter_map(|object| self.roles.of_objects.get(object)).flatten();
        let name = &*self.places[objects[0]].object.name;
        let built_in = Some(name).filter(|_| cluster).and_then(|name| builtin().rules(name));
        let rules = own.chain(built_in.into_iter().flatten()).collect();
        RoleFound::Known { rules, objects, certain, complete: true, platform: None }
    }

    /// The rules of a role object, aggregation included.
    pub(super) fn rules_at(&self, object: ObjectId) -> &[Rule<'a>] {
        self.roles.of_objects.get(&object).map_or(&[], Vec::as_slice)
    }

    /// The rules of a `ClusterRole` by name, as seen from a source; none where it is neither in the run nor built in. Of
    /// several definitions all count.
    #[must_use]
    pub fn cluster_role<'g>(&'g self, from: SourceId, name: &str) -> Option<Vec<&'g Rule<'g>>> {
        let objects = self.places.lookup(from, "ClusterRole", None, name);
        let built_in = builtin().rules(name);
        (!objects.is_empty() || built_in.is_some()).then(|| {
            let written = objects.iter().filter_map(|object| self.roles.of_objects.get(object)).flatten();
            written.chain(built_in.into_iter().flatten()).collect()
        })
    }

    /// The rules of a `ClusterRole` as the files beside a source leave it when they are applied, the last one last.
    pub(super) fn applied_role<'g>(&'g self, from: SourceId, name: &str) -> Option<Vec<&'g Rule<'g>>> {
        match self.places.lookup(from, "ClusterRole", None, name).first() {
            Some(object) => Some(self.rules_at(*object).iter().collect()),
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
