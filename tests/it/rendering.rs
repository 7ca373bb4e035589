//! `check`, `render` and what lies between: what is rendered for whom, what is judged through it, and what is said of
//! the rest. Programs are small scripts of ours here, or none at all: then kustomizations are replayed.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cli::scratch;

pub(crate) const JOB: &str = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: purge}\nspec:\n  schedule: '0 3 * * *'\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n            - {name: purge, image: registry.example/purge:1}\n";
const BASE: (&str, &str) = ("base/kustomization.yaml", "resources: [job.yaml]\n");

fn overlay(environment: &str) -> String {
    format!("namespace: shop-{environment}\nresources: [../../base]\n")
}

/// Runs nhilint with these folders as `PATH`, and a cache of its own.
pub(crate) fn run(here: &Path, path: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_nhilint"))
        .current_dir(here)
        .env("PATH", path)
        .env("XDG_CACHE_HOME", here.join(".cache"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

pub(crate) fn check(here: &Path, path: &str, arguments: &[&str]) -> Value {
    let all = [&["check", "--format", "json"], arguments].concat();
    let (_, report, errors) = run(here, path, &all);
    serde_json::from_str(&report).unwrap_or_else(|error| panic!("{error}: {report}{errors}"))
}

/// `rule form file:line origin roots`, for the rules that are asked for.
pub(crate) fn outline(report: &Value, rules: &[&str]) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a list");
    let wanted = findings.iter().filter(|finding| rules.iter().any(|rule| finding["rule"] == *rule));
    wanted
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            let roots = finding["rendered"]["roots"].as_array().into_iter().flatten();
            let roots: Vec<&str> = roots.filter_map(Value::as_str).collect();
            let (file, line) =
                (finding["location"]["file"].as_str().unwrap_or_default(), &finding["location"]["line"]);
            let said = format!(
                "{} {} {file}:{line} {} {}",
                text("rule"),
                text("form"),
                text("origin"),
                roots.join(" ")
            );
            said.trim_end().to_owned()
        })
        .collect()
}

#[test]
fn what_overlays_share_is_said_once_on_the_line_of_the_base() {
    let here = scratch(&[
        BASE,
        ("base/job.yaml", JOB),
        ("overlays/dev/kustomization.yaml", &overlay("dev")),
        ("overlays/prod/kustomization.yaml", &overlay("prod")),
    ]);
    let report = check(here.path(), "", &["."]);
    assert_eq!(
        outline(&report, &["NHI101", "NHI905"]),
        ["NHI101 unset base/job.yaml:9 exact overlays/dev overlays/prod"]
    );
    assert_eq!(report["tool"]["renderers"][0]["name"], "replay");
    assert_eq!(report["summary"]["objects"], 2, "the base is judged through its overlays only: {report}");
    let report = check(here.path(), "", &[".", "--no-render"]);
    assert_eq!(outline(&report, &["NHI101"]), ["NHI101 unset base/job.yaml:9 written"]);
    assert_eq!(report["tool"]["renderers"], Value::Array(Vec::new()));
}

#[test]
fn an_overlay_by_itself_is_built_on_bases_beside_it() {
    let here = scratch(&[BASE, ("base/job.yaml", JOB), ("overlays/dev/kustomization.yaml", &overlay("dev"))]);
    let report = check(here.path(), "", &["overlays/dev"]);
    assert_eq!(outline(&report, &["NHI101", "NHI905"]), ["NHI101 unset base/job.yaml:9 exact overlays/dev"]);
}

