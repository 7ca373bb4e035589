//! Exceptions: what they hide, for how long, and what is said of those that hide nothing.

use std::path::Path;

use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::{check, run};

/// A job with a secret in its environment: an error of NHI204.
pub(crate) const JOB: &str = "\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: export
  namespace: shop
spec:
  schedule: '0 3 * * *'
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: export
          containers:
            - name: export
              image: registry.example/shop/export:1.0.0
              env:
                - name: DB_PASSWORD
                  valueFrom:
                    secretKeyRef:
                      name: export-db
                      key: password
";

/// An item of the list, with a line changed, added (`+`) or left out (`-`).
fn item(changes: &[&str]) -> String {
    let mut lines: Vec<String> = [
        "id: EX-1",
        "rules: [NHI204]",
        "match: {identity: shop/export}",
        "reason: image 4.x reads no file",
        "owner: team-payments",
        "approver: security",
        "created: 2026-09-01",
        "until: 2026-11-30",
    ]
    .map(str::to_owned)
    .into();
    for change in changes {
        let (change, is_left_out) = (change.trim_start_matches('-'), change.starts_with('-'));
        let key = change.split(':').next().expect("a key").to_owned() + ":";
        let at = lines.iter().position(|line| line.starts_with(&key));
        match at {
            Some(at) if is_left_out => drop(lines.remove(at)),
            Some(at) => change.clone_into(&mut lines[at]),
            None => lines.push(change.to_owned()),
        }
    }
    format!("  - {}\n", lines.join("\n    "))
}

pub(crate) fn list(items: &[String]) -> String {
    format!("apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitems:\n{}", items.concat())
}

/// `NHI204 error key job.yaml:19`, with ` to 2026-11-30` where it is excepted, and the message of what is said of exceptions.
pub(crate) fn told(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |finding: &Value| {
        let place = format!("{}:{}", text(&finding["location"]["file"]), finding["location"]["line"]);
        let rule = text(&finding["rule"]);
        let words = format!("{rule} {} {} {place}", text(&finding["severity"]), text(&finding["form"]));
        match finding["suppressed"]["until"].as_str() {
            Some(until) => format!("{words} {} to {until}", text(&finding["suppressed"]["by"])),
            None if rule.starts_with("NHI90") => format!("{words} {}", text(&finding["message"])),
            None => words,
        }
    };
    findings.map(line).collect()
}

const RULES: &str = "NHI204,NHI901,NHI902,NHI903,NHI905";

fn checked(here: &Path, now: &str, further: &[&str]) -> Vec<String> {
    let arguments = [&[".", "--now", now, "--select", RULES], further].concat();
    told(&check(here, &std::env::var("PATH").unwrap_or_default(), &arguments))
}

/// What is said of the job and one item at a day.
fn with(changes: &[&str], now: &str) -> Vec<String> {
    let here = scratch(&[("job.yaml", JOB), (".nhi/exceptions.yaml", &list(&[item(changes)]))]);
    checked(here.path(), now, &[])
}

const FILE: &str = ".nhi/exceptions.yaml";

#[test]
fn an_exception_is_born_lives_and_ends() {
    let hidden = "NHI204 error key job.yaml:19 exception to 2026-11-30".to_owned();
    let flaw = "NHI204 error key job.yaml:19".to_owned();
    assert_eq!(with(&[], "2026-10-01"), [hidden.clone()], "active");
    assert_eq!(with(&[], "2026-11-15"), [hidden.clone()], "active for 15 days");
    let soon = format!("NHI901 info soon {FILE}:11 exception `EX-1` ends on 2026-11-30");
    assert_eq!(with(&[], "2026-11-16"), [soon.clone(), hidden.clone()], "soon");
    assert_eq!(with(&[], "2026-11-30T23:59:59Z"), [soon, hidden], "its last day, to the end");
    let over = format!("NHI901 error expired {FILE}:11 exception `EX-1` ended on 2026-11-30");
    assert_eq!(with(&[], "2026-12-01"), [over, flaw.clone()], "expired");
    let renewed = ["renewals: [2026-11-20]", "until: 2027-02-10"];
    assert_eq!(with(&renewed, "2026-12-01"), ["NHI204 error key job.yaml:19 exception to 2027-02-10"]);
    let too_often = ["created: 2026-01-01", "renewals: [2026-03-01, 2026-06-01, 2026-09-01]"];
    let said = "it was renewed 3 times; at most 2 are allowed in the tier `standard`";
    assert_eq!(with(&too_often, "2026-10-01"), [format!("NHI902 error too-long {FILE}:12 {said}"), flaw]);
}

