//! A made-up value on every surface, looked for in everything that is printed: each surface with each output.
//!
//! The surfaces stand in `testdata/canaries`. Each is put on one line with a finding about something else, so that every
//! excerpt could show it.

use std::path::Path;

use nhilint::catalog::Preset;
use nhilint::report::{Format, Style, render};

use crate::bench::{catalog, lint_files, settings};
use crate::cli::{run, scratch};

/// A binding that is always found.
const FOUND: &str = r#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"b"},"subjects":[{"kind":"ServiceAccount","name":"default","namespace":"s"}],"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"}}"#;

/// The commands beside `check`, whose formats are asked for one by one.
const COMMANDS: [&[&str]; 9] = [
    &["graph", "."],
    &["graph", ".", "--format", "json"],
    &["graph", ".", "--format", "dot"],
    &["graph", ".", "--format", "mermaid"],
    &["can", "--who", "get secrets", "."],
    &["can", "s/default", "."],
    &["can", "s/default", ".", "--format", "json"],
    &["roots", "."],
    &["roots", ".", "--format", "json"],
];

struct Surface {
    name: String,
    canary: String,
    text: String,
}

/// A value as machines make them; no two are alike, and none is part of another.
fn canary(number: usize) -> String {
    format!("Zq7xT{}vYw4kB{number:03}nHs6dJ", number % 7)
}

fn surfaces() -> Vec<Surface> {
    let read =
        |file: &str| std::fs::read_to_string(Path::new("testdata/canaries").join(file)).expect("it is there");
    let (trees, broken) = (read("surfaces.txt"), read("broken.txt"));
    let blocks = |text: &str, is_tree: bool| -> Vec<(String, String, bool)> {
        let blocks = text.split("#: ").filter(|block| !block.is_empty());
        blocks
            .map(|block| {
                let (name, text) = block.split_once('\n').expect("a name and a text");
                (name.to_owned(), text.to_owned(), is_tree)
            })
            .collect()
    };
    let all = [blocks(&trees, true), blocks(&broken, false)].concat();
    let surface = |(number, (name, text, is_tree)): (usize, (String, String, bool))| {
        let canary = canary(number);
        let text = text.replace("CANARY", &canary);
        let text = if is_tree { beside_a_finding(&text) } else { text };
        Surface { name, canary, text }
    };
    all.into_iter().enumerate().map(surface).collect()
}

/// The object of a text on one line with [`FOUND`].
fn beside_a_finding(text: &str) -> String {
    let object: serde_json::Value = serde_yaml::from_str(text).expect("a surface is YAML");
    format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{FOUND},{object},{FOUND}]}}\n")
}

#[test]
fn no_output_shows_a_canary() {
    let catalog = catalog();
    let settings = settings(&catalog, Preset::Strict);
    let surfaces = surfaces();
    let (mut looked, mut shown) = (0, Vec::new());
    let terminal = Style { unicode: true, color: true, ..Style::plain() };
    for Surface { name, canary, text } in &surfaces {
        let (report, sources) = lint_files(&[("a.yaml", text)], &settings, &catalog);
        assert!(!report.findings.is_empty(), "nothing is found beside {name}");
        let styled = [Style::plain(), terminal].map(|style| (Format::Text, style));
        let others = Format::ALL.into_iter().filter(|format| *format != Format::Text);
        let others = others.map(|format| (format, Style::plain()));
        for (format, style) in styled.into_iter().chain(others) {
            looked += 1;
            if render(format, &report, &catalog, &sources, &style).contains(canary) {
                shown.push(format!("{} shows {name}", format.word()));
            }
        }
        // All of the lines of findings, however far an excerpt reaches.
        for finding in &report.findings {
            let file = sources.file(finding.span.file);
            let line = file.position(finding.span.start).line as usize - 1;
            let start = file.line_starts()[line] as usize;
            let end = file.line_starts().get(line + 1).map_or(file.text().len(), |next| *next as usize);
            if report.masks.masked(finding.span.file, file.text(), start, end).contains(canary) {
                shown.push(format!("the line of {} shows {name}", finding.rule));
            }
        }
        looked += 1;
    }
    let files: Vec<(String, &str)> =
        surfaces.iter().enumerate().map(|(number, one)| (format!("{number}/a.yaml"), &*one.text)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, *text)).collect();
    let here = scratch(&files);
    for command in COMMANDS {
        let (_, out, errors) = run(here.path(), &[command, &["--no-render"]].concat());
        let command = command.join(" ");
        for Surface { name, canary, .. } in &surfaces {
            looked += 1;
            if out.contains(canary) || errors.contains(canary) {
                shown.push(format!("{command} shows {name}"));
            }
        }
    }
    shown.dedup();
    assert!(shown.is_empty(), "{} of {looked}:\n{}", shown.len(), shown.join("\n"));
    assert!(surfaces.len() >= 90 && looked >= 1300, "{} surfaces, {looked} looked at", surfaces.len());
    #[expect(clippy::print_stdout, reason = "how much was looked at is the other half of the result")]
    {
        println!("{} surfaces, {looked} pairs of a surface and an output", surfaces.len());
    }
}

