//! What a finding proposes holds no name that only rendering knows, and no role that nobody declared.

use std::collections::BTreeSet;

use nhilint::finding::Engine;
use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::check;
use crate::rendering_hostile::with;

/// The texts that the findings of a rule propose.
fn proposed(report: &Value, rule: &str) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a list").iter().filter(|one| one["rule"] == rule);
    let fixes = findings.flat_map(|finding| finding["fixes"].as_array().expect("a list"));
    let changes = fixes.flat_map(|fix| fix["changes"].as_array().expect("a list"));
    changes.filter_map(|change| change["yaml"].as_str().map(str::to_owned)).collect()
}

const JOB: &str = "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: NAME\n  annotations: {team: books}\nspec:\n  schedule: '0 1 1 * *'\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          containers: [{name: close, image: 'registry.example/close:7'}]\n";

#[test]
fn a_base_is_told_its_own_names() {
    let Some(path) = with(Engine::Kustomize) else { return };
    let job = JOB.replace("NAME", "close");
    let overlay =
        |name: &str| format!("namespace: books-{name}\nnamePrefix: {name}-\nresources: [../../base]\n");
    let (dev, prod) = (overlay("dev"), overlay("prod"));
    let folder = scratch(&[
        ("base/kustomization.yaml", "resources: [job.yaml]\n"),
        ("base/job.yaml", &job),
        ("overlays/dev/kustomization.yaml", &dev),
        ("overlays/prod/kustomization.yaml", &prod),
    ]);
    let mut texts = proposed(&check(folder.path(), &path, &["."]), "NHI101");
    // One text makes both objects.
    let mut known = BTreeSet::new();
    texts.retain(|text| known.insert(text.clone()));
    assert_eq!(texts[0], "serviceAccountName: close");
    assert!(texts[1].contains("  name: close\n") && !texts[1].contains("namespace"), "{texts:?}");
    assert_eq!(texts.len(), 2);
}

#[test]
fn a_template_is_told_no_release() {
    let Some(path) = with(Engine::Helm) else { return };
    let texts = |name: &str| {
        let job = JOB.replace("NAME", name);
        let chart = ("Chart.yaml", "apiVersion: v2\nname: ledger\nversion: 0.1.0\n");
        let folder = scratch(&[chart, ("templates/close.yaml", &job)]);
        proposed(&check(folder.path(), &path, &["."]), "NHI101")
    };
    let named = texts("{{ .Release.Name }}-close");
    assert_eq!(named[0], "serviceAccountName: {{ .Release.Name }}-close");
    assert!(named.iter().all(|text| !text.contains("release-name")), "{named:?}");
    assert_eq!(texts("close")[0], "serviceAccountName: close");
}

#[test]
fn no_role_is_made_up() {
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: close}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ROLE}\nsubjects: [{kind: ServiceAccount, name: close, namespace: books}]\n";
    for (role, rule) in [("cluster-admin", "NHI501"), ("edit", "NHI509")] {
        let folder = scratch(&[("binding.yaml", &binding.replace("ROLE", role))]);
        assert_eq!(proposed(&check(folder.path(), "", &["."]), rule), Vec::<String>::new());
    }
}

#[test]
fn a_name_in_a_patch_is_no_secret_of_the_rendering() {
    let Some(path) = with(Engine::Kustomize) else { return };
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    spec:\n      containers: [{name: web, image: 'registry.example/web:1'}]\n";
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          env:\n            - {name: TOKEN, valueFrom: {secretKeyRef: {name: vault-login, key: token}}}\n";
    let folder = scratch(&[
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", web),
        ("prod/kustomization.yaml", "resources: [../base]\npatches: [{path: token.yaml}]\n"),
        ("prod/token.yaml", patch),
    ]);
    let report = check(folder.path(), &path, &["prod"]);
    let found = report["findings"].as_array().expect("a list").iter().find(|one| one["rule"] == "NHI204");
    let fix = found.expect("it is found")["fixes"][0].clone();
    assert!(fix["title"].to_string().contains("`/run/secrets/vault-login/token`"), "{fix}");
}
