//! What lies about and is not applied, is judged elsewhere, or was read by half.

use nhilint::catalog::Preset;
use nhilint::finding::{Engine, Severity};
use serde_json::Value;

use crate::bench::{catalog, lint_files, settings};
use crate::cli::scratch;
use crate::rendering::{check, outline};
use crate::rendering_hostile::with;

const BINDING: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: mill}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: ServiceAccount, name: mill, namespace: mill}]\n";
const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mill, namespace: mill, annotations: {owner: team-mill}}\nspec:\n  selector: {matchLabels: {app: mill}}\n  template:\n    metadata: {labels: {app: mill}}\n    spec:\n      serviceAccountName: mill\n      containers: [{name: mill, image: 'registry.example/mill:1'}]\n";

/// `rule file` of what is no note.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let catalog = catalog();
    let (report, sources) = lint_files(files, &settings(&catalog, Preset::Recommended), &catalog);
    let grave = report.findings.iter().filter(|finding| finding.severity > Severity::Info);
    let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    grave
        .map(|finding| format!("{} {}", finding.rule, file(sources.file(finding.span.file).path())))
        .collect()
}

#[test]
fn what_a_kustomization_deletes_grants_nothing() {
    let deleted = format!("$patch: delete\n{BINDING}");
    let kustomization =
        "resources: [mill.yaml, 'github.com/example/remote?ref=v1']\npatches: [{path: drop.yaml}]\n";
    let files =
        [("kustomization.yaml", kustomization), ("mill.yaml", DEPLOYMENT), ("drop.yaml", deleted.as_str())];
    assert!(!found(&files).contains(&"NHI501 drop.yaml".to_owned()));
    // kubectl drops the word and makes the binding.
    assert!(found(&[("drop.yaml", deleted.as_str())]).contains(&"NHI501 drop.yaml".to_owned()));
}

#[test]
fn a_test_of_helm_is_judged_where_helm_does_not_hold_it_back() {
    let test = DEPLOYMENT.replace("annotations: {", "annotations: {helm.sh/hook: test, ");
    let test = test.replace("containers: [{", "containers: [{securityContext: {privileged: true}, ");
    assert!(found(&[("mill.yaml", &test)]).contains(&"NHI701 mill.yaml".to_owned()), "kubectl applies it");

    let commented = format!("---\n# Source: mill/templates/tests/mill.yaml\n{test}");
    let finding = "NHI701 mill.yaml".to_owned();
    assert!(!found(&[("mill.yaml", &commented)]).contains(&finding), "it is Helm's, as far as anybody knows");

    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: \
                flux-system}\nspec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}\n";
    let folder = scratch(&[("flux.yaml", flux), ("apps/mill.yaml", &commented)]);
    let report = check(folder.path(), "", &["."]);
    assert_eq!(outline(&report, &["NHI701"]).len(), 1, "Flux applies the folder: {report}");
}

#[test]
fn a_fragment_that_nobody_lists_is_no_workload() {
    let fragment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mill, namespace: mill}\nspec:\n  template:\n    spec:\n      containers: [{name: mill, image: 'registry.example/mill:2'}]\n";
    assert!(
        found(&[("mill.yaml", DEPLOYMENT), ("image.yaml", fragment)])
            .iter()
            .all(|one| !one.contains("image.yaml"))
    );
    // Alone it is what somebody means to apply.
    assert!(found(&[("image.yaml", fragment)]).contains(&"NHI101 image.yaml".to_owned()));
}

/// The files with an NHI101, of two runs of one name: the first is without images.
fn without_account(api: &str, name: &str, kind: &str, first: &str, second: &str) -> Vec<String> {
    let object = |spec: &str| {
        format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{{name}, namespace: mill}}\nspec: {spec}\n")
    };
    let (first, second) = (object(first), object(second));
    let all = found(&[("first.yaml", &first), ("second.yaml", &second)]);
    all.into_iter().filter(|one| one.starts_with("NHI101")).collect()
}

