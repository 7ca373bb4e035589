//! Fixes of kinds beside those of Kubernetes: their own fields, their templates, and policies that name accounts.

use crate::cli::{run, scratch};

const OWNED: &str = "annotations: {nhilint.dev/owner: team-shop}";

/// What `--diff --unsafe-fixes` would add, and the report in one line.
fn added(text: &str) -> (String, String) {
    let folder = scratch(&[("all.yaml", text)]);
    let (_, diff, _) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    let (_, report, _) = run(folder.path(), &["check", "."]);
    let added = diff.lines().filter_map(|line| line.strip_prefix('+')).filter(|line| !line.starts_with("++"));
    let added: Vec<&str> = added.collect();
    (added.join("\n"), report.split_whitespace().collect::<Vec<_>>().join(" "))
}

const POD: &str =
    "template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'registry.example/a:1'}]}}";

#[test]
fn a_task_is_ended_by_the_fields_of_its_kind() {
    for (api, kind, spec, expected) in [
        (
            "kubeflow.org/v1",
            "PyTorchJob",
            "pytorchReplicaSpecs: {Master: {replicas: 1, POD}}",
            "  runPolicy:\n    activeDeadlineSeconds: 3600\n    ttlSecondsAfterFinished: 600",
        ),
        (
            "kubeflow.org/v1",
            "TFJob",
            "runPolicy: {cleanPodPolicy: None}\n  tfReplicaSpecs: {Worker: {POD}}",
            "  runPolicy: {cleanPodPolicy: None, activeDeadlineSeconds: 3600, ttlSecondsAfterFinished: 600}",
        ),
        (
            "apps.kruise.io/v1alpha1",
            "BroadcastJob",
            "completionPolicy: {type: Always}\n  POD",
            "  completionPolicy: {type: Always, activeDeadlineSeconds: 3600, ttlSecondsAfterFinished: 600}",
        ),
        (
            "ray.io/v1",
            "RayJob",
            "rayClusterSpec: {headGroupSpec: {POD}}",
            "  activeDeadlineSeconds: 3600\n  shutdownAfterJobFinishes: true\n  ttlSecondsAfterFinished: 600",
        ),
    ] {
        let spec = spec.replace("POD", POD);
        let text = format!(
            "apiVersion: {api}\nkind: {kind}\nmetadata: {{name: train, namespace: ml, {OWNED}}}\nspec:\n  {spec}\n"
        );
        let (added, report) = added(&text);
        assert!(added.contains(expected), "{kind}\n{added}\n{report}");
        assert_eq!(added.matches("activeDeadlineSeconds").count(), 1, "{kind}\n{added}");
    }
    // Of a kind of one's own nobody knows them.
    let crane = format!(
        "apiVersion: harbour.example/v1\nkind: Crane\nmetadata: {{name: train, namespace: ml, {OWNED}}}\nspec:\n  move: {{{POD}}}\n"
    );
    let settings =
        "workloads: [{group: harbour.example, kind: Crane, template: spec.move.template, runs: job}]\n";
    let folder = scratch(&[("crane.yaml", &crane), (".nhilint.yaml", settings)]);
    let (_, diff, _) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    assert!(!diff.contains("activeDeadlineSeconds"), "{diff}");
    let (_, report, _) = run(folder.path(), &["check", ".", "--select", "NHI403"]);
    assert!(report.contains("Which fields of a Crane do that is not known."), "{report}");
}

#[test]
fn what_such_a_kind_says_of_its_end_counts() {
    let text = |limits: &str| {
        format!(
            "apiVersion: kubeflow.org/v1\nkind: TFJob\nmetadata: {{name: train, namespace: ml, {OWNED}}}\nspec:\n  runPolicy: {limits}\n  tfReplicaSpecs: {{Worker: {{{POD}}}}}\n"
        )
    };
    let (_, open) = added(&text("{cleanPodPolicy: None}"));
    let (_, ended) = added(&text("{activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 60}"));
    assert!(open.contains("NHI403") && !ended.contains("NHI403"), "{open}\n{ended}");
}