#[test]
fn what_cannot_be_rendered_is_said_and_its_files_are_linted_as_they_stand() {
    let remote = "resources:\n  - job.yaml\n  - https://github.com/acme/base//jobs?ref=v1\n";
    let here = scratch(&[
        ("far/kustomization.yaml", remote),
        ("far/job.yaml", JOB),
        ("gone/kustomization.yaml", "resources: [nowhere.yaml]\n"),
        ("heir/kustomization.yaml", "resources: [../far]\n"),
        ("charts/a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
        ("charts/b/Chart.yaml", "apiVersion: v2\nname: b\nversion: 1.0.0\n"),
    ]);
    let report = check(here.path(), "", &["."]);
    assert_eq!(
        outline(&report, &["NHI101", "NHI905"]),
        [
            "NHI905 unrendered charts/a/Chart.yaml:2 written",
            "NHI101 unset far/job.yaml:9 written",
            "NHI905 unresolved far/kustomization.yaml:3 written",
            "NHI905 unrendered gone/kustomization.yaml:1 written",
        ]
    );
    let findings = report["findings"].as_array().expect("a list");
    let of = |file: &str| {
        let found = findings
            .iter()
            .find(|finding| finding["location"]["file"] == file && finding["rule"] == "NHI905");
        found.unwrap_or_else(|| panic!("nothing is said of {file}")).to_string()
    };
    assert!(of("charts/a/Chart.yaml").contains("as are 1 more: `helm` is not on the PATH"));
    assert!(of("far/kustomization.yaml").contains("heir/kustomization.yaml"), "heirs are named");
}

#[test]
fn where_something_was_not_rendered_nothing_is_called_missing() {
    let job =
        JOB.replace("          containers:", "          serviceAccountName: purge\n          containers:");
    let job = job.replace("{name: purge}", "{name: purge, namespace: shop}");
    let far = "resources:\n  - https://github.com/acme/accounts//shop?ref=v1\n";
    let closed = scratch(&[("jobs/job.yaml", &job)]);
    assert_eq!(
        outline(&check(closed.path(), "", &["."]), &["NHI103"]).len(),
        1,
        "nothing defines the account"
    );
    let open = scratch(&[("jobs/job.yaml", &job), ("accounts/kustomization.yaml", far)]);
    assert_eq!(outline(&check(open.path(), "", &["."]), &["NHI103"]), [""; 0], "the base may define it");
}

#[test]
fn what_flux_fills_in_is_filled_in() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: jobs, namespace: flux-system}\nspec:\n  path: ./jobs\n  sourceRef: {kind: GitRepository, name: flux-system}\n  postBuild:\n    substitute: {account: default, schedule: '0 4 * * *'}\n";
    let job = JOB
        .replace("  schedule: '0 3 * * *'", "  schedule: ${schedule}\n  suspend: ${suspend:=false}")
        .replace(
            "          containers:",
            "          serviceAccountName: ${account:=purge}\n          containers:",
        );
    let here = scratch(&[
        ("clusters/jobs.yaml", flux),
        ("jobs/kustomization.yaml", "resources: [job.yaml]\n"),
        ("jobs/job.yaml", &job),
    ]);
    let (code, stream, errors) = run(here.path(), "", &["render", "."]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert!(
        stream.contains("schedule: 0 4 * * *\n") && stream.contains("serviceAccountName: default\n"),
        "{stream}"
    );
    assert!(stream.contains("suspend: false\n"), "what is filled in may be no string: {stream}");
    let found = outline(&check(here.path(), "", &["."]), &["NHI101"]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_generated_secret_is_found_on_its_literal_and_never_shown() {
    let files = [
        (
            "kustomization.yaml",
            "namespace: shop\nsecretGenerator:\n  - name: ledger\n    literals:\n      - password=S3cr3t-Pa55phrase\n    envs: [ledger.env]\n",
        ),
        ("ledger.env", "# kept beside\ntoken=another-S3cr3t-0ne\n"),
    ];
    let here = scratch(&files);
    let report = check(here.path(), "", &["."]);
    assert_eq!(outline(&report, &["NHI203"]), ["NHI203 plain kustomization.yaml:5 exact ."]);
    for format in ["text", "json", "sarif", "github"] {
        let (_, out, errors) = run(here.path(), "", &["check", ".", "--format", format]);
        for secret in ["S3cr3t", "UzNjcjN0"] {
            assert!(!out.contains(secret) && !errors.contains(secret), "{format} shows a secret:\n{out}");
        }
    }
}

/// Programs that note that they were started.
#[cfg(unix)]
mod scripts {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const KUSTOMIZE: &str = "#!/bin/sh\necho run >>LOG\n[ \"$1\" = version ] && { echo v5.0.0; exit; }\n/bin/cat <<'END'\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: shop\n  namespace: shop\nEND\n";

    fn install(here: &Path, name: &str, script: &str) -> String {
        let folder = here.join(".bin");
        std::fs::create_dir_all(&folder).expect("a folder");
        let log = here.join(".log");
        let file = folder.join(name);
        std::fs::write(&file, script.replace("LOG", &log.to_string_lossy())).expect("a script");
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
            for entry in shelves.flat_map(|shelf| std::fs::read_dir(shelf.path()).expect("a shelf")).flatten()
            {
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
                [
                    "NHI101 unset base/job.yaml:9 written",
                    "NHI905 unrendered base/kustomization.yaml:1 written"
                ]
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

    /// What Helm is asked, word by word.
    #[test]
    fn charts_are_rendered_for_those_who_deploy_them() {
        let helm = "#!/bin/sh\n[ \"$1\" = version ] && { echo v3.22.0; exit; }\nfor word; do case $word in */inline-*) /bin/cat \"$word\" >>LOG ;; esac; done\nprintf '%s\\n' \"$*\" >>LOG\n";
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
        let line =
            |part: &str| log.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{log}"));
        let shop = line("charts/shop ");
        assert!(
            shop.contains("template shop /") && shop.contains("--namespace shop --kube-version 1.34.0"),
            "{shop}"
        );
        assert!(
            shop.contains("--api-versions apps/v1/Deployment") && shop.contains("--include-crds"),
            "{shop}"
        );
        let order = ["values-prod.yaml", "inline-0.yaml", "--set level=low", "--set-string tag=1\\,2"];
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
        assert!(log.contains("name: near") && log.ends_with("near\n") && !log.contains("redis"), "{log}");
        assert_eq!(outline(&report, &["NHI905"]), ["NHI905 unresolved charts/shop/Chart.yaml:6 written"]);
        assert!(report.to_string().contains("rendered without some of it"), "{report}");
    }
}

#[test]
fn arguments_lead_to_what_they_are_part_of_from_wherever_they_are_given() {
    let here = scratch(&[
        (".git/HEAD", ""),
        BASE,
        ("base/job.yaml", JOB),
        ("overlays/dev/kustomization.yaml", &overlay("dev")),
        ("overlays/prod/kustomization.yaml", &overlay("prod")),
        ("charts/a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
        ("charts/a/templates/job.yaml", JOB),
    ]);
    let found = |folder: &str, arguments: &[&str]| {
        outline(&check(&here.path().join(folder), "", arguments), &["NHI101", "NHI905"])
    };
    // Nothing is named by where it stands on this machine, and no order of arguments mixes files up.
    assert_eq!(found("overlays/prod", &["."]), ["NHI101 unset ../../base/job.yaml:9 exact ."]);
    for arguments in [[".", "../dev"], ["../dev", "."]] {
        assert_eq!(found("overlays/prod", &arguments), ["NHI101 unset ../../base/job.yaml:9 exact . ../dev"]);
    }
    assert_eq!(
        found("", &["overlays/dev/kustomization.yaml"]),
        ["NHI101 unset base/job.yaml:9 exact overlays/dev"]
    );
    // A template stands for its chart, which there is no program for.
    let chart = |place: &str| vec![format!("NHI905 unrendered {place}Chart.yaml:2 written")];
    assert_eq!(found("", &["charts/a/templates/job.yaml"]), chart("charts/a/"));
    assert_eq!(found("charts/a", &["templates"]), chart(""));
    assert_eq!(found("charts/a/templates", &["."]), chart("../"));
    assert_eq!(found("charts/a/templates", &["../../../overlays/dev"]).len(), 1, "it is no template");
}
