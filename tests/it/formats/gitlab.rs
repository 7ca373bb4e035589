//! GitLab's Code Quality report, as GitLab's parser reads it.

use std::collections::BTreeSet;

use nhilint::finding::{Finding, Severity};
use nhilint::report::{Format, Style};
use nhilint::source::Span;
use serde_json::{Value, json};

use super::fixture::{Run, busy, clean, finding};
use super::{snapshot, write};

fn entries(run: &Run) -> Vec<Value> {
    let text = write(run, Format::Gitlab, &Style::plain());
    serde_json::from_str(&text).expect("a list in JSON")
}

/// What GitLab asks of an entry: `codeclimate.json` of its validators, and the severities of its documentation.
fn is_read(entry: &Value) {
    for key in ["description", "check_name", "fingerprint", "severity"] {
        assert!(entry[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {entry}");
    }
    let severity = entry["severity"].as_str().unwrap_or_default();
    assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{entry}");
    assert!(entry["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0), "{entry}");
    let path = entry["location"]["path"].as_str().expect("a path");
    assert!(!path.starts_with("./") && !path.starts_with('/'), "{path}");
}

#[test]
fn a_report_for_gitlab() {
    snapshot("gitlab", &write(&busy(), Format::Gitlab, &Style::plain()));
    let entries = entries(&busy());
    assert_eq!(entries.len(), busy().report.active().count() + 1, "one problem is about a file");
    entries.iter().for_each(is_read);
    assert_eq!(write(&clean(), Format::Gitlab, &Style::plain()), "[]\n");
}

/// GitLab drops an entry with a fingerprint that it has seen.
#[test]
fn no_two_entries_have_one_fingerprint() {
    let mut run = clean();
    let file = run.sources.add("./a.yaml", "a: 1\nb: 2\n");
    let one = finding(101, Severity::Error, Span::new(file, 0, 1), "odd");
    let other = Finding { span: Span::new(file, 5, 6), ..one.clone() };
    let live = Finding { is_live: true, ..finding(201, Severity::Error, Span::new(file, 5, 6), "odd") };
    run.report.findings = vec![one, other, live];
    let entries = entries(&run);
    let fingerprints: BTreeSet<&str> =
        entries.iter().filter_map(|entry| entry["fingerprint"].as_str()).collect();
    assert_eq!(fingerprints.into_iter().collect::<Vec<_>>(), ["fp-101-0", "fp-101-0-2", "fp-201-5"]);
    assert_eq!(entries[1]["location"], json!({"path": "a.yaml", "lines": {"begin": 2}}));
    assert_eq!((&entries[0]["severity"], &entries[2]["severity"]), (&"critical".into(), &"blocker".into()));
}
