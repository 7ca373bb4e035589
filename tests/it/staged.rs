//! `check --staged`: git's index as the next commit will have it, and only what that commit brings.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cli::{no_cache_of_the_user, run, scratch};
use crate::stages::git;

const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: NAME, namespace: shop}\nspec: {template: {spec: {containers: \
                   [{name: a, image: registry.example/a:1}]}}}\n";
const ACCOUNT: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n";
const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {template: {spec: \
                   {serviceAccountName: web, automountServiceAccountToken: false, containers: [{name: a, image: registry.example/a:1}]}}}\n";
const NOTHING: &str = "nothing is staged that nhilint judges\n";

fn job(name: &str) -> String {
    JOB.replace("NAME", name)
}

fn write(here: &Path, name: &str, text: &str) {
    let path = here.join(name);
    fs::create_dir_all(path.parent().expect("it is inside")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn commit(here: &Path) {
    git(here, &["add", "-A"]);
    git(here, &["commit", "-q", "-m", "a", "--allow-empty"]);
}

/// A repository whose last commit holds some files.
fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = scratch(files);
    git(directory.path(), &["init", "-q", "-b", "main"]);
    commit(directory.path());
    directory
}

/// The exit code, and the new findings of a rule as `object form`, sorted.
fn found(here: &Path, rule: &str) -> (Option<i32>, Vec<String>) {
    let arguments = ["check", "--staged", "--no-cache", "--select", rule, "--format", "json"];
    let (code, out, err) = run(here, &arguments);
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    let findings = report["findings"].as_array().expect("a list").iter();
    let new = findings.filter(|finding| finding["suppressed"].is_null());
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut shown: Vec<String> = new
        .map(|one| {
            format!("{} {} {}", word(&one["object"]["name"]), word(&one["form"]), word(&one["severity"]))
        })
        .collect();
    shown.sort();
    (code, shown)
}

fn jobs(here: &Path) -> Vec<String> {
    found(here, "NHI101").1.iter().map(|one| one.split(' ').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_index_is_judged_and_not_the_disk() {
    let directory = repository(&[("a.yaml", &job("a"))]);
    let here = directory.path();
    write(here, "b.yaml", &job("b"));
    assert_eq!(
        run(here, &["check", "--staged"]),
        (Some(0), String::new(), NOTHING.to_owned()),
        "it is not tracked"
    );
    git(here, &["add", "b.yaml"]);
    write(here, "b.yaml", &job("on-disk"));
    write(here, "c.yaml", &job("untracked"));
    assert_eq!(jobs(here), ["b"], "partly staged");
    fs::remove_file(here.join("b.yaml")).expect("it was there");
    assert_eq!(jobs(here), ["b"], "staged, and gone from the disk");
    let (code, out, _) = run(here, &["check", "--staged", "--no-cache", "--select", "NHI101"]);
    assert_eq!(code, Some(1));
    assert!(out.starts_with("b.yaml:4:") && out.contains(" error NHI101 "), "{out}");
    assert!(out.ends_with("exit 1: 1 error at or above --fail-on error\n"), "{out}");
    // What was there before is not brought, whatever became of its file.
    git(here, &["rm", "-q", "--cached", "b.yaml"]);
    git(here, &["mv", "a.yaml", "moved.yaml"]);
    assert_eq!(found(here, "NHI101"), (Some(0), vec![]));
}

#[test]
fn a_file_that_is_only_intended_is_in_no_commit() {
    let directory = repository(&[("a.yaml", &job("a"))]);
    let here = directory.path();
    write(here, "b.yaml", &job("b"));
    git(here, &["add", "--intent-to-add", "b.yaml"]);
    assert_eq!(run(here, &["check", "--staged"]).2, NOTHING);
    write(here, "c.yaml", &job("c"));
    git(here, &["add", "c.yaml"]);
    assert_eq!(jobs(here), ["c"]);
}

#[test]
fn before_the_first_commit_everything_is_new() {
    let directory = scratch(&[("a.yaml", &job("a")), ("docs/a.md", "a\n")]);
    let here = directory.path();
    git(here, &["init", "-q"]);
    assert_eq!(run(here, &["check", "--staged"]).2, NOTHING);
    git(here, &["add", "docs"]);
    assert_eq!(run(here, &["check", "--staged"]).2, NOTHING);
    git(here, &["add", "-A"]);
    assert_eq!(jobs(here), ["a"]);
}

#[test]
fn an_account_that_goes_while_it_is_used_is_an_error() {
    let removed = (Some(1), vec!["web removed error".to_owned()]);
    let plain = repository(&[("account.yaml", ACCOUNT), ("web.yaml", WEB)]);
    git(plain.path(), &["rm", "-q", "account.yaml"]);
    assert_eq!(found(plain.path(), "NHI103"), removed, "a commit that only deletes");
    git(plain.path(), &["rm", "-q", "web.yaml"]);
    assert_eq!(found(plain.path(), "NHI103"), (Some(0), vec![]), "both go");
    // In every preset, and where most accounts of the namespace are missing anyway.
    let mut files =
        vec![("account.yaml".to_owned(), ACCOUNT.to_owned()), ("web.yaml".to_owned(), WEB.to_owned())];
    for name in ["one", "two", "three", "four"] {
        files.push((format!("{name}.yaml"), WEB.replace("web", name)));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let missing = repository(&files);
    git(missing.path(), &["rm", "-q", "account.yaml"]);
    assert_eq!(found(missing.path(), "NHI103"), removed);
    let (code, out, _) = run(missing.path(), &["check", "--staged", "--no-cache", "--preset", "baseline"]);
    assert_eq!(code, Some(1));
    assert!(out.contains("web.yaml:4:") && out.contains("takes away"), "{out}");
    // In a pull request it is the same.
    git(missing.path(), &["checkout", "-q", "-b", "change"]);
    git(missing.path(), &["commit", "-q", "-m", "a"]);
    let (_, out, _) =
        run(missing.path(), &["check", ".", "--base", "main", "--no-cache", "--select", "NHI103"]);
    assert!(out.contains("runs as `web`, an account that this change takes away"), "{out}");
}

#[test]
fn an_account_goes_with_an_entry_of_a_kustomization_and_with_a_value_of_a_chart() {
    let folder = crate::helm_charts::programs();
    let Some(_) = folder else { return };
    let kustomization = "resources: [web.yaml, account.yaml]\n";
    let directory = repository(&[
        ("app/kustomization.yaml", kustomization),
        ("app/account.yaml", ACCOUNT),
        ("app/web.yaml", WEB),
    ]);
    let here = directory.path();
    write(here, "app/kustomization.yaml", "resources: [web.yaml]\n");
    git(here, &["add", "-A"]);
    assert_eq!(found(here, "NHI103"), (Some(1), vec!["web removed error".to_owned()]));
    let template = "{{ if .Values.account }}\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n{{ end }}\n";
    let chart = repository(&[
        ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
        ("chart/values.yaml", "account: true\n"),
        ("chart/templates/account.yaml", template),
        ("chart/templates/web.yaml", WEB),
    ]);
    write(chart.path(), "chart/values.yaml", "account: false\n");
    git(chart.path(), &["add", "-A"]);
    assert_eq!(found(chart.path(), "NHI103"), (Some(1), vec!["web removed error".to_owned()]));
}

#[test]
fn what_cannot_matter_takes_no_run_and_what_may_does() {
    let files = [
        ("a.yaml", &*job("a")),
        ("docs/a.md", "a\n"),
        ("app/kustomization.yaml", "resources: []\n"),
        ("app/a.md", "a\n"),
    ];
    let directory = repository(&files);
    let here = directory.path();
    // A setting that is wrong is not even read.
    let is_judged = |what: &str| {
        let (_, out, err) = run(here, &["check", "--staged", "--no-cache"]);
        assert!(out.is_empty() || !err.contains(NOTHING), "{what}: {out}{err}");
        err != NOTHING
    };
    let add = |name: &str| {
        git(here, &["reset", "-q", "--hard"]);
        write(here, name, "b\n");
        git(here, &["add", "-f", name]);
    };
    for name in ["docs/a.md", "docs/b.png", "src/main.rs"] {
        add(name);
        assert!(!is_judged(name), "{name}");
    }
    for name in [
        "app/a.md",
        "app/deep/b.png",
        "CODEOWNERS",
        "docs/OWNERS",
        "run.sh",
        "app.env",
        "deploy.jsonnet",
        "README",
        "docs/b",
    ] {
        add(name);
        assert!(is_judged(name), "{name}");
    }
    assert_eq!(jobs(here), Vec::<String>::new());
    git(here, &["reset", "-q", "--hard"]);
    let (code, out, _) = run(here, &["check", "--staged", "--format", "json"]);
    assert_eq!(code, Some(0));
    serde_json::from_str::<Value>(&out).expect("a report, also of nothing");
    // By a link a text may be part of a chart.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../docs", here.join("app/docs")).expect("a link");
        commit(here);
        add("docs/a.md");
        assert!(is_judged("a link"));
    }
}

#[test]
fn at_most_twenty_lines_say_what_a_commit_brings() {
    let directory = repository(&[("README.md", "a\n")]);
    let here = directory.path();
    for number in 0..60 {
        write(here, &format!("{number}.yaml"), &job(&format!("job-{number}")));
    }
    git(here, &["add", "-A"]);
    let (code, out, err) = run(here, &["check", "--staged", "--no-cache"]);
    assert_eq!((code, err.as_str()), (Some(1), ""));
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines.len() <= 20 && lines.len() > 15, "{out}");
    assert!(
        lines[17].starts_with("... and ") && lines[17].ends_with(" more: nhilint check --staged --all"),
        "{out}"
    );
    assert!(lines[18].starts_with("exit 1: "), "{out}");
    let (_, all, _) = run(here, &["check", "--staged", "--no-cache", "--all"]);
    assert!(!all.contains("more: nhilint") && all.contains("60.yaml") || all.contains("(+59)"), "{all}");
}

#[test]
fn conflicts_and_what_is_no_repository_are_named() {
    let directory = repository(&[("a.yaml", &job("a"))]);
    let here = directory.path();
    git(here, &["checkout", "-q", "-b", "other"]);
    write(here, "a.yaml", &job("b"));
    commit(here);
    git(here, &["checkout", "-q", "main"]);
    write(here, "a.yaml", &job("c"));
    commit(here);
    let merged =
        Command::new("git").args(["merge", "-q", "other"]).current_dir(here).output().expect("git runs");
    assert!(!merged.status.success(), "a conflict");
    let (code, _, err) = run(here, &["check", "--staged"]);
    assert_eq!(code, Some(2));
    assert!(
        err.contains("`a.yaml` has a conflict that is not resolved: resolve it and `git add` the file"),
        "{err}"
    );
    let plain = scratch(&[("a.yaml", &job("a"))]);
    let (code, _, err) = run(plain.path(), &["check", "--staged"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("what is staged cannot be read from git: not a git repository"), "{err}");
    for other in [&["--base", "main"][..], &["--fix"], &["--write-baseline", "b.yaml"]] {
        let (code, _, err) = run(here, &[&["check", "--staged"], other].concat());
        assert_eq!(code, Some(2), "{other:?}");
        assert!(err.contains("cannot be used with"), "{err}");
    }
}

#[test]
fn settings_and_rules_are_those_of_the_index() {
    let directory = repository(&[("a.yaml", &job("a"))]);
    let here = directory.path();
    write(here, ".nhilint.yaml", "rules: {NHI101: off}\n");
    write(here, "b.yaml", &job("b"));
    git(here, &["add", "b.yaml"]);
    assert_eq!(jobs(here), ["b"], "the settings are not staged");
    git(here, &["add", ".nhilint.yaml"]);
    let (_, out, _) = run(here, &["check", "--staged", "--no-cache"]);
    assert!(
        !out.contains("NHI101") && out.contains("the settings of nhilint are added by this change"),
        "{out}"
    );
}

#[test]
fn submodules_and_sparse_and_split_indexes_are_read() {
    let library = repository(&[("lib.yaml", &job("lib"))]);
    let directory = repository(&[("a/a.yaml", &job("a")), ("b/b.yaml", &job("b"))]);
    let here = directory.path();
    git(here, &["submodule", "add", "-q", &library.path().display().to_string(), "sub"]);
    let (code, out, err) =
        run(here, &["check", "--staged", "--no-cache", "--select", "NHI101", "--format", "json"]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("submodule"), "it is counted as not judged: {out}");
    commit(here);
    git(here, &["update-index", "--split-index"]);
    write(here, "c.yaml", &job("c"));
    git(here, &["add", "c.yaml"]);
    assert_eq!(jobs(here), ["c"], "a split index");
    git(here, &["update-index", "--no-split-index"]);
    commit(here);
    git(here, &["sparse-checkout", "set", "--cone", "--sparse-index", "a"]);
    assert!(!here.join("b").exists(), "it is not checked out");
    write(here, "a/d.yaml", &job("d"));
    git(here, &["add", "a/d.yaml"]);
    assert_eq!(jobs(here), ["d"], "a sparse index");
    git(here, &["rm", "-q", "--sparse", "--cached", "b/b.yaml"]);
    assert_eq!(jobs(here), ["d"]);
}

/// Commits with a hook that runs nhilint; whether the commit was made, and what the hook printed.
#[cfg(unix)]
fn with_hook(here: &Path, hooks: &Path, arguments: &[&str]) -> (bool, String) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir_all(hooks).expect("a folder");
    let hook = hooks.join("pre-commit");
    let program = env!("CARGO_BIN_EXE_nhilint");
    fs::write(&hook, format!("#!/bin/sh\nexec '{program}' check --staged --no-cache --select NHI101 >&2\n"))
        .expect("a file");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let done = Command::new("git")
        .args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.com",
            "-c",
            "commit.gpgsign=false",
            "commit",
            "-q",
            "-m",
            "a",
        ])
        .args(arguments)
        .current_dir(here)
        .envs(no_cache_of_the_user())
        .stdin(Stdio::null())
        .output()
        .expect("git runs");
    (done.status.success(), String::from_utf8_lossy(&done.stderr).into_owned())
}

