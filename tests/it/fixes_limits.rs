//! Fixes that take exceptions away, roles that list what a `*` stood for, and where trying ends.

use std::path::Path;

use nhilint::catalog::Preset;
use nhilint::finding::Applicability;
use nhilint::lint::{Effort, Fixed, Request, Run, Wanted, fix};
use nhilint::load::{Files, LARGEST_FILE};

use crate::bench::{catalog, settings};
use crate::cli::{run, scratch};

const TERMS: &str = "owner team-x; until 2026-11-30; approver security; the image needs it";
const COMMENT: &str =
    "# nhilint: except NHI204 until 2026-11-30 owner team-x approver security: image 4.x reads no file";

fn job(annotations: &str, of_pod: &str, comment: &str) -> String {
    format!(
        "apiVersion: batch/v1
kind: CronJob
metadata:
  name: purge
  namespace: shop
  annotations:
    nhilint.dev/owner: team-orders # for all
{annotations}spec:
  schedule: \"0 3 * * *\"
  jobTemplate:
    spec:
      ttlSecondsAfterFinished: 300
      activeDeadlineSeconds: 600
      template:
        metadata:
          labels: {{app: purge}}
{of_pod}        spec:
          serviceAccountName: purge
          automountServiceAccountToken: false
          restartPolicy: Never
          containers:
{comment}            - name: purge
              image: registry.example/shop/purge:1.0.0
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: purge
  namespace: shop
  annotations: {{nhilint.dev/owner: team-orders}}
"
    )
}

fn fixed(folder: &Path, more: &[&str]) -> (String, String) {
    let arguments = [&["check", ".", "--now", "2026-10-01", "--fix", "--fail-on=never"], more].concat();
    let (_, _, errors) = run(folder, &arguments);
    (std::fs::read_to_string(folder.join("a.yaml")).expect("a file"), errors)
}

#[test]
fn annotations_and_comments_that_except_nothing_go() {
    let except = format!("nhilint.dev/except.NHI204: \"{TERMS}\"\n");
    let comment = format!("            {COMMENT}\n");
    let clean = job("", "", "");
    let text = job(&format!("    {except}"), "", &comment);
    let folder = scratch(&[("a.yaml", &text)]);
    let (after, errors) = fixed(folder.path(), &[]);
    assert_eq!(after, clean, "{errors}");
    // What stands behind a line goes without the line.
    let beside = clean.replace("name: purge\n  namespace", &format!("name: purge   {COMMENT}\n  namespace"));
    let folder = scratch(&[("a.yaml", &beside)]);
    let (after, errors) = fixed(folder.path(), &[]);
    assert_eq!(after, clean, "{errors}");
    // Annotations of pods start them anew.
    let of_pod = job("", &format!("          annotations:\n            {except}"), "");
    let folder = scratch(&[("a.yaml", &of_pod)]);
    let (after, errors) = fixed(folder.path(), &[]);
    assert_eq!(after, of_pod, "{errors}");
    let (after, errors) = fixed(folder.path(), &["--unsafe-fixes"]);
    assert_eq!(after, clean, "{errors}");
}

#[test]
fn what_still_excepts_stays_and_so_does_what_a_text_holds() {
    let env = "              env:\n                - name: DB_PASSWORD\n                  valueFrom:\n                    secretKeyRef: {name: db, key: password} ";
    let used = job("", "", "").replace("purge:1.0.0\n", &format!("purge:1.0.0\n{env}{COMMENT}\n"));
    let folder = scratch(&[("a.yaml", &used)]);
    let (after, errors) = fixed(folder.path(), &[]);
    assert_eq!(after, used, "{errors}");
    let script = format!(
        "              args:\n                - |\n                  {COMMENT}\n                  true\n"
    );
    let text = job("", "", "").replace("purge:1.0.0\n", &format!("purge:1.0.0\n{script}"));
    let folder = scratch(&[("a.yaml", &text)]);
    let (after, errors) = fixed(folder.path(), &["--unsafe-fixes"]);
    assert_eq!(after, text, "{errors}");
}

