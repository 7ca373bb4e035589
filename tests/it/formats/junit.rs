//! JUnit's XML, by the elements and attributes that Jenkins' `junit-10.xsd` has.

use nhilint::finding::Severity;
use nhilint::report::{Format, Shown, Style};

use super::fixture::{Run, busy, clean};
use super::{snapshot, write};

/// The attributes that an element may have.
const ELEMENTS: [(&str, &[&str]); 6] = [
    ("testsuites", &["name", "tests", "failures", "errors", "time"]),
    ("testsuite", &["name", "tests", "failures", "errors", "skipped", "time"]),
    ("testcase", &["name", "classname"]),
    ("failure", &["type", "message"]),
    ("error", &["type", "message"]),
    ("skipped", &["type", "message"]),
];

fn junit(run: &Run, fails_at: Option<Severity>) -> String {
    let shown = Shown { fails_at, ..Shown::default() };
    write(run, Format::Junit, &Style { shown, ..Style::plain() })
}

/// Reads every tag: each is closed in its turn, and has what the description allows.
fn is_read(text: &str) {
    let body = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration");
    let mut open: Vec<&str> = Vec::new();
    for part in body.split('<').skip(1) {
        let (tag, rest) = part.split_once('>').expect("a tag ends");
        assert!(!rest.contains(['>', '"']), "{part}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let (name, attributes) = tag.split_once(' ').expect("all have attributes");
        let (_, allowed) = ELEMENTS.iter().find(|(known, _)| *known == name).expect("an element");
        let values: Vec<&str> = attributes.trim_end_matches('/').split('"').collect();
        for attribute in values.chunks(2).filter_map(|pair| pair[0].trim().strip_suffix('=')) {
            assert!(allowed.contains(&attribute), "{name} has {attribute}");
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<&str>::new());
    for part in text.split('&').skip(1) {
        assert!(["amp;", "lt;", "gt;", "quot;"].iter().any(|known| part.starts_with(known)), "{part}");
    }
}

#[test]
fn a_report_for_those_who_show_tests() {
    let text = junit(&busy(), Some(Severity::Error));
    is_read(&text);
    snapshot("junit", &text);
    assert!(text.contains("tests=\"8\" failures=\"3\" errors=\"2\" skipped=\"3\""), "{text}");
}

#[test]
fn what_does_not_fail_the_run_does_not_fail_a_test() {
    let mut run = busy();
    run.report.errors.clear();
    let text = junit(&run, None);
    is_read(&text);
    assert!(
        text.contains("failures=\"0\" errors=\"0\"") && text.contains("12 objects judged, nothing fails")
    );
    let clean = junit(&clean(), Some(Severity::Info));
    is_read(&clean);
    assert!(
        clean.contains("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0.120\""),
        "{clean}"
    );
}

#[test]
fn text_of_the_input_stays_text() {
    let mut run = busy();
    run.report.findings[0].message = "<b a=\"1\">&\u{0}\u{fffe}\u{ffff}]]>\n::error::x".to_owned();
    let text = junit(&run, Some(Severity::Error));
    is_read(&text);
    assert!(
        text.contains("&lt;b a=&quot;1&quot;&gt;&amp;\\u{0}\\u{fffe}\\u{ffff}]]&gt; ::error::x"),
        "{text}"
    );
}
