//! Strategic merge of a patch into an object (kustomize `kyaml/yaml/merge2`, `kyaml/yaml/walk`).

use std::collections::{HashMap, HashSet};

use super::budget::Budget;
use super::objects::{Object, group_and_version};
use super::tree::{Map, Node, Value};

/// The groups whose types kustomize knows the merge keys of, besides the core group
/// (kustomize `kyaml/openapi/kubernetesapi`). Lists of other types are replaced whole.
const KNOWN_GROUPS: [&str; 22] = [
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "imagepolicy.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// Lists that are merged, by field, with the keys that tell their items apart; without keys the list is a set.
/// The fourth is the field or the kind that the list must stand in, where a field of that name is also something else.
/// (`x-kubernetes-patch-merge-key` and `x-kubernetes-list-map-keys` of the API of Kubernetes 1.21.)
const MERGED: [(&str, &[&str], &[&str]); 21] = [
    ("conditions", &["type"], &[]),
    ("containers", &["name"], &[]),
    ("drivers", &["name"], &["CSINode"]),
    ("env", &["name"], &[]),
    ("ephemeralContainers", &["name"], &[]),
    ("finalizers", &[], &["metadata"]),
    ("hostAliases", &["ip"], &[]),
    ("imagePullSecrets", &["name"], &["spec"]),
    ("initContainers", &["name"], &[]),
    ("ownerReferences", &["uid"], &[]),
    ("podCIDRs", &[], &[]),
    ("podIPs", &["ip"], &[]),
    ("ports", &["containerPort", "protocol"], &["containers", "initContainers", "ephemeralContainers"]),
    ("ports", &["port", "protocol"], &["Service"]),
    ("secrets", &["name"], &["ServiceAccount"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"], &[]),
    ("volumeDevices", &["devicePath"], &[]),
    ("volumeMounts", &["mountPath"], &[]),
    ("volumes", &["name"], &[]),
    ("webhooks", &["name"], &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]),
    ("addresses", &["type"], &["Node"]),
];

/// What is known about the place that is merged.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The kind of the object, if its type is known.
    kind: Option<&'a str>,
    /// The field that holds the value, and the one around that.
    field: &'a str,
    around: &'a str,
}

impl<'a> Place<'a> {
    fn below(self, field: &'a str) -> Self {
        Self { around: self.field, field, ..self }
    }

    /// The keys by which the list at this place is merged.
    fn keys(self) -> Option<&'static [&'static str]> {
        let kind = self.kind?;
        let fits =
            |scope: &[&str]| scope.is_empty() || scope.iter().any(|word| [kind, self.around].contains(word));
        MERGED.iter().find(|(field, _, scope)| *field == self.field && fits(scope)).map(|(_, keys, _)| *keys)
    }
}

/// Merges a patch into an object; false if the patch deletes it.
pub(super) fn merge_into(object: &mut Object, patch: Node, budget: &Budget) -> bool {
    let (kind, api_version) = (object.kind().into_owned(), object.api_version().into_owned());
    let (group, _) = group_and_version(&api_version);
    let is_known = if group.is_empty() { api_version == "v1" } else { KNOWN_GROUPS.contains(&group) };
    let place = Place { kind: is_known.then_some(kind.as_str()), field: "", around: "" };
    let (at, key) = (object.tree.at, object.tree.key);
    let before = std::mem::replace(&mut object.tree, Node::new(Value::Null, at, key));
    let Some(merged) = merge(Some(before), patch, place, budget) else { return false };
    object.tree = merged;
    true
}

/// `None`: nothing is left.
fn merge(before: Option<Node>, patch: Node, place: Place<'_>, budget: &Budget) -> Option<Node> {
    budget.spend(1);
    if is_removal(&patch) {
        return None;
    }
    let Some(mut before) = before else { return Some(clean(patch)) };
    if patch.is_text("$patch", "replace") || !before.value.is_same_shape(&patch.value) {
        before.replace(clean(patch));
        return Some(before);
    }
    match patch.value {
        Value::Map(patch) => merge_maps(&mut before, patch, place, budget),
        Value::List(_) => merge_lists(&mut before, patch, place, budget),
        _ => before.replace(patch),
    }
    Some(before)
}

/// Does a part of a patch delete what it is for?
fn is_removal(patch: &Node) -> bool {
    patch.value.is_null() || patch.is_text("$patch", "delete")
}

