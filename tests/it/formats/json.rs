//! The JSON report and its schema.

use nhilint::report::{Format, JSON_SCHEMA, Style};
use serde_json::Value;

use super::fixture::{Run, busy, clean};
use super::{snapshot, write};

fn json(run: &Run) -> Value {
    serde_json::from_str(&write(run, Format::Json, &Style::plain())).expect("the report is JSON")
}

/// `file:line:column` of every finding that is not suppressed, with columns as in text.
pub(super) fn places(text: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(text).expect("the report is JSON");
    let findings = report["findings"].as_array().expect("findings are a list");
    let active = findings.iter().filter(|finding| finding["suppressed"].is_null());
    active
        .map(|finding| {
            let at = &finding["location"];
            let file = at["file"].as_str().expect("a file is text");
            format!("{file}:{}:{}", at["line"], at["column"])
        })
        .collect()
}

#[test]
fn the_whole_report() {
    snapshot(
        "json",
        &write(&busy(), Format::Json, &Style::plain()).replace(env!("CARGO_PKG_VERSION"), "VERSION"),
    );
}

/// The schema, and no key beside those that it describes.
#[test]
fn reports_keep_to_the_schema() {
    let mut schema: Value = serde_json::from_str(JSON_SCHEMA).expect("the schema is JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("the schema is a schema");
    close(&mut schema);
    let validator = jsonschema::validator_for(&schema).expect("the schema can be used");
    for run in [busy(), clean()] {
        let report = json(&run);
        let errors: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new());
    }
    let mut report = json(&busy());
    report["findings"][0]["surprise"] = Value::Null;
    assert!(!validator.is_valid(&report), "a key without description must be noticed");
}

/// Every object of the schema says what it is and every key what it means.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.contains_key("properties") {
                map.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            map.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
