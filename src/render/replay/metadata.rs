//! The fields of a kustomization that go to all its objects: namespace, prefix, suffix, labels, annotations, replicas.

use super::Replayer;
use super::charts::is_of_chart;
use super::field_specs::{self, FieldSpec, label_specs, specs};
use super::objects::{Object, Setter};
use super::tree::{Node, Value};

impl Replayer<'_, '_> {
    /// `namespace` (kustomize `api/filters/namespace`). `mode` is `setRoleBindingSubjects` of the transformer.
    pub(super) fn set_namespace(&mut self, objects: &mut [Object], namespace: &Node, options: &Node) {
        let Some(text) = namespace.text().filter(|text| !text.is_empty()) else { return };
        let subjects_mode = options.field("setRoleBindingSubjects").unwrap_or_default();
        let unset_only = options.is_true("unsetOnly");
        let mut specs = specs(&field_specs::NAMESPACES);
        specs.extend(self.custom_specs(options, "namespace"));
        let made = Node::of_text(&text, namespace.at, namespace.key);
        let write = |node: &mut Node| {
            if !unset_only || node.text().is_none_or(|text| text.is_empty()) {
                write_over(node, &made);
            }
        };
        // Helm was told the namespace (kustomize `api/internal/builtins/NamespaceTransformer.go`).
        for object in objects.iter_mut().filter(|object| !is_of_chart(object)) {
            if !self.budget.spend(4) {
                return;
            }
            object.keep_id();
            let value = made.copy(&self.budget);
            object.setters.push(Setter { is_label: false, key: "namespace".into(), value });
            let field = match (&*object.kind(), &*object.api_version()) {
                ("Namespace", "v1") => Some("metadata/name"),
                _ if object.is_cluster_scoped() => None,
                _ => Some("metadata/namespace"),
            };
            if let Some(field) = field {
                FieldSpec::new("", "", "", field, true).visit(object, &made, &mut |node| write(node));
            }
            if matches!(&*object.kind(), "RoleBinding" | "ClusterRoleBinding") && subjects_mode != "none" {
                let Some(Value::List(subjects)) = object.tree.get_mut("subjects").map(|node| &mut node.value)
                else {
                    continue;
                };
                let (key, text) = match &*subjects_mode {
                    "allServiceAccounts" => ("kind", "ServiceAccount"),
                    _ => ("name", "default"),
                };
                for subject in subjects.iter_mut().filter(|subject| subject.is_text(key, text)) {
                    subject.set("namespace", made.copy(&self.budget));
                }
            }
            for spec in &specs {
                spec.visit(object, &made, &mut |node| write(node));
            }
        }
    }

    /// `namePrefix` and `nameSuffix` (kustomize `api/internal/builtins/PrefixTransformer.go`): the line of the name
    /// stays its place.
    pub(super) fn affix(&mut self, objects: &mut [Object], affix: &Node, options: &Node, is_prefix: bool) {
        let Some(text) = affix.text().filter(|text| !text.is_empty()) else { return };
        let what = if is_prefix { "this prefix is part of it" } else { "this suffix is part of it" };
        let mut specs = vec![FieldSpec::new("", "", "", "metadata/name", false)];
        let custom = self.custom_specs(options, if is_prefix { "namePrefix" } else { "nameSuffix" });
        specs.extend(custom.into_iter().filter(|spec| !spec.is_path(&["metadata", "name"])));
        for object in objects {
            if !self.budget.spend(2) {
                return;
            }
            let first = object.ids[0].kind.clone();
            let is_api_service = &*first == "APIService" && object.group() == "apiregistration.k8s.io";
            if matches!(&*first, "CustomResourceDefinition" | "Namespace") || is_api_service {
                continue;
            }
            object.keep_id();
            let list = if is_prefix { &mut object.affixes.0 } else { &mut object.affixes.1 };
            list.push(text.as_ref().into());
            for spec in &specs {
                spec.visit(object, affix, &mut |node| {
                    let Some(name) = node.text() else { return };
                    let name = if is_prefix { format!("{text}{name}") } else { format!("{name}{text}") };
                    let mut new = Node::of_text(&name, node.at, node.key);
                    new.also.clone_from(&node.also);
                    new.also.push((affix.at, what));
                    node.replace(new);
                });
            }
        }
    }

