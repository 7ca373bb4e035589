//! What a JSON report says, for tests that compare it with what is drawn.

use serde_json::Value;

/// What the report says.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) file: String,
    pub(crate) line: u64,
    pub(crate) end_line: u64,
    pub(crate) columns: (u64, u64),
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) form: String,
    pub(crate) name: String,
    pub(crate) message: String,
    /// The clusters that the rendered text reaches, as `on:dev,prod`; of what is written as it is read nothing.
    pub(crate) on: Option<String>,
    pub(crate) origin: String,
    pub(crate) related: bool,
}

/// The findings of a report, and the places beside them.
pub(crate) fn found(report: &str) -> Vec<Found> {
    let report: Value = serde_json::from_str(report).expect("the report is JSON");
    let findings = report["findings"].as_array().expect("it has findings");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let mut found = Vec::new();
    for finding in findings {
        let clusters = finding["clusters"].as_array().into_iter().flatten().map(text);
        let rendered = matches!(finding["origin"].as_str(), Some("exact" | "aligned" | "file"));
        let at = |location: &Value, message: &Value, related: bool| Found {
            file: text(&location["file"]),
            line: number(&location["line"]),
            end_line: number(&location["endLine"]),
            columns: (number(&location["column"]), number(&location["endColumn"])),
            rule: text(&finding["rule"]),
            severity: text(&finding["severity"]),
            form: text(&finding["form"]),
            name: text(&finding["name"]),
            message: text(message),
            on: None,
            origin: text(&finding["origin"]),
            related,
        };
        let on = rendered.then(|| format!("on:{}", clusters.collect::<Vec<_>>().join(",")));
        found.push(Found { on, ..at(&finding["location"], &finding["message"], false) });
        let beside = finding["related"].as_array().into_iter().flatten();
        found.extend(beside.map(|label| at(&label["location"], &label["message"], true)));
    }
    found
}
