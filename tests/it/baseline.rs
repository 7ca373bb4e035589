//! The baseline: what it accepts, how it is kept, and what it never accepts.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cli::scratch;
use crate::exceptions::{JOB, told};
use crate::rendering::{check, run};

const FILE: &str = ".nhi/baseline.yaml";

/// The job under another name.
fn job(name: &str) -> String {
    JOB.replace("name: export\n  namespace", &format!("name: {name}\n  namespace"))
}

/// Three jobs with a flaw each, one of them through a kustomization, in a repository.
fn repository() -> tempfile::TempDir {
    let here = scratch(&[
        ("apps/export.yaml", JOB),
        ("apps/import.yaml", &job("import")),
        ("base/kustomization.yaml", "resources: [job.yaml]\n"),
        ("base/job.yaml", &job("purge").replace("  namespace: shop\n", "")),
        ("prod/kustomization.yaml", "namespace: shop-prod\nresources: [../base]\n"),
    ]);
    std::fs::create_dir(here.path().join(".git")).expect("a folder");
    here
}

const SELECT: [&str; 2] = ["--select", "NHI204,NHI905"];

fn record(here: &Path, day: &str, paths: &[&str]) -> String {
    let arguments = [&["check"], paths, &["--write-baseline", FILE, "--now", day], &SELECT].concat();
    let (code, out, errors) = run(here, "", &arguments);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{errors}");
    errors
}

fn checked(here: &Path) -> Value {
    check(here, "", &[&[".", "--baseline", FILE], &SELECT[..]].concat())
}

fn text(here: &Path) -> String {
    std::fs::read_to_string(here.join(FILE)).expect("a baseline")
}

fn counted(report: &Value) -> Vec<String> {
    told(report)
        .into_iter()
        .zip(report["findings"].as_array().expect("a list"))
        .filter(|(_, finding)| finding["suppressed"].is_null())
        .map(|(line, _)| line)
        .collect()
}

#[test]
fn it_is_readable_and_the_gate_is_green() {
    let here = repository();
    assert_eq!(
        record(here.path(), "2026-10-01", &["."]),
        format!("3 findings in `{FILE}`: 3 new, 0 kept, 0 dropped\n")
    );
    let lines: Vec<String> = text(here.path()).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 2 + 2 + 3, "{lines:?}");
    let first = "- {\"rule\": \"NHI204\", \"form\": \"key\", \"object\": \"CronJob shop-prod/purge\", \"field\": \"/spec/jobTemplate/spec/template/spec/containers[name=export]/env[name=DB_PASSWORD]/valueFrom/secretKeyRef\", \"file\": \"base/job.yaml\", \"message\": \"`DB_PASSWORD` is a secret in the environment\", \"since\": \"2026-10-01\", \"fingerprint\": ";
    assert!(lines[4].starts_with(first), "{}", lines[4]);
    let report = checked(here.path());
    assert_eq!(counted(&report), Vec::<String>::new());
    assert_eq!(
        (&report["baseline"]["accepted"], &report["baseline"]["gone"]),
        (&Value::from(3), &Value::Array(Vec::new()))
    );
    let accepted = run(here.path(), "", &[&["check", ".", "--baseline", FILE], &SELECT[..]].concat());
    assert_eq!(accepted.0, Some(0));
    assert!(accepted.1.contains("3 in the baseline"), "{accepted:?}");
}

