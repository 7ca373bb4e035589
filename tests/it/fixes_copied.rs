//! What a fix repeats of other objects it repeats as a person wrote it there, or it has no edit.

use crate::cli::{run, scratch};
use crate::helm_charts::programs;

const CHART: &str = "apiVersion: v2\nname: shop\nversion: 1.0.0\n";

const JOB: &str = "\
apiVersion: batch/v1
kind: Job
metadata:
  name: NAME
  annotations:
    OWNER
spec:
  activeDeadlineSeconds: 600
  ttlSecondsAfterFinished: 300
  template:
    spec:
      restartPolicy: Never
      containers: [{name: a, image: 'registry.example/a:1'}]
";

const OWNER: &str = "nhilint.dev/owner: team-shop";

fn job(name: &str, annotations: &str) -> String {
    JOB.replace("NAME", name).replace("OWNER", annotations)
}

/// What `--diff --unsafe-fixes` would add, and the reasons that `check` gives for what has no edit.
fn added(files: &[(&str, &str)]) -> String {
    let folder = scratch(files);
    let (_, diff, errors) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    let added = diff.lines().filter(|line| line.starts_with('+') && !line.starts_with("+++"));
    let added: Vec<&str> = added.map(|line| &line[1..]).collect();
    let (_, report, _) = run(folder.path(), &["check", "."]);
    let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
    let reasons = report.split("no edit is offered. ").skip(1);
    let reasons: Vec<&str> = reasons.map(|rest| rest.split(" = ").next().unwrap_or(rest)).collect();
    format!("{}\n{}\n{errors}", added.join("\n"), reasons.join("\n"))
}

fn chart(values: &str, template: &str, others: &[(&str, &str)]) -> String {
    let own = [("Chart.yaml", CHART), ("values.yaml", values), ("templates/one.yaml", template)];
    added(&[&own[..], others].concat())
}

/// In another namespace no pod would start.
#[test]
fn a_new_account_is_in_the_namespace_that_the_template_computes() {
    if programs().is_none() {
        return;
    }
    let helper = (
        "templates/_names.tpl",
        "{{ define \"shop.ns\" }}{{ default .Release.Namespace .Values.ns }}{{ end }}",
    );
    for (values, namespace) in [
        ("ns: jobs\n", "{{ .Values.ns }}"),
        ("ns: jobs\n", "{{ include \"shop.ns\" . | quote }}"),
        ("ns: ''\n", "{{ .Values.ns | default .Release.Namespace }}"),
        ("{}\n", "{{ .Release.Namespace }}"),
    ] {
        let name = format!("{{{{ .Release.Name }}}}-a\n  namespace: {namespace}");
        let added = chart(values, &job(&name, OWNER), &[helper]);
        let account = format!("kind: ServiceAccount\nmetadata:\n  name: {name}\n  annotations:\n");
        assert!(added.contains(&account), "{values} {namespace}\n{added}");
    }
}

#[test]
fn a_line_of_a_condition_is_copied_with_it() {
    if programs().is_none() {
        return;
    }
    let condition = "{{- if .Values.ns }}\n  namespace: {{ .Values.ns }}\n{{- end }}\n";
    let added = chart("ns: jobs\n", &job(&format!("report\n{condition}"), OWNER).replace("\n\n", "\n"), &[]);
    assert!(added.contains(&format!("  name: report\n{condition}  annotations:\n")), "{added}");
}

#[test]
fn what_a_template_computes_is_copied_as_an_expression() {
    if programs().is_none() {
        return;
    }
    let annotations = "nhilint.dev/owner: team-{{ .Values.team }}\n    helm.sh/hook: {{ .Values.hook | quote }}\n    \
                       helm.sh/hook-weight: {{ .Values.weight | quote }}\n    argocd.argoproj.io/sync-wave: \"-2\"";
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\nimagePullSecrets:\n  - name: {{ .Release.Name }}-reg\n";
    let values = "team: z\nhook: pre-install\nweight: '3'\npull: [{name: reg}]\n";
    let template = job("{{ .Release.Name }}-a", annotations);
    let added = chart(values, &template, &[("templates/account.yaml", account)]);
    // What is one step earlier is computed where it is written.
    let expected = annotations.replace("-2", "-3");
    assert!(added.contains(&format!("  annotations:\n    {expected}\nautomount")), "{added}");
    assert!(added.contains("imagePullSecrets:\n  - name: {{ .Release.Name }}-reg\n"), "{added}");
    // A whole list is computed at once: which of it is whose is not known.
    let list =
        account.replace("\n  - name: {{ .Release.Name }}-reg", " {{- toYaml .Values.pull | nindent 2 }}");
    let added = chart(values, &template, &[("templates/account.yaml", &list)]);
    assert!(added.contains("It takes over a value, `imagePullSecrets`, that is not written"), "{added}");
    assert!(!added.contains("serviceAccountName"), "{added}");
}

