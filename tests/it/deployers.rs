//! What Argo CD and Flux make of what they deploy, and what is deployed by what was rendered. Kustomizations are replayed
//! here, so that nothing is started.
//!
//! What Argo CD makes of each of the changes here was asked of its own code (3.2) once.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::scratch;
use crate::rendering::{JOB, check, outline, run};

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n        - {name: web, image: 'nginx:0'}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n";
const BASE: &str = "resources: [web.yaml]\nnamePrefix: old-\nnamespace: own\nimages:\n  - {name: nginx, newName: mirror/nginx, newTag: '1'}\ncommonLabels: {team: a}\n";
const PART: &str = "kind: Component\nresources: [account.yaml]\n";
const ACCOUNT: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: more}\n";

fn tree(deployer: &str) -> tempfile::TempDir {
    scratch(&[
        ("base/kustomization.yaml", BASE),
        ("base/web.yaml", WEB),
        ("part/kustomization.yaml", PART),
        ("part/account.yaml", ACCOUNT),
        ("apps/web.yaml", deployer),
    ])
}

fn application(block: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web, namespace: argocd}}\nspec:\n  destination: {{namespace: shop}}\n  source:\n    repoURL: https://git.example/acme/shop\n    path: base\n    kustomize:\n{block}"
    )
}

fn flux(fields: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: web, namespace: flux-system}}\nspec:\n  path: ./base\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{fields}"
    )
}

/// The rows of `render --objects` that tell of a deployer.
fn rows(here: &Path, arguments: &[&str]) -> Vec<Value> {
    let (_, out, errors) = run(here, "", &[&["render", ".", "--objects"], arguments].concat());
    let rows =
        out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}{errors}")));
    rows.filter(|row: &Value| row["root"]["name"].is_string()).collect()
}

/// The objects that the one deployer brings, by kind.
fn object(here: &Path, kind: &str) -> Value {
    let rows = rows(here, &[]);
    assert_eq!((rows.len(), &rows[0]["error"]), (1, &Value::Null), "{rows:?}");
    let objects = rows[0]["objects"].as_array().expect("a list");
    objects.iter().find(|object| object["kind"] == kind).cloned().unwrap_or_default()
}

/// Where the rendered lines that hold `text` were written: `file:line`.
fn written(here: &Path, text: &str) -> Vec<String> {
    let (_, out, _) = run(here, "", &["render", ".", "--origins"]);
    let lines = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let found = lines.filter(|line| line["text"].as_str().is_some_and(|line| line.contains(text)));
    found
        .map(|line| {
            assert_eq!(line["origin"], "exact", "{line}");
            format!("{}:{}", line["file"].as_str().unwrap_or_default(), line["originLine"])
        })
        .collect()
}

const IMAGE: &str = "/spec/template/spec/containers/0/image";

#[test]
fn an_application_changes_the_kustomization_that_it_deploys() {
    let cases = [
        (
            "      {namePrefix: new-, nameSuffix: -x, namespace: other}\n",
            "/metadata/name",
            json!("new-web-x"),
        ),
        ("      {namePrefix: new-, namespace: other}\n", "/metadata/namespace", json!("other")),
        ("      images: ['nginx=example/nginx:2']\n", IMAGE, json!("example/nginx:2")),
        ("      images: ['nginx:2@sha256:ab']\n", IMAGE, json!("nginx:2@sha256:ab")),
        ("      images: ['nginx=*:2']\n", IMAGE, json!("mirror/nginx:2")),
        ("      images: ['nginx=example/nginx:*']\n", IMAGE, json!("example/nginx:1")),
        ("      images: ['nginx:$ARGOCD_APP_NAME']\n", IMAGE, json!("nginx:web")),
        ("      replicas: [{name: web, count: '3'}]\n", "/spec/replicas", json!(3)),
        ("      {commonLabels: {more: b}}\n", "/metadata/labels", json!({"more": "b", "team": "a"})),
        (
            "      {commonLabels: {team: b}, forceCommonLabels: true}\n",
            "/metadata/labels",
            json!({"team": "b"}),
        ),
        (
            "      {commonLabels: {more: b}, labelWithoutSelector: true}\n",
            "/spec/template/metadata/labels",
            json!({"team": "a"}),
        ),
        (
            "      {commonLabels: {more: b}, labelWithoutSelector: true, labelIncludeTemplates: true}\n",
            "/spec/template/metadata/labels",
            json!({"more": "b", "team": "a"}),
        ),
        ("      {commonAnnotations: {x: 'a:b'}}\n", "/metadata/annotations", json!({"x": "a:b"})),
        (
            "      patches: [{target: {kind: Deployment}, patch: '[{op: add, path: /spec/paused, value: true}]'}]\n",
            "/spec/paused",
            json!(true),
        ),
        ("      {}\n", IMAGE, json!("mirror/nginx:1")),
    ];
    for (block, pointer, expected) in cases {
        let here = tree(&application(block));
        assert_eq!(object(here.path(), "Deployment").pointer(pointer), Some(&expected), "{block}");
    }
    for components in ["['../part']", "['../none', '../part']\n      ignoreMissingComponents: true"] {
        let here = tree(&application(&format!("      components: {components}\n")));
        let rows = rows(here.path(), &[]);
        assert_eq!(rows[0]["objects"].as_array().map(Vec::len), Some(3), "{rows:?}");
    }
}