#[test]
fn what_is_wrong_with_an_exception_hides_nothing() {
    let wrong = [
        (&["-owner"][..], "incomplete", 4, "the exception has no `owner`"),
        (&["-until"], "incomplete", 4, "the exception has no `until`"),
        (&["reason: legacy"], "incomplete", 7, "the reason `legacy` says nothing; name what keeps it from being mended"),
        (&["reason: ''"], "incomplete", 7, "the exception has no `reason`"),
        (&["owner: TBD"], "incomplete", 8, "the owner `TBD` is nobody"),
        (&["until: next year"], "malformed", 11, "`next year` is no date; write it as 2027-01-31"),
        (&["created: 2027-01-01"], "malformed", 10, "2027-01-01, on which it was made, is still to come"),
        (&["ownr: me"], "malformed", 12, "unknown key `ownr`; did you mean `owner`?"),
        (&["rules: ['NHI2*']"], "too-broad", 5, "`NHI2*` is more than one rule; name each by its id"),
        (&["rules: [NHI2]"], "too-broad", 5, "`NHI2` is more than one rule; name each by its id"),
        (&["rules: [NHI902]"], "not-allowed", 5, "NHI902 is about exceptions and may not be excepted"),
        (&["rules: [NHI999]"], "malformed", 5, "unknown rule `NHI999`; did you mean `NHI509`?"),
        (&["match: {identity: 'shop/*'}"], "too-broad", 6, "`identity` takes no pattern such as `shop/*`; name one"),
        (&["match: {namespace: shop}"], "too-broad", 4, "it is for more than one thing; name an `identity`, or `kind`, `name` and `namespace`"),
        (&["match: {kind: CronJob, name: export}"], "too-broad", 4, "it is for more than one thing; name an `identity`, or `kind`, `name` and `namespace`"),
        (&["match: {identity: shop/export, nam: x}"], "malformed", 6, "unknown key `nam`; did you mean `name`?"),
        (&["fingerprint: abc"], "malformed", 12, "`abc` is no fingerprint; `--format json` shows them"),
        (&["until: 2026-12-15"], "too-long", 11, "it lasts 105 days; an error may be excepted for 90 in the tier `standard`, to 2026-11-30"),
        (&["-created", "until: 2027-01-31"], "too-long", 10, "it lasts 122 days; an error may be excepted for 90 in the tier `standard`, to 2026-12-30"),
        (&["-approver"], "not-allowed", 4, "to except an error takes an `approver` in the tier `standard`"),
        (&["-approver", "renewals: [2026-09-20]"], "not-allowed", 4, "to renew it takes an `approver`"),
    ];
    for (changes, form, line, said) in wrong {
        let expected =
            [format!("NHI902 error {form} {FILE}:{line} {said}"), "NHI204 error key job.yaml:19".to_owned()];
        assert_eq!(with(changes, "2026-10-01"), expected, "{changes:?}");
    }
    let aged = ["created: 2025-11-20", "renewals: [2026-03-01, 2026-09-10]", "until: 2026-11-30"];
    let said = "it lasts 375 days in all; 365 are the most, however often it is renewed";
    assert_eq!(with(&aged, "2026-10-01")[0], format!("NHI902 error too-long {FILE}:11 {said}"));
}

#[test]
fn what_an_exception_is_for_must_all_fit() {
    let fits = [
        "{kind: CronJob, name: export, namespace: shop}",
        "{identity: shop/export, container: export, key: DB_PASSWORD}",
        "{identity: shop/export, path: '*.yaml'}",
        "{identity: shop/export, path: job.yaml}",
    ];
    for selector in fits {
        let told = with(&[&format!("match: {selector}")], "2026-10-01");
        assert_eq!(told, ["NHI204 error key job.yaml:19 exception to 2026-11-30"], "{selector}");
    }
    let others = [
        "{identity: shop/import}",
        "{kind: Job, name: export, namespace: shop}",
        "{identity: shop/export, container: exp}",
        "{identity: shop/export, key: PASSWORD}",
        "{identity: shop/export, path: 'apps/**'}",
        "{identity: shop/export, env: prod}",
    ];
    for selector in others {
        let told = with(&[&format!("match: {selector}")], "2026-10-01");
        let unused = format!("NHI903 warning unused {FILE}:4 exception `EX-1` hides nothing");
        assert_eq!(told, [unused, "NHI204 error key job.yaml:19".to_owned()], "{selector}");
    }
}

#[test]
fn of_two_the_narrower_then_the_one_that_ends_first_counts() {
    let here = scratch(&[("job.yaml", JOB)]);
    let report = check(here.path(), "", &[".", "--select", RULES]);
    let fingerprint = report["findings"][0]["fingerprint"].as_str().expect("text").to_owned();
    let items = [
        item(&["id: EX-1"]),
        item(&["id: EX-2", "until: 2026-11-20"]),
        item(&["id: EX-3", "-match", &format!("fingerprint: {fingerprint}"), "until: 2026-11-25"]),
    ];
    let told = |items: &[String]| {
        std::fs::create_dir_all(here.path().join(".nhi")).expect("a folder");
        std::fs::write(here.path().join(FILE), list(items)).expect("a file");
        checked(here.path(), "2026-10-01", &[])
    };
    assert_eq!(
        told(&items[..2]),
        [
            format!("NHI903 warning unused {FILE}:4 exception `EX-1` is not needed: exception `EX-2` comes first"),
            "NHI204 error key job.yaml:19 exception to 2026-11-20".to_owned()
        ]
    );
    let all = told(&items);
    assert_eq!(all.last().map(String::as_str), Some("NHI204 error key job.yaml:19 exception to 2026-11-25"));
    assert_eq!(all.len(), 3, "{all:?}");
}

