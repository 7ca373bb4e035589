//! What a pull request shows of a run, from the program to GitHub's files.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::cli::{no_cache_of_the_user, run, scratch};

const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: purge, namespace: shop}\nspec: {template: {spec: {containers: [{name: purge, image: registry.example/purge:1}]}}}\n";

/// GitHub drops a summary of a step that has more bytes.
const STEP_SUMMARY: usize = 1024 * 1024;

/// A run in a step of GitHub Actions whose summary is `summary.md`.
fn step(here: &Path) -> (Option<i32>, String) {
    let summary = here.join("summary.md");
    let output = Command::new(env!("CARGO_BIN_EXE_nhilint"))
        .args(["check", "a.yaml", "--output"])
        .arg(format!("markdown={}", summary.display()))
        .current_dir(here)
        .envs(no_cache_of_the_user())
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .expect("the program runs");
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

#[test]
fn the_summary_of_a_step_is_added_to() {
    let here = scratch(&[("a.yaml", JOB)]);
    let summary = here.path().join("summary.md");
    let text = || std::fs::read_to_string(&summary).expect("it was written");
    assert_eq!(step(here.path()).0, Some(1));
    let first = text();
    assert!(first.starts_with("## nhilint: "), "{first}");
    assert_eq!(step(here.path()).0, Some(1));
    assert_eq!(text(), format!("{first}\n\n{first}"));
    // Room for all of it, one byte less, and none.
    for (before, ends) in [
        (STEP_SUMMARY - first.len() - 2, first.as_str()),
        (STEP_SUMMARY - first.len() - 1, "\nThe rest does not fit into the summary.\n"),
        (STEP_SUMMARY - 500, "x"),
    ] {
        std::fs::write(&summary, "x".repeat(before)).expect("a file");
        let (code, said) = step(here.path());
        assert_eq!(code, Some(1));
        let text = text();
        assert!(text.len() <= STEP_SUMMARY && text.ends_with(ends), "{}: {ends}", text.len());
        assert_eq!(said.contains("the summary of the step is full"), ends == "x", "{said}");
    }
}

#[test]
fn another_file_is_replaced() {
    let here = scratch(&[("a.yaml", JOB), ("report.md", "old")]);
    let (code, ..) = run(here.path(), &["check", "a.yaml", "--output", "report.md"]);
    let text = std::fs::read_to_string(here.path().join("report.md")).expect("it was written");
    assert!(code == Some(1) && text.starts_with("## nhilint: "), "{text}");
}

#[test]
fn a_step_of_github_gets_annotations_unless_it_asks_for_something_else() {
    let here = scratch(&[("a.yaml", JOB)]);
    let first = |variable: (&str, &str), flags: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_nhilint"))
            .args([&["check", "a.yaml"], flags].concat())
            .current_dir(here.path())
            .envs(no_cache_of_the_user())
            .env(variable.0, variable.1)
            .output()
            .expect("the program runs");
        String::from_utf8(output.stdout).expect("text").starts_with("::error file=a.yaml,")
    };
    let step = ("GITHUB_ACTIONS", "true");
    assert!(first(step, &[]));
    for flags in [&["--format", "text"][..], &["--verbose"], &["--statistics"], &["--group-by", "rule"]] {
        assert!(!first(step, flags), "{flags:?}");
    }
    assert!(!first(("GITHUB_ACTIONS", "false"), &[]) && !first(("GITLAB_CI", "true"), &[]));
}

/// GitHub shows ten of a kind, and path order put what matters at number 346.
#[test]
fn the_ten_that_are_shown_are_the_ten_that_matter() {
    let mut files: Vec<(String, String)> = Vec::new();
    for number in 0..161 {
        let mut pod = JOB.replace("purge", &format!("job-{number}"));
        if number < 97 {
            let _ = write!(pod, "---\n{}", JOB.replace("purge", &format!("more-{number}")));
        }
        files.push((format!("apps/{number:03}.yaml"), pod));
    }
    for number in 0..9 {
        let binding = format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: root-{number}, namespace: shop}}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: root-{number}}}\nsubjects: [{{kind: ServiceAccount, name: root-{number}, namespace: shop}}]\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}}\n"
        );
        files.push((format!("zz/{number}.yaml"), binding));
    }
    assert_eq!(files.len(), 170);
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    let here = scratch(&files);
    let (_, json, _) = run(here.path(), &["check", ".", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let count = report["findings"].as_array().expect("a list").len();
    assert!(count >= 517, "{count} findings");
    let (_, out, _) = run(here.path(), &["check", ".", "--format", "github"]);
    let errors: Vec<&str> = out.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 10, "{out}");
    for line in &errors[..9] {
        assert!(line.contains("file=zz/") && line.contains("title=NHI501 no-cluster-admin"), "{line}");
    }
    let shown = report["summary"]["error"].as_u64().expect("a count") - 9;
    assert!(errors[9].contains(&format!("::{shown} more errors: see the summary")), "{}", errors[9]);
    for word in ["::warning ", "::notice "] {
        assert!(out.lines().filter(|line| line.starts_with(word)).count() <= 10, "{out}");
    }
}

/// Those who show findings beside lines know files by their way from the top of the repository, wherever a run starts.
#[test]
fn paths_for_machines_start_at_the_top_of_the_repository() {
    let here = scratch(&[("apps/shop/a.yaml", JOB), (".git/HEAD", "ref: refs/heads/main\n")]);
    let start = here.path().join("apps/shop");
    for format in ["sarif", "github", "gitlab", "rdjson", "junit", "json", "markdown"] {
        let (_, from_top, _) = run(here.path(), &["check", ".", "--format", format]);
        let (_, from_below, _) = run(&start, &["check", ".", "--format", format]);
        for out in [&from_top, &from_below] {
            assert!(out.contains("apps/shop/a.yaml"), "{format}: {out}");
        }
        let (_, text, _) =
            run(&start, &["check", ".", "--format", format, "--output", &format!("{format}=out")]);
        let file = std::fs::read_to_string(start.join("out")).expect("it was written");
        assert!(file.contains("apps/shop/a.yaml") && text.contains("apps/shop/a.yaml"), "{format}: {file}");
    }
}
