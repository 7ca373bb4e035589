//! What kustomize does once, after all layers (`api/internal/target/kusttarget.go`, `makeCustomizedResMap`,
//! `api/krusty/kustomizer.go`): hashes in names, name references, variables, local objects, the label of the manager.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};

use super::field_specs::{FieldSpec, PODS, split_path};
use super::objects::{Id, Object, group_and_version};
use super::print::json;
use super::tree::{Node, Value};
use super::{Doubt, Replayer};

/// Objects with this annotation are for kustomize only.
const LOCAL: &str = "config.kubernetes.io/local-config";

/// Annotations that kustomize takes away, whoever wrote them.
const BUILD_ANNOTATIONS: [&str; 5] = [
    "config.kubernetes.io/index",
    "config.kubernetes.io/origin",
    "config.kubernetes.io/path",
    "config.k8s.io/id",
    "alpha.config.kubernetes.io/transformations",
];

/// Longer names of variables are not looked for.
const LONGEST_NAME: usize = 256;

/// The label that `buildMetadata: [managedByLabel]` asks for.
pub(super) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

impl Replayer<'_, '_> {
    pub(super) fn finish(&mut self, objects: &mut Vec<Object>) {
        for object in objects.iter_mut().filter(|object| object.hashed) {
            if !self.budget.spend(50) {
                return;
            }
            object.keep_id();
            let (name, hash) = (object.name().into_owned(), hash(&object.tree));
            if let Some(node) = object.tree.at_mut(&["metadata", "name"]) {
                let mut new = Node::of_text(&format!("{name}-{hash}"), node.at, node.key);
                new.also.clone_from(&node.also);
                node.replace(new);
            }
        }
        self.follow_names(objects);
        self.fill_variables(objects);
        objects.retain(|object| {
            let local = object.tree.text_at(&["metadata", "annotations", LOCAL]);
            local.is_none_or(|local| local == "false")
        });
        objects.iter_mut().for_each(remove_build_annotations);
        let metadata = self.top.as_ref().and_then(|top| top.get("buildMetadata"));
        for item in metadata.map_or(&[][..], Node::items) {
            self.doubts.push(Doubt { what: "`buildMetadata` is not replayed".into(), at: item.at });
        }
    }

    /// `vars`: `$(NAME)` becomes the value of a field of an object (kustomize `api/filters/refvar`).
    fn fill_variables(&mut self, objects: &mut [Object]) {
        let mut values: HashMap<String, Node> = HashMap::new();
        for variable in std::mem::take(&mut self.variables) {
            let (Some(name), Some(value)) = (variable.field("name"), self.variable(objects, &variable))
            else {
                self.doubt("a variable without a value".into(), variable.at);
                continue;
            };
            values.insert(name.into_owned(), value);
        }
        if values.is_empty() {
            return;
        }
        let mut specs = variable_specs();
        specs.extend(self.configured("varReference"));
        for object in objects {
            for spec in &specs {
                if !self.budget.spend(1) {
                    return;
                }
                if spec.is_for(object) {
                    spec.visit_there(object, &mut |node| fill(node, &values));
                }
            }
        }
    }

    fn variable(&self, objects: &[Object], variable: &Node) -> Option<Node> {
        let reference = variable.get("objref")?;
        let part = |key: &str| reference.field(key).unwrap_or_default();
        let (kind, name, namespace, api_version) =
            (part("kind"), part("name"), part("namespace"), part("apiVersion"));
        let or_part = |text: &str, key: &str| {
            if text.is_empty() { part(key).into_owned() } else { text.to_owned() }
        };
        let (group, version) = group_and_version(&api_version);
        let (group, version) = (or_part(group, "group"), or_part(version, "version"));
        self.budget.spend(objects.len());
        let is_named = |id: &Id| *id.name == *name && (namespace.is_empty() || *id.namespace == *namespace);
        let object = objects
            .iter()
            .find(|object| object.is_of(&group, &version, &kind) && object.ids.iter().any(is_named))?;
        let field = variable.get("fieldref");
        let path = field.and_then(|field| field.get("fieldPath").or_else(|| field.get("fieldpath")));
        let path = path.and_then(Node::text).unwrap_or("metadata.name".into());
        let mut node = &object.tree;
        for step in split_path(&path.replace('[', ".").replace(']', ""), '.') {
            node = match &node.value {
                Value::List(items) => items.get(step.parse::<usize>().ok()?)?,
                _ => node.get(&step)?,
            };
        }
        node.value.is_scalar().then(|| node.copy(&self.budget))
    }
}

