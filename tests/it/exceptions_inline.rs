//! Exceptions in annotations and comments: what they are for, and what is none.

use crate::cli::scratch;
use crate::exceptions::{FILE, JOB, RULES, checked, item, list, told};
use crate::rendering::{check, run};

/// A chart whose template carries a comment, and text of a script that only looks like one.
const CHART: [(&str, &str); 3] = [
    ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
    ("chart/values.yaml", "annotations: {}\n"),
    (
        "chart/templates/job.yaml",
        "apiVersion: batch/v1
kind: CronJob
metadata:
  name: export
  namespace: shop
  annotations: {{ toJson .Values.annotations }}
spec:
  schedule: '0 3 * * *'
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: {{ .Release.Name }}
          containers:
            - name: export
              image: registry.example/shop/export:1.0.0
              args:
                - |
                  # nhilint: except NHI204 until 2026-12-01 owner team-x: this is text of a script
                  true
              env:
                - name: DB_PASSWORD
                  valueFrom:
                    secretKeyRef:
                      name: export-db
                      key: password
",
    ),
];

#[test]
fn a_chart_carries_its_exceptions_to_what_it_makes() {
    let Some(path) = crate::helm_charts::programs() else { return };
    let here = scratch(&CHART);
    let (file, template) = CHART[2];
    let at = |now: &str, preset: &str| {
        let arguments = [".", "--now", now, "--select", RULES, "--preset", preset];
        told(&check(here.path(), &path, &arguments))
    };
    let write = |file: &str, text: &str| std::fs::write(here.path().join(file), text).expect("a file");
    assert_eq!(at("2026-10-01", "recommended"), [format!("NHI204 error key {file}:24")]);
    for comment in [
        "# nhilint: except NHI204 until 2026-12-20 owner team-x approver security: image 4.x reads no file",
        "{{/* nhilint: except NHI204 until=2026-12-20 owner=team-x approver=security: image 4.x reads no file */}}",
    ] {
        let mark = "                    secretKeyRef:";
        write(file, &template.replace(mark, &format!("                    {comment}\n{mark}")));
        assert_eq!(
            at("2026-10-01", "recommended"),
            [format!("NHI204 error key {file}:25 inline to 2026-12-20")]
        );
        let soon = format!("NHI901 info soon {file}:24 the exception for NHI204 ends on 2026-12-20");
        assert_eq!(at("2026-12-10", "recommended")[0], soon);
        let over = format!("NHI901 error expired {file}:24 the exception for NHI204 ended on 2026-12-20");
        assert_eq!(at("2027-01-10", "recommended"), [over, format!("NHI204 error key {file}:25")]);
        let off = "comments except nothing in the strict preset; let it stand in `.nhi/exceptions.yaml`";
        assert_eq!(
            at("2026-10-01", "strict"),
            [format!("NHI902 error not-allowed {file}:24 {off}"), format!("NHI204 error key {file}:25")]
        );
    }
    write(file, template);
    let value = "owner team-x; until 2026-12-20; approver security; image 4.x; it reads no file";
    write("chart/values.yaml", &format!("annotations:\n  nhilint.dev/except.secret-env: {value}\n"));
    assert_eq!(at("2026-10-01", "strict"), [format!("NHI204 error key {file}:24 inline to 2026-12-20")]);
    let over = at("2027-01-10", "strict");
    assert_eq!(over.len(), 2, "{over:?}");
    assert!(over.iter().any(|line| line.contains("NHI901 error expired chart/")), "{over:?}");
}

/// What is said of a job with a text in the place of a line.
fn job_with(line: &str, text: &str) -> Vec<String> {
    assert!(JOB.contains(line));
    let here = scratch(&[("job.yaml", &JOB.replacen(line, text, 1))]);
    checked(here.path(), "2026-10-01", &[])
}

#[test]
fn a_comment_is_for_its_line_or_the_line_below() {
    let line = "                    secretKeyRef:\n";
    let words = "except NHI204 until 2026-12-20 owner team-x approver security: image 4.x reads no file";
    let hidden = |line: u32| vec![format!("NHI204 error key job.yaml:{line} inline to 2026-12-20")];
    let above = format!("                    # nhilint: {words}\n{line}");
    assert_eq!(job_with(line, &above), hidden(20));
    let at_end = format!("                    secretKeyRef: # nhilint: {words}\n");
    assert_eq!(job_with(line, &at_end), hidden(19));
    let several =
        format!("                    # nhilint: {words}\n                    # Why: see the wiki.\n{line}");
    assert_eq!(job_with(line, &several), hidden(21));
    let unused = |place: u32, flaw: u32| {
        vec![
            format!("NHI903 warning unused job.yaml:{place} the exception for NHI204 hides nothing"),
            format!("NHI204 error key job.yaml:{flaw}"),
        ]
    };
    let with_gap = format!("                    # nhilint: {words}\n\n{line}");
    assert_eq!(job_with(line, &with_gap), unused(19, 21));
    let top = format!("# nhilint: {words}\napiVersion: batch/v1\n");
    assert_eq!(job_with("apiVersion: batch/v1\n", &top), unused(1, 20), "not for all that is below");
}

