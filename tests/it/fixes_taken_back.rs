//! Fixes that are taken back, or not offered, as a workload would lose by them.

use crate::cli::{run, scratch};
use crate::helm_charts::programs;

const KUSTOMIZATION: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

/// What `--diff --unsafe-fixes` would change, and what is said of it.
fn tried(files: &[(&str, &str)]) -> (String, String) {
    let folder = scratch(files);
    let (_, diff, errors) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    (diff, errors)
}

/// Kustomize renames accounts in the kinds that it knows, and in no others.
#[test]
fn a_fix_after_which_an_account_is_missing_is_not_offered() {
    if programs().is_none() {
        return;
    }
    let run_of_tekton = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: nightly, annotations: {nhilint.dev/owner: team-shop}}\nspec:\n  pipelineRef: {name: release}\n";
    let files = [
        ("base/kustomization.yaml", &*format!("{KUSTOMIZATION}resources: [run.yaml]\n")),
        ("base/run.yaml", run_of_tekton),
        (
            "dev/kustomization.yaml",
            &format!("{KUSTOMIZATION}resources: [../base]\nnamespace: dev\nnamePrefix: d-\n"),
        ),
    ];
    let (diff, errors) = tried(&files);
    assert_eq!(diff, "", "{errors}");
    assert!(!errors.contains("not fixed"), "{errors}");
    let (_, report, _) = run(scratch(&files).path(), &["check", "."]);
    let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(report.contains("writes it into no PipelineRun"), "{report}");
}

/// Kustomize moves the account `default` of a binding to another namespace, and no other that it does not know.
#[test]
fn a_workload_does_not_leave_default_without_what_that_is_granted() {
    if programs().is_none() {
        return;
    }
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: report, annotations: {nhilint.dev/owner: team-shop}}\nspec:\n  activeDeadlineSeconds: 600\n  ttlSecondsAfterFinished: 300\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: a, image: 'registry.example/a:1', command: [kubectl, get, pods]}]\n";
    let rights = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: reader}\nrules: [{apiGroups: [''], resources: [pods], verbs: [get, list]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: reads}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}\nsubjects: [{kind: ServiceAccount, name: default, namespace: shop}]\n";
    let base = format!("{KUSTOMIZATION}resources: [job.yaml, rights.yaml]\n");
    let overlay = format!("{KUSTOMIZATION}resources: [../base]\nnamespace: prod\n");
    let files =
        [("base/kustomization.yaml", base.as_str()), ("base/job.yaml", job), ("base/rights.yaml", rights)];
    let moved = [&files[..], &[("prod/kustomization.yaml", overlay.as_str())]].concat();
    let (diff, errors) = tried(&moved);
    assert_eq!(diff, "", "{errors}");
    assert!(errors.contains("NHI101 unset: not fixed"), "{errors}");
    assert!(errors.contains("It changes `/subjects/0/namespace` of RoleBinding prod/reads"), "{errors}");
    // Where nothing is moved, binding and workload get the new account together, whatever named `default` before.
    for job in
        [job.to_owned(), job.replace("      restart", "      serviceAccountName: default\n      restart")]
    {
        let job = job.replace("{name: report,", "{name: report, namespace: shop,");
        let rights = rights.replace("metadata: {", "metadata: {namespace: shop, ");
        let (diff, errors) = tried(&[("job.yaml", &job), ("rights.yaml", &rights)]);
        assert!(diff.contains("+      serviceAccountName: report\n"), "{errors}\n{diff}");
        assert!(
            diff.contains("+subjects: [{kind: ServiceAccount, name: report, namespace: shop}]"),
            "{diff}"
        );
    }
}

/// What would be shared again is not offered.
#[test]
fn the_account_of_another_workload_is_no_account_of_its_own() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: web, namespace: shop, annotations: {nhilint.dev/owner: team-shop}}\nspec:\n  activeDeadlineSeconds: 600\n  ttlSecondsAfterFinished: 300\n  template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'registry.example/a:1'}]}}\n";
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop, annotations: {nhilint.dev/owner: team-shop}}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {serviceAccountName: web, automountServiceAccountToken: false, containers: [{name: a, image: 'registry.example/a:1'}]}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop, annotations: {nhilint.dev/owner: team-shop}}\nautomountServiceAccountToken: false\n";
    let folder = scratch(&[("job.yaml", job), ("web.yaml", web)]);
    let (_, report, _) = run(folder.path(), &["check", "."]);
    let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(report.contains("`web` is the account of Deployment `web` already"), "{report}");
}

/// A person has to say which of several workloads needs what their account is granted.
#[test]
fn nobody_runs_as_an_account_that_is_made_up_for_a_binding() {
    let job = |name: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}, namespace: shop, annotations: {{nhilint.dev/owner: team-shop}}}}\nspec:\n  activeDeadlineSeconds: 600\n  ttlSecondsAfterFinished: 300\n  template: {{spec: {{restartPolicy: Never, containers: [{{name: a, image: 'registry.example/a:1'}}]}}}}\n"
        )
    };
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: reads, namespace: shop}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects: [{kind: ServiceAccount, name: default, namespace: shop}]\n";
    for (files, title) in [
        (
            vec![("one.yaml", job("one")), ("two.yaml", job("two"))],
            "give each workload that needs it an account of its own",
        ),
        (vec![], "name the account of who needs it, or take it away where nobody does"),
    ] {
        let mut all: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        all.push(("reads.yaml", binding));
        let (_, report, _) = run(scratch(&all).path(), &["check", ".", "--select", "NHI105"]);
        let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(report.contains(title) && !report.contains("name: reads"), "{report}");
    }
}