/// A template is no YAML: that it prints the same is proved by rendering it.
#[test]
fn a_comment_of_a_template_goes_unless_it_moves_lines() {
    if crate::helm_charts::programs().is_none() {
        return;
    }
    let action = COMMENT.replace("# ", "{{/* ") + " */}}";
    let template =
        |comment: &str| job("", "", comment).replace("name: purge\n", "name: {{ .Release.Name }}\n");
    for (comment, goes) in
        [(COMMENT.to_owned(), true), (action.clone(), true), (action.replace("{{", "{{-"), false)]
    {
        let text = template(&format!("            {comment}\n"));
        let folder = scratch(&[
            ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
            ("templates/a.yaml", &text),
        ]);
        let arguments = ["check", ".", "--now", "2026-10-01", "--fix", "--select", "NHI204,NHI903"];
        let (_, report, errors) = run(folder.path(), &arguments);
        let after = std::fs::read_to_string(folder.path().join("templates/a.yaml")).expect("a file");
        let wanted = if goes { template("") } else { text };
        assert_eq!(after, wanted, "{errors}\n{report}");
    }
}

/// Verbs are written out where each resource has just these, and nobody may need another one.
const CHART: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n");

/// A value of a chart that feeds a second field of the same object is not changed for the first one's sake.
#[test]
fn a_field_that_no_finding_names_stays_as_it_is() {
    if crate::helm_charts::programs().is_none() {
        return;
    }
    let pod = |age: &str| {
        let token = "          volumes:
            - name: login
              projected:
                sources:
                  - serviceAccountToken: {audience: vault, expirationSeconds: {{ .Values.ttl }}, path: token}
";
        let text = job("", "", "")
            .replace("          serviceAccountName", &format!("{token}          serviceAccountName"));
        text.replace("activeDeadlineSeconds: 600", &format!("activeDeadlineSeconds: {age}"))
    };
    let tried = |age: &str| {
        let folder = scratch(&[CHART, ("values.yaml", "ttl: 172800\n"), ("templates/a.yaml", &pod(age))]);
        let arguments = ["check", ".", "--fix", "--unsafe-fixes", "--fail-on=never"];
        let (_, _, errors) = run(folder.path(), &arguments);
        (std::fs::read_to_string(folder.path().join("values.yaml")).expect("a file"), errors)
    };
    let (values, errors) = tried("600");
    assert_ne!(values, "ttl: 172800\n", "{errors}");
    let (values, errors) = tried("{{ .Values.ttl }}");
    assert_eq!(values, "ttl: 172800\n", "{errors}");
    let why = "It changes `/spec/jobTemplate/spec/activeDeadlineSeconds` of CronJob shop/purge, which it is not about.";
    assert!(errors.contains(why), "{errors}");
}

/// What a kustomization makes of a new object is known where it is rendered.
#[test]
fn a_kustomization_that_is_not_rendered_gets_no_resource() {
    if crate::helm_charts::programs().is_none() {
        return;
    }
    let text = job("", "", "").replace("          serviceAccountName: purge\n", "");
    let (job, _) = text.split_once("---\n").expect("two documents");
    let tried = |list: &str| {
        let folder =
            scratch(&[("kustomization.yaml", &format!("resources:\n- a.yaml\n{list}")), ("a.yaml", job)]);
        let arguments = ["check", ".", "--fix", "--unsafe-fixes", "--fail-on=never"];
        run(folder.path(), &arguments);
        folder.path().join("purge-serviceaccount.yaml").exists()
    };
    assert!(tried(""));
    assert!(!tried("- not-there.yaml\n"));
}

