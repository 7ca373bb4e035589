//! What objects of Flux change in what they apply, and what they take from config maps and secrets of the tree.
//!
//! Kustomizations are replayed here; `helm` is a script that prints what it was given.

use std::path::Path;

use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::{check, outline, run};

/// The Kustomization, further files, and what is found.
type Case<'c> = (String, Vec<(&'c str, String)>, &'c [&'c str]);

/// An oven with one more line in the pod.
fn oven(line: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: oven, namespace: bakery}}\nspec:\n  template:\n    spec:\n      serviceAccountName: oven\n      automountServiceAccountToken: false\n{line}      containers:\n        - {{name: oven, image: 'registry.example/oven:1'}}\n"
    )
}

/// A Kustomization of Flux for a folder, with more fields.
fn flux(folder: &str, fields: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: bread, namespace: flux-system}}\nspec:\n  path: ./{folder}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{fields}"
    )
}

fn holder(kind: &str, name: &str, data: &str) -> String {
    format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: flux-system}}\n{data}\n")
}

fn findings(here: &Path, path: &str, rules: &[&str]) -> Vec<String> {
    let found = outline(&check(here, path, &["."]), rules);
    found.iter().map(|line| line.split(' ').take(3).collect::<Vec<_>>().join(" ")).collect()
}

const HOST: &str = "      hostPID: ${HOST}\n";

#[test]
fn what_flux_changes_it_changes_in_a_folder_without_kustomization_too() {
    let patch = "  patches:\n    - target: {kind: Deployment}\n      patch: |\n        - op: add\n          path: /spec/template/spec/hostPID\n          value: true\n";
    let merge = "  patchesStrategicMerge:\n    - apiVersion: apps/v1\n      kind: Deployment\n      metadata: {name: oven, namespace: bakery}\n      spec: {template: {spec: {hostPID: true}}}\n";
    let json = "  patchesJson6902:\n    - target: {group: apps, version: v1, kind: Deployment, name: oven}\n      patch:\n        - op: add\n          path: /spec/template/spec/hostPID\n          value: true\n";
    let inner = ("apps/in/kustomization.yaml", "resources: [oven.yaml]\n");
    for fields in [patch, merge, json] {
        for folder in ["apps/oven.yaml", "apps/deep/below/oven.yml", "apps/in/oven.yaml"] {
            let here = scratch(&[
                ("clusters/eu/bread.yaml", &flux("apps", fields)),
                (folder, &oven("")),
                ("apps/list.yaml", "not: an object\n"),
                inner,
            ]);
            let inner = here.path().join(inner.0);
            if folder != "apps/in/oven.yaml" {
                std::fs::remove_file(inner).expect("it was there");
            }
            let found = findings(here.path(), "", &["NHI701", "NHI905"]);
            assert_eq!(found, ["NHI701 processes clusters/eu/bread.yaml:11"], "{folder} {fields}");
        }
    }
    let here = scratch(&[
        ("clusters/eu/bread.yaml", &flux("apps", patch)),
        ("apps/oven.yaml", &oven("      hostNetwork: true\n")),
    ]);
    let (_, text, _) = run(here.path(), "", &["render", "."]);
    assert_eq!(text.matches("\nkind: Deployment\n").count(), 1, "it is judged as it is applied only: {text}");
}

