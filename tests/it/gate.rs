//! What was not judged, in a form that a gate sees: severities, counts, exit codes. Programs are scripts of ours here.

use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::{JOB, check, outline, run};
use crate::rendering_programs::install;

/// A chart, and an Application that deploys it.
const CHART: (&str, &str) = ("shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
const GOOD: (&str, &str) = ("shop/good.yaml", "a: 1\n");
const ACCOUNT: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: shop, namespace: shop, annotations: {nhilint.dev/owner: shop}}\n";

/// Renders with `good.yaml` and fails without.
const HELM: &str = "#!/bin/sh\n[ \"$1\" = version ] && { echo v3.22.0; exit; }\ncase $* in *good.yaml*) printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: shop}\\n' ;; *) echo 'Error: REASON' >&2; exit 1 ;; esac\n";

fn application(name: &str, files: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  destination: {{name: {name}, namespace: shop}}\n  source:\n    repoURL: https://git.example/acme/apps.git\n    path: ./shop/\n    helm: {{valueFiles: [{files}]}}\n"
    )
}

fn severities(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a list").iter();
    let ours = findings.filter(|finding| finding["rule"] == "NHI905" && finding["suppressed"].is_null());
    ours.map(|finding| {
        let text = |key: &str| finding[key].as_str().unwrap_or_default();
        let place = &finding["location"];
        let (file, line) = (place["file"].as_str().unwrap_or_default(), &place["line"]);
        format!("{} {} {file}:{line}", text("severity"), text("form"))
    })
    .collect()
}

/// The kinds of what was not judged; those that are named begin with `!`.
fn unjudged(report: &Value) -> Vec<String> {
    let kinds = report["summary"]["unjudged"].as_array().expect("a list").iter();
    kinds
        .map(|kind| {
            let mark = if kind["named"] == true { "!" } else { "" };
            format!("{mark}{} {}", kind["what"].as_str().unwrap_or_default(), kind["count"])
        })
        .collect()
}

#[test]
fn what_is_broken_fails_the_gate_and_can_be_accepted() {
    let here = scratch(&[
        ("base/kustomization.yaml", "resources:\n  - account.yaml\n  - gone.yaml\n"),
        ("base/account.yaml", ACCOUNT),
    ]);
    let presets = [
        ("baseline", 0, "warning"),
        ("recommended", 1, "error"),
        ("strict", 1, "error"),
        ("audit", 0, "info"),
    ];
    for (preset, code, severity) in presets {
        let arguments = ["check", ".", "--preset", preset, "--select", "NHI905"];
        assert_eq!(run(here.path(), "", &arguments).0, Some(code), "{preset}");
        let report = check(here.path(), "", &arguments[1..]);
        assert_eq!(severities(&report), [format!("{severity} unrendered base/kustomization.yaml:3")]);
        assert_eq!(unjudged(&report), ["!kustomizations that cannot be built 1"]);
    }
    let written = run(here.path(), "", &["check", ".", "--write-baseline", "known.json"]);
    assert_eq!(written.0, Some(0), "{written:?}");
    let accepted = run(here.path(), "", &["check", ".", "--baseline", "known.json"]);
    assert_eq!(accepted.0, Some(0), "{accepted:?}");
    assert!(accepted.1.contains("not judged: kustomizations that cannot be built (1)"), "{accepted:?}");
    std::fs::write(here.path().join("base/kustomization.yaml"), "resources: [account.yaml, lost.yaml]\n")
        .expect("a file");
    assert_eq!(
        run(here.path(), "", &["check", ".", "--baseline", "known.json"]).0,
        Some(1),
        "another reason"
    );
}

#[test]
fn what_a_program_refuses_is_accepted_for_who_deploys_it_then() {
    let install = |here: &tempfile::TempDir, reason: &str| {
        install(here.path(), "helm", &HELM.replace("REASON", reason))
    };
    let here = scratch(&[CHART, ("apps/one.yaml", &application("one", ""))]);
    let bin = install(&here, "no such value");
    let check = |bin: &str| run(here.path(), bin, &["check", ".", "--baseline", "known.json", "--no-cache"]);
    assert_eq!(run(here.path(), &bin, &["check", ".", "--write-baseline", "known.json"]).0, Some(0));
    assert_eq!(check(&bin).0, Some(0));
    // A newer Helm may say it in other words.
    let bin = install(&here, "that value is not there");
    assert_eq!(check(&bin).0, Some(0));
    std::fs::write(here.path().join("apps/two.yaml"), application("two", "")).expect("a file");
    let (code, out, _) = check(&bin);
    assert_eq!(code, Some(1), "one more deploys it: {out}");
}

