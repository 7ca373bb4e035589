//! What an ApplicationSet makes where a part of it is not known here.

use crate::argo::{BINDING, CHART, OWN, cloned, deployed, findings, set};
use crate::cli::run;
use crate::rendering::check;

#[test]
fn an_application_set_keeps_what_does_not_depend_on_a_cluster() {
    let chart = [
        ("c/Chart.yaml", CHART),
        ("c/values.yaml", "role: view\n"),
        ("c/templates/b.yaml", BINDING),
        ("envs/all.yaml", "role: cluster-admin\n"),
        ("lists/a.yaml", "mills:\n  - {name: one, role: cluster-admin}\n  - {name: two, role: view}\n"),
    ];
    let elements = "[{matrix: {generators: [{git: {repoURL: 'https://git.example.org/mills/wheat', files: [{path: 'lists/*.yaml'}]}}, {list: {elementsYaml: '{{ .mills | toJson }}'}}]}}]";
    let cases = [
        ("[{clusters: {}}]", "path: c, helm: {valueFiles: [/envs/all.yaml]}", 1, true),
        (
            "[{clusters: {}}]",
            "path: c, helm: {parameters: [{name: role, value: cluster-admin}, {name: x, value: '{{ .server }}'}]}",
            1,
            true,
        ),
        (
            "[{clusters: {}}]",
            "path: c, helm: {valuesObject: {role: cluster-admin, at: '{{ .server }}'}}",
            1,
            true,
        ),
        (
            "[{clusters: {}}]",
            "path: c, helm: {values: \"role: cluster-admin\\nat: {{ .server }}\\n\"}",
            1,
            true,
        ),
        (
            "[{clusters: {values: {role: cluster-admin}}}]",
            "path: c, helm: {parameters: [{name: role, value: '{{ .values.role }}'}]}",
            1,
            true,
        ),
        ("[{clusters: {}}]", "path: 'c/{{ .name }}'", 0, true),
        ("[{clusters: {}}]", "path: c, helm: {parameters: [{name: role, value: '{{ .role }}'}]}", 1, true),
        (
            "[{matrix: {generators: [{list: {elements: [{role: cluster-admin}, {role: edit}]}}, {clusters: {}}]}}]",
            "path: c, helm: {parameters: [{name: role, value: '{{ .role }}'}]}",
            2,
            true,
        ),
        (
            "[{list: {elements: [{name: a}], template: {metadata: {}, spec: {source: {helm: {parameters: [{name: role, value: cluster-admin}]}}}}}}]",
            "path: c",
            1,
            false,
        ),
        (elements, "path: c, helm: {parameters: [{name: role, value: '{{ .role }}'}]}", 2, false),
    ];
    for (at, (generators, source, made, is_open)) in cases.into_iter().enumerate() {
        let text = set(generators, source);
        let files: Vec<_> = [("sets/s.yaml", text.as_str())].into_iter().chain(chart).collect();
        let here = cloned(&files, OWN);
        let rows = deployed(here.path());
        assert_eq!(
            rows.iter().filter(|row| row.ends_with(" 1")).count(),
            made,
            "{at} {generators}: {rows:?}"
        );
        let is_admin = !findings(here.path(), "NHI501").is_empty();
        assert_eq!(is_admin, !matches!(at, 5 | 6), "{at} {generators} {source}");
        let said = findings(here.path(), "NHI905");
        assert_eq!(said.len(), usize::from(is_open), "said once: {at} {said:?}");
        assert!(
            said.iter().all(|line| line.starts_with("info") && line.contains("asks a cluster")),
            "{said:?}"
        );
    }
}

#[test]
fn a_template_patch_is_a_template_too() {
    let patch = |text: &str| {
        let text = text.replace('\n', "\n    ");
        set("[{list: {elements: [{name: a, roles: [view, cluster-admin]}]}}]", "path: c")
            + &format!("  templatePatch: |\n    {text}\n")
    };
    let cases = [
        (
            "spec:\n  source:\n    helm:\n      parameters:\n      {{- range $at, $role := .roles }}\n      - {name: role, value: {{ $role }}}\n      {{- end }}",
            true,
            "",
        ),
        (
            "{{- if eq .name \"b\" }}\nspec: {source: {helm: {parameters: [{name: role, value: cluster-admin}]}}}\n{{- end }}",
            false,
            "",
        ),
        (
            "{{- with index .roles 1 }}\nspec: {source: {helm: {valuesObject: {role: {{ . }}}}}}\n{{- end }}",
            true,
            "",
        ),
        ("spec: {source: {helm: {parameters: [{name: role, value: {{ .unknown }}}]}}}", false, "info"),
        ("spec: {source: {{ .roles | grind }}}", false, "info"),
        ("[a]", false, "error"),
    ];
    for (text, is_admin, severity) in cases {
        let text = patch(text);
        let here = cloned(
            &[
                ("s.yaml", text.as_str()),
                ("c/Chart.yaml", CHART),
                ("c/values.yaml", "role: view\n"),
                ("c/templates/b.yaml", BINDING),
            ],
            OWN,
        );
        assert_eq!(!findings(here.path(), "NHI501").is_empty(), is_admin, "{text}");
        let said = findings(here.path(), "NHI905");
        let told = said.first().map_or("", |line| if line.starts_with("info") { "info" } else { "error" });
        assert_eq!((told, said.len()), (severity, usize::from(!severity.is_empty())), "{text} {said:?}");
    }
}

#[test]
fn a_path_that_is_missing_says_for_which_application_of_the_set() {
    let elements = "[{list: {elements: [{name: eu, at: here}, {name: us, at: nowhere}]}}]";
    let here = cloned(&[("set.yaml", &set(elements, "path: '{{ .at }}'")), ("here/a.yaml", BINDING)], OWN);
    let (_, report, _) = run(here.path(), &["check", ".", "--select", "NHI905"]);
    let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(report.contains("`nowhere` of"), "{report}");
    assert!(
        report.contains("It is so for the Application `argocd/all-us` that the ApplicationSet makes."),
        "{report}"
    );
}

#[test]
fn a_path_that_is_missing_stands_at_the_element_that_names_it() {
    let place = |elements: &str, path: &str| {
        let text = set(elements, &format!("path: '{path}'"));
        let here = cloned(&[("set.yaml", &text), ("here/a.yaml", BINDING)], OWN);
        let report = check(here.path(), "", &[".", "--select", "NHI905"]);
        let all = report["findings"].as_array().expect("a list").iter();
        let found: Vec<_> = all.filter(|one| one["location"]["file"] == "set.yaml").collect();
        let lines: Vec<u64> = found.iter().filter_map(|one| one["location"]["line"].as_u64()).collect();
        let related = found[0]["related"].as_array().expect("a list").iter();
        (lines, related.filter_map(|one| one["location"]["line"].as_u64()).collect::<Vec<u64>>())
    };
    let list = "\n    - list:\n        elements:\n          - {name: eu, at: here}\n          - {name: us, at: nowhere}";
    assert_eq!(place(list, "{{ .at }}"), (vec![11], vec![16]));
    let matrix = "\n    - matrix:\n        generators:\n          - list: {elements: [{name: eu}]}\n          - list:\n              elements:\n                - {at: nowhere}";
    assert_eq!(place(matrix, "{{ .at }}-{{ .name }}").0, [10], "the first generator's");
    // What is wrong for all stands in the template.
    assert_eq!(place(list, "gone"), (vec![16], vec![]));
}