#[test]
fn what_a_deployer_changed_is_led_to_the_deployer() {
    let block = "      namespace: other\n      images:\n        - nginx:2\n      patches:\n        - target: {kind: Deployment}\n          patch: |-\n            - op: add\n              path: /spec/template/spec/serviceAccountName\n              value: default\n";
    let here = tree(&application(block));
    assert_eq!(written(here.path(), "serviceAccountName: default"), ["apps/web.yaml:18"]);
    assert_eq!(written(here.path(), "nginx:2"), ["apps/web.yaml:12"]);
    assert_eq!(written(here.path(), "namespace: other"), ["apps/web.yaml:10", "apps/web.yaml:10"]);
    assert_eq!(written(here.path(), "kind: ServiceAccount"), ["base/web.yaml:11"]);
    let report = check(here.path(), "", &["."]);
    assert_eq!(outline(&report, &["NHI101"]), ["NHI101 unset apps/web.yaml:18 exact base"]);
    let list = "  patches:\n    - patch: |\n        apiVersion: apps/v1\n        kind: Deployment\n        metadata: {name: web}\n        spec: {template: {spec: {serviceAccountName: default}}}\n";
    let here = tree(&flux(list));
    assert_eq!(written(here.path(), "serviceAccountName: default"), ["apps/web.yaml:12"]);
}

#[test]
fn flux_changes_the_kustomization_that_it_deploys() {
    let cases = [
        ("  targetNamespace: other\n", "/metadata/namespace", json!("other")),
        ("  namePrefix: new-\n  nameSuffix: -x\n", "/metadata/name", json!("new-web-x")),
        ("  images: [{name: nginx, newTag: '2'}]\n", IMAGE, json!("nginx:2")),
        ("  commonMetadata: {labels: {more: b}}\n", "/metadata/labels", json!({"more": "b", "team": "a"})),
        ("  commonMetadata: {labels: {more: b}}\n", "/spec/template/metadata/labels", json!({"team": "a"})),
        ("  commonMetadata: {annotations: {x: b}}\n", "/metadata/annotations", json!({"x": "b"})),
        ("  commonMetadata: {annotations: {x: b}}\n", "/spec/template/metadata/labels", json!({"team": "a"})),
        (
            "  patches: [{target: {kind: Deployment}, patch: '[{op: add, path: /spec/paused, value: true}]'}]\n",
            "/spec/paused",
            json!(true),
        ),
    ];
    for (fields, pointer, expected) in cases {
        let here = tree(&flux(fields));
        assert_eq!(object(here.path(), "Deployment").pointer(pointer), Some(&expected), "{fields}");
    }
    let here = tree(&flux("  components: ['../part']\n"));
    assert_eq!(rows(here.path(), &[])[0]["objects"].as_array().map(Vec::len), Some(3));
}

