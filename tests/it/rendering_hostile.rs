//! `check` and `render` on repositories that were made to do harm, with the real programs.
//!
//! What needs helm or kustomize says so where there is none; `NHILINT_REQUIRE_TOOLS=1` says that there must be.

use std::path::Path;
use std::time::{Duration, Instant};

use nhilint::finding::Engine;
use nhilint::render::child::Program;
use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::{JOB, check, outline, run};

const CHART: &str = "apiVersion: v2\nname: a\nversion: 1.0.0\n";

/// The `PATH` of this test, if the program is on it.
pub(crate) fn with(engine: Engine) -> Option<String> {
    let program = engine.word();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if Program::find(engine, &path).is_none() {
        assert_ne!(
            std::env::var("NHILINT_REQUIRE_TOOLS").as_deref(),
            Ok("1"),
            "`{program}` is not on the PATH"
        );
        left_out(program);
        return None;
    }
    Some(path.into_string().expect("the PATH is text"))
}

#[expect(clippy::print_stderr, reason = "who runs the tests is told what was not tried")]
fn left_out(program: &str) {
    eprintln!("`{program}` is not on the PATH: hostile trees are not tried with it");
}

/// An Application that deploys `charts/a` with these lines about Helm.
fn application(helm: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a, namespace: argocd}}\nspec:\n  destination: {{name: eu-1, namespace: shop}}\n  source:\n    repoURL: https://git.example/acme/apps.git\n    path: charts/a\n    helm:\n      {helm}\n"
    )
}

/// A chart that prints what it was given.
fn printing(what: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: given}}\ndata:\n  given: {{{{ {what} | quote }}}}\n"
    )
}

