//! The kinds and fields of Kubernetes' own API, and what in an object is none of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use super::{Object, kinds};
use crate::catalog::nearest;
use crate::source::Span;
use crate::yaml::{Entry, Node, Value};

/// No more of one object are named.
const MOST: usize = 20;

/// Kinds that other programs read, of groups that are Kubernetes' own: kubeconfig files, and what servers answer.
const FOREIGN: [&str; 2] = ["Config", "Status"];

/// A kind or a field that the API server does not know, or a value of another type than it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kind, the key or the value.
    pub span: Span,
    /// What is wrong with it.
    pub message: String,
    /// What becomes of it.
    pub note: &'static str,
    /// What stands there: in a Secret it is nobody's to see.
    pub value: Span,
    /// Whether nothing can apply it at all, with or without validation: the server has no such address.
    pub is_nowhere: bool,
}

/// The kinds that OpenShift had without a group.
const OLD_ROLES: [&str; 4] = ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];

const REFUSED: &str = "The API server refuses the object.";
/// The group of roles and bindings.
const RBAC: &str = "rbac.authorization.k8s.io";

const NOWHERE: &str =
    "kubectl and every engine refuse the object: the API server has no such group and version.";

const ELSEWHERE: &str =
    "kubectl and every engine refuse the object: the API server has no such kind in this group.";

const DROPPED: &str =
    "kubectl refuses the object; who applies it without validation loses the field in silence.";

/// Versions that groups had and have no more (kubernetes.io, "Deprecated API Migration Guide"); whether they are still
/// served, nobody here knows.
const RETIRED: [(&str, &[&str]); 8] = [
    ("admissionregistration.k8s.io", &["v1beta1", "v1alpha1"]),
    ("apps", &["v1beta1", "v1beta2"]),
    ("autoscaling", &["v2beta1", "v2beta2", "v2alpha1"]),
    ("batch", &["v1beta1", "v2alpha1"]),
    ("networking.k8s.io", &["v1beta1", "v1alpha1"]),
    ("policy", &["v1beta1"]),
    ("rbac.authorization.k8s.io", &["v1beta1", "v1alpha1"]),
    ("storage.k8s.io", &["v1beta1", "v1alpha1"]),
];

/// The table, as `fields.txt` has it.
struct Table {
    /// The kinds of each group.
    kinds: HashMap<&'static str, BTreeSet<&'static str>>,
    /// The versions that they are served in.
    versions: BTreeSet<&'static str>,
    /// The type of each kind, by version and kind.
    checked: HashMap<(&'static str, &'static str), &'static str>,
    /// The fields of each type, with their types.
    types: HashMap<&'static str, BTreeMap<&'static str, &'static str>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        kinds: HashMap::new(),
        versions: BTreeSet::new(),
        checked: HashMap::new(),
        types: HashMap::new(),
    };
    for line in include_str!("fields.txt").lines() {
        let mut words = line.split(' ');
        match (words.next(), words.next(), words) {
            (Some("kind"), Some(version), mut words) => {
                let Some(kind) = words.next() else { continue };
                let group = version.split_once('/').map_or("", |(group, _)| group);
                table.kinds.entry(group).or_default().insert(kind);
                table.versions.insert(version);
                table.checked.extend(words.next().map(|name| ((version, kind), name)));
            }
            (Some("type"), Some(name), words) => {
                table.types.insert(name, words.filter_map(|field| field.split_once(':')).collect());
            }
            _ => {}
        }
    }
    table
});

/// What in an object the API server does not know, in the order of its text.
#[must_use]
pub fn faults(object: &Object<'_>) -> Vec<Fault> {
    let mut found = Vec::new();
    if let Some(fault) = no_version(object).or_else(|| unknown_kind(object)).or_else(|| another_case(object))
    {
        found.push(fault);
    } else if let Some(name) = TABLE.checked.get(&(&*object.api_version, &*object.kind)) {
        mapping(object.node, name, &mut found);
    }
    found
}

