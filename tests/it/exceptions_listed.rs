//! Lists of exceptions, new entries, the formats that show who excepted what, and the clock.

use serde_json::Value;

use crate::cli::{no_cache_of_the_user, scratch};
use crate::exceptions::{JOB, item, list, told};
use crate::rendering::{check, run};

const ITEM: &str = "  - id: EX-1\n    rules: [NHI204]\n    match: {identity: shop/export}\n    reason: image 4.x reads no file\n    owner: team-payments\n    approver: security\n    ticket: SEC-1\n    created: 2026-09-01\n    until: 2026-11-30\n";
const FILE: &str = ".nhi/exceptions.yaml";

#[test]
fn the_list_has_days_and_what_each_hides() {
    let here = scratch(&[("job.yaml", JOB), (FILE, &list(&[ITEM.to_owned()]))]);
    let (code, text, errors) = run(here.path(), "", &["exceptions", "--now", "2026-11-20"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    insta::assert_snapshot!(text, @r"
    EX-1: soon (10 days left, to 2026-11-30) NHI204 for identity shop/export
      .nhi/exceptions.yaml:4, owner team-payments, approver security, ticket SEC-1
      image 4.x reads no file
      hides: job.yaml:19 NHI204 `DB_PASSWORD` is a secret in the environment

    1 exception: 1 soon
    ");
    let (_, text, _) = run(here.path(), "", &["exceptions", ".", "--format", "json", "--now", "2026-12-10"]);
    let all: Value = serde_json::from_str(&text).expect("JSON");
    let one = &all["exceptions"][0];
    assert_eq!((&one["state"], &one["daysLeft"]), (&Value::from("expired"), &Value::from(-10)));
    assert_eq!(one["hides"][0]["rule"], "NHI204");
}

#[test]
fn an_entry_is_written_if_it_would_count() {
    let here = scratch(&[("job.yaml", JOB)]);
    let except = |further: &[&str]| {
        let all = ["except", "job.yaml:19", "--owner", "team-payments", "--now", "2026-09-01"];
        run(here.path(), "", &[&all[..], further].concat())
    };
    let reason = "image 4.x reads no file";
    let file = here.path().join(FILE);
    for (further, said) in [
        (&["--until", "2026-11-30", "--reason", reason][..], "to except an error takes an `approver`"),
        (&["--until", "2027-11-30", "--reason", reason, "--approver", "security"], "it lasts 455 days"),
        (&["--until", "2026-08-30", "--reason", reason, "--approver", "security"], "it ends on 2026-08-30"),
        (&["--until", "2026-11-30", "--reason", "legacy", "--approver", "security"], "says nothing"),
        (&["--until", "soon", "--reason", reason, "--approver", "security"], "`soon` is no date"),
    ] {
        let (code, _, errors) = except(further);
        assert_eq!(code, Some(2));
        assert!(errors.contains(said) && errors.contains("nothing is written"), "{errors}");
        assert!(!file.exists());
    }
    let good = ["--until", "2026-11-30", "--reason", "image 4.x: reads no file", "--approver", "security"];
    let (code, out, errors) = except(&good);
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(out, format!("{FILE}: `EX-2026-001` excepts NHI204 at job.yaml:19 to 2026-11-30\n"));
    let text = std::fs::read_to_string(&file).expect("a file");
    let fingerprint = text.split("fingerprint: ").nth(1).expect("a key").lines().next().expect("a line");
    let expected = format!(
        "apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitems:\n  - id: EX-2026-001\n    rules: [NHI204]\n    match: {{kind: CronJob, name: export, namespace: shop}}\n    fingerprint: {fingerprint}\n    reason: \"image 4.x: reads no file\"\n    owner: team-payments\n    approver: security\n    created: 2026-09-01\n    until: 2026-11-30\n"
    );
    assert_eq!(text, expected);
    assert!(except(&good).2.contains("it is excepted to 2026-11-30 already"));
    // A second entry leaves what people wrote as it is.
    std::fs::write(&file, format!("# ours\n{}", text.replace("team-payments", "team-payments # who")))
        .expect("a file");
    let before = std::fs::read_to_string(&file).expect("a file");
    let import = JOB.replace("name: export\n  namespace", "name: import\n  namespace");
    std::fs::write(here.path().join("import.yaml"), import).expect("a file");
    let all = ["except", "import.yaml:19", "--owner", "team-b", "--now", "2026-09-01"];
    let (code, out, errors) = run(here.path(), "", &[&all[..], &good].concat());
    assert_eq!(code, Some(0), "{errors}");
    assert!(out.contains("EX-2026-002"), "{out}");
    let after = std::fs::read_to_string(&file).expect("a file");
    assert!(after.starts_with(&before) && after.len() > before.len(), "{after}");
    let report = check(here.path(), "", &[".", "--now", "2026-09-02", "--select", "NHI204,NHI902,NHI903"]);
    assert!(told(&report).iter().all(|line| line.ends_with(" to 2026-11-30")), "{:?}", told(&report));
}

#[test]
fn formats_show_who_and_until_when() {
    let comment = JOB.replace(
        "                    secretKeyRef:",
        "                    # nhilint: except NHI204 until 2026-11-20 owner team-x approver security: see `wiki` [1](x)\n                    secretKeyRef:",
    );
    let here = scratch(&[
        ("job.yaml", JOB),
        ("import.yaml", &comment.replace("export", "import")),
        (FILE, &list(&[ITEM.to_owned()])),
    ]);
    let at = |format: &str| {
        let arguments =
            ["check", ".", "--now", "2026-10-01", "--select", "NHI204,NHI902,NHI903", "--format", format];
        run(here.path(), "", &arguments)
    };
    let (code, text, _) = at("text");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("2 excepted (next ends 2026-11-20)"), "{text}");
    assert!(!text.contains("DB_PASSWORD"), "{text}");
    let sarif: Value = serde_json::from_str(&at("sarif").1).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    let of = |file: &str| {
        let is_there =
            |result: &&Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == file;
        results.iter().find(is_there).expect("a result")["suppressions"][0].clone()
    };
    let outside = of("job.yaml");
    assert_eq!((&outside["kind"], &outside["status"]), (&Value::from("external"), &Value::from("accepted")));
    assert_eq!(outside["justification"], "Image 4.x reads no file. Owner: team-payments. Until 2026-11-30.");
    assert_eq!(outside["location"]["physicalLocation"]["artifactLocation"]["uri"], FILE);
    assert_eq!(of("import.yaml")["kind"], "inSource");
    for format in ["github", "markdown", "gitlab", "junit", "rdjson"] {
        assert!(!at(format).1.contains("DB_PASSWORD"), "{format}");
    }
}

#[test]
fn a_file_that_is_no_list_ends_the_run() {
    for (text, line, said) in [
        ("apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitems:\n  - id: [\n", 4, ""),
        ("items: []\n", 1, "this is no list of exceptions"),
        ("apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitem: []\n", 3, "did you mean `items`?"),
        ("apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitems: {a: b}\n", 3, "`items` is a list"),
    ] {
        let here = scratch(&[("job.yaml", JOB), (FILE, text)]);
        let report = check(here.path(), "", &[".", "--select", "NHI204"]);
        let error = &report["errors"][0];
        assert_eq!((&error["file"], &error["line"]), (&Value::from(FILE), &Value::from(line)), "{report}");
        assert!(error["message"].as_str().expect("text").contains(said), "{error}");
        assert_eq!(run(here.path(), "", &["check", "."]).0, Some(2));
    }
}

#[test]
fn other_files_can_be_named_and_the_clock_be_set() {
    let here = scratch(&[("job.yaml", JOB), ("policy/ours.yaml", &list(&[ITEM.to_owned()]))]);
    let named = ["job.yaml", "--exceptions", "policy/ours.yaml", "--now", "2026-10-01", "--select", "NHI204"];
    assert_eq!(
        told(&check(here.path(), "", &named)),
        ["NHI204 error key job.yaml:19 exception to 2026-11-30"]
    );
    let missing = ["check", "job.yaml", "--exceptions", "policy/gone.yaml"];
    assert_eq!(run(here.path(), "", &missing).0, Some(2), "a file that is named is there");
    // 2026-10-01 and 2027-01-01.
    for (epoch, code) in [("1790812800", Some(0)), ("1798761600", Some(1)), ("yesterday", Some(2))] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_nhilint"))
            .current_dir(here.path())
            .args(["check", "job.yaml", "--exceptions", "policy/ours.yaml", "--select", "NHI204,NHI901"])
            .envs(no_cache_of_the_user())
            .env("SOURCE_DATE_EPOCH", epoch)
            .output()
            .expect("the program runs");
        assert_eq!(output.status.code(), code, "{epoch}");
    }
}

/// A list of exceptions is none of objects; what stands in it and says what it is goes to the cluster all the same.
#[test]
fn a_list_is_no_manifest_unless_it_holds_some() {
    let object = "  - apiVersion: v1\n    kind: ServiceAccount\n    metadata: {name: sly, namespace: shop}\n";
    let here = scratch(&[("job.yaml", JOB), (FILE, &list(&[ITEM.to_owned()]))]);
    let objects = || check(here.path(), "", &["."])["summary"]["objects"].clone();
    assert_eq!(objects(), 1);
    std::fs::write(here.path().join(FILE), list(&[ITEM.to_owned(), object.to_owned()])).expect("a file");
    assert_eq!(objects(), 2);
}

/// What cannot be rendered has no object: its file, or its fingerprint, is what an exception is for.
#[test]
fn what_cannot_be_rendered_can_be_excepted() {
    let item = |what: &str| ITEM.replace("NHI204", "NHI905").replace("match: {identity: shop/export}", what);
    let here = scratch(&[("base/kustomization.yaml", "resources:\n  - gone.yaml\n")]);
    let at = |what: &str| {
        std::fs::create_dir_all(here.path().join(".nhi")).expect("a folder");
        std::fs::write(here.path().join(FILE), list(&[item(what)])).expect("a file");
        let select = "NHI902,NHI903,NHI905";
        told(&check(here.path(), "", &[".", "--now", "2026-10-01", "--select", select]))
    };
    let hidden = "NHI905 error unrendered base/kustomization.yaml:2 exception to 2026-11-30";
    assert_eq!(at("match: {path: base/kustomization.yaml}"), [hidden]);
    let report = check(here.path(), "", &[".", "--now", "2026-10-01"]);
    let mut findings = report["findings"].as_array().expect("a list").iter();
    let found = findings.find(|finding| finding["form"] == "unrendered").expect("a finding");
    let fingerprint = format!("fingerprint: {}", found["fingerprint"]);
    assert_eq!(at(&fingerprint), [hidden]);
    let broad = at("match: {path: 'base/**'}");
    assert!(broad[0].contains("NHI902 error too-broad"), "{broad:?}");
}

const TIERS: &str =
    "tiers:\n  restricted: {preset: strict}\nassign:\n  - {namespace: shop, tier: restricted}\n";

#[test]
fn a_tier_has_limits_of_its_own() {
    let files = [("job.yaml", JOB), (FILE, &*list(&[ITEM.to_owned()])), (".nhilint.yaml", TIERS)];
    let here = scratch(&files);
    let at = |here: &std::path::Path| {
        told(&check(here, "", &[".", "--now", "2026-10-01", "--select", "NHI204,NHI902"]))
    };
    let said = "it lasts 90 days; an error may be excepted for 30 in the tier `restricted`, to 2026-10-01";
    assert_eq!(at(here.path())[0], format!("NHI902 error too-long {FILE}:12 {said}"));
    let short = list(&[ITEM.replace("2026-11-30", "2026-10-01")]);
    std::fs::write(here.path().join(FILE), short).expect("a file");
    assert_eq!(at(here.path()), ["NHI204 error key job.yaml:19 exception to 2026-10-01"]);
    let comment = "                    # nhilint: except NHI204 until 2026-10-20 owner team-x approver security: image 4.x reads no file\n";
    let job = JOB
        .replace("                    secretKeyRef", &format!("{comment}                    secretKeyRef"));
    let here = scratch(&[("job.yaml", &job), (".nhilint.yaml", TIERS)]);
    assert!(
        at(here.path())[0].contains("comments except nothing in the strict preset"),
        "{:?}",
        at(here.path())
    );
}

/// Words of exceptions come from whoever opens a pull request.
#[test]
fn hostile_words_stay_words() {
    let token = format!("ghp_{}", "aB3dE5gH7jK9".repeat(3));
    let words = format!("\\u001b[2J ::error::x \\u202e {token} ##[group]");
    let hostile = ITEM
        .replace("image 4.x reads no file", &format!("\"{words}\""))
        .replace("EX-1", "\"a`b\\n::warning::\"");
    let here = scratch(&[("job.yaml", JOB), (FILE, &list(&[hostile]))]);
    let mut outputs = Vec::new();
    for now in ["2026-10-01", "2026-11-20", "2026-12-10"] {
        for format in nhilint::report::Format::WORDS {
            outputs.push(run(here.path(), "", &["check", ".", "--now", now, "--format", format]).1);
        }
        for format in ["text", "json"] {
            outputs.push(run(here.path(), "", &["exceptions", "--now", now, "--format", format]).1);
        }
    }
    for output in outputs {
        assert!(!output.contains(&token), "{output}");
        assert!(!output.contains(['\u{1b}', '\u{202e}']), "{output}");
        let is_command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[group]");
        let ours = |line: &str| {
            line.starts_with("::error file=")
                || line.starts_with("::warning file=")
                || line.starts_with("::notice file=")
        };
        assert!(!output.lines().any(|line| is_command(line) && !ours(line)), "{output}");
    }
}

#[test]
fn more_exceptions_for_one_finding_than_are_tried_end_the_run() {
    let items = |count: usize| {
        let one = |at: usize| ITEM.replace("EX-1", &format!("EX-{at}"));
        (0..count).map(one).collect::<Vec<_>>()
    };
    for (count, code) in [(64, Some(0)), (65, Some(2))] {
        let here = scratch(&[("job.yaml", JOB), (FILE, &list(&items(count)))]);
        let arguments = ["check", ".", "--select", "NHI204", "--no-cache", "--now", "2026-09-10"];
        let (ended, out, errors) = run(here.path(), "", &arguments);
        assert_eq!(ended, code, "{out}{errors}");
        let words = "job.yaml:19: more exceptions select the finding of NHI204 here than are tried";
        assert_eq!(errors.contains(words), count > 64, "{errors}");
    }
}

#[test]
fn of_a_long_list_only_the_first_removals_are_proved() {
    let job = JOB.replace("DB_PASSWORD", "MODE");
    let items: Vec<String> = (0..4)
        .map(|at| {
            item(&[
                &format!("id: EX-{at}"),
                &format!("match: {{kind: CronJob, name: x{at}, namespace: shop}}"),
            ])
        })
        .collect();
    for (filling, proved) in [(10, 4), (2_200_000, 2)] {
        let long = format!("# {}\n{}", "x".repeat(filling), list(&items));
        let here = scratch(&[("job.yaml", &job), (FILE, &long)]);
        let report = check(here.path(), "", &[".", "--now", "2026-10-01", "--select", "NHI204,NHI903"]);
        let findings = report["findings"].as_array().expect("a list");
        let unused = findings.iter().filter(|finding| finding["rule"] == "NHI903");
        let edits = unused.map(|finding| finding["fixes"][0]["edits"].as_array().map_or(0, Vec::len));
        let edits: Vec<usize> = edits.collect();
        assert_eq!((edits.len(), edits.iter().sum::<usize>()), (4, proved), "{filling}");
    }
}
