//! `roots` where others make the roots: ApplicationSets and Flux; and on trees that mean harm.

use std::fmt::Write as _;
use std::time::Instant;

use serde_json::{Value, json};

use crate::cli::{given, run, scratch};
use crate::roots::{MAP, outline, root, roots, title, users};

fn set(generators: &str, path: &str, go: bool) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: all, namespace: argocd}}\nspec:\n  \
         goTemplate: {go}\n  generators:\n{generators}  template:\n    metadata: {{name: '{name}'}}\n    spec:\n      \
         destination: {{name: '{cluster}', namespace: x}}\n      source: {{repoURL: r, path: '{path}'}}\n",
        name = if go { "{{.path.basename}}" } else { "{{path.basename}}" },
        cluster = if go { "{{.cluster}}" } else { "{{cluster}}" },
    )
}

const TREE: [(&str, &str); 5] = [
    ("apps/api/map.yaml", MAP),
    ("apps/old/map.yaml", MAP),
    ("apps/shop/kustomization.yaml", "resources: [deep]\n"),
    ("apps/shop/deep/kustomization.yaml", "namespace: x\n"),
    ("envs/prod.yaml", "cluster: eu-1\nteam: {name: a}\n"),
];

#[test]
fn a_file_that_is_a_list_makes_an_application_of_each_item() {
    let text = set("    - git: {files: [{path: teams.yaml}]}\n", "apps/{{.name}}", true)
        .replace("{{.path.basename}}", "{{.name}}");
    let here = scratch(&[
        ("teams.yaml", "- {name: api, cluster: a}\n- {name: shop, cluster: b}\n"),
        ("apps/api/map.yaml", MAP),
        ("apps/shop/map.yaml", MAP),
        ("sets/all.yaml", &text),
    ]);
    let made: Vec<String> = roots(here.path())
        .iter()
        .filter(|root| root["kind"] == "application")
        .map(|root| format!("{} {}", root["name"], root["clusters"]))
        .collect();
    assert_eq!(made, ["\"argocd/api\" [\"a\"]", "\"argocd/shop\" [\"b\"]"]);
}

fn with_set(text: &str) -> Vec<(&str, &str)> {
    TREE.into_iter().chain([("sets/all.yaml", text)]).collect()
}

#[test]
fn a_set_over_folders_makes_an_application_of_each() {
    let git = "    - git:\n        directories:\n          - path: apps/*\n          - {path: apps/old, exclude: true}\n        values: {cluster: 'c-{{path.basename}}'}\n";
    let text = set(git, "{{path}}", false).replace("{{cluster}}", "{{values.cluster}}");
    let mut files = with_set(&text);
    // Argo CD makes none of a hidden folder.
    files.push(("apps/.drafts/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: draft}\n"));
    assert_eq!(
        outline(&files),
        "> files .\n  kustomize apps/shop\n  kustomize apps/shop/deep\n> application sets/all.yaml argocd/api\n\
         > application sets/all.yaml argocd/shop\n"
    );
    let here = scratch(&files);
    let shop = root(here.path(), "kustomize apps/shop");
    assert_eq!(users(&shop), ["builds application sets/all.yaml argocd/shop sets/all.yaml:16"]);
    assert_eq!(shop["clusters"], json!(["c-shop"]));
    assert_eq!(
        root(here.path(), "files .")["files"],
        json!(["apps/.drafts/map.yaml", "apps/old/map.yaml", "sets/all.yaml"])
    );
}

