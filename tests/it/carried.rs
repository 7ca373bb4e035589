//! Manifests inside of other objects, pods and accounts of custom resources, and volumes that are directories of nodes.

use nhilint::catalog::Preset;
use nhilint::finding::{Form, Report, Severity};

use crate::bench::{catalog, lint_files, settings};

fn report(preset: Preset, files: &[(&str, &str)]) -> Report {
    let catalog = catalog();
    let settings = settings(&catalog, preset);
    lint_files(files, &settings, &catalog).0
}

/// The rules of errors, each once.
fn errors(files: &[(&str, &str)]) -> Vec<u64> {
    let report = report(Preset::Recommended, files);
    let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let mut rules: Vec<u64> = errors.map(|finding| finding.rule.0).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// The manifest of a binding to every right, as YAML of one line.
const BINDING: &str = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: a}, roleRef: \
                       {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}, subjects: [{kind: \
                       ServiceAccount, name: a, namespace: b}]}";

fn holder(api_version: &str, kind: &str, rest: &str) -> String {
    format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: outer}}\n{rest}\n")
}

#[test]
fn what_a_controller_applies_of_its_objects_is_judged_as_an_object() {
    for (api_version, kind, rest) in [
        ("kubernetes.crossplane.io/v1alpha2", "Object", "spec: {forProvider: {manifest: M}}"),
        ("apiextensions.crossplane.io/v1", "Composition", "spec: {resources: [{name: a, base: M}]}"),
        (
            "apiextensions.crossplane.io/v1",
            "Composition",
            "spec: {pipeline: [{step: a, input: {apiVersion: pt.fn.crossplane.io/v1beta1, kind: Resources, resources: \
             [{name: a, base: {apiVersion: kubernetes.crossplane.io/v1alpha2, kind: Object, metadata: {name: b}, spec: \
             {forProvider: {manifest: M}}}}]}}]}",
        ),
        ("work.open-cluster-management.io/v1", "ManifestWork", "spec: {workload: {manifests: [M]}}"),
        (
            "work.open-cluster-management.io/v1alpha1",
            "ManifestWorkReplicaSet",
            "spec: {manifestWorkTemplate: {workload: {manifests: [M]}}}",
        ),
        ("work.karmada.io/v1alpha1", "Work", "spec: {workload: {manifests: [M]}}"),
        (
            "policy.open-cluster-management.io/v1",
            "Policy",
            "spec: {policy-templates: [{objectDefinition: {apiVersion: policy.open-cluster-management.io/v1, kind: \
             ConfigurationPolicy, metadata: {name: b}, spec: {object-templates: [{complianceType: musthave, \
             objectDefinition: M}]}}}]}",
        ),
        ("hive.openshift.io/v1", "SelectorSyncSet", "spec: {resources: [M]}"),
        ("kro.run/v1alpha1", "ResourceGraphDefinition", "spec: {resources: [{id: a, template: M}]}"),
        ("argoproj.io/v1alpha1", "Sensor", "spec: {triggers: [{template: {k8s: {source: {resource: M}}}}]}"),
        (
            "kyverno.io/v1",
            "ClusterPolicy",
            "spec: {rules: [{name: a, generate: {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, \
             name: '{{request.object.metadata.name}}', data: M}}]}",
        ),
    ] {
        let text = holder(api_version, kind, &rest.replace('M', BINDING));
        assert!(errors(&[("a.yaml", &text)]).contains(&501), "{kind}: {text}");
    }
}

#[test]
fn bindings_that_an_operator_makes_of_its_own_objects_are_bindings() {
    let who = "[{kind: ServiceAccount, name: a, namespace: b}]";
    let definition = holder(
        "rbacmanager.reactiveops.io/v1beta1",
        "RBACDefinition",
        &format!(
            "rbacBindings: [{{name: a, subjects: {who}, clusterRoleBindings: [{{clusterRole: cluster-admin}}]}}]"
        ),
    );
    assert_eq!(errors(&[("a.yaml", &definition)]), [501]);
    let tenant = holder(
        "capsule.clastix.io/v1beta2",
        "Tenant",
        &format!("spec: {{additionalRoleBindings: [{{clusterRoleName: cluster-admin, subjects: {who}}}]}}"),
    );
    let found = report(Preset::Strict, &[("a.yaml", &tenant)]).findings;
    assert!(found.iter().any(|finding| finding.rule.0 == 501 && finding.severity == Severity::Error));
}