/// Files, further arguments, and what is found.
type Case<'c> = (&'c [(&'c str, &'c str)], &'c [&'c str], &'c [&'c str]);

#[test]
fn defaults_that_nobody_deploys_are_an_info_where_other_values_render() {
    let values = ["--helm-values", "shop=good.yaml", "--helm-values", "shop=bad.yaml"];
    let cases: [Case<'_>; 3] = [
        (&[CHART, GOOD], &[], &["error unrendered shop/Chart.yaml:2"]),
        // What somebody names is deployed so.
        (&[CHART, GOOD, ("shop/bad.yaml", "a: 1\n")], &values, &["error unrendered shop/Chart.yaml:2"]),
        (
            &[CHART, GOOD, ("a.yaml", &application("a", "good.yaml")), ("b.yaml", &application("b", ""))],
            &[],
            &["error unrendered shop/Chart.yaml:2"],
        ),
    ];
    for (files, arguments, expected) in cases {
        let here = scratch(files);
        let bin = install(here.path(), "helm", HELM);
        let report = check(here.path(), &bin, &[&["."][..], arguments].concat());
        assert_eq!(severities(&report), expected, "{report}");
    }
}

#[test]
fn a_missing_program_is_a_run_that_is_not_whole() {
    let here = scratch(&[CHART, ("shop/templates/job.yaml", JOB), ("jobs/job.yaml", JOB)]);
    let (code, out, error) = run(here.path(), "", &["check", "."]);
    assert_eq!(code, Some(2), "{out}");
    assert!(error.contains("not rendered: `shop`: `helm` is not on the PATH; install it"), "{error}");
    assert!(out.contains("NHI101"), "the rest is judged: {out}");
    let (code, out, _) = run(here.path(), "", &["check", ".", "--no-render", "--select", "NHI905"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(
        out.contains("not judged: charts, kustomizations and deployers, as --no-render was asked for (1)"),
        "{out}"
    );
    let arguments = ["check", ".", "--no-render", "--select", "NHI905", "--fail-on-unjudged"];
    assert_eq!(run(here.path(), "", &arguments).0, Some(2));
    let unneeded = scratch(&[("jobs/job.yaml", ACCOUNT)]);
    assert_eq!(run(unneeded.path(), "", &["check", "."]).0, Some(0), "nothing asks for it");
}

#[test]
fn what_stands_elsewhere_is_counted_and_fails_where_that_is_asked_for() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: cache, namespace: argocd}\nspec:\n  destination: {name: prod, namespace: shop}\n  source: {repoURL: 'https://charts.example', chart: redis, targetRevision: 1.0.0}\n";
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: queue, namespace: shop}\nspec:\n  chart: {spec: {chart: rabbitmq, sourceRef: {kind: HelmRepository, name: charts}}}\n";
    let remote = "resources: ['https://github.com/acme/base//jobs?ref=v1']\n";
    let here = scratch(&[
        ("a/application.yaml", application),
        ("a/release.yaml", release),
        ("far/kustomization.yaml", remote),
        ("heir/kustomization.yaml", "resources: [../far]\n"),
    ]);
    let report = check(here.path(), "", &["."]);
    let places = ["a/application.yaml:6", "a/release.yaml:5", "far/kustomization.yaml:1"];
    assert_eq!(severities(&report), places.map(|place| format!("info unresolved {place}")));
    let kinds = ["!charts that stand elsewhere 2", "!kustomizations that build on what stands elsewhere 2"];
    assert_eq!(unjudged(&report), kinds);
    let (code, out, _) = run(here.path(), "", &["check", "."]);
    assert_eq!(code, Some(0), "{out}");
    assert_eq!(out.matches("elsewhere").count(), 2, "a line for each kind: {out}");
    for (arguments, code) in [
        (&["--fail-on-unjudged"][..], 1),
        (&["--fail-on-unjudged", "--preset", "audit"], 1),
        (&["--fail-on-unjudged", "--fail-on", "never"], 0),
        (&["--fail-on-unjudged=false", "--preset", "strict"], 0),
        (&["--preset", "strict"], 1),
        (&["--fail-on-unjudged", "--ignore", "NHI905"], 2),
        (&["--fail-on-unjudged", "--select", "NHI501"], 2),
    ] {
        assert_eq!(
            run(here.path(), "", &[&["check", "."], arguments].concat()).0,
            Some(code),
            "{arguments:?}"
        );
    }
    let (code, out, _) = run(here.path(), "", &["check", ".", "--fail-on-unjudged", "--format", "github"]);
    assert_eq!((code, out.matches("::error file=").count()), (Some(1), 3), "{out}");
    let (_, out, _) = run(here.path(), "", &["check", ".", "--format", "github"]);
    assert_eq!(out.matches("::notice title=").count(), 1, "one line: {out}");
    assert_eq!(out.matches("elsewhere (").count(), 2, "each kind: {out}");
}

