//! `generators:` and `transformers:` of the kinds that are built into kustomize: the same as the field of that name.
//! Others are programs and are never run.

use super::Replayer;
use super::objects::Object;
use super::reading::Found;
use super::tree::{Map, Node, Value};
use crate::render::helm_charts::GENERATOR;
use crate::source::Span;

impl Replayer<'_, '_> {
    /// The configurations that an entry of `generators` or `transformers` names: inline text, a file or a root.
    pub(super) fn plugins(&mut self, folder: &str, entry: &Node, depth: usize) -> Vec<Node> {
        let Some(text) = entry.text() else { return Vec::new() };
        if text.contains('\n') || text.starts_with('{') {
            return self.inline(entry);
        }
        match self.find(folder, &text) {
            Found::Folder(real) => {
                let objects = self.layer(&real, None, Some(entry.at), depth + 1);
                objects.into_iter().map(|object| object.tree).collect()
            }
            _ => self.documents(folder, &text, entry.at),
        }
    }

    pub(super) fn run_generator(
        &mut self,
        folder: &str,
        objects: &mut Vec<Object>,
        entry: &Node,
        depth: usize,
    ) {
        for mut plugin in self.plugins(folder, entry, depth) {
            for field in ["name", "namespace"] {
                let given = plugin.at(&["metadata", field]).map(|node| node.copy(&self.budget));
                if let Some(given) = given {
                    plugin.set(field, given);
                }
            }
            let kind = plugin.field("kind").unwrap_or_default().into_owned();
            match kind.as_str() {
                "ConfigMapGenerator" | "SecretGenerator" => {
                    self.generate(folder, objects, &plugin, None, kind == "SecretGenerator");
                }
                GENERATOR if self.charts.contains_key(folder) => {}
                _ => self.doubt(format!("the generator `{kind}` is not replayed"), entry.at),
            }
        }
    }

    /// One plugin that an entry of `transformers` names.
    pub(super) fn run_transformer(
        &mut self,
        folder: &str,
        objects: &mut Vec<Object>,
        plugin: &Node,
        named: Span,
    ) {
        let kind = plugin.field("kind").unwrap_or_default();
        let field = |name: &str| plugin.get(name);
        let one = |name: &str| field(name).map_or(&[][..], std::slice::from_ref);
        match &*kind {
            "PatchTransformer" => self.patch_entry(folder, objects, plugin, false),
            "PatchJson6902Transformer" => self.patch_entry(folder, objects, plugin, true),
            "PatchStrategicMergeTransformer" => {
                self.patches_strategic_merge(folder, objects, plugin.list("paths"));
                self.patches_strategic_merge(folder, objects, one("patches"));
            }
            "ReplacementTransformer" => {
                for replacement in plugin.list("replacements") {
                    self.replacement_entry(folder, objects, replacement);
                }
            }
            "PrefixSuffixTransformer" | "PrefixTransformer" | "SuffixTransformer" => {
                for (name, is_prefix) in [("prefix", true), ("suffix", false)] {
                    if let Some(affix) = field(name) {
                        self.affix(objects, affix, plugin, is_prefix);
                    }
                }
            }
            "LabelTransformer" | "AnnotationsTransformer" => {
                let is_label = kind == "LabelTransformer";
                let specs = self.custom_specs(plugin, "");
                match field(if is_label { "labels" } else { "annotations" }) {
                    // Without paths nothing is written.
                    Some(pairs) if !specs.is_empty() => self.set_pairs(objects, pairs, &specs, is_label),
                    Some(pairs) => {
                        let name = if is_label { "commonLabels" } else { "commonAnnotations" };
                        let map = Map::from([(name.into(), pairs.copy(&self.budget))]);
                        self.set_labels(objects, &Node::new(Value::Map(map), plugin.at, plugin.at));
                    }
                    None => {}
                }
            }
            "NamespaceTransformer" => {
                let namespace = plugin.at(&["metadata", "namespace"]).or_else(|| field("namespace"));
                if let Some(namespace) = namespace {
                    self.set_namespace(objects, namespace, plugin);
                }
            }
            "ImageTagTransformer" => self.set_images(objects, one("imageTag"), plugin),
            "ReplicaCountTransformer" => {
                for replica in one("replica") {
                    self.set_replicas(objects, replica, plugin);
                }
            }
            _ => self.doubt(format!("the transformer `{kind}` is not replayed"), named),
        }
    }
}