#[test]
fn what_is_no_comment_excepts_nothing() {
    let words = "except NHI204 until 2026-12-20 owner team-x approver security: image 4.x reads no file";
    let line = "              env:\n";
    let script = format!(
        "              args:\n                - |\n                  # nhilint: {words}\n              env:\n"
    );
    assert_eq!(job_with(line, &script), ["NHI204 error key job.yaml:22"]);
    let line = "                    secretKeyRef:\n";
    let text = format!("                    \"x # nhilint: {words}\": a\n{line}");
    assert!(job_with(line, &text).contains(&"NHI204 error key job.yaml:20".to_owned()));
}

#[test]
fn a_comment_that_is_wrong_says_so() {
    let line = "                    secretKeyRef:\n";
    let wrong = [
        (
            "ignore NHI204",
            "malformed",
            "`nhilint: ignore` is not understood; write `nhilint: except RULE until DATE owner NAME: reason`",
        ),
        (
            "except until 2026-12-20 owner team-x: image 4.x reads no file",
            "incomplete",
            "the exception names no rule",
        ),
        ("except NHI204 until 2026-12-20 owner team-x", "incomplete", "the exception has no `reason`"),
        ("except NHI204 until owner team-x: image 4.x reads no file", "incomplete", "`until` has no value"),
        (
            "except NHI2* until 2026-12-20 owner team-x: image 4.x reads no file",
            "too-broad",
            "`NHI2*` is more than one rule; name each by its id",
        ),
        (
            "except NHI204 until 2026-12-20 owner team-x: image 4.x reads no file",
            "not-allowed",
            "to except an error takes an `approver` in the tier `standard`",
        ),
    ];
    for (words, form, said) in wrong {
        let told = job_with(line, &format!("                    # nhilint: {words}\n{line}"));
        assert_eq!(told[0], format!("NHI902 error {form} job.yaml:19 {said}"), "{words}");
        assert_eq!(told[1], "NHI204 error key job.yaml:20", "{words}");
    }
}

#[test]
fn an_annotation_is_for_its_object_and_no_other() {
    let annotated = JOB.replacen(
        "  namespace: shop\n",
        "  namespace: shop\n  annotations:\n    nhilint.dev/except.NHI204: owner=team-x; until=2026-12-20; approver=security; reason=image 4.x reads no file; ticket=SEC-1\n",
        1,
    );
    let other = JOB.replace("name: export\n  namespace", "name: import\n  namespace");
    let here = scratch(&[("a.yaml", &annotated), ("b.yaml", &other)]);
    let expected = ["NHI204 error key a.yaml:21 inline to 2026-12-20", "NHI204 error key b.yaml:19"];
    assert_eq!(checked(here.path(), "2026-10-01", &[]), expected);
    // A second definition without it may be the one that is applied.
    let twice = format!("{annotated}---\n{}", JOB.replace("0 3 *", "0 4 *"));
    let here = scratch(&[("a.yaml", &twice)]);
    let told = checked(here.path(), "2026-10-01", &[]);
    assert!(told.iter().all(|line| !line.contains(" inline to ")), "{told:?}");
}

#[test]
fn a_live_credential_is_never_excepted() {
    let token = format!("ghp_{}", "aB3dE5gH7jK9".repeat(3));
    let job = JOB.replace("                  valueFrom:\n                    secretKeyRef:\n                      name: export-db\n                      key: password\n", &format!("                  value: {token}\n"));
    let rules = ["rules: [NHI201]"];
    let here = scratch(&[("job.yaml", &job), (FILE, &list(&[item(&rules)]))]);
    let report = check(here.path(), "", &[".", "--now", "2026-10-01", "--select", "NHI201,NHI902,NHI903"]);
    let said = "NHI201 may not be excepted: it is a live credential here: revoke it";
    assert_eq!(
        told(&report),
        [format!("NHI902 error not-allowed {FILE}:4 {said}"), "NHI201 error format job.yaml:18".to_owned()]
    );
    let written = run(
        here.path(),
        "",
        &["check", ".", "--write-baseline", "known.yaml", "--now", "2026-10-01", "--select", "NHI201"],
    );
    assert_eq!(written.0, Some(0), "{written:?}");
    assert!(written.2.contains("0 findings in `known.yaml`"), "{written:?}");
    assert!(written.2.contains("1 finding cannot be accepted and still fail"), "{written:?}");
    assert!(!std::fs::read_to_string(here.path().join("known.yaml")).expect("a file").contains(&token));
}