/// A program that repeats what it was given: its arguments into a file, its input as the reason of its failure.
#[cfg(unix)]
#[test]
fn programs_and_the_cache_show_no_canary() {
    let value = canary(999);
    let values = format!("login: {{password: {value}}}\n");
    let application = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a, namespace: argocd}}\nspec:\n  destination: {{server: https://kubernetes.default.svc, namespace: s}}\n  source:\n    repoURL: https://git.example.com/acme/shop.git\n    path: chart\n    helm:\n      parameters: [{{name: other.token, value: {value}}}]\n"
    );
    let here = scratch(&[
        ("app.yaml", &application),
        ("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n"),
        ("chart/values.yaml", &values),
        ("chart/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
    ]);
    let script = "#!/bin/sh\nprintf '%s\\n' \"$@\" >>LOG\n[ \"$1\" = version ] && { echo v3.19.0; exit; }\nprintf 'Error: cannot use ' >&2\nfor file in \"$@\"; do [ -f \"$file\" ] && /bin/cat \"$file\" >&2; done\n/bin/cat chart/values.yaml >&2\nexit 1\n";
    let bin = crate::rendering_programs::install(here.path(), "helm", script);
    for command in
        [&["check", "."][..], &["check", ".", "--format", "json"], &["roots", "."], &["graph", "."]]
    {
        let (_, out, errors) = crate::rendering::run(here.path(), &bin, command);
        assert!(!out.contains(&value) && !errors.contains(&value), "{command:?} shows it: {out}{errors}");
    }
    let arguments = std::fs::read_to_string(here.path().join(".log")).expect("the program was started");
    assert!(
        arguments.contains("template") && !arguments.contains(&value),
        "an argument shows it: {arguments}"
    );
    for entry in names_below(here.path()) {
        assert!(!entry.contains(&value), "a name of a file shows it: {entry}");
    }
}

#[cfg(unix)]
fn names_below(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
    let below = |path: std::path::PathBuf| {
        let inside = if path.is_dir() { names_below(&path) } else { Vec::new() };
        [vec![path.to_string_lossy().into_owned()], inside].concat()
    };
    entries.map(|entry| entry.path()).flat_map(below).collect()
}

#[test]
fn comments_about_secrets_and_what_stands_beside_a_key_are_hidden() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: s}\nstringData:\n  # old: Plum-one\n  password: Plum-two1 # Plum-three\n  other: Plum-four1\n  # Plum-five\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: s}\nspec:\n  hostPID: true\n  containers:\n  - name: a\n    image: a\n    env:\n    - {name: SHOP, value: '{\"maps\": \"KEY\", \"dbPassword\": \"Plum-six\"}'}\n";
    let key = ["AI", "za", &"x9Kq2LmT5vWc8yR".repeat(3)[..35]].concat();
    let folder = scratch(&[("secret.yaml", secret), ("pod.yaml", &pod.replace("KEY", &key))]);
    for arguments in [&["check", ".", "-v"][..], &["check", ".", "--format", "html"]] {
        let (_, printed, errors) = run(folder.path(), arguments);
        assert!(printed.contains("NHI203") && printed.contains("NHI201"), "{errors}");
        assert!(!printed.contains("Plum-"), "{printed}");
    }
}