#[test]
fn placeholders_are_filled_by_object() {
    let filled = "  postBuild: {substitute: {HOST: 'true'}}\n";
    let disabled = "  annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n";
    let with = |key: &str| {
        oven(HOST).replace(
            "metadata: {name: oven, namespace: bakery}\n",
            &format!("metadata:\n  name: oven\n  namespace: bakery\n{key}"),
        )
    };
    let common =
        "  commonMetadata: {annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled, a: '${HOST}'}}\n";
    for (fields, object, is_found) in [
        (filled.to_owned(), oven(HOST), true),
        (filled.to_owned(), oven("      hostPID: \"${HOST^^}\"\n"), true),
        (filled.to_owned(), oven("      hostPID: ${NONE:-${HOST:0:4}}\n"), true),
        ("  postBuild: {substitute: {}}\n".to_owned(), oven("      hostPID: ${NONE:-true}\n"), false),
        (filled.to_owned(), with(disabled), false),
        (filled.to_owned(), with(&disabled.replace("annotations", "labels")), false),
        (filled.to_owned(), with(disabled).replace("disabled", "enabled"), true),
        (format!("{filled}{common}"), oven(HOST), true),
        (
            filled.to_owned(),
            format!(
                "{}---\n{}",
                holder("ConfigMap", "left", disabled.trim())
                    .replace("flux-system}\nannotations", "flux-system, annotations")
                    .replace("disabled}\n", "disabled}}\n"),
                oven(HOST)
            ),
            true,
        ),
    ] {
        let here =
            scratch(&[("clusters/eu/bread.yaml", &flux("apps", &fields)), ("apps/oven.yaml", &object)]);
        let found = findings(here.path(), "", &["NHI701", "NHI905"]);
        assert_eq!(found.len(), usize::from(is_found), "{fields} {object} {found:?}");
    }
    let here = scratch(&[
        ("clusters/eu/bread.yaml", &flux("apps", filled)),
        ("apps/oven.yaml", &oven("      hostPID: ${HOST-x}\n")),
    ]);
    let report = check(here.path(), "", &["."]).to_string();
    assert!(report.contains("Flux cannot fill in a placeholder of Deployment oven"), "{report}");
}

#[test]
fn values_come_from_the_tree_or_are_not_known() {
    let from = |kind: &str, more: &str| {
        flux(
            "apps",
            &format!("  postBuild:\n    substituteFrom:\n      - {{kind: {kind}, name: kitchen{more}}}\n"),
        )
    };
    let plain = "data: {HOST: 'true'}";
    let encrypted = "stringData: {HOST: 'ENC[AES256_GCM,data:x]'}\nsops: {}";
    let generated = "generatorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator:\n  - {name: kitchen, namespace: flux-system, literals: [HOST=true]}\n";
    let is_open = ["NHI905 unresolved clusters/eu/bread.yaml:9"];
    let is_flaw = ["NHI701"];
    let cases: [Case; 10] = [
        (
            from("ConfigMap", ""),
            vec![("clusters/eu/k.yaml", holder("ConfigMap", "kitchen", plain))],
            &is_flaw,
        ),
        (
            from("Secret", ""),
            vec![("clusters/eu/k.yaml", holder("Secret", "kitchen", "data: {HOST: dHJ1ZQ==}"))],
            &is_flaw,
        ),
        (
            from("Secret", ""),
            vec![("clusters/eu/k.yaml", holder("Secret", "kitchen", "stringData: {HOST: 'true'}"))],
            &is_flaw,
        ),
        (from("Secret", ""), vec![("clusters/eu/k.yaml", holder("Secret", "kitchen", encrypted))], &is_open),
        (
            from("ConfigMap", ""),
            vec![("clusters/eu/kustomization.yaml", format!("resources: [bread.yaml]\n{generated}"))],
            &is_flaw,
        ),
        // The name that it gets in the cluster is another.
        (
            from("ConfigMap", ""),
            vec![(
                "clusters/eu/kustomization.yaml",
                format!(
                    "resources: [bread.yaml]\n{}",
                    generated.lines().skip(1).collect::<Vec<_>>().join("\n")
                ),
            )],
            &is_open,
        ),
        (
            from("ConfigMap", ""),
            vec![("clusters/us/k.yaml", holder("ConfigMap", "kitchen", plain))],
            &is_open,
        ),
        (from("ConfigMap", ", optional: true"), vec![], &is_open),
        // Who can be meant is judged each.
        (
            from("ConfigMap", ""),
            vec![
                ("clusters/eu/k.yaml", holder("ConfigMap", "kitchen", plain)),
                ("clusters/eu/other.yaml", holder("ConfigMap", "kitchen", "data: {HOST: 'false'}")),
            ],
            &is_flaw,
        ),
        (
            from("ConfigMap", "")
                .replace("    substituteFrom", "    substitute: {HOST: 'false'}\n    substituteFrom"),
            vec![("clusters/eu/k.yaml", holder("ConfigMap", "kitchen", plain))],
            &[],
        ),
    ];
    for (deployer, others, expected) in cases {
        let object = oven(HOST);
        let mut files =
            vec![("clusters/eu/bread.yaml", deployer.as_str()), ("apps/oven.yaml", object.as_str())];
        files.extend(others.iter().map(|(path, text)| (*path, text.as_str())));
        let here = scratch(&files);
        let found = findings(here.path(), "", &["NHI701", "NHI905"]);
        let is_expected = found.len() == expected.len()
            && found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
        assert!(is_expected, "{files:?} {found:?}");
    }
    // A name that is not known is not said where nothing asks for it.
    let here = scratch(&[
        ("clusters/eu/bread.yaml", &from("Secret", "")),
        ("apps/oven.yaml", &oven("      hostPID: true\n")),
    ]);
    assert_eq!(findings(here.path(), "", &["NHI905"]), [""; 0]);
}