#[test]
fn a_new_flaw_is_shown_and_a_moved_one_is_not() {
    let here = repository();
    record(here.path(), "2026-10-01", &["."]);
    std::fs::write(here.path().join("apps/new.yaml"), job("new")).expect("a file");
    assert_eq!(counted(&checked(here.path())), ["NHI204 error key apps/new.yaml:19"]);
    std::fs::remove_file(here.path().join("apps/new.yaml")).expect("it was there");
    // Other lines, another file, another order of documents, another folder of a base.
    std::fs::write(here.path().join("apps/import.yaml"), format!("# moved\n{}---\n{JOB}", job("import")))
        .expect("a file");
    std::fs::remove_file(here.path().join("apps/export.yaml")).expect("it was there");
    std::fs::rename(here.path().join("apps"), here.path().join("jobs")).expect("a folder");
    std::fs::rename(here.path().join("base"), here.path().join("common")).expect("a folder");
    std::fs::write(
        here.path().join("prod/kustomization.yaml"),
        "namespace: shop-prod\nresources: [../common]\n",
    )
    .expect("a file");
    let report = checked(here.path());
    assert_eq!(counted(&report), Vec::<String>::new());
    assert_eq!(report["baseline"]["gone"], Value::Array(Vec::new()));
}

#[test]
fn a_mended_flaw_is_one_entry_less() {
    let here = repository();
    record(here.path(), "2026-10-01", &["."]);
    let before = text(here.path());
    let mended = JOB.split("              env:\n").next().expect("the beginning");
    std::fs::write(here.path().join("apps/export.yaml"), mended).expect("a file");
    let report = checked(here.path());
    let gone = report["baseline"]["gone"].as_array().expect("a list");
    assert_eq!(gone.len(), 1);
    assert_eq!(
        (&gone[0]["object"], &gone[0]["file"]),
        (&Value::from("CronJob shop/export"), &Value::from("apps/export.yaml"))
    );
    let told = run(here.path(), "", &[&["check", ".", "--baseline", FILE], &SELECT[..]].concat());
    assert!(
        told.1.contains("2 in the baseline, 1 entry of the baseline gone (--write-baseline drops them)"),
        "{told:?}"
    );
    std::fs::write(here.path().join("apps/zero.yaml"), job("zero")).expect("a file");
    let said = record(here.path(), "2026-11-01", &["."]);
    assert_eq!(said, format!("3 findings in `{FILE}`: 1 new, 2 kept, 1 dropped\n"));
    std::fs::remove_file(here.path().join("apps/zero.yaml")).expect("it was there");
    assert_eq!(
        record(here.path(), "2026-11-02", &["."]),
        format!("2 findings in `{FILE}`: 0 new, 2 kept, 1 dropped\n")
    );
    let after = text(here.path());
    let removed: Vec<&str> = before.lines().filter(|line| !after.contains(line)).collect();
    assert_eq!(removed.len(), 1, "one line goes, and no other changes: {removed:?}");
    assert!(removed[0].contains("CronJob shop/export") && after.lines().all(|line| before.contains(line)));
}

#[test]
fn what_a_run_does_not_look_at_stays() {
    let here = repository();
    record(here.path(), "2026-10-01", &["."]);
    let before = text(here.path());
    assert_eq!(
        record(here.path(), "2026-11-01", &["apps"]),
        format!("3 findings in `{FILE}`: 0 new, 3 kept, 0 dropped\n")
    );
    assert_eq!(text(here.path()), before);
    // What cannot be rendered any more may be there still.
    std::fs::write(here.path().join("prod/kustomization.yaml"), "resources: [../gone]\n").expect("a file");
    let report = checked(here.path());
    assert_eq!(report["baseline"]["gone"], Value::Array(Vec::new()), "{report}");
    std::fs::write(here.path().join("apps/export.yaml"), "kind: [\n").expect("a file");
    assert_eq!(checked(here.path())["baseline"]["gone"], Value::Array(Vec::new()));
    let unread = ["check", ".", "gone.yaml", "--write-baseline", FILE];
    let (code, _, errors) = run(here.path(), "", &unread);
    assert_eq!(code, Some(2));
    assert!(errors.contains("is not written"), "{errors}");
    assert_eq!(text(here.path()), before);
}