#[test]
fn a_wildcard_of_verbs_is_written_out_where_they_are_known() {
    const LISTED: &str = "[get, list, watch, create, update, patch, delete]";
    let role = |rule: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: a, namespace: shop, annotations: {{nhilint.dev/owner: t}}}}\nrules:\n  - {rule}\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: a, namespace: shop}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}}\n\
             subjects: [{{kind: ServiceAccount, name: a}}]\n"
        )
    };
    let widgets = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.shop.example}\nspec: {group: shop.example, scope: Namespaced, \
                   names: {plural: widgets, kind: Widget}}\n";
    for (rule, goes) in [
        ("{apiGroups: [apps], resources: [deployments], verbs: ['*']}", true),
        ("{apiGroups: [shop.example], resources: [widgets], verbs: ['*', get]}", true),
        // Nobody here knows what it serves.
        ("{apiGroups: [other.example], resources: [gadgets], verbs: ['*']}", false),
        ("{apiGroups: [apps], resources: [gadgets], verbs: ['*']}", false),
        ("{apiGroups: [apps], resources: ['*'], verbs: ['*']}", false),
        ("{apiGroups: [apps], resources: [deployments/scale], verbs: ['*']}", false),
        // Whether it escalates, binds, impersonates or uses, a person has to say.
        ("{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: ['*']}", false),
        ("{apiGroups: [''], resources: [serviceaccounts], verbs: ['*']}", false),
        ("{apiGroups: [policy], resources: [podsecuritypolicies], verbs: ['*']}", false),
        ("{apiGroups: [apps], resources: [deployments], verbs: ['*', use]}", false),
        // Who may create some names only may create none.
        ("{apiGroups: [apps], resources: [deployments], resourceNames: [a], verbs: ['*']}", false),
    ] {
        let text = role(rule);
        let folder = scratch(&[("a.yaml", &text), ("widgets.yaml", widgets)]);
        let (after, errors) = fixed(folder.path(), &["--unsafe-fixes", "--select", "NHI502"]);
        let wanted = if goes { text.replace("['*', get]", LISTED).replace("['*']", LISTED) } else { text };
        assert_eq!(after, wanted, "{errors}");
    }
}

/// Two that write at one place are done one after the other, each in a try of its own.
const TWO_ROUNDS: &str = "apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  namespace: shop
  annotations: {nhilint.dev/except.NHI204: \"TERMS\", nhilint.dev/except.NHI101: \"TERMS\"}
";

fn tried(folder: &Path, effort: Effort) -> Fixed {
    let (catalog, paths) = (catalog(), [".".to_owned()]);
    let mut settings = settings(&catalog, Preset::Recommended);
    settings.now = "2026-10-01T00:00:00Z".parse().expect("a moment");
    let files = Files::disk(&folder.canonicalize().expect("a folder")).remembering();
    let request = Request {
        files: &files,
        paths: &paths,
        largest_file: LARGEST_FILE,
        render: None,
        settings: &settings,
        policy: &[],
        before: None,
    };
    let run = Run::new(request, &mut std::io::empty());
    let report = run.report(&catalog, None);
    let wanted = Wanted { most: Applicability::Safe, writes: false, effort };
    fix(request, &catalog, None, (&run, &report), wanted)
}

#[test]
fn trying_ends_where_tries_and_documents_are_used_up() {
    let folder = scratch(&[("a.yaml", &TWO_ROUNDS.replace("TERMS", TERMS))]);
    let counts = |tries, documents| {
        let fixed = tried(folder.path(), Effort { tries, documents });
        (fixed.done.len(), fixed.untried, fixed.files.len())
    };
    assert_eq!(counts(0, 0), (0, 1, 0), "nothing is begun");
    assert_eq!(counts(1, 1), (1, 1, 1), "what was done stays done");
    assert_eq!(counts(usize::MAX, 1), (2, 0, 1), "a small tree takes many tries in no time");
    assert_eq!(counts(1, usize::MAX), (2, 0, 1));
}

/// A Job of a set that is deleted while others run is made anew.
#[test]
fn a_set_of_jobs_is_deleted_whole() {
    let set = "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: train, namespace: shop, annotations: {nhilint.dev/owner: team-shop}}\nspec:\n  replicatedJobs:\n    - name: workers\n      template:\n        spec:\n          template: {spec: {restartPolicy: Never, serviceAccountName: train, containers: [{name: a, image: 'registry.example/a:1'}]}}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: train, namespace: shop, annotations: {nhilint.dev/owner: team-shop}}\n";
    let folder = crate::cli::scratch(&[("set.yaml", set)]);
    let (_, diff, errors) = crate::cli::run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    assert!(
        diff.contains(" spec:\n+  ttlSecondsAfterFinished: 600\n   replicatedJobs:\n"),
        "{errors}\n{diff}"
    );
    assert!(diff.contains("+          activeDeadlineSeconds: 3600\n"), "{errors}\n{diff}");
}
