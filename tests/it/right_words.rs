//! Errors that a platform engineer would not sign for their words: what does not hold, and what is no way out.

use serde_json::Value;

use crate::right::plain;

/// The remedies that a report names for some rule.
fn remedies(report: &Value, rule: &str) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a list").iter();
    let wanted = findings.filter(|finding| finding["rule"] == rule);
    wanted.map(|finding| finding["help"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn what_helps_is_said_of_the_form() {
    let text =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata:\n  a: one\n  a: two\n";
    assert_eq!(
        remedies(&plain(&[("a.yaml", text)]), "NHI905"),
        ["write the key once, with the value that is meant."]
    );
}
