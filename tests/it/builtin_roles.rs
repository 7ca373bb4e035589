//! The tables of roles that stand in no file: well-formed, whole, and true to the questions asked of them.

use std::collections::BTreeSet;
use std::path::Path;

use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding};
use nhilint::graph::tables::builtin::{
    Content, beyond_floor, builtin, distribution_role, distribution_roles,
};
use nhilint::graph::tables::permission::{Request, Rule, allowed, is_everything};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn table(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/tables").join(name);
    let text = std::fs::read_to_string(path).expect("the tables are in the repository");
    serde_json::from_str(&text).expect("the tables are JSON")
}

/// Reads an entry as the type of the Kubernetes API, and checks that nothing in it is unknown to that type.
fn typed<T: DeserializeOwned + Serialize>(entry: &Value) -> T {
    let typed: T = serde_json::from_value(entry.clone()).unwrap_or_else(|error| panic!("{error}: {entry}"));
    let mut back = serde_json::to_value(&typed).expect("it was read from a value");
    if let Some(fields) = back.as_object_mut() {
        for added in ["apiVersion", "kind"] {
            fields.remove(added);
        }
    }
    assert_eq!(&back, entry, "a field is lost");
    typed
}

/// A rule of ours as the API writes it.
fn written(rule: &Rule<'_>) -> PolicyRule {
    let words = |words: &[std::borrow::Cow<'_, str>]| -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    };
    let some = |list: &[std::borrow::Cow<'_, str>]| (!list.is_empty()).then(|| words(list));
    PolicyRule {
        verbs: words(&rule.verbs),
        api_groups: some(&rule.groups),
        resources: some(&rule.resources),
        resource_names: some(&rule.names),
        non_resource_urls: some(&rule.urls),
    }
}

fn entries<'t>(table: &'t Value, section: &str) -> &'t [Value] {
    table[section].as_array().expect("a section is a list")
}

#[test]
fn built_in_roles_are_kubernetes_objects_and_nothing_of_them_is_lost() {
    let table = table("builtin-roles.json");
    let ours = builtin();
    let cluster_roles = entries(&table, "clusterRoles");
    assert_eq!(cluster_roles.len(), ours.cluster_roles.len());
    for (entry, role) in cluster_roles.iter().zip(&ours.cluster_roles) {
        let typed: ClusterRole = typed(entry);
        assert_eq!(typed.metadata.name.as_deref(), Some(&*role.name));
        let rules: Vec<PolicyRule> = role.rules.iter().map(written).collect();
        assert_eq!(typed.rules.unwrap_or_default(), rules, "{}", role.name);
        let selectors = typed.aggregation_rule.and_then(|rule| rule.cluster_role_selectors);
        assert_eq!(selectors.map(|list| list.len()), role.selectors.as_ref().map(Vec::len));
        for (key, value) in typed.metadata.labels.unwrap_or_default() {
            assert_eq!(role.labels.get(&key), Some(&value), "{}", role.name);
        }
    }
    let listed = entries(&table, "roles");
    assert_eq!(listed.len(), ours.roles.len());
    for (entry, role) in listed.iter().zip(&ours.roles) {
        let typed: Role = typed(entry);
        assert_eq!(typed.metadata.namespace.as_deref(), role.metadata.namespace);
        assert_eq!(typed.metadata.name.as_deref(), Some(role.metadata.name));
        let rules: Vec<PolicyRule> = role.rules.iter().map(written).collect();
        assert_eq!(typed.rules.unwrap_or_default(), rules, "{}", role.metadata.name);
    }
}

