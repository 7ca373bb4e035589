//! Where the fields of a kustomization that go to many objects arrive: paths by type.
//!
//! The tables are kustomize's (`api/internal/konfig/builtinpluginconsts`), the walk is its `api/filters/fieldspec`.

use super::objects::Object;
use super::tree::{Map, Node, Value};

/// A path in the objects of a type.
#[derive(Clone, Debug)]
pub(super) struct FieldSpec {
    group: String,
    version: String,
    kind: String,
    path: Vec<String>,
    /// Is what is missing made?
    create: bool,
}

/// Where pod templates stand: (kind, path of the pod's specification).
pub(super) const PODS: [(&str, &str); 8] = [
    ("Pod", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
];

/// Whether kustomize knows where the pods of a kind are specified, and so which accounts they name.
#[must_use]
pub fn knows_pods_of(kind: &str) -> bool {
    PODS.iter().any(|(known, _)| *known == kind)
}

/// A row of the tables: group, version, kind, path, create.
type Row = (&'static str, &'static str, &'static str, &'static str, bool);

const TEMPLATE_LABELS: [Row; 8] = [
    ("", "v1", "ReplicationController", "spec/template/metadata/labels", true),
    ("", "", "Deployment", "spec/template/metadata/labels", true),
    ("", "", "ReplicaSet", "spec/template/metadata/labels", true),
    ("", "", "DaemonSet", "spec/template/metadata/labels", true),
    ("apps", "", "StatefulSet", "spec/template/metadata/labels", true),
    ("batch", "", "Job", "spec/template/metadata/labels", true),
    ("batch", "", "CronJob", "spec/jobTemplate/metadata/labels", true),
    ("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/labels", true),
];

const SELECTORS: [Row; 12] = [
    ("", "v1", "Service", "spec/selector", true),
    ("", "v1", "ReplicationController", "spec/selector", true),
    ("", "", "Deployment", "spec/selector/matchLabels", true),
    ("", "", "ReplicaSet", "spec/selector/matchLabels", true),
    ("", "", "DaemonSet", "spec/selector/matchLabels", true),
    ("apps", "", "StatefulSet", "spec/selector/matchLabels", true),
    ("batch", "", "Job", "spec/selector/matchLabels", false),
    ("batch", "", "CronJob", "spec/jobTemplate/spec/selector/matchLabels", false),
    ("policy", "", "PodDisruptionBudget", "spec/selector/matchLabels", false),
    ("networking.k8s.io", "", "NetworkPolicy", "spec/podSelector/matchLabels", false),
    ("networking.k8s.io", "", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels", false),
    ("networking.k8s.io", "", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels", false),
];

/// Further selectors of a Deployment and a StatefulSet, below `spec/template/spec`.
const POD_SELECTORS: [&str; 5] = [
    "affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "topologySpreadConstraints/labelSelector/matchLabels",
];

pub(super) const ANNOTATIONS: [Row; 9] = [
    ("", "", "", "metadata/annotations", true),
    ("", "v1", "ReplicationController", "spec/template/metadata/annotations", true),
    ("", "", "Deployment", "spec/template/metadata/annotations", true),
    ("", "", "ReplicaSet", "spec/template/metadata/annotations", true),
    ("", "", "DaemonSet", "spec/template/metadata/annotations", true),
    ("", "", "StatefulSet", "spec/template/metadata/annotations", true),
    ("batch", "", "Job", "spec/template/metadata/annotations", true),
    ("batch", "", "CronJob", "spec/jobTemplate/metadata/annotations", true),
    ("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/annotations", true),
];

/// Besides `metadata/namespace`.
pub(super) const NAMESPACES: [Row; 2] = [
    ("apiregistration.k8s.io", "", "APIService", "spec/service/namespace", true),
    ("apiextensions.k8s.io", "", "CustomResourceDefinition", CONVERSION_NAMESPACE, false),
];

const CONVERSION_NAMESPACE: &str = "spec/conversion/webhook/clientConfig/service/namespace";

pub(super) const REPLICAS: [Row; 4] = [
    ("", "", "Deployment", "spec/replicas", true),
    ("", "", "ReplicationController", "spec/replicas", true),
    ("", "", "ReplicaSet", "spec/replicas", true),
    ("", "", "StatefulSet", "spec/replicas", true),
];

/// The paths of a table.
pub(super) fn specs(rows: &[Row]) -> Vec<FieldSpec> {
    rows.iter().map(|row| FieldSpec::new(row.0, row.1, row.2, row.3, row.4)).collect()
}

/// Where labels go, besides `metadata/labels`: into pod templates, claims and selectors, as asked for.
pub(super) fn label_specs(selectors: bool, templates: bool, claims: bool) -> Vec<FieldSpec> {
    let mut all = vec![FieldSpec::new("", "", "", "metadata/labels", true)];
    if selectors || templates {
        all.extend(specs(&TEMPLATE_LABELS));
    }
    if selectors || claims {
        let path = "spec/volumeClaimTemplates[]/metadata/labels";
        all.push(FieldSpec::new("apps", "", "StatefulSet", path, true));
    }
    if selectors {
        all.extend(specs(&SELECTORS));
        for kind in ["Deployment", "StatefulSet"] {
            let path = |path: &&str| format!("spec/template/spec/{path}");
            let paths = POD_SELECTORS.iter().map(path);
            all.extend(paths.map(|path| FieldSpec::new("apps", "", kind, &path, false)));
        }
    }
    all
}

impl FieldSpec {
    pub(super) fn new(group: &str, version: &str, kind: &str, path: &str, create: bool) -> Self {
        let (group, version, kind) = (group.to_owned(), version.to_owned(), kind.to_owned());
        Self { group, version, kind, path: split_path(path, '/'), create }
    }

    /// As users write them: `{path, group, version, kind, create}`.
    pub(super) fn read(node: &Node) -> Option<Self> {
        let text = |key: &str| node.field(key).unwrap_or_default();
        let path = node.field("path")?;
        Some(Self::new(&text("group"), &text("version"), &text("kind"), &path, node.is_true("create")))
    }

    pub(super) fn is_path(&self, path: &[&str]) -> bool {
        self.path == path
    }

    pub(super) fn ends_with(&self, last: &[&str]) -> bool {
        self.path.len() >= last.len() && self.path[self.path.len() - last.len()..] == *last
    }

    pub(super) fn is_for(&self, object: &Object) -> bool {
        object.is_of(&self.group, &self.version, &self.kind)
    }

    /// Hands over what stands at the path. `made` makes the last part where it is missing, and gives its place to the
    /// mappings on the way.
    pub(super) fn visit(&self, object: &mut Object, made: &Node, write: &mut dyn FnMut(&mut Node)) {
        if self.is_for(object) {
            visit(&mut object.tree, &self.path, self.create.then_some(made), write);
        }
    }

    /// Hands over what stands at the path, and makes nothing.
    pub(super) fn visit_there(&self, object: &mut Object, write: &mut dyn FnMut(&mut Node)) {
        visit(&mut object.tree, &self.path, None, write);
    }
}

/// Walks a path; lists on the way are walked item by item.
pub(super) fn visit(node: &mut Node, path: &[String], made: Option<&Node>, write: &mut dyn FnMut(&mut Node)) {
    let Some((step, rest)) = path.split_first() else {
        return write(node);
    };
    match &mut node.value {
        Value::List(items) => {
            for item in items {
                visit(item, path, made, write);
            }
        }
        Value::Map(map) => {
            let name = step.strip_suffix("[]").unwrap_or(step);
            // What is missing in the items of a list is not made.
            let made = made.filter(|_| name == step);
            if let Some(made) = made {
                let entry =
                    map.entry(name.into()).or_insert_with(|| Node::new(Value::Null, made.at, made.key));
                if entry.value.is_null() {
                    let is_scalar = rest.is_empty() && made.value.is_scalar();
                    entry.value = if is_scalar { made.value.clone() } else { Value::Map(Map::new()) };
                    (entry.at, entry.key) = (made.at, made.key);
                }
            }
            if let Some(next) = map.get_mut(name) {
                visit(next, rest, made, write);
            }
        }
        _ => {}
    }
}

/// The parts of a path; a backslash keeps a delimiter (kustomize `kyaml/utils/pathsplitter.go`).
pub(super) fn split_path(path: &str, delimiter: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = path.trim_start_matches(delimiter).chars().peekable();
    while let Some(char) = chars.next() {
        let last = parts.last_mut().expect("there is always one");
        if char == '\\' && chars.peek() == Some(&delimiter) {
            last.push(delimiter);
            chars.next();
        } else if char == delimiter {
            parts.push(String::new());
        } else {
            last.push(char);
        }
    }
    parts
}
