//! What all of this is for: a pull request adds a job with a secret in its environment, a token that never ends, and a
//! binding by a value of a chart. It is told what it does, takes over three suggestions, and is clean.

use std::path::Path;

use serde_json::Value;

use super::bench::Run;
use super::fake::Fake;
use crate::cli::{run, scratch};
use crate::helm_charts::programs;
use crate::stages::git;

const OWNED: &str = "annotations: {nhilint.dev/owner: team-shop}";

/// Bindings by values, and the role that they give.
const CHART: [(&str, &str); 4] = [
    ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
    ("chart/values.yaml", "# Who may do what.\nbindings: []\n"),
    (
        "chart/templates/bindings.yaml",
        "\
{{- range .Values.bindings }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}
metadata:
  name: {{ .account }}
  namespace: {{ $.Release.Namespace }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ .role }}}
subjects:
  - kind: ServiceAccount
    name: {{ .account }}
    namespace: {{ $.Release.Namespace }}
{{- end }}
",
    ),
    (
        "chart/templates/role.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: shop-jobs}\nrules:\n  - {apiGroups: [batch], resources: \
         [jobs], verbs: [get, delete]}\n",
    ),
];

const APPLICATION: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: default
  destination: {server: https://kubernetes.default.svc, namespace: shop}
  source: {repoURL: https://git.example/acme/shop.git, path: chart, targetRevision: main}
";

const VALUES: &str =
    "# Who may do what.\nbindings:\n  - account: export\n    role: shop-jobs\n    kind: ClusterRoleBinding\n";

const JOB: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: export, namespace: shop, OWNED}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: export, namespace: shop, OWNED}
spec:
  schedule: \"0 2 * * *\"
  jobTemplate:
    spec:
      activeDeadlineSeconds: 3600
      ttlSecondsAfterFinished: 600
      template:
        spec:
          serviceAccountName: export
          restartPolicy: Never
          containers:
            - name: export
              image: postgres:16
              env:
                - name: POSTGRES_PASSWORD
                  valueFrom:
                    secretKeyRef: {name: db, key: password}
---
apiVersion: v1
kind: Secret
metadata:
  name: export-token
  namespace: shop
  annotations: {kubernetes.io/service-account.name: export}
type: kubernetes.io/service-account-token
";