#[test]
fn what_has_no_text_ends_the_run_where_everything_must_be_judged() {
    let here = scratch(&[("a.yaml", ACCOUNT), ("b.yaml", "\0GITCRYPT\0xyz")]);
    assert_eq!(run(here.path(), "", &["check", "."]).0, Some(0));
    let (code, out, _) = run(here.path(), "", &["check", ".", "--fail-on-unjudged"]);
    assert_eq!(code, Some(2), "{out}");
    assert!(out.contains("not judged: files encrypted by git-crypt (1), for example b.yaml"), "{out}");
}

#[test]
fn a_component_that_somebody_deploys_is_built() {
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [job.yaml]\n";
    let application = application("one", "").replace("    helm: {valueFiles: []}\n", "");
    let here =
        scratch(&[("shop/kustomization.yaml", component), ("shop/job.yaml", JOB), ("a.yaml", &application)]);
    let found = outline(&check(here.path(), "", &["."]), &["NHI101", "NHI905"]);
    assert_eq!(found, ["NHI101 unset shop/job.yaml:9 exact shop"]);
}

#[test]
fn what_is_no_manifest_is_no_finding() {
    let texts = [
        ("helmfile.yaml", "releases:\n- name: shop\n{{- if .x }}\n  chart: shop\n{{- end }}\n"),
        ("jinja.yml", "name: {{ name }}\n{% if spot %}\nspot: true\n{% endif %}\n"),
        ("compose.yaml", "services:\n  mill: {image: a}\nservices:\n  press: {image: b}\n"),
        ("editor.json", "// settings\n{\"options\": {\"strict\": true,},}\n"),
        ("pages.yml", "site: mill\nnav:\n\t- one\n"),
        ("twice.json", "{\"models\": [\"a\"]}\n{\"models\": [\"b\"]}\n"),
        ("latin.json", "{\"name\": \"caf\u{0}\"}"),
        ("tasks.yml", "- hosts: all\n  tasks:\n  - k8s: {apiVersion: v1, kind: Pod, name: {{ x }}}\n"),
    ];
    let here = scratch(&texts);
    std::fs::write(here.path().join("account.yaml"), ACCOUNT).expect("a file");
    let report = check(here.path(), "", &["."]);
    assert_eq!(severities(&report), [""; 0], "{report}");
    let counted = report["summary"]["unjudged"].to_string();
    assert!(counted.contains("texts that are neither manifests nor YAML"), "{counted}");
    assert!(counted.contains("files that are neither manifests nor text"), "{counted}");
    assert_eq!(run(here.path(), "", &["check", ".", "--fail-on-unjudged"]).0, Some(0), "nobody applies them");
}

