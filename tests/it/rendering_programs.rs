//! How the programs that render are asked, what of their answers is kept, and what is said where they fail. The programs
//! are scripts of ours here, which note that they were started.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::cli::scratch;
use crate::rendering::{BASE, JOB, check, outline, run};

const KUSTOMIZE: &str = "#!/bin/sh\necho run >>LOG\n[ \"$1\" = version ] && { echo v5.0.0; exit; }\n/bin/cat <<'END'\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: shop\n  namespace: shop\nEND\n";

pub(crate) fn install(here: &Path, name: &str, script: &str) -> String {
    let folder = here.join(".bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    let log = here.join(".log");
    let file = folder.join(name);
    let text = folder.join("script");
    std::fs::write(&text, script.replace("LOG", &log.to_string_lossy())).expect("a script");
    // What this process writes by itself a child of another thread may still hold open: then it cannot be started.
    let copied = std::process::Command::new("cp").arg(&text).arg(&file).status().expect("cp runs");
    assert!(copied.success());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
    folder.to_string_lossy().into_owned()
}

fn runs(here: &Path) -> usize {
    std::fs::read_to_string(here.join(".log")).unwrap_or_default().lines().count()
}

fn repository() -> tempfile::TempDir {
    scratch(&[
        BASE,
        ("base/job.yaml", JOB),
        ("base/sa.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: shop}\n"),
    ])
}

#[test]
fn nothing_is_started_where_nothing_changed() {
    let here = repository();
    let bin = install(here.path(), "kustomize", KUSTOMIZE);
    let first = run(here.path(), &bin, &["render", ".", "--objects"]);
    assert_eq!((first.0, runs(here.path())), (Some(0), 2), "{first:?}");
    assert!(first.1.contains("\"kind\":\"ServiceAccount\""), "{first:?}");
    assert_eq!(run(here.path(), &bin, &["render", ".", "--objects"]), first);
    assert_eq!(runs(here.path()), 2, "the second run is answered from the cache");
    std::fs::write(here.path().join("base/job.yaml"), JOB.replace(":1}", ":2}")).expect("a file");
    assert_eq!(run(here.path(), &bin, &["render", ".", "--objects"]), first);
    assert_eq!(runs(here.path()), 3, "a file that is read changed");
    run(here.path(), &bin, &["render", ".", "--objects", "--no-cache"]);
    assert_eq!(runs(here.path()), 5, "without a cache everything is asked");
    run(here.path(), &bin, &["render", ".", "--objects", "--no-render"]);
    assert_eq!(runs(here.path()), 5, "nothing is started");
}

#[test]
fn a_damaged_cache_is_no_harm() {
    let here = repository();
    let bin = install(here.path(), "kustomize", KUSTOMIZE);
    let first = run(here.path(), &bin, &["render", ".", "--objects"]);
    for (damage, again) in [(&b"rubbish"[..], 4), (&b""[..], 6)] {
        let shelves = std::fs::read_dir(here.path().join(".cache/nhilint")).expect("a cache");
        let shelves = shelves.flatten().filter(|shelf| shelf.path().is_dir());
        for entry in shelves.flat_map(|shelf| std::fs::read_dir(shelf.path()).expect("a shelf")).flatten() {
            std::fs::write(entry.path(), damage).expect("an entry");
        }
        assert_eq!(run(here.path(), &bin, &["render", ".", "--objects"]), first);
        assert_eq!(runs(here.path()), again, "what is damaged is asked again");
    }
    std::fs::remove_dir_all(here.path().join(".cache")).expect("a cache");
    std::fs::write(here.path().join(".cache"), "no folder").expect("a file");
    assert_eq!(run(here.path(), &bin, &["render", ".", "--objects"]), first, "nothing can be kept");
}

#[test]
fn a_program_that_fails_is_a_finding_with_its_words() {
    let script = "#!/bin/sh\necho run >>LOG\n[ \"$1\" = version ] && { echo v5.0.0; exit; }\necho 'Error: accumulating resources: no such luck' >&2\nexit 1\n";
    let here = repository();
    let bin = install(here.path(), "kustomize", script);
    for _ in 0..2 {
        let report = check(here.path(), &bin, &["."]);
        assert_eq!(
            outline(&report, &["NHI101", "NHI905"]),
            ["NHI101 unset base/job.yaml:9 written", "NHI905 unrendered base/kustomization.yaml:1 written"]
        );
        assert!(
            report.to_string().contains("not rendered: accumulating resources: no such luck"),
            "{report}"
        );
    }
    assert_eq!(runs(here.path()), 2, "what failed fails again without a start");
}

#[test]
fn what_helm_blames_is_pointed_at() {
    let helm = "#!/bin/sh\n[ \"$1\" = version ] && { echo v3.22.0; exit; }\necho 'Error: template: shop/templates/job.yaml:2:9: executing \"shop/templates/job.yaml\" at <.Values.a.b>: nil pointer evaluating interface {}.b' >&2\nexit 1\n";
    let here = scratch(&[
        ("shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("shop/templates/job.yaml", "kind: Job\nname: {{ .Values.a.b }}\n"),
    ]);
    let bin = install(here.path(), "helm", helm);
    let report = check(here.path(), &bin, &["."]);
    assert_eq!(outline(&report, &["NHI905"]), ["NHI905 unrendered shop/templates/job.yaml:2 written"]);
    assert!(report.to_string().contains("not rendered: `.Values.a.b`: nil pointer"), "{report}");
}

#[test]
fn two_ways_to_fail_are_two_findings() {
    let helm = "#!/bin/sh\n[ \"$1\" = version ] && { echo v3.22.0; exit; }\nwhile [ $# -gt 1 ]; do shift; done\ncase $1 in *dev.yaml) echo 'Error: no dev' >&2 ;; *) echo 'Error: no prod' >&2 ;; esac\nexit 1\n";
    let here = scratch(&[
        ("shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("shop/dev.yaml", "a: 1\n"),
        ("shop/prod.yaml", "a: 1\n"),
    ]);
    let bin = install(here.path(), "helm", helm);
    let sets = ["--helm-values", "shop=dev.yaml", "--helm-values", "shop=prod.yaml"];
    let report = check(here.path(), &bin, &[&["."][..], &sets].concat());
    assert_eq!(outline(&report, &["NHI905"]).len(), 2, "{report}");
}

#[test]
fn a_program_that_crashes_or_does_not_end_costs_only_its_root() {
    let crash = "#!/bin/sh\n[ \"$1\" = version ] && { echo v5.0.0; exit; }\nprintf 'panic: runtime error: index out of range\\n\\ngoroutine 1 [running]:\\n' >&2\nexit 2\n";
    let here = repository();
    let bin = install(here.path(), "kustomize", crash);
    assert!(check(here.path(), &bin, &["."]).to_string().contains("crashed on it"));
    let endless = "#!/bin/sh\n[ \"$1\" = version ] && { echo v5.0.0; exit; }\nwhile :; do :; done\n";
    let bin = install(here.path(), "kustomize", endless);
    let report = check(here.path(), &bin, &[".", "--render-timeout", "1", "--no-cache"]);
    assert!(report.to_string().contains("did not end within 1 s"), "{report}");
    assert_eq!(outline(&report, &["NHI101"]), ["NHI101 unset base/job.yaml:9 written"]);
}

/// What Helm is asked, word by word. Several are asked at once, so each writes what it has to say in one go.
#[test]
fn charts_are_rendered_for_those_who_deploy_them() {
    let helm = "#!/bin/sh\n[ \"$1\" = version ] && { echo v3.22.0; exit; }\nsaid=$*\nfor word; do case $word in */inline-*) said=\"$said\n$(/bin/cat \"$word\")\" ;; esac; done\nprintf '%s\\n' \"$said\" >>LOG\n";
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec:\n  destination: {name: eu-1, namespace: shop}\n  source:\n    repoURL: https://git.example/acme/apps.git\n    path: charts/shop\n    helm:\n      valueFiles: [values-prod.yaml]\n      valuesObject: {replicas: 2}\n      parameters:\n        - {name: tag, value: '1,2', forceString: true}\n        - {name: level, value: low}\n";
    let here = scratch(&[
        ("apps/shop.yaml", application),
        ("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("charts/shop/values-prod.yaml", "a: 1\n"),
        ("charts/lone/Chart.yaml", "apiVersion: v2\nname: lone\nversion: 1.0.0\n"),
        ("charts/lone/more.yaml", "a: 1\n"),
    ]);
    let bin = install(here.path(), "helm", helm);
    let (code, _, errors) = run(here.path(), &bin, &["render", "."]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let log = std::fs::read_to_string(here.path().join(".log")).expect("helm was asked");
    let line = |part: &str| log.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{log}"));
    let shop = line("charts/shop ");
    assert!(
        shop.contains("template shop /") && shop.contains("--namespace shop --kube-version 1.34.0"),
        "{shop}"
    );
    assert!(shop.contains("--api-versions apps/v1/Deployment") && shop.contains("--include-crds"), "{shop}");
    let order = ["values-prod.yaml", "inline-0.yaml", "inline-1.yaml", "inline-2.yaml"];
    let places: Vec<_> =
        order.iter().map(|part| shop.find(part).unwrap_or_else(|| panic!("{part}: {shop}"))).collect();
    assert!(places.is_sorted(), "{shop}");
    assert!(log.contains("{\"replicas\":2}"), "{log}");
    assert!(line("charts/lone ").starts_with("template release-name /"));
    let (code, _, errors) =
        run(here.path(), &bin, &["render", ".", "--helm-values", "charts/lone=more.yaml"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let log = std::fs::read_to_string(here.path().join(".log")).expect("helm was asked");
    assert!(log.lines().any(|line| line.contains("charts/lone/more.yaml")), "{log}");
    let (code, _, errors) =
        run(here.path(), &bin, &["render", ".", "--helm-values", "charts/lone=none.yaml"]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("there is no file `none.yaml`"), "{errors}");
    let (code, _, errors) = run(here.path(), &bin, &["render", ".", "--helm-values", "charts=more.yaml"]);
    assert!(code == Some(2) && errors.contains("holds no chart"), "{errors}");
}

#[test]
fn a_chart_is_rendered_without_a_dependency_that_is_nowhere_and_with_one_that_is_near() {
    let helm = "#!/bin/sh\n[ \"$1\" = version ] && { echo v3.22.0; exit; }\n/bin/cat \"$3/Chart.yaml\" >>LOG; /bin/ls \"$3/charts\" >>LOG\n";
    let chart = "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n  - {name: near, version: 1.0.0, repository: 'file://../near'}\n  - {name: redis, version: 1.0.0, repository: 'https://charts.example'}\n";
    let here = scratch(&[
        ("charts/shop/Chart.yaml", chart),
        ("charts/near/Chart.yaml", "apiVersion: v2\nname: near\ntype: library\nversion: 1.0.0\n"),
    ]);
    let bin = install(here.path(), "helm", helm);
    let report = check(here.path(), &bin, &[".", "--allow-empty"]);
    let log = std::fs::read_to_string(here.path().join(".log")).expect("helm was asked");
    assert!(log.contains("near") && log.ends_with("near\n") && !log.contains("redis"), "{log}");
    assert_eq!(outline(&report, &["NHI905"]), ["NHI905 unresolved charts/shop/Chart.yaml:6 written"]);
    assert!(report.to_string().contains("rendered without some of it"), "{report}");
}

/// What an Application says of a release besides values, and what of the chart Argo CD never applies.
#[test]
fn releases_are_installed_as_the_application_says() {
    let helm = "#!/bin/sh\n[ \"$1\" = version ] && { echo v3.22.0; exit; }\nprintf '%s\\n' \"$*\" >>LOG\nfor word; do case $word in */inline-*) /bin/cat \"$word\" >>LOG;; esac; done\n/bin/cat <<'END'\napiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: u, annotations: {helm.sh/hook: 'test,post-install'}}\nEND\n";
    let application = |helm: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: shop, namespace: argocd}}\nspec:\n  destination: {{namespace: shop}}\n  sources:\n    - repoURL: https://git.example/acme/apps\n      path: charts/shop\n      helm: {helm}\n    - {{repoURL: https://git.example/acme/apps, ref: values}}\n"
        )
    };
    let asked = |text: &str| {
        let here = scratch(&[
            ("apps/shop.yaml", application(text).as_str()),
            ("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
            ("charts/shop/shop.yaml", "a: 1\n"),
        ]);
        let bin = install(here.path(), "helm", helm);
        let (_, out, _) = run(here.path(), &bin, &["render", ".", "--objects"]);
        let log = std::fs::read_to_string(here.path().join(".log")).unwrap_or_default();
        (log, out)
    };
    let (log, out) = asked("{}");
    assert!(
        log.contains("template shop ") && log.contains("--namespace shop --kube-version 1.34.0"),
        "{log}"
    );
    assert!(log.contains("--include-crds") && !log.contains("--skip-tests"), "{log}");
    assert!(out.contains("\"name\":\"u\"") && !out.contains("\"name\":\"t\""), "{out}");
    let (log, _) = asked(
        "{releaseName: other, namespace: ns, skipCrds: true, skipTests: true, kubeVersion: '1.30', apiVersions: [foo/v1]}",
    );
    assert!(log.contains("template other ") && log.contains("--namespace ns --kube-version 1.30"), "{log}");
    assert!(log.contains("--api-versions foo/v1 --skip-tests") && !log.contains("--include-crds"), "{log}");
    let (log, _) = asked(
        "{valueFiles: ['./$ARGOCD_APP_NAME.yaml'], parameters: [{name: a, value: 'x\\,y,z'}, {name: b, value: '$ARGOCD_APP_NAMESPACE-$none'}]}",
    );
    assert!(log.contains("charts/shop/shop.yaml --values "), "{log}");
    assert!(log.contains(r#"{"a":"x,y,z"}{"b":"shop-"#), "values stand in files and in no argument: {log}");
    let (log, out) = asked("{valueFiles: ['$other/shop.yaml']}");
    assert!(
        !log.contains("template shop ")
            && out.contains("no source of the Application lends its files as `other`"),
        "{out}"
    );
}

/// An Application that a chart makes: its values are led to where the chart that made it has them.
#[test]
fn charts_deploy_charts() {
    let parent = "#!/bin/sh\n[ \"$1\" = version ] && { echo v3.22.0; exit; }\nsaid=$*\ncase $said in\n*/apps\\ *) /bin/cat <<'END'\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  destination: {namespace: live}\n  source: {repoURL: https://git.example/acme/apps, path: charts/shop, helm: {valuesObject: {a: 1}}}\nEND\n;;\n*) for word; do case $word in */inline-*) said=\"$said $(/bin/cat \"$word\")\" ;; esac; done; printf '%s\\n' \"$said\" >>LOG ;;\nesac\n";
    let here = scratch(&[
        ("charts/apps/Chart.yaml", "apiVersion: v2\nname: apps\nversion: 1.0.0\n"),
        ("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
    ]);
    let bin = install(here.path(), "helm", parent);
    let (code, _, errors) = run(here.path(), &bin, &["render", ".", "--objects"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let log = std::fs::read_to_string(here.path().join(".log")).expect("helm was asked");
    let deployed: Vec<&str> = log.lines().filter(|line| line.contains("template shop ")).collect();
    assert!(deployed[0].contains("--namespace live") && deployed[0].ends_with("{\"a\":1}"), "{log}");
}

#[test]
fn a_chart_that_deploys_itself_for_ever_is_followed_for_some_rounds() {
    let helm = "#!/bin/sh\n[ \"$1\" = version ] && { echo v3.22.0; exit; }\necho run >>LOG\n/bin/cat <<END\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ${2}x, namespace: argocd}\nspec:\n  destination: {namespace: live}\n  source: {repoURL: https://git.example/acme/apps, path: charts/shop}\nEND\n";
    let here = scratch(&[("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n")]);
    let bin = install(here.path(), "helm", helm);
    let (code, out, errors) = run(here.path(), &bin, &["render", ".", "--objects", "--no-cache"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert!((2..=8).contains(&runs(here.path())), "{out}");
}