#[test]
fn no_document_is_added_to_a_template_of_another_language() {
    for (text, kind) in [
        (
            "apiVersion: template.openshift.io/v1\nkind: Template\nmetadata: {name: t}\nparameters: [{name: APP, value: shop}]\nobjects:\n  - apiVersion: batch/v1\n    kind: Job\n    metadata: {name: '${APP}-report'}\n    spec:\n      POD\n",
            "Template",
        ),
        (
            "apiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerTemplate\nmetadata: {name: t, namespace: ci}\nspec:\n  params: [{name: rev}]\n  resourcetemplates:\n    - apiVersion: tekton.dev/v1\n      kind: PipelineRun\n      metadata: {generateName: build-$(tt.params.rev)-}\n      spec:\n        pipelineRef: {name: release}\n",
            "TriggerTemplate",
        ),
    ] {
        let (added, report) = added(&text.replace("POD", POD));
        assert!(!added.contains("serviceAccountName"), "{added}");
        assert!(
            report.contains(&format!("The object stands in a {kind}: what belongs to it is added there")),
            "{report}"
        );
    }
}

#[test]
fn an_account_that_a_policy_names_is_left_by_a_person() {
    let job = |account: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: report, namespace: shop, {OWNED}}}\nspec:\n  activeDeadlineSeconds: 600\n  ttlSecondsAfterFinished: 300\n  template:\n    spec:\n      restartPolicy: Never\n{account}      containers: [{{name: a, image: 'registry.example/a:1'}}]\n---\n"
        )
    };
    for (api, kind, policy) in [
        (
            "security.istio.io/v1",
            "AuthorizationPolicy",
            "spec: {rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/default]}}]}]}",
        ),
        (
            "security.istio.io/v1",
            "AuthorizationPolicy",
            "spec: {rules: [{from: [{source: {serviceAccounts: [shop/default]}}]}]}",
        ),
        (
            "cilium.io/v2",
            "CiliumNetworkPolicy",
            "spec: {ingress: [{fromEndpoints: [{matchLabels: {'k8s:io.cilium.k8s.policy.serviceaccount': default}}]}]}",
        ),
        (
            "cilium.io/v2",
            "CiliumNetworkPolicy",
            "spec: {ingress: [{fromEndpoints: [{matchExpressions: [{key: io.cilium.k8s.policy.serviceaccount, operator: In, values: [default]}]}]}]}",
        ),
        (
            "security.openshift.io/v1",
            "SecurityContextConstraints",
            "users: ['system:serviceaccount:shop:default']",
        ),
        (
            "policy.linkerd.io/v1alpha1",
            "MeshTLSAuthentication",
            "spec: {identityRefs: [{kind: ServiceAccount, name: default}]}",
        ),
        (
            "policy.linkerd.io/v1alpha1",
            "MeshTLSAuthentication",
            "spec: {identities: [default.shop.serviceaccount.identity.linkerd.cluster.local]}",
        ),
        (
            "kyverno.io/v1",
            "ClusterPolicy",
            "spec: {rules: [{name: a, exclude: {any: [{subjects: [{kind: ServiceAccount, name: default, namespace: shop}]}]}}]}",
        ),
    ] {
        let text = |policy: &str| {
            format!(
                "{}apiVersion: {api}\nkind: {kind}\nmetadata: {{name: own, namespace: shop, {OWNED}}}\n{policy}\n",
                job("")
            )
        };
        let (changed, report) = added(&text(policy));
        assert!(!changed.contains("serviceAccountName"), "{policy}\n{changed}");
        assert!(report.contains(&format!("{kind} `own` names `default`")), "{policy}\n{report}");
        // Another account is none of its business.
        let (changed, report) = added(&text(&policy.replace("default", "default-2")));
        assert!(changed.contains("serviceAccountName: report"), "{policy}\n{report}");
    }
}
