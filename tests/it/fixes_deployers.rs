//! Fixes of values that a deployer gives which is itself rendered, and of bindings that become another kind.

use std::path::Path;

use crate::cli::{run, scratch};
use crate::helm_charts::programs;

const CHART: &str = "apiVersion: v2\nname: shop\nversion: 1.0.0\n";

const TEMPLATE: &str = "apiVersion: v1
kind: ServiceAccount
metadata: {name: report, annotations: {nhilint.dev/owner: team-books}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, annotations: {nhilint.dev/owner: team-books}}
spec:
  schedule: '0 5 * * *'
  jobTemplate:
    spec:
      activeDeadlineSeconds: 600
      template:
        spec:
          serviceAccountName: report
          restartPolicy: Never
          containers:
            - {name: a, image: 'registry.example/a:1', volumeMounts: [{name: token, mountPath: /run/token}]}
          volumes:
            - name: token
              projected: {sources: [{serviceAccountToken: {path: t, audience: books, expirationSeconds: {{ .Values.ttl }}}}]}
";

/// What `--fix --unsafe-fixes` makes of a tree, and of one of its files.
fn fixed(files: &[(&str, &str)], file: &str) -> (String, String) {
    let folder = scratch(files);
    let (_, report, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    let text = std::fs::read_to_string(folder.path().join(Path::new(file))).expect("a text");
    (format!("{errors}\n{report}"), text)
}

#[test]
fn a_release_that_a_kustomization_lists_is_fixed_where_it_gives_the_value() {
    if programs().is_none() {
        return;
    }
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop, namespace: shop}
spec:
  interval: 1h
  chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: shop, namespace: shop}}}
  values:
    ttl: 259200
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: shop, namespace: shop}
spec: {interval: 1h, url: 'https://git.example/acme/shop.git', ref: {branch: main}}
";
    let files = [
        ("chart/Chart.yaml", CHART),
        ("chart/values.yaml", "ttl: 600\n"),
        ("chart/templates/report.yaml", TEMPLATE),
        ("apps/kustomization.yaml", "nameSuffix: -eu\nresources: [release.yaml]\n"),
        ("apps/release.yaml", release),
    ];
    let (report, text) = fixed(&files, "apps/release.yaml");
    assert_eq!(text, release.replace("259200", "3600"), "{report}");
}

#[test]
fn an_application_that_a_chart_makes_is_fixed_in_the_values_of_that_chart() {
    if programs().is_none() {
        return;
    }
    let application = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: NAME, namespace: argocd}
spec:
  project: shop
  destination: {server: 'https://kubernetes.default.svc', namespace: shop}
  source: {repoURL: 'https://git.example/acme/shop.git', path: PATH, helm: {valuesObject: VALUES}}
";
    let of = |name: &str, path: &str, values: &str| {
        application.replace("NAME", name).replace("PATH", path).replace("VALUES", values)
    };
    let files = [
        ("root.yaml", &*of("apps", "apps", "{}")),
        ("apps/Chart.yaml", &CHART.replace("shop", "apps")),
        ("apps/values.yaml", "ttl: 259200\n"),
        ("apps/templates/shop.yaml", &of("shop", "chart", "{ttl: {{ .Values.ttl }}}")),
        ("chart/Chart.yaml", CHART),
        ("chart/values.yaml", "ttl: 600\n"),
        ("chart/templates/report.yaml", TEMPLATE),
    ];
    let (report, text) = fixed(&files, "apps/values.yaml");
    assert_eq!(text, "ttl: 3600\n", "{report}");
}

#[test]
fn a_binding_of_the_cluster_becomes_one_of_a_namespace() {
    let objects = "apiVersion: v1
kind: ServiceAccount
metadata: {name: op, namespace: shop, annotations: {nhilint.dev/owner: team-books}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: op, namespace: shop, annotations: {nhilint.dev/owner: team-books}}
spec:
  selector: {matchLabels: {app: op}}
  template:
    metadata: {labels: {app: op}}
    spec:
      serviceAccountName: op
      containers: [{name: op, image: 'registry.example/op:1', args: [--namespace=shop]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: op}
rules: [{apiGroups: [apps], resources: [deployments], verbs: [get, list, patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: op
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: op}
subjects: [{kind: ServiceAccount, name: op, namespace: shop}]
";
    let (report, text) = fixed(&[("all.yaml", objects)], "all.yaml");
    let wanted = "kind: RoleBinding\nmetadata:\n  name: op\n  namespace: shop\n";
    assert!(text.contains(wanted) && !text.contains("kind: ClusterRoleBinding"), "{report}\n{text}");
}