#[test]
fn what_needs_no_image_is_no_patch() {
    let both = ["NHI101 first.yaml", "NHI101 second.yaml"];
    let workflow = "{entrypoint: a, templates: [{name: a, container: {image: 'registry.example/mill:1'}}]}";
    let task = "{taskSpec: {steps: [{name: a, image: 'registry.example/mill:1'}]}}";
    let pipeline = "{pipelineSpec: {tasks: [{name: a, taskSpec: {steps: [{name: a, image: 'registry.example/mill:1'}]}}]}}";
    let (argo, tekton) = ("argoproj.io/v1alpha1", "tekton.dev/v1");
    for (api, kind, first, second) in [
        (tekton, "PipelineRun", "{pipelineRef: {name: grind}}", pipeline),
        (tekton, "PipelineRun", "{pipelineSpec: {tasks: [{name: a, taskRef: {name: grind}}]}}", pipeline),
        (tekton, "PipelineRun", "{pipelineSpec: {finally: [{name: a, taskRef: {name: grind}}]}}", pipeline),
        (tekton, "TaskRun", "{taskRef: {name: grind}}", task),
        (tekton, "TaskRun", "{taskSpec: {steps: [{name: a, ref: {name: grind}}]}}", task),
        (argo, "Workflow", "{entrypoint: a, templates: [{name: a, resource: {action: get}}]}", workflow),
    ] {
        assert_eq!(without_account(api, "name: mill", kind, first, second), both, "{kind} {first}");
    }
    // The API server ends each name in its own way, whatever they lack.
    let (empty, name) = ("{taskSpec: {steps: [{name: a}]}}", "generateName: mill-");
    assert_eq!(without_account(tekton, name, "TaskRun", empty, task), both);
    assert_eq!(without_account(tekton, "name: mill", "TaskRun", empty, task), ["NHI101 second.yaml"]);
}

#[test]
fn nothing_is_missing_from_what_was_read_by_half() {
    let broken = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n\tnamespace: y\nspec: {}\n";
    assert_eq!(found(&[("broken.yaml", broken)]), ["NHI905 broken.yaml"]);
}

fn pod(more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: mill-5d9c-x\n  namespace: mill\n  ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: mill-5d9c, uid: 1-2, controller: true}}]\nspec:\n  {more}\n  serviceAccountName: mill\n  containers: [{{name: mill, image: 'registry.example/mill:1'}}]\n  volumes:\n    - name: kube-api-access-x\n      projected: {{sources: [{{serviceAccountToken: {{path: token, expirationSeconds: 3607}}}}]}}\n"
    )
}

#[test]
fn what_a_controller_made_is_judged_where_it_was_made_of() {
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: mill, namespace: mill}\n";
    let dump = |pod: &str| found(&[("mill.yaml", DEPLOYMENT), ("account.yaml", account), ("pod.yaml", pod)]);
    assert_eq!(dump(&pod("")), Vec::<String>::new());
    // Whoever adds to the copy is judged for it.
    assert!(dump(&pod("hostPID: true")).contains(&"NHI701 pod.yaml".to_owned()));
    for more in [
        "initContainers: [{name: mill, image: 'registry.example/mill:1', env: [{name: PASSWORD, value: kettle-harbour-19}]}]",
        "securityContext: {runAsUser: 0}",
        "hostAliases: [{ip: 127.0.0.1, hostnames: [a]}]",
    ] {
        assert!(
            found(&[("pod.yaml", &pod(more)), ("mill.yaml", DEPLOYMENT), ("account.yaml", account)])
                .iter()
                .any(|one| one.ends_with("pod.yaml")),
            "{more}"
        );
    }
    // What the cluster fills in is no addition.
    let filled = "dnsPolicy: ClusterFirst\n  nodeName: n1\n  serviceAccount: mill\n  tolerations: [{key: a, operator: Exists}]";
    assert_eq!(dump(&pod(filled)), Vec::<String>::new());
    // Another cluster has another owner of that name.
    let strong = DEPLOYMENT.replace("      containers: [", "      hostPID: true\n      containers: [");
    let strong_pod = pod("hostPID: true");
    let of =
        |folder: &str| found(&[("dev/mill.yaml", &strong), (&format!("{folder}/pod.yaml"), &strong_pod)]);
    assert!(of("prod").contains(&"NHI701 pod.yaml".to_owned()));
    assert!(!of("dev").contains(&"NHI701 pod.yaml".to_owned()));
    // What its owner keeps from it, it has not.
    let strict = DEPLOYMENT
        .replace("      containers: [", "      automountServiceAccountToken: false\n      containers: [");
    let files = [("mill.yaml", &*strict), ("account.yaml", account), ("pod.yaml", &pod(""))];
    assert!(found(&files).iter().any(|one| one.ends_with("pod.yaml")));
    // Nothing of the input made it, so that nobody else answers for it.
    assert!(
        found(&[("pod.yaml", &pod("")), ("account.yaml", account)]).contains(&"NHI301 pod.yaml".to_owned())
    );
    assert!(found(&[("pod.yaml", &pod("hostPID: true"))]).contains(&"NHI701 pod.yaml".to_owned()));
}

