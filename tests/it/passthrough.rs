//! `check - --passthrough`: a gate that passes on what it read, or nothing; and the plugin of Argo CD that is made of it.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use crate::cli::{given, run, scratch};
use crate::helm_charts::programs;

const GOOD: &str = "# a comment, and no newline at the end\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n---\n\u{20}";
const BAD: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: deployer}\n\
                   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n\
                   subjects: [{kind: ServiceAccount, name: deployer, namespace: ci}]\n";

#[test]
fn passes_on_every_byte_or_nothing() {
    let here = scratch(&[]);
    let pass = |text: &str, more: &[&str]| {
        given(here.path(), &[&["check", "-", "--passthrough"], more].concat(), text)
    };
    let (code, out, words) = pass(GOOD, &[]);
    assert_eq!((code, out.as_str()), (Some(0), GOOD), "{words}");
    let crlf = GOOD.replace('\n', "\r\n");
    assert_eq!(pass(&crlf, &[]).1, crlf);
    let (code, out, words) = pass(BAD, &[]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(words.contains("NHI501"), "the report is on standard error: {words}");
    let (code, out, words) = pass(BAD, &["--fail-on", "never"]);
    assert_eq!((code, out.as_str()), (Some(0), BAD), "{words}");
    assert!(words.contains("NHI501"), "{words}");
}

#[test]
fn passes_on_nothing_that_could_not_be_judged() {
    let here = scratch(&[]);
    for text in ["", "apiVersion: v1\nkind: [broken\n", "just words\n"] {
        let (code, out, words) = given(here.path(), &["check", "-", "--passthrough"], text);
        assert_eq!(out, "", "{text:?}: {words}");
        assert_ne!(code, Some(0), "{text:?}: {words}");
    }
    let large = format!("{GOOD}{}", "# filler\n".repeat(140_000));
    std::fs::write(here.path().join("large.yaml"), large).expect("the folder is new");
    // From a file: the program does not read all of it, which breaks a pipe.
    let output = Command::new(env!("CARGO_BIN_EXE_nhilint"))
        .args(["check", "-", "--passthrough", "--max-file-size", "1"])
        .current_dir(here.path())
        .stdin(File::open(here.path().join("large.yaml")).expect("it was just written"))
        .output()
        .expect("the program runs");
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(words.contains("standard input has more than 1048576 bytes, see --max-file-size"), "{words}");
}

#[test]
fn wants_standard_input_and_the_report_elsewhere() {
    let here = scratch(&[("a.yaml", GOOD)]);
    let (code, out, words) = run(here.path(), &["check", "a.yaml", "--passthrough"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(words.contains("write `nhilint check - --passthrough`"), "{words}");
    let arguments = ["check", "-", "--passthrough", "--output", "report.json", "--format", "json"];
    let (code, out, words) = given(here.path(), &arguments, GOOD);
    assert_eq!((code, out.as_str()), (Some(0), GOOD));
    assert!(words.contains("\"version\": 1") || words.contains("\"version\":1"), "{words}");
    assert!(here.path().join("report.json").is_file());
}

/// The command of the sample, as Argo CD starts it.
fn plugin(folder: &Path, path: &str) -> (Option<i32>, String, String) {
    let sample = include_str!("../../docs/argo-cd/plugin.yaml");
    let sample: serde_json::Value = serde_yaml::from_str(sample).expect("the sample is YAML");
    let generate = &sample["spec"]["generate"];
    let words = |key: &str| {
        let words = generate[key].as_array().expect("a list").iter();
        words.map(|word| word.as_str().expect("a word").to_owned()).collect::<Vec<_>>()
    };
    let program = Path::new(env!("CARGO_BIN_EXE_nhilint")).parent().expect("it stands in a folder");
    let command = [words("command"), words("args")].concat();
    let output = Command::new(&command[0])
        .args(&command[1..])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", program.display()))
        .env("ARGOCD_APP_NAME", "shop")
        .env("ARGOCD_APP_NAMESPACE", "shop")
        .env("NHILINT_SETTINGS", folder.join("../cluster.yaml"))
        .output()
        .expect("a shell is there");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_plugin_of_argo_cd_is_a_gate() {
    let Some(path) = programs() else { return };
    let chart = "apiVersion: v2\nname: shop\nversion: 1.0.0\n";
    let here = scratch(&[
        ("cluster.yaml", "preset: recommended\n"),
        ("good/kustomization.yaml", "resources: [all.yaml]\n"),
        ("good/all.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n"),
        ("bad/kustomization.yaml", "resources: [all.yaml]\n"),
        ("bad/all.yaml", BAD),
        // The judged do not choose how they are judged.
        ("bad/.nhilint.yaml", "rules: {NHI501: off}\n"),
        ("chart/Chart.yaml", chart),
        (
            "chart/templates/all.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"{{ .Release.Name }}\"}\n",
        ),
        ("half/Chart.yaml", chart),
        ("half/templates/all.yaml", "{{ fail \"no\" }}\n"),
    ]);
    let folder = |name: &str| here.path().join(name);
    let (code, out, words) = plugin(&folder("good"), &path);
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(out, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop\n");
    let (code, out, words) = plugin(&folder("bad"), &path);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{words}");
    assert!(words.contains("NHI501"), "{words}");
    let (code, out, words) = plugin(&folder("chart"), &path);
    assert_eq!(code, Some(0), "{words}");
    assert!(out.contains("name: \"shop\""), "{out}");
    let (code, out, words) = plugin(&folder("half"), &path);
    assert_eq!(out, "", "{words}");
    assert_ne!(code, Some(0), "{words}");
}

#[test]
fn the_sidecar_of_argo_cd_is_clean() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (code, out, words) = run(root, &["check", "docs/argo-cd", "--no-cache"]);
    assert_eq!(code, Some(0), "{out}{words}");
}