#[test]
fn patches_of_an_application_may_be_files() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n";
    let here = tree(&application("      patches: [{path: late/patch.yaml}]\n"));
    let file = here.path().join("base/late/patch.yaml");
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    std::fs::write(file, patch).expect("a file");
    assert_eq!(object(here.path(), "Deployment").pointer("/spec/paused"), Some(&json!(true)));
    assert_eq!(written(here.path(), "paused: true"), ["base/late/patch.yaml:4"]);
    let (_, all, _) = run(here.path(), "", &["render", "."]);
    assert_eq!(all.matches("kind: Deployment").count(), 1, "the patch is no object: {all}");
}

#[test]
fn what_is_not_known_or_not_applied_is_said() {
    let cases = [
        (application("      version: v4\n"), "only Argo CD knows which kustomize `version` names"),
        (application("      images: ['nginx:$ARGOCD_APP_REVISION']\n"), "`images` holds a placeholder"),
        (application("      {commonLabels: {team: b}}\n"), "`team` stands in the kustomization already"),
        (application("      components: ['../none']\n"), "the component `../none` is not there"),
        (application("      patches: [{path: a.yaml}]\n"), "the patch `a.yaml` is not there"),
        (flux("  components: ['../none']\n"), "the component `../none` is not there"),
    ];
    for (deployer, message) in cases {
        let here = tree(&deployer);
        let report = check(here.path(), "", &["."]).to_string();
        assert!(report.contains(message), "{message}: {report}");
    }
}

/// A kustomization that makes Applications, of which one deploys itself.
const APPS: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: jobs}\nspec:\n  destination: {namespace: shop}\n  source:\n    repoURL: https://git.example/acme/shop\n    path: env/jobs\n---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: self}\nspec:\n  destination: {namespace: argocd}\n  source: {repoURL: https://git.example/acme/shop, path: env/apps}\n";

fn nested() -> tempfile::TempDir {
    let root = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: root, namespace: argocd}\nspec:\n  destination: {namespace: argocd}\n  source: {repoURL: https://git.example/acme/shop, path: env/apps}\n";
    let patch = "resources: [apps.yaml]\npatches:\n  - target: {name: jobs}\n    patch: |-\n      - op: add\n        path: /spec/source/kustomize\n        value:\n          patches:\n            - target: {kind: CronJob}\n              patch: |-\n                - op: add\n                  path: /spec/jobTemplate/spec/template/spec/serviceAccountName\n                  value: default\n";
    scratch(&[
        ("clusters/eu-1/root.yaml", root),
        ("clusters/us-1/root.yaml", root),
        ("env/apps/kustomization.yaml", patch),
        ("env/apps/apps.yaml", APPS),
        ("env/jobs/kustomization.yaml", "resources: [job.yaml]\n"),
        ("env/jobs/job.yaml", JOB),
    ])
}

#[test]
fn what_is_rendered_deploys_more() {
    let here = nested();
    let rows = rows(here.path(), &[]);
    let mut named: Vec<String> = rows
        .iter()
        .map(|row| {
            let objects = row["objects"].as_array().map_or(0, Vec::len);
            format!("{}/{} {objects}", row["root"]["namespace"], row["root"]["name"])
        })
        .collect();
    let each = ["\"argocd\"/\"root\" 2", "\"argocd\"/\"self\" 2", "\"argocd\"/\"jobs\" 1"];
    let mut expected = [each, each].concat();
    named.sort_unstable();
    expected.sort_unstable();
    assert_eq!(named, expected, "once for each cluster, and what deploys itself does not go on");
    // From the patch of a patch: the overlay, not the text that it was rendered to.
    let places = written(here.path(), "          serviceAccountName: default");
    assert_eq!(places, ["env/apps/kustomization.yaml:13"; 2]);
    let report = check(here.path(), "", &["."]);
    assert_eq!(
        outline(&report, &["NHI101", "NHI905"]),
        ["NHI101 unset env/apps/kustomization.yaml:13 exact env/jobs"]
    );
    let finding = report["findings"].as_array().expect("a list").iter().find(|one| one["rule"] == "NHI101");
    assert_eq!(finding.map(|one| &one["clusters"]), Some(&json!(["eu-1", "us-1"])), "{report}");
}

