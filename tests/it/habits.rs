//! What people expect of any program: completions, manual pages, flags from the environment, an address.

use std::process::{Command, Output};

use crate::cli::{no_cache_of_the_user, run, scratch};

const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a, namespace: shop}\nspec: {template: {spec: {containers: [{name: a, image: registry.example/a:1}]}}}\n";

/// Runs `check` with variables.
fn check(variables: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String, String) {
    let here = scratch(&[("a.yaml", JOB)]);
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_nhilint"))
        .current_dir(here.path())
        .arg("check")
        .args(arguments)
        .envs(no_cache_of_the_user())
        .envs(variables.iter().copied())
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("output is text");
    (status.code(), text(stdout), text(stderr))
}

/// A variable that a developer has set would change what the other tests see.
#[test]
fn the_tests_run_without_variables_of_flags() {
    let known = [
        "FORMAT",
        "OUTPUT",
        "FAIL_ON",
        "PRESET",
        "SELECT",
        "IGNORE",
        "QUIET",
        "VERBOSE",
        "NO_RENDER",
        "NO_CACHE",
    ];
    let set = known
        .map(|name| format!("NHILINT_{name}"))
        .into_iter()
        .filter(|name| std::env::var_os(name).is_some());
    assert_eq!(set.collect::<Vec<_>>(), Vec::<String>::new(), "unset these to run the tests");
}

#[test]
fn flags_may_come_from_the_environment() {
    assert_eq!(check(&[], &[]).0, Some(1));
    assert_eq!(check(&[("NHILINT_FAIL_ON", "never")], &[]).0, Some(0));
    assert_eq!(
        check(&[("NHILINT_FAIL_ON", "never")], &["--fail-on", "error"]).0,
        Some(1),
        "the command line wins"
    );
    assert_eq!(check(&[("NHILINT_FAIL_ON", "")], &[]).0, Some(1), "empty is not set");
    assert_eq!(check(&[("NHILINT_IGNORE", "NHI101,missing-owner")], &[]).0, Some(0));
    assert!(check(&[("NHILINT_FORMAT", "json")], &[]).1.starts_with('{'));
    let quiet = check(&[("NHILINT_QUIET", "yes")], &[]).1;
    assert!(quiet.starts_with("a.yaml:3:"), "{quiet}");
    assert!(check(&[("NHILINT_QUIET", "0")], &[]).1.contains("= why: "));
    assert!(check(&[("NHILINT_QUIET", "1")], &["--verbose"]).1.contains("= why: "), "one flag beats another");
    let (code, _, error) = check(&[("NHILINT_PRESET", "harsh")], &[]);
    assert_eq!(code, Some(2));
    assert!(
        error.contains("what the environment adds (NHILINT_PRESET)") && error.contains("'harsh'"),
        "{error}"
    );
}

#[test]
fn the_environment_writes_no_files_and_shows_nothing_in_help() {
    let (code, _, error) =
        check(&[("NHILINT_WRITE_BASELINE", "b.json"), ("NHILINT_FIX", "true")], &["--format", "json"]);
    assert_eq!((code, error.as_str()), (Some(1), "exit 1: 2 errors at or above --fail-on error\n"));
    let help = check(&[("NHILINT_BASELINE", "hunter2"), ("NHILINT_HELM_VALUES", "hunter2")], &["--help"]).1;
    assert!(help.contains("NHILINT_FAIL_ON=warning") && !help.contains("hunter2"), "{help}");
}

#[test]
fn shells_and_man_are_served() {
    let here = scratch(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, text, _) = run(here.path(), &["completions", shell]);
        assert_eq!(code, Some(0));
        assert!(text.contains("fail-on-unjudged"), "{shell}");
    }
    let (_, page, _) = run(here.path(), &["man"]);
    assert!(page.contains(".TH nhilint 1"), "{page}");
    assert_eq!(run(here.path(), &["man", "pages/man1"]).0, Some(0));
    let check =
        std::fs::read_to_string(here.path().join("pages/man1/nhilint-check.1")).expect("it was written");
    assert!(check.contains("fail\\-on"), "{check}");
    assert!(!here.path().join("pages/man1/nhilint-debug.1").exists(), "hidden commands have no page");
}

#[test]
fn one_line_says_where_the_project_is() {
    assert_eq!(env!("CARGO_PKG_HOMEPAGE"), env!("CARGO_PKG_REPOSITORY"));
    let book = std::fs::read_to_string("rules/README.md").expect("the rule book");
    for card in crate::bench::catalog().cards() {
        let (page, anchor) = (card.link(), card.anchor());
        assert!(page.starts_with(env!("CARGO_PKG_REPOSITORY")) && page.ends_with(&anchor), "{page}");
        assert!(page.contains("/rules/README.md#") && book.contains(&format!("(#{anchor})")), "{page}");
    }
}
