//! The inventory for people, spreadsheets and browsers.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{run, scratch};

const HOSTILE: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: \"</script><script>alert(1)</script>\"
  namespace: shop-prod
  annotations: {nhilint.dev/owner: \"=HYPERLINK(1)\", nhilint.dev/purpose: \"a, \\\"b\\\"\\r\\n@c|d\"}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: deployer, namespace: ci}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: deployer}
subjects: [{kind: ServiceAccount, name: deployer, namespace: ci}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
";

fn inventory(here: &Path, arguments: &[&str]) -> String {
    let all = ["inventory", ".", "--no-cache", "--now", "2026-11-30", "--repository", "shop"];
    let (code, out, err) = run(here, &[&all[..], arguments].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    out
}

#[test]
fn a_table_shows_the_strongest_first_and_fits() {
    let directory = scratch(&[("a.yaml", HOSTILE)]);
    let out = inventory(directory.path(), &[]);
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("REACHES  IDENTITY"), "{out}");
    assert!(lines[1].starts_with("T0       ci/deployer") && lines[1].contains("nobody"), "{out}");
    assert!(lines[2].contains("shop-prod/</script>") && lines[2].contains("=HYPERLINK(1)"), "{out}");
    assert_eq!(lines[3], "2 identities: T0 1, T4 1; 1 without owner");
    let narrow = std::process::Command::new(env!("CARGO_BIN_EXE_nhilint"))
        .args(["inventory", ".", "--no-cache"])
        .env("COLUMNS", "60")
        .current_dir(directory.path())
        .output()
        .expect("the program runs");
    let narrow = String::from_utf8(narrow.stdout).expect("text");
    assert!(narrow.lines().all(|line| line.chars().count() <= 60) && narrow.contains('~'), "{narrow}");
}

#[test]
fn a_spreadsheet_gets_text_and_no_formula() {
    let directory = scratch(&[("a.yaml", HOSTILE)]);
    let out = inventory(directory.path(), &["--format", "csv"]);
    assert!(out.lines().count() == 3 && out.matches("\r\n").count() == 3, "a record is one line: {out}");
    assert!(out.starts_with("repository,id,cluster,namespace,name,origin,"), "{out}");
    assert!(out.contains(",\"'=HYPERLINK(1)\","), "{out}");
    assert!(out.contains("\"a, \"\"b\"\"") && out.contains("T0,T0,certain,"), "{out}");
}

#[test]
fn markdown_shows_names_and_obeys_none() {
    let directory = scratch(&[("a.yaml", HOSTILE)]);
    let out = inventory(directory.path(), &["--format", "markdown"]);
    assert!(
        out.starts_with("## Non-human identities\n\n2 identities: T0 1, T4 1; 1 without owner\n"),
        "{out}"
    );
    assert!(out.contains("| `ci/deployer` | T0 | nobody |"), "{out}");
    assert!(out.contains("| `shop-prod/</script><script>alert(1)</script>` |"), "{out}");
}

#[test]
fn a_page_holds_the_records_and_loads_nothing() {
    let directory = scratch(&[("a.yaml", HOSTILE)]);
    let here = directory.path();
    let lines = inventory(
        here,
        &["--format", "jsonl", "--output", "a.html", "--output", "csv=a.txt", "--output", "a.md"],
    );
    let page = fs::read_to_string(here.join("a.html")).expect("it was written");
    let (_, rest) = page.split_once("id=\"data\">").expect("the data");
    let (data, _) = rest.split_once("</script>").expect("it ends");
    let held: Vec<Value> = serde_json::from_str(data).expect("JSON");
    let records: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(held, records);
    assert!(page.contains("default-src 'none'") && !page.contains("://"), "it loads nothing");
    assert!(fs::read_to_string(here.join("a.txt")).expect("it was written").starts_with("repository,id,"));
    assert!(fs::read_to_string(here.join("a.md")).expect("it was written").starts_with("## "));
    let (code, _, err) = run(here, &["inventory", ".", "--output", "a.xyz"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("no format is known by this name; write `--output FORMAT=a.xyz`"), "{err}");
}

#[test]
fn no_surface_shows_a_secret() {
    let directory = scratch(&[(
        "a.yaml",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: b, annotations: {nhilint.dev/purpose: \
         \"postgres://app:n0tF0rY0u2See@db.example/x\"}}\n",
    )]);
    for format in ["text", "jsonl", "csv", "markdown", "html"] {
        let out = inventory(directory.path(), &["--format", format]);
        assert!(!out.contains("n0tF0rY0u2See"), "{format}: {out}");
    }
}

#[test]
fn the_job_that_makes_inventories_is_clean_itself() {
    let (code, out, err) = run(
        Path::new(env!("CARGO_MANIFEST_DIR")),
        &["check", "docs/kubernetes", "--preset", "strict", "--no-config", "--no-cache", "--fail-on", "info"],
    );
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.starts_with("no findings in 4 objects"), "{out}");
}
