//! `--base`: only what a change brings.

use std::path::Path;

use serde_json::Value;

use crate::cli::{run, scratch};
use crate::stages::git;

const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: NAME, namespace: shop}\nspec: {template: {spec: {containers: \
                   [{name: a, image: registry.example/a:1}]}}}\n";

fn job(name: &str) -> String {
    JOB.replace("NAME", name)
}

fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "a", "--allow-empty"]);
}

/// A repository with two jobs on the branch `main`, and a branch of its own checked out.
fn repository() -> tempfile::TempDir {
    let directory = scratch(&[("a.yaml", &job("a")), ("b.yaml", &job("b"))]);
    let here = directory.path();
    git(here, &["init", "-q", "-b", "main"]);
    commit(here);
    git(here, &["checkout", "-q", "-b", "change"]);
    directory
}

/// The exit code, the names of objects with new findings of NHI101, and how many were there before.
fn checked(here: &Path) -> (Option<i32>, Vec<String>, u64) {
    let arguments = ["check", ".", "--base", "main", "--no-cache", "--select", "NHI101", "--format", "json"];
    let (code, out, err) = run(here, &arguments);
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    let findings = report["findings"].as_array().expect("a list").iter();
    let new = findings.filter(|finding| finding["suppressed"].is_null());
    let shown = new.map(|finding| {
        let on = if finding["onChangedLine"] == Value::Bool(true) { "" } else { " elsewhere" };
        format!("{}{on}", finding["object"]["name"].as_str().unwrap_or_default())
    });
    (code, shown.collect(), report["summary"]["suppressed"].as_u64().expect("a count"))
}

#[test]
fn what_a_change_brings_is_reported_and_the_rest_is_counted() {
    let directory = repository();
    let here = directory.path();
    assert_eq!(checked(here), (Some(0), vec![], 2), "nothing is new");
    std::fs::write(here.join("c.yaml"), job("c")).expect("a file");
    assert_eq!(checked(here), (Some(1), vec!["c".to_owned()], 2), "what is not committed counts");
    commit(here);
    assert_eq!(checked(here), (Some(1), vec!["c".to_owned()], 2));
    let (_, out, _) = run(here, &["check", ".", "--base", "main", "--no-cache", "--select", "NHI101"]);
    assert!(out.contains("2 there before the change"), "{out}");
}

#[test]
fn a_move_a_rename_and_a_reformat_bring_nothing() {
    let directory = repository();
    let here = directory.path();
    std::fs::create_dir(here.join("jobs")).expect("a folder");
    std::fs::rename(here.join("a.yaml"), here.join("jobs/renamed.yaml")).expect("it moves");
    let text = "# a comment\n\napiVersion: batch/v1\nkind: Job\nmetadata:\n  namespace: shop\n  name: b\nspec:\n  template:\n    \
                spec:\n      containers:\n        - {image: registry.example/a:1, name: a}\n";
    std::fs::write(here.join("b.yaml"), text).expect("a file");
    commit(here);
    assert_eq!(checked(here), (Some(0), vec![], 2));
}

#[test]
fn what_breaks_elsewhere_is_new_and_stands_on_no_changed_line() {
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n";
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {template: {spec: \
               {serviceAccountName: web, containers: [{name: a, image: registry.example/a:1}]}}}\n";
    let directory = scratch(&[("account.yaml", account), ("web.yaml", web)]);
    let here = directory.path();
    git(here, &["init", "-q", "-b", "main"]);
    commit(here);
    std::fs::remove_file(here.join("account.yaml")).expect("it was there");
    let arguments = [
        "check",
        ".",
        "--base",
        "main",
        "--no-cache",
        "--select",
        "NHI103",
        "--fail-on",
        "info",
        "--format",
        "json",
    ];
    let (code, out, _) = run(here, &arguments);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("\"onChangedLine\": false"), "{out}");
}

