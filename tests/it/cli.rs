//! The program as people run it: exit codes, streams, files.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::stages::git;

const FLAWED: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: purge, namespace: shop}\nspec: {template: {spec: {containers: [{name: purge, image: registry.example/purge:1}]}}}\n";
const CLEAN: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: purge, namespace: shop}\nautomountServiceAccountToken: false\n";

fn program(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nhilint"));
    command
        .current_dir(directory)
        .envs(no_cache_of_the_user())
        .env_remove("NO_COLOR")
        .env_remove("FORCE_COLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

/// Variables that keep a run away from the cache of whoever starts the tests, and from the step that they start in.
pub(crate) fn no_cache_of_the_user() -> [(&'static str, &'static str); 4] {
    let [cache, home, local] =
        ["XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"].map(|name| (name, env!("CARGO_TARGET_TMPDIR")));
    [cache, home, local, ("GITHUB_ACTIONS", "")]
}

pub(crate) fn run(directory: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    told(&program(directory).args(arguments).stdin(Stdio::null()).output().expect("the program runs"))
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("output is text");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

pub(crate) fn given(directory: &Path, arguments: &[&str], text: &str) -> (Option<i32>, String, String) {
    let mut child = program(directory)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    child.stdin.take().expect("it was piped").write_all(text.as_bytes()).expect("the program reads");
    told(&child.wait_with_output().expect("it ends"))
}

/// A scratch directory with files.
pub(crate) fn scratch(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a scratch directory");
    for (name, text) in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("inside")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    directory
}

/// What a finding is, without the file it stands in.
fn essence(report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).expect("the report is JSON");
    let findings = report["findings"].as_array().expect("a list");
    findings.iter().map(|f| format!("{} {} {}", f["rule"], f["object"], f["location"]["line"])).collect()
}

#[test]
fn exit_codes_say_how_the_run_ended() {
    let here = scratch(&[("flawed.yaml", FLAWED), ("clean.yaml", CLEAN), ("empty/notes.txt", "no manifest")]);
    let code = |arguments: &[&str]| run(here.path(), arguments).0;
    assert_eq!(code(&["check", "clean.yaml"]), Some(0));
    assert_eq!(code(&["check", "flawed.yaml"]), Some(1));
    assert_eq!(code(&["check", "flawed.yaml", "--fail-on", "never"]), Some(0));
    assert_eq!(code(&["check", "flawed.yaml", "--preset", "audit"]), Some(0));
    assert_eq!(code(&["check", "flawed.yaml", "--preset", "audit", "--fail-on", "info"]), Some(1));
    assert_eq!(code(&["check", "flawed.yaml", "--format", "json"]), Some(1), "a format never changes it");
    assert_eq!(code(&["check", "flawed.yaml", "--format", "sarif"]), Some(1));
    assert_eq!(code(&["check", "empty"]), Some(2));
    assert_eq!(code(&["check", "empty", "--allow-empty"]), Some(0));
    assert_eq!(code(&["check", "missing.yaml"]), Some(2));
    assert_eq!(code(&["check", "flawed.yaml", "missing.yaml"]), Some(2), "incomplete wins over findings");
    assert_eq!(code(&["check"]), Some(1), "the working directory");
    assert_eq!(code(&["check", "--no-such-flag", "flawed.yaml"]), Some(2));
    assert_eq!(code(&["check", "flawed.yaml", "--select", "NHI999"]), Some(2));
    assert_eq!(code(&["--version"]), Some(0));
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let here = scratch(&[("flawed.yaml", FLAWED), ("empty/notes.txt", "")]);
    let says = |arguments: &[&str], words: &str| {
        let (_, out, error) = run(here.path(), arguments);
        assert!(out.contains(words) || error.contains(words), "{arguments:?}: {words}\n{out}\n{error}");
    };
    says(&["check", "flawed.yaml", "--select", "secret-evn"], "did you mean `secret-env`?");
    says(&["check", "missing.yaml"], "missing.yaml");
    says(&["check", "empty"], "nothing to lint in `empty`");
    says(&["check", "none/*.yaml"], "no file matches this glob");
    says(&["check", "flawed.yaml", "--now", "soon"], "write 2027-01-31");
    says(&["check", "flawed.yaml", "--kubernetes-version", "2"], "1.34");
    says(&["check", "flawed.yaml", "--baseline", "flawed.yaml"], "not a baseline");
    says(&["explain", "NHI10l"], "NHI101");
    says(&["check", "--fail-onn", "error", "flawed.yaml"], "--fail-on");
}

#[test]
fn standard_input_is_read_as_the_file_is() {
    let text = format!("{FLAWED}---\n{CLEAN}---\n{}", FLAWED.replace("purge", "export"));
    let here = scratch(&[("all.yaml", &text)]);
    let (_, from_file, _) = run(here.path(), &["check", "all.yaml", "--format", "json"]);
    let (_, from_pipe, _) = given(here.path(), &["check", "-", "--format", "json"], &text);
    assert!(!essence(&from_file).is_empty());
    assert_eq!(essence(&from_file), essence(&from_pipe));
    assert!(from_pipe.contains("\"file\": \"-\"") || from_pipe.contains("\"file\":\"-\""));
}

#[test]
fn arguments_in_any_order_say_the_same() {
    let here = scratch(&[
        ("a/flawed.yaml", FLAWED),
        ("b/clean.yaml", CLEAN),
        ("c.yaml", &FLAWED.replace("purge", "x")),
    ]);
    let (_, one, _) = run(here.path(), &["check", "a", "b", "c.yaml", "--format", "json"]);
    let (_, other, _) =
        run(here.path(), &["check", "c.yaml", "b", "a", "./a/flawed.yaml", "--format", "json"]);
    assert_eq!(essence(&one), essence(&other));
}

#[test]
fn a_directory_is_walked_as_git_sees_it() {
    let here = scratch(&[
        (".gitignore", "ignored/\n"),
        ("ignored/flawed.yaml", FLAWED),
        ("chart/Chart.yaml", "name: chart\nversion: 1.0.0\n"),
        ("chart/templates/job.yaml", "kind: {{ .Values.kind }}\n"),
        (
            "seen/flawed.json",
            "{\"apiVersion\": \"batch/v1\", \"kind\": \"Job\", \"metadata\": {\"name\": \"a\"}, \"spec\": {\"template\": {\"spec\": {\"containers\": []}}}}",
        ),
        ("seen/values.yaml", "replicas: 1\n"),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(here.path(), here.path().join("seen/loop")).expect("a link");
    git(here.path(), &["init", "--quiet"]);
    git(here.path(), &["add", "."]);
    let (_, report, _) = run(here.path(), &["check", ".", "--no-render", "--format", "json"]);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let files: Vec<&str> = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|f| f["location"]["file"].as_str())
        .collect();
    assert!(!files.is_empty() && files.iter().all(|file| *file == "seen/flawed.json"), "{files:?}");
    assert!(report["summary"]["unjudged"].to_string().contains("Helm templates"), "{report}");
}

#[test]
fn output_goes_to_files_whole_and_in_their_format() {
    let here = scratch(&[("flawed.yaml", FLAWED)]);
    let arguments = ["check", "flawed.yaml", "--output", "sarif=out.sarif", "--output", "json=out.json"];
    let (code, shown, _) = run(here.path(), &arguments);
    assert_eq!(code, Some(1));
    assert!(shown.contains("NHI101"), "standard output keeps its own format");
    let read = |name: &str| std::fs::read_to_string(here.path().join(name)).expect("it was written");
    let sarif: Value = serde_json::from_str(&read("out.sarif")).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(
        essence(&read("out.json")).len(),
        sarif["runs"][0]["results"].as_array().expect("results").len()
    );
    let (code, _, error) = run(here.path(), &["check", "flawed.yaml", "--output", "no/such/dir/out.json"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("cannot write `no/such/dir/out.json`"), "{error}");
}

#[test]
fn a_baseline_makes_the_gate_green_until_something_is_new() {
    let here = scratch(&[("flawed.yaml", FLAWED)]);
    assert_eq!(run(here.path(), &["check", ".", "--write-baseline", "baseline.json"]).0, Some(0));
    let (code, shown, _) = run(here.path(), &["check", ".", "--baseline", "baseline.json"]);
    assert_eq!(code, Some(0), "{shown}");
    // Moved and renamed: the fingerprint holds no file and no line.
    std::fs::create_dir(here.path().join("moved")).expect("a directory");
    std::fs::rename(here.path().join("flawed.yaml"), here.path().join("moved/job.yaml")).expect("a move");
    assert_eq!(run(here.path(), &["check", ".", "--baseline", "baseline.json"]).0, Some(0));
    std::fs::write(here.path().join("new.yaml"), FLAWED.replace("purge", "export")).expect("a file");
    assert_eq!(run(here.path(), &["check", ".", "--baseline", "baseline.json"]).0, Some(1));
    std::fs::write(here.path().join("new.yaml"), "apiVersion: v1\nkind: [").expect("a file");
    let (code, ..) = run(here.path(), &["check", ".", "--write-baseline", "second.json"]);
    assert_eq!(code, Some(0));
    assert_eq!(
        run(here.path(), &["check", ".", "--baseline", "second.json"]).0,
        Some(1),
        "broken stays broken"
    );
}

#[test]
fn colour_is_asked_for_or_absent() {
    let here = scratch(&[("flawed.yaml", FLAWED)]);
    let (_, plain, _) = run(here.path(), &["check", "flawed.yaml"]);
    assert!(!plain.contains('\u{1b}'), "a pipe gets no colour");
    let (_, colored, _) = run(here.path(), &["check", "flawed.yaml", "--color", "always"]);
    assert!(colored.contains('\u{1b}'));
    let output = program(here.path())
        .args(["check", "flawed.yaml"])
        .env("NO_COLOR", "1")
        .env("FORCE_COLOR", "1")
        .output();
    assert!(!told(&output.expect("it runs")).1.contains('\u{1b}'), "NO_COLOR wins");
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let one = |n| format!("---\n{}", FLAWED.replace("purge", &format!("job-{n}")));
    let many = (0..3000).map(one).collect::<Vec<_>>().concat();
    let here = scratch(&[("many.yaml", &many)]);
    let shell = format!("'{}' check many.yaml --format text | head -n 1", env!("CARGO_BIN_EXE_nhilint"));
    let output = Command::new("sh").args(["-c", &shell]).current_dir(here.path()).output().expect("a shell");
    let (_, out, error) = told(&output);
    assert_eq!(out.lines().count(), 1);
    assert_eq!(error, "");
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_costs_only_itself() {
    use std::os::unix::fs::PermissionsExt;
    let here = scratch(&[("flawed.yaml", FLAWED), ("locked.yaml", CLEAN)]);
    let locked = here.path().join("locked.yaml");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).expect("permissions");
    if std::fs::read(&locked).is_ok() {
        // The superuser reads everything: a directory in the place of a file is unreadable for anybody.
        std::fs::remove_file(&locked).expect("it is ours");
        std::os::unix::fs::symlink("locked.yaml", &locked).expect("a link to itself");
        let (code, out, error) = run(here.path(), &["check", "flawed.yaml", "locked.yaml"]);
        assert_eq!(code, Some(2));
        assert!(out.contains("NHI101") && (out + &error).contains("locked.yaml"));
        return;
    }
    let (code, out, error) = run(here.path(), &["check", "."]);
    assert_eq!(code, Some(2));
    assert!(out.contains("NHI101") && (out + &error).contains("locked.yaml: cannot be read"));
}

#[test]
fn the_schema_that_is_printed_accepts_the_report_that_is_printed() {
    let here = scratch(&[("flawed.yaml", FLAWED)]);
    let (_, schema, _) = run(here.path(), &["schema", "report"]);
    let (_, report, _) = run(here.path(), &["check", ".", "--format", "json"]);
    let validator =
        jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON")).expect("a schema");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let wrong: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn what_is_piped_in_is_rendered_already() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec:\n  source: {repoURL: https://git.example/acme/apps.git, path: charts/shop}\n";
    let here = scratch(&[("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n")]);
    let (_, report, _) = given(here.path(), &["check", "-", "--format", "json"], application);
    assert!(!report.contains("NHI905"), "{report}");
}
