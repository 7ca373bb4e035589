//! The fields of a kustomization that go to all its objects: namespace, prefix, suffix, labels, annotations, replicas.

use super::Replayer;
use super::field_specs::{FieldSpec, Reach};
use super::objects::{Object, Setter};
use super::tree::{Node, Value};

impl Replayer<'_, '_> {
    /// `namespace` (kustomize `api/filters/namespace`). `mode` is `setRoleBindingSubjects` of the transformer.
    pub(super) fn set_namespace(&mut self, objects: &mut [Object], namespace: &Node, options: &Node) {
        let Some(text) = namespace.said().filter(|text| !text.is_empty()).map(std::borrow::Cow::into_owned)
        else {
            return;
        };
        let subjects_mode = options.field("setRoleBindingSubjects").map(std::borrow::Cow::into_owned);
        let unset_only = options.is_true("unsetOnly");
        let custom = self.custom_specs(options, "namespace");
        let specs: Vec<FieldSpec> = Reach::Namespace.specs().into_iter().chain(custom).collect();
        let made = Node::text(&text, namespace.at, namespace.key);
        let write = |node: &mut Node| {
            if !unset_only || node.said().is_none_or(|text| text.is_empty()) {
                write_over(node, &made);
            }
        };
        for object in objects {
            if !self.budget.spend(4) {
                return;
            }
            object.remember();
            object.setters.push(Setter {
                is_label: false,
                key: "namespace".into(),
                value: made.copy(&self.budget),
            });
            let field = match (&*object.kind(), &*object.api_version()) {
                ("Namespace", "v1") => Some("metadata/name"),
                _ if object.is_cluster_scoped() => None,
                _ => Some("metadata/namespace"),
            };
            if let Some(field) = field {
                FieldSpec::new("", "", "", field, true).visit(object, &made, &mut |node| write(node));
            }
            if matches!(&*object.kind(), "RoleBinding" | "ClusterRoleBinding")
                && subjects_mode.as_deref() != Some("none")
            {
                let all = subjects_mode.as_deref() == Some("allServiceAccounts");
                let Some(Value::List(subjects)) = object.tree.get_mut("subjects").map(|node| &mut node.value)
                else {
                    continue;
                };
                for subject in subjects {
                    let is_account = subject.said_at(&["kind"]).is_some_and(|kind| kind == "ServiceAccount");
                    if if all {
                        is_account
                    } else {
                        subject.said_at(&["name"]).is_some_and(|name| name == "default")
                    } {
                        subject.set("namespace", made.copy(&self.budget));
                    }
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
        let Some(text) = affix.said().filter(|text| !text.is_empty()) else { return };
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
            object.remember();
            let list = if is_prefix { &mut object.affixes.0 } else { &mut object.affixes.1 };
            list.push(text.as_ref().into());
            for spec in &specs {
                spec.visit(object, affix, &mut |node| {
                    let Some(name) = node.said() else { return };
                    let name = if is_prefix { format!("{text}{name}") } else { format!("{name}{text}") };
                    let mut new = Node::text(&name, node.at, node.key);
                    new.also.clone_from(&node.also);
                    new.also.push((affix.at, what));
                    node.replace(new);
                });
            }
        }
    }

    /// Labels or annotations (kustomize `api/filters/labels`).
    pub(super) fn set_pairs(
        &mut self,
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
                let text = value.said().unwrap_or_default();
                let new = || Node::text(&text, value.at, value.key);
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
            let reach = Reach::Labels {
                selectors: label.is_true("includeSelectors"),
                templates: label.is_true("includeTemplates"),
                claims: label.is_true("includeVolumeClaimTemplates"),
            };
            let mut specs: Vec<FieldSpec> = label.list("fields").iter().filter_map(FieldSpec::read).collect();
            specs.extend(self.custom.get("labels").into_iter().flatten().cloned());
            specs.extend(reach.specs());
            if let Some(pairs) = label.get("pairs") {
                self.set_pairs(objects, pairs, &specs, true);
            }
        }
        if let Some(pairs) = kustomization.get("commonLabels") {
            let mut specs = Reach::Labels { selectors: true, templates: true, claims: true }.specs();
            specs.extend(self.custom.get("commonLabels").into_iter().flatten().cloned());
            self.set_pairs(objects, pairs, &specs, true);
        }
        if let Some(pairs) = kustomization.get("commonAnnotations") {
            let mut specs = Reach::Annotations.specs();
            specs.extend(self.custom.get("commonAnnotations").into_iter().flatten().cloned());
            self.set_pairs(objects, pairs, &specs, false);
        }
    }

    /// `replicas` (kustomize `api/internal/builtins/ReplicaCountTransformer.go`).
    pub(super) fn set_replicas(&mut self, objects: &mut [Object], replica: &Node, options: &Node) {
        let (Some(name), Some(count)) = (replica.field("name"), replica.get("count")) else { return };
        let custom = self.custom_specs(options, "replicas");
        let specs: Vec<FieldSpec> = Reach::Replicas.specs().into_iter().chain(custom).collect();
        let made = Node::new(count.value.clone(), count.at, count.key);
        for object in objects {
            if !self.budget.spend(2) {
                return;
            }
            if !object.ids.iter().any(|id| *id.name == *name) && object.name() != name {
                continue;
            }
            for spec in &specs {
                spec.visit(object, &made, &mut |node| write_over(node, &made));
            }
        }
    }

    /// The paths that a transformer names itself, and those of `configurations`.
    pub(super) fn custom_specs(&self, options: &Node, field: &str) -> Vec<FieldSpec> {
        let own = options.list("fieldSpecs").iter().filter_map(FieldSpec::read);
        own.chain(self.custom.get(field).into_iter().flatten().cloned()).collect()
    }
}

/// Writes a scalar, unless the walk has just made it.
pub(super) fn write_over(node: &mut Node, new: &Node) {
    if node.at == new.at && node.key == new.key {
        return;
    }
    node.replace(Node::new(new.value.clone(), new.at, new.key));
}
