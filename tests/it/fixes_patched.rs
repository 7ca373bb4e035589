//! Fixes of what an overlay's patch brings, and of what one names: the base is not changed for one overlay, and no patch is
//! broken.

use crate::cli::{run, scratch};
use crate::helm_charts::programs;

const KUSTOMIZATION: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

const DATABASE: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: db, annotations: {nhilint.dev/owner: team-shop}}\nspec:\n  selector: {matchLabels: {app: db}}\n  template:\n    metadata: {labels: {app: db}}\n    spec:\n      serviceAccountName: db\n      containers:\n        - name: db\n          image: docker.io/library/postgres:16.2\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: db, annotations: {nhilint.dev/owner: team-shop}}\nautomountServiceAccountToken: false\n";

const VARIABLE: &str = "          env:\n            - name: POSTGRES_PASSWORD\n              valueFrom: {secretKeyRef: {name: login, key: password}}\n";

const PATCH: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: db\nspec:\n  template:\n    spec:\n      containers:\n        - name: db\n";

const MENDED: &str = "          env:\n            - name: POSTGRES_PASSWORD_FILE\n              value: /run/secrets/login/password\n          volumeMounts:\n            - {name: login, mountPath: /run/secrets/login, readOnly: true}\n      volumes:\n        - name: login\n          secret: {secretName: login}\n";

fn indented(text: &str, by: usize) -> String {
    let margin = " ".repeat(by);
    text.lines().flat_map(|line| [&margin, line, "\n"]).collect()
}