/// A command with JSON on standard output, and how it ended.
fn json(here: &Path, arguments: &[&str]) -> (Value, String, Option<i32>) {
    let (code, out, err) =
        run(here, &[arguments, &["--no-cache", "--format", "json", "--now", "2026-11-15"]].concat());
    (serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")), out, code)
}

fn new_findings(report: &Value) -> Vec<&Value> {
    let findings = report["findings"].as_array().expect("a list");
    findings.iter().filter(|finding| finding["suppressed"].is_null()).collect()
}

fn commit(here: &Path) {
    git(here, &["add", "-A"]);
    git(here, &["commit", "-q", "-m", "a"]);
}

/// The pull request as GitHub shows it: what each file changes, with three lines around it.
fn pull_request(here: &Path) -> Fake {
    let fake = Fake::start();
    let output = |arguments: &[&str]| {
        let output =
            std::process::Command::new("git").args(arguments).current_dir(here).output().expect("git");
        String::from_utf8(output.stdout).expect("text")
    };
    for name in output(&["diff", "--name-only", "main", "HEAD"]).lines() {
        let diff = output(&["diff", "-U3", "main", "HEAD", "--", name]);
        let patch = diff.find("@@").map(|at| diff[at..].trim_end_matches('\n').to_owned());
        fake.state().files.push((name.to_owned(), patch));
    }
    fake
}

/// Takes over every suggestion, from the bottom of each file up, as the button does.
fn take_over(here: &Path, fake: &Fake) -> usize {
    let mut comments = fake.state().comments.clone();
    comments.sort_by_key(|comment| std::cmp::Reverse(comment["line"].as_u64()));
    let mut taken = 0;
    for comment in comments {
        let body = comment["body"].as_str().expect("a text");
        let Some((_, rest)) = body.split_once("```suggestion\n") else { continue };
        let (new, _) = rest.split_once("```").expect("a fence that is closed");
        let path = here.join(comment["path"].as_str().expect("a path"));
        let text = std::fs::read_to_string(&path).expect("the file");
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let last = comment["line"].as_u64().expect("a line") as usize;
        let first = comment["start_line"].as_u64().map_or(last, |line| line as usize);
        let text = lines[..first - 1].concat() + new + &lines[last..].concat();
        std::fs::write(&path, text).expect("a file");
        taken += 1;
    }
    taken
}

#[test]
fn a_pull_request_is_told_what_it_does_and_mended_by_its_suggestions() {
    if programs().is_none() {
        return;
    }
    let job = JOB.replace("OWNED", OWNED);
    let directory = scratch(&[&CHART[..], &[("app.yaml", APPLICATION)]].concat());
    let here = directory.path();
    git(here, &["init", "-q", "-b", "main"]);
    commit(here);
    git(here, &["checkout", "-q", "-b", "change"]);
    std::fs::write(here.join("chart/values.yaml"), VALUES).expect("a file");
    std::fs::create_dir(here.join("jobs")).expect("a folder");
    std::fs::write(here.join("jobs/export.yaml"), &job).expect("a file");
    commit(here);

    let (changes, diff, code) = json(here, &["diff", "main", "HEAD"]);
    assert_eq!((&changes["verdict"], code), (&"increased".into(), Some(1)), "{changes:#}");
    let rows = changes["rows"].as_array().expect("a list");
    let row = |bucket: &str| rows.iter().find(|row| row["bucket"] == bucket).expect("a row");
    assert_eq!(
        (&row("identity")["identity"], &row("identity")["became"]),
        (&"shop/export".into(), &"added".into())
    );
    assert!(row("identity")["after"].as_str().is_some_and(|after| after.starts_with("T4, CronJob/export")));
    let cause = &row("privilege")["cause"];
    assert_eq!(
        (&cause["file"], &cause["line"]),
        (&"chart/values.yaml".into(), &4.into()),
        "the line of the values"
    );

    let (report, _, code) = json(here, &["check", ".", "--base", "main"]);
    let found = new_findings(&report);
    let rules: Vec<&str> = found.iter().map(|finding| finding["rule"].as_str().expect("an id")).collect();
    assert_eq!((rules.as_slice(), code), (&["NHI510", "NHI204", "NHI401"][..], Some(1)), "{found:#?}");
    let has_edits =
        |finding: &&Value| finding["fixes"][0]["edits"].as_array().is_some_and(|edits| !edits.is_empty());
    assert!(found.iter().all(has_edits), "{found:#?}");

    let fake = pull_request(here);
    let run = Run { diff: Some(&diff), report, ..Run::of(&[]) };
    assert_eq!(run.writes_on(&fake).len(), 2, "a review and a summary");
    assert!(fake.summary().contains("| ▲ | `shop/export` |"), "{}", fake.summary());
    assert_eq!(take_over(here, &fake), 3, "{:#?}", fake.bodies());
    let mended = std::fs::read_to_string(here.join("chart/values.yaml")).expect("a file");
    assert_eq!(mended, VALUES.replace("ClusterRoleBinding", "RoleBinding"));
    commit(here);
    let (report, _, code) = json(here, &["check", ".", "--base", "main"]);
    assert_eq!((new_findings(&report), code), (Vec::new(), Some(0)));

    git(here, &["branch", "-f", "main", "HEAD"]);
    git(here, &["mv", "jobs/export.yaml", "jobs/renamed.yaml"]);
    commit(here);
    let (changes, _, code) = json(here, &["diff", "main", "HEAD"]);
    assert_eq!(
        (&changes["rows"], &changes["verdict"], code),
        (&Value::Array(Vec::new()), &"equal".into(), Some(0))
    );
    let (report, _, _) = json(here, &["check", ".", "--base", "main"]);
    let fake = pull_request(here);
    assert_eq!(Run { report, ..Run::of(&[]) }.writes_on(&fake), [""; 0], "a rename alone");
}
