//! `--fix` and `--diff` as people run them, and what the cards promise of fixes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use nhilint::finding::{Applicability, Finding};
use nhilint::fix::{apart, candidates, texts};

use crate::bench::{catalog, lint_files, settings};
use crate::cards::preset;
use crate::cli::{run, scratch};
use nhilint::catalog::drawing;

/// How far a fix of a finding may be trusted, at best.
fn best(finding: &Finding) -> Option<Applicability> {
    finding.fixes.iter().map(|fix| fix.applicability).min()
}

/// Forms whose examples show no fix of the kind that they declare.
const UNSHOWN: &[(u64, &str)] =
    &[(301, "account"), (301, "binding"), (401, "secret"), (403, "retained-idle")];

#[test]
fn cards_declare_what_their_rules_offer() {
    let catalog = catalog();
    let mut wrong = BTreeSet::new();
    for card in catalog.cards() {
        let mut offered: BTreeMap<&str, Option<Applicability>> = BTreeMap::new();
        for example in card.examples.iter() {
            let files = drawing::plain(&example.bad);
            let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
            let (report, _) = lint_files(&files, &settings(&catalog, preset(example)), &catalog);
            for finding in report.findings.iter().filter(|finding| finding.rule == card.id) {
                let best = best(finding);
                let known = offered.entry(finding.form.0).or_insert(best);
                *known = match (*known, best) {
                    (Some(known), Some(best)) => Some(known.min(best)),
                    (known, best) => known.or(best),
                };
            }
        }
        for (form, offered) in offered {
            let declared = card.fix.of(form);
            // A form may have a fix that none of its examples shows, but only words.
            let is_fit = offered == declared
                || (offered.is_none() && declared == Some(Applicability::Suggest))
                || (offered > declared && UNSHOWN.contains(&(card.id.0, form)));
            if !is_fit {
                wrong.insert(format!("{} {form}: declared {declared:?}, offered {offered:?}", card.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// What fixing does to each example, byte for byte, which is what its `good` shows; the rule is silent afterwards.
#[test]
fn every_example_is_fixed() {
    let catalog = catalog();
    let (mut wrong, mut seen) = (Vec::new(), String::new());
    for card in catalog.cards() {
        for example in card.examples.iter() {
            let bad = drawing::plain(&example.bad);
            let bad: Vec<(&str, &str)> = bad.iter().map(|(name, text)| (*name, text.as_str())).collect();
            let mut settings = settings(&catalog, preset(example));
            settings.select = Some(BTreeSet::from([card.id]));
            let (report, sources) = lint_files(&bad, &settings, &catalog);
            let refused = report.findings.iter().flat_map(|finding| &finding.fixes);
            for reason in refused.filter_map(|fix| fix.edits.as_ref().err()) {
                writeln!(seen, "{} `{}`: no edit. {reason}", card.id, example.title).expect("a string");
            }
            let chosen = apart(candidates(&report, &sources, Applicability::Unsafe));
            if chosen.is_empty() {
                continue;
            }
            writeln!(seen, "{} `{}`", card.id, example.title).expect("a string takes everything");
            let made = match texts(&chosen, &sources) {
                Ok(made) => made,
                Err(error) => {
                    wrong.push(format!("{} `{}`: {error}", card.id, example.title));
                    continue;
                }
            };
            let mut files: BTreeMap<&str, &str> = bad.iter().copied().collect();
            for (path, text) in &made {
                let known = bad.iter().find(|(name, _)| path.ends_with(&format!("/{name}")));
                let (name, before) = known.copied().unwrap_or((path.rsplit('/').next().unwrap_or(path), ""));
                let diff = similar::TextDiff::from_lines(before, text);
                write!(seen, "{}", diff.unified_diff().header(name, name)).expect("a string");
                if text.is_empty() { _ = files.remove(name) } else { _ = files.insert(name, text) }
            }
            let mended: BTreeSet<&str> =
                chosen.iter().map(|chosen| chosen.finding.fingerprint.as_str()).collect();
            let is_whole = chosen.len() == report.findings.len();
            if let Some(good) = example.good.as_ref().filter(|_| is_whole) {
                let good: BTreeMap<&str, String> = drawing::plain(good).into_iter().collect();
                let is_good = files.len() == good.len()
                    && files.iter().all(|(name, text)| good.get(name).is_some_and(|good| good == text));
                if !is_good {
                    wrong.push(format!("{} `{}`: good is not bad and its fix", card.id, example.title));
                }
            }
            let files: Vec<(&str, &str)> = files.into_iter().collect();
            let (after, _) = lint_files(&files, &settings, &catalog);
            let stays = after.findings.iter().filter(|finding| mended.contains(finding.fingerprint.as_str()));
            wrong.extend(
                stays.map(|finding| format!("{} `{}` stays: {}", card.id, example.title, finding.message)),
            );
        }
    }
    insta::assert_snapshot!(seen);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const JOB: &str = "\
# Clears old orders.
apiVersion: batch/v1
kind: CronJob
metadata:
  name: purge # kept
  namespace: shop
  annotations: {nhilint.dev/owner: team-orders}
spec:
  schedule: \"0 3 * * *\"
  jobTemplate:
    spec:
      ttlSecondsAfterFinished: 300
      activeDeadlineSeconds: 600
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: purge
              image: registry.example/shop/purge:1.0.0
";

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_default()
}

#[test]
fn a_diff_writes_nothing_and_a_fix_writes_the_same() {
    let folder = scratch(&[("a.yaml", JOB)]);
    let arguments = ["check", ".", "--diff", "--unsafe-fixes"];
    let (code, diff, _) = run(folder.path(), &arguments);
    assert_eq!((code, read(folder.path(), "a.yaml").as_str()), (Some(1), JOB));
    insta::assert_snapshot!(diff);
    let (code, _, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    assert_eq!(code, Some(0), "{errors}");
    let fixed = read(folder.path(), "a.yaml");
    assert!(
        fixed.contains("serviceAccountName: purge\n") && fixed.contains("kind: ServiceAccount\n"),
        "{fixed}"
    );
    assert!(fixed.starts_with("# Clears old orders.\n") && fixed.contains("name: purge # kept\n"), "{fixed}");
    let (_, again, _) = run(folder.path(), &arguments);
    assert_eq!(again, "", "a second run changes nothing");
}

#[test]
fn what_changes_a_run_needs_to_be_asked_for() {
    let folder = scratch(&[("a.yaml", JOB)]);
    let (code, diff, _) = run(folder.path(), &["check", ".", "--diff"]);
    assert_eq!((code, diff.as_str()), (Some(1), ""));
    let (code, _, errors) = run(folder.path(), &["check", ".", "--unsafe-fixes"]);
    assert_eq!(code, Some(2), "{errors}");
}

/// The lines of a suggestion and the diff, done by hand, give what `--fix` writes: what is added at one place keeps its order.
#[test]
fn what_a_report_shows_of_a_fix_is_what_it_does() {
    let env = "              env:\n                - name: POSTGRES_PASSWORD\n                  valueFrom:\n                    secretKeyRef: {name: db, key: \
               password}\n";
    let text = JOB
        .replace("          containers", "          serviceAccountName: purge\n          containers")
        .replace("registry.example/shop/purge:1.0.0", "postgres:16")
        + env;
    let folder = scratch(&[("a.yaml", &text)]);
    let here = folder.path();
    let select = ["check", "a.yaml", "--select", "NHI204"];
    let (_, out, errors) = run(here, &[&select[..], &["--format", "json"]].concat());
    let report: serde_json::Value =
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {errors}"));
    let fix = &report["findings"][0]["fixes"][0];
    let number = |key: &str| fix["lines"][key].as_u64().expect("a number") as usize;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let after = fix["lines"]["after"].as_str().expect("lines");
    let by_lines = lines[..number("start") - 1].concat() + after + &lines[number("end")..].concat();
    std::fs::write(here.join("a.diff"), fix["diff"].as_str().expect("a diff").to_owned() + "\n")
        .expect("a file");
    crate::stages::git(here, &["apply", "-p0", "--unidiff-zero", "a.diff"]);
    let by_diff = read(here, "a.yaml");
    std::fs::write(here.join("a.yaml"), &text).expect("a file");
    let (code, _, errors) = run(here, &[&select[..], &["--fix", "--unsafe-fixes"]].concat());
    assert_eq!(code, Some(0), "{errors}");
    let fixed = read(here, "a.yaml");
    assert_eq!((by_lines, by_diff), (fixed.clone(), fixed));
}

fn lint(folder: &Path, more: &[&str]) -> serde_json::Value {
    let (_, report, errors) = run(folder, &[&["check", ".", "--format=json"], more].concat());
    let mut report: serde_json::Value = serde_json::from_str(&report).expect(&errors);
    report["summary"]["milliseconds"] = 0.into();
    report
}

const OVERLAY: &str = "namespace: shop-dev\nnamePrefix: dev-\nresources: [../../base]\n";

/// What is left after fixes is what a new run finds, whatever the tries had kept of the runs before.
#[test]
fn the_report_after_fixes_is_that_of_a_new_run() {
    let job = JOB.replace("  namespace: shop\n", "");
    let other = job.replace("purge", "sweep").replace("      ttlSecondsAfterFinished: 300\n", "");
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: kT9vX2mQ7pLw4z}\n";
    let folder = scratch(&[
        ("base/kustomization.yaml", "resources: [purge.yaml, sweep.yaml]\n"),
        ("base/purge.yaml", &job),
        ("base/sweep.yaml", &other),
        ("overlays/dev/kustomization.yaml", OVERLAY),
        ("plain/a.yaml", JOB),
        ("plain/b.yaml", &JOB.replace("purge", "wipe")),
        ("plain/secret.yaml", secret),
    ]);
    let before = lint(folder.path(), &[]);
    let fixed = lint(folder.path(), &["--fix", "--unsafe-fixes"]);
    let after = lint(folder.path(), &[]);
    assert_ne!(before["findings"], fixed["findings"]);
    assert_eq!(fixed["findings"], after["findings"]);
    assert_eq!(fixed["summary"], after["summary"]);
    let (_, again, errors) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    assert_eq!(again, "", "{errors}");
}

/// An object that stands in two files: what is taken back is taken back again.
#[test]
fn a_second_run_changes_nothing_where_fixes_are_taken_back() {
    let pod = |account: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: one, namespace: n}}\nspec:\n{account}  containers: [{{name: a, image: 'a:1'}}]\n"
        )
    };
    let folder = scratch(&[
        ("tests/one.yaml", &pod("")),
        ("tests/two.yaml", &pod("  automountServiceAccountToken: false\n")),
        ("jobs.yaml", JOB),
    ]);
    let fix = || run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]).2;
    let first = fix();
    let texts = || ["tests/one.yaml", "tests/two.yaml", "jobs.yaml"].map(|name| read(folder.path(), name));
    let after = texts();
    assert_ne!(after[2], JOB, "{first}");
    let second = fix();
    assert_eq!(after, texts(), "{first}\n{second}");
}