/// What `render --objects` says of every root.
fn objects(here: &Path, path: &str) -> String {
    let (_, out, errors) = run(here, path, &["render", ".", "--objects"]);
    assert_eq!(errors, "");
    out.lines().filter(|line| !line.contains(r#""kind":"files""#)).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_release_cannot_be_named_like_an_option() {
    let Some(path) = with(Engine::Helm) else { return };
    let here = scratch(&[
        ("charts/a/Chart.yaml", CHART),
        ("charts/a/templates/a.yaml", &printing(".Release.Name")),
        ("apps/a.yaml", &application("releaseName: --post-renderer=./renderer")),
    ]);
    let report = check(here.path(), &path, &["."]);
    assert!(report.to_string().contains("the name of the release begins with a dash"), "{report}");
}

#[test]
fn values_are_only_taken_from_the_tree() {
    let Some(path) = with(Engine::Helm) else { return };
    let out = scratch(&[("outside.yaml", "leaked: true\n")]);
    let outside = out.path().join("outside.yaml");
    let outside = outside.to_str().expect("a path of text");
    let tricks = [
        "fileParameters: [{name: leaked, path: OUT}]",
        "fileParameters: [{name: 'leaked=OUT,b', path: values.yaml}]",
        "fileParameters: [{name: b, path: 'values.yaml\\,leaked=OUT'}]",
        "valueFiles: ['b,OUT']",
        "valueFiles: [../../../outside.yaml]",
        "valueFiles: [link.yaml]",
    ];
    for trick in tricks {
        let here = scratch(&[
            (".git/HEAD", ""),
            ("charts/a/Chart.yaml", CHART),
            ("charts/a/values.yaml", "mine: true\n"),
            ("charts/a/templates/a.yaml", &printing(".Values | toJson")),
            (&format!("charts/a/b,{outside}"), "b: 1\n"),
            ("apps/a.yaml", &application(&trick.replace("OUT", outside))),
        ]);
        #[cfg(unix)]
        std::os::unix::fs::symlink(outside, here.path().join("link.yaml")).expect("a link");
        let said = objects(here.path(), &path);
        assert!(!said.contains("\"leaked") && !said.contains("leaked\\\""), "{trick}: {said}");
    }
    // What is in the tree is given.
    let here = scratch(&[
        ("charts/a/Chart.yaml", CHART),
        ("charts/a/note, or two.txt", "of the tree"),
        ("charts/a/more, or less.yaml", "b: also of the tree\n"),
        ("charts/a/templates/a.yaml", &printing(".Values | toJson")),
        (
            "apps/a.yaml",
            &application(
                "fileParameters: [{name: a.b, path: 'note, or two.txt'}]\n      valueFiles: ['more, or less.yaml']",
            ),
        ),
    ]);
    let said = objects(here.path(), &path);
    assert!(said.contains(r#"{\"a\":{\"b\":\"of the tree\"},\"b\":\"also of the tree\"}"#), "{said}");
}

#[test]
#[cfg(unix)]
fn links_and_what_git_keeps_lead_nowhere() {
    use std::os::unix::fs::symlink;

    let git = (".git/config", "token: of-the-repository\n");
    if let Some(path) = with(Engine::Helm) {
        let reads = printing(
            "list (.Files.Get \".git/config\") (.Files.Get \"l/config\") (.Files.Get \"l/o/passwd\") (.Files.Get \"p\") | toJson",
        );
        let here = scratch(&[git, ("Chart.yaml", CHART), ("templates/a.yaml", &reads)]);
        let said = objects(here.path(), &path);
        assert!(said.contains("given") && !said.contains("token"), "{said}");
        for (link, to) in [
            ("l", "../.git"),
            ("p", "../.git/config"),
            ("p", "/etc/passwd"),
            ("l", "../other"),
            ("l", "nowhere"),
        ] {
            let here =
                scratch(&[git, ("a/Chart.yaml", CHART), ("a/templates/a.yaml", &reads), ("other/a.txt", "")]);
            symlink("/etc", here.path().join("other/o")).expect("a link");
            symlink(to, here.path().join("a").join(link)).expect("a link");
            let said = objects(here.path(), &path);
            assert!(said.contains("leads out of the tree or nowhere"), "{to}: {said}");
            assert!(!said.contains("token") && !said.contains("root:"), "{to}: {said}");
        }
        // Links within the tree are followed, and not for ever.
        let here = scratch(&[
            git,
            ("a/Chart.yaml", CHART),
            ("a/templates/a.yaml", &reads),
            ("other/config", "of the tree"),
        ]);
        symlink("../other", here.path().join("a/l")).expect("a link");
        symlink("../a", here.path().join("other/back")).expect("a link");
        let said = objects(here.path(), &path);
        assert!(said.contains("of the tree"), "{said}");
    }
    if let Some(path) = with(Engine::Kustomize) {
        for reads in [
            "configMapGenerator: [{name: a, files: [.git/config]}]",
            "configMapGenerator: [{name: a, files: [p]}]",
            "configMapGenerator: [{name: a, envs: [l/config]}]",
            "resources: [/etc/passwd]",
            "resources: [p]",
            "resources: [../outside]",
        ] {
            let here = scratch(&[git, ("kustomization.yaml", &format!("{reads}\n"))]);
            symlink(".git", here.path().join("l")).expect("a link");
            symlink("/etc/passwd", here.path().join("p")).expect("a link");
            let report = check(here.path(), &path, &[".", "--allow-empty"]);
            assert_eq!(
                outline(&report, &["NHI905"]),
                ["NHI905 unrendered kustomization.yaml:1 written"],
                "{reads}"
            );
        }
    }
}

#[test]
fn what_a_program_says_of_a_failure_holds_no_value() {
    let values = "password: Hunter2-Passphrase\nshort: {password: q7x1z}\n";
    let chart = |template: &str| {
        scratch(&[
            ("charts/a/Chart.yaml", CHART),
            ("charts/a/values.yaml", values),
            ("charts/a/templates/a.yaml", template),
            ("apps/a.yaml", &application("valuesObject: {given: {password: Hunter2-Passphrase}}")),
        ])
    };
    let is_hushed = |here: &Path, path: &str, said: &str| {
        for format in nhilint::report::Format::WORDS {
            let (_, out, errors) = run(here, path, &["check", ".", "--format", format]);
            for secret in ["Hunter2", "q7x1z", "SHVud", "2retnuH"] {
                assert!(!out.contains(secret) && !errors.contains(secret), "{format} shows {secret}:\n{out}");
            }
            // Markdown puts more of it in code spans.
            let plain = |text: &str| text.replace('`', "");
            assert!(plain(&out).contains(&plain(said)), "{format} says nothing of it:\n{out}");
        }
    };
    if let Some(path) = with(Engine::Helm) {
        for what in [
            ".Values.password",
            ".Values.short.password",
            "(.Values.password | b64enc)",
            "(toJson .Values)",
            "(toJson .Values.given)",
        ] {
            let template = format!("{{{{ fail (printf \"weak: %s\" {what}) }}}}\n");
            is_hushed(chart(&template).path(), &path, "weak:");
        }
        let template = "{{ .Values.password | toDate \"2006\" }}{{ mustToDate \"2006\" .Values.password }}\n";
        is_hushed(chart(template).path(), &path, "mustToDate");
    }
    if let Some(path) = with(Engine::Kustomize) {
        let here =
            scratch(&[("kustomization.yaml", "secretGenerator: [{name: a, literals: [Hunter2q7x1z]}]\n")]);
        is_hushed(here.path(), &path, "expected key=value");
    }
}

#[test]
fn a_custom_resource_cannot_spoil_the_charts() {
    let Some(path) = with(Engine::Helm) else { return };
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\nspec:\n  group: 'a\"b'\n  names: {kind: \"A\\nB\"}\n  versions: [{name: v1}]\n";
    let here = scratch(&[
        ("crd.yaml", crd),
        ("a/Chart.yaml", CHART),
        ("a/templates/a.yaml", &printing("\"whole\"")),
    ]);
    assert!(objects(here.path(), &path).contains("whole"));
}

/// What eats time, memory or room costs its own root only.
#[test]
fn what_does_not_end_costs_only_its_root() {
    let Some(path) = with(Engine::Helm) else { return };
    let charts = [
        ("loops", "{{ range $i := until 100000 }}{{ range $j := until 100000 }}{{ end }}{{ end }}"),
        ("loud", "a: {{ repeat 1000000000 \"x\" }}"),
        ("lines", "{{ range $i := until 20000 }}\na{{ $i }}: {{ repeat 50000 \"x\" }}{{ end }}"),
        ("eats", "{{ $x := list 1 }}{{ range until 60 }}{{ $x = concat $x $x }}{{ end }}"),
        ("itself", "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}"),
    ];
    let here = scratch(&[("jobs/job.yaml", JOB)]);
    for (name, template) in charts {
        let folder = here.path().join("charts").join(name);
        std::fs::create_dir_all(folder.join("templates")).expect("a folder");
        std::fs::write(folder.join("Chart.yaml"), CHART.replace("name: a", &format!("name: {name}")))
            .expect("a file");
        std::fs::write(folder.join("templates/a.yaml"), template).expect("a file");
    }
    let started = Instant::now();
    let report = check(here.path(), &path, &[".", "--render-timeout", "3"]);
    assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
    let expected = [
        "eats/Chart.yaml:2",
        "itself/templates/a.yaml:1",
        "lines/Chart.yaml:2",
        "loops/Chart.yaml:2",
        "loud/Chart.yaml:2",
    ]
    .map(|place| format!("NHI905 unrendered charts/{place} written"));
    assert_eq!(outline(&report, &["NHI905"]), expected);
    assert_eq!(outline(&report, &["NHI101"]), ["NHI101 unset jobs/job.yaml:9 written"]);
    assert!(report.to_string().len() < 100_000);
}

#[test]
fn what_is_remote_runs_or_panics_is_said_and_the_rest_is_linted() {
    let Some(path) = with(Engine::Kustomize) else { return };
    let panics = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {internal.config.kubernetes.io/previousNames: b}}\n";
    let plugin = "apiVersion: someteam.example.com/v1\nkind: Exec\nmetadata:\n  name: a\n  annotations:\n    config.kubernetes.io/function: \"exec: {path: ./program}\"\n";
    let here = scratch(&[
        (".git/HEAD", ""),
        ("jobs/job.yaml", JOB),
        ("remote/kustomization.yaml", "resources: ['https://github.com/acme/base//jobs?ref=v1']\n"),
        ("exec/kustomization.yaml", "generators: [plugin.yaml]\n"),
        ("exec/plugin.yaml", plugin),
        ("escape/kustomization.yaml", "resources: [../../../outside]\n"),
        ("panics/kustomization.yaml", "namePrefix: x-\nresources: [a.yaml]\n"),
        ("panics/a.yaml", panics),
    ]);
    let report = check(here.path(), &path, &["."]);
    let mut found = outline(&report, &["NHI101", "NHI905"]);
    found.sort();
    assert_eq!(
        found,
        [
            "NHI101 unset jobs/job.yaml:9 written",
            "NHI905 unrendered escape/kustomization.yaml:1 written",
            "NHI905 unrendered exec/kustomization.yaml:1 written",
            "NHI905 unrendered panics/kustomization.yaml:1 written",
            "NHI905 unresolved remote/kustomization.yaml:1 written",
        ]
    );
    let said: Vec<&Value> =
        report["findings"].as_array().expect("a list").iter().map(|finding| &finding["message"]).collect();
    assert!(said.iter().any(|message| message.to_string().contains("`kustomize` crashed on it")), "{said:?}");
}

/// Charts that are the same to the byte are the same to the cache; each is copied by itself all the same.
#[test]
fn equal_charts_do_not_get_into_each_others_way() {
    let Some(path) = with(Engine::Helm) else { return };
    let here = scratch(&[("readme.txt", "")]);
    for number in 0..8 {
        let folder = here.path().join(format!("{number}"));
        std::fs::create_dir_all(folder.join("templates")).expect("a folder");
        std::fs::write(folder.join("Chart.yaml"), CHART).expect("a file");
        std::fs::write(folder.join("templates/job.yaml"), JOB).expect("a file");
    }
    let expected: Vec<String> =
        (0..8).map(|number| format!("NHI101 unset {number}/templates/job.yaml:9 exact {number}")).collect();
    let report = check(here.path(), &path, &[".", "--no-cache", "--threads", "8"]);
    assert_eq!(outline(&report, &["NHI101", "NHI905"]), expected);
}

#[test]
fn a_chart_with_a_packed_dependency_is_led_to_what_is_written() {
    let Some(path) = with(Engine::Helm) else { return };
    let here = scratch(&[
        ("a/Chart.yaml", CHART),
        ("a/templates/job.yaml", JOB),
        ("b/Chart.yaml", "apiVersion: v2\nname: b\nversion: 1.0.0\n"),
    ]);
    let helm = Program::find(Engine::Helm, std::ffi::OsStr::new(&path)).expect("it was found before");
    let packed = std::process::Command::new(helm.path)
        .current_dir(here.path())
        .args(["package", "b", "--destination", "a/charts"])
        .output();
    assert!(packed.expect("helm runs").status.success());
    let report = check(here.path(), &path, &["a"]);
    assert_eq!(outline(&report, &["NHI101", "NHI905"]), ["NHI101 unset a/templates/job.yaml:9 exact a"]);
}
