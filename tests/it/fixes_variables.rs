//! The fix that mounts a Secret and lets a variable name its file, in pods that already use the names it would take.

use std::path::Path;

use crate::cli::{run, scratch};

const ENV: &str = "            - name: POSTGRES_PASSWORD # of the shop
              valueFrom: {secretKeyRef: {name: pg, key: password}} # from pg
";

/// A job with more in its pod, behind the variable, and in its container.
fn job(pod: &str, env: &str, container: &str) -> String {
    format!(
        "apiVersion: batch/v1
kind: Job
metadata:
  name: purge
  namespace: shop
spec:
  template:
    spec:
      serviceAccountName: purge
{pod}      containers:
        - name: db
          image: postgres:16
          env:
{ENV}{env}{container}"
    )
}

fn fixed(folder: &Path) -> (String, String) {
    let select = ["check", "a.yaml", "--select", "NHI204", "--fail-on=never"];
    let (_, report, errors) = run(folder, &[&select[..], &["--fix", "--unsafe-fixes", "--verbose"]].concat());
    let text = std::fs::read_to_string(folder.join("a.yaml")).expect("a file");
    (text, report + &errors)
}

fn changed(text: &str) -> String {
    let folder = scratch(&[("a.yaml", text)]);
    let (after, report) = fixed(folder.path());
    assert_ne!(after, text, "{report}");
    after
}

#[test]
fn a_comment_behind_a_name_stays() {
    let after = changed(&job("", "", ""));
    let env = "            - name: POSTGRES_PASSWORD_FILE # of the shop
              value: /run/secrets/pg/password # from pg
";
    assert!(after.contains(env), "{after}");
    // Windows' line breaks.
    let after = changed(&job("", "", "").replace('\n', "\r\n"));
    assert!(after.contains(&env.replace('\n', "\r\n")), "{after}");
}
