//! `nhilint diff`: what a change does to who can do what.

mod deltas;
mod hostile;
mod laws;
mod rules;

use std::path::Path;

use serde_json::Value;

use crate::cli::{run, scratch};
use crate::stages::git;

/// A repository whose branch `main` has some files, with a branch of its own checked out.
pub(super) fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = scratch(files);
    let here = directory.path();
    git(here, &["init", "-q", "-b", "main"]);
    commit(here);
    git(here, &["checkout", "-q", "-b", "change"]);
    directory
}

pub(super) fn commit(here: &Path) {
    git(here, &["add", "-A"]);
    git(here, &["commit", "-q", "-m", "a", "--allow-empty"]);
}

pub(super) fn write(here: &Path, name: &str, text: &str) {
    let path = here.join(name);
    std::fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

/// A diff of the working tree as JSON that the published schema accepts, and the exit code.
pub(super) fn diff_with(here: &Path, arguments: &[&str]) -> (Value, Option<i32>) {
    let all =
        [&["diff", "main", "--no-cache", "--format", "json", "--now", "2026-03-01"], arguments].concat();
    let (code, out, err) = run(here, &all);
    let diff: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    let (_, schema, _) = run(here, &["schema", "diff"]);
    let schema = serde_json::from_str(&schema).expect("JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("the schema is a schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<String> =
        validator.iter_errors(&diff).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:?}\n{diff:#}");
    (diff, code)
}

pub(super) fn diff(here: &Path) -> Value {
    diff_with(here, &[]).0
}

/// The rows in one line each: `rises privilege shop/export tier: T3 -> T0 @ a.yaml:3`.
pub(super) fn rows(diff: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let row = |row: &Value| {
        let cause = match &row["cause"] {
            Value::Null => "nowhere".to_owned(),
            cause if cause["revision"] == "base" => {
                format!("{}:{} before", text(&cause["file"]), cause["line"])
            }
            cause => format!("{}:{}", text(&cause["file"]), cause["line"]),
        };
        let words = ["direction", "bucket", "identity", "what"].map(|key| text(&row[key])).join(" ");
        format!("{words}: {} -> {} @ {cause}", text(&row["before"]), text(&row["after"]))
    };
    diff["rows"].as_array().expect("a list").iter().map(row).collect()
}

pub(super) const ACCOUNT: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: export\n  namespace: shop\n  annotations: {nhilint.dev/owner: \
                       team-a}\nautomountServiceAccountToken: false\n";

pub(super) const JOB: &str = "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: export, namespace: shop}
spec:
  schedule: \"0 2 * * *\"
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: export
          containers:
            - name: export
              image: registry.example/export:1
";

/// A binding of the account to a role.
pub(super) fn binding(role: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: export, namespace: shop}}\nroleRef:\n  apiGroup: \
         rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: {role}\nsubjects: [{{kind: ServiceAccount, name: export, namespace: shop}}]\n"
    )
}
