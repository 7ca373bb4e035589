//! Charts that kustomizations inflate: the objects are those that `kustomize build --enable-helm` makes, each at the place
//! where it was written, and what is left out is said. Helm and kustomize themselves are run here.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::cli::scratch;
use crate::rendering::{check, outline, run};

/// Prints what it was given, and more than a release installs.
const CHART: [(&str, &str); 4] = [
    ("charts/lamp/Chart.yaml", "apiVersion: v2\nname: lamp\nversion: 0.1.0\n"),
    ("charts/lamp/values.yaml", "colour: white\nparts: [socket]\nshade: {cloth: linen, wire: copper}\n"),
    (
        "charts/lamp/templates/all.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  values: {{ toJson .Values | quote }}\n  namespace: {{ .Release.Namespace }}\n  api: {{ .Capabilities.APIVersions.Has \"lamp.example/v1\" | quote }}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{ .Release.Name }}\n  namespace: {{ .Release.Namespace }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: hook, annotations: {helm.sh/hook: pre-install}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: trial, annotations: {helm.sh/hook: test}}\n",
    ),
    (
        "charts/lamp/crds/lamp.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: lamps.lamp.example}\n",
    ),
];

/// The programs' folders; none where they are not installed.
pub(crate) fn programs() -> Option<String> {
    let path = std::env::var("PATH").unwrap_or_default();
    let has = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    let is_there = has("helm") && has("kustomize");
    assert!(
        is_there || std::env::var_os("NHILINT_REQUIRE_TOOLS").is_none(),
        "helm and kustomize must be installed"
    );
    is_there.then_some(path)
}

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    scratch(&[&CHART[..], files].concat())
}

fn texts(objects: impl IntoIterator<Item = Value>) -> BTreeSet<String> {
    objects.into_iter().map(|object| object.to_string()).collect()
}

/// What kustomize itself makes of a folder.
fn built(here: &Path, folder: &str) -> BTreeSet<String> {
    let mut command = Command::new("kustomize");
    let output =
        command.current_dir(here).args(["build", "--enable-helm", folder]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let documents = text.split("\n---\n").map(|text| serde_yaml::from_str(text).expect("YAML"));
    texts(documents)
}

/// What is judged of a folder.
fn judged(here: &Path, path: &str, folder: &str) -> BTreeSet<String> {
    let (_, out, errors) = run(here, path, &["render", folder, "--objects"]);
    let rows = out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}{errors}")));
    texts(rows.flat_map(|row| row["objects"].as_array().cloned().unwrap_or_default()))
}

#[test]
fn a_chart_is_inflated_as_kustomize_inflates_it() {
    let Some(path) = programs() else { return };
    let red = ("red.yaml", "colour: red\nshade: {cloth: null, wire: tin}\n");
    let more = ("more.yaml", "shade: {wire: gold}\nparts: [bulb]\n");
    let inline = "valuesInline: {colour: blue, parts: [], shade: {cloth: silk}}";
    let cases = [
        "namespace: hall",
        "namespace: hall\n    valuesFile: red.yaml",
        "valuesFile: red.yaml\n    additionalValuesFiles: [more.yaml]",
        inline,
        &format!("{inline}\n    valuesFile: red.yaml\n    additionalValuesFiles: [more.yaml]"),
        &format!("{inline}\n    valuesMerge: merge"),
        &format!(
            "{inline}\n    valuesMerge: merge\n    valuesFile: red.yaml\n    additionalValuesFiles: [more.yaml]"
        ),
        &format!("{inline}\n    valuesMerge: merge\n    valuesFile: more.yaml"),
        &format!("{inline}\n    valuesMerge: replace\n    valuesFile: red.yaml"),
        "valuesInline: {colour: null, shade: {cloth: null, height: null}}",
        "valuesInline: {colour: null, shade: {cloth: null, height: 2}}\n    valuesFile: red.yaml",
        "valuesInline: {colour: null, shade: {cloth: null}}\n    valuesMerge: replace",
        "includeCRDs: true\n    skipTests: true",
        "skipHooks: true\n    apiVersions: [lamp.example/v1]\n    kubeVersion: '1.30'",
    ];
    for case in cases {
        for outer in ["", "namespace: attic\nnamePrefix: old-\n"] {
            let entry = format!("{outer}helmCharts:\n  - name: lamp\n    releaseName: desk\n    {case}\n");
            let here = tree(&[red, more, ("kustomization.yaml", &entry)]);
            assert_eq!(judged(here.path(), &path, "."), built(here.path(), "."), "{entry}");
        }
    }
}