#[test]
fn a_base_that_is_not_there_is_named_with_what_to_do() {
    let directory = repository();
    let (code, _, err) = run(directory.path(), &["check", ".", "--base", "origin/main"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("there is no revision `origin/main` here: fetch it first"), "{err}");
    let plain = scratch(&[("a.yaml", &job("a"))]);
    let (code, _, err) = run(plain.path(), &["check", ".", "--base", "main"]);
    assert_eq!(code, Some(2), "{err}");
    // A clone of one commit knows nothing of where the change began.
    let here = directory.path();
    std::fs::write(here.join("c.yaml"), job("c")).expect("a file");
    commit(here);
    git(here, &["checkout", "-q", "main"]);
    commit(here);
    let clone = tempfile::tempdir().expect("a scratch directory");
    let from = format!("file://{}", here.display());
    git(clone.path(), &["clone", "-q", "--depth", "1", "--no-single-branch", "-b", "change", &from, "."]);
    let (code, _, err) = run(clone.path(), &["check", ".", "--base", "origin/main"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("the clone is shallow: run `git fetch --unshallow`"), "{err}");
}

/// What is said of the gate itself.
fn policy(here: &Path, arguments: &[&str]) -> Vec<String> {
    let all = ["check", ".", "--base", "main", "--no-cache", "--format", "json", "--fail-on", "never"];
    let (code, out, err) = run(here, &[&all[..], arguments].concat());
    assert_eq!(code, Some(0), "{out}{err}");
    let report: Value = serde_json::from_str(&out).expect("JSON");
    let findings = report["findings"].as_array().expect("a list").iter();
    let said =
        findings.filter(|finding| finding["form"] == "policy-changed" && finding["suppressed"].is_null());
    let shown = said.map(|finding| {
        let (place, text) = (&finding["location"], finding["message"].as_str().unwrap_or_default());
        format!("{}:{} {text}", place["file"].as_str().unwrap_or_default(), place["line"])
    });
    shown.collect()
}

#[test]
fn a_change_that_changes_its_own_judge_says_so() {
    let directory = repository();
    let here = directory.path();
    assert_eq!(policy(here, &[]), Vec::<String>::new());
    let settings = "preset: recommended\nrules:\n  NHI904: off\nexclude: [{path: \"*\", reason: hide all}]\n";
    std::fs::write(here.join(".nhilint.yaml"), settings).expect("a file");
    assert_eq!(policy(here, &[]), [".nhilint.yaml:1 the settings of nhilint are added by this change"]);
    commit(here);
    git(here, &["branch", "-f", "main"]);
    assert_eq!(policy(here, &[]), Vec::<String>::new(), "it is as it was");
    std::fs::write(here.join(".nhilint.yaml"), settings.replace("off", "error")).expect("a file");
    let exceptions = "apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitems: []\n";
    std::fs::create_dir(here.join(".nhi")).expect("a folder");
    std::fs::write(here.join(".nhi/exceptions.yaml"), exceptions).expect("a file");
    let both = [
        ".nhi/exceptions.yaml:1 the exceptions of nhilint are added by this change",
        ".nhilint.yaml:3 the settings of nhilint are changed by this change",
    ];
    assert_eq!(policy(here, &[]), both);
    let rule = "id: ACME001\nname: a\nfinds: a\nlooks-at: object\ncel: \"true\"\nwhy: a\ndo: a\n";
    std::fs::create_dir(here.join("policies")).expect("a folder");
    std::fs::write(here.join("policies/a.yaml"), rule).expect("a file");
    let three = [both[0], both[1], "policies/a.yaml:1 the rules of nhilint are added by this change"];
    assert_eq!(policy(here, &["--rules", "policies"]), three);
    std::fs::remove_dir_all(here.join("policies")).expect("it was there");
    std::fs::remove_file(here.join(".nhilint.yaml")).expect("it was there");
    let removed = [both[0], ".nhilint.yaml:1 the settings of nhilint are removed by this change"];
    assert_eq!(policy(here, &[]), removed);
    let (_, out, _) = run(here, &["check", ".", "--base", "main", "--no-cache"]);
    assert!(out.contains("the settings of nhilint are removed by this change"), "{out}");
}

/// The rules and forms of what is new.
fn new(here: &Path, rules: &str) -> Vec<String> {
    let arguments = ["check", ".", "--base", "main", "--no-cache", "--select", rules, "--format", "json"];
    let (_, out, err) = run(here, &[&arguments[..], &["--now", "2026-11-15"]].concat());
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    let findings = report["findings"].as_array().expect("a list").iter();
    let new = findings.filter(|finding| finding["suppressed"].is_null());
    new.map(|one| {
        format!("{} {}", one["rule"].as_str().unwrap_or_default(), one["form"].as_str().unwrap_or_default())
    })
    .collect()
}

#[test]
fn an_exception_beside_what_it_is_for_is_a_change_of_the_gate() {
    let directory = repository();
    let here = directory.path();
    let excepted = job("a").replace(
        "metadata: {",
        "metadata: {annotations: {nhilint.dev/except.NHI101: \"owner team-x; until 2026-12-10; approver security; the image needs it\"}, ",
    );
    std::fs::write(here.join("a.yaml"), &excepted).expect("a file");
    assert_eq!(new(here, "NHI101,NHI902"), ["NHI904 policy-changed"]);
    commit(here);
    git(here, &["branch", "-f", "main"]);
    assert_eq!(new(here, "NHI101,NHI902"), Vec::<String>::new(), "it was there before");
    git(here, &["mv", "a.yaml", "moved.yaml"]);
    assert_eq!(new(here, "NHI101,NHI902"), Vec::<String>::new(), "and only moved");
}

#[test]
fn a_worse_fact_under_an_old_fingerprint_is_new() {
    let pod = |password: &str, seconds: u32| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: shop}}\nspec:\n  serviceAccountName: a\n  \
             containers: [{{name: a, image: \"registry.example/a:1\", env: [{{name: DB_PASSWORD, value: {password}}}]}}]\n  \
             volumes: [{{name: t, projected: {{sources: [{{serviceAccountToken: {{path: t, audience: vault, expirationSeconds: {seconds}}}}}]}}}}]\n"
        )
    };
    let directory = repository();
    let here = directory.path();
    let rules = "NHI201,NHI402";
    std::fs::write(here.join("pod.yaml"), pod("k9Xw2Lq7vB", 90_000)).expect("a file");
    commit(here);
    git(here, &["branch", "-f", "main"]);
    assert_eq!(new(here, rules), Vec::<String>::new());
    std::fs::write(here.join("pod.yaml"), pod("\"k9Xw2Lq7vB\"", 90_000)).expect("a file");
    assert_eq!(new(here, rules), Vec::<String>::new(), "the same in quotes");
    std::fs::write(here.join("pod.yaml"), pod("Tq4zLm8vRw", 90_000)).expect("a file");
    assert_eq!(new(here, rules), ["NHI201 named"], "another password");
    std::fs::write(here.join("pod.yaml"), pod("k9Xw2Lq7vB", 31_536_000)).expect("a file");
    assert_eq!(new(here, rules).len(), 1, "it lives for a year now");
}

#[test]
fn an_identity_with_another_name_brings_nothing_and_hides_nothing() {
    let files = |name: &str, secret: &str, role: &str| {
        format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, namespace: shop}}\n---\n\
             apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  schedule: '0 2 * * *'\n  jobTemplate:\n    \
             spec:\n      template:\n        spec:\n          serviceAccountName: {name}\n          containers:\n            - name: a\n              \
             image: registry.example/a:1\n              env: [{{name: DB_PASSWORD, valueFrom: {{secretKeyRef: {{name: {secret}, key: password}}}}}}]\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {name}}}\nroleRef: {{apiGroup: \
             rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}\nsubjects: [{{kind: ServiceAccount, name: {name}, namespace: shop}}]\n"
        )
    };
    let directory = scratch(&[("a.yaml", &files("export", "db", "cluster-admin"))]);
    let here = directory.path();
    git(here, &["init", "-q", "-b", "main"]);
    commit(here);
    let rules = "NHI204,NHI301,NHI501,NHI513";
    for (name, secret, brought) in [("report", "db", vec![]), ("report", "bank", vec!["NHI513 secret"])] {
        std::fs::write(here.join("a.yaml"), files(name, secret, "cluster-admin")).expect("a file");
        assert_eq!(new(here, rules), brought, "{name} {secret}");
    }
    std::fs::write(here.join("b.yaml"), files("second", "db", "cluster-admin")).expect("a file");
    assert!(new(here, rules).len() >= 4, "a copy is no rename: {:?}", new(here, rules));
}