/// An `apiVersion` that leaves out the version of its group, or names one that the group never had.
fn no_version(object: &Object<'_>) -> Option<Fault> {
    let written = &*object.api_version;
    let (group, version) = written.split_once('/').unwrap_or((written, ""));
    let Some(kinds) = TABLE.kinds.get(group).filter(|_| !group.is_empty()) else {
        return misspelt_group(object, group, version).or_else(|| no_group(object, group));
    };
    let is_current = || TABLE.versions.contains(written);
    let retired = RETIRED.iter().find(|(known, _)| *known == group);
    let is_retired = retired.is_none_or(|(_, versions)| versions.contains(&version));
    if !kinds.contains(&*object.kind)
        || is_placeholder(written)
        || (!version.is_empty() && (is_current() || is_retired))
    {
        return None;
    }
    let node = object.node.get("apiVersion")?;
    let meant = TABLE.versions.iter().filter(|known| known.starts_with(&format!("{group}/")));
    let meant = meant.min_by_key(|known| (known.len(), **known))?;
    let message = if version.is_empty() {
        format!("`{written}` names a group without a version; did you mean `{meant}`?")
    } else {
        format!("`{group}` has no version `{version}`; did you mean `{meant}`?")
    };
    let span = node.span();
    Some(Fault { span, message, note: NOWHERE, value: span, is_nowhere: true })
}

/// A group that nobody can have: the groups of others are domains (apiextensions-apiserver, `ValidateCustomResourceDefinition`).
/// `extensions` was one of Kubernetes' own.
fn no_group(object: &Object<'_>, group: &str) -> Option<Fault> {
    let written = &*object.api_version;
    let is_domain = written.contains('/') && group.contains('.');
    if is_domain || ["extensions", "v1"].contains(&group) || is_placeholder(written) {
        return None;
    }
    let meant = served_in(&object.kind)?;
    let node = object.node.get("apiVersion")?;
    let message = format!("no API is called `{written}`; did you mean `{meant}`?");
    Some(Fault { span: node.span(), message, note: NOWHERE, value: node.span(), is_nowhere: true })
}

/// The API that serves a kind of Kubernetes.
fn served_in(kind: &str) -> Option<&'static str> {
    let has = |version: &&str| {
        let group = version.split_once('/').map_or("", |(group, _)| group);
        TABLE.kinds.get(group).is_some_and(|kinds| kinds.contains(kind))
    };
    TABLE.versions.iter().copied().filter(has).min_by_key(|known| (known.len(), *known))
}

/// A kind or a group of others, known here, in another case of letters.
fn another_case(object: &Object<'_>) -> Option<Fault> {
    let (group, kind) = kinds::in_another_case(&object.group, &object.kind)?;
    let written = &*object.api_version;
    let is_of_group = group == object.group;
    let node = object.node.get(if is_of_group { "kind" } else { "apiVersion" })?;
    let message = if is_of_group {
        format!("`{written}` has no kind `{}`; did you mean `{kind}`?", object.kind)
    } else {
        format!("no API has the group `{}`; did you mean `{group}`?", object.group)
    };
    Some(Fault { span: node.span(), message, note: ELSEWHERE, value: node.span(), is_nowhere: true })
}

/// A group that looks like one of Kubernetes' own that has roles and bindings: nobody else's is called nearly so.
fn misspelt_group(object: &Object<'_>, group: &str, version: &str) -> Option<Fault> {
    let is_rbac = TABLE.kinds.get(RBAC).is_some_and(|kinds| kinds.contains(&*object.kind));
    let is_near = is_rbac && nearest(group, [RBAC.to_owned()]).is_some() && !is_placeholder(group);
    let node = object.node.get("apiVersion").filter(|_| is_near)?;
    let version = if version.is_empty() { "v1" } else { version };
    let message = format!("no API has the group `{group}`; did you mean `{RBAC}/{version}`?");
    Some(Fault { span: node.span(), message, note: NOWHERE, value: node.span(), is_nowhere: true })
}

fn unknown_kind(object: &Object<'_>) -> Option<Fault> {
    let kinds = TABLE.kinds.get(object.group.as_str())?;
    let kind = &*object.kind;
    if kinds.contains(kind) || FOREIGN.contains(&kind) && object.group.is_empty() || kind.ends_with("List") {
        return None;
    }
    if let Some(fault) = misplaced_kind(object) {
        return Some(fault);
    }
    let node = object.node.get("kind")?;
    let near = nearest(kind, kinds.iter().map(|kind| (*kind).to_owned()))?;
    let message = format!("`{}` has no kind `{kind}`; did you mean `{near}`?", object.api_version);
    Some(Fault { span: node.span(), message, note: REFUSED, value: node.span(), is_nowhere: false })
}

