//! The charts that a kustomization inflates: what they rendered is known, and takes part like other objects.

use super::Replayer;
use super::objects::{Object, objects_of};
use super::print;
use super::tree::{Node, Value};
use crate::render::helm_charts::{FIELDS, GENERATOR};
use crate::source::FileId;

/// How kustomize marks what a chart rendered: no namespace is set in it (`api/konfig/general.go`).
const OF_CHART: &str = "internal.config.kubernetes.io/helm-generated";

pub(super) fn is_of_chart(object: &Object) -> bool {
    object.tree.text_at(&["metadata", "annotations", OF_CHART]).is_some_and(|text| text == "true")
}

impl Replayer<'_, '_> {
    /// Adds what the charts of a kustomization rendered.
    pub(super) fn inflate(&mut self, folder: &str, objects: &mut Vec<Object>, kustomization: &Node) {
        let Some(files) = self.charts.get(folder) else {
            for field in FIELDS {
                if let Some(node) = kustomization.get(field).filter(|node| !node.value.is_null()) {
                    self.doubt(format!("`{field}` is not replayed"), node.key);
                }
            }
            return;
        };
        for file in files {
            objects.extend(self.objects_of_chart(*file));
        }
    }

    /// The objects that a chart rendered, marked as kustomize marks them.
    pub(super) fn objects_of_chart(&mut self, file: FileId) -> Vec<Object> {
        let documents = self.read(file, self.index.file(file));
        let mut trees: Vec<Node> = documents.into_iter().flat_map(objects_of).collect();
        for tree in &mut trees {
            let at = tree.at;
            for (path, key) in [(&[][..], "metadata"), (&["metadata"][..], "annotations")] {
                if let Some(node) = tree.at_mut(path)
                    && node.get(key).is_none_or(|node| node.value.is_null())
                {
                    node.set(key, Node::map(at, at));
                }
            }
            if let Some(annotations) = tree.at_mut(&["metadata", "annotations"]) {
                annotations.set(OF_CHART, Node::of_text("true", at, at));
            }
        }
        trees.into_iter().map(Object::new).collect()
    }

    /// Takes the charts out of a kustomization; `files` become resources.
    pub(super) fn without_charts(&mut self, folder: &str, kustomization: &mut Node, files: &[String]) {
        let at = kustomization.at;
        let Some(map) = kustomization.as_map_mut() else { return };
        for field in FIELDS.into_iter().chain(["helmGlobals"]) {
            map.remove(field);
        }
        let mut take = |field: &str| match map.remove(field).map(|node| node.value) {
            Some(Value::List(items)) => items,
            _ => Vec::new(),
        };
        let (mut resources, generators, mut left) = (take("resources"), take("generators"), Vec::new());
        for entry in generators {
            let plugins = self.plugins(folder, &entry, 0);
            let is_chart = |plugin: &Node| plugin.is_text("kind", GENERATOR);
            if !plugins.iter().any(is_chart) {
                left.push(entry);
                continue;
            }
            let others = plugins.iter().filter(|plugin| !is_chart(plugin));
            left.extend(others.map(|plugin| Node::of_text(&print::yaml(plugin), entry.at, entry.key)));
        }
        resources.extend(files.iter().map(|file| Node::of_text(file, at, at)));
        // kustomize refuses a kustomization without any field.
        for (field, items) in [("generators", left), ("resources", resources)] {
            kustomization.set(field, Node::new(Value::List(items), at, at));
        }
    }
}
