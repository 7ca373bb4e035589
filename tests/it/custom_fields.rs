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

#[test]
fn a_kind_of_kubernetes_under_the_group_of_another_is_refused() {
    let catalog = catalog();
    let of = |version: &str, kind: &str| {
        let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a, namespace: shop}}\n");
        let (report, _) =
            lint_files(&[("a.yaml", &text)], &settings(&catalog, Preset::Recommended), &catalog);
        let said = report.findings.into_iter().find(|finding| finding.rule.0 == 905);
        said.map(|finding| (finding.form, finding.message))
    };
    for (version, kind, meant) in
        [("v1", "Job", "batch/v1"), ("apps/v1", "CronJob", "batch/v1"), ("batch/v1", "ConfigMap", "v1")]
    {
        let message = format!("`{version}` has no kind `{kind}`; did you mean `{meant}`?");
        assert_eq!(of(version, kind), Some((Form::SYNTAX, message)));
    }
    // OpenShift had roles there, and other groups are others' own.
    for (version, kind) in [("v1", "Role"), ("extensions/v1beta1", "Deployment"), ("acme.example/v1", "Job")]
    {
        assert_eq!(of(version, kind), None, "{version} {kind}");
    }
}