#[test]
fn what_the_run_does_not_look_at_is_not_unused() {
    let other = item(&["id: EX-2", "match: {identity: shop/import}"]);
    let here = scratch(&[("apps/a/job.yaml", JOB), ("apps/b/none.yaml", "a: 1\n"), (FILE, &list(&[item(&[]), other]))]);
    std::fs::create_dir(here.path().join(".git")).expect("a folder");
    let at = |arguments: &[&str]| {
        let all = [arguments, &["--now", "2026-10-01"]].concat();
        told(&check(here.path(), "", &all)).into_iter().filter(|line| line.contains("NHI903")).count()
    };
    assert_eq!(at(&[".", "--select", RULES]), 1);
    assert_eq!(at(&["apps/a", "--select", RULES]), 0, "a part of the tree");
    assert_eq!(at(&[".", "--select", "NHI101,NHI903"]), 0, "the rule is off");
}

/// The seventh law of exceptions: nothing that is added lowers a verdict of something else.
#[test]
fn what_one_overlay_excepts_counts_in_the_other() {
    let annotation = "\"owner team-x; until 2026-12-31; approver security; image 4.x reads no file\"";
    let with_annotation =
        |text: &str| format!("{text}commonAnnotations:\n  nhilint.dev/except.NHI204: {annotation}\n");
    let overlay = |environment: &str| format!("namespace: shop-{environment}\nresources: [../../base]\n");
    let base = JOB.replace("  namespace: shop\n", "");
    let here = scratch(&[
        ("base/kustomization.yaml", "resources: [job.yaml]\n"),
        ("base/job.yaml", &base),
        ("overlays/dev/kustomization.yaml", &with_annotation(&overlay("dev"))),
        ("overlays/prod/kustomization.yaml", &overlay("prod")),
    ]);
    assert_eq!(checked(here.path(), "2026-10-15", &[]), ["NHI204 error key base/job.yaml:18"]);
    std::fs::write(here.path().join("overlays/prod/kustomization.yaml"), with_annotation(&overlay("prod")))
        .expect("a file");
    let hidden = "NHI204 error key base/job.yaml:18 inline to 2026-12-31";
    assert_eq!(checked(here.path(), "2026-10-15", &[]), [hidden]);
    let over = checked(here.path(), "2027-01-15", &[]);
    let said = "the exception for NHI204 ended on 2026-12-31";
    assert_eq!(
        over,
        [
            "NHI204 error key base/job.yaml:18".to_owned(),
            format!("NHI901 error expired overlays/dev/kustomization.yaml:4 {said}"),
            format!("NHI901 error expired overlays/prod/kustomization.yaml:4 {said}"),
        ]
    );
}

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
        assert_eq!(at("2026-10-01", "recommended"), [format!("NHI204 error key {file}:25 inline to 2026-12-20")]);
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
    let several = format!("                    # nhilint: {words}\n                    # Why: see the wiki.\n{line}");
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
    let script = format!("              args:\n                - |\n                  # nhilint: {words}\n              env:\n");
    assert_eq!(job_with(line, &script), ["NHI204 error key job.yaml:22"]);
    let line = "                    secretKeyRef:\n";
    let text = format!("                    \"x # nhilint: {words}\": a\n{line}");
    assert!(job_with(line, &text).contains(&"NHI204 error key job.yaml:20".to_owned()));
}

#[test]
fn a_comment_that_is_wrong_says_so() {
    let line = "                    secretKeyRef:\n";
    let wrong = [
        ("ignore NHI204", "malformed", "`nhilint: ignore` is not understood; write `nhilint: except RULE until DATE owner NAME: reason`"),
        ("except until 2026-12-20 owner team-x: image 4.x reads no file", "incomplete", "the exception names no rule"),
        ("except NHI204 until 2026-12-20 owner team-x", "incomplete", "the exception has no `reason`"),
        ("except NHI204 until owner team-x: image 4.x reads no file", "incomplete", "`until` has no value"),
        ("except NHI2* until 2026-12-20 owner team-x: image 4.x reads no file", "too-broad", "`NHI2*` is more than one rule; name each by its id"),
        ("except NHI204 until 2026-12-20 owner team-x: image 4.x reads no file", "not-allowed", "to except an error takes an `approver` in the tier `standard`"),
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
    assert_eq!(told(&report), [format!("NHI902 error not-allowed {FILE}:4 {said}"), "NHI201 error format job.yaml:18".to_owned()]);
    let written = run(here.path(), "", &["check", ".", "--write-baseline", "known.yaml", "--now", "2026-10-01", "--select", "NHI201"]);
    assert_eq!(written.0, Some(0), "{written:?}");
    assert!(written.2.contains("0 findings in `known.yaml`"), "{written:?}");
    assert!(written.2.contains("1 finding cannot be accepted and still fail"), "{written:?}");
    assert!(!std::fs::read_to_string(here.path().join("known.yaml")).expect("a file").contains(&token));
}