#[test]
fn the_first_version_and_json_are_read() {
    let here = repository();
    record(here.path(), "2026-10-01", &["."]);
    let entries: Vec<String> =
        text(here.path()).split("\"fingerprint\": ").skip(1).map(|rest| rest[..34].to_owned()).collect();
    let bare = format!("{{\"version\": 1, \"fingerprints\": [{}]}}", entries.join(", "));
    std::fs::write(here.path().join("old.json"), bare).expect("a file");
    let with = |flag: &str| run(here.path(), "", &[&["check", ".", flag, "old.json"], &SELECT[..]].concat());
    assert_eq!(with("--baseline").0, Some(0));
    assert!(with("--write-baseline").2.contains("3 findings in `old.json`: 0 new, 3 kept, 0 dropped"));
    let json: Value =
        serde_json::from_str(&std::fs::read_to_string(here.path().join("old.json")).expect("a file"))
            .expect("JSON");
    assert_eq!(json["findings"].as_array().expect("a list").len(), 3);
    assert_eq!(with("--baseline").0, Some(0));
    for (wrong, said) in [
        ("version: 3\n", "it is of version 3"),
        ("kind: List\n", "it has no `version`"),
        (
            "version: 2\nfindings:\n- {rule: NHI101, since: 2026-01-01}\n",
            "line 3: an entry has a `fingerprint`",
        ),
        ("version: 2\nfindings:\n- {rule: X1, since: 2026-01-01}\n", "line 3: `X1` is no rule id"),
        ("version: [\n", "line 1: "),
    ] {
        std::fs::write(here.path().join("old.json"), wrong).expect("a file");
        for flag in ["--baseline", "--write-baseline"] {
            let (code, _, errors) = with(flag);
            assert!(code == Some(2) && errors.contains(said), "{wrong}: {errors}");
        }
        assert_eq!(
            std::fs::read_to_string(here.path().join("old.json")).expect("a file"),
            wrong,
            "nothing is lost"
        );
    }
}

#[test]
fn a_broken_manifest_and_a_wrong_exception_are_never_accepted() {
    let here = scratch(&[
        ("broken.yaml", "apiVersion: v1\nkind: [Pod\n"),
        (
            ".nhi/exceptions.yaml",
            "apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitems:\n  - id: EX-1\n    rules: [NHI204]\n",
        ),
    ]);
    let select = ["--select", "NHI902,NHI905"];
    let written = run(here.path(), "", &[&["check", ".", "--write-baseline", FILE], &select[..]].concat());
    assert_eq!(written.0, Some(0));
    assert!(written.2.contains("2 findings cannot be accepted and still fail"), "{written:?}");
    assert_eq!(run(here.path(), "", &[&["check", ".", "--baseline", FILE], &select[..]].concat()).0, Some(1));
}

/// Two branches, one of which mends a flaw while the other takes another one in, are merged by git alone.
#[test]
fn branches_are_merged_without_conflicts() {
    let here = scratch(&[]);
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .current_dir(here.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments)
            .output();
        let done = done.expect("git runs");
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let write = |name: &str, text: &str| {
        std::fs::write(here.path().join(format!("{name}.yaml")), text).expect("a file");
    };
    let names = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"];
    git(&["init", "-q", "-b", "main"]);
    for name in names {
        write(name, &job(name));
    }
    let commit = |day: &str| {
        record(here.path(), day, &["."]);
        git(&["add", "-A"]);
        git(&["commit", "-qm", day]);
    };
    commit("2026-10-01");
    git(&["checkout", "-qb", "mended"]);
    let clean = job("charlie");
    write("charlie", clean.split("              env:\n").next().expect("the beginning"));
    commit("2026-10-02");
    git(&["checkout", "-q", "main"]);
    write("foxtrot2", &job("foxtrot2"));
    commit("2026-10-03");
    git(&["merge", "-q", "mended", "-m", "both"]);
    let report = checked(here.path());
    assert_eq!(counted(&report), Vec::<String>::new());
    assert_eq!(
        (&report["baseline"]["accepted"], report["baseline"]["gone"].as_array().map(Vec::len)),
        (&Value::from(8), Some(0))
    );
}