#[test]
fn sets_combine_lists_folders_and_files() {
    let names = |generators: &str, path: &str| -> Vec<String> {
        let text = set(generators, path, true);
        let here = scratch(&with_set(&text));
        let made = roots(here.path()).into_iter().filter(|root| root["kind"] == "application");
        made.map(|root| {
            let reason = root["refused"]["reason"].as_str().unwrap_or("-").to_owned();
            format!("{} {} {reason}", root["name"].as_str().expect("a name"), root["clusters"])
        })
        .collect()
    };
    let list = "- list: {elements: [{cluster: dev}, {cluster: prod}]}";
    let folders = "- git: {directories: [{path: 'apps/*'}, {path: apps/old, exclude: true}]}";
    let matrix = format!("    - matrix:\n        generators:\n          {folders}\n          {list}\n");
    assert_eq!(
        names(&matrix, "{{.path.path}}"),
        [
            "argocd/api [\"dev\"] -",
            "argocd/api [\"prod\"] -",
            "argocd/shop [\"dev\"] -",
            "argocd/shop [\"prod\"] -"
        ]
    );
    let chosen = format!("{matrix}      selector: {{matchLabels: {{cluster: prod}}}}\n");
    assert_eq!(names(&chosen, "{{.path.path}}").len(), 2);
    let unlike = "{matchExpressions: [{key: cluster, operator: NotIn, values: [prod]}, {key: cluster, operator: Exists}]}";
    let chosen = format!("{matrix}      selector: {unlike}\n");
    assert_eq!(names(&chosen, "{{.path.path}}"), ["argocd/api [\"dev\"] -", "argocd/shop [\"dev\"] -"]);
    let piped = "{{ if eq .cluster \"dev\" }}apps/{{ .path.segments | last | lower }}{{ else }}none{{ end }}";
    assert_eq!(names(&matrix, piped).iter().filter(|name| name.ends_with(" -")).count(), 2);
    let file = "    - git: {files: [{path: 'envs/*.yaml'}]}\n";
    assert_eq!(names(file, "apps/api"), ["argocd/envs [\"eu-1\"] -"], "with what the file says");
    let other = "- list: {elements: [{cluster: prod, path: {path: apps/shop, basename: late}}]}";
    let merge = format!(
        "    - merge:\n        mergeKeys: [cluster]\n        generators:\n          {list}\n          {other}\n"
    );
    assert_eq!(
        names(&merge, "{{.path.path}}"),
        ["argocd/late [\"prod\"] -", "argocd/{{.path.basename}} [\"dev\"] templated"]
    );
}

#[test]
fn sets_are_refused_for_what_only_others_know() {
    let cases = [
        ("    - clusters: {}\n", "needs-cluster"),
        ("    - matrix: {generators: [{list: {elements: [{a: b}]}}, {clusters: {}}]}\n", "needs-cluster"),
        ("    - scmProvider: {github: {organization: acme}}\n", "needs-cluster"),
        ("    - pullRequest: {}\n", "needs-cluster"),
        ("    - plugin: {}\n", "needs-cluster"),
        ("    - git: {directories: [{path: '{{x}}/*'}]}\n", "templated"),
        ("    - git: {directories: [{path: 'none/*'}]}\n", "missing-path"),
        ("    - git: {directories: [{path: '{a'}]}\n", "malformed"),
        ("    - list: {elementsYaml: '{{x}}'}\n", "templated"),
        ("    - list: {elements: [{a: b}], template: {metadata: {name: b}}}\n", "templated"),
        ("    - sieve: {}\n", "malformed"),
        ("    - list: {elements: [{a: b}]}\n", "templated"),
    ];
    for (generators, reason) in cases {
        let text = set(generators, "{{path}}", false);
        let here = scratch(&with_set(&text));
        let found = roots(here.path()).into_iter().find(|root| root["kind"] == "application");
        let found = found.expect("a set is never passed over");
        assert_eq!(found["refused"]["reason"], reason, "{generators}: {found:#}");
    }
}

const SYNC: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: flux-system, namespace: flux-system}\nspec:\n  path: ./clusters/eu-1\n  sourceRef: {kind: GitRepository, name: flux-system}\n";

