//! Finds objects by what references name.

use std::borrow::Cow;
use std::collections::HashMap;

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
    named: HashMap<Cow<'a, str>, ByName<Vec<ObjectId>>>,
    /// ServiceAccounts by name, whatever their namespace.
    accounts: HashMap<Cow<'a, str>, Vec<ObjectId>>,
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
            of_kind.entry(placed.namespace.as_deref(), &name).push(placed.id);
        }
        let many = |ids: &&mut Vec<ObjectId>| ids.len() > MOST_DEFINITIONS;
        for ids in index.named.values_mut().flat_map(ByName::values_mut).filter(many) {
            ids.sort_by_cached_key(|id| std::cmp::Reverse(strength(&objects[id.position()])));
        }
        index
    }

    pub(super) fn named(&self, kind: &str, namespace: Option<&str>, name: &str) -> &[ObjectId] {
        let found = self.named.get(kind).and_then(|of_kind| of_kind.get(namespace, name));
        found.map_or(&[], Vec::as_slice)
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
    for placed in objects.iter().filter(|placed| is_named(placed)) {
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
            });
        }
    }
    notices
}
