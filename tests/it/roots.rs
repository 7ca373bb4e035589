//! `roots`: what is rendered as a whole, who refers to whom, and every reason against rendering.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::cli::{run, scratch};

pub(crate) fn roots(directory: &Path) -> Vec<Value> {
    let (code, out, errors) = run(directory, &["roots", "--format", "json"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let report: Value = serde_json::from_str(&out).expect("the list is JSON");
    report["roots"].as_array().expect("a list").clone()
}

/// `kind path name`, then what was asked for.
pub(crate) fn title(root: &Value) -> String {
    let text = |key: &str| root[key].as_str().unwrap_or_default().to_owned();
    let name = if root["kind"] == "helm" { String::new() } else { text("name") };
    format!("{} {} {name}", text("kind"), text("path")).trim().to_owned()
}

/// Each root with a mark for entry points, its part and the reason against it.
pub(crate) fn outline(files: &[(&str, &str)]) -> String {
    let here = scratch(files);
    let mut outline = String::new();
    for root in roots(here.path()) {
        let mark = if root["entry"] == true { "> " } else { "  " };
        let part = root["part"].as_str().map(|part| format!(" ({part})")).unwrap_or_default();
        let reason = root["refused"]["reason"].as_str().map(|reason| format!(" ! {reason}"));
        let _ = writeln!(outline, "{mark}{}{part}{}", title(&root), reason.unwrap_or_default());
    }
    outline
}

/// The root of a path, in full.
pub(crate) fn root(directory: &Path, wanted: &str) -> Value {
    let found = roots(directory).into_iter().find(|root| title(root) == wanted);
    found.unwrap_or_else(|| panic!("there is no root `{wanted}`"))
}

pub(crate) fn users(root: &Value) -> Vec<String> {
    let users = root["usedBy"].as_array().expect("a list").iter();
    users
        .map(|user| {
            let (how, at) = (user["how"].as_str().expect("a word"), &user["location"]);
            format!("{how} {} {}:{}", title(user), at["file"].as_str().expect("a file"), at["line"])
        })
        .collect()
}

pub(crate) const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n";

fn application(name: &str, source: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  \
         destination: {{name: eu-1, namespace: shop}}\n  source:\n    repoURL: https://git.example/acme/apps.git\n{source}"
    )
}

#[test]
fn a_tree_of_kustomizations_begins_at_its_tops() {
    let files = [
        ("base/kustomization.yaml", "resources: [map.yaml]\n"),
        ("base/map.yaml", MAP),
        (
            "parts/metrics/kustomization.yaml",
            "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n",
        ),
        ("parts/idle/kustomization.yml", "kind: Component\n"),
        ("middle/Kustomization", "resources:\n  - ../base\n"),
        (
            "overlays/dev/kustomization.yaml",
            "namespace: shop-dev\nresources:\n  - ../../middle\ncomponents:\n  - ../../parts/metrics\n",
        ),
        (
            "overlays/prod/kustomization.yaml",
            "bases:\n  - ../../middle\npatches:\n  - path: patch.yaml\nconfigMapGenerator:\n  - {name: a, files: [key=key.txt]}\n",
        ),
        ("overlays/prod/patch.yaml", MAP),
        ("overlays/prod/key.txt", "no manifest"),
        ("plain/map.yaml", MAP),
        ("plain/notes.yaml", "a: 1\n"),
    ];
    assert_eq!(
        outline(&files),
        "> files .\n  kustomize base\n  kustomize middle\n> kustomize overlays/dev\n> kustomize overlays/prod\n  \
         kustomize parts/idle (component)\n  kustomize parts/metrics (component)\n"
    );
    let here = scratch(&files);
    let middle = root(here.path(), "kustomize middle");
    assert_eq!(
        users(&middle),
        [
            "builds kustomize overlays/dev overlays/dev/kustomization.yaml:3",
            "builds kustomize overlays/prod overlays/prod/kustomization.yaml:2"
        ]
    );
    let dev = root(here.path(), "kustomize overlays/dev");
    assert_eq!((&dev["namespace"], &dev["clusters"][0]), (&"shop-dev".into(), &"dev".into()));
    assert_eq!(
        root(here.path(), "files .")["files"],
        serde_json::json!(["plain/map.yaml"]),
        "the rest is read"
    );
    let (_, text, _) = run(here.path(), &["roots"]);
    let said = "kustomize overlays/dev, entry point\n    namespace shop-dev, cluster dev\n";
    assert!(
        text.contains(said) && text.ends_with("7 roots, 3 entry points, 0 cannot be rendered\n"),
        "{text}"
    );
}

#[test]
fn kustomizations_are_refused_for_what_would_fail_or_be_fetched() {
    let named = |key: &str, value: &str| format!("{key}:\n  - {value}\n");
    let cases = [
        (named("resources", "https://git.example/base.yaml"), "remote-base"),
        (named("resources", "github.com/acme/base?ref=v1"), "remote-base"),
        (named("components", "git@git.example:acme/part.git"), "remote-base"),
        (named("configMapGenerator", "{name: a, files: ['k=https://git.example/k']}"), "remote-base"),
        (named("resources", "absent.yaml"), "missing-path"),
        (named("secretGenerator", "{name: a, envs: [absent.env]}"), "missing-path"),
        (named("patches", "{path: absent.yaml}"), "missing-path"),
        (named("resources", "../plain"), "missing-path"),
        (named("resources", "../plain/map.yaml"), "outside-the-tree"),
        (named("resources", "../../../../.."), "outside-the-tree"),
        (named("resources", "/etc"), "outside-the-tree"),
        (named("resources", ".."), "cycle"),
        (named("resources", "../part"), "malformed"),
        (named("components", "../base"), "malformed"),
        (named("resources", "../far"), "remote-base"),
        // A chart that cannot be inflated is left out.
        (named("helmCharts", "{name: redis}"), ""),
        (named("generators", "plugin.yaml"), "exec-plugin"),
        (named("transformers", "|-\n    apiVersion: acme.example/v1\n    kind: Sed"), "exec-plugin"),
        (named("generators", "|-\n    apiVersion: builtin\n    kind: HelmChartInflationGenerator"), ""),
        ("resources: map.yaml\n".to_owned(), "malformed"),
        ("resources: [map.yaml\n".to_owned(), "malformed"),
        ("- a list\n".to_owned(), "malformed"),
        (named("transformers", "|-\n    apiVersion: builtin\n    kind: PrefixTransformer"), ""),
        (named("patchesStrategicMerge", "'{\"kind\": \"ConfigMap\"}'"), ""),
        (named("resources", "map.yaml"), ""),
    ];
    for (text, reason) in cases {
        let here = scratch(&[
            ("repo/.git/HEAD", ""),
            ("repo/a/plain/map.yaml", MAP),
            ("repo/a/kustomization.yaml", "resources: [base]\n"),
            ("repo/a/base/kustomization.yaml", "namespace: a\n"),
            ("repo/a/part/kustomization.yaml", "kind: Component\n"),
            ("repo/a/far/kustomization.yaml", "resources: ['https://git.example/x?token=s3cret']\n"),
            ("repo/a/top/map.yaml", MAP),
            ("repo/a/top/plugin.yaml", "apiVersion: acme.example/v1\nkind: Make\nmetadata: {name: make}\n"),
            ("repo/a/top/kustomization.yaml", &text),
        ]);
        let found = root(&here.path().join("repo"), "kustomize a/top");
        assert_eq!(found["refused"]["reason"].as_str().unwrap_or_default(), reason, "{text}: {found:#}");
        assert!(!found.to_string().contains("s3cret"));
    }
    let here = scratch(&[("a/kustomization.yaml", ""), ("a/Kustomization", "namespace: a\n")]);
    assert_eq!(root(here.path(), "kustomize a")["refused"]["reason"], "malformed", "two files");
}

#[test]
fn what_fails_below_fails_above_and_says_where() {
    let here = scratch(&[
        ("far/kustomization.yaml", "resources:\n  - https://bot:hunter22@git.example/x.yaml?token=t\n"),
        ("middle/kustomization.yaml", "resources: [../far]\n"),
        ("top/kustomization.yaml", "resources: [../middle]\n"),
    ]);
    let refused = root(here.path(), "kustomize top")["refused"].clone();
    assert_eq!(title(&refused["through"]), "kustomize far");
    assert_eq!(refused["location"], serde_json::json!({"file": "far/kustomization.yaml", "line": 2}));
    assert_eq!(refused["message"], "`https://git.example/x.yaml` would have to be fetched");
}

#[test]
fn circles_are_refused_and_begin_somewhere() {
    let files = [
        ("a/kustomization.yaml", "resources: [../b]\n"),
        ("b/kustomization.yaml", "resources: [../c]\n"),
        ("c/kustomization.yaml", "resources: [../a]\n"),
        ("self/kustomization.yaml", "resources: [.]\n"),
        ("user/kustomization.yaml", "resources: [../b]\n"),
    ];
    assert_eq!(
        outline(&files),
        "  kustomize a ! cycle\n  kustomize b ! cycle\n  kustomize c ! cycle\n> kustomize self ! cycle\n\
         > kustomize user ! cycle\n"
    );
    assert!(outline(&files[..3]).starts_with("> kustomize a ! cycle\n  kustomize b"));
}

#[test]
fn charts_have_value_sets_and_parents() {
    let files = [
        (
            "shop/Chart.yaml",
            "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n  - {name: api, version: 1.x}\n  - name: kit\n    \
             repository: file://../kit\n  - {name: redis, version: 17.x, condition: redis.enabled}\n",
        ),
        ("shop/values.yaml", "a: 1\n"),
        ("shop/values-prod.yaml", "a: 2\n"),
        ("shop/ci/small-values.yaml", "a: 3\n"),
        ("shop/ci/other.yaml", "a: 4\n"),
        ("shop/prod.yaml", "a: 5\n"),
        ("shop/values-lab.json", "{\"a\": 9}\n"),
        ("shop/overrides/eu/values.yaml", "a: 6\nglobal: {b: 7}\n"),
        ("shop/dashboards/pods.yaml", "panels: []\n"),
        ("shop/charts/list.yaml", "a: 8\n"),
        ("shop/templates/map.yaml", "{{ broken"),
        ("shop/crds/crd.yaml", MAP),
        ("shop/charts/api/Chart.yaml", "apiVersion: v2\nname: api\nversion: 1.0.0\n"),
        ("shop/charts/extra/Chart.yaml", "apiVersion: v2\nname: extra\nversion: 1.0.0\n"),
        ("shop/charts/redis-17.0.1.tgz", ""),
        ("kit/Chart.yaml", "apiVersion: v2\nname: kit\nversion: 0.1.0\ntype: library\n"),
        ("lonely/Chart.yaml", "apiVersion: v1\nname: lonely\nversion: 1.0.0\n"),
        ("lonely/requirements.yaml", "dependencies:\n  - name: redis\n    version: 17.x\n"),
        ("odd/Chart.yaml", "- no chart\n"),
    ];
    assert_eq!(
        outline(&files),
        "  helm kit (library)\n> helm lonely ! missing-dependency\n> helm odd\n> helm shop\n  \
         helm shop/charts/api\n  helm shop/charts/extra\n"
    );
    let here = scratch(&files);
    let shop = root(here.path(), "helm shop");
    let sets: Vec<_> = shop["values"].as_array().expect("a list").iter().map(|set| &set["files"]).collect();
    let expected = serde_json::json!([
        [],
        ["shop/ci/small-values.yaml"],
        ["shop/overrides/eu/values.yaml"],
        ["shop/prod.yaml"],
        ["shop/values-lab.json"],
        ["shop/values-prod.yaml"]
    ]);
    assert_eq!(serde_json::json!(sets), expected);
    assert_eq!(users(&root(here.path(), "helm shop/charts/api")), ["packs helm shop shop/Chart.yaml:5"]);
    assert_eq!(users(&root(here.path(), "helm kit")), ["packs helm shop shop/Chart.yaml:6"]);
    let lonely = root(here.path(), "helm lonely");
    assert_eq!(lonely["refused"]["location"]["file"], "lonely/requirements.yaml");
}

#[test]
fn applications_render_what_their_path_holds() {
    let api = application(
        "api",
        "    path: charts/api\n    helm: {releaseName: live, valueFiles: [values-prod.yaml, /envs/eu.yaml], valuesObject: {a: 1}}\n",
    );
    let shop = application("shop", "    path: ./overlays/prod/\n");
    let plain = application("plain", "    path: plain\n    directory: {recurse: true, exclude: 'old/*'}\n");
    let top = application("top", "    path: apps\n");
    let files = [
        ("apps/api.yaml", api.as_str()),
        ("apps/shop.yaml", &shop),
        ("apps/plain.yaml", &plain),
        ("bootstrap.yaml", &top),
        ("charts/api/Chart.yaml", "apiVersion: v2\nname: api\nversion: 1.0.0\n"),
        ("charts/api/values-prod.yaml", "a: 2\n"),
        ("envs/eu.yaml", "a: 3\n"),
        ("overlays/prod/kustomization.yaml", "namespace: shop\n"),
        ("plain/map.yaml", MAP),
        ("plain/deep/map.yaml", MAP),
        ("plain/old/map.yaml", MAP),
    ];
    assert_eq!(
        outline(&files),
        "> files .\n  application apps/api.yaml argocd/api\n  application apps/plain.yaml argocd/plain\n  \
         application apps/shop.yaml argocd/shop\n> application bootstrap.yaml argocd/top\n  helm charts/api\n  \
         kustomize overlays/prod\n"
    );
    let here = scratch(&files);
    assert_eq!(
        root(here.path(), "files .")["files"],
        serde_json::json!(["bootstrap.yaml", "plain/old/map.yaml"]),
        "the others are read"
    );
    let chart = root(here.path(), "helm charts/api");
    assert_eq!(chart["clusters"], serde_json::json!(["eu-1"]));
    let set = &chart["values"][2];
    assert_eq!(set["files"], serde_json::json!(["charts/api/values-prod.yaml", "envs/eu.yaml"]));
    assert_eq!((&set["inline"][0], &set["release"]), (&"valuesObject".into(), &"live".into()));
    assert_eq!((&set["namespace"], &set["location"]["line"]), (&"shop".into(), &8.into()));
    let overlay = root(here.path(), "kustomize overlays/prod");
    assert_eq!(users(&overlay), ["builds application apps/shop.yaml argocd/shop apps/shop.yaml:8"]);
    let user = root(here.path(), "application apps/shop.yaml argocd/shop");
    assert_eq!(users(&user), ["holds application bootstrap.yaml argocd/top bootstrap.yaml:8"]);
    let text = run(here.path(), &["roots", "."]).1;
    let said = "    values values.yaml < values-prod.yaml < envs/eu.yaml < inline `valuesObject` by application apps/api.yaml:3 argocd/api\n";
    assert!(text.contains(said), "{text}");
}

#[test]
fn applications_are_refused_for_what_cannot_be_known() {
    let cases = [
        ("    chart: redis\n", "remote-chart"),
        ("    path: elsewhere/x\n", "remote-base"),
        ("    path: .\n", "remote-base"),
        ("    path: ../x\n", "outside-the-tree"),
        ("    path: /api\n", "outside-the-tree"),
        ("    path: '{{ .Values.path }}'\n", "templated"),
        ("    path: api\n    plugin: {name: make}\n", "exec-plugin"),
        ("    path: api\n    helm: {valueFiles: [absent.yaml]}\n", "missing-values"),
        ("    path: api\n    helm: {valueFiles: [absent.yaml], ignoreMissingValueFiles: true}\n", ""),
        ("    path: api\n    helm: {valueFiles: [../../above.yaml]}\n", "outside-the-tree"),
        ("    path: api\n    helm: {valueFiles: ['https://git.example/v.yaml']}\n", ""),
        ("    path: api\n    helm: {valueFiles: [$ARGOCD_APP_NAME.yaml]}\n", ""),
        ("    path: api\n    helm: {valueFiles: [$values/api/a.yaml]}\n", ""),
        ("    path: api\n    helm: {skipCrds: true}\n    kustomize: {namePrefix: a}\n", "malformed"),
        ("    path: plain\n    helm: {skipCrds: true}\n", "missing-path"),
        ("    path: plain\n    directory: {include: '{a'}\n", "malformed"),
        ("    path: plain\n", ""),
        ("    path: ./api/../plain\n", ""),
        ("", "malformed"),
    ];
    for (source, reason) in cases {
        let here = scratch(&[
            ("a.yaml", &application("a", source)),
            ("api/Chart.yaml", "apiVersion: v2\nname: api\nversion: 1.0.0\n"),
            ("api/a.yaml", "a: 1\n"),
            ("plain/map.yaml", MAP),
        ]);
        let found = root(here.path(), "application a.yaml argocd/a");
        assert_eq!(found["refused"]["reason"].as_str().unwrap_or_default(), reason, "{source}: {found:#}");
    }
}

#[test]
fn an_operation_that_is_applied_with_an_application_is_no_part_of_what_is_judged() {
    let operation = application("a", "    path: plain\n") + "operation: {sync: {source: {path: other}}}\n";
    let here = scratch(&[("a.yaml", &operation), ("plain/map.yaml", MAP)]);
    let found = root(here.path(), "application a.yaml argocd/a");
    assert_eq!(found["unjudged"][0]["reason"], "overridden", "{found:#}");
}

#[test]
fn several_sources_lend_each_other_values() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  destination: {server: 'https://kubernetes.default.svc'}\n  sources:\n    - {repoURL: r, ref: own}\n    - repoURL: r\n      path: charts/api\n      helm: {valueFiles: [$own/envs/prod/api.yaml]}\n";
    let here = scratch(&[
        ("clusters/eu-1/a.yaml", text),
        ("charts/api/Chart.yaml", "apiVersion: v2\nname: api\nversion: 1.0.0\n"),
        ("envs/prod/api.yaml", "a: 1\n"),
    ]);
    let found = root(here.path(), "application clusters/eu-1/a.yaml a");
    assert_eq!(found["values"][0]["files"], serde_json::json!(["envs/prod/api.yaml"]));
    assert_eq!(found["clusters"], serde_json::json!(["eu-1"]), "where its Argo CD runs");
    assert_eq!(found["refused"], Value::Null);
}
