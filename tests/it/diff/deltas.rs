//! Each kind of change, with before and after and the line that causes it.

use super::{ACCOUNT, JOB, binding, commit, diff, diff_with, repository, rows, write};
use crate::stages::git;

#[test]
fn a_binding_elsewhere_raises_an_identity_whose_own_files_did_not_change() {
    let directory =
        repository(&[("account.yaml", ACCOUNT), ("job.yaml", JOB), ("rights/export.yaml", &binding("view"))]);
    let here = directory.path();
    write(here, "rights/export.yaml", &binding("edit"));
    let (diff, code) = diff_with(here, &[]);
    assert_eq!((&diff["verdict"], code), (&"increased".into(), Some(1)), "{diff:#}");
    let rows = rows(&diff);
    let tier = rows.iter().find(|row| row.starts_with("rises privilege shop/export tier:")).expect("a row");
    assert!(tier.ends_with("@ rights/export.yaml:7"), "{rows:#?}");
    let row =
        diff["rows"].as_array().expect("a list").iter().find(|row| row["what"] == "tier").expect("a row");
    assert_eq!(row["elsewhere"], true);
    assert!(!row["path"].as_array().expect("a list").is_empty(), "{row:#}");
    assert!(row["rules"].as_array().expect("a list").iter().any(|rule| rule == "NHI513"), "{row:#}");
    // The other way round.
    commit(here);
    git(here, &["branch", "-f", "main"]);
    write(here, "rights/export.yaml", &binding("view"));
    let (diff, code) = diff_with(here, &[]);
    assert_eq!((&diff["verdict"], code), (&"decreased".into(), Some(0)), "{diff:#}");
}

#[test]
fn a_new_identity_is_named_with_its_tier_its_way_and_its_secret() {
    let directory = repository(&[("account.yaml", ACCOUNT)]);
    let here = directory.path();
    let job = JOB.replace("export", "purge")
        + "              env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: p}}}]\n";
    write(here, "purge.yaml", &job);
    let right = binding("cluster-admin")
        .replace("name: export", "name: purge")
        .replace("RoleBinding", "ClusterRoleBinding");
    write(here, "right.yaml", &right);
    let diff = diff(here);
    let rows = rows(&diff);
    assert_eq!(diff["verdict"], "increased");
    assert_eq!(diff["identities"], serde_json::json!([1, 2]));
    assert_eq!(
        rows[0], "rises identity shop/purge identity: - -> T0, CronJob/purge @ right.yaml:7",
        "{rows:#?}"
    );
    let secret = "rises secret shop/purge secret: - -> `db` (p) by env @ purge.yaml:14";
    assert!(rows.iter().any(|row| row == secret), "{rows:#?}");
}

#[test]
fn credentials_secrets_clouds_owners_and_images_are_told_apart() {
    let directory =
        repository(&[("account.yaml", ACCOUNT), ("job.yaml", JOB), ("right.yaml", &binding("view"))]);
    let here = directory.path();
    let cases: [(&str, &str, String, &[&str]); 6] = [
        (
            "token.yaml",
            "credential",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: t, namespace: shop, annotations: {kubernetes.io/service-account.name: \
             export}}\ntype: kubernetes.io/service-account-token\n"
                .to_owned(),
            &["rises credential shop/export static-token: - -> token in Secret `t`, does not end @ token.yaml:3"],
        ),
        (
            "job.yaml",
            "secret",
            JOB.to_owned() + "              envFrom: [{secretRef: {name: db}}]\n",
            &["rises secret shop/export secret: - -> `db` by envFrom @ job.yaml:14"],
        ),
        (
            "account.yaml",
            "cloud",
            ACCOUNT.replace("{nhilint", "{eks.amazonaws.com/role-arn: \"arn:aws:iam::123456789012:role/a\", nhilint"),
            &["rises cloud shop/export cloud identity: - -> `arn:aws:iam::123456789012:role/a` in AWS @ account.yaml:6"],
        ),
        (
            "account.yaml",
            "accountability",
            ACCOUNT.replace("  annotations: {nhilint.dev/owner: team-a}\n", ""),
            &["rises accountability shop/export owner: team-a -> - @ account.yaml:6 before"],
        ),
        (
            "account.yaml",
            "credential",
            ACCOUNT.replace("automountServiceAccountToken: false\n", ""),
            &["rises credential shop/export token: no pod of it holds its token -> its pods hold its token @ account.yaml:7 before"],
        ),
        (
            "job.yaml",
            "exposure",
            JOB.replace("registry.example/export:1", "elsewhere.example/export:1"),
            &["same exposure shop/export image: `registry.example/export` by tag -> `elsewhere.example/export` by tag @ job.yaml:13"],
        ),
    ];
    for (file, bucket, text, expected) in cases {
        write(here, file, &text);
        let all = rows(&diff(here));
        let found: Vec<&String> = all.iter().filter(|row| row.split(' ').nth(1) == Some(bucket)).collect();
        assert_eq!(found, expected, "{all:#?}");
        git(here, &["checkout", "-q", "."]);
        git(here, &["clean", "-fdq"]);
    }
}

