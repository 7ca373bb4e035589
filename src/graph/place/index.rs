//! Finds objects by what references name.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::{ByName, MOST_DEFINITIONS, ObjectId, Placed, SourceId};
use crate::finding::{Form, Label, Notice};
use crate::graph::tables::permission::{Rule, is_everything};
use crate::graph::tables::primitive::unlimited;
use crate::k8s::binding::{is_role, rules};
use crate::yaml::Node;

/// The objects of a run by name; patches and objects without a name are not in it.
#[derive(Debug, Default)]
pub(super) struct Index<'a> {
    /// By kind, and by namespace (none for cluster-scoped and for unknown) and name.
    named: HashMap<Cow<'a, str>, ByName<Definitions>>,
    /// ServiceAccounts by name, whatever their namespace.
    accounts: HashMap<Cow<'a, str>, Vec<ObjectId>>,
}

/// The definitions of one object.
#[derive(Clone, Debug, Default)]
pub(super) struct Definitions {
    all: Vec<ObjectId>,
    /// Where there are many, those of each source that differ, the last first.
    by_source: HashMap<SourceId, Vec<ObjectId>>,
    /// Whether other sources may refer to one: a namespace that is unknown is the same only within one source.
    is_shared: bool,
}

impl Definitions {
    /// Those of one source that differ, the last first.
    pub(super) fn own(&self, source: SourceId, objects: &[Placed<'_>]) -> impl Iterator<Item = ObjectId> {
        let is_many = self.all.len() > MOST_DEFINITIONS;
        let own: &[ObjectId] = self.by_source.get(&source).map_or(&[], Vec::as_slice);
        let few = if is_many { &[] } else { self.all.as_slice() };
        let few = few.iter().rev().filter(move |id| objects[id.position()].source == source);
        own.iter().chain(few).copied()
    }

    /// Those of other sources, the strongest first where there are many.
    pub(super) fn others(&self, source: SourceId, objects: &[Placed<'_>]) -> impl Iterator<Item = ObjectId> {
        let all = if self.is_shared { self.all.as_slice() } else { &[] };
        all.iter().copied().filter(move |id| objects[id.position()].source != source)
    }

    fn sort(&mut self, objects: &[Placed<'_>]) {
        self.all.sort_by_cached_key(|id| std::cmp::Reverse(strength(&objects[id.position()])));
        let source = |id: &ObjectId| objects[id.position()].source;
        let mut by_source: Vec<ObjectId> = self.all.iter().rev().copied().collect();
        by_source.sort_by_key(source);
        for own in by_source.chunk_by(|a, b| source(a) == source(b)) {
            self.by_source.insert(source(&own[0]), different(own.to_vec(), objects));
        }
    }
}

/// Of equal definitions the first.
fn different(mut ids: Vec<ObjectId>, objects: &[Placed<'_>]) -> Vec<ObjectId> {
    let mut known = HashSet::new();
    ids.retain(|id| known.insert(objects[id.position()].content));
    ids
}

impl<'a> Index<'a> {
    pub(super) fn of(objects: &[Placed<'a>]) -> Self {
        let mut index = Self::default();
        for placed in objects.iter().filter(|placed| is_named(placed)) {
            let (kind, name) = (placed.object.kind.clone(), placed.object.name.clone());
            if placed.object.is("", "ServiceAccount") {
                index.accounts.entry(name.clone()).or_default().push(placed.id);
            }
            let of_kind = index.named.entry(kind).or_default();
            let definitions = of_kind.entry(placed.namespace.as_deref(), &name);
            definitions.all.push(placed.id);
            definitions.is_shared |= placed.namespace.is_some() || placed.object.is_cluster_scoped();
        }
        let many = |definitions: &&mut Definitions| definitions.all.len() > MOST_DEFINITIONS;
        for definitions in index.named.values_mut().flat_map(ByName::values_mut).filter(many) {
            definitions.sort(objects);
        }
        index
    }

    pub(super) fn named(&self, kind: &str, namespace: Option<&str>, name: &str) -> &[ObjectId] {
        self.definitions(kind, namespace, name).map_or(&[], |found| found.all.as_slice())
    }

    pub(super) fn definitions(
        &self,
        kind: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Option<&Definitions> {
        self.named.get(kind).and_then(|of_kind| of_kind.get(namespace, name))
    }

    pub(super) fn accounts_named(&self, name: &str) -> &[ObjectId] {
        self.accounts.get(name).map_or(&[], Vec::as_slice)
    }
}

/// What a definition gives away, where more of one object are found than are compared.
fn strength(placed: &Placed<'_>) -> usize {
    let node = placed.object.node;
    if is_role(&placed.object) {
        let rules: Vec<Rule<'_>> = rules(node).map(Rule::from_node).collect();
        return if is_everything(&rules) { usize::MAX } else { unlimited(&rules, true).len() };
    }
    usize::from(node.get("automountServiceAccountToken").and_then(Node::as_bool) != Some(false))
}

fn is_named(placed: &Placed<'_>) -> bool {
    let name = &*placed.object.name;
    !name.is_empty() && !name.ends_with('*') && !placed.partial
}

/// Notices objects that one source defines twice, with different content.
pub(super) fn duplicates(objects: &[Placed<'_>]) -> Vec<Notice> {
    type Key<'k> = (SourceId, &'k str, &'k str, Option<&'k str>, &'k str);
    let mut first: HashMap<Key<'_>, &Placed<'_>> = HashMap::new();
    let mut notices = Vec::new();
    let own = |placed: &&Placed<'_>| is_named(placed) && !placed.object.is_carried;
    for placed in objects.iter().filter(own) {
        let object = &placed.object;
        let namespace = placed.namespace.as_deref();
        let key = (placed.source, &*object.api_version, &*object.kind, namespace, &*object.name);
        let Some(earlier) = first.insert(key, placed) else { continue };
        if earlier.object.node.content_eq(object.node) {
            continue;
        }
        let name_of = |placed: &Placed<'_>| placed.object.name_node().map(Node::span);
        if let (Some(span), Some(before)) = (name_of(placed), name_of(earlier)) {
            notices.push(Notice {
                form: Form::DUPLICATE_OBJECT,
                span,
                message: format!("`{}` is defined twice; the last one wins", placed.named()),
                notes: Vec::new(),
                related: vec![Label { span: before, message: "defined here first".into() }],
                subject: String::new(),
                missing: None,
            });
        }
    }
    notices
}