fn merge_maps(before: &mut Node, patch: Map, place: Place<'_>, budget: &Budget) {
    let (at, key) = (before.at, before.key);
    for (name, value) in patch {
        let Some(map) = before.as_map_mut() else { return };
        if &*name == "$patch" {
            continue;
        }
        if !is_removal(&value) {
            if let Some(merged) = merge(map.remove(&name), value, place.below(&name), budget) {
                map.insert(name, merged);
            }
        } else if let Some(removed) = map.remove(&name) {
            let mut trace = Node::map(at, key);
            trace.set(&name, removed);
            before.old.push(trace);
        }
    }
}

fn merge_lists(before: &mut Node, mut patch: Node, place: Place<'_>, budget: &Budget) {
    let is_marker =
        |item: &Node| item.as_map().is_some_and(|map| map.len() == 1) && item.is_text("$patch", "replace");
    let Value::List(patch_items) = &mut patch.value else { return };
    let mut keys = place.keys();
    if patch_items.iter().any(is_marker) {
        patch_items.retain(|item| item.get("$patch").is_none());
        keys = None;
    }
    let Some(keys) = keys else { return before.replace(clean(patch)) };
    let Value::List(old_items) = &mut before.value else { return };
    if keys.is_empty() {
        let new: HashSet<String> =
            patch_items.iter().filter_map(|item| Some(item.text()?.into_owned())).collect();
        let kept = std::mem::take(old_items).into_iter();
        patch_items.extend(kept.filter(|item| item.text().is_none_or(|text| !new.contains(&*text))));
        return before.replace(patch);
    }
    let (new, old) = (std::mem::take(patch_items), std::mem::take(old_items));
    before.value = Value::List(merge_by_keys(old, new, keys, place, budget));
}

/// The items of a list with those of a patch, where keys say which is which.
fn merge_by_keys(
    old: Vec<Node>,
    new: Vec<Node>,
    keys: &[&str],
    place: Place<'_>,
    budget: &Budget,
) -> Vec<Node> {
    let mut slots: Vec<Option<Node>> = old.into_iter().map(Some).collect();
    let mut by_first: HashMap<(usize, String), Vec<usize>> = HashMap::new();
    for (index, item) in slots.iter().enumerate() {
        for (position, key) in keys.iter().enumerate() {
            if let Some(text) = item.as_ref().and_then(|item| item.text_at(&[key])) {
                by_first.entry((position, text.into_owned())).or_default().push(index);
            }
        }
    }
    // Kustomize puts the patch's items first (`MergeOptionsListPrepend`); where several keys are in use, only new ones
    // (`appendListNode`).
    let in_use = |key: &&&str| slots.iter().flatten().chain(&new).any(|item| item.get(key).is_some());
    let keeps_order = keys.iter().filter(in_use).count() > 1;
    let mut front = Vec::new();
    for item in new {
        let own = identity(&item, keys);
        let first = own.iter().position(Option::is_some);
        let candidates = first.and_then(|first| by_first.get(&(first, own[first].clone()?)));
        let place_of = candidates.and_then(|candidates| same_item(&own, candidates, &slots, keys, budget));
        let before = place_of.and_then(|index| slots[index].take());
        let merged = merge(before, item, place.below(place.field), budget);
        match place_of.filter(|_| keeps_order) {
            Some(index) => slots[index] = merged,
            None => front.extend(merged),
        }
    }
    front.extend(slots.into_iter().flatten());
    front
}

/// The candidate with the same keys, else the first whose keys do not contradict.
fn same_item(
    own: &[Option<String>],
    candidates: &[usize],
    slots: &[Option<Node>],
    keys: &[&str],
    budget: &Budget,
) -> Option<usize> {
    let mut compatible = None;
    for &index in candidates {
        budget.spend(1);
        let Some(slot) = &slots[index] else { continue };
        let theirs = identity(slot, keys);
        if theirs == own {
            return Some(index);
        }
        let fits =
            own.iter().zip(&theirs).all(|(own, their)| own.is_none() || their.is_none() || own == their);
        if fits && compatible.is_none() {
            compatible = Some(index);
        }
        if budget.is_spent() {
            break;
        }
    }
    compatible
}

fn identity(item: &Node, keys: &[&str]) -> Vec<Option<String>> {
    keys.iter().map(|key| Some(item.text_at(&[key])?.into_owned())).collect()
}

/// No directives and no nulls in what a patch adds.
fn clean(mut node: Node) -> Node {
    match &mut node.value {
        Value::Map(map) => {
            let cleaned = std::mem::take(map).into_iter();
            let kept = cleaned.filter(|(key, value)| &**key != "$patch" && !value.value.is_null());
            *map = kept.map(|(key, value)| (key, clean(value))).collect();
        }
        Value::List(items) => *items = std::mem::take(items).into_iter().map(clean).collect(),
        _ => {}
    }
    node
}