#[test]
fn charts_are_inflated_wherever_a_kustomization_names_them() {
    let Some(path) = programs() else { return };
    // It names no namespace: that of the overlay counts.
    let entry = "helmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: lamp, releaseName: desk, valuesMerge: replace, valuesInline: {colour: red}}]\n";
    let generator = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: lamp\nreleaseName: desk\nvaluesInline: {colour: red}\n";
    let other = "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: beside}\nliterals: [a=b]\n";
    let both = format!("{generator}---\n{other}");
    let block = format!("generators:\n  - |\n    {}\n", generator.trim_end().replace('\n', "\n    "));
    let patch = "patches:\n  - target: {kind: ConfigMap, name: .*desk}\n    patch: |-\n      - {op: add, path: /data/patched, value: 'yes'}\n";
    let above = |folder: &str| format!("namespace: hall\nnamePrefix: new-\nresources: [{folder}]\n{patch}");
    let older = "helmChartInflationGenerator:\n  - {chartName: lamp, releaseName: desk, values: red.yaml, valuesLocal: {parts: []}, chartHome: charts}\n";
    let cases: [(&str, &[(&str, &str)]); 7] = [
        (".", &[("kustomization.yaml", older), ("red.yaml", "colour: red\n")]),
        (".", &[("kustomization.yaml", "generators: [make.yaml]\nnamespace: hall\n"), ("make.yaml", &both)]),
        (".", &[("kustomization.yaml", &block)]),
        ("top", &[("top/kustomization.yaml", &above("../room")), ("room/kustomization.yaml", entry)]),
        (
            "top",
            &[
                ("top/kustomization.yaml", &above("../middle")),
                ("middle/kustomization.yaml", "nameSuffix: \"-1\"\nresources: [../base]\n"),
                (
                    "base/kustomization.yaml",
                    "namespace: own\nhelmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: lamp, valuesFile: v.yaml, releaseName: desk}]\n",
                ),
                ("base/v.yaml", "colour: red\n"),
            ],
        ),
        (
            "top",
            &[
                ("top/kustomization.yaml", "namespace: hall\ncomponents: [../part]\n"),
                (
                    "part/kustomization.yaml",
                    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nhelmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: lamp, releaseName: desk, valuesMerge: replace, valuesInline: {colour: red}}]\n",
                ),
            ],
        ),
        (
            ".",
            &[
                (
                    "kustomization.yaml",
                    "helmCharts: [{name: lamp, releaseName: desk}, {name: lamp, releaseName: wall, skipHooks: true}]\nresources: [chart-0.yaml]\n",
                ),
                ("chart-0.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\n"),
            ],
        ),
    ];
    for (folder, files) in cases {
        let here = tree(files);
        // A chart that stands above is taken where only the overlay is looked at.
        for argument in [folder, "."] {
            assert_eq!(judged(here.path(), &path, argument), built(here.path(), folder), "{files:?}");
        }
    }
}

const ROLES: [(&str, &str); 3] = [
    ("charts/well/Chart.yaml", "apiVersion: v2\nname: well\nversion: 0.1.0\n"),
    ("charts/well/values.yaml", "first: view\nsecond: view\n"),
    (
        "charts/well/templates/all.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: last\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: {{ .Values.first }}\nsubjects:\n  - {kind: ServiceAccount, name: well, namespace: well}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: other\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: {{ .Values.second }}\nsubjects:\n  - {kind: ServiceAccount, name: well, namespace: well}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: fixed\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: cluster-admin\nsubjects:\n  - {kind: ServiceAccount, name: well, namespace: well}\n",
    ),
];