#[test]
fn of_objects_that_own_each_other_each_is_judged() {
    let owned = |text: &str, kind: &str| {
        let owner = format!(
            "ownerReferences: [{{apiVersion: apps/v1, kind: {kind}, name: mill, uid: 1-2, controller: true}}]"
        );
        text.replacen("namespace: mill,", &format!("namespace: mill, {owner},"), 1)
            .replace("      containers: [{", "      containers: [{securityContext: {privileged: true}, ")
    };
    let set = owned(&DEPLOYMENT.replace("kind: Deployment", "kind: StatefulSet"), "Deployment");
    let files = [("mill.yaml", &*owned(DEPLOYMENT, "StatefulSet")), ("set.yaml", &set)];
    let said = found(&files);
    for file in ["NHI701 mill.yaml", "NHI701 set.yaml"] {
        assert!(said.contains(&file.to_owned()), "{said:?}");
    }
    // One of them is a copy of what somebody wrote.
    let said = found(&[("mill.yaml", &owned(DEPLOYMENT, "CloneSet")), ("set.yaml", &set)]);
    assert!(!said.contains(&"NHI701 set.yaml".to_owned()) && said.contains(&"NHI701 mill.yaml".to_owned()));
}

#[test]
fn a_committed_render_is_reported_once() {
    let Some(path) = with(Engine::Kustomize) else { return };
    let kustomization = "namespace: mill-system\nnamePrefix: the-\nresources: [all.yaml]\n";
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: mill, namespace: mill}\n---\n";
    let (base, printed) = (format!("{account}{BINDING}"), |name: &str| {
        format!("{account}{BINDING}")
            .replace("name: mill,", &format!("name: {name},"))
            .replace("namespace: mill}", "namespace: mill-system}")
            .replace("name: mill}", &format!("name: {name}}}"))
    });
    let (copy, changed) = (printed("the-mill"), printed("other"));
    let grave = |install: &str| {
        let folder = scratch(&[
            ("config/kustomization.yaml", kustomization),
            ("config/all.yaml", &base),
            ("dist/install.yaml", install),
        ]);
        let report = check(folder.path(), &path, &["."]);
        let findings = report["findings"].as_array().expect("a list").clone();
        let admins = findings.into_iter().filter(|finding| finding["rule"] == "NHI501");
        admins.collect::<Vec<Value>>()
    };
    let once = grave(&copy);
    assert_eq!(once.len(), 1, "{once:?}");
    assert_eq!(once[0]["location"]["file"], "config/all.yaml");
    let related = once[0]["related"].as_array().expect("a list");
    assert!(related.iter().any(|place| place["location"]["file"] == "dist/install.yaml"));
    // What is not the same is judged for itself.
    assert_eq!(grave(&changed).len(), 2);
}

#[test]
fn a_patch_that_nobody_lists_is_known_by_a_part_of_the_name_that_a_kustomization_makes() {
    let Some(path) = with(Engine::Kustomize) else { return };
    let workload = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: manager, namespace: mill}\nspec:\n  selector: {matchLabels: {app: mill}}\n  template:\n    metadata: {labels: {app: mill}}\n    spec: {serviceAccountName: manager, containers: [{name: mill, image: 'registry.example/mill:1'}]}\n";
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: manager, namespace: mill}\nspec:\n  template:\n    spec: {containers: [{name: proxy, image: 'registry.example/proxy:1'}]}\n";
    let folder = scratch(&[
        ("base/kustomization.yaml", "resources: [manager.yaml]\n"),
        ("base/manager.yaml", workload),
        ("default/kustomization.yaml", "namePrefix: the-\nresources: [../base]\n"),
        ("default/proxy_patch.yaml", patch),
    ]);
    let report = check(folder.path(), &path, &["."]);
    let findings = report["findings"].as_array().expect("a list");
    let of_patch =
        findings.iter().filter(|finding| finding["location"]["file"] == "default/proxy_patch.yaml");
    let bad: Vec<_> = of_patch.filter(|finding| finding["severity"] != "info").collect();
    assert!(bad.is_empty(), "{bad:?}");
}
