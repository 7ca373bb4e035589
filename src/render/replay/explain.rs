//! Values that differ from the replayed ones for a known reason: what kustomize does at the very end.

use std::collections::{HashMap, HashSet};

use super::Replay;
use super::finish::MANAGED_BY;
use super::objects::Object;
use super::tree::Node;
use crate::finding::Label;

/// What is known of all objects.
pub(super) struct Known<'r> {
    pub(super) replay: &'r Replay,
    /// Any name that an object ever had → the names that it has now.
    pub(super) names: HashMap<String, HashSet<String>>,
    /// The namespaces that were set.
    pub(super) namespaces: HashMap<String, &'r Node>,
}

/// Why the scalar at a path of `object` is `text`: the node that it was made from, and related places.
/// `all`: what was replayed there, newest first.
pub(super) fn explain<'r>(
    known: &Known<'r>,
    path: &[String],
    text: &str,
    all: &[&'r Node],
    object: &'r Object,
) -> Option<(&'r Node, Vec<Label>)> {
    let key = path.last().map_or("", String::as_str);
    let is_name = path == ["metadata", "name"];
    let is_reason = |node: &&&Node| {
        let Some(old) = node.text() else { return false };
        let last = old.rsplit('/').next().unwrap_or(&old);
        let became = |name: &&str| known.names.get(*name).is_some_and(|now| now.contains(text));
        (is_name && object.hashed && !old.is_empty() && text.starts_with(&*old))
            || [&*old, last].iter().any(became)
            || (known.replay.has_variables && old.contains("$(") && is_filled(&old, text))
    };
    if let Some(&node) = all.iter().find(is_reason) {
        return Some((node, Vec::new()));
    }
    let above = path.iter().rev().nth(1).map_or("", String::as_str);
    if matches!(above, "labels" | "matchLabels" | "selector") {
        let mut labels = object.setters.iter().rev().filter(|setter| setter.is_label && *setter.key == *key);
        if let Some(setter) = labels.find(|setter| setter.value.text().is_some_and(|label| label == text)) {
            return Some((&setter.value, Vec::new()));
        }
    }
    if key == "namespace"
        && let Some(node) = known.namespaces.get(text)
    {
        let also = all.iter().map(|old| Label { span: old.at, message: "replaces this value".to_owned() });
        return Some((node, also.collect()));
    }
    let metadata = known.replay.top.as_ref().and_then(|top| top.get("buildMetadata"));
    metadata.filter(|_| key == MANAGED_BY).map(|node| (node, Vec::new()))
}

/// Can variables in `pattern` be filled so that it becomes `text`?
fn is_filled(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split("$(").enumerate().map(|(index, piece)| {
        if index == 0 { piece } else { piece.split_once(')').map_or("", |(_, after)| after) }
    });
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = "";
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
        last = piece;
    }
    rest.is_empty() || last.is_empty() || text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::is_filled;

    #[test]
    fn variables_may_say_anything() {
        assert!(is_filled("http://$(HOST):$(PORT)/x", "http://shop.svc:80/x"));
        assert!(is_filled("$(A)", ""));
        assert!(!is_filled("a$(B)c", "abd"));
        assert!(!is_filled("a$(B)c", "bc"));
    }
}