#[test]
fn findings_stand_where_the_value_or_the_template_was_written() {
    let Some(path) = programs() else { return };
    let base = "helmGlobals: {chartHome: ../charts}\nhelmCharts:\n  - name: well\n    releaseName: north\n    valuesFile: own.yaml\n    valuesInline:\n      first: cluster-admin\n";
    let files = [
        ("base/kustomization.yaml", base),
        ("base/own.yaml", "second: cluster-admin\n"),
        ("top/kustomization.yaml", "resources: [../base]\n"),
    ];
    let here = scratch(&[&ROLES[..], &files].concat());
    let report = check(here.path(), &path, &["."]);
    let found = outline(&report, &["NHI501", "NHI905"]);
    for place in ["base/kustomization.yaml:7", "base/own.yaml:1", "charts/well/templates/all.yaml:30"] {
        let is_there =
            found.iter().any(|row| row.starts_with("NHI501") && row.ends_with(&format!("{place} exact top")));
        assert!(is_there, "{place}: {found:#?}");
    }
    assert_eq!(report["summary"]["unjudged"], json!([]), "{report}");
    assert!(!report.to_string().contains("release-name"), "the chart is no release of its own: {report}");
}

#[test]
fn what_is_not_inflated_is_said_and_the_rest_is_judged() {
    let Some(path) = programs() else { return };
    let job = ("job.yaml", crate::rendering::JOB);
    let kustomization = |fields: &str| format!("resources: [job.yaml]\n{fields}\n");
    let cases = [
        ("helmCharts: [{name: far, repo: 'https://charts.example', version: '1'}]", "unresolved"),
        // The copy of another version is none of this one.
        (
            "helmCharts: [{name: lamp, repo: 'https://charts.example', version: '1', releaseName: x}]",
            "unresolved",
        ),
        ("helmCharts: [{name: gone}]", "unrendered"),
        ("helmCharts: [{releaseName: x}]", "unrendered"),
        ("helmCharts: [{name: lamp, valuesFile: gone.yaml}]", "unrendered"),
        ("helmCharts: [{name: lamp, valuesMerge: other}]", "unrendered"),
        ("helmCharts: [{name: lamp}]\nhelmGlobals: {chartHome: /etc}", "unrendered"),
        ("helmCharts: [{name: lamp}]\nhelmGlobals: {chartHome: ../../..}", "unrendered"),
        ("helmCharts: [{name: broken, releaseName: x}]", "unrendered"),
        ("generators: [made]", "unrendered"),
        ("helmCharts: [{name: lamp, releaseName: x, ValuesInline: {colour: red}}]", "unrendered"),
        ("helmCharts: [{name: lamp, releaseName: x}]\nHelmGlobals: {chartHome: other}", "unrendered"),
        ("helmCharts: [{name: lamp, releaseName: x, valuesInline: {$patch: delete}}]", "unrendered"),
    ];
    // Without any other field too.
    let alone = check(tree(&[("kustomization.yaml", cases[0].0)]).path(), &path, &["."]);
    assert_eq!(outline(&alone, &["NHI905"]).len(), 1, "{alone}");
    for (fields, form) in cases {
        let here = tree(&[
            job,
            ("kustomization.yaml", &kustomization(fields)),
            ("made/kustomization.yaml", "resources: [lamp.yaml]\n"),
            (
                "made/lamp.yaml",
                "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: lamp\n",
            ),
            ("charts/broken/Chart.yaml", "apiVersion: v2\nname: broken\nversion: 0.1.0\n"),
            ("charts/broken/templates/x.yaml", "{{ fail \"no\" }}\n"),
        ]);
        let report = check(here.path(), &path, &["."]);
        let found = outline(&report, &["NHI101", "NHI905"]);
        assert!(found.iter().any(|row| row.starts_with(&format!("NHI905 {form} "))), "{fields}: {found:#?}");
        assert!(found.contains(&"NHI101 unset job.yaml:9 exact .".to_owned()), "{fields}: {found:#?}");
    }
}