#[test]
fn exceptions_are_added_extended_and_removed() {
    let exception = |until: &str| {
        format!(
            "apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitems:\n- id: EX-1\n  rules: [NHI513]\n  match: {{kind: CronJob, name: export, \
             namespace: shop}}\n  reason: the vendor's image reads no file\n  owner: team-x\n  created: 2026-02-20\n  until: {until}\n"
        )
    };
    let directory = repository(&[("job.yaml", JOB), (".nhi/exceptions.yaml", &exception("2026-04-01"))]);
    let here = directory.path();
    write(here, ".nhi/exceptions.yaml", &exception("2026-05-01"));
    let diff = diff(here);
    let all = rows(&diff);
    assert_eq!(all.len(), 2, "{all:#?}");
    assert!(
        all[0].starts_with("rises exception ") && all[0].ends_with("@ .nhi/exceptions.yaml:10"),
        "{all:#?}"
    );
    assert!(all[0].contains("until 2026-04-01") && all[0].contains("until 2026-05-01"), "{all:#?}");
    assert!(all[1].starts_with("same policy .nhi/exceptions.yaml exceptions:"), "{all:#?}");
}

#[test]
fn a_policy_that_changes_is_a_row_and_does_not_judge_its_own_change() {
    let directory = repository(&[("account.yaml", ACCOUNT), ("right.yaml", &binding("view"))]);
    let here = directory.path();
    write(here, ".nhilint.yaml", "preset: audit\n");
    write(here, "right.yaml", &binding("cluster-admin"));
    let (diff, code) = diff_with(here, &[]);
    let all = rows(&diff);
    assert!(
        all.iter().any(|row| row == "same policy .nhilint.yaml settings: - -> settings @ .nhilint.yaml:1"),
        "{all:#?}"
    );
    let severities = diff["newFindings"].as_array().expect("a list").iter();
    assert!(severities.clone().any(|one| one["severity"] == "error"), "{diff:#}");
    assert_eq!(code, Some(1));
}

#[test]
fn what_is_not_known_is_never_equal() {
    let directory = repository(&[("account.yaml", ACCOUNT), ("job.yaml", JOB)]);
    let here = directory.path();
    write(here, "right.yaml", &binding("of-somebody-else"));
    let (diff, code) = diff_with(here, &[]);
    assert_eq!((&diff["verdict"], code), (&"unknown".into(), Some(1)), "{diff:#}");
    let all = rows(&diff);
    let role = "unknown unknown shop/export roles not in the input: - -> ClusterRole `of-somebody-else` @ right.yaml:7";
    assert!(all.iter().any(|row| row == role), "{all:#?}");
    assert_eq!(diff_with(here, &["--fail-on", "never"]).1, Some(0));
    // What cannot be read any more is not known either.
    std::fs::remove_file(here.join("right.yaml")).expect("it was there");
    write(here, "broken.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a\n");
    let (diff, _) = diff_with(here, &[]);
    assert_eq!(diff["verdict"], "unknown", "{diff:#}");
}

#[test]
fn revisions_that_are_not_there_are_named_with_what_to_do() {
    let directory = repository(&[("account.yaml", ACCOUNT)]);
    let here = directory.path();
    let said = |here: &std::path::Path, arguments: &[&str]| crate::cli::run(here, arguments);
    let (code, _, err) = said(here, &["diff", "origin/main"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("there is no revision `origin/main` here: fetch it first"), "{err}");
    let (code, _, err) = said(here, &["diff", "main", "nowhere"]);
    assert!(code == Some(2) && err.contains("no revision `nowhere`"), "{err}");
    write(here, "b.yaml", &binding("view"));
    commit(here);
    git(here, &["checkout", "-q", "main"]);
    commit(here);
    let clone = tempfile::tempdir().expect("a scratch directory");
    let from = format!("file://{}", here.display());
    git(clone.path(), &["clone", "-q", "--depth", "1", "--no-single-branch", "-b", "change", &from, "."]);
    let (code, _, err) = said(clone.path(), &["diff", "origin/main"]);
    assert!(code == Some(2) && err.contains("the clone is shallow: run `git fetch --unshallow`"), "{err}");
    // Of two revisions neither needs to be checked out.
    let (code, out, err) = said(here, &["diff", "main", "change", "--no-cache"]);
    assert!(code == Some(1) && out.contains("shop/export"), "{out}{err}");
}