#[test]
fn the_owner_of_a_sibling_is_copied_as_it_is_written() {
    if programs().is_none() {
        return;
    }
    let named = |name: &str, owner: &str| {
        let text = job(name, owner).replace(
            "    spec:\n",
            &format!(
                "    spec:\n      serviceAccountName: {name}\n      automountServiceAccountToken: false\n"
            ),
        );
        format!(
            "{text}---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}}}\nautomountServiceAccountToken: false\n"
        )
    };
    let other = named("{{ .Release.Name }}-other", "shop.example/x: y");
    let one = named("one", "nhilint.dev/owner: {{ .Values.team }}");
    let added = chart("team: team-z\n", &one, &[("templates/other.yaml", &other)]);
    assert!(added.contains("nhilint.dev/owner: {{ .Values.team }}\n"), "{added}");
    assert!(!added.contains("team-z"), "{added}");
}

const KUSTOMIZATION: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

/// A base with a job and an account `default`, and an overlay of it.
fn overlay(annotations: &str, in_base: &str, in_overlay: &str) -> String {
    let base = format!("{KUSTOMIZATION}resources: [job.yaml, account.yaml]\n{in_base}");
    let overlay = format!("{KUSTOMIZATION}resources: [../base]\nnamespace: prod\n{in_overlay}");
    let account =
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\nimagePullSecrets: [{name: reg}]\n";
    added(&[
        ("base/kustomization.yaml", &base),
        ("base/account.yaml", account),
        ("base/job.yaml", &job("report", annotations)),
        ("prod/kustomization.yaml", &overlay),
    ])
}

#[test]
fn a_generated_suffix_stays_out_of_a_base() {
    if programs().is_none() {
        return;
    }
    let added = overlay(OWNER, "secretGenerator: [{name: reg, literals: [a=b]}]\n", "");
    assert!(added.contains("imagePullSecrets:\n  - name: reg\n"), "{added}");
}

#[test]
fn what_one_overlay_gives_stays_out_of_its_base() {
    if programs().is_none() {
        return;
    }
    let patch = "patches:\n  - patch: |\n      apiVersion: batch/v1\n      kind: Job\n      metadata:\n        name: report\n        annotations: {nhilint.dev/owner: team-prod}\n";
    let added = overlay("shop.example/x: y", "", patch);
    assert!(added.contains("It takes over a value, `nhilint.dev/owner`, that is not written"), "{added}");
    assert!(!added.contains("serviceAccountName"), "{added}");
    // What is given to all objects the new one gets too.
    let added = overlay("shop.example/x: y", "", "commonAnnotations: {nhilint.dev/owner: team-prod}\n");
    assert!(added.contains("metadata:\n  name: report\nautomount"), "{added}");
}

#[test]
fn what_flux_puts_in_is_copied_as_its_variable() {
    if programs().is_none() {
        return;
    }
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\nspec:\n  interval: 10m\n  path: ./apps\n  prune: true\n  sourceRef: {kind: GitRepository, name: flux-system}\n  postBuild: {substitute: {team: team-prod, ns: prod}}\n";
    let added = added(&[
        ("clusters/apps.yaml", flux),
        ("apps/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [job.yaml]\n")),
        ("apps/job.yaml", &job("report\n  namespace: ${ns}", "nhilint.dev/owner: '${team}'")),
    ]);
    let expected = "  name: report\n  namespace: ${ns}\n  annotations:\n    nhilint.dev/owner: '${team}'\n";
    assert!(added.contains(expected), "{added}");
}

#[test]
fn a_new_file_ends_its_lines_as_the_one_beside_it() {
    if programs().is_none() {
        return;
    }
    let windows = |text: &str| text.replace('\n', "\r\n");
    let folder = scratch(&[
        ("kustomization.yaml", &windows(&format!("{KUSTOMIZATION}resources:\n  - job.yaml\n"))),
        ("job.yaml", &windows(&job("report", OWNER))),
    ]);
    let (_, _, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    let made = std::fs::read_to_string(folder.path().join("report-serviceaccount.yaml")).expect(&errors);
    assert_eq!(made.matches('\n').count(), made.matches("\r\n").count(), "{made:?}");
}
