//! Exceptions: what they hide, for how long, and what is said of those that hide nothing.

use std::path::Path;

use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::check;

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
pub(crate) fn item(changes: &[&str]) -> String {
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

pub(crate) const RULES: &str = "NHI204,NHI901,NHI902,NHI903,NHI905";

pub(crate) fn checked(here: &Path, now: &str, further: &[&str]) -> Vec<String> {
    let arguments = [&[".", "--now", now, "--select", RULES], further].concat();
    told(&check(here, &std::env::var("PATH").unwrap_or_default(), &arguments))
}

/// What is said of the job and one item at a day.
fn with(changes: &[&str], now: &str) -> Vec<String> {
    let here = scratch(&[("job.yaml", JOB), (".nhi/exceptions.yaml", &list(&[item(changes)]))]);
    checked(here.path(), now, &[])
}

pub(crate) const FILE: &str = ".nhi/exceptions.yaml";

#[test]
fn an_exception_is_born_lives_and_ends() {
    let hidden = "NHI204 error key job.yaml:19 exception to 2026-11-30".to_owned();
    let flaw = "NHI204 error key job.yaml:19".to_owned();
    assert_eq!(with(&[], "2026-10-01"), [hidden.as_str()], "active");
    assert_eq!(with(&[], "2026-11-15"), [hidden.as_str()], "active for 15 days");
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
        (
            &["reason: legacy"],
            "incomplete",
            7,
            "the reason `legacy` says nothing; name what keeps it from being mended",
        ),
        (&["reason: ''"], "incomplete", 7, "the exception has no `reason`"),
        (&["owner: TBD"], "incomplete", 8, "the owner `TBD` is nobody"),
        (&["until: next year"], "malformed", 11, "`next year` is no date; write it as 2027-01-31"),
        (&["created: 2027-01-01"], "malformed", 10, "2027-01-01, on which it was made, is still to come"),
        (&["ownr: me"], "malformed", 12, "unknown key `ownr`; did you mean `owner`?"),
        (&["rules: ['NHI2*']"], "too-broad", 5, "`NHI2*` is more than one rule; name each by its id"),
        (&["rules: [NHI2]"], "too-broad", 5, "`NHI2` is more than one rule; name each by its id"),
        (&["rules: [NHI902]"], "not-allowed", 5, "NHI902 is about exceptions and may not be excepted"),
        (&["rules: [NHI999]"], "malformed", 5, "unknown rule `NHI999`; did you mean `NHI509`?"),
        (
            &["match: {identity: 'shop/*'}"],
            "too-broad",
            6,
            "`identity` takes no pattern such as `shop/*`; name one",
        ),
        (
            &["match: {namespace: shop}"],
            "too-broad",
            4,
            "it is for more than one thing; name an `identity`, or `kind`, `name` and `namespace`",
        ),
        (
            &["match: {kind: CronJob, name: export}"],
            "too-broad",
            4,
            "it is for more than one thing; name an `identity`, or `kind`, `name` and `namespace`",
        ),
        (
            &["match: {identity: shop/export, nam: x}"],
            "malformed",
            6,
            "unknown key `nam`; did you mean `name`?",
        ),
        (&["fingerprint: abc"], "malformed", 12, "`abc` is no fingerprint; `--format json` shows them"),
        (
            &["until: 2026-12-15"],
            "too-long",
            11,
            "it lasts 105 days; an error may be excepted for 90 in the tier `standard`, to 2026-11-30",
        ),
        (
            &["-created", "until: 2027-01-31"],
            "too-long",
            10,
            "it lasts 122 days; an error may be excepted for 90 in the tier `standard`, to 2026-12-30",
        ),
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
            format!(
                "NHI903 warning unused {FILE}:4 exception `EX-1` is not needed: exception `EX-2` comes first"
            ),
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
    let here = scratch(&[
        ("apps/a/job.yaml", JOB),
        ("apps/b/none.yaml", "a: 1\n"),
        (FILE, &list(&[item(&[]), other])),
    ]);
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
