//! What roles grant once aggregation is done.
//!
//! Knows roles by the sources they stand in: a built-in role that one cluster's files widen stays as it is in another.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kube_core::labels::{Expression, Selector};

use crate::graph::place::{ObjectId, Places, SourceId};
use crate::graph::tables::aggregate::{Aggregation, ClusterRole};
use crate::graph::tables::builtin::builtin;
use crate::graph::tables::permission::Rule;
use crate::k8s::binding::{is_role, rules};
use crate::source::Span;

/// What takes the rules of a role in by aggregation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taker {
    /// A role object.
    Object(ObjectId),
    /// A built-in role, in the cluster that sources with this view describe.
    BuiltIn(SourceId, &'static str),
}

/// The roles whose written rules a role grants.
#[derive(Debug, Default)]
struct List {
    /// Positions in [`Roles::written`].
    written: Vec<usize>,
    /// Rules of the tables.
    known: Vec<&'static [Rule<'static>]>,
}

/// What the roles of a run grant.
#[derive(Debug, Default)]
pub(super) struct Roles<'a> {
    /// The role objects.
    objects: Vec<ObjectId>,
    /// What is written in them, in the same order, and then what bundles list.
    written: Vec<ClusterRole<'a>>,
    /// What roles grant: those that are aggregated from the same roles share a list.
    lists: Vec<List>,
    /// By role object, its list.
    pub(super) of_objects: HashMap<ObjectId, usize>,
    /// The lists of operators' bundles, by the item that holds them.
    pub(super) of_bundles: HashMap<Span, usize>,
    /// The lists of rules of the tables, by where they stand.
    of_tables: HashMap<Vec<usize>, usize>,
    /// Built-in roles that the files beside a source widen or narrow, by its view.
    pub(super) of_built_in: HashMap<(SourceId, &'static str), usize>,
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
        let (objects, written): (Vec<ObjectId>, Vec<ClusterRole<'a>>) =
            roles.map(|placed| (placed.id, ClusterRole::from_object(&placed.object))).unzip();
        let mut this = Self { objects, written, ..Self::default() };
        let mut wanted: BTreeMap<SourceId, Wanted> = BTreeMap::new();
        for at in 0..this.objects.len() {
            let placed = &places[this.objects[at]];
            if this.written[at].selectors.is_some() && placed.object.is_cluster_scoped() {
                wanted.entry(places.sources.view(placed.source)).or_default().written.insert(at);
            } else {
                let list = this.add(List { written: vec![at], known: Vec::new() });
                this.of_objects.insert(placed.id, list);
            }
        }
        for placed in &places.bindings {
            let named = builtin().cluster_role(&placed.binding.role_name);
            if let Some(role) = named.filter(|role| role.selectors.is_some()) {
                let source = places.sources.view(places[placed.object].source);
                let name = builtin_name(role);
                wanted.entry(source).or_default().built_in.insert(name);
            }
        }
        for item in places.bindings.iter().filter_map(|placed| placed.binding.bundle) {
            let rules = rules(item).map(Rule::from_node).collect();
            this.written.push(ClusterRole { rules, ..ClusterRole::default() });
            let list = this.add(List { written: vec![this.written.len() - 1], known: Vec::new() });
            this.of_bundles.insert(item.span(), list);
        }
        let feeding = this.feeding(places);
        for (source, wanted) in wanted {
            this.aggregate(places, &feeding, source, &wanted);
        }
        this
    }

    /// Aggregates once what is wanted in the cluster that a source describes.
    fn aggregate(&mut self, places: &Places<'a>, feeding: &[usize], source: SourceId, wanted: &Wanted) {
        let near = |at: &&usize| places.sources.may_define(source, places[self.objects[**at]].source);
        let near: Vec<usize> = feeding.iter().filter(near).copied().collect();
        let written = std::mem::take(&mut self.written);
        // A file that defines a role replaces the built-in one of its name, and no other.
        let own: BTreeSet<&str> = near.iter().map(|&at| &*written[at].name).collect();
        let others = builtin().cluster_roles.iter();
        let others: Vec<&ClusterRole<'static>> = others.filter(|role| !own.contains(&*role.name)).collect();
        let of_files = near.iter().map(|&at| &written[at]);
        let aggregation = Aggregation::new(of_files.chain(others.iter().copied()));
        let mut lists: HashMap<usize, usize> = HashMap::new();
        let mut list_of = |this: &mut Self, position: usize, taker: Taker| {
            let set = aggregation.set_of(position)?;
            let list = match lists.get(&set) {
                Some(&list) => list,
                None => this.take_in(&aggregation, set, &near, &others)?,
            };
            lists.insert(set, list);
            this.takers[list].push(taker);
            Some(list)
        };
        for (position, at) in near.iter().enumerate().filter(|(_, at)| wanted.written.contains(at)) {
            let object = self.objects[*at];
            match list_of(self, position, Taker::Object(object)) {
                Some(list) => drop(self.of_objects.insert(object, list)),
                None => self.cut.push(object),
            }
        }
        for (position, role) in others.iter().enumerate() {
            let name = builtin_name(role);
            if !near.is_empty() && wanted.built_in.contains(name) {
                match list_of(self, near.len() + position, Taker::BuiltIn(source, name)) {
                    Some(list) => drop(self.of_built_in.insert((source, name), list)),
                    None => self.cut.extend(near.first().map(|&at| self.objects[at])),
                }
            }
        }
        self.written = written;
    }

    fn add(&mut self, list: List) -> usize {
        self.lists.push(list);
        self.takers.push(Vec::new());
        self.lists.len() - 1
    }

    /// The list of the roles that a set of selections takes in; none where that is too much.
    fn take_in(
        &mut self,
        aggregation: &Aggregation<'_, 'a>,
        set: usize,
        near: &[usize],
        others: &[&'static ClusterRole<'static>],
    ) -> Option<usize> {
        if aggregation.is_cut() || self.effort > MOST {
            return None;
        }
        self.effort += near.len();
        let sources = aggregation.sources_of_set(set);
        let written: Vec<usize> = sources.iter().filter_map(|&source| near.get(source)).copied().collect();
        let known = sources.iter().filter_map(|source| others.get(source.checked_sub(near.len())?));
        let known = known.map(|role| role.rules.as_slice()).collect();
        let list = self.add(List { written: written.clone(), known });
        for at in written {
            self.taken_by.entry(self.objects[at]).or_default().push(list);
        }
        Some(list)
    }

    /// The rules of a list.
    pub(super) fn rules(&self, list: usize) -> impl Iterator<Item = &Rule<'a>> {
        let List { written, known } = &self.lists[list];
        let written = written.iter().flat_map(|&at| &self.written[at].rules);
        written.chain(known.iter().copied().flatten())
    }

    /// The list of rules of the tables.
    pub(super) fn list_of(&mut self, known: Vec<&'static [Rule<'static>]>) -> usize {
        let key = known.iter().map(|rules| rules.as_ptr() as usize).collect();
        if let Some(&list) = self.of_tables.get(&key) {
            return list;
        }
        let list = self.add(List { written: Vec::new(), known });
        self.of_tables.insert(key, list);
        list
    }

    /// The rules of a role object, aggregation included; none where they are not known.
    pub(super) fn of_object(&self, object: ObjectId) -> impl Iterator<Item = &Rule<'a>> {
        let list = self.of_objects.get(&object);
        list.into_iter().flat_map(|&list| self.rules(list))
    }

    /// The lists that the rules of a role object are part of by aggregation.
    pub(super) fn lists_with(&self, object: ObjectId) -> &[usize] {
        self.taken_by.get(&object).map_or(&[], Vec::as_slice)
    }

    /// By list, the roles that have it by aggregation.
    pub(super) fn takers(&self) -> &[Vec<Taker>] {
        &self.takers
    }

    /// The positions of the `ClusterRole` objects that aggregation can touch: aggregated themselves, of a built-in role's
    /// name, or with a label that some selector asks for.
    fn feeding(&self, places: &Places<'_>) -> Vec<usize> {
        let mut asked: BTreeSet<&str> = BTreeSet::new();
        let mut any = false;
        let built_in = builtin().cluster_roles.iter();
        let selectors = built_in
            .flat_map(|role| role.selectors.iter().flatten())
            .chain(self.written.iter().flat_map(|role| role.selectors.iter().flatten()));
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
        let feeds = |at: &usize| {
            let role = &self.written[*at];
            places[self.objects[*at]].object.is_cluster_scoped()
                && (any
                    || role.selectors.is_some()
                    || role.labels.keys().any(|key| asked.contains(key.as_str()))
                    || builtin().cluster_role(&role.name).is_some())
        };
        (0..self.objects.len()).filter(feeds).collect()
    }
}

/// The aggregated roles whose rules are needed in one source.
#[derive(Default)]
struct Wanted {
    /// Positions in [`Roles::written`].
    written: BTreeSet<usize>,
    built_in: BTreeSet<&'static str>,
}

pub(super) fn builtin_name(role: &ClusterRole<'static>) -> &'static str {
    match role.name {
        std::borrow::Cow::Borrowed(name) => name,
        std::borrow::Cow::Owned(_) => "",
    }
}