#[test]
fn flux_begins_at_the_cluster() {
    let apps = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\nspec:\n  path: ./apps\n  targetNamespace: shop\n  components: [../part]\n  sourceRef: {kind: GitRepository, name: flux-system}\n  kubeConfig: {secretRef: {name: eu-2}}\n";
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: api, namespace: shop}\nspec:\n  chart:\n    spec:\n      chart: ./charts/api\n      valuesFiles: [charts/api/values-eu.yaml]\n      sourceRef: {kind: GitRepository, name: flux-system}\n  values: {a: 1}\n";
    let far = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: far}\nspec: {chart: {spec: {chart: redis, sourceRef: {kind: HelmRepository, name: public}}}}\n";
    let files = [
        ("clusters/eu-1/flux-system/kustomization.yaml", "resources: [sync.yaml]\n"),
        ("clusters/eu-1/flux-system/sync.yaml", SYNC),
        ("clusters/eu-1/apps.yaml", apps),
        ("apps/api.yaml", release),
        ("apps/far.yaml", far),
        ("apps/inner/kustomization.yaml", "resources: [map.yaml]\n"),
        ("apps/inner/map.yaml", MAP),
        ("apps/late.yaml", MAP),
        ("part/kustomization.yaml", "kind: Component\n"),
        ("charts/api/Chart.yaml", "apiVersion: v2\nname: api\nversion: 1.0.0\n"),
        ("charts/api/values-eu.yaml", "a: 1\n"),
    ];
    assert_eq!(
        outline(&files),
        "  helm-release apps/api.yaml shop/api\n  helm-release apps/far.yaml far ! remote-chart\n  \
         kustomize apps/inner\n  helm charts/api\n  flux-kustomization clusters/eu-1/apps.yaml flux-system/apps\n  \
         kustomize clusters/eu-1/flux-system\n> flux-kustomization clusters/eu-1/flux-system/sync.yaml \
         flux-system/flux-system\n  kustomize part (component)\n"
    );
    let here = scratch(&files);
    let apps = root(here.path(), "flux-kustomization clusters/eu-1/apps.yaml flux-system/apps");
    assert_eq!((&apps["clusters"], &apps["namespace"]), (&json!(["eu-2"]), &"shop".into()));
    let inner = root(here.path(), "kustomize apps/inner");
    assert_eq!(
        users(&inner),
        ["builds flux-kustomization clusters/eu-1/apps.yaml flux-system/apps clusters/eu-1/apps.yaml:5"]
    );
    let chart = root(here.path(), "helm charts/api");
    let set = chart["values"].as_array().and_then(|sets| sets.last()).expect("that of the release");
    assert_eq!(set["files"], json!(["charts/api/values-eu.yaml"]));
    assert_eq!(
        (&set["release"], &set["namespace"], &set["inline"]),
        (&"api".into(), &"shop".into(), &json!(["values"]))
    );
}

#[test]
fn flux_is_refused_for_what_stands_elsewhere() {
    let cases = [
        (SYNC.replace("./clusters/eu-1", "./nowhere"), "missing-path"),
        (SYNC.replace("./clusters/eu-1", "'${path}'"), "templated"),
        (SYNC.replace("./clusters/eu-1", "./").replace("name: flux-system}\n", "name: other}\n"), "remote-base"),
        (SYNC.replace("GitRepository", "ExternalArtifact"), "remote-base"),
        (SYNC.replace("./clusters/eu-1", "./clusters/eu-1\n  components: [none]"), "missing-path"),
        (
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\nspec: {chartRef: {kind: OCIRepository, name: a}}\n".to_owned(),
            "remote-chart",
        ),
    ];
    for (text, reason) in cases {
        let here = scratch(&[
            ("clusters/eu-1/sync.yaml", &text),
            ("api/Chart.yaml", "apiVersion: v2\nname: api\nversion: 1.0.0\n"),
        ]);
        let found = roots(here.path()).into_iter().find(|root| root["path"] == "clusters/eu-1/sync.yaml");
        let found = found.expect("it is a root");
        assert_eq!(found["refused"]["reason"], reason, "{text}: {found:#}");
    }
}

