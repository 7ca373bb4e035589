//! SARIF, against the standard's schema and GitHub's limits.

use nhilint::catalog::Catalog;
use nhilint::finding::{Label, Severity};
use nhilint::report::{Format, Style};
use nhilint::source::Span;
use serde_json::Value;

use super::fixture::{Run, busy, clean, finding};
use super::{snapshot, write};

const SCHEMA: &str = include_str!("../../../testdata/schemas/sarif-2.1.0.json");

fn sarif(run: &Run) -> Value {
    serde_json::from_str(&write(run, Format::Sarif, &Style::plain())).expect("the report is JSON")
}

/// `file:line:column` of every result.
pub(super) fn places(text: &str) -> Vec<String> {
    let log: Value = serde_json::from_str(text).expect("the report is JSON");
    let results = log["runs"][0]["results"].as_array().expect("results are a list");
    let place = |result: &Value| {
        let at = &result["locations"][0]["physicalLocation"];
        let uri = at["artifactLocation"]["uri"].as_str().expect("a uri is text");
        let region = &at["region"];
        assert_eq!(region["startLine"], region["endLine"]);
        format!("{}:{}:{}", decoded(uri), region["startLine"], region["startColumn"])
    };
    results.iter().map(place).collect()
}

fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let code: String = rest.by_ref().take(2).map(char::from).collect();
            bytes.push(u8::from_str_radix(&code, 16).expect("two digits follow a percent sign"));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).expect("paths are UTF-8")
}

#[test]
fn the_whole_log() {
    let log = write(&busy(), Format::Sarif, &Style::plain());
    snapshot("sarif", &log.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn logs_keep_to_the_standard() {
    // The standard's pattern of a language has a bracket too many, which strict readers of patterns refuse.
    let schema = SCHEMA.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}?$");
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema can be used");
    for run in [busy(), clean()] {
        let log = sarif(&run);
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new());
        no_empty_text(&log);
    }
    let mut log = sarif(&busy());
    log["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!validator.is_valid(&log), "the schema must see a wrong level");
}

fn no_empty_text(value: &Value) {
    match value {
        Value::String(text) => assert!(!text.trim().is_empty()),
        Value::Array(items) => items.iter().for_each(no_empty_text),
        Value::Object(map) => map.values().for_each(no_empty_text),
        _ => {}
    }
}

#[test]
fn a_clean_run_has_an_empty_list_of_results() {
    let log = sarif(&clean());
    assert_eq!(log["runs"][0]["results"], Value::Array(Vec::new()));
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], true);
    assert_eq!(sarif(&busy())["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

/// GitHub drops a result beyond the limit; the worst are kept, and the log says so.
#[test]
fn the_worst_are_kept() {
    let mut run = clean();
    let file = run.sources.add("a.yaml", "a: 1\n");
    let span = Span::new(file, 0, 1);
    run.report.findings = vec![finding(101, Severity::Warning, span, "less"); 25_000];
    let log = sarif(&run);
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(25_000));
    assert_eq!(log["runs"][0]["invocations"][0]["toolExecutionNotifications"], Value::Array(Vec::new()));
    run.report.findings.push(finding(101, Severity::Error, span, "more"));
    let log = sarif(&run);
    let results = log["runs"][0]["results"].as_array().expect("results are a list");
    assert_eq!(results.len(), 25_000);
    assert_eq!(results[0]["level"], "error");
    let note = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert_eq!(note, "25001 findings; the 25000 worst are listed.");
}

/// GitHub refuses a file of more than ten million bytes when it is compressed.
#[test]
fn a_log_can_be_uploaded() {
    let mut run = clean();
    let file = run.sources.add("a.yaml", "a: 1\n");
    let span = Span::new(file, 0, 1);
    let mut seed = 1_u64;
    let mut noise = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + ((seed >> 33) % 64) as u8)
    };
    let message: Vec<String> = (0..700).map(|_| (0..19_000).map(|_| noise()).collect()).collect();
    run.report.findings = message.iter().map(|text| finding(101, Severity::Warning, span, text)).collect();
    run.report.findings.push(finding(101, Severity::Error, span, "worst"));
    let log = sarif(&run);
    let results = log["runs"][0]["results"].as_array().expect("results are a list");
    assert_eq!((results.len(), &results[0]["level"]), (350, &"error".into()));
    let note = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert_eq!(note, "701 findings; the 350 worst are listed.");
}

/// At the limit a text or list is whole, one past it is cut.
#[test]
fn rules_and_places_keep_to_what_github_shows() {
    let why = |length: usize| "w".repeat(length - 1) + ".";
    let standards = |count: usize| {
        let names: Vec<String> = (0..count).map(|index| format!("OWASP-NHI-2025/NHI{index}")).collect();
        names.join(", ")
    };
    let rule = |length: usize, count: usize| {
        let card = format!(
            "id: NHI101\nname: dedicated-service-account\nfamily: identity\nfinds: f\nforms: {{unset: {{recommended: error}}}}\nsince: 0.1.0\nlooks-at: [workload]\nwhy: {}\ndo: d\nstandards: [{}]\nexamples: [{{title: t, bad: 'kind: Pod'}}]\n",
            why(length),
            standards(count)
        );
        let mut run = clean();
        run.catalog = Catalog::parse([card.as_str()]).expect("the card is well-formed");
        sarif(&run)["runs"][0]["tool"]["driver"]["rules"][0].clone()
    };
    let text = |rule: &Value| rule["fullDescription"]["text"].as_str().map(str::to_owned);
    let tags = |rule: &Value| rule["properties"]["tags"].as_array().map(Vec::len);
    let (whole, cut) = (rule(1024, 8), rule(1025, 9));
    assert_eq!((text(&whole), tags(&whole)), (Some(why(1024)), Some(10)));
    assert_eq!((text(&cut).map(|text| text.chars().count()), tags(&cut)), (Some(1024), Some(10)));

    let named = |length: usize| {
        let name = "n".repeat(length);
        let card = format!(
            "id: NHI101\nname: {name}\nfamily: identity\nfinds: f\nforms: {{unset: {{recommended: error}}}}\nsince: 0.1.0\nlooks-at: [workload]\nwhy: w.\ndo: d\nstandards: []\nexamples: [{{title: t, bad: 'kind: Pod'}}]\n"
        );
        let mut run = clean();
        run.catalog = Catalog::parse([card.as_str()]).expect("the card is well-formed");
        let name = &sarif(&run)["runs"][0]["tool"]["driver"]["rules"][0]["name"];
        name.as_str().map(|name| name.chars().count())
    };
    assert_eq!((named(255), named(256)), (Some(255), Some(255)));

    let mut run = clean();
    let file = run.sources.add("a.yaml", "a: 1\n");
    let span = Span::new(file, 0, 1);
    for (count, shown) in [(100, 100), (101, 100)] {
        let mut one = finding(101, Severity::Error, span, "odd");
        one.related = vec![Label { span, message: "there".to_owned() }; count];
        run.report.findings = vec![one];
        let log = sarif(&run);
        let result = &log["runs"][0]["results"][0];
        assert_eq!(result["relatedLocations"].as_array().map(Vec::len), Some(shown));
        let message = result["message"]["text"].as_str().expect("text");
        assert!(message.contains("](100)") && !message.contains("](101)"), "{count}: {message}");
    }
}
