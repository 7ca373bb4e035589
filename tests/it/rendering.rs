//! `check`, `render` and what lies between: what is rendered for whom, what is judged through it, and what is said of
//! the rest. Nothing is started here: kustomizations are replayed.

use std::path::Path;
use std::process::{Command, Stdio};

use nhilint::finding::Engine;
use serde_json::Value;

use crate::cli::scratch;
use crate::rendering_hostile::with;

pub(crate) const JOB: &str = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: purge}\nspec:\n  schedule: '0 3 * * *'\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n            - {name: purge, image: registry.example/purge:1}\n";
pub(crate) const BASE: (&str, &str) = ("base/kustomization.yaml", "resources: [job.yaml]\n");

fn overlay(environment: &str) -> String {
    format!("namespace: shop-{environment}\nresources: [../../base]\n")
}

/// Runs nhilint with these folders as `PATH`, and a cache of its own.
pub(crate) fn run(here: &Path, path: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_nhilint"))
        .current_dir(here)
        .env("PATH", path)
        .env("XDG_CACHE_HOME", here.join(".cache"))
        .env_remove("GITHUB_ACTIONS")
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
    let error = &report["errors"][0];
    assert_eq!(error["file"], "charts/a/Chart.yaml");
    assert!(error["message"].as_str().expect("text").contains("and one more: `helm` is not on the PATH"));
    assert!(of("far/kustomization.yaml").contains("heir/kustomization.yaml"), "heirs are named");
}

/// An overlay takes the flaw of its base away. Another that cannot be rendered may leave it in place.
#[test]
fn what_an_overlay_that_is_not_rendered_builds_on_is_judged_by_itself() {
    let account = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: purge}\nspec: {jobTemplate: {spec: {template: {spec: {serviceAccountName: purge}}}}}\n";
    let dev = "namespace: shop-dev\nresources: [../../base]\npatches: [{path: account.yaml}]\n";
    let absent = account.replace("name: purge}", "name: absent}");
    let base =
        "resources: [job.yaml]\nsecretGenerator: [{name: db, literals: [password=kettle-harbour-19]}]\n";
    let of = |path: &str, prod: &str| {
        let here = scratch(&[
            ("base/kustomization.yaml", base),
            ("base/job.yaml", JOB),
            ("overlays/dev/account.yaml", account),
            ("overlays/dev/kustomization.yaml", dev),
            ("overlays/prod/account.yaml", account),
            ("overlays/prod/absent.yaml", &absent),
            ("overlays/prod/kustomization.yaml", prod),
        ]);
        outline(&check(here.path(), path, &["."]), &["NHI101", "NHI203", "NHI905"])
    };
    let secret = |roots: &str| format!("NHI203 plain base/kustomization.yaml:2 exact {roots}");
    assert_eq!(of("", dev)[..], [secret("overlays/dev overlays/prod")]);
    let left = ["NHI101 unset base/job.yaml:9 exact base".to_owned(), secret("base overlays/dev")];
    let far = "resources: [../../base, 'https://github.com/acme/base//jobs?ref=v1']\n";
    let said = of("", far);
    assert_eq!(said[..2], left, "{said:?}");
    assert_eq!(said[2], "NHI905 unresolved overlays/prod/kustomization.yaml:1 written");
    let Some(path) = with(Engine::Kustomize) else { return };
    let said = of(&path, &dev.replace("account", "absent"));
    assert_eq!(said[..2], left, "{said:?}");
    assert!(said[2].starts_with("NHI905 unrendered overlays/prod/"), "{said:?}");
    assert_eq!(said.len(), 3, "{said:?}");
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
    for format in nhilint::report::Format::WORDS {
        let (_, out, errors) = run(here.path(), "", &["check", ".", "--format", format]);
        for secret in ["S3cr3t", "UzNjcjN0"] {
            assert!(!out.contains(secret) && !errors.contains(secret), "{format} shows a secret:\n{out}");
        }
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
    assert_eq!(found("overlays/prod", &["."]), ["NHI101 unset base/job.yaml:9 exact overlays/prod"]);
    let both = ["NHI101 unset base/job.yaml:9 exact overlays/dev overlays/prod"];
    for arguments in [[".", "../dev"], ["../dev", "."]] {
        assert_eq!(found("overlays/prod", &arguments), both);
    }
    assert_eq!(
        found("", &["overlays/dev/kustomization.yaml"]),
        ["NHI101 unset base/job.yaml:9 exact overlays/dev"]
    );
    // A template stands for its chart, which there is no program for.
    for (folder, argument) in
        [("", "charts/a/templates/job.yaml"), ("charts/a", "templates"), ("charts/a/templates", ".")]
    {
        let report = check(&here.path().join(folder), "", &[argument]);
        assert_eq!(report["errors"][0]["file"], "charts/a/Chart.yaml", "{report}");
        assert_eq!(outline(&report, &["NHI101", "NHI905"]), [""; 0]);
    }
    assert_eq!(found("charts/a/templates", &["../../../overlays/dev"]).len(), 1, "it is no template");
}
