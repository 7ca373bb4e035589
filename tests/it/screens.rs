//! What a person sees first of many findings, and how they are told what to do with them.

use std::path::Path;
use std::process::Command;

use regex::Regex;
use serde_json::Value;

use crate::cli::{no_cache_of_the_user, run, scratch};
use crate::marked_bench::copy;
use crate::recorded::programs;

const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: NAME, namespace: shop}\nspec: {template: {spec: {containers: [{name: a, image: registry.example/a:1}]}}}\n---\n";

/// So many jobs on the account `default`, each in its namespace: two errors and an info each.
fn jobs(count: usize) -> String {
    let job = |n: usize| JOB.replace("NAME", &format!("job-{n}")).replace("shop", &format!("shop-{n}"));
    (0..count).map(job).collect()
}

fn check(folder: &Path, columns: &str, arguments: &[&str]) -> String {
    let programs = programs();
    let output = Command::new(env!("CARGO_BIN_EXE_nhilint"))
        .current_dir(folder)
        .args(["check", "--no-cache"])
        .args(arguments)
        .envs(no_cache_of_the_user())
        .env("PATH", &programs.path)
        .env("COLUMNS", columns)
        .output()
        .expect("the binary starts");
    let text = String::from_utf8(output.stdout).expect("reports are UTF-8");
    let time = Regex::new(r"\d+ ms|\d+\.\d s").expect("it compiles");
    time.replace(&text, "0 ms").into_owned()
}

/// No line is wider than the screen but by a word that is.
fn assert_fits(text: &str, width: usize) {
    for line in text.lines() {
        let is_one_word = line.split_whitespace().count() == 1;
        assert!(line.chars().count() <= width || is_one_word, "wider than {width}:\n{line}\nof\n{text}");
    }
}

#[test]
fn first_screens_of_the_repositories() {
    let here = tempfile::tempdir().expect("a temporary folder");
    for repository in ["fleet", "payments", "storefront"] {
        let folder = here.path().join(repository);
        copy(&Path::new("testdata/repos").join(repository), &folder);
        for (columns, width) in [("100", 100), ("60", 60), ("40", 40)] {
            let text = check(&folder, columns, &["--all"]);
            assert_fits(&text, width);
        }
        for columns in ["100", "60"] {
            let text = check(&folder, columns, &[]);
            let screen: Vec<&str> = text.lines().take(45).collect();
            insta::assert_snapshot!(format!("screen_{repository}_{columns}"), screen.join("\n"));
        }
    }
}

#[test]
fn a_few_findings_are_shown_whole_and_many_in_lines() {
    let few = scratch(&[("jobs.yaml", &jobs(3))]);
    let many = scratch(&[("jobs.yaml", &jobs(30))]);
    let shown = |here: &tempfile::TempDir, flags: &[&str]| run(here.path(), &[&["check"], flags].concat()).1;
    assert!(shown(&few, &[]).contains("= why: "));
    assert!(!shown(&few, &["--group-by", "rule"]).contains("= why: "));
    let text = shown(&many, &[]);
    assert!(text.starts_with("60 errors, 30 infos in 30 objects"), "{text}");
    assert!(!text.contains("= why: "));
    assert!(text.trim_end().ends_with("exit 1: 60 errors at or above --fail-on error"), "{text}");
    let verbose = shown(&many, &["--verbose"]);
    assert_eq!(verbose.matches("= why: ").count(), 3, "once a rule");
}

#[test]
fn however_much_is_found_it_ends() {
    let here = scratch(&[("jobs.yaml", &jobs(400))]);
    let text = run(here.path(), &["check", "jobs.yaml"]).1;
    assert!(text.lines().count() < 200, "{} lines", text.lines().count());
    assert!(text.contains("more groups with ") && text.contains("--all"), "{text}");
    let all = run(here.path(), &["check", "jobs.yaml", "--all"]).1;
    assert!(all.contains("shop-399/default") && !all.contains("more group"), "{all}");
}

#[test]
fn equal_findings_of_copies_are_one_line() {
    let text = JOB.replace("NAME", "purge");
    let copies: Vec<String> = (0..12).map(|n| format!("copies/{n}/job.yaml")).collect();
    let files: Vec<(&str, &str)> = copies.iter().map(|path| (path.as_str(), text.as_str())).collect();
    let here = scratch(&files);
    let text = run(here.path(), &["check", "--all", "--select", "NHI101"]).1;
    assert_eq!(text.matches("NHI101").count(), 1, "{text}");
    assert!(text.contains("(+11)"), "{text}");
}

#[test]
fn findings_are_grouped_by_what_is_asked_for() {
    let owned = JOB
        .replace("NAME", "owned")
        .replace("namespace: shop", "namespace: shop, annotations: {nhilint.dev/owner: team-shop}");
    let here = scratch(&[("a/jobs.yaml", &jobs(2)), ("b/owned.yaml", &owned)]);
    let groups = |by: &str| -> Vec<String> {
        let text = run(here.path(), &["check", "--group-by", by, "--select", "NHI101"]).1;
        let heads = text.lines().filter(|line| line.ends_with("error") || line.ends_with("errors"));
        heads.filter(|line| !line.starts_with([' ', 'e'])).map(str::to_owned).collect()
    };
    assert_eq!(groups("rule"), ["NHI101 dedicated-service-account  3 errors"]);
    assert_eq!(groups("file"), ["a/jobs.yaml  2 errors", "b/owned.yaml  1 error"]);
    assert_eq!(groups("owner"), ["nobody is named as owner  2 errors", "team-shop  1 error"]);
    assert_eq!(groups("identity").len(), 3);
}