#[test]
fn patches_and_data_are_no_roots() {
    let files = [
        (
            "a/kustomization.yaml",
            "patches: [{path: patch.yaml}]\nconfigMapGenerator: [{name: a, files: [data.yaml]}]\n",
        ),
        ("a/patch.yaml", SYNC),
        ("a/data.yaml", SYNC),
    ];
    assert_eq!(outline(&files), "> kustomize a\n");
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_of_the_tree_only() {
    use std::os::unix::fs::symlink;
    let here = scratch(&[
        ("repo/.git/HEAD", ""),
        ("repo/base/kustomization.yaml", "namespace: x\n"),
        ("repo/in/kustomization.yaml", "resources: [../link]\n"),
        ("repo/out/kustomization.yaml", "resources: [../gone]\n"),
        ("repo/file/kustomization.yaml", "resources: [passwd.yaml]\n"),
        ("repo/chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n"),
        ("repo/chart/templates/a.yaml", MAP),
        ("away/kustomization.yaml", ""),
    ]);
    let repo = here.path().join("repo");
    symlink("base", repo.join("link")).expect("a link");
    symlink("../away", repo.join("gone")).expect("a link");
    symlink("/etc/passwd", repo.join("file/passwd.yaml")).expect("a link");
    symlink("/etc/passwd", repo.join("chart/.secret")).expect("a link");
    assert_eq!(users(&root(&repo, "kustomize base")), ["builds kustomize in in/kustomization.yaml:1"]);
    for outside in ["kustomize out", "kustomize file", "helm chart"] {
        assert_eq!(root(&repo, outside)["refused"]["reason"], "outside-the-tree", "{outside}");
    }
    // From a folder of the repository the rest of it is in reach, but not among the roots.
    let inner = root(&repo.join("in"), "kustomize .");
    assert_eq!((&inner["refused"], &inner["entry"]), (&Value::Null, &true.into()));
}

#[test]
fn wrong_types_and_broken_files_are_survived() {
    let odd = "{a: [1, {b: null}], 3: x}";
    let mut files = vec![(
        "k/kustomization.yaml".to_owned(),
        format!(
            "resources: [{odd}, 1, null]\npatches: [1, {{path: {odd}}}]\nopenapi: 3\nconfigMapGenerator: [x, {{files: 1, env: []}}]\nkind: [a]\n"
        ),
    )];
    for (number, value) in [odd, "1", "null", "[]", "text", "[[[]]]"].into_iter().enumerate() {
        for (kind, field) in [
            ("Application", "source"),
            ("Application", "sources"),
            ("ApplicationSet", "generators"),
            ("ApplicationSet", "template"),
        ] {
            let text = format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {value}\nspec: {{{field}: {value}, destination: {value}}}\n---\napiVersion: argoproj.io/v1alpha1\nkind: {kind}\nspec: {value}\n"
            );
            files.push((format!("{kind}-{field}-{number}.yaml"), text));
        }
        let flux = format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {{path: {value}, components: [{value}]}}\n---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {{chart: {value}, valuesFrom: [{value}]}}\n"
        );
        files.push((format!("flux-{number}.yaml"), flux));
        files.push((format!("c{number}/Chart.yaml"), format!("name: {value}\ndependencies: {value}\n")));
    }
    files.push(("loop.yaml".into(), "a: &a [*a]\n".into()));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let here = scratch(&files);
    let listed = roots(here.path());
    assert!(listed.len() > 20, "{}", listed.len());
    let whole = run(here.path(), &["roots", "--format", "json"]).1;
    assert_eq!(run(here.path(), &["roots", "--format", "json"]).1, whole, "always the same");
}

#[test]
fn many_roots_take_time_in_proportion() {
    // A chain of bases, a wide overlay, and sets and recursive folders over all of it.
    let list = |count: usize| {
        let mut files = Vec::new();
        let mut wide = String::from("resources:\n");
        for at in 0..count {
            let next =
                if at + 1 == count { "https://git.example/x".to_owned() } else { format!("../k{}", at + 1) };
            files.push((format!("all/k{at}/kustomization.yaml"), format!("resources:\n  - {next}\n")));
            let _ = writeln!(wide, "  - ../all/k{at}");
        }
        files.push(("wide/kustomization.yaml".into(), wide));
        let recursive = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {source: {repoURL: r, path: apps/all, directory: {recurse: true}}}\n---\n";
        for at in 0..count / 50 {
            files.push((format!("apps/all/a{at}.yaml"), recursive.repeat(10)));
        }
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let here = scratch(&files);
        let start = Instant::now();
        let found = roots(here.path());
        let time = start.elapsed().as_secs_f64();
        let refused = found.iter().filter(|root| root["refused"]["reason"] == "remote-base").count();
        assert_eq!(refused, count + 1, "the chain and what stands on it");
        assert_eq!(
            found.iter().filter(|root| root["entry"] == true).map(title).next_back().as_deref(),
            Some("kustomize wide")
        );
        time
    };
    let (some, many) = (list(1_000), list(10_000));
    assert!(many < 30.0 * some.max(0.2), "1,000 roots took {some:.2} s, 10,000 took {many:.2} s");
}

#[test]
fn standard_input_and_hostile_names_are_listed() {
    let here = scratch(&[("base/kustomization.yaml", "namespace: x\n")]);
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: \"a\\e[31m\\n##[x]\"}\nspec: {source: {repoURL: r, path: base}}\n";
    let (code, out, _) = given(here.path(), &["roots", "-"], text);
    assert_eq!(code, Some(0));
    assert!(
        out.contains("application -:3 a\\u{1b}[31m ##?x], entry point") && !out.contains('\u{1b}'),
        "{out}"
    );
    assert!(run(here.path(), &["roots", "nowhere"]).2.contains("no such file"));
    let help = run(here.path(), &["roots", "--help"]).1;
    assert!(help.contains("nhilint roots clusters/prod apps"), "{help}");
}