#[cfg(unix)]
#[test]
fn a_hook_sees_the_index_that_git_makes_for_the_commit() {
    let directory = repository(&[("a.yaml", ACCOUNT), ("b.yaml", ACCOUNT), ("deep/c.txt", "a\n")]);
    let here = directory.path();
    let hooks = here.join(".git/hooks");
    write(here, "a.yaml", &job("a"));
    write(here, "b.yaml", &job("b"));
    let (done, out) = with_hook(here, &hooks, &["--all"]);
    assert!(!done && out.contains("a.yaml:4") && out.contains("b.yaml:4"), "commit --all: {out}");
    let (done, out) = with_hook(here, &hooks, &["--only", "b.yaml"]);
    assert!(!done && !out.contains("a.yaml:4") && out.contains("b.yaml:4"), "commit FILE: {out}");
    let (done, out) = with_hook(&here.join("deep"), &hooks, &["--only", "../b.yaml"]);
    assert!(!done && out.contains("b.yaml:4"), "from a folder below: {out}");
    let (done, out) = with_hook(here, &hooks, &["--allow-empty"]);
    assert!(done && out == NOTHING, "nothing is staged: {out}");
    // In a further working tree git names both by variables.
    let other = tempfile::tempdir().expect("a folder");
    let path = other.path().join("tree");
    git(here, &["worktree", "add", "-q", "-b", "other", &path.display().to_string()]);
    write(&path, "c.yaml", &job("c"));
    git(&path, &["add", "c.yaml"]);
    let (done, out) = with_hook(&path, &hooks, &[]);
    assert!(!done && out.contains("c.yaml:4") && !out.contains("a.yaml:4"), "a working tree: {out}");
    write(&path, "d.yaml", &job("d"));
    git(&path, &["rm", "-q", "-f", "--cached", "c.yaml"]);
    fs::remove_file(path.join("c.yaml")).expect("it was there");
    git(&path, &["add", "d.yaml"]);
    let (done, out) = with_hook(&path, &hooks, &["--all"]);
    assert!(!done && out.contains("d.yaml:4"), "all of a working tree: {out}");
}