/// A kind of Kubernetes under the group of another.
fn misplaced_kind(object: &Object<'_>) -> Option<Fault> {
    let written = &*object.api_version;
    let meant = served_in(&object.kind)?;
    let node = object.node.get("apiVersion").filter(|_| !is_placeholder(written))?;
    let message = format!("`{written}` has no kind `{}`; did you mean `{meant}`?", object.kind);
    // OpenShift had roles before they had a group, and its templates still name them so.
    let is_of_openshift = object.group.is_empty() && OLD_ROLES.contains(&&*object.kind);
    let root = object.node.doc().root();
    let in_template =
        || root.and_then(|root| root.get("kind")).and_then(Node::text).as_deref() == Some("Template");
    if is_of_openshift && in_template() {
        return None;
    }
    let note = if is_of_openshift { REFUSED } else { ELSEWHERE };
    Some(Fault { span: node.span(), message, note, value: node.span(), is_nowhere: !is_of_openshift })
}

/// A mapping with the fields of a type. A document is not nested without end, so this may recurse.
fn mapping(node: Node<'_>, name: &str, found: &mut Vec<Fault>) {
    let Some(fields) = TABLE.types.get(name) else { return };
    for entry in node.entries() {
        if found.len() >= MOST {
            return;
        }
        let key = entry.key.key();
        match fields.get(&*key) {
            Some(kind) => value(entry.value, kind, &key, found),
            None if is_foreign(&key) => {}
            None => found.push(unknown_field(entry, name, fields.keys().map(|field| (*field).to_owned()))),
        }
    }
}

/// A key that is no field of a type, which has fields of these names.
pub(super) fn unknown_field(entry: Entry<'_>, of: &str, names: impl Iterator<Item = String>) -> Fault {
    let key = entry.key.key();
    let near = nearest(&key, names).map(|near| format!("; did you mean `{near}`?"));
    let is_label = of == "ObjectMeta" && entry.value.as_str().is_some();
    let label = || is_label.then(|| "; did you mean a label, in `metadata.labels`?".to_owned());
    let hint = near.or_else(label).unwrap_or_default();
    let message = format!("`{key}` is no field of {of}{hint}");
    Fault { span: entry.key.span(), message, note: DROPPED, value: entry.value.span(), is_nowhere: false }
}

/// A value of another type than its field takes.
pub(super) fn wrong_type(node: Node<'_>, key: &str, wanted: &str) -> Fault {
    let is = match node.value() {
        Value::Map => "a mapping",
        Value::Seq => "a list",
        Value::Str(_) => "text",
        Value::Bool(_) => "a boolean",
        _ => "a number",
    };
    let message = format!("`{key}` takes {wanted}, and this is {is}");
    Fault { span: node.span(), message, note: REFUSED, value: node.span(), is_nowhere: false }
}

/// Keys that other programs read before anything is applied: kustomize's directives, the metadata of SOPS, anchors.
pub(super) fn is_foreign(key: &str) -> bool {
    key.starts_with(['$', '.'])
        || key.starts_with("x-")
        || key == "sops"
        || key == "<<"
        || is_placeholder(key)
}

/// Whether something else is put in its place before it is applied.
pub(super) fn is_placeholder(text: &str) -> bool {
    ["${", "$(", "{{", "<", "ENC["].iter().any(|start| text.contains(start))
}

fn value(node: Node<'_>, kind: &str, key: &str, found: &mut Vec<Fault>) {
    let held = node.value();
    if held == Value::Null || matches!(&held, Value::Str(text) if is_placeholder(text)) {
        return;
    }
    let (fits, wanted) = match kind.split_at(1) {
        ("*", _) => return,
        ("[", _) => (held == Value::Seq, "a list"),
        ("s", "") => (matches!(held, Value::Str(_)), "text"),
        ("b", "") => (matches!(held, Value::Bool(_)), "`true` or `false`"),
        ("i" | "n", "") => (matches!(held, Value::Int(_) | Value::Uint(_) | Value::Float(_)), "a number"),
        _ => (held == Value::Map, "a mapping"),
    };
    match kind.strip_prefix('[').map(|item| (item, true)).or(kind.strip_prefix('{').map(|item| (item, false)))
    {
        _ if !fits => found.push(wrong_type(node, key, wanted)),
        Some((item, true)) => node.items().for_each(|one| value(one, item, key, found)),
        Some((item, false)) => {
            node.entries().for_each(|entry| value(entry.value, item, &entry.key.key(), found));
        }
        None => mapping(node, kind, found),
    }
}