#[test]
fn what_a_policy_forbids_is_not_applied() {
    let policy = |word: &str| {
        let rest =
            format!("spec: {{object-templates: [{{complianceType: {word}, objectDefinition: {BINDING}}}]}}");
        errors(&[("a.yaml", &holder("policy.open-cluster-management.io/v1", "ConfigurationPolicy", &rest))])
    };
    assert_eq!(policy("mustnothave"), [0; 0]);
    assert_eq!(policy("mustonlyhave"), [501]);
}

#[test]
fn a_manifest_inside_points_at_its_own_lines_and_proposes_no_documents() {
    let text = "apiVersion: work.open-cluster-management.io/v1
kind: ManifestWork
metadata: {name: outer, namespace: cluster1}
spec:
  workload:
    manifests:
      - apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: inner, namespace: shop}
        spec:
          selector: {matchLabels: {a: b}}
          template:
            metadata: {labels: {a: b}}
            spec:
              containers:
                - name: a
                  image: registry.example/a:1
                  securityContext:
                    privileged: true
";
    let found = report(Preset::Recommended, &[("a.yaml", text)]).findings;
    let host = found.iter().find(|finding| finding.rule.0 == 701).expect("a privileged container");
    let start = usize::try_from(host.span.start).expect("a place in the text");
    assert!(text[start..].starts_with("privileged"));
    assert_eq!(host.object.as_ref().map(ToString::to_string).as_deref(), Some("DaemonSet shop/inner"));
    let changes = found.iter().flat_map(|finding| &finding.fixes).flat_map(|fix| &fix.changes);
    let inside = changes.filter(|change| change.document.object.kind == "DaemonSet");
    assert_eq!(inside.count(), 0, "its accounts stand elsewhere");
}

#[test]
fn manifests_of_several_clusters_do_not_contradict_each_other() {
    let work = |name: &str, level: &str| {
        format!(
            "apiVersion: work.open-cluster-management.io/v1\nkind: ManifestWork\nmetadata: {{name: a, namespace: {name}}}\n\
             spec: {{workload: {{manifests: [{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a, namespace: b}}, data: \
             {{level: {level}}}}}]}}}}\n---\n"
        )
    };
    let text = work("one", "debug") + &work("two", "info");
    let found = report(Preset::Recommended, &[("a.yaml", &text)]).findings;
    assert!(found.iter().all(|finding| finding.form != Form::DUPLICATE_OBJECT), "{found:?}");
}

/// How many findings say that something is not judged, and whether a run that must judge all fails on them.
fn unjudged(text: &str) -> (usize, bool) {
    let count = |report: &Report| {
        report
            .findings
            .iter()
            .filter(|finding| finding.form == Form::UNRESOLVED)
            .map(|found| found.severity)
            .collect()
    };
    let found: Vec<Severity> = count(&report(Preset::Recommended, &[("a.yaml", text)]));
    let catalog = catalog();
    let mut strict = settings(&catalog, Preset::Recommended);
    strict.fail_on_unjudged = true;
    let strict: Vec<Severity> = count(&lint_files(&[("a.yaml", text)], &strict, &catalog).0);
    (found.len(), strict.contains(&Severity::Error))
}

#[test]
fn what_nobody_here_knows_to_be_applied_is_said() {
    let lines = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  hostPID: true\n";
    let block = |indent: usize| {
        let space = " ".repeat(indent);
        lines.split_inclusive('\n').flat_map(|line| [space.as_str(), line]).collect::<String>()
    };
    for (why, text) in [
        ("a mapping", holder("acme.example/v1", "Bundle", &format!("spec: {{things: [{BINDING}]}}"))),
        ("a text", holder("acme.example/v1", "Bundle", &format!("spec:\n  text: |\n{}", block(4)))),
        (
            "Fleet",
            holder(
                "fleet.cattle.io/v1alpha1",
                "Bundle",
                &format!("spec:\n  resources:\n    - name: a.yaml\n      content: |\n{}", block(8)),
            ),
        ),
        (
            "Carvel",
            holder(
                "kappctrl.k14s.io/v1alpha1",
                "App",
                &format!(
                    "spec:\n  fetch:\n    - inline:\n        paths:\n          a.yaml: |\n{}",
                    block(12)
                ),
            ),
        ),
        ("a config map", holder("v1", "ConfigMap", &format!("data:\n  a.yaml: |\n{}", block(4)))),
        (
            "a workflow",
            holder(
                "argoproj.io/v1alpha1",
                "Workflow",
                &format!(
                    "spec:\n  templates:\n    - name: a\n      resource:\n        manifest: |\n{}",
                    block(10)
                ),
            ),
        ),
    ] {
        assert_eq!(unjudged(&text), (1, true), "{why}: {text}");
    }
}