#[test]
fn a_broken_manifest_stays_an_error_and_hides_nothing() {
    let texts = [
        ("after.yaml", "metadata:\n  name: mast\n   namespace: mast\nkind: Pod\napiVersion: v1\n", 3),
        ("braces.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ x }}}\n", 3),
        ("indented.yaml", "apiVersion: v1\n kind: Pod\n", 2),
        ("json.json", "{\"kind\": \"Pod\", \"apiVersion\": \"v1\",\n", 1),
        ("second.yaml", "releases: []\n---\nkind: Pod\napiVersion: v1\nx: [\n", 6),
    ];
    for (name, text, line) in texts {
        let here = scratch(&[(name, text)]);
        let report = check(here.path(), "", &["."]);
        let found = severities(&report);
        assert!(found.iter().any(|one| one.starts_with("error syntax")), "{name}:{line} {found:?}");
    }
    // Data that is broken leaves no doubt about what is missing.
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {serviceAccountName: gone, containers: [{name: a, image: a}]}\n";
    for (noise, expected) in [("x: [\n", 1), ("apiVersion: v1\nkind: X\nx: [\n", 0)] {
        let here = scratch(&[("pod.yaml", pod), ("noise.yaml", noise)]);
        assert_eq!(outline(&check(here.path(), "", &["."]), &["NHI103"]).len(), expected, "{noise}");
    }
}

#[test]
fn data_of_a_kustomization_is_no_manifest() {
    let here = scratch(&[
        (
            "kustomization.yaml",
            "resources: [account.yaml]\nconfigMapGenerator:\n- name: rules\n  files: [rules.yaml]\ngenerators: [secret.yaml]\n",
        ),
        ("account.yaml", ACCOUNT),
        ("rules.yaml", "apiVersion: v1\nkind: Rules\n{{ range . }}\n- {{ . }}\n{{ end }}\n"),
        ("secret.yaml", "apiVersion: example.org/v1\nkind: Seal\nmetadata: {name: x}\n"),
    ]);
    let report = check(here.path(), "", &["."]);
    assert_eq!(severities(&report), ["error unrendered kustomization.yaml:5"]);
    // Somebody deploys it as it stands: it is a manifest then.
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec:\n  destination: {name: a}\n  source: {repoURL: 'https://git.example/acme/apps.git', path: plain/rules, directory: {recurse: true}}\n";
    let here = scratch(&[
        ("a.yaml", application),
        ("plain/kustomization.yaml", "configMapGenerator:\n- name: rules\n  files: [rules/rules.yaml]\n"),
        ("plain/rules/rules.yaml", "apiVersion: v1\nkind: Rules\nx: [\n"),
    ]);
    let found = severities(&check(here.path(), "", &["."]));
    assert!(found.iter().any(|one| one.starts_with("error syntax plain/rules/rules.yaml")), "{found:?}");
}

#[test]
fn charts_are_read_as_helm_reads_them() {
    let helm = "#!/bin/sh\n[ \"$1\" = version ] && { echo v3.22.0; exit; }\n/bin/cat \"$3/Chart.yaml\" >>LOG\n/bin/cat <<'END'\nJOBEND\n".replace("JOB", JOB);
    let heads = [
        "# a licence\n\n---\napiVersion: v2\nname: shop\nversion: 1.0.0\n",
        "apiVersion: v2\nname: shop\nversion: 1.0.0\n---\nname: other\ntype: library\n",
        "apiVersion: v2\nname: other\nname: shop\nversion: 1.0.0\n",
        "{\"name\": \"shop\", \"version\": \"1.0.0\"}\n",
        "apiVersion: v2\nname: shop\nversion: 1.0.0\n...\nno: [\n",
        "# dependencies\n---\napiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies: [{name: redis, version: 1.0.0, repository: 'https://x.example'}]\n---\nname: x\n",
    ];
    for head in heads {
        let here = scratch(&[("shop/Chart.yaml", head), ("shop/templates/job.yaml", JOB)]);
        let bin = install(here.path(), "helm", &helm);
        let report = check(here.path(), &bin, &["."]);
        let found = outline(&report, &["NHI101", "NHI905"]);
        assert!(found.iter().any(|one| one.starts_with("NHI101")), "{head}: {found:?}");
        assert!(severities(&report).iter().all(|one| one.starts_with("info")), "{head}: {report}");
        if head.contains("redis") {
            let log = std::fs::read_to_string(here.path().join(".log")).expect("helm was asked");
            assert!(!log.contains("redis") && log.contains("shop"), "it is rendered without: {log}");
        }
    }
}