/// The texts of a tree after `--fix --unsafe-fixes`, by the given paths, and what is said.
fn fixed(files: &[(&str, &str)]) -> (Vec<String>, String) {
    let folder = scratch(files);
    let (_, report, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    let (_, again, _) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    assert_eq!(again, "", "a second run changes nothing: {errors}\n{report}");
    let read = |(name, _): &(&str, &str)| std::fs::read_to_string(folder.path().join(name)).expect("a text");
    (files.iter().map(read).collect(), format!("{errors}\n{report}"))
}

#[test]
fn what_a_patch_brings_is_mended_in_it() {
    if programs().is_none() {
        return;
    }
    let base = format!("{KUSTOMIZATION}resources: [db.yaml]\n");
    let dev = format!("{KUSTOMIZATION}namespace: dev\nresources: [../base]\n");
    let patch = format!("{PATCH}{VARIABLE}");
    let with = |more: &str| format!("{KUSTOMIZATION}namespace: prod\nresources: [../base]\n{more}");
    let inline = |patch: &str| with(&format!("patches:\n  - patch: |-\n{}", indented(patch, 6)));
    let mended = format!("{PATCH}{MENDED}");
    for (overlay, after) in [
        (with("patches: [{path: patch.yaml}]\n"), None),
        (with("patchesStrategicMerge: [patch.yaml]\n"), None),
        (inline(&patch), Some(inline(&mended))),
    ] {
        let (texts, report) = fixed(&[
            ("base/db.yaml", DATABASE),
            ("base/kustomization.yaml", &base),
            ("dev/kustomization.yaml", &dev),
            ("prod/kustomization.yaml", &overlay),
            ("prod/patch.yaml", &patch),
        ]);
        assert_eq!(texts[..3], [DATABASE, &base, &dev], "{report}");
        assert_eq!(texts[3], after.clone().unwrap_or(overlay), "{report}");
        assert_eq!(texts[4], if after.is_some() { &patch } else { &mended }.as_str(), "{report}");
    }
}

#[test]
fn an_account_that_only_an_overlay_needs_is_declared_there() {
    if programs().is_none() {
        return;
    }
    let base = format!("{KUSTOMIZATION}resources: [db.yaml]\n");
    let database = DATABASE.replace("serviceAccountName: db", "serviceAccountName: shared").replace(
        "{name: db, annotations: {nhilint.dev/owner: team-shop}}\nauto",
        "{name: shared, annotations: {nhilint.dev/owner: team-shop}}\nauto",
    );
    let overlay =
        format!("{KUSTOMIZATION}namespace: prod\nresources:\n  - ../base\npatches: [{{path: patch.yaml}}]\n");
    let patch =
        PATCH.replace("      containers:\n        - name: db\n", "      serviceAccountName: default\n");
    let files = [
        ("base/db.yaml", database.as_str()),
        ("base/kustomization.yaml", &base),
        ("prod/kustomization.yaml", &overlay),
        ("prod/patch.yaml", &patch),
    ];
    let (texts, report) = fixed(&files);
    assert_eq!(texts[..2], [database, base], "{report}");
    assert!(texts[2].contains("  - db-serviceaccount.yaml\n"), "{report}\n{}", texts[2]);
    assert!(texts[3].contains("serviceAccountName: db\n"), "{report}\n{}", texts[3]);
}

/// What a JSON patch brings, and what one names, is left to a person.
#[test]
fn a_json_patch_is_neither_left_behind_nor_broken() {
    if programs().is_none() {
        return;
    }
    let base = format!("{KUSTOMIZATION}resources: [db.yaml]\n");
    let overlay = |operation: &str| {
        format!(
            "{KUSTOMIZATION}namespace: prod\nresources: [../base]\npatches:\n  - target: {{kind: Deployment, name: db}}\n    patch: |-\n      - {operation}\n"
        )
    };
    let added = overlay(
        "{op: add, path: /spec/template/spec/containers/0/env, value: [{name: POSTGRES_PASSWORD, valueFrom: {secretKeyRef: {name: login, key: password}}}]}",
    );
    let named = overlay(
        "{op: replace, path: /spec/template/spec/containers/0/env/0/valueFrom/secretKeyRef/key, value: secret}",
    );
    let behind = overlay("{op: remove, path: /spec/template/spec/containers/0/env/0}");
    let with_variable = DATABASE.replace("postgres:16.2\n", &format!("postgres:16.2\n{VARIABLE}"));
    let nowhere = "The patch in `prod/kustomization.yaml` brings it: add what belongs to it there, too.";
    let both = "The JSON patch at `prod/kustomization.yaml:7` names what the fix changes: change both.";
    for (database, overlay, why) in
        [(DATABASE, added, nowhere), (&with_variable, named, both), (&with_variable, behind, "")]
    {
        let (texts, report) = fixed(&[
            ("base/db.yaml", database),
            ("base/kustomization.yaml", &base),
            ("prod/kustomization.yaml", &overlay),
        ]);
        assert_eq!(texts, [database, &base, &overlay], "{report}");
        let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(report.contains(why) && !report.contains("not fixed"), "{why}\n{report}");
    }
}

/// Kustomize writes the name that an account gets into the kinds that it knows.
#[test]
fn a_kind_that_does_not_follow_its_account_gets_no_edit() {
    if programs().is_none() {
        return;
    }
    let config = "apiVersion: apps.openshift.io/v1\nkind: DeploymentConfig\nmetadata: {name: db, annotations: {nhilint.dev/owner: team-shop}}\nspec:\n  selector: {app: db}\n  template:\n    metadata: {labels: {app: db}}\n    spec:\n      containers:\n        - name: db\n          image: registry.example/db:1\n";
    let base = format!("{KUSTOMIZATION}resources: [db.yaml]\n");
    for (affix, is_mended) in [("nameSuffix: -prod\n", false), ("", true)] {
        let overlay = format!("{KUSTOMIZATION}namespace: prod\n{affix}resources: [../base]\n");
        let (texts, report) = fixed(&[
            ("base/db.yaml", config),
            ("base/kustomization.yaml", &base),
            ("prod/kustomization.yaml", &overlay),
        ]);
        assert_eq!(texts[0].contains("serviceAccountName: db"), is_mended, "{report}");
        let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(report.contains("writes it into no DeploymentConfig"), !is_mended, "{report}");
        assert!(!report.contains("not fixed"), "{report}");
    }
}

/// Kustomize adds a hash to the name of a Secret that it makes.
#[test]
fn a_secret_that_kustomize_makes_is_mounted_by_its_written_name() {
    if programs().is_none() {
        return;
    }
    let base = format!(
        "{KUSTOMIZATION}resources: [db.yaml]\nsecretGenerator: [{{name: login, envs: [login.env]}}]\n"
    );
    let database = DATABASE.replace("postgres:16.2\n", &format!("postgres:16.2\n{VARIABLE}"));
    let (texts, report) = fixed(&[
        ("base/db.yaml", &database),
        ("base/kustomization.yaml", &base),
        ("base/login.env", "password=change-me\n"),
    ]);
    assert!(texts[0].contains(MENDED), "{report}\n{}", texts[0]);
}

/// What Flux fills in is written as a variable in new text, too.
#[test]
fn a_name_with_a_variable_is_repeated_with_it() {
    if programs().is_none() {
        return;
    }
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: shop, namespace: flux-system}\nspec:\n  interval: 10m\n  path: ./shop\n  prune: true\n  targetNamespace: shop\n  sourceRef: {kind: GitRepository, name: flux-system}\n  postBuild: {substitute: {env: prod}}\n";
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: report-${env}\n  annotations: {nhilint.dev/owner: team-shop}\nspec:\n  activeDeadlineSeconds: 600\n  ttlSecondsAfterFinished: 300\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: a, image: 'registry.example/a:1'}]\n";
    let (texts, report) = fixed(&[("clusters/shop.yaml", flux), ("shop/job.yaml", job)]);
    assert!(texts[1].contains("serviceAccountName: report-${env}\n"), "{report}\n{}", texts[1]);
    assert!(texts[1].contains("kind: ServiceAccount\nmetadata:\n  name: report-${env}\n"), "{}", texts[1]);
}

/// A value of a set's template is nothing but a parameter, which one element gives.
#[test]
fn the_element_of_a_set_is_changed() {
    if programs().is_none() {
        return;
    }
    let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: shop, namespace: argocd}\nspec:\n  goTemplate: true\n  generators:\n    - list:\n        elements:\n          - {env: dev, ttl: '600'}\n          - {env: prod, ttl: '86400'}\n  template:\n    metadata: {name: 'shop-{{ .env }}'}\n    spec:\n      project: shop\n      destination: {server: 'https://kubernetes.default.svc', namespace: 'shop-{{ .env }}'}\n      source:\n        repoURL: https://git.example/acme/shop.git\n        path: chart\n        helm: {parameters: [{name: ttl, value: '{{ .ttl }}'}]}\n";
    let token = "      volumes: [{name: t, projected: {sources: [{serviceAccountToken: {audience: vault, expirationSeconds: {{ .Values.ttl }}, path: t}}]}}]\n";
    let api = DATABASE.replace("      containers:\n", &format!("{token}      containers:\n"));
    let (texts, report) = fixed(&[
        ("sets/shop.yaml", set),
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("chart/values.yaml", "ttl: 600\n"),
        ("chart/templates/api.yaml", &api),
    ]);
    assert!(texts[0].contains("{env: prod, ttl: '3600'}"), "{report}\n{}", texts[0]);
}