    /// Labels or annotations (kustomize `api/filters/labels`).
    pub(super) fn set_pairs(
        &self,
        objects: &mut [Object],
        pairs: &Node,
        specs: &[FieldSpec],
        is_label: bool,
    ) {
        let Some(map) = pairs.as_map() else { return };
        for object in objects {
            for (key, value) in map {
                if !self.budget.spend(specs.len()) {
                    return;
                }
                let text = value.text().unwrap_or_default();
                let new = || Node::of_text(&text, value.at, value.key);
                if is_label {
                    object.setters.push(Setter { is_label, key: key.clone(), value: new() });
                }
                let made = Node::map(value.at, value.key);
                for spec in specs {
                    spec.visit(object, &made, &mut |node| node.set(key, new()));
                }
            }
        }
    }

    /// `labels`, then `commonLabels`, then `commonAnnotations`
    /// (kustomize `api/internal/target/kusttarget_configplugin.go`).
    pub(super) fn set_labels(&mut self, objects: &mut [Object], kustomization: &Node) {
        for label in kustomization.list("labels") {
            let Some(pairs) = label.get("pairs") else { continue };
            let includes = |what: &str| label.is_true(&format!("include{what}"));
            let mut all: Vec<FieldSpec> = label.list("fields").iter().filter_map(FieldSpec::read).collect();
            all.extend(self.configured("labels"));
            all.extend(label_specs(
                includes("Selectors"),
                includes("Templates"),
                includes("VolumeClaimTemplates"),
            ));
            self.set_pairs(objects, pairs, &all, true);
        }
        for (field, is_label) in [("commonLabels", true), ("commonAnnotations", false)] {
            let Some(pairs) = kustomization.get(field) else { continue };
            let mut all =
                if is_label { label_specs(true, true, true) } else { specs(&field_specs::ANNOTATIONS) };
            all.extend(self.configured(field));
            self.set_pairs(objects, pairs, &all, is_label);
        }
    }

    /// `replicas` (kustomize `api/internal/builtins/ReplicaCountTransformer.go`).
    pub(super) fn set_replicas(&self, objects: &mut [Object], replica: &Node, options: &Node) {
        let (Some(name), Some(count)) = (replica.field("name"), replica.get("count")) else { return };
        let mut specs = specs(&field_specs::REPLICAS);
        specs.extend(self.custom_specs(options, "replicas"));
        let made = Node::new(count.value.clone(), count.at, count.key);
        for object in objects {
            if !self.budget.spend(2) {
                return;
            }
            if object.ids.iter().any(|id| *id.name == *name) || object.name() == name {
                for spec in &specs {
                    spec.visit(object, &made, &mut |node| write_over(node, &made));
                }
            }
        }
    }

    /// The paths that a transformer names itself, and those of `configurations`.
    pub(super) fn custom_specs(&self, options: &Node, field: &str) -> Vec<FieldSpec> {
        let own = options.list("fieldSpecs").iter().filter_map(FieldSpec::read);
        own.chain(self.configured(field)).collect()
    }

    /// The paths of `configurations` for a field.
    pub(super) fn configured(&self, field: &str) -> impl Iterator<Item = FieldSpec> {
        self.custom.get(field).into_iter().flatten().cloned()
    }
}

/// Writes a scalar, unless the walk has just made it.
fn write_over(node: &mut Node, new: &Node) {
    if node.at == new.at && node.key == new.key {
        return;
    }
    node.replace(Node::new(new.value.clone(), new.at, new.key));
}