#[test]
fn a_deployer_inside_is_not_followed_and_said() {
    let application = "{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: a, namespace: argocd}, spec: \
                       {source: {repoURL: 'https://git.example/a', path: a}}}";
    let text = holder(
        "work.open-cluster-management.io/v1",
        "ManifestWork",
        &format!("spec: {{workload: {{manifests: [{application}]}}}}"),
    );
    assert_eq!(unjudged(&text), (1, true));
}

#[test]
fn every_binding_of_an_object_that_lists_several_is_judged() {
    let harmless = "{clusterRole: view, namespace: shop}";
    let text = format!(
        "apiVersion: rbacmanager.reactiveops.io/v1beta1\nkind: RBACDefinition\nmetadata: {{name: a}}\nrbacBindings:\n- \
         name: a\n  subjects: [{{kind: Group, name: 'system:authenticated'}}]\n  roleBindings: [{harmless}]\n- name: b\n  \
         subjects: [{{kind: Group, name: 'system:unauthenticated'}}]\n  clusterRoleBindings: [{{clusterRole: edit}}]\n"
    );
    let report = report(Preset::Recommended, &[("a.yaml", &text)]);
    let found = report.findings.iter().filter(|finding| finding.rule.0 == 508);
    assert_eq!(found.count(), 2, "{:?}", report.findings);
}

#[test]
fn references_schemas_patterns_and_other_texts_are_no_manifests() {
    let reference = "{apiVersion: apps/v1, kind: Deployment, name: a}";
    for (why, text) in [
        ("a reference", holder("keda.sh/v1alpha1", "ScaledObject", &format!("spec: {{scaleTargetRef: {reference}}}"))),
        (
            "a policy's pattern",
            holder("kyverno.io/v1", "ClusterPolicy", "spec: {rules: [{match: {any: [{resources: {kinds: [Pod]}}]}}]}"),
        ),
        (
            "what was applied last",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n    \
             kubectl.kubernetes.io/last-applied-configuration: |\n      {\"apiVersion\":\"v1\",\"kind\":\"Pod\",\
             \"metadata\":{\"name\":\"a\"}}\n"
                .to_owned(),
        ),
        (
            "settings of a program",
            holder("v1", "ConfigMap", "data:\n  a: |\n    apiVersion: kubescheduler.config.k8s.io/v1\n    kind: \
             KubeSchedulerConfiguration\n"),
        ),
        (
            "a claim's template",
            holder(
                "acme.example/v1",
                "Store",
                "spec: {storage: {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {}}}",
            ),
        ),
    ] {
        assert_eq!(unjudged(&text), (0, false), "{why}: {text}");
    }
}

/// The messages of a rule.
fn messages(rule: u64, text: &str) -> Vec<String> {
    let found = report(Preset::Recommended, &[("a.yaml", text)]).findings;
    found.into_iter().filter(|finding| finding.rule.0 == rule).map(|finding| finding.message).collect()
}

#[test]
fn an_account_that_a_custom_resource_names_is_used() {
    let declared = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner, namespace: shop}\n---\n";
    let custom = |kind: &str, rest: &str| {
        format!(
            "apiVersion: acme.example/v1\nkind: {kind}\nmetadata: {{name: a, namespace: shop}}\nspec: {rest}\n---\n"
        )
    };
    let named = custom("Runner", "{parts: [{serviceAccountName: runnr}]}");
    assert_eq!(
        messages(103, &(declared.to_owned() + &named)),
        ["no account `runnr` is declared in its namespace"]
    );
    let two = declared.to_owned()
        + &custom("Runner", "{serviceAccountName: runner}")
        + &custom("Walker", "{template: {serviceAccount: runner}}");
    assert_eq!(messages(102, &two).len(), 2, "two workloads share it");
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: shop}\nspec: \
                {serviceAccountName: runnr}\n";
    assert_eq!(messages(103, &(declared.to_owned() + flux)), [""; 0], "no pod of it runs as the account");
    let cloud = declared.to_owned() + &custom("Bucket", "{serviceAccount: 'a@b.iam.gserviceaccount.com'}");
    assert_eq!(messages(103, &cloud), [""; 0], "no name of an account");
}

