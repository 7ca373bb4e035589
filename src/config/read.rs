//! Values of keys, as the settings and its parts need them. What is of another type was reported by its shape, and is none.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::shape::Mistake;
use crate::catalog::{Catalog, Preset};
use crate::finding::RuleId;
use crate::yaml::Node;

/// The preset that a node names.
pub(super) fn preset(node: Node<'_>) -> Option<Preset> {
    Preset::of_word(&node.text()?)
}

/// The text under a key.
pub(super) fn text(node: Node<'_>, key: &str) -> Option<String> {
    node.get(key)?.text().map(Cow::into_owned)
}

/// The texts under a key that holds one or several.
pub(super) fn texts(node: Node<'_>, key: &str) -> Vec<String> {
    let Some(value) = node.get(key) else { return Vec::new() };
    let items: Vec<Node<'_>> = if value.is_seq() { value.items().collect() } else { vec![value] };
    items.into_iter().filter_map(Node::text).map(Cow::into_owned).collect()
}

/// The texts of a mapping under a key.
pub(super) fn map(node: Node<'_>, key: &str) -> BTreeMap<String, String> {
    let entries = node.get(key).into_iter().flat_map(Node::entries);
    entries.filter_map(|one| Some((one.key.key().into_owned(), one.value.text()?.into_owned()))).collect()
}

/// The mappings in the list under a key.
pub(super) fn items<'n>(node: Node<'n>, key: &str) -> impl Iterator<Item = Node<'n>> {
    node.get(key).into_iter().flat_map(Node::items).filter(|item| item.is_map())
}

/// The rules that a key lists by id or name.
pub(super) fn rules(
    node: Node<'_>,
    key: &str,
    catalog: &Catalog,
    mistakes: &mut Vec<Mistake>,
) -> Vec<RuleId> {
    let Some(value) = node.get(key) else { return Vec::new() };
    let items: Vec<Node<'_>> = if value.is_seq() { value.items().collect() } else { vec![value] };
    let mut found = Vec::new();
    for item in items {
        match catalog.find(&item.text().unwrap_or_default()) {
            Ok(rule) => found.push(rule),
            Err(unknown) => mistakes.push(Mistake::new(item.span(), unknown.to_string())),
        }
    }
    found
}