#[test]
fn what_secrets_gave_is_never_shown() {
    let deployer = flux("apps", "  postBuild: {substituteFrom: [{kind: Secret, name: kitchen}]}\n");
    let secret = holder(
        "Secret",
        "kitchen",
        "stringData: {HOST: 'true', WORD: yeast-crumb-77, PLACE: rye-loaf-house}",
    );
    let variables =
        "          env: [{name: API_TOKEN, value: '${WORD}'}, {name: URL, value: 'https://${PLACE}'}]\n";
    let object = oven(&format!(
        "{HOST}      initContainers:\n        - name: first\n          image: registry.example/first:1\n{variables}"
    )) + "---\n"
        + &oven("").replace("name: oven,", "name: '${PLACE}',");
    let here = scratch(&[
        ("clusters/eu/bread.yaml", &deployer),
        ("clusters/eu/k.yaml", &secret),
        ("apps/oven.yaml", &object),
    ]);
    for format in nhilint::report::Format::WORDS {
        let (_, out, errors) = run(here.path(), "", &["check", ".", "--format", format]);
        assert!(out.contains("NHI701"), "{out}");
        for secret in ["yeast-crumb", "rye-loaf"] {
            assert!(!out.contains(secret) && !errors.contains(secret), "{format} shows a secret:\n{out}");
        }
    }
}

/// Prints the value files that it is given, each as a config map, and an oven.
#[cfg(unix)]
const HELM: &str = "#!/bin/sh\n[ \"$1\" = version ] && { echo v3.19.0; exit; }\nwhile [ $# -gt 0 ]; do\n  if [ \"$1\" = --values ]; then\n    printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: v%s}\\ndata:\\n  given: |\\n' \"$#\"\n    while read -r line || [ -n \"$line\" ]; do printf '    %s\\n' \"$line\"; done <\"$2\"\n    echo ---\n  fi\n  shift\ndone\n/bin/cat <<'END'\nOVEN---\nHOOK\nEND\n";

#[cfg(unix)]
fn helm(here: &Path, hook: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = here.join(".bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    let script = HELM.replace("OVEN", &oven("")).replace("HOOK", hook);
    std::fs::write(folder.join("helm"), script).expect("a script");
    std::fs::set_permissions(folder.join("helm"), std::fs::Permissions::from_mode(0o755))
        .expect("it can be run");
    folder.to_string_lossy().into_owned()
}

#[cfg(unix)]
fn release(fields: &str) -> Vec<(&'static str, String)> {
    let release = format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: bread, namespace: flux-system}}\nspec:\n  chart: {{spec: {{chart: ./chart, sourceRef: {{kind: GitRepository, name: flux-system}}}}}}\n{fields}"
    );
    vec![
        ("clusters/eu/bread.yaml", release),
        ("chart/Chart.yaml", "apiVersion: v2\nname: bread\nversion: 1.0.0\n".to_owned()),
        ("chart/templates/oven.yaml", oven("")),
    ]
}