#[test]
fn a_pod_inside_of_a_custom_resource_has_the_account_above_it_and_is_judged() {
    let template = "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: a, namespace: shop}\nspec: \
                    {metrics: [{name: a, provider: {job: {spec: {template: {spec: {serviceAccountName: a, containers: \
                    [{name: a, image: a/b:1, securityContext: {privileged: true}}]}}}}}}]}\n";
    assert!(errors(&[("a.yaml", template)]).contains(&701));
    let patch = "apiVersion: elastic.acme.example/v1\nkind: Search\nmetadata: {name: a, namespace: shop}\nspec: {account: x, \
                 nodes: [{podTemplate: {spec: {initContainers: [{name: a, securityContext: {privileged: true}}]}}}]}\n";
    assert!(errors(&[("a.yaml", patch)]).contains(&701), "an operator fills in the image");
}

#[test]
fn a_directory_of_the_node_is_one_behind_a_claim_too() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {serviceAccountName: a, containers: \
               [{name: a, image: a/b:1, volumeMounts: [{name: v, mountPath: /v}]}], volumes: [{name: v, \
               persistentVolumeClaim: {claimName: c}}]}\n---\n";
    let claim = |spec: &str| {
        format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: c, namespace: shop}}\nspec: {spec}\n---\n"
        )
    };
    let volume = |spec: &str| {
        format!("apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: pv}}\nspec: {spec}\n---\n")
    };
    let host = "hostPath: {path: /var/lib/kubelet/pods}";
    for (why, claim, volume, is_reached) in [
        ("the claim names it", claim("{volumeName: pv}"), volume(&format!("{{{host}}}")), true),
        (
            "it names the claim",
            String::new(),
            volume(&format!("{{claimRef: {{name: c, namespace: shop}}, {host}}}")),
            true,
        ),
        (
            "one class",
            claim("{storageClassName: manual}"),
            volume("{storageClassName: manual, local: {path: /var/lib/kubelet}}"),
            true,
        ),
        (
            "another class",
            claim("{storageClassName: x}"),
            volume(&format!("{{storageClassName: y, {host}}}")),
            false,
        ),
        (
            "another claim",
            claim("{storageClassName: x}"),
            volume(&format!("{{storageClassName: x, claimRef: {{name: d, namespace: shop}}, {host}}}")),
            false,
        ),
        ("nothing of the node", claim("{volumeName: pv}"), volume("{hostPath: {path: /mnt/data}}"), false),
    ] {
        let text = pod.to_owned() + &claim + &volume;
        assert_eq!(errors(&[("a.yaml", &text)]).contains(&701), is_reached, "{why}");
    }
    let set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s, namespace: shop}\nspec: {selector: {matchLabels: \
               {a: b}}, template: {metadata: {labels: {a: b}}, spec: {serviceAccountName: a, containers: [{name: a, image: \
               a/b:1, volumeMounts: [{name: v, mountPath: /v}]}]}}, volumeClaimTemplates: [{metadata: {name: v}, spec: \
               {storageClassName: manual}}]}\n---\n";
    let text = set.to_owned() + &volume("{storageClassName: manual, hostPath: {path: /etc/kubernetes}}");
    assert!(errors(&[("a.yaml", &text)]).contains(&701), "the claims of a set");
}

#[test]
fn a_role_without_a_version_is_refused_and_not_passed_over() {
    let with = |version: &str| {
        let text = BINDING.replace("rbac.authorization.k8s.io/v1", version);
        let found = report(Preset::Baseline, &[("a.yaml", &text)]).findings;
        found.into_iter().find(|finding| finding.form == Form::SYNTAX).map(|finding| finding.message)
    };
    let expected = [
        (
            "rbac.authorization.k8s.io",
            "`rbac.authorization.k8s.io` names a group without a version; did you mean `rbac.authorization.k8s.io/v1`?",
        ),
        (
            "rbac.authorization.k8s.io/v2",
            "`rbac.authorization.k8s.io` has no version `v2`; did you mean `rbac.authorization.k8s.io/v1`?",
        ),
        (
            "rbac.authorisation.k8s.io/v1",
            "no API has the group `rbac.authorisation.k8s.io`; did you mean `rbac.authorization.k8s.io/v1`?",
        ),
    ];
    for (version, message) in expected {
        assert_eq!(with(version).as_deref(), Some(message));
    }
    for version in
        ["rbac.authorization.k8s.io/v1", "rbac.authorization.k8s.io/v1beta1", "iam.acme.example/v1"]
    {
        assert_eq!(with(version), None, "{version}");
    }
}
