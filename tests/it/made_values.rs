//! Values that a chart makes at rendering are no secrets of the repository; those beside them are. It needs helm.

use nhilint::finding::Engine;
use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::{check, run};
use crate::rendering_hostile::with;

/// `severity form line` of every finding about a Secret's data or a literal, in a chart with one template.
fn found(path: &str, template: &str, values: &str) -> Vec<String> {
    let here = scratch(&[
        ("chart/Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n"),
        ("chart/values.yaml", values),
        ("chart/templates/a.yaml", template),
    ]);
    let report = check(here.path(), path, &["."]);
    let findings = report["findings"].as_array().expect("a list").iter();
    let wanted =
        findings.filter(|finding| ["NHI201", "NHI202", "NHI203"].iter().any(|rule| finding["rule"] == *rule));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |finding: &Value| {
        format!("{} {} {}", text(&finding["severity"]), text(&finding["form"]), finding["location"]["line"])
    };
    wanted.map(line).collect()
}

fn secret(value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: a, namespace: s}}\nstringData:\n  password: {value}\n"
    )
}

#[test]
fn what_a_chart_makes_is_told_from_what_it_is_given() {
    let Some(path) = with(Engine::Helm) else { return };
    let lookup = "{{- $old := lookup \"v1\" \"Secret\" \"s\" \"a\" }}\n";
    for (template, values, expected) in [
        (secret("{{ randAlphaNum 20 }}"), "", "warning generated 5"),
        (secret("{{ uuidv4 }}"), "", "warning generated 5"),
        (secret("{{ now | unixEpoch | toString | sha256sum }}"), "", "warning generated 5"),
        (secret("{{ derivePassword 1 \"long\" \"master\" \"me\" \"host\" }}"), "", "error plain 5"),
        (secret("{{ sha256sum \"plum-ladder\" }}"), "", "error plain 5"),
        (secret("{{ b64enc \"plum-ladder\" }}"), "", "error plain 5"),
        // What is derived stays a literal where the chart makes others.
        (
            secret(
                "{{ derivePassword 1 \"long\" \"master\" \"me\" \"host\" }}\n  other: {{ randAlphaNum 20 }}",
            ),
            "",
            "error plain 5",
        ),
        (lookup.to_owned() + &secret("{{ randAlphaNum 20 }}"), "", "info generated 6"),
        (
            secret("{{ randAlphaNum 20 }}").replace("  password", "  x: plum-ladder-31\n  password"),
            "",
            "error plain 5",
        ),
        (
            secret("'password = plum-ladder-31, cookie = {{ randAlphaNum 20 }}'")
                .replace("  password:", "  app.ini:"),
            "",
            "error plain 5",
        ),
        (secret("plum-ladder-{{ randAlphaNum 3 }}"), "", "error plain 5"),
        (secret("{{ .Values.p | default (randAlphaNum 20) }}"), "p: plum-ladder-31\n", "error plain 1"),
    ] {
        assert_eq!(found(&path, &template, values), [expected], "{template}");
    }
}

#[test]
fn what_a_chart_makes_in_any_object_is_in_no_file() {
    let Some(path) = with(Engine::Helm) else { return };
    let widget = |value: &str| {
        format!(
            "apiVersion: example.org/v1\nkind: Widget\nmetadata: {{name: mill, namespace: s}}\nspec:\n  {value}\n"
        )
    };
    for (value, expected) in [
        ("apiToken: {{ randAlphaNum 24 }}", "warning generated 5"),
        ("adminPassword: {{ randAlphaNum 24 }}", "warning generated 5"),
        ("adminPassword: plum-ladder-{{ randAlphaNum 3 }}", "error named 5"),
    ] {
        assert_eq!(found(&path, &widget(value), ""), [expected], "{value}");
    }
}

#[test]
fn a_secret_of_a_whole_file_stands_in_the_file() {
    let Some(path) = with(Engine::Helm) else { return };
    for data in [
        "{{ (.Files.Glob \"conf/*\").AsSecrets | nindent 2 }}",
        "\n  app.env: {{ .Files.Get \"conf/app.env\" | b64enc }}",
    ] {
        let template =
            format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a, namespace: s}}\ndata: {data}\n");
        let here = scratch(&[
            ("chart/Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n"),
            ("chart/conf/app.env", "USER=mill\nDB_PASSWORD=plum-ladder-31\n"),
            ("chart/templates/a.yaml", &template),
        ]);
        let report = check(here.path(), &path, &[".", "--select", "NHI203"]);
        let place = &report["findings"][0]["location"];
        assert_eq!((&place["file"], &place["line"]), (&"chart/conf/app.env".into(), &2.into()), "{report}");
        let shown = run(here.path(), &path, &["check", "."]).1;
        assert!(shown.contains("DB_PASSWORD") && !shown.contains("plum-ladder"), "{shown}");
    }
}
