//! Fixes that give a workload an account of its own: what the account it leaves has, it keeps or a person decides.

use std::path::Path;

use crate::cli::{run, scratch};

const JOB: &str = "apiVersion: batch/v1
kind: Job
metadata: {name: NAME, namespace: shop, annotations: {nhilint.dev/owner: team-shop}}
spec:
  activeDeadlineSeconds: 600
  ttlSecondsAfterFinished: 300
  template:
    spec:
      serviceAccountName: ACCOUNT
      restartPolicy: Never
      containers: [{name: a, image: 'registry.example/a:1', command: [kubectl, get, pods]}]
";

const ROLE: &str = "---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: pods, namespace: shop}
rules: [{apiGroups: [''], resources: [pods], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: pods, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: pods}
subjects: [{kind: ServiceAccount, name: ACCOUNT, namespace: shop}]
";

fn account(more: &str) -> String {
    format!("---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: ACCOUNT, namespace: shop{more}\n")
}

fn job(name: &str) -> String {
    format!("---\n{}", JOB.replace("NAME", name))
}

/// The file after the fixes, and what the run said.
fn fixed(text: &str) -> (String, String) {
    let folder = scratch(&[("a.yaml", text)]);
    let (_, report, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes", "--verbose"]);
    (read(folder.path()), (report + &errors).split_whitespace().collect::<Vec<_>>().join(" "))
}

fn read(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("a.yaml")).expect("a file")
}

#[test]
fn the_secrets_that_images_are_pulled_with_move_along() {
    let text = job("one") + &job("two") + &account("}\nimagePullSecrets: [{name: registry}]") + ROLE;
    for shared in ["runner", "default"] {
        let (after, report) = fixed(&text.replace("ACCOUNT", shared));
        assert_eq!(after.matches("imagePullSecrets:\n  - name: registry\n").count(), 2, "{report}\n{after}");
        // Both may do what they could do.
        for name in ["one", "two"] {
            assert!(
                after.contains(&format!("{{kind: ServiceAccount, name: {name}, namespace: shop}}")),
                "{after}"
            );
        }
    }
}

#[test]
fn a_cloud_identity_is_left_to_a_person() {
    let cloud = ", annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/x'}}";
    let text = job("one") + &job("two") + &account(cloud);
    for shared in ["runner", "default"] {
        let (after, report) = fixed(&text.replace("ACCOUNT", shared));
        assert!(!after.contains("name: one, namespace: shop}\n"), "{after}");
        assert_eq!(after.matches(&format!("serviceAccountName: {shared}\n")).count(), 2, "{after}");
        assert!(report.contains(&format!("`{shared}` has a cloud identity")), "{report}");
    }
}

/// A role that kube2iam gives the pods of one workload is no identity of the account that others run as too.
#[test]
fn a_cloud_identity_of_another_workload_is_no_reason() {
    let other = job("other").replace(
        "  template:\n",
        "  template:\n    metadata: {annotations: {iam.amazonaws.com/role: 'arn:aws:iam::111122223333:role/x'}}\n",
    );
    let (after, report) = fixed(&(job("one") + &other).replace("ACCOUNT", "default"));
    assert!(after.contains("serviceAccountName: one\n"), "{report}\n{after}");
}

#[test]
fn the_binding_of_a_workflow_names_its_namespace() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: sweep, namespace: shop, annotations: {nhilint.dev/owner: team-shop}}\nspec:\n  schedule: '0 3 * * *'\n  workflowSpec:\n    entrypoint: a\n    templates: [{name: a, container: {image: 'registry.example/a:1'}}]\n";
    let (after, report) = fixed(text);
    let subject = "  - kind: ServiceAccount\n    name: sweep\n    namespace: shop\n";
    assert!(after.contains(subject), "{report}\n{after}");
}

/// Rights that an account has for another reason are not given to a job because the names are equal.
#[test]
fn an_account_of_the_name_that_is_granted_something_is_left_to_a_person() {
    let declared = account("}").replace("ACCOUNT", "one");
    let role = ROLE.replace("ACCOUNT", "one");
    let unnamed = job("one").replace("      serviceAccountName: ACCOUNT\n", "");
    let (after, report) = fixed(&(unnamed.clone() + &declared + &role));
    assert!(!after.contains("serviceAccountName"), "{after}");
    let why = "`one` is granted something already: who owns it says whether it is meant for this one.";
    assert!(report.contains(why), "{report}");
    let (after, report) = fixed(&(unnamed + &declared));
    assert!(after.contains("serviceAccountName: one\n"), "{report}\n{after}");
}