#[test]
fn the_reason_of_a_program_stands_where_it_blames() {
    let kustomize = |reason: &str| {
        format!(
            "#!/bin/sh\n[ \"$1\" = version ] && {{ echo v5.0.0; exit; }}\n/bin/cat >&2 <<'END'\n{reason}\nEND\nexit 1\n"
        )
    };
    let merged = "Error: accumulating resources: accumulation err='merging resources from 'two.yaml': may not add resource with an already registered id: Pod.v1.[noGrp]/a.[noNs]': must build at directory: '/x/two.yaml': file is not directory";
    let patch = "Error: trouble configuring builtin PatchTransformer with config: `\npatch: s3cret\n`: yaml: line 1: did not find expected key";
    let cases = [
        (
            merged,
            3,
            "not rendered: merging resources from 'two.yaml': may not add resource with an already registered id",
        ),
        (
            patch,
            1,
            "not rendered: trouble configuring builtin PatchTransformer with config: ``: yaml: line 1: did not",
        ),
    ];
    for (reason, line, words) in cases {
        let here = scratch(&[
            ("kustomization.yaml", "resources:\n  - one.yaml\n  - two.yaml\n"),
            ("one.yaml", ACCOUNT),
            ("two.yaml", ACCOUNT),
        ]);
        let bin = install(here.path(), "kustomize", &kustomize(reason));
        let report = check(here.path(), &bin, &["."]);
        let found = severities(&report);
        assert!(found.contains(&format!("error unrendered kustomization.yaml:{line}")), "{found:?}");
        assert!(report.to_string().contains(words) && !report.to_string().contains("s3cret"), "{report}");
    }
}

#[test]
fn the_reason_of_a_chart_can_be_read_and_shows_no_value() {
    let schema = "values don't meet the specifications of the schema(s) in the following chart(s):\nshop:\n- at '': missing property 'owner'\n- at '/pin': 'hunter2' does not match pattern '^x$'\n\nUse --debug";
    let cases = [
        (
            schema,
            "values.yaml:1",
            "the values do not fit the schema: at '': missing property 'owner'; at '/pin': *** does not match pattern '^x$'",
        ),
        (
            "chart requires kubeVersion: <1.25-0 which is incompatible with Kubernetes v1.34.0",
            "Chart.yaml:2",
            "requires kubeVersion: <1.25-0 which",
        ),
        (
            "execution error at (shop/templates/a.yaml:2:3): Secret release-name-db not found in hunter2",
            "templates/a.yaml:2",
            "Secret release-name-db not found in ***",
        ),
        (
            "parse error at (shop/templates/a.yaml:1): function \\\"fooo\\\" not defined",
            "templates/a.yaml:1",
            "function `***` not defined",
        ),
        (
            "cannot load values.yaml: error converting YAML to JSON: yaml: line 2: bad",
            "values.yaml:2",
            "`values.yaml` cannot be read: error converting",
        ),
    ];
    for (reason, place, words) in cases {
        let here = scratch(&[
            CHART,
            ("shop/values.yaml", "pin: hunter2\nx: y\n"),
            ("shop/values.schema.json", "{\"required\": [\"owner\"], \"pattern\": \"^x$\"}"),
            (
                "shop/templates/a.yaml",
                "a: 1\nb: {{ fail (printf \"Secret %s-db not found in %s: %s\" .x .y .z) }}\n",
            ),
        ]);
        let helm = format!(
            "#!/bin/sh\n[ \"$1\" = version ] && {{ echo v3.22.0; exit; }}\n/bin/cat >&2 <<'END'\nError: {}\nEND\nexit 1\n",
            reason.replace("\\\"", "\"")
        );
        let bin = install(here.path(), "helm", &helm);
        let (_, out, _) = run(here.path(), &bin, &["check", ".", "--format", "json"]);
        let words = words.replace("`***`", "\\\"***\\\"");
        assert!(out.contains(&words) && !out.contains("hunter2"), "{words}: {out}");
        let report: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(severities(&report), [format!("error unrendered shop/{place}")], "{out}");
    }
}