#[test]
fn an_exception_that_nothing_needs_goes_out_of_its_file() {
    let entry = |id: &str, rules: &str, identity: &str| {
        format!(
            "  # Of {id}.\n  - id: {id}\n    rules: [{rules}]\n    match: {{identity: {identity}}}\n    reason: it is looked at next quarter\n    \
             owner: team-orders\n    approver: security\n    created: 2026-09-01\n    until: 2026-11-30\n"
        )
    };
    let list = |entries: &[String]| {
        format!("apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitems:\n{}", entries.concat())
    };
    let (used, unused) = (entry("EX-1", "NHI101", "shop/default"), entry("EX-2", "NHI204", "shop/default"));
    let file = ".nhi/exceptions.yaml";
    let folder = scratch(&[("a.yaml", JOB), (file, &list(&[unused, used.clone()]))]);
    let check = ["check", ".", "--now", "2026-10-01", "--format=json"];
    let (_, before, errors) = run(folder.path(), &check);
    assert!(before.contains("\"NHI903\""), "{errors}\n{before}");
    let (_, after, errors) = run(folder.path(), &[&check[..], &["--fix"]].concat());
    assert!(!after.contains("\"NHI903\""), "{errors}\n{after}");
    let left = read(folder.path(), file);
    assert!(left.contains(&used) && !left.contains("id: EX-2"), "{errors}\n{left}");
    assert_eq!(read(folder.path(), "a.yaml"), JOB);
}