/// Takes kustomize's own annotations away, and what is empty then (`api/resource/resource.go`, `RemoveBuildAnnotations`).
fn remove_build_annotations(object: &mut Object) {
    let Some(metadata) = object.tree.get_mut("metadata").and_then(Node::as_map_mut) else { return };
    let Some(annotations) = metadata.get_mut("annotations") else { return };
    if let Some(map) = annotations.as_map_mut() {
        map.retain(|key, _| {
            !key.starts_with("internal.config.kubernetes.io/") && !BUILD_ANNOTATIONS.contains(&&**key)
        });
    }
    if annotations.as_map().map_or(annotations.value.is_null(), BTreeMap::is_empty) {
        metadata.remove("annotations");
    }
}

/// `builtinpluginconsts/varreference.go`.
fn variable_specs() -> Vec<FieldSpec> {
    let in_containers = ["args", "command", "env/value", "volumeMounts/mountPath"];
    let elsewhere = [
        ("Deployment", "spec/template/metadata/annotations"),
        ("Ingress", "spec/rules/host"),
        ("Ingress", "spec/tls/hosts"),
        ("Ingress", "spec/tls/secretName"),
        ("Service", "spec/ports/port"),
        ("Service", "spec/ports/targetPort"),
        ("StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server"),
        ("PersistentVolume", "spec/nfs/server"),
        ("", "metadata/labels"),
        ("", "metadata/annotations"),
    ];
    let mut specs = Vec::new();
    for (kind, pod) in PODS.into_iter().filter(|(kind, _)| *kind != "PodTemplate") {
        for containers in ["containers", "initContainers"] {
            for field in in_containers {
                specs.push(FieldSpec::new("", "", kind, &format!("{pod}/{containers}/{field}"), false));
            }
        }
        specs.push(FieldSpec::new("", "", kind, &format!("{pod}/volumes/nfs/server"), false));
    }
    specs.extend(elsewhere.map(|(kind, path)| FieldSpec::new("", "", kind, path, false)));
    specs
}

fn fill(node: &mut Node, values: &HashMap<String, Node>) {
    match &mut node.value {
        Value::Map(map) => map.values_mut().for_each(|value| fill(value, values)),
        Value::List(items) => items.iter_mut().for_each(|item| fill(item, values)),
        Value::Text(text) => {
            if let Some((value, source)) = filled(text, values) {
                let mut new = Node::new(value, node.at, node.key);
                new.also.push((source.at, "a variable brings this"));
                node.replace(new);
            }
        }
        _ => {}
    }
}

/// A text with its variables; none if there are none. `$$` is kept from being one.
fn filled<'v>(text: &str, values: &'v HashMap<String, Node>) -> Option<(Value, &'v Node)> {
    let whole = text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
    if let Some(node) = whole.and_then(|name| values.get(name)) {
        return Some((node.value.clone(), node));
    }
    let mut out = String::new();
    let (mut rest, mut first) = (text, None);
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = rest.strip_prefix("$(").and_then(|inner| {
            let end = inner.bytes().take(LONGEST_NAME).position(|byte| byte == b')')?;
            Some((&inner[..end], &inner[end + 1..]))
        });
        if let Some((node, after)) = name.and_then(|(name, after)| Some((values.get(name)?, after))) {
            out.push_str(&node.text().unwrap_or_default());
            first = first.or(Some(node));
            rest = after;
        } else if let Some(after) = rest.strip_prefix("$$") {
            out.push('$');
            rest = after;
        } else {
            out.push('$');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    first.map(|node| (Value::Text(out.into()), node))
}

/// The hash behind the names of generated objects (kustomize `api/hasher/hasher.go`).
fn hash(tree: &Node) -> String {
    let part = |key: &str| tree.get(key).map_or_else(|| "\"\"".to_owned(), json);
    let kind = tree.field("kind").unwrap_or_default();
    let is_secret = kind == "Secret";
    // Kustomize looks for a field `metadata/name`, which there is not.
    let (kind, name) = (format!("\"{kind}\""), "\"\"".to_owned());
    let mut fields = BTreeMap::from([("kind", kind), ("name", name), ("data", part("data"))]);
    if is_secret {
        fields.insert("type", part("type"));
    }
    let further = if is_secret { "stringData" } else { "binaryData" };
    if tree.get(further).is_some_and(|node| node.as_map().is_some()) {
        fields.insert(further, part(further));
    }
    let fields: Vec<String> = fields.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    let digest = Sha256::digest(format!("{{{}}}", fields.join(",")).as_bytes());
    let hex: Vec<String> = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let swap = |digit| match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hex.concat().chars().map(swap).collect()
}
