//! Which objects a patch or a replacement is for (kustomize `api/types/selector.go`, `api/resmap/reswrangler.go`).

use std::collections::BTreeMap;

use kube_core::labels::{Selector, SelectorExt as _};
use regex::Regex;

use super::Replayer;
use super::objects::{Object, group_and_version, or_default};
use super::tree::Node;
use crate::k8s::kinds::is_cluster_scoped_in_kustomize;
use crate::k8s::selector::parse_selector;

/// Larger patterns are refused: they come from the input.
pub(super) const PATTERN_BYTES: usize = 1 << 18;

impl Replayer<'_, '_> {
    /// The positions of the objects that a target names. All parts are anchored patterns, and missing parts fit all.
    pub(super) fn select(&mut self, objects: &[Object], target: &Node) -> Vec<usize> {
        let part = |key: &str| target.field(key);
        let (group, version, kind) = (part("group"), part("version"), part("kind"));
        let (name, namespace) = (part("name"), part("namespace"));
        let selectors = [
            ("labels", self.selector(target, "labelSelector")),
            ("annotations", self.selector(target, "annotationSelector")),
        ];
        let mut found = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            if !self.budget.spend(4) {
                break;
            }
            let api_version = object.api_version();
            let (own_group, own_version) = group_and_version(&api_version);
            let own_kind = object.kind();
            let first = &object.ids[0];
            let cluster = is_cluster_scoped_in_kustomize(own_group, &own_kind);
            let space = |text| if cluster { "_non_namespaceable_" } else { or_default(text) };
            let own_namespace = object.namespace();
            let fits = self.fits(kind.as_deref(), &[&own_kind])
                && self.fits(name.as_deref(), &[&first.name, &object.name()])
                && self.fits(group.as_deref(), &[own_group])
                && self.fits(version.as_deref(), &[own_version])
                && self.fits(namespace.as_deref(), &[space(&first.namespace), space(&own_namespace)])
                && selectors
                    .iter()
                    .all(|(at, selector)| selector.selects_all() || selector.matches(&pairs(object, at)));
            if fits {
                found.push(index);
            }
        }
        found
    }

    /// Does one of the texts match the whole of a pattern?
    pub(super) fn fits(&mut self, pattern: Option<&str>, texts: &[&str]) -> bool {
        let Some(pattern) = pattern else { return true };
        if pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/' | b'_')) {
            return texts.contains(&pattern);
        }
        if !self.patterns.contains_key(pattern) {
            self.budget.spend(1000);
            let anchored = format!("^(?:{pattern})$");
            let compiled = regex::RegexBuilder::new(&anchored).size_limit(PATTERN_BYTES).build().ok();
            self.patterns.insert(pattern.to_owned(), compiled);
        }
        let compiled: Option<&Regex> = self.patterns.get(pattern).and_then(Option::as_ref);
        compiled.is_some_and(|regex| texts.iter().any(|text| regex.is_match(text)))
    }

    fn selector(&mut self, target: &Node, key: &str) -> Selector {
        let Some(node) = target.get(key) else { return Selector::default() };
        parse_selector(&node.text().unwrap_or_default()).unwrap_or_else(|| {
            self.doubt(format!("the {key} is not understood"), node.at);
            Selector::default()
        })
    }
}

/// The labels or annotations of an object.
fn pairs(object: &Object, at: &str) -> BTreeMap<String, String> {
    let map = object.tree.at(&["metadata", at]).and_then(Node::as_map);
    let pairs = map.into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.to_string(), value.text()?.into_owned()))).collect()
}
