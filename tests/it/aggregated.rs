//! Built-in and platform roles as bindings in the input meet them, told by what NHI508 says of a group that gets them.

use std::collections::BTreeSet;

use nhilint::catalog::Preset;
use nhilint::finding::RuleId;

use crate::bench::{catalog, lint_files, settings};

/// Adds secrets to a built-in role.
fn widening(target: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: more-{target}
  labels: {{rbac.authorization.k8s.io/aggregate-to-{target}: 'true'}}
rules:
  - {{apiGroups: [''], resources: [secrets], verbs: [list]}}
---
"
    )
}

/// Gives a role to every account.
fn given(role: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: everybody}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: '{role}'}}
subjects: [{{kind: Group, name: 'system:serviceaccounts', apiGroup: rbac.authorization.k8s.io}}]
---
"
    )
}

/// File and form of each finding.
fn forms(files: &[(&str, &str)]) -> Vec<(String, &'static str)> {
    let catalog = catalog();
    let mut settings = settings(&catalog, Preset::Strict);
    settings.select = Some(BTreeSet::from([RuleId(508)]));
    let (report, sources) = lint_files(files, &settings, &catalog);
    let file = |path: &str| {
        files
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .find(|name| path.ends_with(name))
            .expect("a file of the run")
    };
    report
        .findings
        .iter()
        .map(|finding| (file(sources.file(finding.span.file).path()), finding.form.0))
        .collect()
}

fn form(text: &str) -> &'static str {
    let found = forms(&[("all.yaml", text)]);
    assert_eq!(found.len(), 1, "{text}");
    found[0].1
}

#[test]
fn labelled_roles_widen_the_built_in_role_that_a_binding_names() {
    assert_eq!(form(&given("view")), "harmless");
    assert_eq!(form(&(widening("view") + &given("view"))), "powerful");
    assert_eq!(form(&(widening("shop") + &given("view"))), "harmless");
}

#[test]
fn they_widen_it_in_their_own_cluster_only() {
    let (widened, bound) = (widening("view") + &given("view"), given("view"));
    let found = forms(&[
        ("overlays/dev/rbac.yaml", &widened),
        ("overlays/prod/rbac.yaml", &bound.replace("name: everybody", "name: everybody, labels: {a: b}")),
    ]);
    let expected = [
        ("overlays/dev/rbac.yaml".to_owned(), "powerful"),
        ("overlays/prod/rbac.yaml".to_owned(), "harmless"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_role_named_view_replaces_no_other_built_in_role() {
    let own = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: view}
rules:
  - {apiGroups: [''], resources: [configmaps], verbs: [get]}
---
";
    // It takes in `edit`, and so its own `view` in place of the built-in one.
    let suite = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: suite}
aggregationRule:
  clusterRoleSelectors:
    - matchLabels: {rbac.authorization.k8s.io/aggregate-to-edit: 'true'}
---
";
    assert_eq!(form(&(own.to_owned() + suite + &given("suite"))), "powerful");
    assert_eq!(form(&(own.to_owned() + &given("edit"))), "powerful");
    assert_eq!(form(&(own.to_owned() + &given("view"))), "harmless");
}

#[test]
fn what_is_known_in_part_is_judged_by_that_part() {
    assert_eq!(form(&given("tekton-triggers-eventlistener-roles")), "powerful");
    assert_eq!(form(&given("cluster-reader")), "harmless");
    assert_eq!(form(&given("cattle-fleet")), "powerful");
    assert_eq!(form(&given("argo-server")), "unknown");
}
