//! The rules that need a base: NHI513, and what is left over for NHI106.

use serde_json::Value;

use nhilint::catalog::drawing;

use super::{ACCOUNT, JOB, binding, diff_with, repository, write};
use crate::bench::catalog;
use crate::cli::run;

/// The findings of a rule that `check --base` reports as new: severity, form, place and message.
fn checked(here: &std::path::Path, rule: &str) -> Vec<String> {
    let arguments = [
        "check",
        ".",
        "--base",
        "main",
        "--no-cache",
        "--format",
        "json",
        "--fail-on",
        "never",
        "--allow-empty",
    ];
    let (code, out, err) = run(here, &arguments);
    assert_eq!(code, Some(0), "{out}{err}");
    let report: Value = serde_json::from_str(&out).expect("JSON");
    let findings = report["findings"].as_array().expect("a list").iter();
    let new = findings.filter(|one| one["rule"] == rule && one["suppressed"].is_null());
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let shown = new.map(|one| {
        let place = format!("{}:{}", text(&one["location"]["file"]), one["location"]["line"]);
        format!("{} {} {place} {}", text(&one["severity"]), text(&one["form"]), text(&one["message"]))
    });
    shown.collect()
}

#[test]
fn what_rises_is_found_where_a_base_is_known() {
    let directory = repository(&[("a.yaml", ACCOUNT), ("b.yaml", JOB), ("c.yaml", &binding("view"))]);
    let here = directory.path();
    assert_eq!(checked(here, "NHI513"), Vec::<String>::new());
    write(here, "c.yaml", &binding("cluster-admin"));
    let found = checked(here, "NHI513");
    assert!(
        found.iter().any(|one| one.starts_with("error tier c.yaml:7 `shop/export` becomes stronger:")),
        "{found:#?}"
    );
    let (diff, _) = diff_with(here, &[]);
    let new = diff["newFindings"].as_array().expect("a list");
    assert!(new.iter().any(|one| one["rule"] == "NHI513" && one["form"] == "tier"), "{diff:#}");
    // Neither a baseline nor an exception is for it, and settings of the change do not switch it off in a diff.
    write(here, ".nhilint.yaml", "rules:\n  NHI513: off\n");
    let (diff, _) = diff_with(here, &[]);
    let new = diff["newFindings"].as_array().expect("a list");
    assert!(new.iter().any(|one| one["rule"] == "NHI513"), "{diff:#}");
}

#[test]
fn a_workload_that_goes_alone_leaves_something_over() {
    let directory = repository(&[("a.yaml", ACCOUNT), ("b.yaml", JOB), ("c.yaml", &binding("view"))]);
    let here = directory.path();
    std::fs::remove_file(here.join("b.yaml")).expect("it was there");
    let found = checked(here, "NHI106");
    let left = "error left-over a.yaml:4 the last workload of `shop/export` goes, and what it held stays";
    assert!(found.iter().any(|one| one == left), "{found:#?}");
    let (diff, code) = diff_with(here, &[]);
    assert_eq!((&diff["rows"][0]["became"], code), (&"left-over".into(), Some(1)), "{diff:#}");
    // Somebody else uses it.
    write(here, "a.yaml", &ACCOUNT.replace("{nhilint", "{nhilint.dev/used-by: \"external:ci\", nhilint"));
    assert_eq!(checked(here, "NHI106"), Vec::<String>::new());
    // All of it goes.
    std::fs::remove_file(here.join("a.yaml")).expect("it was there");
    std::fs::remove_file(here.join("c.yaml")).expect("it was there");
    assert_eq!(checked(here, "NHI106"), Vec::<String>::new());
}

#[test]
fn the_examples_that_need_a_base_hold() {
    let catalog = catalog();
    let mut seen = 0;
    for card in catalog.cards() {
        for example in card.examples.iter().filter(|example| example.before.is_some()) {
            seen += 1;
            let before = example.before.as_ref().expect("it is there").texts();
            let bad = drawing::plain(&example.bad);
            let good = example.good.as_ref().map(nhilint::catalog::Files::texts).unwrap_or_default();
            let bad: Vec<(&str, &str)> = bad.iter().map(|(name, text)| (*name, text.as_str())).collect();
            for (side, texts) in [("bad", bad), ("good", good)] {
                let directory = repository(&before);
                for (name, text) in texts {
                    write(directory.path(), name, text);
                }
                let found = checked(directory.path(), &card.id.to_string());
                if side == "good" {
                    assert_eq!(found, Vec::<String>::new(), "{} {side}", example.title);
                    continue;
                }
                for (name, text) in example.bad.texts() {
                    for drawn in drawing::read(text).1 {
                        let place = format!(" {name}:{} ", drawn.line);
                        let holds = |one: &String| one.contains(&place) && one.contains(&drawn.words);
                        assert!(found.iter().any(holds), "{place}{}: {found:#?}", drawn.words);
                    }
                }
            }
        }
    }
    assert!(seen > 0);
}
