//! Fixes that give a workload an account of its own: what the account it leaves has, it keeps or a person decides.

use std::path::Path;

use crate::cli::{run, scratch};
use crate::helm_charts::programs;

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

/// What deploys the folder `chart`.
pub(crate) const APPLICATION: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: shop
  destination: {server: 'https://kubernetes.default.svc', namespace: shop}
  source: {repoURL: 'https://git.example/acme/shop.git', path: chart}
";

/// What `--fix --unsafe-fixes` writes into a chart with one template, and that it is done then.
fn chart(template: &str) -> String {
    let folder = scratch(&[
        ("shop.yaml", APPLICATION),
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("chart/values.yaml", "cache: true\n"),
        ("chart/templates/_names.tpl", "{{ define \"shop.name\" }}{{ .Release.Name }}-shop{{ end }}\n"),
        ("chart/templates/one.yaml", template),
    ]);
    let (_, report, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    let (_, again, _) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes", "--select", "NHI101"]);
    assert_eq!(again, "", "a second run changes nothing: {errors}\n{report}");
    let mut files: Vec<_> =
        std::fs::read_dir(folder.path().join("chart/templates")).expect("a folder").collect();
    files.sort_by_key(|entry| entry.as_ref().expect("an entry").file_name());
    let texts = files.into_iter().map(|entry| {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        format!("# {name}\n{}", std::fs::read_to_string(&path).expect("a text"))
    });
    texts.collect()
}

#[test]
fn a_name_in_a_variable_of_a_template_is_written_as_what_it_is_set_to() {
    if programs().is_none() {
        return;
    }
    let template = "{{- if .Values.cache }}
{{- $name := include \"shop.name\" . }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}-cache
  annotations: {nhilint.dev/owner: team-shop}
spec:
  selector: {matchLabels: {app: cache}}
  template:
    metadata: {labels: {app: cache}}
    spec:
      containers: [{name: cache, image: 'registry.example/cache:1'}]
{{- end }}
";
    let written = chart(template);
    let name = "{{ include \"shop.name\" . }}-cache\n";
    assert!(written.contains(&format!("      serviceAccountName: {name}")), "{written}");
    let account = format!(
        "{{{{- if .Values.cache }}}}\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {name}"
    );
    assert!(written.contains(&account), "{written}");
}

#[test]
fn what_a_workflow_may_do_is_granted_in_the_namespace_that_its_application_gives() {
    if programs().is_none() {
        return;
    }
    let template = "apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata:
  name: notify
  annotations: {nhilint.dev/owner: team-shop}
spec:
  entrypoint: main
  templates:
    - name: main
      container: {image: 'registry.example/notify:1'}
";
    let written = chart(template);
    assert!(written.contains("serviceAccountName: notify\n"), "{written}");
    assert!(written.contains("subjects:\n  - kind: ServiceAccount\n    name: notify\n"), "{written}");
    assert!(!written.contains("namespace:"), "{written}");
}

#[test]
fn workloads_of_one_name_get_no_account_of_that_name() {
    let workflow = |image: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {{generateName: diamond-, namespace: ci, annotations: {{nhilint.dev/owner: team-ci}}}}\nspec: {{entrypoint: a, templates: [{{name: a, container: {{image: '{image}'}}}}]}}\n"
        )
    };
    let (one, two) = (workflow("registry.example/a:1"), workflow("registry.example/b:1"));
    let both = scratch(&[("a.yaml", &one), ("b.yaml", &two)]);
    let args = ["check", ".", "--diff", "--unsafe-fixes", "--select", "NHI101"];
    let (_, diff, errors) = run(both.path(), &args);
    assert_eq!(diff, "", "{errors}");
    // So it is where only one of the names is generated, or the kinds differ.
    let fixed = two.replace("generateName: diamond-", "name: diamond");
    let job = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: diamond, namespace: ci, annotations: {nhilint.dev/owner: team-ci}}\nspec: {schedule: '@daily', jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: 'registry.example/c:1'}]}}}}}\n";
    for (one, other) in [(&*one, &*fixed), (&*fixed, job)] {
        let both = scratch(&[("a.yaml", one), ("b.yaml", other)]);
        let (_, diff, errors) = run(both.path(), &args);
        assert_eq!(diff, "", "{errors}");
    }
    // A template that runs as others say, and one that has an account, get none.
    let named = fixed.replace("spec: {", "spec: {serviceAccountName: draw, ");
    let library = named.replace("kind: Workflow", "kind: WorkflowTemplate");
    for other in [&named, &library] {
        let both = scratch(&[("a.yaml", &*one), ("b.yaml", other)]);
        let (_, diff, errors) = run(both.path(), &args);
        assert!(diff.contains("serviceAccountName: diamond"), "{errors}{diff}");
    }
    let single = scratch(&[("a.yaml", &one)]);
    let (_, diff, errors) = run(single.path(), &args);
    assert!(
        diff.contains("+spec: {entrypoint: a") || diff.contains("serviceAccountName: diamond"),
        "{errors}{diff}"
    );
}

#[test]
fn what_lets_an_account_in_has_to_know_the_new_one() {
    let job = |pod: &str, spec: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: load, namespace: shop, annotations: {{nhilint.dev/owner: team-shop}}}}\nspec:\n  template:\n    metadata: {{annotations: {{{pod}}}}}\n    spec:\n      restartPolicy: Never\n      {spec}\n      containers: [{{name: load, image: 'registry.example/load:1'}}]\n"
        )
    };
    let volume = "volumes: [{name: s, csi: {driver: secrets-store.csi.k8s.io, volumeAttributes: {secretProviderClass: s}}}]";
    let args = ["check", ".", "--diff", "--unsafe-fixes", "--select", "NHI101"];
    for (text, has_edit) in [
        (job("", volume), false),
        (job("vault.hashicorp.com/agent-inject: 'true', vault.hashicorp.com/role: load", ""), false),
        // A role that the pod asks for goes with the pod.
        (job("iam.amazonaws.com/role: load", ""), true),
        (job("linkerd.io/inject: enabled", ""), true),
    ] {
        let tree = scratch(&[("a.yaml", &text)]);
        let (_, diff, errors) = run(tree.path(), &args);
        assert_eq!(diff.contains("serviceAccountName: load"), has_edit, "{text}{errors}{diff}");
    }
}

#[test]
fn what_deletes_artifacts_needs_an_account_too() {
    let workflow = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: report, namespace: ci, annotations: {nhilint.dev/owner: team-ci}}\nspec: {entrypoint: a, artifactGC: {strategy: OnWorkflowDeletion}, templates: [{name: a, container: {image: 'registry.example/a:1'}}]}\n";
    let tree = scratch(&[("a.yaml", workflow)]);
    let (_, report, _) = run(tree.path(), &["check", ".", "--select", "NHI101", "--no-cache"]);
    assert!(report.contains("artifactGC.serviceAccountName"), "{report}");
    let named = workflow.replace("artifactGC: {", "artifactGC: {serviceAccountName: gc, ");
    for without in [named, workflow.replace("OnWorkflowDeletion", "Never")] {
        let tree = scratch(&[("a.yaml", &without)]);
        let (_, report, _) = run(tree.path(), &["check", ".", "--select", "NHI101", "--no-cache"]);
        assert!(!report.contains("artifactGC.serviceAccountName"), "{report}");
    }
}