#[test]
fn statistics_count_by_rule_and_form() {
    let here = scratch(&[("jobs.yaml", &jobs(30))]);
    let text = run(here.path(), &["check", "--statistics"]).1;
    assert!(text.contains("     30        -      -  NHI101 dedicated-service-account (unset)"), "{text}");
    assert!(!text.contains("jobs.yaml:"), "{text}");
}

#[test]
fn quiet_says_only_what_fails() {
    let here = scratch(&[
        ("jobs.yaml", &jobs(20)),
        ("clean/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n"),
    ]);
    let (code, text, error) = run(here.path(), &["check", "jobs.yaml", "--quiet"]);
    assert_eq!(code, Some(1));
    assert_eq!(text.lines().count(), 41, "{text}");
    assert!(text.starts_with("jobs.yaml:3:") && text.contains(": error[NHI101 "), "{text}");
    assert_eq!(error, "");
    assert_eq!(run(here.path(), &["check", "clean", "--quiet"]), (Some(0), String::new(), String::new()));
    let never = run(here.path(), &["check", "jobs.yaml", "--quiet", "--fail-on", "never"]);
    assert_eq!(never, (Some(0), String::new(), String::new()));
}

#[test]
fn the_strongest_are_named_first() {
    let everything = |name: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {name}}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}}\nsubjects: [{{kind: ServiceAccount, name: {name}, namespace: shop}}]\n---\n"
        )
    };
    let here = scratch(&[("jobs.yaml", &(jobs(20) + &everything("deploy")))]);
    let text = run(here.path(), &["check"]).1;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[2], "Strongest identities: 1 can reach T0, as good as cluster-admin", "{text}");
    assert!(
        lines[3].starts_with("  T0        shop/deploy ")
            && lines[3].ends_with("may do everything in the whole cluster")
    );
    let first = lines.iter().find(|line| line.contains("errors") && !line.contains("objects"));
    assert!(text.find("shop/deploy  T0: ") < text.find("shop-1/default"), "{first:?}\n{text}");
}

#[test]
fn errors_of_the_run_are_on_standard_error_in_every_format() {
    let here = scratch(&[("a.yaml", JOB)]);
    for format in nhilint::report::Format::WORDS {
        let (code, out, error) = run(here.path(), &["check", "a.yaml", "missing.yaml", "--format", format]);
        assert_eq!(code, Some(2));
        assert!(error.starts_with("error: ") && error.contains("missing.yaml"), "{format}: {error}");
        let reason = "exit 2: 1 problem kept the job from being done whole";
        assert!(if format == "text" { out.contains(reason) } else { error.contains(reason) }, "{format}");
    }
    let (_, out, error) = run(here.path(), &["check", "a.yaml", "--format", "json"]);
    assert_eq!(error, "exit 1: 2 errors at or above --fail-on error\n");
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(report["errors"], serde_json::json!([]));
}

#[test]
fn the_name_of_a_file_says_its_format() {
    let here = scratch(&[("a.yaml", JOB), ("ci/none", "")]);
    let first_word = |flags: &[&str], name: &str| {
        let (code, _, error) = run(here.path(), &[&["check", "a.yaml"], flags].concat());
        assert_eq!(code, Some(1), "{error}");
        let text = std::fs::read_to_string(here.path().join(name)).expect("it was written");
        let json: Option<Value> = serde_json::from_str(&text).ok();
        let start = |start: &str| text.starts_with(start);
        let other = if start("## ") { "markdown" } else { ["text", "junit"][usize::from(start("<?xml "))] };
        json.map_or(other, |json| {
            if json.is_array() {
                "gitlab"
            } else if json.get("$schema").is_some() {
                "sarif"
            } else if json.get("diagnostics").is_some() {
                "rdjson"
            } else {
                "json"
            }
        })
    };
    for (name, format) in [
        ("o.sarif", "sarif"),
        ("o.sarif.json", "sarif"),
        ("o.json", "json"),
        ("o.txt", "text"),
        ("o.rdjson", "rdjson"),
        ("o.md", "markdown"),
        ("o.xml", "junit"),
        ("ci/gl-code-quality-report.json", "gitlab"),
        ("O.SARIF", "sarif"),
    ] {
        assert_eq!(first_word(&["--output", name], name), format, "{name}");
    }
    assert_eq!(first_word(&["--output", "text=wins.json"], "wins.json"), "text");
    assert_eq!(first_word(&["--format", "sarif", "--output", "as-asked.json"], "as-asked.json"), "sarif");
    let (code, _, error) = run(here.path(), &["check", "a.yaml", "--output", "report"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("no format is known by this name; write `--output FORMAT=report`"), "{error}");
}

#[test]
fn an_explanation_fits_on_a_screen() {
    let here = scratch(&[]);
    let rules = run(here.path(), &["rules"]).1;
    for rule in rules.lines().filter_map(|line| line.split_whitespace().next()) {
        let text = run(here.path(), &["explain", rule]).1;
        let lines = text.lines().count();
        assert!((12..=40).contains(&lines), "{rule}: {lines} lines\n{text}");
        assert!(text.contains(&format!("`nhilint explain {rule} --full`")), "{text}");
        let full = run(here.path(), &["explain", rule, "--full"]).1;
        assert!(full.contains("\nMore\n") && full.lines().count() >= lines.min(30), "{full}");
    }
}