/// A JSON file holds one document: what is added stands beside it.
#[test]
fn what_a_json_file_needs_is_made_beside_it() {
    let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"one","namespace":"n","annotations":{"nhilint.dev/owner":"team-a"}},
  "spec":{"containers":[{"name":"a","image":"a:1"}]}}
"#;
    let folder = scratch(&[("pods/one.json", pod)]);
    let (_, report, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    let made = read(folder.path(), "pods/one-serviceaccount.yaml");
    assert!(made.contains("kind: ServiceAccount\n"), "{errors}\n{report}");
    let changed = read(folder.path(), "pods/one.json");
    assert!(serde_json::from_str::<serde_json::Value>(&changed).is_ok(), "{changed}");
    assert!(changed.contains("\"serviceAccountName\""), "{changed}");
}

const TOKEN: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: token\n  namespace: shop\n  annotations: {kubernetes.io/service-account.name: api}\n\
                     type: kubernetes.io/service-account-token\n";

/// A file whose only object goes is taken away, with its line in the kustomization, unless another one may need it.
#[test]
fn a_file_that_would_be_left_empty_goes() {
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: api, namespace: shop}\nautomountServiceAccountToken: false\n";
    let kustomization = "resources:\n  - account.yaml # of the api\n  - token.yaml # for ever\n";
    let files = [("kustomization.yaml", kustomization), ("account.yaml", account), ("token.yaml", TOKEN)];
    let folder = scratch(&files);
    let (_, diff, _) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    let (_, _, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    assert!(diff.contains("--- a/token.yaml\n+++ /dev/null\n"), "{diff}\n{errors}");
    assert!(!folder.path().join("token.yaml").exists(), "{errors}");
    assert_eq!(read(folder.path(), "kustomization.yaml"), "resources:\n  - account.yaml # of the api\n");
    let other = ("other/kustomization.yaml", "resources: [../token.yaml]\n");
    let folder = scratch(&[&files[..], &[other]].concat());
    let (_, _, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    assert_eq!(read(folder.path(), "token.yaml"), TOKEN, "{errors}");
}