#[test]
fn objects_are_found_in_whatever_order_they_are_deployed() {
    let role = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ctl, namespace: shop}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: ctl}\nrules:\n  - {apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: ctl}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ctl}\nsubjects: [{kind: ServiceAccount, name: ctl, namespace: shop}]\n";
    let folder = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: plain, namespace: argocd}\nspec:\n  source: {repoURL: https://git.example/acme/shop, path: env/plain}\n";
    let here = scratch(&[
        ("a/kustomization.yaml", "resources: [role.yaml]\n"),
        ("a/role.yaml", role),
        ("apps/plain.yaml", folder),
        ("env/plain/account.yaml", ACCOUNT),
        ("env/plain/role.yaml", &role.replace("ctl", "other")),
    ]);
    let report = check(here.path(), "", &[".", "--select", "NHI503"]);
    let forms: Vec<_> = outline(&report, &["NHI503"]);
    assert_eq!(forms.len(), 2);
    assert!(forms.iter().all(|found| found.starts_with("NHI503 cluster")), "{forms:?}");
}

#[test]
fn every_overlay_is_listed_where_one_line_makes_all() {
    let Some(path) = crate::rendering_hostile::with(nhilint::finding::Engine::Kustomize) else { return };
    let overlay =
        |name: &str| (format!("overlays/{name}/kustomization.yaml"), "resources: [../../base]\n".to_owned());
    let mut files: Vec<(String, String)> = ["dev", "prod", "lab7"].map(overlay).into();
    files.push(("base/kustomization.yaml".to_owned(), "resources: [job.yaml]\n".to_owned()));
    files.push(("base/job.yaml".to_owned(), JOB.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let here = scratch(&files);
    let report = check(here.path(), &path, &["."]);
    let finding = report["findings"].as_array().expect("a list").iter().find(|one| one["rule"] == "NHI101");
    assert_eq!(finding.map(|one| &one["clusters"]), Some(&json!(["dev", "lab7", "prod"])), "{report}");
}

#[test]
fn the_folder_of_a_deployer_without_a_known_server_is_no_cluster() {
    let Some(path) = crate::rendering_hostile::with(nhilint::finding::Engine::Kustomize) else { return };
    let set = |generator: &str, name: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  \
             goTemplate: true\n  generators: [{generator}]\n  template:\n    metadata: {{name: '{name}-{{{{ .name }}}}'}}\n    \
             spec: {{project: default, source: {{repoURL: 'https://git.example/acme/apps', targetRevision: HEAD, path: mill}}, \
             destination: {{server: '{{{{ .server }}}}', namespace: mill}}}}\n"
        )
    };
    let list =
        "{list: {elements: [{name: a, server: 'https://1.2.3.4'}, {name: b, server: 'https://2.4.6.8'}]}}";
    let (listed, all) = (set(list, "listed"), set("{clusters: {}}", "all"));
    let files = [
        ("listed.yaml", listed.as_str()),
        ("all.yaml", all.as_str()),
        ("mill/kustomization.yaml", "resources: [job.yaml]\n"),
        ("mill/job.yaml", JOB),
    ];
    let here = scratch(&files);
    let report = check(here.path(), &path, &["."]);
    let finding = report["findings"].as_array().expect("a list").iter().find(|one| one["rule"] == "NHI101");
    let servers = json!(["https://1.2.3.4", "https://2.4.6.8"]);
    assert_eq!(finding.map(|one| &one["clusters"]), Some(&servers), "{report}");
}

#[test]
fn every_set_of_values_is_listed_where_one_line_makes_all() {
    let Some(path) = crate::rendering_hostile::with(nhilint::finding::Engine::Helm) else { return };
    let sets = ["values-dev.yaml", "values-prod.yaml", "values-lab.yaml"];
    let sets = sets.map(|set| (set, "replicas: 1\n"));
    let chart = [
        ("Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n"),
        ("values.yaml", "replicas: 2\n"),
        ("templates/job.yaml", JOB),
    ];
    let here = scratch(&[&chart[..], &sets[..]].concat());
    let report = check(here.path(), &path, &["."]);
    let finding = report["findings"].as_array().expect("a list").iter().find(|one| one["rule"] == "NHI101");
    assert_eq!(finding.map(|one| &one["clusters"]), Some(&json!(["dev", "lab", "prod"])), "{report}");
}
