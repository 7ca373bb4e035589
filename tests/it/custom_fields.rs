//! Fields of custom resources, by the definitions in the run.

use nhilint::catalog::Preset;
use nhilint::finding::Form;

use crate::bench::{catalog, lint_files, settings};

const DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: runners.acme.example}
spec:
  group: acme.example
  names: {kind: Runner, plural: runners}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                serviceAccountName: {type: string}
                replicas: {type: integer}
                port: {x-kubernetes-int-or-string: true}
                env: {type: array, items: {type: object, properties: {name: {type: string}}}}
                labels: {type: object, additionalProperties: {type: string}}
                any: {type: object, x-kubernetes-preserve-unknown-fields: true}
";

const RUNNER: &str = "
apiVersion: acme.example/v1
kind: Runner
metadata: {name: a, namespace: shop}
spec:
  serviceAcountName: a
  replicas: '2'
  port: http
  env: [{name: A, valeu: x}]
  labels: {team: x, size: 3}
  any: {thing: 1}
";

fn messages(files: &[(&str, &str)]) -> Vec<String> {
    let catalog = catalog();
    let (report, _) = lint_files(files, &settings(&catalog, Preset::Recommended), &catalog);
    let unknown = report.findings.into_iter().filter(|finding| finding.form == Form::UNKNOWN_FIELD);
    unknown.map(|finding| finding.message).collect()
}

#[test]
fn what_a_definition_does_not_name_is_a_warning_on_its_key() {
    assert_eq!(
        messages(&[("crd.yaml", DEFINITION), ("a.yaml", RUNNER)]),
        [
            "`serviceAcountName` is no field of Runner; did you mean `serviceAccountName`?",
            "`replicas` takes a number, and this is text",
            "`valeu` is no field of Runner",
            "`size` takes text, and this is a number",
        ]
    );
    assert_eq!(messages(&[("a.yaml", RUNNER)]), Vec::<String>::new(), "nothing says what a Runner is");
}

#[test]
fn of_two_definitions_what_both_refuse_counts() {
    let newer = DEFINITION.replace("serviceAccountName: {type: string}", "serviceAcountName: {type: string}");
    let found = messages(&[("crd.yaml", DEFINITION), ("newer/crd.yaml", &newer), ("a.yaml", RUNNER)]);
    assert_eq!(found.len(), 3, "{found:?}");
}

/// What NHI905 finds in an object of a kind, by form and message.
fn of(version: &str, kind: &str) -> Option<(Form, String)> {
    let catalog = catalog();
    let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a, namespace: shop}}\n");
    let (report, _) = lint_files(&[("a.yaml", &text)], &settings(&catalog, Preset::Recommended), &catalog);
    let said = report.findings.into_iter().find(|finding| finding.rule.0 == 905);
    said.map(|finding| (finding.form, finding.message))
}

#[test]
fn a_kind_of_kubernetes_under_the_group_of_another_is_refused() {
    for (version, kind, meant) in
        [("v1", "Job", "batch/v1"), ("apps/v1", "CronJob", "batch/v1"), ("batch/v1", "ConfigMap", "v1")]
    {
        let message = format!("`{version}` has no kind `{kind}`; did you mean `{meant}`?");
        assert_eq!(of(version, kind), Some((Form::SYNTAX, message)));
    }
    // OpenShift had roles there, and its templates name them so.
    let message = "`v1` has no kind `Role`; did you mean `rbac.authorization.k8s.io/v1`?".to_owned();
    assert_eq!(of("v1", "Role"), Some((Form::UNKNOWN_FIELD, message)));
    let template = "apiVersion: template.openshift.io/v1\nkind: Template\nmetadata: {name: a}\nobjects: [{apiVersion: v1, kind: Role, metadata: {name: a}}]\n";
    assert_eq!(messages(&[("a.yaml", template)]), [""; 0]);
    for (version, meant) in [("core/v1", "v1"), ("v2", "v1"), ("core", "v1"), ("Apps/v1", "v1")] {
        let message = format!("no API is called `{version}`; did you mean `{meant}`?");
        assert_eq!(of(version, "ServiceAccount"), Some((Form::SYNTAX, message)));
    }
    // Other groups are others' own.
    for (version, kind) in
        [("extensions/v1beta1", "Deployment"), ("acme.example/v1", "Job"), ("acme/v1", "Pump")]
    {
        assert_eq!(of(version, kind), None, "{version} {kind}");
    }
}

#[test]
fn a_kind_that_is_followed_is_refused_in_another_case_of_letters() {
    for (version, kind, meant) in [
        ("argoproj.io/v1alpha1", "application", "Application"),
        ("argoproj.io/v1alpha1", "Applicationset", "ApplicationSet"),
        ("helm.toolkit.fluxcd.io/v2", "helmRelease", "HelmRelease"),
        ("kustomize.toolkit.fluxcd.io/v1", "kustomization", "Kustomization"),
        ("serving.knative.dev/v1", "service", "Service"),
    ] {
        let message = format!("`{version}` has no kind `{kind}`; did you mean `{meant}`?");
        assert_eq!(of(version, kind), Some((Form::SYNTAX, message)));
        assert_eq!(of(version, meant), None, "{version} {meant}");
    }
    let message = "no API has the group `ArgoProj.io`; did you mean `argoproj.io`?".to_owned();
    assert_eq!(of("ArgoProj.io/v1alpha1", "Application"), Some((Form::SYNTAX, message)));
}