#[test]
fn built_in_bindings_are_kubernetes_objects_that_lead_to_built_in_roles() {
    let table = table("builtin-roles.json");
    let ours = builtin();
    let cluster_wide = entries(&table, "clusterRoleBindings");
    let namespaced = entries(&table, "roleBindings");
    assert_eq!(cluster_wide.len(), ours.cluster_role_bindings.len());
    assert_eq!(namespaced.len(), ours.role_bindings.len());
    // The API requires the group that the table leaves out.
    let whole = |entry: &Value| {
        let mut entry = entry.clone();
        entry["roleRef"]["apiGroup"] = json!("rbac.authorization.k8s.io");
        entry
    };
    for (entry, binding) in cluster_wide.iter().zip(&ours.cluster_role_bindings) {
        let typed: ClusterRoleBinding = typed(&whole(entry));
        assert_eq!(typed.role_ref.name, binding.role_ref.name);
        assert_eq!(typed.subjects.map_or(0, |subjects| subjects.len()), binding.subjects.len());
        assert!(ours.cluster_role(binding.role_ref.name).is_some(), "{}", binding.metadata.name);
    }
    for (entry, binding) in namespaced.iter().zip(&ours.role_bindings) {
        let typed: RoleBinding = typed(&whole(entry));
        assert_eq!(typed.role_ref.name, binding.role_ref.name);
        let namespace = binding.metadata.namespace.expect("a RoleBinding has a namespace");
        assert_eq!(typed.metadata.namespace.as_deref(), Some(namespace));
        assert!(ours.role(namespace, binding.role_ref.name).is_some(), "{}", binding.metadata.name);
    }
    let of_accounts = ours.cluster_role_bindings.iter().flat_map(|binding| &binding.subjects);
    for subject in of_accounts {
        assert_eq!(subject.kind == "ServiceAccount", subject.namespace.is_some(), "{subject:?}");
    }
}

#[test]
fn built_in_roles_are_found_by_name() {
    let ours = builtin();
    for role in &ours.cluster_roles {
        assert_eq!(ours.cluster_role(&role.name), Some(role));
    }
    for role in &ours.roles {
        let namespace = role.metadata.namespace.expect("a Role has a namespace");
        assert!(ours.role(namespace, role.metadata.name).is_some(), "{}", role.metadata.name);
    }
    assert!(ours.cluster_role("cluster-owner").is_none());
    assert!(ours.role("default", "extension-apiserver-authentication-reader").is_none());
    assert!(ours.rules("nobody").is_none());
}

#[test]
fn only_cluster_admin_is_everything_and_the_floor_is_the_floor() {
    let ours = builtin();
    let names = |test: &dyn Fn(Vec<&Rule<'static>>) -> bool| -> BTreeSet<&str> {
        let holds = |name: &&str| test(ours.rules(name).expect("it is built in"));
        ours.cluster_roles.iter().map(|role| &*role.name).filter(holds).collect()
    };
    assert_eq!(names(&|rules| is_everything(rules)), ["cluster-admin"].into());
    let floor = [
        "system:basic-user",
        "system:discovery",
        "system:public-info-viewer",
        "system:service-account-issuer-discovery",
    ];
    assert_eq!(names(&|rules| !beyond_floor(rules)), floor.into());
}

#[test]
fn distribution_roles_are_well_formed() {
    let table = table("distribution-roles.json");
    let listed = entries(&table, "roles");
    assert_eq!(listed.len(), distribution_roles().len());
    for (entry, role) in listed.iter().zip(distribution_roles()) {
        let rules: Vec<PolicyRule> = entry["rules"].as_array().into_iter().flatten().map(typed).collect();
        assert_eq!(rules, role.rules.iter().map(written).collect::<Vec<_>>(), "{}", role.name);
        assert_eq!(rules.is_empty(), role.content == Content::Unknown, "{}", role.name);
        assert!(!role.name.ends_with('*') || role.content == Content::Unknown, "{}", role.name);
        assert!(builtin().cluster_role(role.name).is_none(), "{} is built in", role.name);
    }
    let names: Vec<&str> = distribution_roles().iter().map(|role| role.name).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "sorted, and each once");
}

#[test]
fn distribution_roles_are_found_by_name_then_by_beginning() {
    let found = |name: &str| distribution_role(name).map(|role| role.name);
    assert_eq!(found("self-provisioner"), Some("self-provisioner"));
    assert_eq!(found("system:openshift:scc:anyuid"), Some("system:openshift:scc:anyuid"));
    assert_eq!(found("system:openshift:scc:ours"), Some("system:openshift:scc:*"));
    assert_eq!(found("system:openshift:controller:x"), Some("system:openshift:*"));
    assert_eq!(found("eks:anything"), Some("eks:*"));
    assert_eq!(found("our-role"), None);
    let anyuid = distribution_role("system:openshift:scc:anyuid").expect("found above");
    assert_eq!((anyuid.content, anyuid.platform), (Content::Full, "OpenShift"));
    let constraints = Request::resource("use", "security.openshift.io", "securitycontextconstraints");
    assert!(allowed(&anyuid.rules, &constraints.named("anyuid")));
    assert!(!allowed(&anyuid.rules, &constraints.named("privileged")));
}