#[cfg(unix)]
#[test]
fn post_renderers_change_what_helm_printed() {
    let one = |value: &str| {
        format!(
            "    - kustomize:\n        patches:\n          - target: {{kind: Deployment}}\n            patch: |\n              - op: add\n                path: /spec/template/spec/hostPID\n                value: {value}\n"
        )
    };
    let old = "    - kustomize:\n        patchesStrategicMerge:\n          - apiVersion: apps/v1\n            kind: Deployment\n            metadata: {name: oven, namespace: bakery}\n            spec: {template: {spec: {hostPID: true}}}\n";
    for (fields, expected) in [
        (one("true"), vec!["NHI701 processes clusters/eu/bread.yaml:12"]),
        (one("false") + &one("true"), vec!["NHI701 processes clusters/eu/bread.yaml:19"]),
        (one("true") + &one("false"), vec![]),
        (old.to_owned(), vec!["NHI701 processes clusters/eu/bread.yaml:12"]),
    ] {
        let files = release(&format!("  postRenderers:\n{fields}"));
        let here = scratch(&files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>());
        let path = helm(here.path(), "");
        let found = findings(here.path(), &path, &["NHI701", "NHI905"]);
        assert_eq!(found, expected, "{fields}");
    }
    // What was there before is neither judged nor shown.
    let files = release(&format!("  postRenderers:\n{}", one("true")));
    let here = scratch(&files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>());
    let path = helm(here.path(), "");
    let (_, out, errors) = run(here.path(), &path, &["render", "."]);
    assert_eq!(out.matches("\nkind: Deployment\n").count(), 1, "{out}{errors}");
}

#[cfg(unix)]
#[test]
fn a_patch_that_does_not_apply_stands_in_the_release() {
    let Some(kustomize) = crate::rendering_hostile::with(nhilint::finding::Engine::Kustomize) else { return };
    let fields = "  postRenderers:\n    - kustomize:\n        patches:\n          - target: {kind: Deployment, name: oven}\n            patch: |\n              - {op: add, path: /spec/template/spec/hostPID, value: true}\n          - patch: |\n              apiVersion: apps/v1\n              kind: Deployment\n              metadata: {name: stove, namespace: bakery}\n";
    let files = release(fields);
    let here = scratch(&files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>());
    let path = format!("{}:{kustomize}", helm(here.path(), ""));
    let found = findings(here.path(), &path, &["NHI905"]);
    assert_eq!(found, ["NHI905 unrendered clusters/eu/bread.yaml:12"]);
}

#[cfg(unix)]
#[test]
fn charts_get_values_from_the_tree() {
    let values = holder(
        "ConfigMap",
        "kitchen",
        "data:\n  values.yaml: |\n    heat: 200\n    loaves: [{kind: rye}, {kind: spelt}]\n  small: '7'",
    );
    let secret = holder("Secret", "pantry", "data: {values.yaml: aGVhdDogMjEwCg==, word: J3RydWUn}");
    let from = |list: &str| format!("  valuesFrom: [{list}]\n  values: {{own: 1}}\n");
    let cases = [
        (from("{kind: ConfigMap, name: kitchen}"), vec!["heat: 200", "{\"own\":1}"], 0),
        (from("{kind: Secret, name: pantry}"), vec!["heat: 210"], 0),
        (
            from("{kind: ConfigMap, name: kitchen, valuesKey: small, targetPath: a.b}"),
            vec!["{\"a\":{\"b\":7}}"],
            0,
        ),
        (from("{kind: Secret, name: pantry, valuesKey: word, targetPath: a}"), vec!["{\"a\":\"true\"}"], 0),
        (
            from(
                "{kind: ConfigMap, name: kitchen}, {kind: ConfigMap, name: kitchen, valuesKey: small, targetPath: 'loaves[1].kind'}",
            ),
            vec!["{\"loaves\":[{\"kind\":\"rye\"},{\"kind\":7}]}"],
            0,
        ),
        (from("{kind: ConfigMap, name: kitchen, valuesKey: none, optional: true}"), vec!["{\"own\":1}"], 0),
        (from("{kind: ConfigMap, name: kitchen, valuesKey: none}"), vec!["{\"own\":1}"], 1),
        (from("{kind: Secret, name: none, optional: true}"), vec!["{\"own\":1}"], 1),
        (from("{kind: Secret, name: none}"), vec!["{\"own\":1}"], 1),
    ];
    for (fields, expected, open) in cases {
        let mut files = release(&fields);
        files.extend([
            ("clusters/eu/kitchen.yaml", values.clone()),
            ("clusters/eu/pantry.yaml", secret.clone()),
        ]);
        let here = scratch(&files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>());
        let path = helm(here.path(), "");
        let (_, out, errors) = run(here.path(), &path, &["render", "."]);
        for text in expected {
            assert!(out.contains(text), "{fields} {text} {out}{errors}");
        }
        let report: Value = check(here.path(), &path, &["."]);
        assert_eq!(outline(&report, &["NHI905"]).len(), open, "{fields} {report}");
    }
}
